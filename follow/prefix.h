/*
 * prefix - what stands before a log line's text: time, host, program
 *
 * One table of formats: syslog's traditional stamp (postlogd, rsyslog, busybox,
 * journalctl -o short), RFC 3339 stamps (rsyslog, syslog-ng, journalctl -o
 * short-iso, the gate's own file, what docker, containerd and kubectl write in
 * front of a line), RFC 5424, journalctl -o json, short-full and short-unix, and
 * Docker's json-file.  The format of the line before is tried first.
 *
 * Traditional stamps have no year and no zone: the year follows from the newest
 * moment the log can hold, and steps forward from December to January; the zone
 * is the caller's to tell, as for dates that are written without one.  When the
 * clock is put back an hour comes twice: it is the second time if the log was
 * later already.
 * Pure: time zones come through a callback.  One struct prefix a source.
 */
#ifndef FOLLOW_PREFIX_H
#define FOLLOW_PREFIX_H

#include "follow/writer.h"

enum {
    PREFIX_RECENT = 2048,   /* writers that are found quickest */
    PREFIX_RECENT_NAME = 52 /* octets of "host tag"; those with longer names are looked up each time */
};
enum { PREFIX_TRADITIONAL = 0 /* the first row of the formats */ };
enum { PREFIX_SECOND = 16 /* octets of "Nov 21 19:17:35 " */ };
enum { PREFIX_JSON_MAX = 65536 }; /* octets of a JSON line's values that are kept; what is longer is cut */

struct log_line {
    int64_t time;                /* milliseconds since 1970, UTC */
    const struct writer *writer; /* never NULL */
    uint64_t pid;                /* 0: none */
    struct view text;
};

/*
 * When a line's turn comes among those of other logs, ms.  The gate's records have fractions of seconds and other stamps
 * may have none: a record comes first in its second, so that no delivery of its message does before it.
 */
int64_t log_line_due(const struct log_line *line);

/* Is it due before another?  Of two at the same time the gate's is. */
bool log_line_is_before(const struct log_line *line, const struct log_line *other);

struct prefix_settings {
    struct writers *writers; /* where hosts and tags are known; the same for all sources of one correlation */
    /* Seconds since 1970 UTC of a civil time, given as seconds since 1970 as if its zone were UTC; the earlier of two. */
    int64_t (*utc)(void *context, int64_t civil);
    void *context;
    int year;       /* of the first traditional stamp; 0: infer */
    int64_t newest; /* seconds since 1970 UTC: no line is younger (now, or when the file was last written) */
};

/* A writer, and its name beside it: a line is compared without looking further. */
struct prefix_recent {
    const struct writer *writer; /* NULL: none yet */
    uint32_t n;                  /* octets of the name */
    char text[PREFIX_RECENT_NAME];
};

struct prefix {
    struct prefix_settings settings;
    size_t format; /* row that fitted last */
    int year, month;
    int64_t latest; /* seconds since 1970 UTC; of the stamps without zone so far */
    char stamp[24]; /* the minute that was read last, and its time */
    size_t stamp_length;
    int64_t stamp_time;                /* seconds since 1970 UTC; of a stamp with a date, as if its zone were UTC */
    bool second_known;                 /* the two below are of use, and so is recent */
    char second[PREFIX_SECOND];        /* the traditional stamp that was read last, with the blank behind it */
    int64_t second_time;               /* milliseconds since 1970, UTC */
    bool local_known;                  /* the two below are of use */
    int64_t local_civil, local_offset; /* a minute without zone, as stamp_time, and its seconds east of UTC */
    struct prefix_recent *recent;      /* PREFIX_RECENT of them; NULL before the first, and without memory */
    char *json; /* values of the last JSON line; PREFIX_JSON_MAX octets, or NULL before the first */
};

enum prefix_result {
    PREFIX_FOUND,
    PREFIX_BLANK,  /* an empty line, or one that begins with '#' or "-- " */
    PREFIX_STRANGE /* none of the formats */
};

/* The settings are copied, what they point at must outlive it.  prefix_done() frees what lines needed. */
void prefix_init(struct prefix *prefix, const struct prefix_settings *settings);
void prefix_done(struct prefix *prefix);

/* Read one line without its line end.  *out is of use for PREFIX_FOUND only; its views point into line,
 * or, for JSON, into the struct prefix until the next call. */
enum prefix_result prefix_parse(struct prefix *prefix, struct view line, struct log_line *out);

/* For prefix_quick(): remember the second of a line, PREFIX_SECOND octets at p, if its minute is the last line's. */
bool prefix_read_second(struct prefix *prefix, const char *p);

#endif
