/* outward-follow - the ledger keeper: its arguments, and the call that runs it */
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "keeper/service.h"
#include "programs/commands.h"
#include "programs/local_time.h"

static const char usage[] =
    "usage: outward-follow [-c FILE] [-n] [--facts FILE] [--journal-directory DIR] [--once [FILE]...]\n"
    "  -c, --config FILE          rule file, default " DEFAULT_CONFIGURATION "\n"
    "  -n                         check the file and exit: 0 when it can be used, 1 when not\n"
    "      --once [FILE]...       count what the sources hold now, or these logs, plain or packed\n"
    "                             (- is standard input), and exit; what was counted before is not again\n"
    "      --facts FILE           what outward doctor --facts says the configuration proves of deliveries\n"
    "      --journal-directory DIR  journal files of another place, as journalctl -D takes it\n"
    "      --version              print the version\n"
    "example: outward-follow --once /var/log/mail.log.2.gz /var/log/mail.log.1\n";

/* -1 to go on; else the exit code. */
static int parse_options(int argc, char **argv, struct service_options *options)
{
    enum { OPTION_ONCE = 1, OPTION_FACTS, OPTION_JOURNAL, OPTION_VERSION };
    static const struct option names[] = { { "config", required_argument, NULL, 'c' },
                                           { "once", no_argument, NULL, OPTION_ONCE },
                                           { "facts", required_argument, NULL, OPTION_FACTS },
                                           { "journal-directory", required_argument, NULL, OPTION_JOURNAL },
                                           { "version", no_argument, NULL, OPTION_VERSION },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    int option;

    while ((option = getopt_long(argc, argv, "c:nh", names, NULL)) != -1) {
        switch (option) {
        case 'c':
            options->path = optarg;
            break;
        case 'n':
            options->check_only = true;
            break;
        case OPTION_ONCE:
            options->once = true;
            break;
        case OPTION_FACTS:
            options->facts = optarg;
            break;
        case OPTION_JOURNAL:
            options->journal_directory = optarg;
            break;
        case OPTION_VERSION:
            puts("outward-follow " OUTWARD_VERSION);
            return COMMAND_FINE;
        case 'h':
            fputs(usage, stdout);
            return COMMAND_FINE;
        default:
            fputs(usage, stderr);
            return COMMAND_USAGE;
        }
    }
    if (optind < argc && !options->once) {
        fprintf(stderr, "outward-follow: unexpected \"%s\"; logs are named behind --once\n", argv[optind]);
        return COMMAND_USAGE;
    }
    return -1;
}

int main(int argc, char **argv)
{
    struct service_options options = { .path = DEFAULT_CONFIGURATION,
                                       .utc = local_time_utc,
                                       .offset = local_time_offset,
                                       .set_zone = local_time_set_zone };
    int code = parse_options(argc, argv, &options);

    if (code != -1)
        return code;
    options.files = (const char *const *)&argv[optind];
    options.file_count = (size_t)(argc - optind);
    return service_run(&options);
}
