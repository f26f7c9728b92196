/* What is remembered of a process, for how long, and which one is given up. */
#include "follow/process.h"
#include "tests/unit/unit.h"

#define NOON ((int64_t)1795262400000) /* 2026-11-21 12:00:00 */
#define SECOND ((int64_t)1000)
#define MINUTE ((int64_t)60000)

static const struct writer smtp = { .number = 1, .host_number = 1, .program = PROGRAM_SMTP };
static const struct tls_line tls_line = {
    .server = { .name = VIEW_INIT("mx.example.com"),
                .address = VIEW_INIT("192.0.2.1"),
                .text = VIEW_INIT("mx.example.com[192.0.2.1]:25") },
    .version = VIEW_INIT("TLSv1.3"),
};
/* As before Postfix 2.5. */
static const struct tls_line named_line = {
    .server = { .name = VIEW_INIT("mx.example.com"), .text = VIEW_INIT("mx.example.com") },
    .version = VIEW_INIT("TLSv1"),
};
static struct processes processes;
static struct service service;

static void setup(void)
{
    ck_assert(processes_init(&processes, 42));
    service = (struct service){ .writer = &smtp, .stretch = 1 };
}

static void teardown(void)
{
    processes_done(&processes);
}

static struct process *find(uint64_t pid, int64_t time)
{
    struct process *process = process_find(&processes, &service, pid, time);

    ck_assert_ptr_nonnull(process);
    return process;
}

START_TEST(only_the_first_line_finds_a_process_fresh)
{
    ck_assert(find(7, NOON)->fresh);
    ck_assert(!find(7, NOON)->fresh);
}
END_TEST

static const struct {
    int64_t later; /* ms */
    bool same;
} silences[] = { { PROCESS_AGE_MAX, true }, { PROCESS_AGE_MAX + 1, false } };

START_TEST(a_process_id_is_another_process_after_an_hour_of_silence)
{
    process_session(&processes, find(7, NOON), &tls_line);
    ck_assert_int_eq(find(7, NOON + silences[_i].later)->tls, silences[_i].same);
}
END_TEST

/* A process of stretch 1 writes again, some time after the last start or reload. */
static const struct {
    uint32_t previous, stretch;
    int64_t later; /* ms */
    bool same;
} reloads[] = {
    { 0, 1, MINUTE, true },  { 1, 2, STRETCH_DRAIN - 1, true }, { 1, 2, STRETCH_DRAIN, false },
    { 2, 3, MINUTE, false }, { 0, 2, MINUTE, false },
};

START_TEST(a_process_outlives_one_reload_for_as_long_as_a_delivery_may_take)
{
    process_session(&processes, find(7, NOON), &tls_line);
    service.previous = reloads[_i].previous;
    service.stretch = reloads[_i].stretch;
    service.since = NOON;
    ck_assert_int_eq(find(7, NOON + reloads[_i].later)->tls, reloads[_i].same);
}
END_TEST

/* Process 7 writes at noon and process 8 ten seconds later; then 7 writes again, and perhaps again. */
static const struct {
    int64_t again, once_more; /* ms after noon */
    uint32_t oldest;
} ages[] = {
    { 20 * SECOND, 59 * SECOND, 7 },
    { 60 * SECOND, 60 * SECOND, 8 },
    { 40 * SECOND, 80 * SECOND, 8 }, /* never silent for a minute */
};

START_TEST(the_oldest_process_is_known_to_the_minute)
{
    const struct process *oldest;

    find(7, NOON);
    find(8, NOON + 10 * SECOND);
    find(7, NOON + ages[_i].again);
    find(7, NOON + ages[_i].once_more);
    oldest = aging_oldest(&processes.table);
    ck_assert_uint_eq(oldest->pid, ages[_i].oldest);
}
END_TEST

static const struct {
    int64_t later; /* ms of silence of the one that is given up */
    bool session;
    int64_t blind_until;
} given_up[] = {
    { PROCESS_AGE_MAX - 1, true, NOON + PROCESS_AGE_MAX - 1 + PROCESS_AGE_MAX },
    { PROCESS_AGE_MAX, true, 0 },
    { MINUTE, false, 0 },
};

START_TEST(giving_up_a_session_that_may_go_on_makes_blind)
{
    processes.table.limit = 1;
    if (given_up[_i].session)
        process_session(&processes, find(7, NOON), &tls_line);
    else
        find(7, NOON);
    find(8, NOON + given_up[_i].later);
    ck_assert_uint_eq(processes.table.evicted, 1);
    ck_assert_int_eq(processes.blind_until, given_up[_i].blind_until);
}
END_TEST

START_TEST(an_offer_is_forgotten_with_the_next_session_and_with_its_end)
{
    struct process *process = find(7, NOON);
    struct relay relay = relay_of(&processes, &tls_line.server);

    process_offer(&processes, process, VIEW("mx.example.com"));
    ck_assert(process_saw_offer(&processes, process, &relay));
    process_session_over(process);
    ck_assert(!process_saw_offer(&processes, process, &relay));
    process_offer(&processes, process, VIEW("mx.example.com"));
    process_session(&processes, process, &named_line);
    ck_assert(!process_saw_offer(&processes, process, &relay));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("process");
    TCase *tests = tcase_create("process");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, only_the_first_line_finds_a_process_fresh);
    tcase_add_loop_test(tests, a_process_id_is_another_process_after_an_hour_of_silence, 0, ROWS(silences));
    tcase_add_loop_test(tests, a_process_outlives_one_reload_for_as_long_as_a_delivery_may_take, 0, ROWS(reloads));
    tcase_add_loop_test(tests, the_oldest_process_is_known_to_the_minute, 0, ROWS(ages));
    tcase_add_loop_test(tests, giving_up_a_session_that_may_go_on_makes_blind, 0, ROWS(given_up));
    tcase_add_test(tests, an_offer_is_forgotten_with_the_next_session_and_with_its_end);
    suite_add_tcase(suite, tests);
    return suite;
}
