/*
 * volume_file - what the follower tells the gate: each sender domain's recipients at Gmail in the last 24 hours
 *
 *     outward-volume 1 1774526400000 1774440000000
 *     example.com 1774000000000 0:12 3:400 95:7
 *     example.org 0 95:1
 *     end 2
 *
 * The head says when it was written and when its first quarter of an hour
 * begins, in ms since 1970.  A line is a registrable domain, since when it is a
 * bulk sender (ms; 0: it is none), and the quarters that are not empty with their recipients.  A file without its
 * last line was cut and is refused.
 * The follower writes it beside the ledger, under VOLUME_FILE_NAME, whole and by
 * rename(2); the gate reads it when it starts.
 * Pure: octets in, octets out.
 */
#ifndef SHARED_VOLUME_FILE_H
#define SHARED_VOLUME_FILE_H

#include "shared/buf.h"
#include "shared/error.h"

#define VOLUME_FILE_NAME "volume"

enum {
    VOLUME_BUCKET_MS = 15 * 60 * 1000, /* buckets begin at the quarters of UTC hours */
    VOLUME_BUCKETS = 96,               /* a window: the 24 hours that end with a bucket */
    VOLUME_BULK_SENDER = 5000,         /* recipients in a window that make a bulk sender, by Gmail's guidelines */
    VOLUME_FILE_DOMAINS_MAX = 16384,   /* lines; the busiest are kept */
    VOLUME_LINE_MAX = 2048,            /* octets */
    VOLUME_FILE_MAX = VOLUME_FILE_DOMAINS_MAX * VOLUME_LINE_MAX
};

struct volume_head {
    int64_t written; /* ms since 1970 */
    int64_t begin;   /* ms: when bucket 0 begins, a multiple of VOLUME_BUCKET_MS */
};

struct volume_line {
    struct view domain; /* registrable, normalized */
    int64_t bulk_since; /* ms; 0: no bulk sender */
    uint32_t counts[VOLUME_BUCKETS];
};

/* Append the head, a line, the end; lines is how many stand between them. */
void volume_head_add(struct buf *out, const struct volume_head *head);
void volume_line_add(struct buf *out, const struct volume_line *line);
void volume_end_add(struct buf *out, size_t lines);

/*
 * Read a whole file.  found() gets each line in turn; the line and its domain are
 * gone after the call.  0, or -1 with the line's number and what is wrong with it
 * (lines before it were given to found() already: forget them).
 */
int volume_file_parse(struct view text, struct volume_head *head,
                      void (*found)(void *context, const struct volume_line *line), void *context, struct error *error);

#endif
