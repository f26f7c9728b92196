/* Clocks that jump, and what retention makes of them. */
#include <stdlib.h>

#include "store/retention.h"
#include "tests/unit/store/bed.h"

enum { HOUR = 3600, DAY = 24 * HOUR, STEPS_MAX = 10 };
#define START INT64_C(1796083200)

/* What the system's clock says, and what is taken for now; both after START. */
struct step {
    int64_t system, now;
};

static const struct {
    const char *what;
    size_t count;
    struct step steps[STEPS_MAX];
} clocks[] = {
    { "an even clock is followed",
      4,
      { { 0, 0 }, { HOUR, HOUR }, { 25 * HOUR, 25 * HOUR }, { 49 * HOUR, 49 * HOUR } } },
    { "a jump of years that is mended within a day removes nothing",
      5,
      { { 0, 0 }, { 1000 * DAY, 0 }, { 1000 * DAY + 23 * HOUR, 0 }, { DAY, DAY }, { 2 * DAY, 2 * DAY } } },
    { "a jump that stays is believed after a day",
      4,
      { { 0, 0 }, { 40 * DAY, 0 }, { 40 * DAY + 23 * HOUR, 0 }, { 41 * DAY, 41 * DAY } } },
    { "two jumps, each mended, do not add up",
      6,
      { { 0, 0 }, { 100 * DAY, 0 }, { HOUR, HOUR }, { 101 * DAY, HOUR }, { 101 * DAY + HOUR, HOUR }, { DAY, DAY } } },
    { "a jump, and back, but not to where it was",
      4,
      { { 0, 0 }, { 100 * DAY, 0 }, { 50 * DAY, 0 }, { 51 * DAY, 51 * DAY } } },
    { "a clock set back is followed",
      4,
      { { 0, 0 }, { -10 * DAY, -10 * DAY }, { HOUR, -10 * DAY }, { DAY + HOUR, DAY + HOUR } } },
};

START_TEST(only_a_clock_that_stays_is_believed)
{
    struct retention_clock clock = { 0 };

    for (size_t i = 0; i < clocks[_i].count; i++) {
        const struct step *step = &clocks[_i].steps[i];
        bool ahead = retention_step(&clock, START + step->system);

        ck_assert_msg(clock.now - START == step->now, "%s: step %zu: %lld", clocks[_i].what, i,
                      (long long)(clock.now - START));
        ck_assert_int_eq(ahead, step->now != step->system);
    }
}
END_TEST

START_TEST(a_ledger_keeps_its_clock_and_its_rows)
{
    const struct ledger_settings settings = { .keep_detail = 30, .keep_hours = 8, .keep_days = 400 };
    struct bed bed;
    char *want, *got;
    int64_t now = 0;

    bed_init(&bed);
    save_log(bed.ledger, "postfix-3.7-sample.log", 100, true);
    want = ledger_text(bed.ledger, (struct ledger_period){ 0 });
    ck_assert_int_eq(retention_now(bed.ledger, BED_NOW, &now, &bed.error), 0);
    bed_close(&bed);
    bed_open(&bed);
    ck_assert_int_eq(retention_now(bed.ledger, BED_NOW + INT64_C(3650) * DAY, &now, &bed.error), 1);
    ck_assert_int_eq(now, BED_NOW);
    while (ledger_expire(bed.ledger, now, &settings, &bed.error) == 1) {
    }
    got = ledger_text(bed.ledger, (struct ledger_period){ 0 });
    ck_assert_str_eq(got, want);
    free(got);
    free(want);
    ck_assert_int_eq(retention_now(bed.ledger, BED_NOW + INT64_C(3651) * DAY, &now, &bed.error), 0);
    ck_assert_int_eq(now, BED_NOW + INT64_C(3651) * DAY);
    bed_done(&bed);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("retention");
    TCase *tests = tcase_create("clock");

    tcase_add_loop_test(tests, only_a_clock_that_stays_is_believed, 0, ROWS(clocks));
    tcase_add_test(tests, a_ledger_keeps_its_clock_and_its_rows);
    suite_add_tcase(suite, tests);
    return suite;
}
