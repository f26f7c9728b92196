/* Rows come in one order, whatever the order they were counted in, and however much of them a comparison sees first. */
#include "report/order.h"

#include <stdlib.h>

#include "tally/put.h"
#include "tests/unit/allocations.h"
#include "tests/unit/unit.h"

static struct tally *tally;

static void open_tally(void)
{
    tally = tally_new(42);
    ck_assert_ptr_nonnull(tally);
}

static void close_tally(void)
{
    tally_free(tally);
}

/* In the order that is expected. */
static const struct {
    const char *domain;
    uint64_t sent, deferred, bounced;
} destinations[] = {
    { "z.example", 3, 0, 0 },
    { "y.example", 2, UINT64_C(0x300000000), 0 },
    { "x.example", 2, UINT64_C(0x200000000), 1 },
    { "wa.example", 2, UINT64_C(0x200000000), 0 },
    { "aa.example", 2, UINT32_MAX, 0 },
    { "ab.example", 2, UINT32_MAX, 0 },
    { "w.example", 2, UINT32_MAX - 1, 0 },
    { "v.example", 2, 1, 0 },
    { "a", 2, 0, 0 },
    { "a.b", 2, 0, 0 },
    { "mail", 2, 0, 0 },
    { "mail-a.a", 2, 0, 0 },
    { "mail-a.b", 2, 0, 0 },
    { "mail-a.b.example", 2, 0, 0 },
    { "mail-a.c", 2, 0, 0 },
    { "mail-a.d.example", 2, 0, 0 },
    { "mail-a.d.test", 2, 0, 0 },
    { "mb", 2, 0, 0 },
    { "\x7f", 2, 0, 0 },
    { "\x80", 2, 0, 0 },
    { "\xff.example", 2, 0, 0 },
    { "aa", 1, 0, 0 },
    { "ab", 0, 2, 0 },
};

static void put_cell(const char *domain, const struct cell *cell)
{
    static const uint32_t none[PEER_LEVEL_COUNT + VERSION_COUNT + TLS_FAILURE_COUNT];
    struct tally_destination row = {
        .domain = view_of(domain), .cell = cell, .levels = none, .versions = none, .failures = none
    };

    ck_assert(tally_put_destination(tally, &row));
}

static void put_destination(size_t at)
{
    struct cell cell = { .sent = destinations[at].sent,
                         .deferred = destinations[at].deferred,
                         .bounced = destinations[at].bounced };

    put_cell(destinations[at].domain, &cell);
}

static void check_destinations(void)
{
    size_t count;
    uint32_t *order = order_destinations(tally, &count);

    ck_assert_uint_eq(count, ROWS(destinations));
    for (size_t i = 0; i < count; i++) {
        struct tally_destination row;

        ck_assert(tally_destination(tally, order[i], &row));
        ck_assert_view_eq(row.domain, destinations[i].domain);
    }
    free(order);
}

START_TEST(destinations_come_by_what_was_sent_then_by_what_failed_then_by_name)
{
    for (size_t i = ROWS(destinations); i-- > 0;)
        put_destination(i);
    check_destinations();
}
END_TEST

START_TEST(the_order_of_destinations_is_not_that_of_the_log)
{
    for (size_t i = 0; i < ROWS(destinations); i++)
        put_destination(i * 5 % ROWS(destinations));
    check_destinations();
}
END_TEST

/* In the order that is expected. */
static const struct {
    const char *client, *login;
    uint64_t rejected, would;
    int64_t last;
    uint64_t held, deferred;
} submissions[] = {
    { "f", "none", 1, 0, 1, 3, 1 },
    { "e", "none", 1, 0, 1, 1, 2 },
    { "a", "none", 0, 0, 1, 3, 0 },
    { "b", "none", 2, 0, 1, 0, 0 },
    { "c", "none", 1, 2, 1, 0, 0 },
    { "d", "none", 1, 1, 1, 0, 0 },
    { "z", "none", 0, 0, INT64_C(1795288655124), 0, 0 },
    { "y", "none", 0, 0, INT64_C(1795288655123), 0, 0 },
    { "x", "none", 0, 0, INT64_C(1795288655122), 0, 0 },
    { "client.example", "a", 0, 0, INT64_C(1795288655121), 0, 0 },
    { "client.example", "b", 0, 0, INT64_C(1795288655121), 0, 0 },
    { "client.test", "a", 0, 0, INT64_C(1795288655121), 0, 0 },
    { "s", "none", 0, 0, 2, 0, 0 },
    { "t", "none", 0, 0, 1, 0, 0 },
    { "client.exam", "none", 0, 0, 0, 0, 0 },
    { "client.example", "none", 0, 0, 0, 0, 0 },
};

START_TEST(submissions_come_by_what_was_wrong_then_the_last_first_then_by_name)
{
    size_t count;
    uint32_t *order;

    for (size_t i = ROWS(submissions); i-- > 0;) {
        struct tally_submission row = { .listener = VIEW("submission"),
                                        .login = view_of(submissions[i].login),
                                        .client = view_of(submissions[i].client),
                                        .tls = VIEW("none"),
                                        .mechanism = VIEW("none"),
                                        .rejected = submissions[i].rejected,
                                        .held = submissions[i].held,
                                        .deferred = submissions[i].deferred,
                                        .would = submissions[i].would,
                                        .last = submissions[i].last };

        ck_assert(tally_put_submission(tally, &row));
    }
    order = order_submissions(tally, &count);
    ck_assert_uint_eq(count, ROWS(submissions));
    for (size_t i = 0; i < count; i++) {
        struct tally_submission row;

        ck_assert(tally_submission(tally, order[i], &row));
        ck_assert_view_eq(row.client, submissions[i].client);
        ck_assert_view_eq(row.login, submissions[i].login);
        ck_assert_int_eq(row.last, submissions[i].last);
    }
    free(order);
}
END_TEST

/* In the order that is expected. */
static const struct {
    const char *domain;
    int64_t last_encrypted, last_plaintext;
} downgraded[] = {
    { "late.example", 1000, 3000 },
    { "a.example", 1000, 2000 },
    { "b.example", 1000, 2000 },
};

START_TEST(of_what_went_back_to_plaintext_the_last_comes_first)
{
    const struct cell always = { .sent = 1, .last_plaintext = 9000 };
    uint32_t *order;
    size_t count;

    put_cell("always.example", &always);
    for (size_t i = ROWS(downgraded); i-- > 0;) {
        struct cell cell = { .sent = 2,
                             .last_encrypted = downgraded[i].last_encrypted,
                             .last_plaintext = downgraded[i].last_plaintext };

        put_cell(downgraded[i].domain, &cell);
    }
    order = order_downgraded(tally, &count);
    ck_assert_uint_eq(count, ROWS(downgraded));
    for (size_t i = 0; i < count; i++) {
        struct tally_destination row;

        ck_assert(tally_destination(tally, order[i], &row));
        ck_assert_view_eq(row.domain, downgraded[i].domain);
    }
    free(order);
}
END_TEST

/* In the order that is expected. */
static const struct {
    const char *domain;
    enum origin origin;
    uint64_t sent, via_smarthost, gmail;
} senders[] = {
    { "d.example", ORIGIN_SUBMITTED, 4, 2, 0 }, { "c.example", ORIGIN_SUBMITTED, 5, 0, 2 },
    { "b.example", ORIGIN_SUBMITTED, 5, 0, 1 }, { "a.example", ORIGIN_FORWARDED, 2, 0, 0 },
    { "a.example", ORIGIN_SUBMITTED, 2, 0, 0 }, { "b.test", ORIGIN_SUBMITTED, 2, 0, 0 },
};

START_TEST(senders_come_by_what_was_sent_then_by_gmail_then_by_origin_and_name)
{
    size_t count;
    uint32_t *order;

    for (size_t i = ROWS(senders); i-- > 0;) {
        struct cell cell = { .sent = senders[i].sent };
        struct tally_sender row = { .domain = view_of(senders[i].domain),
                                    .origin = senders[i].origin,
                                    .cell = &cell,
                                    .via_smarthost = senders[i].via_smarthost,
                                    .gmail = senders[i].gmail };

        ck_assert(tally_put_sender(tally, &row));
    }
    order = order_senders(tally, &count);
    ck_assert_uint_eq(count, ROWS(senders));
    for (size_t i = 0; i < count; i++) {
        struct tally_sender row;

        ck_assert(tally_sender(tally, order[i], &row));
        ck_assert_view_eq(row.domain, senders[i].domain);
        ck_assert_int_eq(row.origin, senders[i].origin);
    }
    free(order);
}
END_TEST

/* In the order that is expected; what has no plaintext is not shown. */
static const struct {
    const char *domain, *sender;
    uint64_t plaintext;
    int64_t last;
} leaks[] = {
    { "z.example", "s.example", 3, 1000 }, { "y.example", "s.example", 2, 2000 }, { "a.example", "s.example", 2, 1000 },
    { "a.example", "t.example", 2, 1000 }, { "b.example", "s.example", 0, 0 },
};

START_TEST(leaks_come_by_plaintext_then_the_last_first_and_without_any_not_at_all)
{
    size_t count;
    uint32_t *order;

    for (size_t i = ROWS(leaks); i-- > 0;) {
        struct cell cell = { .plaintext = leaks[i].plaintext, .last_plaintext = leaks[i].last };
        struct tally_leak row = { .domain = view_of(leaks[i].domain),
                                  .sender = view_of(leaks[i].sender),
                                  .cell = &cell };

        ck_assert(tally_put_leak(tally, &row));
    }
    order = order_leaks(tally, &count);
    ck_assert_uint_eq(count, ROWS(leaks) - 1);
    for (size_t i = 0; i < count; i++) {
        struct tally_leak row;

        ck_assert(tally_leak(tally, order[i], &row));
        ck_assert_view_eq(row.domain, leaks[i].domain);
        ck_assert_view_eq(row.sender, leaks[i].sender);
    }
    free(order);
}
END_TEST

START_TEST(hours_come_by_time)
{
    static const int64_t begins[] = { 0, 3600000, 7200000, INT64_C(1795287600000) };
    const struct cell cell = { .sent = 1 };
    uint32_t *order;
    size_t count;

    for (size_t i = ROWS(begins); i-- > 0;)
        ck_assert(tally_put_hour(tally, begins[i], &cell));
    order = order_hours(tally, &count);
    ck_assert_uint_eq(count, ROWS(begins));
    for (size_t i = 0; i < count; i++) {
        const struct cell *found;
        int64_t begin;

        ck_assert(tally_hour(tally, order[i], &begin, &found));
        ck_assert_int_eq(begin, begins[i]);
    }
    free(order);
}
END_TEST

/* In the order that is expected. */
static const struct {
    const char *word;
    uint64_t count;
} words[] = { { "X25519MLKEM768", 3 }, { "X25519", 2 }, { "x25519", 2 }, { "P-256", 1 } };

START_TEST(words_of_one_kind_come_by_how_often)
{
    size_t count;
    uint32_t *order;

    ck_assert(tally_put_word(tally, WORD_CIPHER, VIEW("TLS_AES_128_GCM_SHA256"), 9));
    for (size_t i = ROWS(words); i-- > 0;)
        ck_assert(tally_put_word(tally, WORD_KEY_EXCHANGE, view_of(words[i].word), words[i].count));
    order = order_words(tally, WORD_KEY_EXCHANGE, &count);
    ck_assert_uint_eq(count, ROWS(words));
    for (size_t i = 0; i < count; i++) {
        struct view word;
        uint64_t number;

        ck_assert(tally_word(tally, WORD_KEY_EXCHANGE, order[i], &word, &number));
        ck_assert_view_eq(word, words[i].word);
    }
    free(order);
}
END_TEST

/* In the order that is expected. */
static const struct {
    const char *label;
    uint64_t count;
} refusals[] = { { "gmail 4.7.29", 4 }, { "gmail 4.7.28", 1 }, { "gmail 5.7.26", 1 } };

START_TEST(refusals_of_one_sender_come_by_how_often)
{
    const struct view sender = VIEW("b.example");
    const struct cell cell = { .sent = 1 };
    const struct tally_sender first = { .domain = VIEW("a.example"), .origin = ORIGIN_SUBMITTED, .cell = &cell };
    uint32_t *order;
    size_t count;

    ck_assert(tally_put_sender(tally, &first));
    ck_assert(tally_put_refusal(tally, ORIGIN_SUBMITTED, first.domain, VIEW("gmail 5.7.25"), 9));
    for (size_t i = ROWS(refusals); i-- > 0;)
        ck_assert(tally_put_refusal(tally, ORIGIN_SUBMITTED, sender, view_of(refusals[i].label), refusals[i].count));
    order = order_refusals(tally, 1, &count);
    ck_assert_uint_eq(count, ROWS(refusals));
    for (size_t i = 0; i < count; i++) {
        struct view label;
        uint64_t number;

        ck_assert(tally_refusal(tally, 1, order[i], &label, &number));
        ck_assert_view_eq(label, refusals[i].label);
        ck_assert_uint_eq(number, refusals[i].count);
    }
    free(order);
}
END_TEST

/* In the order that is expected: how much in one quarter of an hour, and in another one a week later. */
static const struct {
    const char *login;
    uint32_t early, late;
} logins[] = { { "a", 1, 6 }, { "d", 5, 4 }, { "b", 5, 3 }, { "c", 5, 3 } };

START_TEST(logins_come_by_their_fullest_day_then_by_all_they_submitted)
{
    const int64_t early = INT64_C(1795287600000), late = early + INT64_C(7) * 86400000;
    struct tally_volume row = { .by = VOLUME_BY_SENDER, .receiver = RECEIVER_GMAIL, .name = VIEW("s.example") };
    uint32_t *order;
    size_t count;

    ck_assert(tally_put_volume(tally, &row, early, 99));
    row = (struct tally_volume){ .by = VOLUME_BY_LOGIN };
    for (size_t i = ROWS(logins); i-- > 0;) {
        row.name = view_of(logins[i].login);
        ck_assert(tally_put_volume(tally, &row, early, logins[i].early));
        ck_assert(tally_put_volume(tally, &row, late, logins[i].late));
    }
    order = order_logins(tally, &count);
    ck_assert_uint_eq(count, ROWS(logins));
    for (size_t i = 0; i < count; i++) {
        ck_assert(tally_volume(tally, order[i], &row));
        ck_assert_view_eq(row.name, logins[i].login);
    }
    free(order);
}
END_TEST

/* How often in plaintext, and when last; what waits and was not, so far, is not shown. */
static const struct {
    const char *domain;
    int64_t last;
    unsigned count;
    enum protection protection;
} violating[] = {
    { "z.example", 1000, 2, PROTECTION_PLAINTEXT },     { "c.example", 3000, 1, PROTECTION_PLAINTEXT },
    { "a.example", 2000, 1, PROTECTION_PLAINTEXT },     { "b.example", 2000, 1, PROTECTION_PLAINTEXT },
    { "waits.example", 9000, 1, PROTECTION_UNDECIDED },
};

/* In the order that is expected. */
static const struct {
    const char *domain, *file;
    unsigned line;
} violated[] = {
    { "z.example", "a.conf", 9 }, { "z.example", "b.conf", 3 }, { "c.example", "a.conf", 9 },
    { "c.example", "z.conf", 9 }, { "a.example", "a.conf", 9 }, { "b.example", "a.conf", 9 },
    { "a.example", "b.conf", 3 }, { "b.example", "b.conf", 3 },
};

static void violate(struct violations *violations)
{
    for (size_t i = ROWS(violating); i-- > 0;) {
        struct delivery delivery = { .time = violating[i].last,
                                     .domain = view_of(violating[i].domain),
                                     .stretch = 7,
                                     .protection = violating[i].protection };

        for (unsigned times = 0; times < violating[i].count; times++)
            violations_add(violations, &delivery);
    }
}

START_TEST(violations_come_by_how_often_then_the_last_first_then_by_their_rule)
{
    const struct view one = VIEW("c.example");
    struct delivery_rule rules[] = {
        { .require = true, .demand = DEMAND_ENCRYPTED, .place = { VIEW_INIT("a.conf"), 9 } },
        { .demand = DEMAND_ENCRYPTED, .place = { VIEW_INIT("z.conf"), 9 } },
        { .demand = DEMAND_ENCRYPTED, .place = { VIEW_INIT("b.conf"), 3 } },
    };
    struct violations *violations;
    struct arena arena;
    uint32_t *order;
    size_t count;

    arena_init(&arena, 0);
    rules[1].domains = domain_set_new(&arena, &one, 1);
    violations = violations_new(rules, ROWS(rules), 42);
    violate(violations);
    order = order_violations(violations, &count);
    ck_assert_uint_eq(count, ROWS(violated));
    for (size_t i = 0; i < count; i++) {
        struct violation row;

        ck_assert(violation_at(violations, order[i], &row));
        ck_assert_view_eq(row.domain, violated[i].domain);
        ck_assert_view_eq(row.rule->place.file, violated[i].file);
        ck_assert_uint_eq(row.rule->place.line, violated[i].line);
    }
    free(order);
    violations_free(violations);
    arena_done(&arena);
    ck_assert_ptr_null(order_violations(NULL, &count));
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(what_has_no_rows_has_no_order)
{
    size_t count = 1;

    ck_assert_ptr_null(order_destinations(tally, &count));
    ck_assert_uint_eq(count, 0);
}
END_TEST

START_TEST(without_memory_there_is_no_order)
{
    bool failed = true;
    size_t count;

    for (size_t i = 0; i < ROWS(destinations); i++)
        put_destination(i);
    for (long number = 0; failed; number++) {
        uint32_t *order;

        allocations_fail(number, false);
        order = order_destinations(tally, &count);
        failed = allocations_end();
        ck_assert_uint_eq(count, failed ? 0 : ROWS(destinations));
        ck_assert((order == NULL) == failed);
        free(order);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("order");
    TCase *tests = tcase_create("order");

    tcase_add_checked_fixture(tests, open_tally, close_tally);
    tcase_add_test(tests, destinations_come_by_what_was_sent_then_by_what_failed_then_by_name);
    tcase_add_test(tests, the_order_of_destinations_is_not_that_of_the_log);
    tcase_add_test(tests, submissions_come_by_what_was_wrong_then_the_last_first_then_by_name);
    tcase_add_test(tests, of_what_went_back_to_plaintext_the_last_comes_first);
    tcase_add_test(tests, senders_come_by_what_was_sent_then_by_gmail_then_by_origin_and_name);
    tcase_add_test(tests, leaks_come_by_plaintext_then_the_last_first_and_without_any_not_at_all);
    tcase_add_test(tests, hours_come_by_time);
    tcase_add_test(tests, words_of_one_kind_come_by_how_often);
    tcase_add_test(tests, refusals_of_one_sender_come_by_how_often);
    tcase_add_test(tests, logins_come_by_their_fullest_day_then_by_all_they_submitted);
    tcase_add_test(tests, violations_come_by_how_often_then_the_last_first_then_by_their_rule);
    tcase_add_test(tests, what_has_no_rows_has_no_order);
    tcase_add_test(tests, without_memory_there_is_no_order);
    suite_add_tcase(suite, tests);
    return suite;
}
