/*
 * local_time - the time zone for the pure parts, which know none
 *
 * The callbacks fit struct prefix_settings, struct period_clock and struct report; their context is not used.
 */
#ifndef PROGRAMS_LOCAL_TIME_H
#define PROGRAMS_LOCAL_TIME_H

#include <stdbool.h>
#include <stdint.h>

/* Use this zone instead of the machine's: a name of the zone database or a POSIX TZ rule.  False if there is no such zone. */
bool local_time_set_zone(const char *name);

/* A local civil time, given as seconds since 1970 as if its zone were UTC, as seconds since 1970 UTC; the earlier of two
 * where a clock was put back. */
int64_t local_time_utc(void *context, int64_t civil);

/* Seconds east of UTC at a moment. */
int64_t local_time_offset(void *context, int64_t time);

#endif
