/* outward metrics: the ledger's counters and state in Prometheus' text format, for the textfile collector. */
#include <stdio.h>
#include <stdlib.h>

#include "metrics/exposition.h"
#include "programs/command_line.h"
#include "programs/configuration.h"
#include "programs/ledger_report.h"

static const struct option_row rows[] = {
    OPTION_ROW_CONFIG(0),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward metrics",
    .usage = "outward metrics [-c FILE]",
    .about =
        "Print the ledger's counters and state in the text format of Prometheus, as the follower answers for them at\n"
        "`metrics { listen }`: for node_exporter's textfile collector, or to look at.",
    .exits = "0 fine; 1 the ledger could not be read; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward metrics > outward.prom.new && mv outward.prom.new outward.prom",
};

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
    int code = command_line_parse(&command, argc, argv, &config, NULL);
    struct policy *policy;
    struct error error;

    if (code != COMMAND_LINE_FINE)
        return code;
    if (!configuration_open(&command, config, &policy))
        return COMMAND_ERRORS;
    code = print(ledger_path_of(policy), &error) == -1 ? COMMAND_ERRORS : COMMAND_FINE;
    if (code != COMMAND_FINE)
        (void)command_line_fail(&command, "%s", error.text);
    policy_free(policy);
    return code;
}
