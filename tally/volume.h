/*
 * volume - recipients counted by the quarter of an hour, and what a rolling window of 24 hours makes of them
 *
 * A series is the quarters with something in them.  A window is the 24 hours that end with a quarter
 * of an hour of UTC, so neither midnight nor a change of the clocks matters.
 * Pure.
 */
#ifndef TALLY_VOLUME_H
#define TALLY_VOLUME_H

#include "shared/volume_file.h"

/* One quarter: its number since 1970, and the recipients in it. */
struct volume_bucket {
    uint32_t quarter, count;
};

/* In ascending order, no quarter twice. */
struct volume_series {
    struct volume_bucket *list;
    uint32_t count, room;
};

struct volume_figures {
    uint64_t total;    /* recipients of the whole series */
    uint64_t current;  /* of the window that ends with the quarter of `now` */
    uint64_t peak;     /* of the fullest window */
    int64_t peak_end;  /* ms; when that ended, 0: never */
    int64_t reached;   /* ms; begin of the first quarter whose window held the threshold, 0: never */
    uint64_t forecast; /* of the window that ends 24 h after now's, if the pace of the last 6 hours goes on */
    int64_t expected;  /* ms; begin of the quarter in which that pace reaches it, within 24 h; 0: none, or it is now */
    uint64_t instead;  /* of total: the envelope sender stood in for an unknown header From */
    uint64_t unsure;   /* not in total: of unknown origin, perhaps submitted here */
};

uint32_t volume_quarter(int64_t millis); /* 0 before 1970 */

/* Add recipients to a quarter.  *fresh tells that the series grew.  False: out of memory. */
bool volume_add(struct volume_series *series, uint32_t quarter, uint32_t count, bool *fresh);

/* Add all of another series.  False: out of memory; into is then what it was. */
bool volume_merge(struct volume_series *into, const struct volume_series *from);
void volume_done(struct volume_series *series); /* a zeroed series is fine */

/* The figures but `instead` and `unsure`.  now: ms; threshold: recipients, 0: none. */
struct volume_figures volume_figures(const struct volume_series *series, int64_t now, uint64_t threshold);

/* As `reached`, but only of what was counted from a moment (ms) on.  threshold 0: 0. */
int64_t volume_reached(const struct volume_series *series, uint64_t threshold, int64_t from);

/* The recipients of the window that ends with a quarter. */
uint64_t volume_window(const struct volume_series *series, uint32_t quarter);

#endif
