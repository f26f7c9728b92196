/* English words by their number. */
#include "shared/plural.h"

#include "tests/unit/unit.h"

static const struct {
    uint64_t number;
    const char *text;
} cases[] = {
    { 0, "gaps are" },  { 1, "gap is" },    { 2, "gaps are" },
    { 11, "gaps are" }, { 21, "gaps are" }, { UINT64_MAX, "gaps are" },
};

START_TEST(only_one_is_not_many)
{
    ck_assert_str_eq(plural(cases[_i].number, "gap is", "gaps are"), cases[_i].text);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("plural");
    TCase *tests = tcase_create("plural");

    tcase_add_loop_test(tests, only_one_is_not_many, 0, ROWS(cases));
    suite_add_tcase(suite, tests);
    return suite;
}
