/* outward merge: the ledgers of several hosts as one; of one, its copy. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "programs/command_line.h"
#include "store/upkeep.h"

static const struct option_row rows[] = {
    { .name = "output",
      .letter = 'o',
      .argument = "FILE",
      .help = "the new ledger; must not exist",
      .take = option_text },
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward merge",
    .usage = "outward merge --output FILE LEDGER...",
    .about =
        "Add up the ledgers of several hosts in a new one, exactly; reports read it as any other (ledger { path }).\n"
        "Of a single ledger it makes a copy, also while a follower writes it: a backup.",
    .exits = "0 fine; 1 a ledger could not be read or written, or an hour of a host is in two; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward merge --output all.db mx1.db mx2.db",
};

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
static int add_up(const struct operands *from, const char *output, struct error *error)
{
    struct ledger *sum;
    int result = 0;

    if (access(output, F_OK) == 0)
        return error_set(error, ERROR_USAGE, "%s: exists already", output);
    if (ledger_open(output, &sum, error) == -1)
        return -1;
    for (size_t i = 0; i < from->count && result == 0; i++)
        result = ledger_merge(sum, from->list[i], error);
    ledger_close(sum);
    if (result == -1)
        unlink(output);
    ledger_remove_lock(output);
    return result;
}

int command_merge(int argc, char **argv)
{
    const char *output = NULL;
    struct operands from;
    struct error error;
    int result, code = command_line_parse(&command, argc, argv, &output, &from);

    if (code != COMMAND_LINE_FINE)
        return code;
    if (output == NULL || from.count == 0)
        return command_line_refuse(&command, "name the new ledger with --output FILE, then the ledgers to add up");
    result = from.count == 1 ? copy(from.list[0], output, &error) : add_up(&from, output, &error);
    return result == 0 ? COMMAND_FINE : command_line_fail(&command, "%s", error.text);
}
