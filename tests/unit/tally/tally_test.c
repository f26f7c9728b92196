#include "tally/tally.h"

#include <stdio.h>

#include "tests/unit/unit.h"

enum { HOUR = 3600 * 1000 };
#define NOON INT64_C(1795262400000) /* 2026-11-21 12:00 UTC */

static struct tally *tally;

static void setup(void)
{
    tally = tally_new(42);
    ck_assert_ptr_nonnull(tally);
}

static void teardown(void)
{
    tally_free(tally);
}

static struct delivery sent_to(const char *domain, enum protection protection)
{
    return (struct delivery){ .time = NOON,
                              .domain = view_of(domain),
                              .sender_domain = VIEW("example.org"),
                              .status = DELIVERY_SENT,
                              .began = true,
                              .protection = protection,
                              .stretch = protection == PROTECTION_UNDECIDED ? 1 : 0 };
}

/* The invariant, in one cell. */
static void check_cell(const struct cell *cell)
{
    ck_assert_uint_eq(cell->sent, cell->encrypted + cell->plaintext + cell->unknown);
    ck_assert_uint_eq(cell->waiting, 0);
}

/* The invariant, in every cell a tally has. */
static void check_all(const struct tally *all)
{
    struct tally_destination destination;
    struct tally_sender sender;
    struct tally_leak leak;
    const struct cell *cell;
    int64_t begin;

    for (int hop = 0; hop < HOP_COUNT; hop++)
        check_cell(tally_totals(all, (enum hop)hop));
    for (size_t i = 0; tally_destination(all, i, &destination); i++)
        check_cell(destination.cell);
    for (size_t i = 0; tally_sender(all, i, &sender); i++) {
        check_cell(sender.cell);
        check_cell(sender.gmail_cell);
    }
    for (size_t i = 0; tally_leak(all, i, &leak); i++)
        check_cell(leak.cell);
    for (size_t i = 0; tally_hour(all, i, &begin, &cell); i++)
        check_cell(cell);
}

START_TEST(sent_is_encrypted_plus_plaintext_plus_unknown_in_every_cell)
{
    /* All mixes of status, hop, protection, domain and stretch, some stretches proven, some not. */
    static const char *const domains[] = { "gmail.com", "a.example", "b.example", "" };
    unsigned state = 1;

    for (int i = 0; i < 20000; i++) {
        struct delivery delivery;

        state = state * 1103515245 + 12345;
        delivery = sent_to(domains[state >> 16 & 3], (enum protection)((state >> 18) % PROTECTION_COUNT));
        delivery.status = (enum delivery_status)((state >> 21) % DELIVERY_STATUS_COUNT);
        delivery.hop = (enum hop)((state >> 23) % HOP_COUNT);
        delivery.stretch = 1 + (state >> 25) % 8;
        delivery.time += (int64_t)(state >> 28) * HOUR;
        tally_add(tally, &delivery);
        if (i % 500 == 0)
            tally_settle(tally, 1 + (uint32_t)(i / 500) % 8, i % 1000 == 0);
    }
    for (uint32_t stretch = 1; stretch <= 8; stretch++)
        tally_settle(tally, stretch, stretch % 2 == 0);
    check_all(tally);
    ck_assert_uint_gt(tally_totals(tally, HOP_DIRECT)->plaintext, 0);
    ck_assert_uint_gt(tally_totals(tally, HOP_DIRECT)->unknown, 0);
    ck_assert_uint_eq(tally_dropped(tally), 0);
}
END_TEST

static const struct {
    bool proven;
    uint64_t plaintext, unknown, reason;
    bool leaks;
} settled[] = {
    { true, 2, 0, 0, true },
    { false, 0, 2, 2, false },
};

START_TEST(a_stretch_settles_what_waits_for_it_and_nothing_else)
{
    struct delivery delivery = sent_to("a.example", PROTECTION_UNDECIDED);
    struct tally_destination row;
    struct tally_leak leak;

    tally_add(tally, &delivery);
    tally_add(tally, &delivery);
    delivery.stretch = 2;
    tally_add(tally, &delivery);
    tally_settle(tally, 1, settled[_i].proven);
    tally_settle(tally, 99, true);
    ck_assert(tally_destination(tally, 0, &row));
    ck_assert_uint_eq(row.cell->sent, 3);
    ck_assert_uint_eq(row.cell->plaintext, settled[_i].plaintext);
    ck_assert_uint_eq(row.cell->unknown, settled[_i].unknown);
    ck_assert_uint_eq(tally_unknown(tally, UNKNOWN_LOGGING_UNPROVEN), settled[_i].reason);
    ck_assert(tally_leak(tally, 0, &leak));
    ck_assert_int_eq(leak.cell->plaintext > 0, settled[_i].leaks);
    ck_assert_int_eq(row.cell->last_plaintext, settled[_i].proven ? NOON : 0);
    tally_settle(tally, 2, false);
    check_all(tally);
}
END_TEST

START_TEST(what_is_expected_counts_where_it_belongs)
{
    struct delivery first = sent_to("a.example", PROTECTION_ENCRYPTED),
                    other = sent_to("b.example", PROTECTION_ENCRYPTED);
    struct delivery nowhere = sent_to("", PROTECTION_NONE);
    struct tally_destination row;

    tally_expect(tally, first.domain);
    tally_add(tally, &first);
    tally_expect(tally, first.domain); /* another one comes instead */
    tally_add(tally, &other);
    tally_add(tally, &first);
    tally_expect(tally, nowhere.domain);
    tally_add(tally, &nowhere);
    ck_assert(tally_destination(tally, 0, &row));
    ck_assert_view_eq(row.domain, "a.example");
    ck_assert_uint_eq(row.cell->sent, 2);
    ck_assert(tally_destination(tally, 1, &row));
    ck_assert_view_eq(row.domain, "b.example");
    ck_assert_uint_eq(row.cell->sent, 1);
    ck_assert(tally_destination(tally, 2, &row));
    ck_assert_view_eq(row.domain, "(none)");
    ck_assert(!tally_destination(tally, 3, &row));
}
END_TEST

START_TEST(hops_are_counted_apart)
{
    for (int hop = 0; hop < HOP_COUNT; hop++) {
        struct delivery delivery = sent_to("a.example", PROTECTION_ENCRYPTED);
        struct tally_destination row;

        delivery.hop = (enum hop)hop;
        tally_add(tally, &delivery);
        ck_assert(tally_destination(tally, 0, &row));
        ck_assert_uint_eq(row.cell->sent, 1);
    }
    ck_assert_uint_eq(tally_totals(tally, HOP_DIRECT)->sent, 1);
    ck_assert_uint_eq(tally_totals(tally, HOP_LMTP)->sent, 1);
    ck_assert_uint_eq(tally_totals(tally, HOP_SMARTHOST)->sent, 1);
    ck_assert_uint_eq(tally_internal(tally), 1);
}
END_TEST

START_TEST(only_attempts_that_had_mail_on_its_way_count_as_plaintext_attempts)
{
    struct delivery delivery = sent_to("a.example", PROTECTION_PLAINTEXT);

    delivery.status = DELIVERY_DEFERRED;
    tally_add(tally, &delivery);
    delivery.began = false;
    tally_add(tally, &delivery);
    delivery.began = true;
    delivery.status = DELIVERY_BOUNCED;
    delivery.protection = PROTECTION_UNDECIDED;
    delivery.stretch = 1;
    tally_add(tally, &delivery);
    tally_settle(tally, 1, true);
    ck_assert_uint_eq(tally_totals(tally, HOP_DIRECT)->plaintext_attempts, 2);
    ck_assert_uint_eq(tally_totals(tally, HOP_DIRECT)->plaintext, 0);
    ck_assert_uint_eq(tally_totals(tally, HOP_DIRECT)->deferred, 2);
    ck_assert_uint_eq(tally_totals(tally, HOP_DIRECT)->bounced, 1);
}
END_TEST

static const struct {
    enum protection first, second;
    bool downgraded;
} histories[] = {
    { PROTECTION_ENCRYPTED, PROTECTION_PLAINTEXT, true },
    { PROTECTION_PLAINTEXT, PROTECTION_ENCRYPTED, false },
    { PROTECTION_PLAINTEXT, PROTECTION_PLAINTEXT, false },
    { PROTECTION_ENCRYPTED, PROTECTION_UNKNOWN, false },
};

START_TEST(a_domain_is_downgraded_when_plaintext_follows_tls)
{
    struct delivery first = sent_to("a.example", histories[_i].first),
                    second = sent_to("a.example", histories[_i].second);
    struct tally_destination row;

    second.time += 1000;
    tally_add(tally, &first);
    tally_add(tally, &second);
    ck_assert(tally_destination(tally, 0, &row));
    ck_assert_int_eq(row.downgraded, histories[_i].downgraded);
}
END_TEST

START_TEST(gmail_recipients_peak_over_any_24_hours)
{
    struct gmail_peak peak;
    struct tally_sender row;

    for (int i = 0; i < 6000; i++) {
        struct delivery delivery = sent_to(i % 2 == 0 ? "gmail.com" : "googlemail.com", PROTECTION_ENCRYPTED);

        delivery.header_from = VIEW("example.com");
        /* 3,000 at noon, 2,999 at 11:00 the next day: within 24 hours.  One more a day later. */
        delivery.time += i < 3000 ? 0 : i < 5999 ? 23 * (int64_t)HOUR : 48 * (int64_t)HOUR;
        tally_add(tally, &delivery);
    }
    ck_assert(tally_sender(tally, 0, &row));
    ck_assert_view_eq(row.domain, "example.com");
    ck_assert_uint_eq(row.gmail, 6000);
    peak = tally_gmail_peak(tally, 0);
    ck_assert_uint_eq(peak.recipients, 5999);
    ck_assert_int_eq(peak.bulk_since, NOON + 23 * (int64_t)HOUR);
}
END_TEST

START_TEST(refusals_are_counted_for_the_sender)
{
    struct delivery delivery = sent_to("gmail.com", PROTECTION_PLAINTEXT);
    struct view code;
    uint64_t count;

    delivery.status = DELIVERY_DEFERRED;
    delivery.refusal = VIEW("gmail 4.7.29");
    tally_add(tally, &delivery);
    tally_add(tally, &delivery);
    delivery.refusal = VIEW("yahoo 4.7.0 TSS04");
    tally_add(tally, &delivery);
    ck_assert(tally_refusal(tally, 0, 0, &code, &count));
    ck_assert_view_eq(code, "gmail 4.7.29");
    ck_assert_uint_eq(count, 2);
    ck_assert(tally_refusal(tally, 0, 1, &code, &count));
    ck_assert_view_eq(code, "yahoo 4.7.0 TSS04");
    ck_assert(!tally_refusal(tally, 0, 2, &code, &count));
    ck_assert(!tally_refusal(tally, 1, 0, &code, &count));
}
END_TEST

/* How many refusals each of the senders 0.example, 1.example... has, all of labels of its own: "gmail 5.S.L". */
static void expect_refusals(const struct tally *of, size_t senders, size_t labels, uint64_t each)
{
    for (size_t sender = 0; sender < senders; sender++) {
        char text[64];
        struct view label;
        uint64_t count;

        for (size_t i = 0; i < labels; i++) {
            snprintf(text, sizeof(text), "gmail 5.%zu.%zu", sender, i);
            ck_assert(tally_refusal(of, sender, i, &label, &count));
            ck_assert_view_eq(label, text);
            ck_assert_uint_eq(count, each);
        }
        ck_assert(!tally_refusal(of, sender, labels, &label, &count));
    }
}

static void add_refusals_of(struct tally *into, size_t senders, size_t labels)
{
    for (size_t i = 0; i < senders * labels; i++) {
        struct delivery delivery = sent_to("gmail.com", PROTECTION_ENCRYPTED);
        char label[64], domain[64];

        snprintf(domain, sizeof(domain), "%zu.example", i % senders);
        snprintf(label, sizeof(label), "gmail 5.%zu.%zu", i % senders, i / senders);
        delivery.status = DELIVERY_BOUNCED;
        delivery.sender_domain = delivery.header_from = view_of(domain);
        delivery.refusal = view_of(label);
        tally_add(into, &delivery);
    }
}

/* Whoever comes in between, and when the table is full, too: then further ones are nobody's. */
START_TEST(each_sender_has_its_own_refusals)
{
    enum { SENDERS = 64, LABELS = TALLY_REFUSALS_MAX / SENDERS };
    struct tally *other = tally_new(7);
    struct tally_refusal_row row;

    add_refusals_of(tally, SENDERS, LABELS);
    expect_refusals(tally, SENDERS, LABELS, 1);
    add_refusals_of(tally, SENDERS, LABELS + 2);
    expect_refusals(tally, SENDERS, LABELS, 2);
    ck_assert(tally_refusal_row(tally, TALLY_REFUSALS_MAX, &row));
    ck_assert_view_eq(row.label, "(other)");
    ck_assert_uint_eq(row.count, 2 * SENDERS);
    ck_assert(!tally_refusal_row(tally, TALLY_REFUSALS_MAX + 1, &row));
    add_refusals_of(other, SENDERS, LABELS);
    ck_assert(tally_merge(other, tally));
    expect_refusals(other, SENDERS, LABELS, 3);
    tally_free(other);
}
END_TEST

static void add_record(enum verdict verdict, enum direction direction, const char *login)
{
    struct record record = { .decision = { .direction = direction, .now = { .verdict = verdict } } };

    submission_init(&record.sub);
    fact_set_text(&record.sub, FACT_LISTENER, VIEW("submission"));
    fact_set_text(&record.sub, FACT_LOGIN, view_of(login));
    tally_record(tally, NOON, &record);
}

START_TEST(submissions_are_counted_by_how_they_came)
{
    struct tally_submission row;

    add_record(VERDICT_ACCEPT, DIRECTION_OUTBOUND, "alice");
    add_record(VERDICT_REJECT, DIRECTION_OUTBOUND, "alice");
    add_record(VERDICT_HOLD, DIRECTION_OUTBOUND, "bob");
    add_record(VERDICT_ACCEPT, DIRECTION_INBOUND, "nobody");
    ck_assert(tally_submission(tally, 0, &row));
    ck_assert_view_eq(row.listener, "submission");
    ck_assert_view_eq(row.login, "alice");
    ck_assert_view_eq(row.client, "none");
    ck_assert_uint_eq(row.accepted, 1);
    ck_assert_uint_eq(row.rejected, 1);
    ck_assert_int_eq(row.last, NOON);
    ck_assert(tally_submission(tally, 1, &row));
    ck_assert_uint_eq(row.held, 1);
    ck_assert(!tally_submission(tally, 2, &row));
}
END_TEST

START_TEST(a_record_that_is_expected_counts_where_it_belongs)
{
    struct record record = { .decision = { .direction = DIRECTION_OUTBOUND, .now = { .verdict = VERDICT_ACCEPT } } };
    struct record inbound = { .decision = { .direction = DIRECTION_INBOUND } };
    struct tally_submission row;

    submission_init(&record.sub);
    fact_set_text(&record.sub, FACT_LOGIN, VIEW("alice"));
    tally_expect_record(tally, &record);
    tally_record(tally, NOON, &record);
    fact_set_text(&record.sub, FACT_LOGIN, VIEW("bob")); /* another one in its place, not expected */
    tally_record(tally, NOON, &record);
    tally_expect_record(tally, &record);
    tally_record(tally, NOON, &inbound); /* another one came instead */
    fact_set_text(&record.sub, FACT_LOGIN, VIEW("alice"));
    tally_record(tally, NOON, &record);
    ck_assert(tally_submission(tally, 0, &row));
    ck_assert_view_eq(row.login, "alice");
    ck_assert_uint_eq(row.accepted, 2);
    ck_assert(tally_submission(tally, 1, &row));
    ck_assert_view_eq(row.login, "bob");
    ck_assert_uint_eq(row.accepted, 1);
    ck_assert(!tally_submission(tally, 2, &row));
}
END_TEST

START_TEST(local_mail_is_neither_plaintext_nor_of_a_listener)
{
    struct record record = { .decision = { .direction = DIRECTION_OUTBOUND, .now = { .verdict = VERDICT_ACCEPT } } };
    struct tally_submission row;

    submission_init(&record.sub);
    fact_set_flag(&record.sub, FACT_LOCAL, true);
    submission_reach(&record.sub, STAGE_MESSAGE);
    tally_record(tally, NOON, &record);
    ck_assert(tally_submission(tally, 0, &row));
    ck_assert_view_eq(row.listener, "local");
    ck_assert_view_eq(row.tls, "local");
    ck_assert_view_eq(row.mechanism, "none");
}
END_TEST

/* A day of mail of one host. */
static struct tally *host_day(unsigned host)
{
    struct tally *day = tally_new(host);

    ck_assert_ptr_nonnull(day);
    for (unsigned i = 0; i < 100; i++) {
        struct delivery delivery = sent_to(i % 3 == 0   ? "gmail.com"
                                           : i % 3 == 1 ? "a.example"
                                                        : "b.example",
                                           i % 5 == 0 ? PROTECTION_PLAINTEXT : PROTECTION_ENCRYPTED);

        delivery.time += (int64_t)(i % 24) * HOUR;
        delivery.cipher = VIEW("TLS_AES_256_GCM_SHA384");
        delivery.version = VIEW("TLSv1.3");
        delivery.level = PEER_TRUSTED;
        delivery.refusal = i % 50 == 0 ? VIEW("gmail 4.7.29") : VIEW("");
        tally_add(day, &delivery);
    }
    return day;
}

START_TEST(tallies_of_several_hosts_add_up)
{
    struct tally *first = host_day(1), *second = host_day(2);
    struct tally_destination sum, part;
    struct tally_sender sender;
    struct view word;
    uint64_t count;

    ck_assert(tally_merge(tally, first) && tally_merge(tally, second));
    check_all(tally);
    ck_assert_uint_eq(tally_totals(tally, HOP_DIRECT)->sent, 200);
    ck_assert_uint_eq(tally_totals(tally, HOP_DIRECT)->plaintext, 40);
    for (size_t i = 0; tally_destination(first, i, &part); i++) {
        ck_assert(tally_destination(tally, i, &sum));
        ck_assert(view_eq(sum.domain, part.domain));
        ck_assert_uint_eq(sum.cell->sent, 2 * part.cell->sent);
        ck_assert_uint_eq(sum.levels[PEER_TRUSTED], 2 * part.levels[PEER_TRUSTED]);
        ck_assert_uint_eq(sum.versions[VERSION_TLS_1_3], 2 * part.versions[VERSION_TLS_1_3]);
    }
    ck_assert(tally_sender(tally, 0, &sender));
    ck_assert_uint_eq(sender.gmail, 68);
    ck_assert_uint_eq(tally_gmail_peak(tally, 0).recipients, 68);
    ck_assert(tally_refusal(tally, 0, 0, &word, &count));
    ck_assert_uint_eq(count, 4);
    ck_assert(tally_word(tally, WORD_CIPHER, 0, &word, &count));
    ck_assert_uint_eq(count, 160);
    ck_assert_int_eq(tally_first(tally), NOON);
    ck_assert_int_eq(tally_last(tally), NOON + 23 * (int64_t)HOUR);
    tally_free(first);
    tally_free(second);
}
END_TEST

START_TEST(more_rows_than_a_table_holds_share_one)
{
    struct tally_leak row;
    uint64_t sum = 0;
    size_t i;

    for (int domain = 0; domain < TALLY_LEAKS_MAX + 50; domain++) {
        char name[32];
        struct buf buf = BUF(name);
        struct delivery delivery;

        buf_addf(&buf, "d%d.example", domain);
        delivery = sent_to(buf_text(&buf), PROTECTION_PLAINTEXT);
        tally_add(tally, &delivery);
    }
    for (i = 0; tally_leak(tally, i, &row); i++)
        sum += row.cell->plaintext;
    ck_assert_uint_eq(i, TALLY_LEAKS_MAX + 1);
    ck_assert_uint_eq(sum, TALLY_LEAKS_MAX + 50);
    ck_assert(tally_leak(tally, TALLY_LEAKS_MAX, &row));
    ck_assert_view_eq(row.domain, "(other)");
    ck_assert_uint_eq(row.cell->plaintext, 50);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("tally");
    TCase *tests = tcase_create("tally");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, sent_is_encrypted_plus_plaintext_plus_unknown_in_every_cell);
    tcase_add_loop_test(tests, a_stretch_settles_what_waits_for_it_and_nothing_else, 0, ROWS(settled));
    tcase_add_test(tests, what_is_expected_counts_where_it_belongs);
    tcase_add_test(tests, hops_are_counted_apart);
    tcase_add_test(tests, only_attempts_that_had_mail_on_its_way_count_as_plaintext_attempts);
    tcase_add_loop_test(tests, a_domain_is_downgraded_when_plaintext_follows_tls, 0, ROWS(histories));
    tcase_add_test(tests, gmail_recipients_peak_over_any_24_hours);
    tcase_add_test(tests, refusals_are_counted_for_the_sender);
    tcase_add_test(tests, each_sender_has_its_own_refusals);
    tcase_add_test(tests, submissions_are_counted_by_how_they_came);
    tcase_add_test(tests, a_record_that_is_expected_counts_where_it_belongs);
    tcase_add_test(tests, local_mail_is_neither_plaintext_nor_of_a_listener);
    tcase_add_test(tests, tallies_of_several_hosts_add_up);
    tcase_add_test(tests, more_rows_than_a_table_holds_share_one);
    suite_add_tcase(suite, tests);
    return suite;
}
