/*
 * service - the gate as a daemon: start, reload, clean stop
 *
 * Order of a start: file, lists, socket, rights, log, threads.  The main
 * thread waits for signals and does nothing else.  libmilter has a thread that
 * sigwait()s for HUP, TERM and INT, too, and would cut every session short:
 * the program must keep it from that by a sigwait() of its own (see
 * programs/outward-milter.c), since the kernel gives a signal to whichever
 * thread it finds waiting.
 */
#ifndef MILTER_SERVICE_H
#define MILTER_SERVICE_H

#include <stdbool.h>

enum { DRAIN_SECONDS = 10 }; /* what messages in flight get after a stop was asked for */

/*
 * Serve until TERM, INT or HUP.  USR1: read the file again (during the start: as soon as it is ready; after a stop was
 * asked for: nothing).
 * path   of the rule file; kept as a pointer.
 * check_only  read and check it, say what is wrong with it, and no more.
 * Return the program's exit code: 0, or 1 when it could not start (the reason is on stderr) or libmilter gave up.
 */
int service_run(const char *path, bool check_only);

#endif
