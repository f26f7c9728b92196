/* outward-milter - the gate: its arguments, and the call that runs it */
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "milter/service.h"
#include "programs/command_line.h"

struct options {
    const char *path; /* of the rule file */
    bool check_only;
};

static const struct option_row rows[] = {
    OPTION_ROW_CONFIG_NEEDED(offsetof(struct options, path)),
    OPTION_ROW_CHECK_ONLY(offsetof(struct options, check_only)),
    OPTION_ROW_VERSION,
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward-milter",
    .usage = "outward-milter [-c FILE] [-n]",
    .about = "The gate: Postfix asks it about each message that is submitted.",
    .exits = "0 ended as asked; 1 it cannot work; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward-milter -n -c ./outward.conf",
};

/*
 * libmilter's own signal thread is the one caller (smfi_main() starts it and gives no way not to): here it waits for
 * ever.  Taking TERM, INT or HUP it would stop at once and leave messages in flight hanging, and no order of threads or
 * masks keeps a signal from a thread that sigwait()s for it.  The service takes its signals with sigtimedwait().
 */
/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name): glibc's names are reserved ones */
int sigwait(const sigset_t *restrict set, int *restrict number)
{
    (void)set;
    (void)number;
    for (;;)
        pause();
}

enum { ARENAS = 2 }; /* of malloc(3), for all threads */

int main(int argc, char **argv)
{
    struct options options = { .path = DEFAULT_CONFIGURATION };
    int code = command_line_parse(&command, argc, argv, &options, NULL);

    if (code != COMMAND_LINE_FINE)
        return code;
    /* Each arena keeps memory of its own; with more, 5,000 sessions take a megabyte more and are not served sooner. */
    (void)mallopt(M_ARENA_MAX, ARENAS);
    return service_run(options.path, options.check_only);
}
