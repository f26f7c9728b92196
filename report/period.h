/*
 * period - moments as people name them: ISO dates, "yesterday", "-7d"
 *
 *     2025-11-21   2025-11-21T19:17   "2025-11-21 19:17:35"   2025-11-21T19:17:35Z   ...+01:00
 *     now   today   yesterday   -30m   -12h   -7d   -2w
 *
 * What is named is a stretch of time: a day for a date, a minute or second for a
 * time of day.  --since takes its begin, --until its end, so that "--since
 * yesterday --until yesterday" is all of yesterday.
 * Pure: now and the time zone come from the caller.
 */
#ifndef REPORT_PERIOD_H
#define REPORT_PERIOD_H

#include "shared/view.h"

struct period_clock {
    int64_t now; /* seconds since 1970, UTC */
    /* A civil time, given as seconds since 1970 as if its zone were UTC, as seconds since 1970 UTC; NULL: the zone is UTC. */
    int64_t (*utc)(void *context, int64_t civil);
    int64_t (*offset)(void *context, int64_t time); /* seconds east of UTC at a moment; NULL: 0 */
    void *context;
};

struct period {
    int64_t begin, end; /* seconds since 1970, UTC; end is no longer part of it */
};

/* False, *out unchanged, for anything else. */
bool period_parse(struct view text, const struct period_clock *clock, struct period *out);

#endif
