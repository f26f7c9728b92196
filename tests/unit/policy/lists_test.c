#include <stdlib.h>
#include <time.h>

#include "tests/unit/policy/memory_files.h"
#include "tests/unit/policy/samples.h"
#include "tests/unit/unit.h"

static struct policy *parse_files(const struct memory_file *files, const char *faults_wanted)
{
    struct reader reader = memory_reader(files);
    struct faults faults = { 0 };
    struct policy *policy = policy_parse(files[0].name, &reader, &faults);
    char text[4096];

    ck_assert_str_eq(faults_text(&faults, text, sizeof(text)), faults_wanted);
    return policy;
}

START_TEST(a_list_file_holds_entries_blanks_and_comments)
{
    const struct memory_file files[] = {
        { "/e/o.conf", "mode enforce\ndomain a file a\nsubmission { reject to domain a; accept }" },
        { "/e/a", "# partners\n  Gmail.COM .example.com\t# these\r\n\n#last\nb.example" },
        { NULL, NULL }
    };
    static const char *const domains[] = { "gmail.com", "x.example.com", "b.example", "example.com", "partners" };
    struct policy *policy = parse_files(files, "");
    struct submission sub = good_submission();

    for (size_t i = 0; i < ROWS(domains); i++) {
        struct recipient to = { view_of(domains[i]), VIEW("smtp") };

        ck_assert_int_eq(policy_evaluate(policy, &sub, &to).now.verdict, i < 3 ? VERDICT_REJECT : VERDICT_ACCEPT);
    }
    policy_free(policy);
}
END_TEST

START_TEST(a_faulty_entry_is_told_with_its_place_in_the_list_file)
{
    const struct memory_file files[] = { { "/e/o.conf", "network a file /x/a\nsubmission { accept client network a }" },
                                         { "/x/a", "192.0.2.1\n # one\n 192.0.2.2  what\n\x01" },
                                         { NULL, NULL } };

    (void)parse_files(files, "/x/a:3:13: error: found \"what\", not an IPv4 or IPv6 address or network\n"
                             "/x/a:4:1: error: found \"\x01\", not an IPv4 or IPv6 address or network");
}
END_TEST

START_TEST(a_list_file_that_cannot_be_read_is_told_where_it_is_named)
{
    const struct memory_file files[] = { { "/e/o.conf", "login a file \"/x/none\"\nsubmission { accept login a }" },
                                         { NULL, NULL } };

    (void)parse_files(files, "/e/o.conf:1:14: error: /x/none: No such file or directory");
}
END_TEST

enum { MANY = 100000 };

/* MANY entries, each with its number in it. */
static char *make_list(const char *prefix, char between, const char *suffix)
{
    size_t size = MANY * 32;
    char *text = malloc(size);
    struct buf out;

    ck_assert_ptr_nonnull(text);
    out = buf_over(text, size);
    for (unsigned i = 0; i < MANY; i++)
        buf_addf(&out, "%s%u%c%u%c%u%s\n", prefix, i >> 16, between, i >> 8 & 0xff, between, i & 0xff, suffix);
    (void)buf_text(&out);
    return text;
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* A list of MANY and a list of one answer at about the same speed. */
static double cost(const struct policy *policy, struct submission *sub, const struct recipient *to, enum verdict wanted)
{
    double best = 1e9;

    for (int round = 0; round < 5; round++) {
        double start = seconds();

        for (int i = 0; i < 2000; i++)
            ck_assert_int_eq(policy_evaluate(policy, sub, to).now.verdict, wanted);
        if (seconds() - start < best)
            best = seconds() - start;
    }
    return best;
}

static const struct {
    const char *kind, *prefix;
    char between;
    const char *suffix, *condition;
} kinds[] = {
    { "network", "10.", '.', "", "client network" },
    { "domain", "d", '-', ".example", "to domain" },
    { "login", "u", '.', "", "login" },
};

static struct policy *with_list(const char *kind, const char *condition, const char *list)
{
    char rules[256];
    struct buf out = BUF(rules);
    const struct memory_file files[] = { { "/e/o.conf", rules }, { "/e/list", list }, { NULL, NULL } };

    buf_addf(&out, "mode enforce\n%s a file list\nsubmission { reject %s a; accept }", kind, condition);
    (void)buf_text(&out);
    return parse_files(files, "");
}

START_TEST(a_list_of_a_hundred_thousand_is_asked_in_no_time)
{
    char *text = make_list(kinds[_i].prefix, kinds[_i].between, kinds[_i].suffix);
    struct policy *large = with_list(kinds[_i].kind, kinds[_i].condition, text);
    struct view first = view_of(text);
    struct policy *small;
    struct submission sub = good_submission();
    struct recipient last = { VIEW("d1-134-159.example"), VIEW("smtp") };

    ck_assert(view_cut(&first, VIEW("\n"), &first));
    text[first.n] = '\0';
    small = with_list(kinds[_i].kind, kinds[_i].condition, text);
    set_fact(&sub, FACT_CLIENT, "unknown[10.1.134.159]");
    set_fact(&sub, FACT_LOGIN, "u1.134.159");
    ck_assert_double_lt(cost(large, &sub, &last, VERDICT_REJECT), 20 * cost(small, &sub, &last, VERDICT_ACCEPT));
    set_fact(&sub, FACT_CLIENT, "unknown[10.1.134.160]");
    set_fact(&sub, FACT_LOGIN, "u1.134.160");
    last.domain = VIEW("d1-134-160.example");
    ck_assert_int_eq(policy_evaluate(large, &sub, &last).now.verdict, VERDICT_ACCEPT);
    policy_free(large);
    policy_free(small);
    free(text);
}
END_TEST

START_TEST(a_thousand_rules_are_cheap)
{
    static char text[100000];
    struct buf out = BUF(text);
    struct submission sub = good_submission();
    struct policy *policy;
    double start;

    buf_add(&out, VIEW("mode enforce\nsubmission {\n"));
    for (unsigned i = 0; i < 1000; i++)
        buf_addf(&out, "reject sender domain d%u.example to domain e%u.example\n", i, i);
    buf_add(&out, VIEW("accept\n}\n"));
    policy = parse_fine(buf_text(&out));
    start = seconds();
    for (int i = 0; i < 100; i++)
        ck_assert_int_eq(policy_evaluate(policy, &sub, &to_gmail).now.verdict, VERDICT_ACCEPT);
    /* 100 us each were the whole budget of a mail; also under sanitizers on a slow machine. */
    ck_assert_double_lt(seconds() - start, 100 * 5e-3);
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("lists");
    TCase *tests = tcase_create("lists");

    tcase_add_test(tests, a_list_file_holds_entries_blanks_and_comments);
    tcase_add_test(tests, a_faulty_entry_is_told_with_its_place_in_the_list_file);
    tcase_add_test(tests, a_list_file_that_cannot_be_read_is_told_where_it_is_named);
    tcase_add_loop_test(tests, a_list_of_a_hundred_thousand_is_asked_in_no_time, 0, ROWS(kinds));
    tcase_add_test(tests, a_thousand_rules_are_cheap);
    suite_add_tcase(suite, tests);
    return suite;
}
