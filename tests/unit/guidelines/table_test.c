/* The tables of rules and findings are whole. */
#include "guidelines/finding.h"

#include <string.h>

#include "tests/unit/unit.h"

START_TEST(every_rule_has_a_text_a_source_and_a_date)
{
    const struct rule_row *row = &rule_table[_i];

    ck_assert_uint_gt(strlen(row->text), 0);
    ck_assert_uint_gt(strlen(row->source), 0);
    ck_assert_ptr_null(strstr(row->source, "://"));
    ck_assert(strlen(row->date) == strlen("2024-02") || strlen(row->date) == strlen("2024-02-01"));
    ck_assert_ptr_eq(rule_of(row->receiver, row->requirement), row); /* none stands twice */
}
END_TEST

START_TEST(gmail_has_a_rule_for_every_requirement_and_a_profile)
{
    ck_assert_ptr_nonnull(rule_of(RECEIVER_GMAIL, (enum requirement)_i));
    ck_assert_uint_gt(requirement_name((enum requirement)_i).n, 0);
    ck_assert_ptr_nonnull(requirement_title((enum requirement)_i));
    ck_assert_int_eq(profile_table[0].receiver, RECEIVER_GMAIL);
    ck_assert_uint_eq(profile_table[0].bulk, 5000);
}
END_TEST

START_TEST(only_gmail_asks_for_tls)
{
    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        const struct rule_row *row = rule_of(profile_table[i].receiver, REQUIREMENT_TLS);

        ck_assert_int_eq(row != NULL, profile_table[i].receiver == RECEIVER_GMAIL);
    }
}
END_TEST

/* Only what is well, or what nobody sent, needs no step. */
START_TEST(every_finding_says_what_it_rests_on_and_what_to_do)
{
    const struct finding_row *row = &finding_table[_i];

    ck_assert_msg(row->name.n > 0, "finding %d has no row", _i);
    ck_assert_uint_gt(strlen(row->evidence.many), 0);
    ck_assert_int_eq(strlen(row->next) == 0,
                     row->verdict == COMPLIANCE_COMPLIANT || row->verdict == COMPLIANCE_NO_DATA);
    for (int i = 0; i < _i; i++)
        ck_assert(!view_eq(finding_table[i].name, row->name));
}
END_TEST

static const struct {
    const char *template, *text;
} templates[] = {
    { "{count} of {of} to {receiver}: {detail}", "3 of 17 to Gmail: p={count}" },
    { "{of} / {count}", "17 / 3" },
    { "no places", "no places" },
    { "{strange} {", "{strange} {" },
    { "", "" },
};

START_TEST(a_template_is_filled_once)
{
    struct finding_facts facts = { 3, 17, VIEW("Gmail"), VIEW("p={count}") };
    char storage[128];
    struct buf buf = BUF(storage);

    finding_print(&buf, templates[_i].template, &facts);
    ck_assert_view_eq(buf_view(&buf), templates[_i].text);
}
END_TEST

static const struct {
    enum finding finding;
    uint64_t count, of;
    const char *text;
} numbers[] = {
    { FINDING_TLS_REFUSED, 1, 5, "Gmail refused 1 attempt because it came without TLS (x)" },
    { FINDING_TLS_REFUSED, 2, 1, "Gmail refused 2 attempts because they came without TLS (x)" },
    { FINDING_TLS_ENCRYPTED, 0, 1, "the only message sent to Gmail went over TLS" },
    { FINDING_TLS_ENCRYPTED, 1, 2, "all 2 messages sent to Gmail went over TLS" },
    { FINDING_PTR_ABSENT, 1, 3, "1 of 3 sending addresses has no PTR record: x" },
    { FINDING_PTR_ABSENT, 2, 3, "2 of 3 sending addresses have no PTR record: x" },
    { FINDING_TLS_UNKNOWN, 1, 1, "the log does not tell for 1 of 1 messages sent to Gmail" },
};

START_TEST(one_is_not_many)
{
    struct finding_facts facts = { numbers[_i].count, numbers[_i].of, VIEW("Gmail"), VIEW("x") };
    char storage[128];
    struct buf buf = BUF(storage);

    finding_print(&buf, finding_evidence(NULL, &finding_table[numbers[_i].finding], &facts), &facts);
    ck_assert_view_eq(buf_view(&buf), numbers[_i].text);
}
END_TEST

START_TEST(every_word_has_a_name)
{
    for (int i = 0; i < COMPLIANCE_COUNT; i++)
        ck_assert(compliance_name((enum compliance_verdict)i).n > 0 &&
                  compliance_title((enum compliance_verdict)i) != NULL);
    for (int i = 0; i < SOURCE_COUNT; i++)
        ck_assert_uint_gt(finding_source_name((enum finding_source)i).n, 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("table");
    TCase *tests = tcase_create("table");

    tcase_add_loop_test(tests, every_rule_has_a_text_a_source_and_a_date, 0, (int)rule_count);
    tcase_add_loop_test(tests, gmail_has_a_rule_for_every_requirement_and_a_profile, 0, REQUIREMENT_COUNT);
    tcase_add_test(tests, only_gmail_asks_for_tls);
    tcase_add_loop_test(tests, every_finding_says_what_it_rests_on_and_what_to_do, 0, FINDING_COUNT);
    tcase_add_loop_test(tests, a_template_is_filled_once, 0, ROWS(templates));
    tcase_add_loop_test(tests, one_is_not_many, 0, ROWS(numbers));
    tcase_add_test(tests, every_word_has_a_name);
    suite_add_tcase(suite, tests);
    return suite;
}
