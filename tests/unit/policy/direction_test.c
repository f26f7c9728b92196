#include "tests/unit/policy/memory_files.h"
#include "tests/unit/policy/samples.h"
#include "tests/unit/unit.h"

#define PEND "?"

/* Who is judged.  Facts as records have them; NULL is absent, "?" is pending. */
static const struct {
    const char *local, *listener, *auth, *client;
    const char *transport; /* NULL: no recipient is known yet */
    enum direction direction;
} rows[] = {
    /* sendmail(1), a declared listener, a login: outbound whoever the client is and wherever it goes */
    { "yes", NULL, NULL, "localhost[127.0.0.1]", NULL, DIRECTION_OUTBOUND },
    { "yes", NULL, NULL, "localhost[127.0.0.1]", "", DIRECTION_OUTBOUND },
    { "no", "submission", "none", "unknown[203.0.113.7]", NULL, DIRECTION_OUTBOUND },
    { "no", "submission", "none", "unknown[203.0.113.7]", "local", DIRECTION_OUTBOUND },
    { "no", NULL, "PLAIN", "unknown[203.0.113.7]", "virtual", DIRECTION_OUTBOUND },
    /* strangers on port 25, whatever Postfix means to do with their mail */
    { "no", NULL, "none", "unknown[203.0.113.7]", NULL, DIRECTION_INBOUND },
    { "no", NULL, "none", "unknown[203.0.113.7]", "local", DIRECTION_INBOUND },
    { "no", NULL, "none", "unknown[203.0.113.7]", "relay", DIRECTION_INBOUND },
    { "no", NULL, "none", "unknown[203.0.113.7]", "smtp", DIRECTION_INBOUND },
    { "no", NULL, "none", "unknown[203.0.113.7]", "error", DIRECTION_INBOUND },
    { "no", NULL, "none", NULL, "smtp", DIRECTION_INBOUND },
    { "no", "none", "none", "unknown[203.0.113.7]", "smtp", DIRECTION_INBOUND },
    /* a relay network's client: each recipient by its transport */
    { "no", NULL, "none", "unknown[192.0.2.9]", NULL, DIRECTION_PENDING },
    { "no", NULL, "none", "unknown[192.0.2.9]", "smtp", DIRECTION_OUTBOUND },
    { "no", NULL, "none", "unknown[192.0.2.9]", "relay", DIRECTION_OUTBOUND },
    { "no", NULL, "none", "unknown[192.0.2.9]", "bulk-slow", DIRECTION_OUTBOUND },
    { "no", NULL, "none", "unknown[192.0.2.9]", "local", DIRECTION_INBOUND },
    { "no", NULL, "none", "unknown[192.0.2.9]", "virtual", DIRECTION_INBOUND },
    { "no", NULL, "none", "unknown[192.0.2.9]", "lmtp", DIRECTION_INBOUND },
    { "no", NULL, "none", "unknown[192.0.2.9]", "pipe", DIRECTION_INBOUND },
    { "no", NULL, "none", "unknown[192.0.2.9]", "discard", DIRECTION_INBOUND },
    { "no", NULL, "none", "unknown[192.0.2.9]", "error", DIRECTION_INBOUND },
    { "no", NULL, "none", "unknown[192.0.2.9]", "retry", DIRECTION_INBOUND },
    { "no", NULL, "none", "unknown[192.0.2.9]", "", DIRECTION_OUTBOUND }, /* unknown: fails closed */
    { "no", "submission", "none", "unknown[192.0.2.9]", "local", DIRECTION_OUTBOUND },
    /* what is not known yet */
    { PEND, NULL, "none", "unknown[203.0.113.7]", NULL, DIRECTION_PENDING },
    { "no", PEND, "none", "unknown[203.0.113.7]", NULL, DIRECTION_PENDING },
    { "no", NULL, PEND, "unknown[203.0.113.7]", NULL, DIRECTION_PENDING },
    { "no", NULL, "none", PEND, NULL, DIRECTION_PENDING },
    { PEND, "submission", PEND, PEND, NULL, DIRECTION_OUTBOUND },
    { PEND, PEND, "PLAIN", PEND, NULL, DIRECTION_OUTBOUND },
};

static void set(struct submission *sub, enum fact_id id, const char *text)
{
    if (text != NULL && strcmp(text, PEND) == 0)
        sub->facts[id].state = FACT_PENDING;
    else
        set_fact(sub, id, text);
}

START_TEST(only_submissions_are_judged)
{
    struct policy *policy = parse_fine("mode enforce\nrelay-networks { 192.0.2.0/24 }\nsubmission {\nreject\n}");
    struct recipient recipient = { VIEW("example.net"), view_of(rows[_i].transport) };
    struct submission sub = good_submission();
    struct decision decision;

    set(&sub, FACT_LOCAL, rows[_i].local);
    set(&sub, FACT_LISTENER, rows[_i].listener);
    set(&sub, FACT_MECHANISM, rows[_i].auth);
    set(&sub, FACT_CLIENT, rows[_i].client);
    decision = policy_evaluate(policy, &sub, rows[_i].transport != NULL ? &recipient : NULL);
    ck_assert_int_eq(decision.direction, rows[_i].direction);
    ck_assert_int_eq(decision.certain, rows[_i].direction != DIRECTION_PENDING);
    ck_assert_int_eq(decision.now.verdict, rows[_i].direction == DIRECTION_OUTBOUND ? VERDICT_REJECT : VERDICT_ACCEPT);
    policy_free(policy);
}
END_TEST

START_TEST(a_pinned_certificate_is_judged_as_a_login_is)
{
    struct policy *policy = parse_fine("certificate a { subject robot issuer \"Our CA\" }\nsubmission { accept }");
    struct submission sub = good_submission();

    set_fact(&sub, FACT_LISTENER, NULL);
    set_fact(&sub, FACT_MECHANISM, "none");
    set_fact(&sub, FACT_CERT_SUBJECT, "robot");
    set_fact(&sub, FACT_CERT_ISSUER, "Any CA");
    ck_assert_int_eq(policy_evaluate(policy, &sub, &to_other).direction, DIRECTION_INBOUND);
    set_fact(&sub, FACT_CERT_ISSUER, "Our CA");
    ck_assert_int_eq(policy_evaluate(policy, &sub, &to_other).direction, DIRECTION_OUTBOUND);
    policy_free(policy);
}
END_TEST

START_TEST(local_transports_replace_the_built_in_ones)
{
    struct policy *policy = parse_fine("local-transports { lmtp:inner dovecot }\nsubmission { accept }");
    struct recipient to = { VIEW("example.net"), VIEW("dovecot") };
    struct submission sub = good_submission();

    set_fact(&sub, FACT_LISTENER, NULL);
    set_fact(&sub, FACT_MECHANISM, "none");
    set_fact(&sub, FACT_CLIENT, "localhost[::1]");
    ck_assert_int_eq(policy_evaluate(policy, &sub, &to).direction, DIRECTION_INBOUND);
    to.transport = VIEW("local");
    ck_assert_int_eq(policy_evaluate(policy, &sub, &to).direction, DIRECTION_OUTBOUND);
    policy_free(policy);
}
END_TEST

/* One listener of each sort. */
static const char listeners[] = "listener a { port 587 port 465 name ORIGINATING }\n"
                                "listener b { address 192.0.2.25 address 2001:db8::25 }\n"
                                "listener c { port 2525 address 192.0.2.26 }\n"
                                "listener d { name RELAY }\n";

static const struct {
    const char *text;
    unsigned port;
    const char *address, *daemon_name, *listener;
} connections[] = {
    { "", 587, "192.0.2.1", "mail.example.com", "submission" },
    { "", 465, NULL, "", "submission" },
    { "", 25, "192.0.2.1", "ORIGINATING", "submission" },
    { "", 25, "192.0.2.1", "mail.example.com", NULL },
    { "", 0, "127.0.0.1", "mail.example.com", NULL },
    { listeners, 465, "192.0.2.1", "x", "a" },
    { listeners, 25, "192.0.2.1", "ORIGINATING", "a" },
    { listeners, 25, "192.0.2.25", "x", "b" },
    { listeners, 25, "2001:db8::25", "x", "b" },
    { listeners, 587, "192.0.2.25", "x", "a" }, /* the first that matches */
    { listeners, 2525, "192.0.2.26", "x", "c" },
    { listeners, 2525, "192.0.2.27", "x", NULL },
    { listeners, 2525, NULL, "x", NULL },
    { listeners, 25, "192.0.2.26", "x", NULL },
    { listeners, 25, NULL, "RELAY", "d" },
    { listeners, 25, NULL, "relay", NULL },
};

START_TEST(a_listener_is_told_by_port_or_name_and_by_its_addresses)
{
    struct policy *policy = parse_fine(connections[_i].text);
    const struct listener *listener;
    struct address address;
    bool known = connections[_i].address != NULL;

    if (known)
        ck_assert(address_parse(view_of(connections[_i].address), &address));
    listener =
        policy_listener(policy, connections[_i].port, known ? &address : NULL, view_of(connections[_i].daemon_name));
    if (connections[_i].listener == NULL)
        ck_assert_ptr_null(listener);
    else
        ck_assert_view_eq(listener->name, connections[_i].listener);
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("direction");
    TCase *tests = tcase_create("direction");

    tcase_add_loop_test(tests, only_submissions_are_judged, 0, ROWS(rows));
    tcase_add_test(tests, a_pinned_certificate_is_judged_as_a_login_is);
    tcase_add_test(tests, local_transports_replace_the_built_in_ones);
    tcase_add_loop_test(tests, a_listener_is_told_by_port_or_name_and_by_its_addresses, 0, ROWS(connections));
    suite_add_tcase(suite, tests);
    return suite;
}
