/* Incidents, notices and requests come back as they were kept. */
#include <stdio.h>
#include <string.h>

#include "store/incident.h"
#include "tests/unit/store/bed.h"

struct found {
    unsigned count;
    struct incident last;
    char text[256];
};

static void on_incident(void *context, const struct incident *incident)
{
    struct found *found = context;

    found->count++;
    found->last = *incident;
}

static bool on_notice(void *context, const struct notice *notice)
{
    struct found *found = context;
    size_t used = strlen(found->text);

    found->count++;
    snprintf(found->text + used, sizeof(found->text) - used, "%lld %.*s %.*s;", (long long)notice->id,
             VIEW_ARG(notice->channel), VIEW_ARG(notice->body));
    return true;
}

static void on_request(void *context, const struct request *request)
{
    struct found *found = context;

    found->count++;
    snprintf(found->text, sizeof(found->text), "%.*s %.*s %.*s", VIEW_ARG(request->verb), VIEW_ARG(request->subject),
             VIEW_ARG(request->argument));
}

static struct incident example(void)
{
    struct incident incident;

    incident_begin(&incident, ALERT_DOWNGRADE, VIEW("to any"), 1000);
    for (int i = 0; i < 3; i++)
        incident_count(&incident, VIEW("example.com"), 1000 + i, 5000);
    incident_count(&incident, VIEW("example.org"), 2000, 6000);
    incident.everywhere = incident.acknowledged = true;
    incident.silenced_until = INT64_MAX;
    return incident;
}

START_TEST(an_incident_comes_back_as_it_was)
{
    struct incident incident = example();
    struct found found = { 0 };
    struct bed bed;

    bed_init(&bed);
    ck_assert_int_eq(ledger_save_incident(bed.ledger, &incident, &bed.error), 0);
    ck_assert_uint_eq(incident.number, 1);
    incident_count(&incident, VIEW("example.com"), 3000, 7000);
    ck_assert_int_eq(ledger_save_incident(bed.ledger, &incident, &bed.error), 0);
    bed_close(&bed);
    bed_open(&bed);
    ck_assert_int_eq(ledger_incidents(bed.ledger, true, 10, on_incident, &found, &bed.error), 0);
    ck_assert_uint_eq(found.count, 1);
    found.last.changed = incident.changed;
    ck_assert_int_eq(memcmp(&found.last, &incident, offsetof(struct incident, shares)), 0);
    ck_assert_uint_eq(found.last.share_count, 2);
    ck_assert_str_eq(found.last.shares[0].name, "example.com");
    ck_assert_uint_eq(found.last.shares[0].count, 4);
    bed_done(&bed);
}
END_TEST

START_TEST(closed_incidents_are_shown_only_when_asked_for)
{
    struct found open = { 0 }, all = { 0 };
    struct bed bed;

    bed_init(&bed);
    for (int i = 0; i < 5; i++) {
        struct incident incident = example();

        incident.closed = i < 3;
        ck_assert_int_eq(ledger_save_incident(bed.ledger, &incident, &bed.error), 0);
    }
    ck_assert_int_eq(ledger_incidents(bed.ledger, true, 10, on_incident, &open, &bed.error), 0);
    ck_assert_int_eq(ledger_incidents(bed.ledger, false, 4, on_incident, &all, &bed.error), 0);
    ck_assert_uint_eq(open.count, 2);
    ck_assert_uint_eq(all.count, 4);
    bed_done(&bed);
}
END_TEST

START_TEST(a_notice_waits_until_it_is_removed_and_its_id_never_comes_again)
{
    struct found found = { 0 };
    struct notice notice = { .created = 1, .channel = VIEW("exec /x"), .body = VIEW("{}") };
    struct bed bed;

    bed_init(&bed);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(ledger_add_notice(bed.ledger, &notice, &bed.error), 0);
    ck_assert_int_eq(ledger_remove_notice(bed.ledger, 3, &bed.error), 0);
    ck_assert_int_eq(ledger_remove_notice(bed.ledger, 1, &bed.error), 0);
    ck_assert_int_eq(ledger_add_notice(bed.ledger, &notice, &bed.error), 0);
    ck_assert_int_eq(ledger_notices(bed.ledger, 0, on_notice, &found, &bed.error), 0);
    ck_assert_str_eq(found.text, "2 exec /x {};4 exec /x {};");
    bed_done(&bed);
}
END_TEST

START_TEST(notices_past_the_limit_are_refused)
{
    struct notice notice = { .created = 1, .channel = VIEW("syslog"), .body = VIEW("{}") };
    struct bed bed;

    bed_init(&bed);
    ck_assert_int_eq(ledger_begin(bed.ledger, &bed.error), 0);
    for (int i = 0; i < NOTICES_MAX; i++)
        ck_assert_int_eq(ledger_add_notice(bed.ledger, &notice, &bed.error), 0);
    ck_assert_int_eq(ledger_add_notice(bed.ledger, &notice, &bed.error), 1);
    ck_assert_int_eq(ledger_commit(bed.ledger, &bed.error), 0);
    bed_done(&bed);
}
END_TEST

START_TEST(a_request_is_left_beside_the_writer_and_taken_once)
{
    const struct request request = { VIEW("silence"), VIEW("outward-17"), VIEW("123") };
    struct found found = { 0 };
    struct bed bed;

    bed_init(&bed);
    ck_assert_int_eq(ledger_request(bed.path, &request, &bed.error), 0);
    ck_assert_int_eq(ledger_take_requests(bed.ledger, on_request, &found, &bed.error), 0);
    ck_assert_int_eq(ledger_take_requests(bed.ledger, on_request, &found, &bed.error), 0);
    ck_assert_uint_eq(found.count, 1);
    ck_assert_str_eq(found.text, "silence outward-17 123");
    bed_done(&bed);
}
END_TEST

START_TEST(a_request_needs_a_ledger)
{
    const struct request request = { VIEW("silence"), VIEW("x"), VIEW("") };
    struct error error;

    ck_assert_int_eq(ledger_request("/nonexistent/ledger.db", &request, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "/nonexistent/ledger.db"));
}
END_TEST

static void exec(struct bed *bed, const char *sql)
{
    bed_close(bed);
    bed_exec(bed, sql);
    bed_open(bed);
}

START_TEST(tls_of_the_past_is_known_by_day)
{
    struct bed bed;
    bool took = true;

    bed_init(&bed);
    exec(&bed,
         "INSERT INTO names VALUES (1, 'example.com'), (2, 'mail');"
         "INSERT INTO destinations_days (begin, host, domain, stretch, sent, encrypted) VALUES (1000, 2, 1, 0, 5, 5)");
    ck_assert_int_eq(ledger_took_tls(bed.ledger, VIEW("example.com"), 0, 1000, &took, &bed.error), 0);
    ck_assert(took);
    ck_assert_int_eq(ledger_took_tls(bed.ledger, VIEW("example.com"), 1001, 5000, &took, &bed.error), 0);
    ck_assert(!took);
    ck_assert_int_eq(ledger_took_tls(bed.ledger, VIEW("example.org"), 0, 5000, &took, &bed.error), 0);
    ck_assert(!took);
    bed_done(&bed);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("incident");
    TCase *tests = tcase_create("kept");

    tcase_add_test(tests, an_incident_comes_back_as_it_was);
    tcase_add_test(tests, closed_incidents_are_shown_only_when_asked_for);
    tcase_add_test(tests, a_notice_waits_until_it_is_removed_and_its_id_never_comes_again);
    tcase_add_test(tests, notices_past_the_limit_are_refused);
    tcase_add_test(tests, a_request_is_left_beside_the_writer_and_taken_once);
    tcase_add_test(tests, a_request_needs_a_ledger);
    tcase_add_test(tests, tls_of_the_past_is_known_by_day);
    suite_add_tcase(suite, tests);
    return suite;
}
