/*
 * report_logs - what logs say, counted for a report
 *
 * Logs of different hosts are read by several threads, each with a correlation
 * and a tally of its own, and added up.  Where a host turns out to be in the
 * logs of two of them, everything is read again by one.
 */
#ifndef PROGRAMS_REPORT_LOGS_H
#define PROGRAMS_REPORT_LOGS_H

#include "programs/log_options.h"
#include "tally/violation.h"

enum { SAMPLES_MAX = 10, SAMPLE_LENGTH = 200 };

struct report_logs_options {
    const struct log_options *log;
    bool samples;     /* keep the first lines that are not understood; they are then the first of all */
    unsigned threads; /* at most; 0: as many as there are processors for this process */
};

struct report_logs {
    struct tally *tally;
    struct violations *violations;                                           /* NULL without delivery rules */
    uint64_t lines, unparsed, gaps, evicted, names_refused, duplicates, cut; /* as in struct report */
    const struct view *hosts;                                                /* of mail programs, by name */
    size_t host_count;
    struct view main_relay; /* see correlate.h */
    const struct view *samples;
    size_t sample_count;
};

/* 0 and *out, to be given to report_logs_free(); -1 after a message on standard error. */
int report_logs_read(const struct report_logs_options *options, struct report_logs **out);
void report_logs_free(struct report_logs *logs); /* NULL is fine */

#endif
