/*
 * civil - dates and moments without libc's time zones
 *
 * Proleptic Gregorian calendar, years 0 to 9999 and beyond.  Pure: no clock, no zone.
 */
#ifndef SHARED_CIVIL_H
#define SHARED_CIVIL_H

#include "shared/view.h"

/* Milliseconds, as moments are counted; wide, so that no product of days is cut. */
#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

struct civil {
    int64_t year;
    unsigned month, day, hour, minute, second; /* month and day from 1 */
};

/* The quotient that is rounded down, also before 1970.  b is not 0. */
static inline int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b != 0 && (a % b < 0) != (b < 0));
}

/* The last multiple of unit, above 0, that is not after time. */
static inline int64_t floor_to(int64_t time, int64_t unit)
{
    int64_t rest = time % unit;

    return time - (rest < 0 ? rest + unit : rest);
}

/* Days since 1970-01-01. */
int64_t civil_days(int64_t year, unsigned month, unsigned day);

/* Is there such a day? */
bool civil_valid(int64_t year, unsigned month, unsigned day);

/* Seconds since 1970 as date and time of day. */
struct civil civil_of(int64_t seconds);

#endif
