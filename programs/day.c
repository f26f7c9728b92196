#include "programs/day.h"

#include <time.h>

#include "shared/civil.h"
#include "shared/view.h"

bool day_parse(const char *text, unsigned *out)
{
    struct view day = view_of(text);
    uint64_t year, month, number;

    if (day.n != 10 || day.p[4] != '-' || day.p[7] != '-' || !view_number(view_slice(day, 0, 4), 9999, &year) ||
        !view_number(view_slice(day, 5, 7), 12, &month) || !view_number(view_slice(day, 8, 10), 31, &number) ||
        !civil_valid((int64_t)year, (unsigned)month, (unsigned)number))
        return false;
    *out = (unsigned)(year * 10000 + month * 100 + number);
    return true;
}

int option_day(void *field, const struct option_row *row, const char *value, struct error *error)
{
    if (!day_parse(value, field))
        return error_set(error, ERROR_USAGE, "--%s is a day such as 2027-03-31, not \"%.100s\"", row->name, value);
    return 0;
}

unsigned day_today(void)
{
    time_t now = time(NULL);
    struct tm local;

    if (localtime_r(&now, &local) == NULL)
        return 0;
    return (unsigned)((local.tm_year + 1900) * 10000 + (local.tm_mon + 1) * 100 + local.tm_mday);
}
