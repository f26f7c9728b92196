#include "shared/stamp.h"

#include "shared/civil.h"

enum { MINUTE = 60 };

void stamp_rfc3339(struct buf *out, int64_t millis, int64_t offset)
{
    struct civil civil = civil_of(floor_div(millis, 1000) + offset);
    int64_t minutes = (offset < 0 ? -offset : offset) / MINUTE;

    buf_addf(out, "%04lld-%02u-%02uT%02u:%02u:%02u", (long long)civil.year, civil.month, civil.day, civil.hour,
             civil.minute, civil.second);
    if (offset == 0)
        buf_add_char(out, 'Z');
    else
        buf_addf(out, "%c%02lld:%02lld", offset < 0 ? '-' : '+', (long long)(minutes / 60), (long long)(minutes % 60));
}

void stamp_short(struct buf *out, int64_t millis, int64_t offset)
{
    struct civil civil = civil_of(floor_div(millis, 1000) + offset);

    buf_addf(out, "%04lld-%02u-%02u %02u:%02u", (long long)civil.year, civil.month, civil.day, civil.hour,
             civil.minute);
}

void stamp_date(struct buf *out, int64_t millis, int64_t offset)
{
    struct civil civil = civil_of(floor_div(millis, 1000) + offset);

    buf_addf(out, "%04lld-%02u-%02u", (long long)civil.year, civil.month, civil.day);
}
