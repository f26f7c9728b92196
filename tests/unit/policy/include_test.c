#include "tests/unit/policy/memory_files.h"
#include "tests/unit/policy/samples.h"
#include "tests/unit/unit.h"

#define COUNT_MAX 4

static const struct {
    struct memory_file files[COUNT_MAX + 2];
    const char *faults; /* "": none */
    size_t rules;       /* without faults */
} rows[] = {
    /* an include stands for its text, a section for one more */
    { { { "/e/o.conf", "include a.conf\nsubmission { accept }" }, { "/e/a.conf", "submission { reject plaintext }" } },
      "",
      2 },
    { { { "/e/o.conf", "submission { accept to domain partners }\ninclude \"conf.d/*.conf\"" },
        { "/e/conf.d/1.conf", "submission { reject }" },
        { "/e/conf.d/2.conf", "domain partners { example.com }" } },
      "",
      2 },
    { { { "/e/o.conf", "include conf.d/*.conf\nsubmission { accept }" } }, "", 1 },
    { { { "/e/o.conf", "include /x/a\nsubmission { accept }" }, { "/x/a", "include b" }, { "/x/b", "mode enforce" } },
      "",
      1 },
    /* what goes wrong is told where the include stands, or in the file that it names */
    { { { "/e/o.conf", "include a.conf" } }, "/e/o.conf:1:9: error: /e/a.conf: No such file or directory", 0 },
    { { { "/e/o.conf", "\ninclude a" }, { "/e/a", "mode x" } },
      "/e/a:1:6: error: found \"x\", expected monitor or enforce",
      0 },
    { { { "/e/o.conf", "include o.conf" } }, "/e/o.conf:1:9: error: /e/o.conf includes itself", 0 },
    { { { "/e/o.conf", "include a" }, { "/e/a", "mode enforce\ninclude /e/o.conf" } },
      "/e/a:2:9: error: /e/o.conf includes itself",
      0 },
    { { { "/e/o.conf", "include a\nmode monitor" }, { "/e/a", "mode enforce" } },
      "/e/o.conf:2:1: error: mode stands twice, first in a:1",
      0 },
    { { { "/e/o.conf", "include" } },
      "/e/o.conf:1:8: error: found end of line, expected the name of a file or a pattern",
      0 },
    { { { "/e/o.conf", "include a b" }, { "/e/a", "" } },
      "/e/o.conf:1:11: error: found \"b\", expected end of line",
      0 },
    /* faults come in the order of the files */
    { { { "/e/o.conf", "submission { accept x }\ninclude a\nmode x" }, { "/e/a", "network b { x }" } },
      "/e/o.conf:1:21: error: found \"x\", expected a condition or end of line\n"
      "/e/o.conf:3:6: error: found \"x\", expected monitor or enforce\n"
      "/e/a:1:13: error: found \"x\", not an IPv4 or IPv6 address or network",
      0 },
};

START_TEST(includes_stand_for_their_text)
{
    struct reader reader = memory_reader(rows[_i].files);
    struct faults faults = { 0 };
    struct policy *policy = policy_parse("/e/o.conf", &reader, &faults);
    char text[2048];

    ck_assert_str_eq(faults_text(&faults, text, sizeof(text)), rows[_i].faults);
    if (policy != NULL)
        ck_assert_uint_eq(policy_rule_count(policy), rows[_i].rules);
    policy_free(policy);
}
END_TEST

/* Files "0" to "9", each includes the next. */
static int read_chain(void *context, const char *name, size_t limit, struct view *text, struct error *error)
{
    static const char *const texts[] = { "include 1", "include 2", "include 3", "include 4", "include 5",
                                         "include 6", "include 7", "include 8", "include 9", "" };

    (void)context;
    (void)limit;
    (void)error;
    *text = view_of(texts[name[0] - '0']);
    return 0;
}

START_TEST(includes_are_at_most_eight_deep)
{
    struct reader reader = { .read = read_chain };
    struct faults faults = { 0 };
    char text[512];

    ck_assert_ptr_null(policy_parse("0", &reader, &faults));
    ck_assert_str_eq(faults_text(&faults, text, sizeof(text)), "8:1:9: error: more than 8 files include each other");
    faults = (struct faults){ 0 };
    policy_free(policy_parse("1", &reader, &faults));
    ck_assert_uint_eq(faults.errors, 0);
}
END_TEST

/* Each file includes two others: 2^8 files and more, were nobody to count. */
static int read_twins(void *context, const char *name, size_t limit, struct view *text, struct error *error)
{
    (void)context;
    (void)name;
    (void)limit;
    (void)error;
    *text = VIEW("include x/a\ninclude x/b\ninclude x/c\ninclude x/d\n");
    return 0;
}

START_TEST(the_number_of_files_is_bounded)
{
    struct reader reader = { .read = read_twins };
    struct faults faults = { 0 };

    ck_assert_ptr_null(policy_parse("a", &reader, &faults));
    ck_assert_uint_gt(faults.errors, 0);
}
END_TEST

START_TEST(a_rule_file_is_at_most_a_mebibyte)
{
    static char big[(1 << 20) + 2];
    const struct memory_file files[] = { { "o.conf", big }, { NULL, NULL } };
    struct reader reader = memory_reader(files);
    struct faults faults = { 0 };
    char text[512];

    memset(big, ' ', sizeof(big) - 1);
    ck_assert_ptr_null(policy_parse("o.conf", &reader, &faults));
    ck_assert_str_eq(faults_text(&faults, text, sizeof(text)), "o.conf: error: larger than 1048576 octets");
    big[1 << 20] = '\0';
    faults = (struct faults){ 0 };
    policy_free(policy_parse("o.conf", &reader, &faults));
    ck_assert_uint_eq(faults.errors, 0);
}
END_TEST

START_TEST(a_rule_knows_the_file_that_it_stands_in)
{
    const struct memory_file files[] = { { "/e/o.conf", "mode enforce\ninclude d/a.conf" },
                                         { "/e/d/a.conf", "\n\nsubmission { reject }" },
                                         { NULL, NULL } };
    struct reader reader = memory_reader(files);
    struct faults faults = { 0 };
    struct policy *policy = policy_parse("/e/o.conf", &reader, &faults);
    struct submission sub = good_submission();
    struct decision decision = policy_evaluate(policy, &sub, &to_gmail);

    ck_assert_view_eq(decision.now.rule.file, "a.conf");
    ck_assert_uint_eq(decision.now.rule.line, 3);
    ck_assert_view_eq(decision.now.reply.text, "Message refused by policy (a.conf:3)");
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("include");
    TCase *tests = tcase_create("include");

    tcase_add_loop_test(tests, includes_stand_for_their_text, 0, ROWS(rows));
    tcase_add_test(tests, includes_are_at_most_eight_deep);
    tcase_add_test(tests, the_number_of_files_is_bounded);
    tcase_add_test(tests, a_rule_file_is_at_most_a_mebibyte);
    tcase_add_test(tests, a_rule_knows_the_file_that_it_stands_in);
    suite_add_tcase(suite, tests);
    return suite;
}
