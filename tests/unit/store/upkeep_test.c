#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/detail.h"
#include "store/position.h"
#include "store/shelf.h"
#include "tally/tally.h"
#include "tests/unit/store/bed.h"

static const struct ledger_period ever;
static const char old_log[] = "postfix-3.7-sample.log", new_log[] = "postfix-3.11-sample.log";

static void expire(struct bed *bed, int64_t now, const struct ledger_settings *settings)
{
    int steps = 0, result;

    while ((result = ledger_expire(bed->ledger, now, settings, &bed->error)) == 1)
        ck_assert_int_lt(++steps, 1000);
    ck_assert_msg(result == 0, "%s", bed->error.text);
}

START_TEST(what_is_too_old_leaves_and_the_rest_adds_up)
{
    struct ledger_settings settings = { .keep_detail = 3650, .keep_hours = 3650, .keep_days = 3650 };
    struct bed bed;
    char *want, *got;

    bed_init(&bed);
    save_log(bed.ledger, old_log, 100, true);
    want = ledger_text(bed.ledger, ever);
    expire(&bed, BED_NOW, &settings);
    got = ledger_text(bed.ledger, ever);
    ck_assert_str_eq(got, want);
    free(got);
    settings.keep_hours = 1;
    expire(&bed, BED_NOW, &settings);
    got = ledger_text(bed.ledger, ever);
    ck_assert_str_eq(got, want);
    free(got);
    free(want);
    ck_assert_int_eq(ledger_verify(bed.ledger, &bed.error), 0);
    settings.keep_days = settings.keep_detail = 1;
    expire(&bed, BED_NOW, &settings);
    bed_close(&bed);
    ck_assert_int_eq(bed_number(&bed, "SELECT (SELECT count(*) FROM destinations_hours) + (SELECT count(*) FROM "
                                      "destinations_days) + (SELECT count(*) FROM totals) + (SELECT count(*) FROM "
                                      "details)"),
                     0);
    bed_done(&bed);
}
END_TEST

START_TEST(no_more_single_deliveries_are_kept_than_the_limit)
{
    struct bed bed;

    bed_init(&bed);
    save_log(bed.ledger, old_log, 100, true);
    bed_close(&bed);
    /* By number: those of the log are far behind the last, and 5,000 more just so. */
    bed_exec(&bed,
             "WITH RECURSIVE n(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM n WHERE x < 9999) INSERT INTO details "
             "SELECT 2000000 + CASE WHEN x < 5000 THEN x ELSE 1000000 + x END, time, host, queue_id, sender, "
             "recipient, domain, relay, address, port, status, protection, evidence, cause, failure, refusal, dsn, "
             "reply, stretch FROM n, (SELECT * FROM details LIMIT 1)");
    bed_open(&bed);
    ck_assert_int_eq(ledger_limit(bed.ledger, &bed.error), 0);
    bed_close(&bed);
    ck_assert_int_eq(bed_number(&bed, "SELECT count(*) FROM details"), 5000);
    ck_assert_int_eq(bed_number(&bed, "SELECT max(id) - min(id) < 1000000 FROM details"), 1);
    bed_done(&bed);
}
END_TEST

START_TEST(pages_that_are_no_longer_used_are_given_back)
{
    struct ledger_settings settings = { .keep_detail = 1, .keep_hours = 1, .keep_days = 1 };
    struct ledger_size before, after;
    struct bed bed;

    bed_init(&bed);
    bed_close(&bed);
    bed_exec(&bed, "INSERT INTO names (name) WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < "
                   "40000) SELECT 'name' || x FROM n");
    bed_exec(&bed,
             "INSERT INTO destinations_days (begin, host, domain, stretch, sent, encrypted) SELECT 86400000 * (id "
             "% 20), 1, id, 0, 1, 1 FROM names");
    bed_exec(&bed, "INSERT INTO destinations_hours SELECT * FROM destinations_days; PRAGMA wal_checkpoint(TRUNCATE)");
    bed_open(&bed);
    ck_assert_int_eq(ledger_size(bed.ledger, &before, &bed.error), 0);
    expire(&bed, BED_NOW, &settings);
    bed_close(&bed);
    bed_open(&bed);
    ck_assert_int_eq(ledger_size(bed.ledger, &after, &bed.error), 0);
    ck_assert_int_lt(after.file, before.file * 3 / 4);
    bed_done(&bed);
}
END_TEST

static const struct {
    const char *sql, *says;
} wrongs[] = {
    { "UPDATE totals SET encrypted = encrypted + 1", "totals do not add up" },
    { "UPDATE destinations_hours SET plaintext = plaintext - 1, unknown = unknown + 2", "destinations_hours do not" },
    { "DELETE FROM senders_hours", "senders are not the sum" },
    { "UPDATE words_days SET count = count + 1", "words are not the sum" },
};

START_TEST(counts_that_do_not_add_up_are_found)
{
    struct bed bed;

    bed_init(&bed);
    save_log(bed.ledger, old_log, 100, true);
    ck_assert_int_eq(ledger_verify(bed.ledger, &bed.error), 0);
    bed_close(&bed);
    bed_exec(&bed, wrongs[_i].sql);
    bed_open(&bed);
    ck_assert_int_eq(ledger_verify(bed.ledger, &bed.error), 1);
    ck_assert_msg(strstr(bed.error.text, wrongs[_i].says) != NULL, "%s", bed.error.text);
    bed_done(&bed);
}
END_TEST

START_TEST(a_backup_is_the_ledger_as_it_was)
{
    struct bed bed;
    struct ledger *copy;
    char path[128], *want, *got;

    bed_init(&bed);
    snprintf(path, sizeof(path), "%s/backup.db", bed.folder);
    save_log(bed.ledger, old_log, 100, true);
    want = ledger_text(bed.ledger, ever);
    ck_assert_msg(ledger_backup(bed.ledger, path, &bed.error) == 0, "%s", bed.error.text);
    save_log(bed.ledger, new_log, 100, true);
    ck_assert_int_eq(ledger_backup(bed.ledger, path, &bed.error), -1);
    ck_assert_int_eq(ledger_open(path, &copy, &bed.error), 0);
    got = ledger_text(copy, ever);
    ck_assert_str_eq(got, want);
    ledger_close(copy);
    free(want);
    free(got);
    bed_done(&bed);
}
END_TEST

/* The same mail on a host of another name. */
static void save_other_host(struct bed *bed, const char *host, uint32_t sent)
{
    struct tally *tally = tally_new(1);
    struct delivery delivery = { .time = 1795288609000,
                                 .host = view_of(host),
                                 .domain = VIEW("trusted.example"),
                                 .sender_domain = VIEW("example.net"),
                                 .hop = HOP_DIRECT,
                                 .protection = PROTECTION_UNDECIDED,
                                 .stretch = 3 };

    for (uint32_t i = 0; i < sent; i++)
        tally_add(tally, &delivery);
    ck_assert_int_eq(ledger_begin(bed->ledger, &bed->error), 0);
    ck_assert_int_eq(ledger_save_tally(bed->ledger, delivery.host, 1795287600000, tally, 9, &bed->error), 0);
    ck_assert_int_eq(ledger_commit(bed->ledger, &bed->error), 0);
    tally_free(tally);
}

START_TEST(ledgers_of_several_hosts_add_up)
{
    struct bed all, one, two;
    char *want, *got;

    bed_init(&all);
    bed_init(&one);
    bed_init(&two);
    save_log(all.ledger, old_log, 100, true);
    save_other_host(&all, "other", 5);
    save_log(one.ledger, old_log, 100, true);
    save_other_host(&two, "other", 5);
    want = ledger_text(all.ledger, ever);
    bed_close(&all);
    unlink(all.path);
    bed_open(&all);
    ck_assert_msg(ledger_merge(all.ledger, two.path, &all.error) == 0, "%s", all.error.text);
    ck_assert_msg(ledger_merge(all.ledger, one.path, &all.error) == 0, "%s", all.error.text);
    got = ledger_text(all.ledger, ever);
    ck_assert_str_eq(got, want);
    ck_assert_int_eq(ledger_verify(all.ledger, &all.error), 0);
    /* The same hour of the same host a second time is refused, and changes nothing. */
    ck_assert_int_eq(ledger_merge(all.ledger, two.path, &all.error), -1);
    ck_assert_int_eq(all.error.kind, ERROR_USAGE);
    ck_assert_msg(strstr(all.error.text, "counts host other") != NULL, "%s", all.error.text);
    free(got);
    got = ledger_text(all.ledger, ever);
    ck_assert_str_eq(got, want);
    free(got);
    free(want);
    bed_done(&all);
    bed_done(&one);
    bed_done(&two);
}
END_TEST

START_TEST(a_merged_ledger_keeps_hours_where_all_keep_them)
{
    struct ledger_settings settings = { .keep_detail = 3650, .keep_hours = 1, .keep_days = 3650 };
    struct bed one, two;
    char *want, *got;

    bed_init(&one);
    bed_init(&two);
    save_log(one.ledger, old_log, 100, true);
    save_other_host(&two, "other", 5);
    expire(&two, BED_NOW, &settings);
    ck_assert_int_eq(ledger_merge(one.ledger, two.path, &one.error), 0);
    got = ledger_text(one.ledger, (struct ledger_period){ 1795287600000, 1795287600001 });
    want = ledger_text(one.ledger, ever);
    ck_assert_str_eq(got, want);
    free(got);
    free(want);
    bed_done(&one);
    bed_done(&two);
}
END_TEST

struct found {
    size_t count;
    struct position last;
    char texts[512];
    size_t details;
};

static void on_position(void *context, const struct position *position)
{
    struct found *found = context;

    found->count++;
    found->last = *position;
    ck_assert_view_eq(position->source, "/var/log/mail.log");
}

START_TEST(positions_move_and_the_unseen_are_forgotten)
{
    struct ledger_settings settings = { .keep_detail = 1, .keep_hours = 1, .keep_days = 10 };
    struct position position = { .source = VIEW("/var/log/mail.log"),
                                 .device = UINT64_MAX,
                                 .inode = 12,
                                 .head_length = 100,
                                 .head = UINT64_MAX - 1,
                                 .offset = 1000,
                                 .seen = BED_NOW };
    struct position old = position;
    struct found found = { 0 };
    struct bed bed;

    bed_init(&bed);
    old.seen = BED_NOW - 30 * 86400;
    ck_assert_int_eq(ledger_save_position(bed.ledger, &old, &bed.error), 0);
    ck_assert_int_eq(ledger_save_position(bed.ledger, &position, &bed.error), 0);
    ck_assert_int_ne(position.id, old.id);
    position.offset = 2000;
    ck_assert_int_eq(ledger_save_position(bed.ledger, &position, &bed.error), 0);
    ck_assert_int_eq(ledger_positions(bed.ledger, on_position, &found, &bed.error), 0);
    ck_assert_uint_eq(found.count, 2);
    ck_assert_int_eq(found.last.offset, 2000);
    ck_assert_uint_eq(found.last.head, UINT64_MAX - 1);
    ck_assert_uint_eq(found.last.device, UINT64_MAX);
    expire(&bed, BED_NOW, &settings);
    found.count = 0;
    ck_assert_int_eq(ledger_positions(bed.ledger, on_position, &found, &bed.error), 0);
    ck_assert_uint_eq(found.count, 1);
    bed_done(&bed);
}
END_TEST

static void on_detail(void *context, const struct detail *detail)
{
    struct found *found = context;
    struct buf out = buf_over(found->texts, sizeof(found->texts));

    found->details++;
    buf_addf(&out, "%.*s %.*s from %.*s via %.*s:%u %d/%d/%d %.*s", VIEW_ARG(detail->queue_id),
             VIEW_ARG(detail->recipient), VIEW_ARG(detail->sender_domain), VIEW_ARG(detail->relay), detail->port,
             (int)detail->status, (int)detail->protection, (int)detail->cause, VIEW_ARG(detail->reply));
    (void)buf_text(&out);
}

START_TEST(single_deliveries_are_kept_until_their_verdict_says_otherwise)
{
    struct delivery delivery = { .time = 1795288609000,
                                 .host = VIEW("mail"),
                                 .queue_id = VIEW("4Rk2"),
                                 .recipient = VIEW("a@example.com"),
                                 .domain = VIEW("example.com"),
                                 .sender_domain = VIEW("example.org"),
                                 .relay = VIEW("mx.example.com"),
                                 .port = 25,
                                 .protection = PROTECTION_UNDECIDED,
                                 .stretch = 3,
                                 .began = true,
                                 .reply = VIEW("250 fine") };
    struct detail_question question = { .queue_id = VIEW("4Rk2") };
    struct found found = { 0 };
    struct bed bed;

    bed_init(&bed);
    ck_assert(detail_wanted(&delivery));
    ck_assert_int_eq(ledger_save_detail(bed.ledger, &delivery, 1, &bed.error), 0);
    delivery.stretch = 4;
    ck_assert_int_eq(ledger_save_detail(bed.ledger, &delivery, 1, &bed.error), 0);
    delivery.queue_id = VIEW("4Rk3");
    ck_assert_int_eq(ledger_save_detail(bed.ledger, &delivery, 1, &bed.error), 0);
    ck_assert_int_eq(ledger_settle(bed.ledger, 1, 3, true, &bed.error), 0);
    ck_assert_int_eq(ledger_settle(bed.ledger, 2, 3, false, &bed.error), 0);
    ck_assert_int_eq(ledger_settle(bed.ledger, 1, 4, false, &bed.error), 0);
    ck_assert_int_eq(ledger_details(bed.ledger, &question, on_detail, &found, &bed.error), 0);
    ck_assert_uint_eq(found.details, 1);
    ck_assert_str_eq(found.texts, "4Rk2 a@example.com from example.org via mx.example.com:25 0/3/0 250 fine");
    question.queue_id.n = 0;
    ck_assert_int_eq(ledger_details(bed.ledger, &question, on_detail, &found, &bed.error), 0);
    ck_assert_uint_eq(found.details, 2);
    bed_done(&bed);
}
END_TEST

/* Columns that stand for an enumeration are as many as it has values, in its order. */
START_TEST(the_columns_of_destinations_are_those_of_the_enumerations)
{
    const struct shelf *shelf = &shelves[SHELF_DESTINATIONS];
    size_t at = shelf->cell + CELL_COLUMNS;

    ck_assert_uint_eq(shelf->count, at + PEER_LEVEL_COUNT + VERSION_COUNT + TLS_FAILURE_COUNT);
    for (size_t i = 0; i < shelf->count - at; i++) {
        struct view name = view_of(shelf->columns[at + i].name), want;
        char text[64];
        struct buf buf = BUF(text);

        if (i < PEER_LEVEL_COUNT)
            want = peer_level_name((enum peer_level)i);
        else if (i < PEER_LEVEL_COUNT + VERSION_COUNT)
            continue; /* "TLSv1.2" cannot be a column's name */
        else
            want = tls_failure_name((enum tls_failure)(i - PEER_LEVEL_COUNT - VERSION_COUNT));
        buf_addf(&buf, "%s%.*s", i < PEER_LEVEL_COUNT ? "level_" : "failure_", VIEW_ARG(want));
        for (size_t n = 0; n < buf.len; n++)
            if (text[n] == '-')
                text[n] = '_';
        ck_assert_view_eq(name, buf_text(&buf));
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("upkeep");
    TCase *tests = tcase_create("upkeep");

    tcase_add_test(tests, what_is_too_old_leaves_and_the_rest_adds_up);
    tcase_add_test(tests, no_more_single_deliveries_are_kept_than_the_limit);
    tcase_add_test(tests, pages_that_are_no_longer_used_are_given_back);
    tcase_add_loop_test(tests, counts_that_do_not_add_up_are_found, 0, ROWS(wrongs));
    tcase_add_test(tests, a_backup_is_the_ledger_as_it_was);
    tcase_add_test(tests, ledgers_of_several_hosts_add_up);
    tcase_add_test(tests, a_merged_ledger_keeps_hours_where_all_keep_them);
    tcase_add_test(tests, positions_move_and_the_unseen_are_forgotten);
    tcase_add_test(tests, single_deliveries_are_kept_until_their_verdict_says_otherwise);
    tcase_add_test(tests, the_columns_of_destinations_are_those_of_the_enumerations);
    suite_add_tcase(suite, tests);
    return suite;
}
