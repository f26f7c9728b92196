/* outward(1): the operator's command.  One row per subcommand; each lies in a file of its own. */
#include <stdio.h>
#include <string.h>

#include "policy/near.h"
#include "programs/commands.h"

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    { "alert", command_alert, "try the channels that tell of incidents" },
    { "bulk", command_bulk, "who is a bulk sender at Gmail, and since when; set or clear it" },
    { "check", command_check, "find what is wrong in a rule file" },
    { "doctor", command_doctor, "what is wrong for TLS in this Postfix, and what mends it" },
    { "explain", command_explain, "what the rules would do with a message, and why" },
    { "guidelines", command_guidelines, "what DNS says of a domain that sends mail: SPF, DKIM, DMARC, reverse names" },
    { "held", command_held, "the mail on hold, by which rule, and how to release it" },
    { "incidents", command_incidents, "what alerts were about; acknowledge or silence them" },
    { "merge", command_merge, "add up the ledgers of several hosts, or copy one" },
    { "metrics", command_metrics, "the ledger's counters for Prometheus" },
    { "probe", command_probe, "the TLS of a domain's mail servers, or of one server, seen from here" },
    { "report", command_report, "what left this machine, and how encrypted" },
    { "selftest", command_selftest, "send a message, and find both its ends in the logs" },
    { "setup", command_setup, "hook the gate into this Postfix, or take it out again" },
    { "simulate", command_simulate, "who would be hit if a rule file were enforced" },
    { "status", command_status, "is the follower alive, and what did the last day bring" },
    { "tls-policy", command_tls_policy, "lines for smtp_tls_policy_maps: what Postfix is to enforce" },
    { "trace", command_trace, "one message, from how it came in to each attempt to deliver it" },
    { "watch", command_watch, "deliveries and decisions as they are logged" },
};

enum { COMMAND_COUNT = sizeof(commands) / sizeof(commands[0]) };

static void print_help(FILE *out)
{
    fputs("usage: outward COMMAND [OPTION]...\n\n", out);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-10s  %s\n", commands[i].name, commands[i].help);
    fputs("\n'outward COMMAND --help', or 'outward help COMMAND', explains a command; 'outward --version' tells the "
          "version.\n"
          "Exit code: 0 fine; 1 not fine, or it could not be done; 2 usage; 3 of some commands: not known.\n",
          out);
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i].name, name) == 0)
            return &commands[i];
    }
    return NULL;
}

static int unknown_command(const char *name)
{
    struct near near = near_begin(view_of(name));
    char hint[NEAR_HINT_MAX];

    for (size_t i = 0; i < COMMAND_COUNT; i++)
        near_offer(&near, view_of(commands[i].name));
    (void)near_hint(&near, hint);
    fprintf(stderr, "outward: there is no %s \"%s\"%s\n", name[0] == '-' ? "option" : "command", name,
            hint[0] != '\0' ? hint : "; outward --help shows them");
    return COMMAND_USAGE;
}

static int run_command(int argc, char **argv)
{
    const struct command *command = find_command(argv[0]);

    return command == NULL ? unknown_command(argv[0]) : command->run(argc, argv);
}

/* "outward help", "outward help check". */
static int explain_command(int argc, char **argv)
{
    char help[] = "--help";
    char *question[] = { argv[1], help, NULL };

    if (argc > 1)
        return run_command(2, question);
    print_help(stdout);
    return COMMAND_FINE;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        print_help(stderr);
        return COMMAND_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0)
        return explain_command(strcmp(argv[1], "help") == 0 ? argc - 1 : 1, argv + 1);
    if (strcmp(argv[1], "--version") == 0) {
        puts("outward " OUTWARD_VERSION);
        return COMMAND_FINE;
    }
    return run_command(argc - 1, argv + 1);
}
