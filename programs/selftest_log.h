/*
 * selftest_log - a log file as it grows, for the minute that a self test takes
 *
 * Begins a while before its end, so that lines before the test can prove TLS
 * logging; goes on in the new file after a rotation.
 */
#ifndef PROGRAMS_SELFTEST_LOG_H
#define PROGRAMS_SELFTEST_LOG_H

#include "shared/error.h"
#include "shared/view.h"

enum { GROWING_BACKLOG = 4 << 20, GROWING_LINE_MAX = 65536 }; /* octets; longer lines are left out */

struct growing;

/* A regular file.  NULL with the reason. */
struct growing *growing_open(const char *path, struct error *error);
void growing_close(struct growing *growing); /* NULL is fine */

/* The next whole line without its end: 1; 0: none now; -1 with the reason.  Valid until the next call. */
int growing_line(struct growing *growing, struct view *line, struct error *error);

#endif
