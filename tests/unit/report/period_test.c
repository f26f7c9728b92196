#include "report/period.h"

#include "shared/civil.h"
#include "shared/stamp.h"
#include "tests/unit/unit.h"

enum { HOUR = 3600, DAY = 86400 };
#define NOW INT64_C(1795303055) /* 2026-11-21 23:17:35 UTC, the 22nd an hour and more east of it */

static int64_t one_hour_east(void *context, int64_t civil)
{
    (void)context;
    return civil - HOUR;
}

static int64_t one_hour(void *context, int64_t time)
{
    (void)context;
    (void)time;
    return HOUR;
}

static const struct {
    const char *text;
    int64_t begin, end; /* 0: no time */
} rows[] = {
    { "now", NOW, NOW },
    { "today", 1795302000, 1795302000 + DAY },
    { "yesterday", 1795302000 - DAY, 1795302000 },
    { "-7d", NOW - 7 * DAY, NOW - 7 * DAY },
    { "-12h", NOW - 12 * HOUR, NOW - 12 * HOUR },
    { "-30m", NOW - 1800, NOW - 1800 },
    { "-2w", NOW - 14 * DAY, NOW - 14 * DAY },
    { "2026-11-21", 1795215600, 1795302000 },
    { " 2026-11-21 ", 1795215600, 1795302000 },
    { "2026-11-21 19:17", 1795285020, 1795285080 },
    { "2026-11-21T19:17:35", 1795285055, 1795285056 },
    { "2026-11-21T19:17:35Z", 1795288655, 1795288656 },
    { "2026-11-21T19:17:35+01:00", 1795285055, 1795285056 },
    { "2026-11-21T19:17-04:30", 1795304820, 1795304880 },
    { "2024-02-29", 1709161200, 1709247600 },
    { "2026-02-29", 0, 0 },
    { "2026-13-01", 0, 0 },
    { "2026-11-21T25:00", 0, 0 },
    { "2026-11-21T19", 0, 0 },
    { "2026-11-21T19:17:35X", 0, 0 },
    { "7d", 0, 0 },
    { "-d", 0, 0 },
    { "-7y", 0, 0 },
    { "-99999999999d", 0, 0 },
    { "tomorrow", 0, 0 },
    { "", 0, 0 },
};

START_TEST(a_time_is_named_as_people_name_it)
{
    struct period_clock clock = { NOW, one_hour_east, one_hour, NULL };
    struct period period = { 0, 0 };

    ck_assert_int_eq(period_parse(view_of(rows[_i].text), &clock, &period), rows[_i].begin != 0);
    ck_assert_int_eq(period.begin, rows[_i].begin);
    ck_assert_int_eq(period.end, rows[_i].end);
}
END_TEST

static const struct {
    int64_t millis, offset;
    const char *rfc3339, *brief;
} stamps[] = {
    { 1795288655123, 0, "2026-11-21T19:17:35Z", "2026-11-21 19:17" },
    { 1795288655123, 3600, "2026-11-21T20:17:35+01:00", "2026-11-21 20:17" },
    { 1795288655123, -16200, "2026-11-21T14:47:35-04:30", "2026-11-21 14:47" },
    { 0, 0, "1970-01-01T00:00:00Z", "1970-01-01 00:00" },
    { -1, 0, "1969-12-31T23:59:59Z", "1969-12-31 23:59" },
    { 1709208000000, 0, "2024-02-29T12:00:00Z", "2024-02-29 12:00" },
};

START_TEST(moments_are_written_with_their_zone)
{
    char text[64], brief[64];
    struct buf buf = BUF(text), second = BUF(brief);

    stamp_rfc3339(&buf, stamps[_i].millis, stamps[_i].offset);
    ck_assert_view_eq(buf_view(&buf), stamps[_i].rfc3339);
    stamp_short(&second, stamps[_i].millis, stamps[_i].offset);
    ck_assert_view_eq(buf_view(&second), stamps[_i].brief);
}
END_TEST

START_TEST(civil_dates_go_there_and_back)
{
    for (int64_t day = -800000; day < 800000; day += 97) {
        struct civil civil = civil_of(day * DAY + 86399);

        ck_assert(civil_valid(civil.year, civil.month, civil.day));
        ck_assert_int_eq(civil_days(civil.year, civil.month, civil.day), day);
        ck_assert_uint_eq(civil.hour * 10000 + civil.minute * 100 + civil.second, 235959);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("period");
    TCase *tests = tcase_create("period");

    tcase_add_loop_test(tests, a_time_is_named_as_people_name_it, 0, ROWS(rows));
    tcase_add_loop_test(tests, moments_are_written_with_their_zone, 0, ROWS(stamps));
    tcase_add_test(tests, civil_dates_go_there_and_back);
    suite_add_tcase(suite, tests);
    return suite;
}
