#include "shared/stamp.h"

#include "tests/unit/unit.h"

static const struct {
    int64_t millis, offset;
    const char *rfc3339, *shorter, *date;
} moments[] = {
    { 0, 0, "1970-01-01T00:00:00Z", "1970-01-01 00:00", "1970-01-01" },
    { 1795288655999, 0, "2026-11-21T19:17:35Z", "2026-11-21 19:17", "2026-11-21" },
    { 1795288655999, 9 * 3600, "2026-11-22T04:17:35+09:00", "2026-11-22 04:17", "2026-11-22" },
    { 1795288655999, -(3 * 3600 + 30 * 60), "2026-11-21T15:47:35-03:30", "2026-11-21 15:47", "2026-11-21" },
    { -1, 0, "1969-12-31T23:59:59Z", "1969-12-31 23:59", "1969-12-31" },
    { -62167219200000, 0, "0000-01-01T00:00:00Z", "0000-01-01 00:00", "0000-01-01" },
    { -62167219201000, 0, "-001-12-31T23:59:59Z", "-001-12-31 23:59", "-001-12-31" },
    { 253402300799000, 0, "9999-12-31T23:59:59Z", "9999-12-31 23:59", "9999-12-31" },
    { 253402300800000, 0, "10000-01-01T00:00:00Z", "10000-01-01 00:00", "10000-01-01" },
};

START_TEST(a_moment_is_written_in_each_form)
{
    char text[64];
    struct buf buf = BUF(text);

    stamp_rfc3339(&buf, moments[_i].millis, moments[_i].offset);
    ck_assert_view_eq(buf_view(&buf), moments[_i].rfc3339);
    buf_reset(&buf);
    stamp_short(&buf, moments[_i].millis, moments[_i].offset);
    ck_assert_view_eq(buf_view(&buf), moments[_i].shorter);
    buf_reset(&buf);
    stamp_date(&buf, moments[_i].millis, moments[_i].offset);
    ck_assert_view_eq(buf_view(&buf), moments[_i].date);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("stamp");
    TCase *cases = tcase_create("stamp");

    tcase_add_loop_test(cases, a_moment_is_written_in_each_form, 0, ROWS(moments));
    suite_add_tcase(suite, cases);
    return suite;
}
