/* Rows come in one order, whatever the order they were counted in, and however much of them a comparison sees first. */
#include "report/order.h"

#include <stdlib.h>

#include "tally/put.h"
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
    uint64_t sent, deferred;
} destinations[] = {
    { "z.example", 3, 0 },
    { "y.example", 2, UINT64_C(0x300000000) },
    { "x.example", 2, UINT64_C(0x200000000) },
    { "aa.example", 2, UINT32_MAX },
    { "ab.example", 2, UINT32_MAX },
    { "w.example", 2, UINT32_MAX - 1 },
    { "v.example", 2, 1 },
    { "a", 2, 0 },
    { "a.b", 2, 0 },
    { "mail", 2, 0 },
    { "mail-a.a", 2, 0 },
    { "mail-a.b", 2, 0 },
    { "mail-a.b.example", 2, 0 },
    { "mail-a.c", 2, 0 },
    { "mail-a.d.example", 2, 0 },
    { "mail-a.d.test", 2, 0 },
    { "mb", 2, 0 },
    { "\x7f", 2, 0 },
    { "\x80", 2, 0 },
    { "\xff.example", 2, 0 },
    { "aa", 1, 0 },
    { "ab", 0, 2 },
};

static void put_destination(size_t at)
{
    static const uint32_t none[PEER_LEVEL_COUNT + VERSION_COUNT + TLS_FAILURE_COUNT];
    struct cell cell = { .sent = destinations[at].sent, .deferred = destinations[at].deferred };
    struct tally_destination row = {
        .domain = view_of(destinations[at].domain), .cell = &cell, .levels = none, .versions = none, .failures = none
    };

    ck_assert(tally_put_destination(tally, &row));
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
} submissions[] = {
    { "b", "none", 2, 0, 1 },
    { "c", "none", 1, 2, 1 },
    { "d", "none", 1, 1, 1 },
    { "z", "none", 0, 0, INT64_C(1795288655124) },
    { "y", "none", 0, 0, INT64_C(1795288655123) },
    { "x", "none", 0, 0, INT64_C(1795288655122) },
    { "client.example", "a", 0, 0, INT64_C(1795288655121) },
    { "client.example", "b", 0, 0, INT64_C(1795288655121) },
    { "client.test", "a", 0, 0, INT64_C(1795288655121) },
    { "s", "none", 0, 0, 2 },
    { "t", "none", 0, 0, 1 },
    { "client.exam", "none", 0, 0, 0 },
    { "client.example", "none", 0, 0, 0 },
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

START_TEST(what_has_no_rows_has_no_order)
{
    size_t count = 1;

    ck_assert_ptr_null(order_destinations(tally, &count));
    ck_assert_uint_eq(count, 0);
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
    tcase_add_test(tests, what_has_no_rows_has_no_order);
    suite_add_tcase(suite, tests);
    return suite;
}
