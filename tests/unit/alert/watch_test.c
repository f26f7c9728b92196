/* Each condition of `alert { }`, in scripted time. */
#include <stdio.h>

#include "alert/watch.h"
#include "tests/unit/unit.h"

enum { SECOND = 1000, MINUTE = 60 * SECOND };
#define NOW INT64_C(1796083200000)

static bool took_tls(void *context, struct view domain, int64_t time)
{
    (void)context;
    (void)time;
    return !view_eq(domain, VIEW("never.example"));
}

static const struct delivery_rule rules[] = {
    { .require = true, .demand = DEMAND_VERIFIED },
};

static struct watch *watch_on(const struct alert_condition *condition)
{
    static struct alert_settings alert;
    const struct watch_settings settings = { .alert = &alert, .rules = rules, .rule_count = 1, .took_tls = took_tls };
    struct watch *watch;

    alert = (struct alert_settings){ .conditions = condition, .condition_count = 1 };
    watch = watch_new(&settings);
    ck_assert_ptr_nonnull(watch);
    watch_clock(watch, NOW);
    return watch;
}

static struct delivery sent(enum protection protection, const char *domain)
{
    return (struct delivery){ .time = NOW - SECOND,
                              .domain = view_of(domain),
                              .sender_domain = VIEW("example.org"),
                              .hop = HOP_DIRECT,
                              .status = DELIVERY_SENT,
                              .protection = protection };
}

static uint64_t total(struct watch *watch)
{
    uint64_t count = 0;

    for (size_t i = 0; watch_incident(watch, i) != NULL; i++)
        count += watch_incident(watch, i)->count;
    return count;
}

static const struct {
    enum alert_condition_kind kind;
    enum protection protection;
    enum delivery_status status;
    enum hop hop;
    enum peer_level level;
    bool began;
    const char *domain, *refusal, *subject, *name; /* subject NULL: no incident */
} events[] = {
    { ALERT_PLAINTEXT, PROTECTION_PLAINTEXT, DELIVERY_SENT, HOP_DIRECT, 0, true, "a.example", "", "to any",
      "a.example" },
    { ALERT_PLAINTEXT, PROTECTION_PLAINTEXT, DELIVERY_DEFERRED, HOP_DIRECT, 0, true, "a.example", "", "to any",
      "a.example" },
    { ALERT_PLAINTEXT, PROTECTION_NONE, DELIVERY_DEFERRED, HOP_DIRECT, 0, false, "a.example", "", NULL, NULL },
    { ALERT_PLAINTEXT, PROTECTION_ENCRYPTED, DELIVERY_SENT, HOP_DIRECT, 0, true, "a.example", "", NULL, NULL },
    { ALERT_PLAINTEXT, PROTECTION_UNKNOWN, DELIVERY_SENT, HOP_DIRECT, 0, true, "a.example", "", NULL, NULL },
    { ALERT_PLAINTEXT, PROTECTION_UNDECIDED, DELIVERY_SENT, HOP_DIRECT, 0, true, "a.example", "", NULL, NULL },
    { ALERT_PLAINTEXT, PROTECTION_PLAINTEXT, DELIVERY_SENT, HOP_LMTP, 0, true, "a.example", "", NULL, NULL },
    { ALERT_DOWNGRADE, PROTECTION_PLAINTEXT, DELIVERY_SENT, HOP_DIRECT, 0, true, "a.example", "", "", "a.example" },
    { ALERT_DOWNGRADE, PROTECTION_PLAINTEXT, DELIVERY_SENT, HOP_DIRECT, 0, true, "never.example", "", NULL, NULL },
    { ALERT_VIOLATION, PROTECTION_ENCRYPTED, DELIVERY_SENT, HOP_DIRECT, PEER_TRUSTED, true, "a.example", "",
      "require verified to any", "a.example" },
    { ALERT_VIOLATION, PROTECTION_ENCRYPTED, DELIVERY_SENT, HOP_DIRECT, PEER_VERIFIED, true, "a.example", "", NULL,
      NULL },
    { ALERT_GMAIL_REFUSAL, PROTECTION_ENCRYPTED, DELIVERY_BOUNCED, HOP_DIRECT, 0, true, "gmail.com", "gmail 5.7.26", "",
      "gmail 5.7.26 for example.org" },
    { ALERT_GMAIL_REFUSAL, PROTECTION_ENCRYPTED, DELIVERY_BOUNCED, HOP_DIRECT, 0, true, "hotmail.com",
      "microsoft 5.7.515", NULL, NULL },
    { ALERT_GMAIL_REFUSAL, PROTECTION_ENCRYPTED, DELIVERY_BOUNCED, HOP_DIRECT, 0, true, "gmail.com", "", NULL, NULL },
};

START_TEST(a_delivery_opens_what_it_should)
{
    const struct alert_condition condition = { .kind = events[_i].kind };
    struct watch *watch = watch_on(&condition);
    struct delivery delivery = sent(events[_i].protection, events[_i].domain);
    const struct incident *incident;

    delivery.status = events[_i].status;
    delivery.hop = events[_i].hop;
    delivery.level = events[_i].level;
    delivery.began = events[_i].began;
    delivery.refusal = view_of(events[_i].refusal);
    watch_delivery(watch, &delivery);
    incident = watch_incident(watch, 0);
    ck_assert_int_eq(incident != NULL, events[_i].subject != NULL);
    if (incident != NULL) {
        ck_assert_str_eq(incident->subject, events[_i].subject);
        ck_assert_str_eq(incident->shares[0].name, events[_i].name);
        ck_assert(!incident->history);
    }
    watch_free(watch);
}
END_TEST

START_TEST(a_verdict_that_comes_late_counts_when_it_is_plaintext)
{
    const struct alert_condition condition = { .kind = ALERT_PLAINTEXT };
    struct watch *watch = watch_on(&condition);
    struct delivery delivery = sent(PROTECTION_UNDECIDED, "a.example");

    for (uint32_t stretch = 1; stretch <= 3; stretch++) {
        delivery.stretch = stretch;
        watch_delivery(watch, &delivery);
    }
    watch_settle(watch, 1, true);
    watch_settle(watch, 2, false);
    watch_settle(watch, 1, true);
    ck_assert_uint_eq(total(watch), 1);
    watch_free(watch);
}
END_TEST

START_TEST(only_the_named_domains_count)
{
    const struct view names[] = { VIEW("gmail.com") };
    struct arena arena = { 0 };
    struct alert_condition condition = { .kind = ALERT_PLAINTEXT, .list_name = VIEW("google") };
    struct watch *watch;
    struct delivery delivery = sent(PROTECTION_PLAINTEXT, "gmail.com");

    condition.domains = domain_set_new(&arena, names, 1);
    ck_assert_ptr_nonnull(condition.domains);
    watch = watch_on(&condition);
    watch_delivery(watch, &delivery);
    delivery.domain = VIEW("example.com");
    watch_delivery(watch, &delivery);
    ck_assert_uint_eq(total(watch), 1);
    ck_assert_str_eq(watch_incident(watch, 0)->subject, "to domain google");
    watch_free(watch);
    arena_done(&arena);
}
END_TEST

START_TEST(old_events_become_one_history)
{
    const struct alert_condition condition = { .kind = ALERT_PLAINTEXT };
    struct watch *watch = watch_on(&condition);
    struct delivery delivery = sent(PROTECTION_PLAINTEXT, "a.example");

    for (int i = 0; i < 100; i++) {
        delivery.time = NOW - WATCH_FRESH_MS - i * MINUTE;
        watch_delivery(watch, &delivery);
    }
    delivery.time = NOW - WATCH_FRESH_MS + 1;
    watch_delivery(watch, &delivery);
    ck_assert(watch_incident(watch, 0)->history);
    ck_assert_uint_eq(watch_incident(watch, 0)->count, 100);
    ck_assert(!watch_incident(watch, 1)->history);
    ck_assert_uint_eq(watch_incident(watch, 1)->count, 1);
    ck_assert_ptr_null(watch_incident(watch, 2));
    watch_free(watch);
}
END_TEST

/* Seconds at which something fails, and how many of them are over 3 a minute. */
static const struct {
    int seconds[10];
    unsigned over;
} failures[] = {
    { { 0, 1, 2, -1 }, 0 },
    { { 0, 1, 2, 3, -1 }, 1 },
    { { 0, 0, 0, 0, 0, -1 }, 2 },
    { { 0, 20, 40, 60, 80, 100, -1 }, 0 },
    { { 0, 20, 40, 59, 60, -1 }, 2 },
    { { 100, 0, 101, 102, 103, 161, -1 }, 1 },
    { { 0, 1, 2, 1000, 1001, 1002, 1003, -1 }, 1 },
};

START_TEST(a_rate_counts_what_is_over_it)
{
    const struct alert_condition condition = { .kind = ALERT_TLS_FAILURES, .threshold = 3 };
    struct watch *watch = watch_on(&condition);
    struct delivery delivery = sent(PROTECTION_NONE, "a.example");

    watch_clock(watch, NOW + 1000 * SECOND);
    delivery.status = DELIVERY_DEFERRED;
    delivery.failure = TLS_FAILURE_CERTIFICATE;
    for (size_t i = 0; failures[_i].seconds[i] >= 0; i++) {
        delivery.time = NOW + 500 * SECOND + failures[_i].seconds[i] * SECOND;
        watch_delivery(watch, &delivery);
    }
    ck_assert_uint_eq(total(watch), failures[_i].over);
    watch_free(watch);
}
END_TEST

START_TEST(a_clock_that_is_set_back_does_not_make_blind)
{
    const struct alert_condition condition = { .kind = ALERT_TLS_FAILURES, .threshold = 3 };
    struct watch *watch = watch_on(&condition);
    struct delivery delivery = sent(PROTECTION_NONE, "a.example");
    int64_t back = NOW - 86400 * (int64_t)SECOND;

    delivery.status = DELIVERY_DEFERRED;
    delivery.failure = TLS_FAILURE_CERTIFICATE;
    for (int i = 0; i < 5; i++)
        watch_delivery(watch, &delivery);
    ck_assert_uint_eq(total(watch), 2);
    watch_clock(watch, back);
    ck_assert(watch_incident(watch, 0)->last <= back);
    delivery.time = back;
    for (int i = 0; i < 5; i++)
        watch_delivery(watch, &delivery);
    ck_assert_uint_eq(total(watch), 4);
    watch_free(watch);
}
END_TEST

START_TEST(everything_at_once_in_plaintext_is_our_own_path)
{
    static const char *const domains[] = { "a.example", "b.example", "c.example", "d.example" };
    const struct alert_condition condition = { .kind = ALERT_DOWNGRADE };
    struct watch *watch = watch_on(&condition);
    struct delivery delivery;

    for (size_t i = 0; i < 2; i++) {
        delivery = sent(PROTECTION_PLAINTEXT, domains[i]);
        watch_delivery(watch, &delivery);
    }
    ck_assert(!watch_incident(watch, 0)->everywhere);
    delivery = sent(PROTECTION_PLAINTEXT, domains[2]);
    watch_delivery(watch, &delivery);
    ck_assert(watch_incident(watch, 0)->everywhere);
    delivery = sent(PROTECTION_ENCRYPTED, "e.example");
    watch_delivery(watch, &delivery);
    delivery = sent(PROTECTION_PLAINTEXT, domains[3]);
    watch_delivery(watch, &delivery);
    ck_assert(!watch_incident(watch, 0)->everywhere);
    watch_free(watch);
}
END_TEST

START_TEST(a_share_without_proof_makes_us_blind)
{
    const struct alert_condition condition = { .kind = ALERT_BLIND };
    struct watch *watch = watch_on(&condition);
    struct delivery delivery = sent(PROTECTION_ENCRYPTED, "a.example");

    for (int i = 0; i < 100; i++)
        watch_delivery(watch, &delivery);
    delivery.protection = PROTECTION_UNKNOWN;
    delivery.reason = UNKNOWN_GAP;
    for (int i = 0; i < 11; i++)
        watch_delivery(watch, &delivery);
    ck_assert_ptr_null(watch_incident(watch, 0));
    watch_delivery(watch, &delivery);
    ck_assert_str_eq(watch_incident(watch, 0)->subject, "deliveries without proof");
    watch_free(watch);
}
END_TEST

START_TEST(what_lasts_is_over_when_it_is_said)
{
    const struct alert_condition condition = { .kind = ALERT_BLIND };
    const struct incident_timing timing = { .repeat = 60 * MINUTE, .recover = MINUTE };
    struct watch *watch = watch_on(&condition);
    struct incident *incident;

    watch_blind(watch, VIEW("/var/log/mail.log"), NULL);
    ck_assert_ptr_null(watch_incident(watch, 0));
    watch_blind(watch, VIEW("/var/log/mail.log"), "Permission denied");
    watch_blind(watch, VIEW("/var/log/mail.log"), "Permission denied");
    incident = watch_incident(watch, 0);
    ck_assert_uint_eq(incident->count, 1);
    ck_assert_int_eq(incident_take_event(incident, NOW, &timing), INCIDENT_OPENED);
    ck_assert_int_eq(incident_take_event(incident, NOW + 30 * MINUTE, &timing), INCIDENT_NOTHING);
    watch_clock(watch, NOW + 30 * MINUTE);
    watch_blind(watch, VIEW("/var/log/mail.log"), NULL);
    ck_assert_int_eq(incident_take_event(incident, NOW + 30 * MINUTE, &timing), INCIDENT_RECOVERED);
    ck_assert_int_eq(incident->ended - incident->opened, 30 * MINUTE);
    watch_free(watch);
}
END_TEST

START_TEST(volume_lasts_while_it_is_over_the_share)
{
    const struct alert_condition condition = { .kind = ALERT_VOLUME, .threshold = 80 };
    struct watch *watch = watch_on(&condition);

    watch_volume(watch, VIEW("example.com"), 80);
    ck_assert_ptr_null(watch_incident(watch, 0));
    watch_volume(watch, VIEW("example.com"), 81);
    watch_volume(watch, VIEW("example.com"), 95);
    ck_assert_str_eq(watch_incident(watch, 0)->subject, "example.com over 80%");
    ck_assert_ptr_null(watch_incident(watch, 1));
    watch_volume(watch, VIEW("example.com"), 60);
    ck_assert_int_ne(watch_incident(watch, 0)->ended, 0);
    watch_free(watch);
}
END_TEST

START_TEST(submissions_count_where_they_are_judged)
{
    const struct alert_condition condition = { .kind = ALERT_SUBMISSIONS, .threshold = 0 };
    struct watch *watch = watch_on(&condition);
    struct record record = { .decision.direction = DIRECTION_OUTBOUND };

    submission_init(&record.sub);
    fact_set_number(&record.sub, FACT_TLS, TLS_1_3);
    fact_set_text(&record.sub, FACT_MECHANISM, VIEW("PLAIN"));
    watch_record(watch, NOW, &record);
    ck_assert_uint_eq(total(watch), 0);
    fact_set_number(&record.sub, FACT_TLS, TLS_NONE);
    watch_record(watch, NOW, &record);
    fact_set_number(&record.sub, FACT_TLS, TLS_1_3);
    fact_set_text(&record.sub, FACT_MECHANISM, VIEW(""));
    watch_record(watch, NOW, &record);
    record.decision.direction = DIRECTION_INBOUND;
    watch_record(watch, NOW, &record);
    record.decision.direction = DIRECTION_OUTBOUND;
    fact_set_flag(&record.sub, FACT_LOCAL, true);
    watch_record(watch, NOW, &record);
    ck_assert_uint_eq(total(watch), 2);
    watch_free(watch);
}
END_TEST

START_TEST(incidents_past_the_limit_are_counted)
{
    const struct alert_condition condition = { .kind = ALERT_VOLUME, .threshold = 1 };
    struct watch *watch = watch_on(&condition);
    char name[32];

    for (int i = 0; i < WATCH_INCIDENTS_MAX + 10; i++) {
        snprintf(name, sizeof(name), "d%d.example", i);
        watch_volume(watch, view_of(name), 100);
    }
    ck_assert_uint_eq(watch_lost(watch), 10);
    watch_free(watch);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("watch");
    TCase *tests = tcase_create("conditions");

    tcase_add_loop_test(tests, a_delivery_opens_what_it_should, 0, ROWS(events));
    tcase_add_loop_test(tests, a_rate_counts_what_is_over_it, 0, ROWS(failures));
    tcase_add_test(tests, a_clock_that_is_set_back_does_not_make_blind);
    tcase_add_test(tests, a_verdict_that_comes_late_counts_when_it_is_plaintext);
    tcase_add_test(tests, only_the_named_domains_count);
    tcase_add_test(tests, old_events_become_one_history);
    tcase_add_test(tests, everything_at_once_in_plaintext_is_our_own_path);
    tcase_add_test(tests, a_share_without_proof_makes_us_blind);
    tcase_add_test(tests, what_lasts_is_over_when_it_is_said);
    tcase_add_test(tests, volume_lasts_while_it_is_over_the_share);
    tcase_add_test(tests, submissions_count_where_they_are_judged);
    tcase_add_test(tests, incidents_past_the_limit_are_counted);
    suite_add_tcase(suite, tests);
    return suite;
}
