/*
 * Every allocation of counting, adding up and keeping fails in turn, alone or with all behind it: what is lost is told,
 * what is counted adds up, nothing is counted that did not happen, nothing leaks.
 */
#include "shared/names.h"
#include "shared/refusal.h"
#include "tally/put.h"
#include "tally/violation.h"
#include "tests/unit/allocations.h"
#include "tests/unit/unit.h"

#define NOON INT64_C(1795262400000) /* 2026-11-21 12:00 UTC */

enum { DELIVERIES = 60, DOMAINS = 20 };

/* Deliveries to many domains, some in plaintext, some that wait, some refused: every kind of row. */
static void count_all(struct tally *tally)
{
    for (int i = 0; i < DELIVERIES; i++) {
        char domain[32], sender[32];
        struct buf domain_buf = BUF(domain), sender_buf = BUF(sender);
        struct delivery delivery = { .time = NOON + i * INT64_C(3600000),
                                     .queue_id = VIEW("A1B2C3"),
                                     .status = DELIVERY_SENT,
                                     .began = true,
                                     .protection = (enum protection)(i % PROTECTION_COUNT),
                                     .stretch = 1,
                                     .origin = ORIGIN_SUBMITTED,
                                     .signers = VIEW("a.example,b.example"),
                                     .cipher = VIEW("TLS_AES_256_GCM_SHA384"),
                                     .version = VIEW("TLSv1.3") };

        buf_addf(&domain_buf, i % 3 == 0 ? "gmail.com" : "d%d.example", i % DOMAINS);
        buf_addf(&sender_buf, "s%d.example", i % DOMAINS);
        delivery.domain = buf_view(&domain_buf);
        delivery.sender_domain = delivery.header_from = buf_view(&sender_buf);
        if (i % 4 == 0) {
            delivery.status = DELIVERY_DEFERRED;
            delivery.refusal = VIEW("gmail 4.7.29");
        }
        tally_add(tally, &delivery);
    }
    tally_submitted(tally, NOON, VIEW("alice"), 3);
    tally_settle(tally, 1, true);
}

static void record_all(struct tally *tally)
{
    for (int i = 0; i < DOMAINS; i++) {
        char from[40];
        struct buf buf = BUF(from);
        struct record record = { .decision = { .direction = DIRECTION_OUTBOUND, .now = { .verdict = VERDICT_ACCEPT } },
                                 .queue_id = VIEW("A1B2C3"),
                                 .to = { { .domain = VIEW("gmail.com") } },
                                 .to_count = 1 };

        buf_addf(&buf, "s%d.example", i);
        submission_init(&record.sub);
        fact_set_text(&record.sub, FACT_LOGIN, buf_view(&buf));
        fact_set_text(&record.sub, FACT_HEADER_FROM, buf_view(&buf));
        submission_reach(&record.sub, STAGE_MESSAGE);
        tally_record(tally, NOON, &record);
    }
}

static uint64_t sent_in_rows(const struct tally *tally)
{
    struct tally_destination row;
    uint64_t sum = 0;

    for (size_t i = 0; tally_destination(tally, i, &row); i++) {
        ck_assert_uint_eq(row.cell->sent, row.cell->encrypted + row.cell->plaintext + row.cell->unknown);
        sum += row.cell->sent;
    }
    return sum;
}

START_TEST(what_memory_cannot_hold_is_dropped_and_told)
{
    struct tally *whole = tally_new(42);
    uint64_t sent, plaintext;
    long number = 0;
    bool ran_out = true;

    ck_assert_ptr_nonnull(whole);
    count_all(whole);
    record_all(whole);
    ck_assert_uint_eq(tally_dropped(whole), 0);
    sent = tally_totals(whole, HOP_DIRECT)->sent;
    plaintext = tally_totals(whole, HOP_DIRECT)->plaintext;
    for (; ran_out; number++) {
        struct tally *tally;

        allocations_fail(number, _i == 1);
        tally = tally_new(42);
        if (tally != NULL) {
            count_all(tally);
            record_all(tally);
        }
        ran_out = allocations_end();
        if (tally == NULL)
            continue;
        /* Totals are counted whatever happens to the rows; only what waits for its stretch needs memory. */
        ck_assert_uint_eq(tally_totals(tally, HOP_DIRECT)->sent, sent);
        ck_assert_uint_le(tally_totals(tally, HOP_DIRECT)->plaintext, plaintext);
        ck_assert_uint_le(sent_in_rows(tally), sent);
        if (sent_in_rows(tally) < sent)
            ck_assert_uint_gt(tally_dropped(tally), 0);
        tally_free(tally);
    }
    ck_assert_int_gt(number, DOMAINS);
    tally_free(whole);
}
END_TEST

START_TEST(tallies_that_cannot_be_added_up_say_so)
{
    struct tally *from = tally_new(42);
    long number = 0;
    bool ran_out = true, said = false;

    ck_assert_ptr_nonnull(from);
    count_all(from);
    record_all(from);
    for (; ran_out; number++) {
        struct tally *into = tally_new(7);
        bool done;

        ck_assert_ptr_nonnull(into);
        allocations_fail(number, _i == 1);
        done = tally_merge(into, from);
        ran_out = allocations_end();
        said = said || !done;
        if (!ran_out)
            ck_assert(done);
        if (done && tally_dropped(into) == 0)
            ck_assert_uint_eq(sent_in_rows(into), sent_in_rows(from));
        ck_assert_uint_le(sent_in_rows(into), sent_in_rows(from));
        tally_free(into);
    }
    ck_assert(said);
    tally_free(from);
}
END_TEST

/* Puts every row of from into to, as a ledger is read.  Without assertions: they need memory. */
static bool put_all(struct tally *to, const struct tally *from)
{
    struct tally_destination destination;
    struct tally_sender sender;
    struct tally_volume volume;
    struct tally_form form;
    struct tally_sample sample;
    struct tally_leak leak;
    struct tally_submission submission;
    struct tally_refusal_row refusal;
    const struct tally_counts counts = tally_counts(from);
    const struct cell *cell;
    struct view word;
    int64_t begin;
    uint64_t count;
    bool fine = true;

    tally_put_counts(to, &counts);
    for (int hop = 0; hop < HOP_COUNT; hop++) {
        if (hop != HOP_INTERNAL)
            tally_put_totals(to, (enum hop)hop, tally_totals(from, (enum hop)hop));
    }
    for (size_t i = 0; fine && tally_destination(from, i, &destination); i++)
        fine = tally_put_destination(to, &destination);
    for (size_t i = 0; fine && tally_sender(from, i, &sender); i++)
        fine = tally_put_sender(to, &sender);
    for (size_t i = 0; fine && tally_refusal_row(from, i, &refusal); i++)
        fine = tally_sender(from, refusal.sender, &sender) &&
               tally_put_refusal(to, sender.origin, sender.domain, refusal.label, refusal.count);
    for (size_t i = 0; fine && tally_volume(from, i, &volume); i++) {
        for (uint32_t n = 0; fine && n < volume.series->count; n++)
            fine = tally_put_volume(to, &volume, volume.series->list[n].quarter * INT64_C(900000),
                                    volume.series->list[n].count);
    }
    for (size_t i = 0; fine && tally_form(from, i, &form); i++)
        fine = tally_put_form(to, &form);
    for (size_t i = 0; fine && tally_sample(from, i, &sample); i++) {
        for (size_t n = sample.count; n > 0; n--)
            tally_put_sample(to, &sample, sample.queue_ids[n - 1], sample.times[n - 1]);
    }
    for (size_t i = 0; fine && tally_leak(from, i, &leak); i++)
        fine = tally_put_leak(to, &leak);
    for (size_t i = 0; fine && tally_hour(from, i, &begin, &cell); i++)
        fine = tally_put_hour(to, begin, cell);
    for (int kind = 0; kind < WORD_KINDS; kind++) {
        for (size_t i = 0; fine && tally_word(from, (enum tally_word)kind, i, &word, &count); i++)
            fine = tally_put_word(to, (enum tally_word)kind, word, count);
    }
    for (size_t i = 0; fine && tally_submission(from, i, &submission); i++)
        fine = tally_put_submission(to, &submission);
    return fine;
}

START_TEST(what_a_ledger_keeps_is_put_back_whole_or_said_to_be_missing)
{
    struct tally *from = tally_new(42);
    bool ran_out = true, said = false;

    ck_assert_ptr_nonnull(from);
    count_all(from);
    record_all(from);
    for (long number = 0; ran_out; number++) {
        struct tally *to = tally_new(7);
        bool fine;

        ck_assert_ptr_nonnull(to);
        allocations_fail(number, _i == 1);
        fine = put_all(to, from);
        ran_out = allocations_end();
        said = said || !fine;
        if (!ran_out) {
            struct tally_refusal_row row;

            ck_assert(fine);
            ck_assert_uint_eq(sent_in_rows(to), sent_in_rows(from));
            ck_assert_uint_eq(tally_totals(to, HOP_DIRECT)->sent, tally_totals(from, HOP_DIRECT)->sent);
            ck_assert_int_eq(tally_first(to), tally_first(from));
            ck_assert(tally_refusal_row(to, 0, &row));
            ck_assert_view_eq(row.label, "gmail 4.7.29");
        }
        ck_assert_uint_le(sent_in_rows(to), sent_in_rows(from));
        tally_free(to);
    }
    ck_assert(said);
    tally_free(from);
}
END_TEST

START_TEST(a_violation_without_memory_is_not_one_too_many)
{
    static const struct delivery_rule rule = { .demand = DEMAND_ENCRYPTED };
    bool ran_out = true;

    for (long number = 0; ran_out; number++) {
        struct violations *violations, *sum;
        struct violation row;

        allocations_fail(number, _i == 1);
        violations = violations_new(&rule, 1, 42);
        sum = violations_new(&rule, 1, 7);
        for (int i = 0; i < DELIVERIES && violations != NULL; i++) {
            char domain[32];
            struct buf buf = BUF(domain);
            struct delivery delivery = { .time = NOON, .status = DELIVERY_SENT, .protection = PROTECTION_PLAINTEXT };

            buf_addf(&buf, "d%d.example", i);
            delivery.domain = buf_view(&buf);
            violations_add(violations, &delivery);
        }
        if (violations != NULL && sum != NULL)
            violations_merge(sum, violations);
        ran_out = allocations_end();
        for (size_t i = 0; sum != NULL && violation_at(sum, i, &row); i++)
            ck_assert_uint_le(row.count, 1);
        if (!ran_out)
            ck_assert(violation_at(sum, DELIVERIES - 1, &row) && row.count == 1);
        violations_free(violations);
        violations_free(sum);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("out_of_memory");
    TCase *tests = tcase_create("out_of_memory");

    tcase_add_loop_test(tests, what_memory_cannot_hold_is_dropped_and_told, 0, 2);
    tcase_add_loop_test(tests, tallies_that_cannot_be_added_up_say_so, 0, 2);
    tcase_add_loop_test(tests, what_a_ledger_keeps_is_put_back_whole_or_said_to_be_missing, 0, 2);
    tcase_add_loop_test(tests, a_violation_without_memory_is_not_one_too_many, 0, 2);
    suite_add_tcase(suite, tests);
    return suite;
}
