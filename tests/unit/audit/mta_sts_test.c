/* MTA-STS: records, policies and names as RFC 8461 has them. */
#include "audit/mta_sts.h"
#include "tests/unit/unit.h"

#define LONG_ID "12345678901234567890123456789012" /* 32 */

static const struct {
    const char *text, *id; /* NULL: no record */
} records[] = {
    { "v=STSv1; id=20260101T000000;", "20260101T000000" },
    { "v=STSv1;id=1", "1" },
    { "v=STSv1 ; id=1 ; x=y", "1" },
    { "v=STSv1; id=1; id=2", "1" },
    { "v=STSv1; id=" LONG_ID, LONG_ID },
    { "v=STSv1; id=" LONG_ID "3", NULL },
    { "v=STSv1; id=a-b", NULL },
    { "v=STSv1; id=", NULL },
    { "v=STSv1", NULL },
    { "v=STSv10; id=1", NULL },
    { "v=stsv1; id=1", NULL },
    { "id=1; v=STSv1", NULL },
    { "v=spf1 -all", NULL },
    { "", NULL },
};

START_TEST(a_record_announces_a_policy)
{
    struct view id = { "", 0 };

    ck_assert_msg(sts_record(view_of(records[_i].text), &id) == (records[_i].id != NULL), "%s", records[_i].text);
    if (records[_i].id != NULL)
        ck_assert_view_eq(id, records[_i].id);
}
END_TEST

#define GOOD "version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 86400\n"

static const struct {
    const char *text, *fault; /* NULL: none */
    enum sts_mode mode;
    uint32_t max_age;
    size_t patterns;
} policies[] = {
    { GOOD, NULL, STS_ENFORCE, 86400, 1 },
    { "version: STSv1\r\nmode: testing\r\nmx: *.example.net\r\nmx: a.example\r\nmax_age: 1\r\n", NULL, STS_TESTING, 1,
      2 },
    { "mode:enforce\nmx:a.example  \nmax_age:5\nversion:STSv1", NULL, STS_ENFORCE, 5, 1 },
    { "version: STSv1\nmode: none\nmax_age: 60", NULL, STS_NONE, 60, 0 },
    { GOOD "mode: none\nmax_age: 1\n", NULL, STS_ENFORCE, 86400, 1 },
    { GOOD "future: thing\n\n", NULL, STS_ENFORCE, 86400, 1 },
    { "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 9999999999\n", NULL, STS_ENFORCE, STS_MAX_AGE, 1 },
    { "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: 99999999999\n", "max_age is no number", 0, 0, 0 },
    { "version: STSv1\nmode: enforce\nmx: a.example\nmax_age: -1\n", "max_age is no number", 0, 0, 0 },
    { "version: STSv2\nmode: none\nmax_age: 1\n", "the version is not STSv1", 0, 0, 0 },
    { "mode: none\nmax_age: 1\n", "it has no version", 0, 0, 0 },
    { "version: STSv1\nmax_age: 1\n", "it has no mode", 0, 0, 0 },
    { "version: STSv1\nmode: none\n", "it has no max_age", 0, 0, 0 },
    { "version: STSv1\nmode: enforce\nmax_age: 1\n", "it names no mx", 0, 0, 0 },
    { "version: STSv1\nMode: enforce\nmx: a.example\nmax_age: 1\n", "it has no mode", 0, 0, 0 },
    { "version: STSv1\nmode: Enforce\n", "the mode is none of enforce, testing and none", 0, 0, 0 },
    { "version: STSv1\nmode: enforce\nmx: m*.example\n", "an mx is no host name", 0, 0, 0 },
    { "version: STSv1\nmode: enforce\nmx: *\n", "an mx is no host name", 0, 0, 0 },
    { "version: STSv1\nmode: enforce\nmx: a..b\n", "an mx is no host name", 0, 0, 0 },
    { "<html>\n", "a line is no \"key: value\"", 0, 0, 0 },
    { "\xef\xbb\xbfversion: STSv1\nmode: none\nmax_age: 1\n", "it has no version", 0, 0, 0 },
    { "", "it has no version", 0, 0, 0 },
};

START_TEST(a_policy_is_read_or_said_what_is_wrong)
{
    struct sts_policy policy;
    const char *fault = sts_policy_parse(view_of(policies[_i].text), &policy);

    if (policies[_i].fault != NULL) {
        ck_assert_msg(fault != NULL, "%s", policies[_i].text);
        ck_assert_str_eq(fault, policies[_i].fault);
        return;
    }
    ck_assert_msg(fault == NULL, "%s: %s", policies[_i].text, fault);
    ck_assert_int_eq(policy.mode, policies[_i].mode);
    ck_assert_uint_eq(policy.max_age, policies[_i].max_age);
    ck_assert_uint_eq(policy.pattern_count, policies[_i].patterns);
}
END_TEST

START_TEST(a_policy_past_its_limits_is_refused)
{
    static char text[STS_POLICY_MAX + 64];
    struct sts_policy policy;
    struct buf out = BUF(text);

    buf_add(&out, VIEW(GOOD));
    for (int i = 0; i < STS_PATTERNS_MAX; i++)
        buf_add(&out, VIEW("mx: a.example\n"));
    ck_assert_str_eq(sts_policy_parse(buf_view(&out), &policy), "it has more mx lines than are read here");
    memset(text, '\n', sizeof(text));
    ck_assert_str_eq(sts_policy_parse((struct view){ text, STS_POLICY_MAX + 1 }, &policy), "it is too long");
}
END_TEST

static const struct {
    const char *pattern, *host;
    bool matches;
} names[] = {
    { "mx.example.com", "mx.example.com", true },   { "mx.example.com", "MX.Example.COM.", true },
    { "mx.example.com", "mx2.example.com", false }, { "*.example.net", "mx.example.net", true },
    { "*.example.net", "a.mx.example.net", false }, { "*.example.net", "example.net", false },
    { "*.example.net", ".example.net", false },     { "*.example.net", "mx.example.com", false },
};

START_TEST(a_wildcard_stands_for_one_label)
{
    struct sts_policy policy = { .patterns = { view_of(names[_i].pattern) }, .pattern_count = 1 };

    ck_assert_msg(sts_policy_names(&policy, view_of(names[_i].host)) == names[_i].matches, "%s %s", names[_i].pattern,
                  names[_i].host);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("audit/mta_sts");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, a_record_announces_a_policy, 0, ROWS(records));
    tcase_add_loop_test(all, a_policy_is_read_or_said_what_is_wrong, 0, ROWS(policies));
    tcase_add_test(all, a_policy_past_its_limits_is_refused);
    tcase_add_loop_test(all, a_wildcard_stands_for_one_label, 0, ROWS(names));
    suite_add_tcase(suite, all);
    return suite;
}
