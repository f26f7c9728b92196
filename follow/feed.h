/*
 * feed - the lines of several logs in the order of their time
 *
 * Rotated files of one host, a gate's own log beside Postfix's, logs of several
 * hosts: give them in any order.  A file is opened when the others have reached
 * its first line, so only files that overlap are open together.  What several of
 * them hold is given once, see duplicates.h.
 */
#ifndef FOLLOW_FEED_H
#define FOLLOW_FEED_H

#include "follow/prefix.h"
#include "shared/error.h"

enum {
    FEED_SOURCES_MAX = 4096,
    FEED_LINE_MAX = 65536 /* octets; Postfix cuts at 2,000, syslog daemons at 8 KiB to 48 KiB */
};

struct feed;

/* What lines of no known prefix are told to; may be NULL. */
struct feed_sink {
    void (*strange)(void *context, const char *name, struct view line);
    void *context;
};

/*
 * Look at the first line of each path ("-" is standard input).  settings->writers is the table that the lines' writers come from; settings->newest is now; for files it is when they were written.
 * -1 with the reason when one cannot be read.
 */
int feed_open(const char *const *paths, size_t count, const struct prefix_settings *settings,
              const struct feed_sink *sink, struct feed **out, struct error *error);
void feed_close(struct feed *feed); /* NULL is fine */

/* The next line: 1, or 0 when all are read, or -1 with the reason.  Valid until the next call. */
int feed_next(struct feed *feed, const struct log_line **line, struct error *error);

struct feed_counts {
    uint64_t lines;      /* read, but for blank ones */
    uint64_t strange;    /* of no known prefix */
    uint64_t cut;        /* longer than FEED_LINE_MAX, and cut there */
    uint64_t duplicates; /* not given, for another log had given them */
};
/* All so far. */
struct feed_counts feed_counts(const struct feed *feed);

#endif
