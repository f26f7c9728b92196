#include "report/period.h"

#include "shared/civil.h"

enum { MINUTE = 60, HOUR = 3600, DAY = 86400, WEEK = 7 * DAY, NUMBER_MAX = 100000 };

static int64_t to_utc(const struct period_clock *clock, int64_t civil)
{
    return clock->utc == NULL ? civil : clock->utc(clock->context, civil);
}

/* Midnight of the local day, as civil seconds. */
static int64_t midnight(const struct period_clock *clock)
{
    int64_t civil = clock->now + (clock->offset == NULL ? 0 : clock->offset(clock->context, clock->now));

    return civil - (civil % DAY + DAY) % DAY;
}

static void name_day(const struct period_clock *clock, int64_t civil, struct period *out)
{
    *out = (struct period){ to_utc(clock, civil), to_utc(clock, civil + DAY) };
}

static bool parse_word(struct view text, const struct period_clock *clock, struct period *out)
{
    if (view_eq(text, VIEW("now")))
        *out = (struct period){ clock->now, clock->now };
    else if (view_eq(text, VIEW("today")))
        name_day(clock, midnight(clock), out);
    else if (view_eq(text, VIEW("yesterday")))
        name_day(clock, midnight(clock) - DAY, out);
    else
        return false;
    return true;
}

/* "-7d" */
static bool parse_ago(struct view text, const struct period_clock *clock, struct period *out)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = { { 's', 1 }, { 'm', MINUTE }, { 'h', HOUR }, { 'd', DAY }, { 'w', WEEK } };
    uint64_t number;

    if (!view_skip(&text, VIEW("-")) || text.n < 2 ||
        !view_number(view_slice(text, 0, text.n - 1), NUMBER_MAX, &number))
        return false;
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        int64_t moment = clock->now - (int64_t)number * units[i].seconds;

        if (units[i].unit == text.p[text.n - 1]) {
            *out = (struct period){ moment, moment };
            return true;
        }
    }
    return false;
}

/* A number of exactly so many digits in front of text, then the mark. */
static bool cut_number(struct view *text, size_t digits, uint64_t limit, const char *mark, unsigned *out)
{
    uint64_t number;

    if (text->n < digits || !view_number(view_slice(*text, 0, digits), limit, &number))
        return false;
    *text = view_slice(*text, digits, text->n);
    *out = (unsigned)number;
    return view_skip(text, view_of(mark));
}

/* "Z", "+01:00"; nothing: local time. */
static bool parse_zone(struct view text, bool *local, int64_t *offset)
{
    unsigned hours, minutes;
    bool west;

    *local = text.n == 0;
    *offset = 0;
    if (*local || view_eq(text, VIEW("Z")) || view_eq(text, VIEW("z")))
        return true;
    west = text.p[0] == '-';
    if ((!west && text.p[0] != '+') || text.n != 6)
        return false;
    text = view_slice(text, 1, text.n);
    if (!cut_number(&text, 2, 23, ":", &hours) || !cut_number(&text, 2, 59, "", &minutes))
        return false;
    *offset = (int64_t)(hours * HOUR + minutes * MINUTE) * (west ? -1 : 1);
    return true;
}

static bool parse_time(struct view text, const struct period_clock *clock, int64_t civil, struct period *out)
{
    unsigned hour, minute, second = 0;
    int64_t offset, length = MINUTE;
    bool local;

    if (!cut_number(&text, 2, 23, ":", &hour) || !cut_number(&text, 2, 59, "", &minute))
        return false;
    if (view_skip(&text, VIEW(":"))) {
        if (!cut_number(&text, 2, 60, "", &second))
            return false;
        length = 1;
    }
    if (!parse_zone(text, &local, &offset))
        return false;
    civil += hour * HOUR + minute * MINUTE + second;
    out->begin = local ? to_utc(clock, civil) : civil - offset;
    out->end = out->begin + length;
    return true;
}

static bool parse_date(struct view text, const struct period_clock *clock, struct period *out)
{
    unsigned year, month, day;
    int64_t civil;

    if (!cut_number(&text, 4, 9999, "-", &year) || !cut_number(&text, 2, 12, "-", &month) ||
        !cut_number(&text, 2, 31, "", &day) || !civil_valid(year, month, day))
        return false;
    civil = civil_days(year, month, day) * DAY;
    if (text.n == 0) {
        name_day(clock, civil, out);
        return true;
    }
    return (view_skip(&text, VIEW("T")) || view_skip(&text, VIEW(" "))) && parse_time(text, clock, civil, out);
}

bool period_parse(struct view text, const struct period_clock *clock, struct period *out)
{
    struct period found;

    text = view_trim(text);
    if (!parse_word(text, clock, &found) && !parse_ago(text, clock, &found) && !parse_date(text, clock, &found))
        return false;
    *out = found;
    return true;
}
