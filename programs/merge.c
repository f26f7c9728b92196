/* outward merge: the ledgers of several hosts as one; of one, its copy. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "programs/commands.h"
#include "store/upkeep.h"

static void print_help(void)
{
    fputs("usage: outward merge --output FILE LEDGER...\n\n"
          "Add up the ledgers of several hosts in a new one, exactly; reports read it as any other (ledger { path }).\n"
          "Of a single ledger it makes a copy, also while a follower writes it: a backup.\n"
          "Exit code: 0 fine; 1 a ledger could not be read or written, or an hour of a host is in two; 2 usage.\n\n"
          "  -o, --output FILE        the new ledger; must not exist\n"
          "  -h, --help               this text\n\n"
          "example: outward merge --output all.db mx1.db mx2.db\n",
          stdout);
}

/* -1 to go on; else the exit code. */
static int parse_options(int argc, char **argv, const char **output)
{
    static const struct option names[] = { { "output", required_argument, NULL, 'o' },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "o:h", names, NULL)) != -1) {
        if (option == 'h') {
            print_help();
            return COMMAND_FINE;
        }
        if (option != 'o')
            return COMMAND_USAGE;
        *output = optarg;
    }
    if (*output == NULL || optind == argc) {
        fputs("outward merge: name the new ledger with --output FILE, then the ledgers to add up\n", stderr);
        return COMMAND_USAGE;
    }
    return -1;
}

static int copy(const char *from, const char *output, struct error *error)
{
    struct ledger *ledger;
    int result;

    if (ledger_open_readonly(from, &ledger, error) == -1)
        return -1;
    result = ledger_backup(ledger, output, error);
    ledger_close(ledger);
    return result;
}

/* Removed again when it could not be completed: half a sum is no sum. */
static int add_up(char **from, int count, const char *output, struct error *error)
{
    struct ledger *sum;
    int result = 0;

    if (access(output, F_OK) == 0)
        return error_set(error, ERROR_USAGE, "%s: exists already", output);
    if (ledger_open(output, &sum, error) == -1)
        return -1;
    for (int i = 0; i < count && result == 0; i++)
        result = ledger_merge(sum, from[i], error);
    ledger_close(sum);
    if (result == -1)
        unlink(output);
    ledger_remove_lock(output);
    return result;
}

int command_merge(int argc, char **argv)
{
    const char *output = NULL;
    struct error error;
    int result, code = parse_options(argc, argv, &output);

    if (code != -1)
        return code;
    result =
        argc - optind == 1 ? copy(argv[optind], output, &error) : add_up(argv + optind, argc - optind, output, &error);
    if (result == 0)
        return COMMAND_FINE;
    fprintf(stderr, "outward merge: %s\n", error.text);
    return COMMAND_ERRORS;
}
