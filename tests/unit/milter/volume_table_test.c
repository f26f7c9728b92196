/* What the gate counts: windows, the file it starts from, its limit, and many threads at once. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "milter/volume_table.h"
#include "tests/unit/unit.h"

#define QUARTER ((int64_t)VOLUME_BUCKET_MS)
#define DAY (QUARTER * VOLUME_BUCKETS)

static const int64_t start = QUARTER * 1900000;
static struct volume_table *table;

static void set_up(void)
{
    table = volume_table_new(42);
    ck_assert_ptr_nonnull(table);
}

static void tear_down(void)
{
    volume_table_free(table);
}

static uint64_t count(const char *domain, int64_t now)
{
    return volume_table_ask(table, view_of(domain), now).count;
}

START_TEST(a_domain_is_counted_by_itself)
{
    ck_assert(volume_table_add(table, VIEW("example.com"), 3, start));
    ck_assert(volume_table_add(table, VIEW("example.com"), 4, start + 1));
    ck_assert(volume_table_add(table, VIEW("example.org"), 1, start));
    ck_assert_uint_eq(count("example.com", start + 2), 7);
    ck_assert_uint_eq(count("example.org", start + 2), 1);
    ck_assert_uint_eq(count("example.net", start + 2), 0);
}
END_TEST

/* A window is the 96 quarters that end with the current one. */
static const struct {
    int64_t after;
    uint64_t count;
} edges[] = {
    { 0, 10 },       { QUARTER - 1, 10 }, { QUARTER, 10 },      { DAY - QUARTER, 10 },
    { DAY - 1, 10 }, { DAY, 0 },          { DAY + QUARTER, 0 }, { 10 * DAY, 0 },
};

START_TEST(a_quarter_leaves_after_its_day)
{
    volume_table_add(table, VIEW("example.com"), 10, start);
    ck_assert_uint_eq(count("example.com", start + edges[_i].after), edges[_i].count);
}
END_TEST

START_TEST(the_window_rolls_through_midnight_and_never_resets)
{
    for (int64_t at = 0; at < 3 * DAY; at += QUARTER)
        volume_table_add(table, VIEW("example.com"), 1, start + at);
    ck_assert_uint_eq(count("example.com", start + 3 * DAY - 1), VOLUME_BUCKETS);
    ck_assert_uint_eq(count("example.com", start + 3 * DAY), VOLUME_BUCKETS - 1);
}
END_TEST

START_TEST(a_clock_that_was_set_back_loses_nothing)
{
    volume_table_add(table, VIEW("example.com"), 2, start);
    volume_table_add(table, VIEW("example.com"), 3, start - 5 * QUARTER);
    ck_assert_uint_eq(count("example.com", start - 5 * QUARTER), 5);
    ck_assert_uint_eq(count("example.com", start), 5);
}
END_TEST

START_TEST(a_bulk_sender_stays_one)
{
    volume_table_add(table, VIEW("example.com"), VOLUME_BULK_SENDER - 1, start);
    ck_assert(!volume_table_ask(table, VIEW("example.com"), start).bulk);
    volume_table_add(table, VIEW("example.com"), 1, start);
    ck_assert(volume_table_ask(table, VIEW("example.com"), start).bulk);
    ck_assert(volume_table_ask(table, VIEW("example.com"), start + 9 * DAY).bulk);
}
END_TEST

static int load(const char *text, bool with_counts, int64_t now)
{
    struct volume_head head;
    struct error error;
    size_t domains;
    char storage[512];
    struct buf whole = BUF(storage);

    buf_addf(&whole, "outward-volume 1 %lld %lld\n%s", (long long)start, (long long)(start - 95 * QUARTER), text);
    return volume_table_load(table, buf_view(&whole), with_counts, now, &head, &domains, &error) == 0 ? (int)domains
                                                                                                      : -1;
}

START_TEST(it_starts_from_the_followers_file)
{
    ck_assert_int_eq(load("example.com 0 0:5 95:7\nexample.org 1774000000000 0:1\nend 2\n", true, start), 2);
    ck_assert_uint_eq(count("example.com", start), 12);
    ck_assert_uint_eq(count("example.com", start + QUARTER), 7); /* the oldest has left */
    ck_assert(volume_table_ask(table, VIEW("example.org"), start).bulk);
    volume_table_add(table, VIEW("example.com"), 1, start + QUARTER);
    ck_assert_uint_eq(count("example.com", start + QUARTER), 8);
}
END_TEST

START_TEST(a_file_of_yesterday_counts_what_is_left_of_it)
{
    ck_assert_int_eq(load("example.com 0 0:5 95:7\nend 1\n", true, start + 20 * QUARTER), 1);
    ck_assert_uint_eq(count("example.com", start + 20 * QUARTER), 7);
}
END_TEST

START_TEST(a_file_from_the_future_counts_as_now)
{
    ck_assert_int_eq(load("example.com 0 0:5 95:7\nend 1\n", true, start - 200 * QUARTER), 1);
    ck_assert_uint_eq(count("example.com", start - 200 * QUARTER), 12);
}
END_TEST

START_TEST(a_later_reading_takes_bulk_senders_alone)
{
    volume_table_add(table, VIEW("example.com"), 1, start);
    ck_assert_int_eq(load("example.com 1774000000000 95:7\nexample.org 0 95:7\nend 2\n", false, start), 1);
    ck_assert_uint_eq(count("example.com", start), 1);
    ck_assert(volume_table_ask(table, VIEW("example.com"), start).bulk);
    ck_assert_uint_eq(count("example.org", start), 0);
}
END_TEST

START_TEST(a_file_that_is_not_whole_changes_nothing)
{
    ck_assert_int_eq(load("example.com 1774000000000 95:7\nend 2\n", true, start), -1);
    ck_assert_int_eq(load("example.com 1774000000000 95:7\n", true, start), -1);
    ck_assert_int_eq(load("EXAMPLE.com 0 95:7\nend 1\n", true, start), -1);
    ck_assert_uint_eq(count("example.com", start), 0);
    ck_assert(!volume_table_ask(table, VIEW("example.com"), start).bulk);
}
END_TEST

static struct view numbered(char *room, size_t size, unsigned number)
{
    struct buf name = buf_over(room, size);

    buf_addf(&name, "d%u.example", number);
    return buf_view(&name);
}

START_TEST(a_full_table_says_what_it_does_not_count)
{
    char room[32];

    for (unsigned i = 0; i < VOLUME_FILE_DOMAINS_MAX; i++)
        ck_assert(volume_table_add(table, numbered(room, sizeof(room), i), 1, start));
    ck_assert(!volume_table_add(table, VIEW("one.example"), 3, start)); /* told once */
    ck_assert(volume_table_add(table, VIEW("two.example"), 4, start));
    ck_assert(volume_table_ask(table, VIEW("one.example"), start).full);
    ck_assert(!volume_table_ask(table, VIEW("d7.example"), start).full);
    ck_assert_uint_eq(volume_table_take_lost(table), 7);
    ck_assert_uint_eq(volume_table_take_lost(table), 0);
    ck_assert(!volume_table_add(table, VIEW("one.example"), 3, start + QUARTER)); /* and again */
    /* A day later the silent ones make room. */
    ck_assert(volume_table_add(table, VIEW("one.example"), 3, start + DAY));
    ck_assert_uint_eq(count("one.example", start + DAY), 3);
}
END_TEST

enum { THREADS = 4, ROUNDS = 20000 };

static void *add_many(void *unused)
{
    char room[32];

    (void)unused;
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct view name = numbered(room, sizeof(room), i % 100);

        (void)volume_table_ask(table, name, start + (int64_t)i);
        (void)volume_table_add(table, name, 1, start + (int64_t)i);
    }
    return NULL;
}

START_TEST(threads_lose_no_count)
{
    pthread_t threads[THREADS];
    char room[32];
    uint64_t sum = 0;

    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, add_many, NULL), 0);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (unsigned i = 0; i < 100; i++)
        sum += volume_table_ask(table, numbered(room, sizeof(room), i), start + ROUNDS).count;
    ck_assert_uint_eq(sum, (uint64_t)THREADS * ROUNDS);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("volume_table");
    TCase *tc = tcase_create("volume_table");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, a_domain_is_counted_by_itself);
    tcase_add_loop_test(tc, a_quarter_leaves_after_its_day, 0, (int)ROWS(edges));
    tcase_add_test(tc, the_window_rolls_through_midnight_and_never_resets);
    tcase_add_test(tc, a_clock_that_was_set_back_loses_nothing);
    tcase_add_test(tc, a_bulk_sender_stays_one);
    tcase_add_test(tc, it_starts_from_the_followers_file);
    tcase_add_test(tc, a_file_of_yesterday_counts_what_is_left_of_it);
    tcase_add_test(tc, a_file_from_the_future_counts_as_now);
    tcase_add_test(tc, a_later_reading_takes_bulk_senders_alone);
    tcase_add_test(tc, a_file_that_is_not_whole_changes_nothing);
    tcase_add_test(tc, a_full_table_says_what_it_does_not_count);
    tcase_add_test(tc, threads_lose_no_count);
    suite_add_tcase(suite, tc);
    return suite;
}
