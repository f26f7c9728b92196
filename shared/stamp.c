#include "shared/stamp.h"

#include "shared/civil.h"

enum { MINUTE = 60 };

/* Without printf(3): a report has a moment or two for each of its destinations. */
static void add_digits(struct buf *out, uint64_t number, size_t width)
{
    char text[4];

    for (size_t at = width; at-- > 0; number /= 10)
        text[at] = (char)('0' + number % 10);
    buf_add(out, (struct view){ text, width });
}

static void add_two(struct buf *out, char mark, unsigned number)
{
    buf_add_char(out, mark);
    add_digits(out, number, 2);
}

static void add_date(struct buf *out, const struct civil *civil)
{
    if (civil->year >= 0 && civil->year <= 9999)
        add_digits(out, (uint64_t)civil->year, 4);
    else
        buf_addf(out, "%04lld", (long long)civil->year);
    add_two(out, '-', civil->month);
    add_two(out, '-', civil->day);
}

void stamp_rfc3339(struct buf *out, int64_t millis, int64_t offset)
{
    struct civil civil = civil_of(floor_div(millis, 1000) + offset);
    int64_t minutes = (offset < 0 ? -offset : offset) / MINUTE;

    add_date(out, &civil);
    add_two(out, 'T', civil.hour);
    add_two(out, ':', civil.minute);
    add_two(out, ':', civil.second);
    if (offset == 0)
        buf_add_char(out, 'Z');
    else
        buf_addf(out, "%c%02lld:%02lld", offset < 0 ? '-' : '+', (long long)(minutes / 60), (long long)(minutes % 60));
}

void stamp_short(struct buf *out, int64_t millis, int64_t offset)
{
    struct civil civil = civil_of(floor_div(millis, 1000) + offset);

    add_date(out, &civil);
    add_two(out, ' ', civil.hour);
    add_two(out, ':', civil.minute);
}

void stamp_date(struct buf *out, int64_t millis, int64_t offset)
{
    struct civil civil = civil_of(floor_div(millis, 1000) + offset);

    add_date(out, &civil);
}
