/* Whom a rule file would hit: each fate, who is named, and what is never called fine. */
#include "policy/simulate.h"

#include <stdio.h>

#include "tests/unit/policy/memory_files.h"
#include "tests/unit/policy/samples.h"
#include "tests/unit/unit.h"

static struct policy *with_rules(const char *head, const char *rules)
{
    char text[2048];
    struct buf out = BUF(text);

    buf_addf(&out, "%s\nsubmission {\n%s\n}\n", head, rules);
    return parse_fine(buf_text(&out));
}

static struct simulation *simulate(const struct policy *policy, const struct simulated *message)
{
    struct simulation *simulation = simulation_new(policy, 20270101, 42);

    ck_assert_ptr_nonnull(simulation);
    simulation_add(simulation, message);
    return simulation;
}

static void assert_fate(const struct policy *policy, const struct simulated *message, enum fate fate)
{
    struct simulation *simulation = simulate(policy, message);
    struct simulation_counts counts = simulation_counts(simulation);

    for (int i = 0; i < FATE_COUNT; i++)
        ck_assert_msg(counts.fates[i] == (i == (int)fate), "want %.*s, got %llu %.*s", VIEW_ARG(fate_name(fate)),
                      (unsigned long long)counts.fates[i], VIEW_ARG(fate_name((enum fate)i)));
    simulation_free(simulation);
}

/* A good submission to gmail.com and example.net, but for one fact. */
static const struct {
    const char *rules;
    enum fact_id id;
    const char *value; /* "?": pending */
    enum fate fate;
} rows[] = {
    { "reject plaintext\naccept", FACT_TLS, "none", FATE_REJECTED },
    { "reject plaintext\naccept", FACT_TLS, "TLSv1.2", FATE_ACCEPTED },
    { "reject plaintext\naccept", FACT_TLS, "?", FATE_UNDECIDED },
    { "tempfail plaintext\naccept", FACT_TLS, "none", FATE_TEMPFAILED },
    { "hold to domain gmail.com\naccept", FACT_LOCAL, "no", FATE_HELD },
    { "hold to domain gmail.com\nreject", FACT_LOCAL, "no", FATE_REJECTED },
    { "tag to domain gmail.com\naccept", FACT_LOCAL, "no", FATE_TAGGED },
    { "tag missing dkim\naccept", FACT_DKIM, "?", FATE_UNDECIDED },
    { "tag missing dkim\naccept", FACT_DKIM, "none", FATE_TAGGED },
    { "observe\nreject", FACT_LOCAL, "no", FATE_ACCEPTED },
    { "reject monitor-only missing dkim\naccept", FACT_DKIM, "?", FATE_ACCEPTED },
    { "observe missing dkim\nreject", FACT_DKIM, "?", FATE_UNDECIDED },
    { "reject plaintext\nreject missing dkim", FACT_DKIM, "?", FATE_UNDECIDED },
    { "reject encrypted\nreject missing dkim", FACT_DKIM, "?", FATE_REJECTED },
    { "reject until 2026-12-31\naccept", FACT_LOCAL, "no", FATE_ACCEPTED },
};

START_TEST(every_message_has_the_strictest_fate_of_its_recipients_whatever_mode_the_file_says)
{
    const struct recipient to[] = { to_gmail, to_other };
    struct submission sub = good_submission();
    struct simulated message = { .sub = &sub, .to = to, .to_count = 2 };
    static const char *const modes[] = { "mode monitor", "mode enforce" };

    if (rows[_i].value[0] == '?')
        sub.facts[rows[_i].id].state = FACT_PENDING;
    else
        set_fact(&sub, rows[_i].id, rows[_i].value);
    for (size_t i = 0; i < ROWS(modes); i++) {
        struct policy *policy = with_rules(modes[i], rows[_i].rules);

        assert_fate(policy, &message, rows[_i].fate);
        policy_free(policy);
    }
}
END_TEST

START_TEST(a_row_names_the_rule_and_who_sent_and_only_the_domains_it_hits)
{
    const struct recipient to[] = { to_gmail, to_other };
    struct submission sub = good_submission();
    struct simulated message = { .time = 5000, .sub = &sub, .to = to, .to_count = 2 };
    struct policy *policy = with_rules("mode enforce", "hold to domain gmail.com\naccept");
    struct simulation *simulation = simulate(policy, &message);
    struct simulation_row row;

    message.time = 7000;
    simulation_add(simulation, &message);
    message.time = 6000;
    simulation_add(simulation, &message);
    ck_assert(simulation_row(simulation, 0, &row));
    ck_assert_int_eq(row.fate, FATE_HELD);
    ck_assert_uint_eq(row.rule.line, 3);
    ck_assert_view_eq(row.rule.file, "outward.conf");
    ck_assert_view_eq(row.rule_text, "hold to domain gmail.com");
    ck_assert_view_eq(row.client, "pc.example.com[203.0.113.7]");
    ck_assert_view_eq(row.login, "alice");
    ck_assert_view_eq(row.listener, "submission");
    ck_assert_view_eq(row.sender, "alice@example.org");
    ck_assert_uint_eq(row.domain_count, 1);
    ck_assert_view_eq(row.domains[0], "gmail.com");
    ck_assert(!row.domains_more);
    ck_assert_uint_eq(row.messages, 3);
    ck_assert_int_eq(row.last, 7000);
    ck_assert(!simulation_row(simulation, 1, &row));
    ck_assert_int_eq(simulation_counts(simulation).first, 5000);
    ck_assert_int_eq(simulation_counts(simulation).last, 7000);
    simulation_free(simulation);
    policy_free(policy);
}
END_TEST

START_TEST(an_undecided_row_names_the_rule_that_asks_and_the_fact_that_is_missing)
{
    struct submission sub = good_submission();
    struct simulated message = { .sub = &sub, .to = &to_gmail, .to_count = 1, .without_gate = true };
    struct policy *policy = with_rules("mode enforce", "reject plaintext\nhold missing one-click\naccept");
    struct simulation *simulation;
    struct simulation_row row;

    sub.facts[FACT_ONE_CLICK].state = FACT_PENDING;
    simulation = simulate(policy, &message);
    ck_assert(simulation_row(simulation, 0, &row));
    ck_assert_int_eq(row.fate, FATE_UNDECIDED);
    ck_assert_uint_eq(row.rule.line, 4);
    ck_assert_view_eq(row.missing, "one_click");
    ck_assert_uint_eq(row.without_gate, 1);
    simulation_free(simulation);
    policy_free(policy);
}
END_TEST

/* Encrypted by TLS, nothing more is known. */
static const struct {
    const char *rules;
    enum fate fate;
} encrypted[] = {
    { "reject plaintext\naccept", FATE_ACCEPTED },
    { "reject encrypted", FATE_REJECTED },
    { "reject tls below 1.2\naccept", FATE_UNDECIDED },
    { "tag tls below 1.3\naccept", FATE_UNDECIDED },
    { "accept tls at-least 1.1 tls below 1.2\nreject plaintext\naccept", FATE_ACCEPTED },
    { "reject tls at-least 1.1 tls below 1.2\naccept", FATE_UNDECIDED },
    { "reject tls below 1.2\nreject", FATE_UNDECIDED },
};

START_TEST(a_version_that_is_not_known_leaves_open_only_what_hangs_on_it)
{
    struct submission sub = good_submission();
    struct simulated message = { .sub = &sub, .to = &to_gmail, .to_count = 1, .tls_version_unknown = true };
    struct policy *policy = with_rules("mode enforce", encrypted[_i].rules);

    sub.facts[FACT_TLS].state = FACT_PENDING;
    assert_fate(policy, &message, encrypted[_i].fate);
    policy_free(policy);
}
END_TEST

START_TEST(recipients_that_are_not_known_leave_a_rule_about_recipients_open)
{
    struct submission sub = good_submission();
    struct simulated message = { .sub = &sub, .to = &to_gmail, .to_count = 1, .to_more = true };
    struct policy *asks = with_rules("mode enforce", "reject to domain example.net\naccept");
    struct policy *does_not = with_rules("mode enforce", "reject plaintext\naccept");

    assert_fate(asks, &message, FATE_UNDECIDED);
    assert_fate(does_not, &message, FATE_ACCEPTED);
    message.to_count = 0;
    message.to_more = false;
    assert_fate(asks, &message, FATE_UNDECIDED);
    policy_free(asks);
    policy_free(does_not);
}
END_TEST

START_TEST(the_listener_is_the_one_that_this_file_declares)
{
    struct submission sub = good_submission();
    struct simulated message = { .sub = &sub, .to = &to_gmail, .to_count = 1 };
    struct policy *renamed = with_rules("mode enforce\nlistener clients { port 587 }", "reject listener clients");
    struct policy *other = with_rules("mode enforce\nlistener clients { port 2587 }", "reject");

    set_fact(&sub, FACT_MECHANISM, "none");
    assert_fate(renamed, &message, FATE_REJECTED);
    assert_fate(other, &message, FATE_INBOUND);
    policy_free(renamed);
    policy_free(other);
}
END_TEST

START_TEST(a_brief_record_says_nothing_of_the_header)
{
    struct record record = { .to = { { VIEW("gmail.com"), VIEW("smtp") } }, .to_count = 1 };
    struct policy *policy = with_rules("mode enforce", "hold missing one-click\naccept");
    struct simulation *simulation = simulation_new(policy, 0, 42);

    record.sub = good_submission();
    simulation_add_record(simulation, 1000, &record);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (fact_table[i].stage == STAGE_HEADERS)
            fact_set_absent(&record.sub, (enum fact_id)i);
    }
    simulation_add_record(simulation, 2000, &record);
    ck_assert_uint_eq(simulation_counts(simulation).fates[FATE_ACCEPTED], 1);
    ck_assert_uint_eq(simulation_counts(simulation).fates[FATE_UNDECIDED], 1);
    simulation_free(simulation);
    policy_free(policy);
}
END_TEST

/* Rules over a record whose login is longer than a record takes, and over one of a message that could not be decided. */
static const struct {
    const char *rules;
    const char *trouble;
    enum fate fate;
} incomplete[] = {
    { "reject plaintext\naccept", "", FATE_ACCEPTED },
    { "reject login \"alice\"\naccept", "", FATE_UNDECIDED },
    { "reject unauthenticated\naccept", "", FATE_ACCEPTED },
    { "reject sender domain example.org\naccept", "", FATE_REJECTED },
    { "accept sender domain example.org\nreject login \"alice\"", "", FATE_ACCEPTED },
    { "reject header-from domain gmail.com\naccept", "tls-version", FATE_UNDECIDED },
    { "reject tls below 1.2\naccept", "tls-version", FATE_UNDECIDED },
    { "reject plaintext\naccept", "tls-version", FATE_UNDECIDED },
    { "reject sender domain example.org\naccept", "tls-version", FATE_REJECTED },
    { "reject listener submission\naccept", "tls-version", FATE_REJECTED },
};

START_TEST(what_a_record_lacks_is_unknown)
{
    static char login[4096];
    struct record written = { .to = { { VIEW("gmail.com"), VIEW("smtp") } }, .to_count = 1 }, read;
    char storage[RECORD_MAX], unescaped[RECORD_MAX];
    struct buf line = BUF(storage), scratch = BUF(unescaped);
    struct policy *policy = with_rules("mode enforce", incomplete[_i].rules);
    struct simulation *simulation = simulation_new(policy, 0, 42);

    written.sub = good_submission();
    memset(login, 'x', sizeof(login));
    fact_set_text(&written.sub, FACT_LOGIN, (struct view){ login, sizeof(login) });
    written.trouble = view_of(incomplete[_i].trouble);
    if (written.trouble.n > 0) {
        fact_set_absent(&written.sub, FACT_TLS);
        fact_set_absent(&written.sub, FACT_HEADER_FROM);
    }
    record_format(&line, &written);
    ck_assert(record_parse(buf_view(&line), &scratch, &read));
    simulation_add_record(simulation, 1000, &read);
    ck_assert_uint_eq(simulation_counts(simulation).fates[incomplete[_i].fate], 1);
    simulation_free(simulation);
    policy_free(policy);
}
END_TEST

START_TEST(rows_past_the_limit_are_counted_and_their_messages_are_in_the_totals)
{
    struct submission sub = good_submission();
    struct simulated message = { .sub = &sub, .to = &to_gmail, .to_count = 1 };
    struct policy *policy = with_rules("mode enforce", "reject");
    struct simulation *simulation = simulation_new(policy, 0, 42);
    struct simulation_row row;

    for (unsigned i = 0; i < SIMULATION_ROWS_MAX + 7; i++) {
        char login[16];

        (void)snprintf(login, sizeof(login), "u%u", i);
        fact_set_text(&sub, FACT_LOGIN, view_of(login));
        simulation_add(simulation, &message);
    }
    ck_assert_uint_eq(simulation_counts(simulation).fates[FATE_REJECTED], SIMULATION_ROWS_MAX + 7);
    ck_assert_uint_eq(simulation_counts(simulation).dropped, 7);
    ck_assert(simulation_row(simulation, SIMULATION_ROWS_MAX - 1, &row));
    ck_assert(!simulation_row(simulation, SIMULATION_ROWS_MAX, &row));
    simulation_free(simulation);
    policy_free(policy);
}
END_TEST

START_TEST(a_name_past_the_limit_is_unknown_and_counted)
{
    struct submission sub = good_submission();
    struct recipient to = to_gmail;
    struct simulated message = { .sub = &sub, .to = &to, .to_count = 1 };
    struct policy *policy = with_rules("mode enforce", "reject");
    struct simulation *simulation = simulation_new(policy, 0, 42);
    struct simulation_row row;
    char domain[32];

    /* Listener, login, client and sender come first. */
    for (unsigned i = 0; i < SIMULATION_NAMES_MAX - 4; i++) {
        (void)snprintf(domain, sizeof(domain), "d%u.example", i);
        to.domain = view_of(domain);
        simulation_add(simulation, &message);
    }
    ck_assert_uint_eq(simulation_counts(simulation).names_refused, 0);
    fact_set_text(&sub, FACT_LOGIN, VIEW("late"));
    simulation_add(simulation, &message);
    ck_assert_uint_eq(simulation_counts(simulation).names_refused, 1);
    ck_assert(simulation_row(simulation, 1, &row));
    ck_assert_view_eq(row.login, "?");
    ck_assert_uint_eq(row.domain_count, 1);
    ck_assert_uint_eq(simulation_counts(simulation).dropped, 0);
    simulation_free(simulation);
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("simulate");
    TCase *tests = tcase_create("simulate");

    tcase_add_loop_test(tests, every_message_has_the_strictest_fate_of_its_recipients_whatever_mode_the_file_says, 0,
                        ROWS(rows));
    tcase_add_test(tests, a_row_names_the_rule_and_who_sent_and_only_the_domains_it_hits);
    tcase_add_test(tests, an_undecided_row_names_the_rule_that_asks_and_the_fact_that_is_missing);
    tcase_add_loop_test(tests, a_version_that_is_not_known_leaves_open_only_what_hangs_on_it, 0, ROWS(encrypted));
    tcase_add_test(tests, recipients_that_are_not_known_leave_a_rule_about_recipients_open);
    tcase_add_test(tests, the_listener_is_the_one_that_this_file_declares);
    tcase_add_test(tests, a_brief_record_says_nothing_of_the_header);
    tcase_add_loop_test(tests, what_a_record_lacks_is_unknown, 0, ROWS(incomplete));
    tcase_add_test(tests, a_name_past_the_limit_is_unknown_and_counted);
    tcase_add_test(tests, rows_past_the_limit_are_counted_and_their_messages_are_in_the_totals);
    suite_add_tcase(suite, tests);
    return suite;
}
