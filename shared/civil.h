/*
 * civil - dates and moments without libc's time zones
 *
 * Proleptic Gregorian calendar, years 0 to 9999 and beyond.  Pure: no clock, no zone.
 */
#ifndef SHARED_CIVIL_H
#define SHARED_CIVIL_H

#include "shared/view.h"

struct civil {
    int64_t year;
    unsigned month, day, hour, minute, second; /* month and day from 1 */
};

/* Days since 1970-01-01. */
int64_t civil_days(int64_t year, unsigned month, unsigned day);

/* Is there such a day? */
bool civil_valid(int64_t year, unsigned month, unsigned day);

/* Seconds since 1970 as date and time of day. */
struct civil civil_of(int64_t seconds);

#endif
