#include <stdio.h>

#include "tests/unit/policy/samples.h"
#include "tests/unit/unit.h"

#include "policy/policy.h"

enum sample { GOOD, PLAINTEXT, UNAUTHENTICATED, OLD_TLS, LOCAL, REINJECTED, AS_GMAIL, NO_DKIM };

/* What each shipped file does, were it to enforce. */
static const struct {
    const char *file;
    enum sample sample;
    enum verdict now, would;
    size_t tags;
} rows[] = {
    { "monitor-first", GOOD, VERDICT_ACCEPT, VERDICT_ACCEPT, 0 },
    { "monitor-first", PLAINTEXT, VERDICT_ACCEPT, VERDICT_REJECT, 0 },
    { "monitor-first", UNAUTHENTICATED, VERDICT_ACCEPT, VERDICT_REJECT, 0 },
    { "monitor-first", LOCAL, VERDICT_ACCEPT, VERDICT_ACCEPT, 0 },
    { "monitor-first", REINJECTED, VERDICT_ACCEPT, VERDICT_ACCEPT, 0 },
    { "strict-submission", GOOD, VERDICT_ACCEPT, VERDICT_ACCEPT, 0 },
    { "strict-submission", PLAINTEXT, VERDICT_REJECT, VERDICT_ACCEPT, 0 },
    { "strict-submission", UNAUTHENTICATED, VERDICT_REJECT, VERDICT_ACCEPT, 0 },
    { "strict-submission", OLD_TLS, VERDICT_REJECT, VERDICT_ACCEPT, 0 },
    { "strict-submission", LOCAL, VERDICT_ACCEPT, VERDICT_ACCEPT, 0 },
    { "strict-submission", REINJECTED, VERDICT_ACCEPT, VERDICT_ACCEPT, 0 },
    { "gmail-bulk", GOOD, VERDICT_ACCEPT, VERDICT_ACCEPT, 0 },
    { "gmail-bulk", PLAINTEXT, VERDICT_REJECT, VERDICT_ACCEPT, 0 },
    { "gmail-bulk", UNAUTHENTICATED, VERDICT_REJECT, VERDICT_ACCEPT, 0 },
    { "gmail-bulk", OLD_TLS, VERDICT_REJECT, VERDICT_ACCEPT, 0 },
    { "gmail-bulk", LOCAL, VERDICT_ACCEPT, VERDICT_ACCEPT, 0 },
    { "gmail-bulk", REINJECTED, VERDICT_ACCEPT, VERDICT_ACCEPT, 0 },
    { "gmail-bulk", AS_GMAIL, VERDICT_HOLD, VERDICT_ACCEPT, 0 },
    { "gmail-bulk", NO_DKIM, VERDICT_ACCEPT, VERDICT_ACCEPT, 1 },
};

static struct submission make_sample(enum sample sample)
{
    struct submission sub = sample == LOCAL ? local_mail() : good_submission();

    if (sample == PLAINTEXT || sample == REINJECTED)
        set_fact(&sub, FACT_TLS, "none");
    if (sample == UNAUTHENTICATED || sample == REINJECTED)
        set_fact(&sub, FACT_MECHANISM, "none");
    if (sample == REINJECTED)
        set_fact(&sub, FACT_CLIENT, "localhost[127.0.0.1]");
    if (sample == OLD_TLS)
        set_fact(&sub, FACT_TLS, "TLSv1.1");
    if (sample == AS_GMAIL)
        set_fact(&sub, FACT_HEADER_FROM, "gmail.com");
    if (sample == NO_DKIM)
        set_fact(&sub, FACT_DKIM, "none");
    return sub;
}

/* A checkout may be writable by its group, so the shell's reader would refuse it. */
static int read_checkout(void *context, const char *name, size_t limit, struct view *text, struct error *error)
{
    FILE *file = fopen(name, "rb");
    static char whole[16384];

    (void)context;
    (void)limit;
    if (file == NULL)
        return error_set(error, ERROR_SYSTEM, "%s: cannot be read", name);
    *text = (struct view){ whole, fread(whole, 1, sizeof(whole), file) };
    (void)fclose(file);
    return 0;
}

START_TEST(the_shipped_files_do_what_their_first_lines_say)
{
    struct submission sub = make_sample(rows[_i].sample);
    struct faults faults = { 0 };
    struct decision decision;
    struct policy *policy;
    struct reader reader = { .read = read_checkout };
    char path[512];

    (void)snprintf(path, sizeof(path), TEST_DATA "/../../policy/%s.conf", rows[_i].file);
    policy = policy_parse(path, &reader, &faults);
    ck_assert_ptr_nonnull(policy);
    ck_assert_uint_eq(faults.warnings, 0);
    decision = policy_evaluate(policy, &sub, &to_gmail);
    ck_assert_int_eq(decision.direction, DIRECTION_OUTBOUND);
    ck_assert_int_eq(decision.now.verdict, rows[_i].now);
    ck_assert_int_eq(decision.would.verdict, rows[_i].would);
    ck_assert_uint_eq(decision.tag_count, rows[_i].tags);
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("shipped");
    TCase *tests = tcase_create("shipped");

    tcase_add_loop_test(tests, the_shipped_files_do_what_their_first_lines_say, 0, ROWS(rows));
    suite_add_tcase(suite, tests);
    return suite;
}
