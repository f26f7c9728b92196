/*
 * log - where a daemon's lines go, without ever waiting for it
 *
 * syslog: one datagram to /dev/log as syslog(3) writes it (RFC 3164 section
 * 4.1, facility mail), but non-blocking: a full or absent socket drops the
 * line.  A file: "2027-03-31T06:25:01.123456+02:00 host TAG[PID]: text", as
 * rsyslog writes it, so that one parser reads both.  stderr: the same, as a
 * container's engine keeps it, but "TAG[PID]: text" on a terminal and under a
 * service manager, which stamps lines itself (a stream socket, systemd.exec(5)).
 * No system lets a write to a file on a disk that hangs fail: threads that are
 * in it wait, others drop their lines after LOG_STUCK_MS.
 * Every dropped line is counted; the next record says how many.
 *
 * Threads: any number may write; log_reopen() may run beside them.
 */
#ifndef SHARED_LOG_H
#define SHARED_LOG_H

#include "shared/error.h"
#include "shared/settings.h"

enum {
    LOG_LINE_MAX = 2000, /* octets of a line's text; more is cut, as Postfix and syslogd do */
    LOG_STUCK_MS = 1000  /* that a write to the file may take before further lines are dropped until it is done */
};

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO };

struct log;

/*
 * Open the target.  tag: the program's name.  path: of the file, for LOG_TARGET_FILE.
 * socket_path: of the syslog socket; NULL: /dev/log.  A syslog that is not there is no error: it may come later.
 * 0, or -1 with the reason in error and *out unchanged.
 */
int log_open(const char *tag, enum log_target target, const char *path, const char *socket_path, struct log **out,
             struct error *error);
void log_close(struct log *log); /* NULL is fine */

/* Write one line; octets that would end it become '?'.  False when it was dropped, and counted. */
bool log_write(struct log *log, enum log_level level, struct view text);
bool log_writef(struct log *log, enum log_level level, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* The lines dropped since the last call.  Give them back when the line that should tell them is dropped, too. */
uint64_t log_take_lost(struct log *log);
void log_give_back_lost(struct log *log, uint64_t lost);

/* Open the file anew, after a rotation.  0, or -1 with the reason: the old one stays open.  Others have nothing to do. */
int log_reopen(struct log *log, struct error *error);

#endif
