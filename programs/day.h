/*
 * day - a date as rules with `until` know it: 2027-03-31 is 20270331
 */
#ifndef PROGRAMS_DAY_H
#define PROGRAMS_DAY_H

#include <stdbool.h>

#include "programs/command_line.h"

/* Read "2027-03-31"; false, *out unchanged, if there is no such day. */
bool day_parse(const char *text, unsigned *out);

/* The same as an option's value; the field is unsigned. */
option_take option_day;

/* The local date of now; 0 where the clock cannot say. */
unsigned day_today(void);

#endif
