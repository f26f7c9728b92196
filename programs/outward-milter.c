/* outward-milter - the gate: its arguments, and the call that runs it */
#include <malloc.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "milter/service.h"

static const char usage[] = "usage: outward-milter [-c FILE] [-n]\n"
                            "  -c FILE    rule file, default /etc/outward/outward.conf\n"
                            "  -n         check the file and exit: 0 when it can be used, 1 when not\n"
                            "  --version  print the version\n"
                            "example: outward-milter -n -c ./outward.conf\n";

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
    const char *path = "/etc/outward/outward.conf";
    bool check_only = false;
    int option;

    /* Each arena keeps memory of its own; with more, 5,000 sessions take a megabyte more and are not served sooner. */
    (void)mallopt(M_ARENA_MAX, ARENAS);

    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        fputs(usage, stdout);
        return 0;
    }
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        puts("outward-milter " OUTWARD_VERSION);
        return 0;
    }
    while ((option = getopt(argc, argv, "c:nh")) != -1) {
        switch (option) {
        case 'c':
            path = optarg;
            break;
        case 'n':
            check_only = true;
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        default:
            fputs(usage, stderr);
            return 2;
        }
    }
    if (optind < argc) {
        fputs(usage, stderr);
        return 2;
    }
    return service_run(path, check_only);
}
