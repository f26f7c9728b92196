#include "tests/unit/policy/memory_files.h"
#include "tests/unit/policy/samples.h"
#include "tests/unit/unit.h"

/* What is certain when, for a message to gmail.com that is submitted in plaintext, authenticated. */
static const struct {
    const char *rules;
    const char *fates; /* at MAIL (no recipient), at RCPT, at end of message: R, T, H, A, or ? */
} rows[] = {
    { "reject plaintext\naccept", "RRR" },
    { "accept plaintext\nreject", "AAA" },
    { "tempfail plaintext\naccept", "TTT" },
    { "hold plaintext\naccept", "HHH" },
    { "accept", "AAA" },
    /* recipient facts wait for RCPT */
    { "reject to domain gmail.com\naccept", "?RR" },
    { "accept to domain gmail.com\nreject", "?AA" },
    { "reject to domain example.net\nreject plaintext", "?RR" },
    { "reject transport smtp\naccept", "?RR" },
    /* header facts wait for the end, and with them all below */
    { "reject missing dkim\nreject plaintext", "??R" },
    { "accept header-from domain example.org\nreject plaintext", "??A" },
    { "hold missing one-click\nreject plaintext", "??R" },
    { "observe header-from domain example.org\nreject plaintext", "??A" },
    /* what goes on whether it matches or not delays nothing */
    { "tag missing dkim\nreject plaintext", "RRR" },
    { "tag to domain gmail.com\nreject plaintext", "RRR" },
    { "reject monitor-only missing dkim\nreject plaintext", "RRR" },
    { "hold monitor-only to domain gmail.com\ntempfail plaintext", "TTT" },
    /* a condition that is false decides, whatever is pending beside it */
    { "reject encrypted missing dkim\nreject plaintext", "RRR" },
    { "reject missing dkim encrypted\nreject plaintext", "RRR" },
    { "accept to domain gmail.com encrypted\nreject plaintext", "RRR" },
    /* log-only is not certain before the rules that it would log are */
    { "observe\nreject missing dkim\naccept", "??A" },
};

static char fate_of(const struct decision *decision)
{
    static const char letters[VERDICT_COUNT] = {
        [VERDICT_ACCEPT] = 'A', [VERDICT_HOLD] = 'H', [VERDICT_TEMPFAIL] = 'T', [VERDICT_REJECT] = 'R'
    };

    if (decision->certain)
        return letters[decision->now.verdict];
    ck_assert_int_eq(decision->now.verdict, VERDICT_ACCEPT);
    ck_assert_uint_eq(decision->now.rule.line, 0);
    return '?';
}

static struct policy *with_rules(const char *mode, const char *rules)
{
    char text[1024];
    struct buf out = BUF(text);

    buf_addf(&out, "mode %s\nsubmission {\n%s\n}\n", mode, rules);
    return parse_fine(buf_text(&out));
}

static void fates_at_stages(const struct policy *policy, struct submission sub, char fates[4])
{
    struct submission at_mail = at_stage(sub, STAGE_MAIL), at_rcpt = at_stage(sub, STAGE_RCPT);
    struct decision mail = policy_evaluate(policy, &at_mail, NULL);
    struct decision rcpt = policy_evaluate(policy, &at_rcpt, &to_gmail);
    struct decision message = policy_evaluate(policy, &sub, &to_gmail);

    fates[0] = fate_of(&mail);
    fates[1] = fate_of(&rcpt);
    fates[2] = fate_of(&message);
    fates[3] = '\0';
}

START_TEST(a_decision_is_certain_as_soon_as_no_pending_fact_can_change_it)
{
    struct policy *policy = with_rules("enforce", rows[_i].rules);
    struct submission sub = good_submission();
    char fates[4];

    set_fact(&sub, FACT_TLS, "none");
    fates_at_stages(policy, sub, fates);
    ck_assert_str_eq(fates, rows[_i].fates);
    policy_free(policy);
}
END_TEST

START_TEST(monitor_mode_never_refuses_at_any_stage)
{
    struct policy *policy = with_rules("monitor", rows[_i].rules);
    struct submission sub = good_submission();
    char fates[4];

    set_fact(&sub, FACT_TLS, "none");
    fates_at_stages(policy, sub, fates);
    for (size_t i = 0; i < 3; i++)
        ck_assert(fates[i] == 'A' || fates[i] == '?');
    policy_free(policy);
}
END_TEST

START_TEST(once_certain_a_refusal_stays_what_it_was)
{
    static const char letters[] = "RTH";
    const char *fates = rows[_i].fates;

    for (size_t i = 0; i < 2; i++) {
        if (strchr(letters, fates[i]) != NULL)
            ck_assert_int_eq(fates[i], fates[i + 1]);
    }
}
END_TEST

static const struct {
    const char *rules;
    const char *finals; /* at MAIL, at RCPT, at end of message: may anything still be added? */
} ends[] = {
    { "reject plaintext\naccept", "yyy" },
    { "accept", "yyy" },
    { "reject to domain gmail.com\naccept", "nyy" },
    { "reject missing dkim\naccept", "nny" },
    /* certain, but a tag or a word in the log may come */
    { "tag missing dkim\nreject plaintext", "nny" },
    { "tag missing dkim\ntag encrypted\nreject plaintext", "nny" },
    { "hold monitor-only to domain gmail.com\ntempfail plaintext", "nyy" },
};

START_TEST(a_decision_is_final_when_nothing_can_be_added_to_it)
{
    struct policy *policy = with_rules("enforce", ends[_i].rules);
    struct submission sub = good_submission(), stages[3];

    set_fact(&sub, FACT_TLS, "none");
    stages[0] = at_stage(sub, STAGE_MAIL);
    stages[1] = at_stage(sub, STAGE_RCPT);
    stages[2] = sub;
    for (size_t i = 0; i < ROWS(stages); i++) {
        struct decision decision = policy_evaluate(policy, &stages[i], i == 0 ? NULL : &to_gmail);

        ck_assert_int_eq(decision.final, ends[_i].finals[i] == 'y');
    }
    policy_free(policy);
}
END_TEST

START_TEST(a_message_is_as_final_as_all_of_its_recipients)
{
    for (int both = 0; both < 4; both++) {
        struct decision all = { .certain = true, .final = (both & 1) != 0, .tags_dropped = 1 };
        const struct decision one = { .certain = true, .final = (both & 2) != 0, .tags_dropped = 6 };

        decision_join(&all, &one);
        ck_assert_int_eq(all.final, both == 3);
        ck_assert_uint_eq(all.tags_dropped, 7);
    }
}
END_TEST

START_TEST(local_mail_is_refused_at_mail_or_at_the_end_never_at_rcpt)
{
    struct policy *policy = with_rules("enforce", "reject to domain gmail.com\nreject sender domain example.org");
    struct submission sub = local_mail();
    char fates[4];

    fates_at_stages(policy, sub, fates);
    ck_assert_str_eq(fates, "??R");
    policy_free(policy);
    policy = with_rules("enforce", "reject sender domain example.org\naccept");
    fates_at_stages(policy, sub, fates);
    ck_assert_str_eq(fates, "R?R");
    policy_free(policy);
}
END_TEST

START_TEST(a_relay_clients_recipient_is_refused_at_rcpt_alone)
{
    struct policy *policy = with_rules("enforce", "reject plaintext");
    struct recipient inner = { VIEW("example.com"), VIEW("virtual") };
    struct submission sub = at_stage(good_submission(), STAGE_RCPT), at_mail;
    struct decision decision;

    set_fact(&sub, FACT_LISTENER, NULL);
    set_fact(&sub, FACT_MECHANISM, "none");
    set_fact(&sub, FACT_TLS, "none");
    set_fact(&sub, FACT_CLIENT, "localhost[127.0.0.1]");
    at_mail = at_stage(sub, STAGE_MAIL);
    ck_assert(!policy_evaluate(policy, &at_mail, NULL).certain);
    decision = policy_evaluate(policy, &sub, &to_gmail);
    ck_assert(decision.certain && decision.now.verdict == VERDICT_REJECT);
    decision = policy_evaluate(policy, &sub, &inner);
    ck_assert(decision.certain && decision.now.verdict == VERDICT_ACCEPT);
    ck_assert_int_eq(decision.direction, DIRECTION_INBOUND);
    policy_free(policy);
}
END_TEST

/* What an observer is told of each rule of a message at MAIL, in order. */
static const struct {
    const char *text;
    enum rule_result result;
    const char *condition, *key, *value;
    bool log_only;
} told[] = {
    { "accept local", RULE_NO_MATCH, "local", "local", "no", false },
    { "hold monitor-only not plaintext encrypted", RULE_MATCHED, "", "", "", true },
    { "reject until 2020-01-01", RULE_EXPIRED, "", "", "", false },
    { "tag encrypted missing dkim to domain example.net", RULE_PENDING, "missing dkim", "dkim", "", false },
    { "reject missing dkim not encrypted", RULE_NO_MATCH, "not encrypted", "tls", "TLSv1.2", false },
    { "tempfail to domain example.net", RULE_PENDING, "to domain example.net", "to", "", false },
};

static void check_told(void *context, const struct rule_trace *trace)
{
    unsigned row = (*(unsigned *)context)++;

    ck_assert_uint_lt(row, ROWS(told));
    ck_assert_view_eq(trace->text, told[row].text);
    ck_assert_int_eq(trace->result, told[row].result);
    ck_assert_view_eq(trace->condition, told[row].condition);
    ck_assert_view_eq(trace->key, told[row].key);
    ck_assert_view_eq(trace->value, told[row].value);
    ck_assert_int_eq(trace->log_only, told[row].log_only);
    ck_assert_uint_eq(trace->place.line, row + 3);
}

START_TEST(an_observer_is_told_why_each_rule_matched_or_not)
{
    char rules[512];
    struct buf out = BUF(rules);
    struct policy *policy;
    unsigned seen = 0;
    struct rule_observer observer = { check_told, &seen };
    struct submission sub = at_stage(good_submission(), STAGE_MAIL);

    for (size_t i = 0; i < ROWS(told); i++)
        buf_addf(&out, "%s\n", told[i].text);
    buf_add(&out, VIEW("accept\n"));
    policy = with_rules("enforce", buf_text(&out));
    sub.today = 20270101;
    ck_assert(!policy_evaluate_observed(policy, &sub, NULL, &observer).certain);
    ck_assert_uint_eq(seen, ROWS(told));
    policy_free(policy);
}
END_TEST

static void count_rule(void *context, const struct rule_trace *trace)
{
    ck_assert_uint_eq(trace->text.n > 0, 1);
    (*(unsigned *)context)++;
}

START_TEST(an_observer_sees_the_rules_that_were_looked_at_and_changes_nothing)
{
    struct policy *policy = with_rules("enforce", "reject plaintext\naccept encrypted\nhold");
    unsigned seen = 0;
    struct rule_observer observer = { count_rule, &seen };
    struct submission sub = good_submission();
    struct decision watched = policy_evaluate_observed(policy, &sub, &to_gmail, &observer);
    struct decision alone = policy_evaluate(policy, &sub, &to_gmail);

    ck_assert_uint_eq(seen, 2);
    ck_assert_int_eq(watched.now.verdict, alone.now.verdict);
    ck_assert_uint_eq(watched.now.rule.line, alone.now.rule.line);
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("staging");
    TCase *tests = tcase_create("staging");

    tcase_add_loop_test(tests, a_decision_is_certain_as_soon_as_no_pending_fact_can_change_it, 0, ROWS(rows));
    tcase_add_loop_test(tests, monitor_mode_never_refuses_at_any_stage, 0, ROWS(rows));
    tcase_add_loop_test(tests, once_certain_a_refusal_stays_what_it_was, 0, ROWS(rows));
    tcase_add_loop_test(tests, a_decision_is_final_when_nothing_can_be_added_to_it, 0, ROWS(ends));
    tcase_add_test(tests, a_message_is_as_final_as_all_of_its_recipients);
    tcase_add_test(tests, local_mail_is_refused_at_mail_or_at_the_end_never_at_rcpt);
    tcase_add_test(tests, a_relay_clients_recipient_is_refused_at_rcpt_alone);
    tcase_add_test(tests, an_observer_is_told_why_each_rule_matched_or_not);
    tcase_add_test(tests, an_observer_sees_the_rules_that_were_looked_at_and_changes_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
