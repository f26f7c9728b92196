/* The rolling 24 hours: edges of buckets, midnight, changes of the clocks, order. */
#include "tally/volume.h"

#include "tests/unit/unit.h"

#define MINUTES(n) ((int64_t)(n)*60 * 1000)
#define HOURS(n) MINUTES(60 * (n))

/* 2026-03-28 00:00:00 UTC: the night after it central Europe turns its clocks forward. */
static const int64_t midnight = INT64_C(1774656000000);

static void add(struct volume_series *series, int64_t time, uint32_t count)
{
    bool fresh;

    ck_assert(volume_add(series, volume_quarter(time), count, &fresh));
}

static const struct {
    int64_t first, second; /* ms after midnight */
    uint64_t peak;
} pairs[] = {
    { 0, MINUTES(15) - 1, 2 },                   /* one bucket */
    { MINUTES(15) - 1, MINUTES(15), 2 },         /* two, a millisecond apart */
    { 0, HOURS(24) - 1, 2 },                     /* the last bucket of the window */
    { 0, HOURS(24), 1 },                         /* the first one behind it */
    { MINUTES(15) - 1, HOURS(24), 1 },           /* buckets count, not milliseconds */
    { HOURS(24) - 1, HOURS(24), 2 },             /* over midnight */
    { -MINUTES(1), HOURS(23) + MINUTES(44), 2 }, /* a whole day around it */
    { HOURS(25), HOURS(48), 2 },                 /* 23 local hours of the day the clocks go forward */
    { HOURS(26), HOURS(50) + MINUTES(1), 1 },
};

START_TEST(a_window_is_the_24_hours_that_end_with_a_quarter)
{
    for (int swapped = 0; swapped < 2; swapped++) {
        struct volume_series series = { 0 };
        struct volume_figures figures;

        add(&series, midnight + (swapped ? pairs[_i].second : pairs[_i].first), 1);
        add(&series, midnight + (swapped ? pairs[_i].first : pairs[_i].second), 1);
        figures = volume_figures(&series, midnight + HOURS(60), 2);
        ck_assert_uint_eq(figures.peak, pairs[_i].peak);
        ck_assert_int_eq(figures.reached != 0, pairs[_i].peak == 2);
        ck_assert_uint_eq(figures.total, 2);
        volume_done(&series);
    }
}
END_TEST

START_TEST(the_threshold_is_reached_with_the_recipient_that_reaches_it)
{
    struct volume_series series = { 0 };
    struct volume_figures figures;

    add(&series, midnight, 4999);
    ck_assert_int_eq(volume_figures(&series, midnight, 5000).reached, 0);
    add(&series, midnight + HOURS(2), 1);
    figures = volume_figures(&series, midnight + HOURS(2), 5000);
    ck_assert_int_eq(figures.reached, midnight + HOURS(2));
    ck_assert_uint_eq(figures.peak, 5000);
    ck_assert_int_eq(figures.peak_end, midnight + HOURS(2) + MINUTES(15));
    volume_done(&series);
}
END_TEST

START_TEST(the_current_window_ends_now)
{
    struct volume_series series = { 0 };

    add(&series, midnight, 7);
    add(&series, midnight + HOURS(12), 5);
    ck_assert_uint_eq(volume_figures(&series, midnight + HOURS(12), 0).current, 12);
    ck_assert_uint_eq(volume_figures(&series, midnight + HOURS(24) - 1, 0).current, 12);
    ck_assert_uint_eq(volume_figures(&series, midnight + HOURS(24), 0).current, 5);
    ck_assert_uint_eq(volume_figures(&series, midnight + HOURS(36), 0).current, 0);
    ck_assert_uint_eq(volume_figures(&series, midnight + HOURS(6), 0).current, 7);
    volume_done(&series);
}
END_TEST

START_TEST(the_forecast_goes_on_at_the_pace_of_the_last_six_hours)
{
    struct volume_series series = { 0 };
    struct volume_figures figures;

    for (int i = 0; i < 24; i++) /* 100 a quarter for six hours, nothing before */
        add(&series, midnight + MINUTES(15 * i), 100);
    figures = volume_figures(&series, midnight + MINUTES(15 * 23), 5000);
    ck_assert_uint_eq(figures.current, 2400);
    ck_assert_uint_eq(figures.forecast, 9600);
    ck_assert_int_eq(figures.reached, 0);
    ck_assert_int_eq(figures.expected, midnight + MINUTES(15 * (23 + 26)));
    ck_assert_int_eq(volume_figures(&series, midnight + MINUTES(15 * 23), 20000).expected, 0);
    ck_assert_int_eq(volume_figures(&series, midnight + HOURS(13), 5000).expected, 0);
    volume_done(&series);
}
END_TEST

START_TEST(series_that_were_cut_anywhere_add_up_to_the_whole)
{
    struct volume_series whole = { 0 }, parts[2] = { { 0 }, { 0 } };

    for (int i = 0; i < 500; i++) {
        int64_t time = midnight + MINUTES(7 * i % 2900);

        add(&whole, time, (uint32_t)i);
        add(&parts[i % 3 == 0], time, (uint32_t)i);
    }
    ck_assert(volume_merge(&parts[0], &parts[1]));
    ck_assert_uint_eq(parts[0].count, whole.count);
    ck_assert_mem_eq(parts[0].list, whole.list, whole.count * sizeof(*whole.list));
    for (uint32_t i = 1; i < whole.count; i++)
        ck_assert_uint_lt(whole.list[i - 1].quarter, whole.list[i].quarter);
    volume_done(&whole);
    volume_done(&parts[0]);
    volume_done(&parts[1]);
}
END_TEST

START_TEST(a_bucket_does_not_overflow)
{
    struct volume_series series = { 0 };

    add(&series, midnight, UINT32_MAX);
    add(&series, midnight, 5);
    ck_assert_uint_eq(volume_window(&series, volume_quarter(midnight)), UINT32_MAX);
    volume_done(&series);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("volume");
    TCase *tests = tcase_create("volume");

    tcase_add_loop_test(tests, a_window_is_the_24_hours_that_end_with_a_quarter, 0, ROWS(pairs));
    tcase_add_test(tests, the_threshold_is_reached_with_the_recipient_that_reaches_it);
    tcase_add_test(tests, the_current_window_ends_now);
    tcase_add_test(tests, the_forecast_goes_on_at_the_pace_of_the_last_six_hours);
    tcase_add_test(tests, series_that_were_cut_anywhere_add_up_to_the_whole);
    tcase_add_test(tests, a_bucket_does_not_overflow);
    suite_add_tcase(suite, tests);
    return suite;
}
