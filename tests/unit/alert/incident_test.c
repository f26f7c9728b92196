/* The life of an incident, in scripted time. */
#include <stdio.h>

#include "shared/incident.h"
#include "tests/unit/unit.h"

enum { MINUTE = 60 * 1000, HOUR = 60 * MINUTE };
#define START (INT64_C(1000) * HOUR)

static const struct incident_timing timing = { .repeat = HOUR, .recover = 15 * MINUTE };

/* One thing that happens at a time, and what is told after it. */
struct step {
    int64_t at; /* ms after START */
    int events; /* that happen then */
    const char *told;
};

enum { STEPS_MAX = 12 };

static const struct {
    const char *what;
    struct step steps[STEPS_MAX];
} lives[] = {
    { "one event is told once, and its end once",
      { { 0, 1, "opened" },
        { 1, 0, "nothing" },
        { 15 * MINUTE - 1, 0, "nothing" },
        { 15 * MINUTE, 0, "recovered" },
        { 16 * MINUTE, 0, "nothing" },
        { 48 * HOUR, 0, "nothing" } } },
    { "more events are told at growing intervals",
      { { 0, 1, "opened" },
        { 10 * MINUTE, 500, "nothing" },
        { 20 * MINUTE, 1, "nothing" },
        { 30 * MINUTE, 1, "nothing" },
        { 44 * MINUTE, 1, "nothing" },
        { 58 * MINUTE, 1, "nothing" },
        { 60 * MINUTE, 0, "repeated" },
        { 70 * MINUTE, 1, "nothing" },
        { 80 * MINUTE, 1, "nothing" },
        { 94 * MINUTE, 1, "nothing" },
        { 109 * MINUTE, 0, "recovered" } } },
    { "nothing new, no reminder",
      { { 0, 3, "opened" }, { 14 * MINUTE, 0, "nothing" }, { 15 * MINUTE, 0, "recovered" } } },
};

static enum incident_event ask(struct incident *incident, int64_t at)
{
    return incident_take_event(incident, START + at, &timing);
}

START_TEST(it_is_told_once_again_and_over)
{
    struct incident incident;

    incident_begin(&incident, ALERT_PLAINTEXT, VIEW("to any"), START);
    for (const struct step *step = lives[_i].steps; step->told != NULL; step++) {
        for (int i = 0; i < step->events; i++)
            incident_count(&incident, VIEW("example.com"), START + step->at, START + step->at);
        ck_assert_view_eq(incident_event_name(ask(&incident, step->at)), step->told);
    }
    ck_assert(incident.closed);
}
END_TEST

/* A backlog of an hour, read in pieces after a stop: one incident, which is not over between them. */
START_TEST(events_that_are_read_late_are_told_and_keep_it_open)
{
    struct incident incident;

    incident_begin(&incident, ALERT_PLAINTEXT, VIEW("x"), START - HOUR);
    incident_count(&incident, VIEW("x"), START - HOUR, START);
    ck_assert_int_eq(ask(&incident, 0), INCIDENT_OPENED);
    ck_assert_int_eq(incident_next(&incident, &timing), START + 15 * MINUTE);
    incident_count(&incident, VIEW("x"), START - HOUR, START + 10 * MINUTE);
    ck_assert_int_eq(ask(&incident, 25 * MINUTE - 1), INCIDENT_NOTHING);
    ck_assert_int_eq(ask(&incident, 25 * MINUTE), INCIDENT_RECOVERED);
    ck_assert_int_eq(incident.ended, START - HOUR);
}
END_TEST

START_TEST(the_interval_doubles_up_to_a_day)
{
    static const int hours[] = { 1, 2, 4, 8, 16, 24, 24 };
    struct incident incident;
    int64_t at = 0;

    incident_begin(&incident, ALERT_BLIND, VIEW("the journal"), START);
    incident.lasting = true;
    incident_count(&incident, VIEW("x"), START, START);
    ck_assert_int_eq(ask(&incident, 0), INCIDENT_OPENED);
    for (size_t i = 0; i < ROWS(hours); i++) {
        incident_count(&incident, VIEW("x"), START + at, START + at);
        ck_assert_int_eq(incident_next(&incident, &timing), START + at + (int64_t)hours[i] * HOUR);
        at += (int64_t)hours[i] * HOUR;
        ck_assert_int_eq(ask(&incident, at - 1), INCIDENT_NOTHING);
        ck_assert_int_eq(ask(&incident, at), INCIDENT_REPEATED);
    }
    incident_end(&incident, START + at);
    ck_assert_int_eq(ask(&incident, at), INCIDENT_RECOVERED);
}
END_TEST

START_TEST(quiet_hours_put_it_off_and_lose_nothing)
{
    const struct incident_timing quiet = { .repeat = HOUR, .recover = 15 * MINUTE, .quiet = true };
    struct incident incident;

    incident_begin(&incident, ALERT_PLAINTEXT, VIEW(""), START);
    incident_count(&incident, VIEW("example.com"), START, START);
    ck_assert_int_eq(incident_take_event(&incident, START, &quiet), INCIDENT_NOTHING);
    ck_assert_int_eq(incident_take_event(&incident, START + 2 * HOUR, &quiet), INCIDENT_NOTHING);
    ck_assert_int_eq(ask(&incident, 3 * HOUR), INCIDENT_RECOVERED);
    ck_assert_int_eq(incident.ended, START);
}
END_TEST

START_TEST(a_silenced_incident_speaks_again_when_its_time_is_over)
{
    struct incident incident;

    incident_begin(&incident, ALERT_BLIND, VIEW("x"), START);
    incident.lasting = true;
    incident_count(&incident, VIEW("x"), START, START);
    incident.silenced_until = START + 2 * HOUR;
    ck_assert_int_eq(ask(&incident, HOUR), INCIDENT_NOTHING);
    ck_assert_int_eq(incident_next(&incident, &timing), START + 2 * HOUR);
    ck_assert_int_eq(ask(&incident, 2 * HOUR), INCIDENT_OPENED);
}
END_TEST

START_TEST(an_acknowledged_incident_is_not_repeated_but_its_end_is_told)
{
    struct incident incident;

    incident_begin(&incident, ALERT_PLAINTEXT, VIEW("x"), START);
    incident_count(&incident, VIEW("x"), START, START);
    ck_assert_int_eq(ask(&incident, 0), INCIDENT_OPENED);
    incident.acknowledged = true;
    for (int64_t at = 0; at <= 3 * HOUR; at += 10 * MINUTE) {
        incident_count(&incident, VIEW("x"), START + at, START + at);
        ck_assert_int_eq(ask(&incident, at), INCIDENT_NOTHING);
    }
    ck_assert_int_eq(ask(&incident, 4 * HOUR), INCIDENT_RECOVERED);
}
END_TEST

START_TEST(a_history_is_one_note_once_it_has_settled)
{
    struct incident incident;

    incident_begin(&incident, ALERT_PLAINTEXT, VIEW("x"), START - INT64_C(100) * HOUR);
    incident.history = true;
    for (int i = 0; i < 1000; i++)
        incident_count(&incident, VIEW("x"), START - INT64_C(100) * HOUR + i, START + i);
    ck_assert_int_eq(ask(&incident, 1000), INCIDENT_NOTHING);
    ck_assert_int_eq(ask(&incident, 999 + INCIDENT_SETTLE_MS), INCIDENT_HISTORY);
    ck_assert_int_eq(ask(&incident, INT64_C(100) * HOUR), INCIDENT_NOTHING);
    ck_assert(incident.closed);
}
END_TEST

START_TEST(names_past_the_limit_are_counted_together)
{
    struct incident incident;
    uint64_t sum = 0;
    char name[32];

    incident_begin(&incident, ALERT_PLAINTEXT, VIEW("x"), START);
    for (int i = 0; i < 100000; i++) {
        snprintf(name, sizeof(name), "d%d.example", i % 1000);
        incident_count(&incident, view_of(name), START, START);
    }
    for (size_t i = 0; i < incident.share_count; i++)
        sum += incident.shares[i].count;
    ck_assert_uint_eq(incident.share_count, INCIDENT_SHARES_MAX);
    ck_assert_uint_eq(incident.count, 100000);
    ck_assert_uint_eq(sum + incident.others, incident.count);
}
END_TEST

/* Events until the clock is set back, one more behind it, and when what is told next is due. */
START_TEST(a_clock_that_is_set_back_keeps_nothing_waiting)
{
    struct incident incident;
    int64_t now = START - INT64_C(900) * HOUR;

    incident_begin(&incident, ALERT_PLAINTEXT, VIEW("x"), START);
    incident_count(&incident, VIEW("x"), START, START);
    ck_assert_int_eq(ask(&incident, 0), INCIDENT_OPENED);
    incident_step_back(&incident, now, START + 10 * MINUTE - now);
    incident_count(&incident, VIEW("x"), now, now);
    ck_assert_int_eq(incident_take_event(&incident, now + 14 * MINUTE, &timing), INCIDENT_NOTHING);
    incident_count(&incident, VIEW("x"), now + 40 * MINUTE, now + 40 * MINUTE);
    ck_assert_int_eq(incident_next(&incident, &timing), now + 50 * MINUTE);
    ck_assert_int_eq(incident_take_event(&incident, now + 50 * MINUTE, &timing), INCIDENT_REPEATED);
    ck_assert_int_eq(incident_take_event(&incident, now + 55 * MINUTE, &timing), INCIDENT_RECOVERED);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("incident");
    TCase *tests = tcase_create("life");

    tcase_add_loop_test(tests, it_is_told_once_again_and_over, 0, ROWS(lives));
    tcase_add_test(tests, events_that_are_read_late_are_told_and_keep_it_open);
    tcase_add_test(tests, the_interval_doubles_up_to_a_day);
    tcase_add_test(tests, quiet_hours_put_it_off_and_lose_nothing);
    tcase_add_test(tests, a_silenced_incident_speaks_again_when_its_time_is_over);
    tcase_add_test(tests, an_acknowledged_incident_is_not_repeated_but_its_end_is_told);
    tcase_add_test(tests, a_history_is_one_note_once_it_has_settled);
    tcase_add_test(tests, a_clock_that_is_set_back_keeps_nothing_waiting);
    tcase_add_test(tests, names_past_the_limit_are_counted_together);
    suite_add_tcase(suite, tests);
    return suite;
}
