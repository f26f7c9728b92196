/* outward metrics: the ledger's counters and state in Prometheus' text format, for the textfile collector. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "metrics/exposition.h"
#include "programs/commands.h"
#include "programs/configuration.h"
#include "programs/ledger_report.h"

static void print_help(void)
{
    fputs(
        "usage: outward metrics [-c FILE]\n\n"
        "Print the ledger's counters and state in the text format of Prometheus, as the follower answers for them at\n"
        "`metrics { listen }`: for node_exporter's textfile collector, or to look at.\n"
        "Exit code: 0 fine; 1 the ledger could not be read; 2 usage.\n\n"
        "  -c, --config FILE        the rule file (" DEFAULT_CONFIGURATION ", if it is there)\n"
        "  -h, --help               this text\n\n"
        "example: outward metrics > outward.prom.new && mv outward.prom.new outward.prom\n",
        stdout);
}

/* -1 to go on; else the exit code. */
static int parse_options(int argc, char **argv, const char **config)
{
    static const struct option names[] = { { "config", required_argument, NULL, 'c' },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "c:h", names, NULL)) != -1) {
        if (option == 'h') {
            print_help();
            return COMMAND_FINE;
        }
        if (option != 'c')
            return COMMAND_USAGE;
        *config = optarg;
    }
    if (optind == argc)
        return -1;
    fprintf(stderr, "outward metrics: unexpected \"%s\"\n", argv[optind]);
    return COMMAND_USAGE;
}

static int print(const char *path, struct error *error)
{
    struct ledger *ledger;
    int result;

    if (ledger_open_readonly(path, &ledger, error) == -1)
        return -1;
    result = exposition_print(stdout, ledger, ledger_writer(path) != 0, error);
    ledger_close(ledger);
    if (result == 0 && fflush(stdout) == EOF)
        result = error_set(error, ERROR_SYSTEM, "standard output cannot be written");
    return result;
}

int command_metrics(int argc, char **argv)
{
    const char *config = NULL;
    int code = parse_options(argc, argv, &config);
    struct policy *policy;
    struct error error;

    if (code != -1)
        return code;
    if (!configuration_open("metrics", config, &policy))
        return COMMAND_ERRORS;
    code = print(ledger_path_of(policy), &error) == -1 ? COMMAND_ERRORS : COMMAND_FINE;
    if (code != COMMAND_FINE)
        fprintf(stderr, "outward metrics: %s\n", error.text);
    policy_free(policy);
    return code;
}
