#include "shared/fault.h"
#include "tests/unit/unit.h"

static const struct {
    const char *file;
    unsigned line, column;
    enum severity severity;
    const char *printed;
} rows[] = {
    { "a.conf", 3, 7, SEVERITY_ERROR, "a.conf:3:7: error: text" },
    { "a.conf", 3, 0, SEVERITY_WARNING, "a.conf:3: warning: text" },
    { "a.conf", 0, 0, SEVERITY_ERROR, "a.conf: error: text" },
    { "", 0, 0, SEVERITY_ERROR, "error: text" },
};

START_TEST(a_fault_names_its_place_as_far_as_it_has_one)
{
    struct faults faults = { 0 };
    char text[512];
    struct buf out = BUF(text);

    faults_add(&faults, rows[_i].severity, view_of(rows[_i].file), rows[_i].line, rows[_i].column, "te%s", "xt");
    fault_print(&out, &faults.shown[0]);
    ck_assert_view_eq(buf_view(&out), rows[_i].printed);
}
END_TEST

START_TEST(errors_push_warnings_out_and_all_are_counted)
{
    struct faults faults = { 0 };

    for (unsigned i = 0; i < FAULTS_MAX; i++)
        faults_add(&faults, SEVERITY_WARNING, VIEW("a"), i + 1, 0, "w");
    faults_add(&faults, SEVERITY_WARNING, VIEW("a"), 98, 0, "w");
    faults_add(&faults, SEVERITY_ERROR, VIEW("a"), 99, 0, "e");
    ck_assert_uint_eq(faults.count, FAULTS_MAX);
    ck_assert_uint_eq(faults.errors, 1);
    ck_assert_uint_eq(faults.warnings, FAULTS_MAX + 1);
    ck_assert_uint_eq(faults.shown[FAULTS_MAX - 1].line, 99);
    ck_assert_uint_eq(faults.shown[FAULTS_MAX - 2].line, FAULTS_MAX - 1);
    for (unsigned i = 1; i < FAULTS_MAX + 1; i++)
        faults_add(&faults, SEVERITY_ERROR, VIEW("a"), 100 + i, 0, "e");
    for (unsigned i = 0; i < FAULTS_MAX; i++)
        ck_assert_int_eq(faults.shown[i].severity, SEVERITY_ERROR);
    ck_assert_uint_eq(faults.shown[0].line, 99);
    ck_assert_uint_eq(faults.errors, FAULTS_MAX + 1);
}
END_TEST

START_TEST(a_long_name_keeps_its_end_and_a_long_text_its_start)
{
    struct faults faults = { 0 };
    char name[600], text[600];
    struct buf end = buf_over(name + sizeof(name) - 5, 5);

    memset(name, 'd', sizeof(name));
    buf_add(&end, VIEW("/last"));
    memset(text, 't', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    faults_add(&faults, SEVERITY_ERROR, (struct view){ name, sizeof(name) }, 1, 1, "%s", text);
    ck_assert_uint_eq(strlen(faults.shown[0].file), sizeof(faults.shown[0].file) - 1);
    ck_assert(view_ends(view_of(faults.shown[0].file), VIEW("d/last")));
    ck_assert_uint_eq(strlen(faults.shown[0].text), FAULT_TEXT_MAX - 1);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("fault");
    TCase *tests = tcase_create("fault");

    tcase_add_loop_test(tests, a_fault_names_its_place_as_far_as_it_has_one, 0, ROWS(rows));
    tcase_add_test(tests, errors_push_warnings_out_and_all_are_counted);
    tcase_add_test(tests, a_long_name_keeps_its_end_and_a_long_text_its_start);
    suite_add_tcase(suite, tests);
    return suite;
}
