#include <stdio.h>
#include <stdlib.h>

#include "store/what.h"
#include "tests/unit/store/bed.h"

static const char *const logs[] = { "postfix-3.7-sample.log", "postfix-3.11-sample.log" };
static const size_t pieces[] = { 1, 7, 100, 100000 };

static const struct ledger_period ever;

START_TEST(a_log_saved_in_pieces_is_read_back_as_one_report_of_it)
{
    const char *log = logs[(size_t)_i / ROWS(pieces)];
    struct bed bed;
    char *want, *got;

    bed_init(&bed);
    want = text_of_log(log);
    save_log(bed.ledger, log, pieces[(size_t)_i % ROWS(pieces)], true);
    got = ledger_text(bed.ledger, ever);
    ck_assert_str_eq(got, want);
    ck_assert_msg(ledger_verify(bed.ledger, &bed.error) == 0, "%s", bed.error.text);
    free(want);
    free(got);
    bed_done(&bed);
}
END_TEST

START_TEST(what_waits_for_its_verdict_is_unknown_until_it_comes)
{
    struct bed bed;
    char *want, *got;

    bed_init(&bed);
    want = text_of_log(logs[0]);
    save_log(bed.ledger, logs[0], 50, false);
    /* No verdict any more: what was still open stays unknown, as a report says it of a log that ends. */
    got = ledger_text(bed.ledger, ever);
    ck_assert_str_eq(got, want);
    free(got);
    ck_assert_int_eq(ledger_begin(bed.ledger, &bed.error), 0);
    ck_assert_int_eq(ledger_settle_generation(bed.ledger, 7, &bed.error), 0);
    ck_assert_int_eq(ledger_commit(bed.ledger, &bed.error), 0);
    got = ledger_text(bed.ledger, ever);
    ck_assert_str_eq(got, want);
    free(got);
    free(want);
    bed_close(&bed);
    ck_assert_int_eq(bed_number(&bed, "SELECT (SELECT count(*) FROM totals WHERE stretch > 0) + (SELECT count(*) FROM "
                                      "destinations_days WHERE stretch > 0)"),
                     0);
    bed_done(&bed);
}
END_TEST

/* Each number another one, so that none stands for its neighbour. */
static struct completeness all_different(void)
{
    struct completeness counts = { 0 };

    for (size_t i = 0; i < what_count; i++) {
        if (!what_table[i].of_tally)
            *what_of_completeness(&counts, i) = i + 1;
    }
    return counts;
}

START_TEST(each_number_of_completeness_comes_back_added_up)
{
    struct completeness counts = all_different(), sum = { 0 };
    struct tally *tally = tally_new(BED_SEED);
    struct ledger_loaded loaded;
    struct bed bed;

    bed_init(&bed);
    ck_assert_int_eq(ledger_begin(bed.ledger, &bed.error), 0);
    for (int64_t hour = 0; hour < 2; hour++)
        ck_assert_int_eq(ledger_save_completeness(bed.ledger, VIEW("mail"), hour * 3600000, &counts, &bed.error), 0);
    ck_assert_int_eq(ledger_commit(bed.ledger, &bed.error), 0);
    ck_assert_int_eq(ledger_load(bed.ledger, ever, tally, &loaded, &bed.error), 0);
    completeness_add(&sum, &counts);
    completeness_add(&sum, &counts);
    for (size_t i = 0; i < what_count; i++) {
        if (what_table[i].of_tally)
            continue;
        ck_assert_uint_eq(*what_of_completeness(&loaded.completeness, i), 2 * (i + 1));
        ck_assert_uint_eq(*what_of_completeness(&sum, i), 2 * (i + 1));
    }
    ledger_loaded_done(&loaded);
    tally_free(tally);
    bed_done(&bed);
}
END_TEST

START_TEST(hosts_past_the_limit_are_counted_and_their_numbers_are_in_the_sums)
{
    const struct completeness counts = { .of_mail = 1 };
    struct tally *tally = tally_new(BED_SEED);
    struct ledger_loaded loaded;
    struct bed bed;

    bed_init(&bed);
    ck_assert_int_eq(ledger_begin(bed.ledger, &bed.error), 0);
    for (int i = 0; i < LEDGER_HOSTS_MAX + 3; i++) {
        char name[16];

        snprintf(name, sizeof(name), "h%d", i);
        ck_assert_int_eq(ledger_save_completeness(bed.ledger, view_of(name), 0, &counts, &bed.error), 0);
    }
    ck_assert_int_eq(ledger_commit(bed.ledger, &bed.error), 0);
    ck_assert_int_eq(ledger_load(bed.ledger, ever, tally, &loaded, &bed.error), 0);
    ck_assert_uint_eq(loaded.host_count, LEDGER_HOSTS_MAX);
    ck_assert_uint_eq(loaded.completeness.names_refused, 3);
    ck_assert_uint_eq(loaded.completeness.of_mail, LEDGER_HOSTS_MAX + 3);
    ledger_loaded_done(&loaded);
    tally_free(tally);
    bed_done(&bed);
}
END_TEST

START_TEST(nothing_of_a_transaction_that_is_rolled_back_stays)
{
    struct bed bed;
    char *want, *got;

    bed_init(&bed);
    want = ledger_text(bed.ledger, ever);
    ck_assert_int_eq(ledger_begin(bed.ledger, &bed.error), 0);
    ck_assert_int_eq(
        ledger_save_completeness(bed.ledger, VIEW("mail"), 0, &(struct completeness){ .lines = 5 }, &bed.error), 0);
    ledger_rollback(bed.ledger);
    got = ledger_text(bed.ledger, ever);
    ck_assert_str_eq(got, want);
    free(want);
    free(got);
    /* The name that was given an id within it is made again, not remembered. */
    save_log(bed.ledger, logs[0], 100, true);
    want = text_of_log(logs[0]);
    got = ledger_text(bed.ledger, ever);
    ck_assert_str_eq(got, want);
    free(want);
    free(got);
    bed_done(&bed);
}
END_TEST

enum { HOUR = 3600 * 1000, DAY = 24 * HOUR };

static void save_one(struct bed *bed, int64_t time, uint64_t times)
{
    struct tally *tally = tally_new(1);
    struct delivery delivery = { .time = time,
                                 .host = VIEW("mail"),
                                 .domain = VIEW("example.com"),
                                 .sender_domain = VIEW("example.org"),
                                 .hop = HOP_DIRECT,
                                 .protection = PROTECTION_ENCRYPTED,
                                 .evidence = EVIDENCE_TLS_LINE };

    for (uint64_t i = 0; i < times; i++)
        tally_add(tally, &delivery);
    ck_assert_int_eq(ledger_begin(bed->ledger, &bed->error), 0);
    ck_assert_msg(ledger_save_tally(bed->ledger, VIEW("mail"), time - time % HOUR, tally, 1, &bed->error) == 0, "%s",
                  bed->error.text);
    ck_assert_int_eq(ledger_commit(bed->ledger, &bed->error), 0);
    tally_free(tally);
}

static uint64_t sent_within(struct bed *bed, int64_t from, int64_t until)
{
    struct tally *tally = tally_new(1);
    struct ledger_loaded loaded;
    struct tally_destination row = { 0 };
    uint64_t sent, of_totals;

    ck_assert_int_eq(ledger_load(bed->ledger, (struct ledger_period){ from, until }, tally, &loaded, &bed->error), 0);
    of_totals = tally_totals(tally, HOP_DIRECT)->sent;
    sent = tally_destination(tally, 0, &row) ? row.cell->sent : 0;
    ck_assert_uint_eq(sent, of_totals);
    ledger_loaded_done(&loaded);
    tally_free(tally);
    return sent;
}

/* One at 10:00 of day 100, two at 11:00, four at 00:00 of day 101, eight at 23:00 of day 102. */
static const struct {
    int64_t from, until;
    uint64_t sent, sent_without_hours;
} periods[] = {
    { 0, 0, 15, 15 },
    { 100LL * DAY, 101LL * DAY, 3, 3 },
    { 100LL * DAY + 11 * HOUR, 101LL * DAY, 2, 3 },
    { 100LL * DAY + 11 * HOUR, 0, 14, 15 },
    { 100LL * DAY + 11 * HOUR, 102LL * DAY + 23 * HOUR, 6, 15 },
    { 100LL * DAY + 10 * HOUR + 5, 100LL * DAY + 11 * HOUR, 1, 3 },
    { 101LL * DAY, 102LL * DAY, 4, 4 },
    { 101LL * DAY + 1, 101LL * DAY + 2, 4, 4 },
    { 101LL * DAY + HOUR, 102LL * DAY, 0, 4 },
    { 103LL * DAY, 0, 0, 0 },
    { 0, 100LL * DAY, 0, 0 },
};

START_TEST(a_period_is_made_of_whole_hours_and_of_days_where_hours_are_gone)
{
    struct ledger_settings settings = { .keep_detail = 1, .keep_hours = 8, .keep_days = 400 };
    struct bed bed;

    bed_init(&bed);
    save_one(&bed, 100LL * DAY + 10 * HOUR, 1);
    save_one(&bed, 100LL * DAY + 11 * HOUR + 5, 2);
    save_one(&bed, 101LL * DAY, 4);
    save_one(&bed, 102LL * DAY + 23 * HOUR, 8);
    ck_assert_uint_eq(sent_within(&bed, periods[_i].from, periods[_i].until), periods[_i].sent);
    while (ledger_expire(bed.ledger, 150LL * 86400, &settings, &bed.error) == 1) {
    }
    ck_assert_uint_eq(sent_within(&bed, periods[_i].from, periods[_i].until), periods[_i].sent_without_hours);
    bed_done(&bed);
}
END_TEST

START_TEST(what_comes_late_for_its_hour_is_counted_in_its_day)
{
    struct ledger_settings settings = { .keep_detail = 1, .keep_hours = 8, .keep_days = 400 };
    struct bed bed;

    bed_init(&bed);
    save_one(&bed, 140LL * DAY, 1);
    save_one(&bed, 149LL * DAY, 1);
    while (ledger_expire(bed.ledger, 150LL * 86400, &settings, &bed.error) == 1) {
    }
    save_one(&bed, 140LL * DAY + HOUR, 1);
    ck_assert_uint_eq(sent_within(&bed, 0, 0), 3);
    ck_assert_uint_eq(sent_within(&bed, 140LL * DAY + 5 * HOUR, 141LL * DAY), 2);
    ck_assert_msg(ledger_verify(bed.ledger, &bed.error) == 0, "%s", bed.error.text);
    bed_close(&bed);
    ck_assert_int_eq(bed_number(&bed, "SELECT count(*) FROM destinations_hours"), 1);
    bed_done(&bed);
}
END_TEST

/* Plaintext to so many domains, the first of them with this number, in one hour. */
static void save_leaks(struct bed *bed, unsigned first, unsigned count)
{
    struct tally *tally = tally_new(1);

    for (unsigned i = first; i < first + count; i++) {
        char name[32];
        struct delivery delivery = { .time = 100LL * DAY,
                                     .host = VIEW("mail"),
                                     .sender_domain = VIEW("example.org"),
                                     .hop = HOP_DIRECT,
                                     .protection = PROTECTION_PLAINTEXT,
                                     .evidence = EVIDENCE_STARTTLS_OFFER };

        snprintf(name, sizeof(name), "d%u.example", i);
        delivery.domain = view_of(name);
        tally_add(tally, &delivery);
    }
    ck_assert_int_eq(ledger_begin(bed->ledger, &bed->error), 0);
    ck_assert_msg(ledger_save_tally(bed->ledger, VIEW("mail"), 100LL * DAY, tally, 1, &bed->error) == 0, "%s",
                  bed->error.text);
    ck_assert_int_eq(ledger_commit(bed->ledger, &bed->error), 0);
    tally_free(tally);
}

enum { QUARTER_MS = 15 * 60 * 1000, HOURS_OF_TEST = 3 * 24 };

/* One recipient more in each quarter than in the one before, over three days, saved hour by hour and each twice. */
static struct tally *save_volumes(struct bed *bed, int64_t first)
{
    struct tally_volume key = { .receiver = RECEIVER_GMAIL, .origin = ORIGIN_SUBMITTED, .name = VIEW("example.com") };
    struct tally *all = tally_new(BED_SEED);

    ck_assert_int_eq(ledger_begin(bed->ledger, &bed->error), 0);
    for (uint32_t i = 0; i < 2 * HOURS_OF_TEST; i++) {
        int64_t hour = first + (int64_t)(i % HOURS_OF_TEST) * 3600000;
        struct tally *part = tally_new(BED_SEED);

        for (uint32_t n = 0; n < 4; n++) {
            uint32_t count = i % HOURS_OF_TEST * 4 + n + 1;

            ck_assert(tally_put_volume(part, &key, hour + n * QUARTER_MS, count));
            ck_assert(tally_put_volume(all, &key, hour + n * QUARTER_MS, count));
        }
        ck_assert_int_eq(ledger_save_tally(bed->ledger, VIEW("mail"), hour, part, 1, &bed->error), 0);
        tally_free(part);
    }
    ck_assert_int_eq(ledger_commit(bed->ledger, &bed->error), 0);
    return all;
}

/* The quarters of the first row within a period, those of a tally without a row are none. */
static struct volume_series quarters_within(const struct tally *tally, struct ledger_period period)
{
    struct volume_series out = { 0 };
    struct tally_volume row;
    bool fresh;

    for (uint32_t i = 0; tally_volume(tally, 0, &row) && i < row.series->count; i++) {
        int64_t begin = (int64_t)row.series->list[i].quarter * QUARTER_MS;

        if (begin >= period.from && begin < period.until)
            ck_assert(volume_add(&out, row.series->list[i].quarter, row.series->list[i].count, &fresh));
    }
    return out;
}

/* Hours from the first midnight: what a report of them is told. */
static const struct {
    int from, until;
} windows[] = { { 0, HOURS_OF_TEST }, { 0, 24 }, { 5, 7 }, { 23, 25 }, { 20, 70 }, { 71, 72 }, { 80, 90 } };

START_TEST(quarters_of_an_hour_come_back_one_by_one_for_any_hours)
{
    const int64_t midnight = 1795219200000;
    struct ledger_period period = { midnight + windows[_i].from * 3600000LL, midnight + windows[_i].until * 3600000LL };
    struct tally *loaded_tally = tally_new(BED_SEED), *all;
    struct volume_series got, want;
    struct ledger_loaded loaded;
    struct bed bed;

    bed_init(&bed);
    all = save_volumes(&bed, midnight);
    ck_assert_int_eq(ledger_load(bed.ledger, period, loaded_tally, &loaded, &bed.error), 0);
    got = quarters_within(loaded_tally, (struct ledger_period){ 0, INT64_MAX });
    want = quarters_within(all, period);
    ck_assert_uint_eq(got.count, want.count);
    for (uint32_t i = 0; i < want.count; i++) {
        ck_assert_uint_eq(got.list[i].quarter, want.list[i].quarter);
        ck_assert_uint_eq(got.list[i].count, want.list[i].count);
    }
    ck_assert_uint_eq(volume_figures(&got, period.until, 5000).peak, volume_figures(&want, period.until, 5000).peak);
    volume_done(&got);
    volume_done(&want);
    ledger_loaded_done(&loaded);
    tally_free(loaded_tally);
    tally_free(all);
    bed_done(&bed);
}
END_TEST

START_TEST(more_leaks_than_a_day_has_rows_for_share_one)
{
    struct bed bed;

    bed_init(&bed);
    save_leaks(&bed, 0, LEDGER_LEAKS_A_DAY);
    save_leaks(&bed, LEDGER_LEAKS_A_DAY - 10, 100);
    save_leaks(&bed, LEDGER_LEAKS_A_DAY - 10, 100);
    ck_assert_msg(ledger_verify(bed.ledger, &bed.error) == 0, "%s", bed.error.text);
    bed_close(&bed);
    ck_assert_int_eq(bed_number(&bed, "SELECT count(*) FROM leaks_days"), LEDGER_LEAKS_A_DAY + 1);
    ck_assert_int_eq(bed_number(&bed, "SELECT count(*) FROM leaks_hours"), LEDGER_LEAKS_A_DAY + 1);
    ck_assert_int_eq(bed_number(&bed, "SELECT sum(plaintext) FROM leaks_days"), LEDGER_LEAKS_A_DAY + 200);
    ck_assert_int_eq(bed_number(&bed, "SELECT plaintext FROM leaks_days JOIN names ON names.id = domain WHERE name = "
                                      "'(other)'"),
                     180);
    ck_assert_int_eq(bed_number(&bed, "SELECT plaintext FROM leaks_days JOIN names ON names.id = domain WHERE name = "
                                      "'d4095.example'"),
                     3);
    bed_done(&bed);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("totals");
    TCase *tests = tcase_create("totals");

    tcase_add_loop_test(tests, a_log_saved_in_pieces_is_read_back_as_one_report_of_it, 0,
                        (int)(ROWS(logs) * ROWS(pieces)));
    tcase_add_test(tests, what_waits_for_its_verdict_is_unknown_until_it_comes);
    tcase_add_test(tests, each_number_of_completeness_comes_back_added_up);
    tcase_add_test(tests, hosts_past_the_limit_are_counted_and_their_numbers_are_in_the_sums);
    tcase_add_test(tests, nothing_of_a_transaction_that_is_rolled_back_stays);
    tcase_add_loop_test(tests, a_period_is_made_of_whole_hours_and_of_days_where_hours_are_gone, 0, ROWS(periods));
    tcase_add_test(tests, what_comes_late_for_its_hour_is_counted_in_its_day);
    tcase_add_test(tests, more_leaks_than_a_day_has_rows_for_share_one);
    tcase_add_loop_test(tests, quarters_of_an_hour_come_back_one_by_one_for_any_hours, 0, ROWS(windows));
    suite_add_tcase(suite, tests);
    return suite;
}
