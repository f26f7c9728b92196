/* The ledger is looked through for bulk senders; what the gate reads of it; a restart, old logs, a cleared flag. */
#include "keeper/review.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/volume_file.h"
#include "store/bulk.h"
#include "store/totals.h"
#include "store/upkeep.h"
#include "tests/unit/unit.h"

#define HOUR (INT64_C(3600) * 1000)
#define NOON INT64_C(1795262400000) /* 2026-11-21 12:00 UTC */

static char folder[] = "/tmp/outward-review.XXXXXX";
static char path[128], volume[128];
static struct ledger *ledger;
static struct public_suffix *list;
static struct error error;
static unsigned became, shares, most;

static void on_bulk(void *context, struct view domain, int64_t since)
{
    (void)context;
    (void)domain;
    (void)since;
    became++;
}

static void on_share(void *context, struct view name, unsigned percent)
{
    (void)context;
    (void)name;
    shares++;
    most = percent > most ? percent : most;
}

static void open_ledger(void)
{
    ck_assert_msg(ledger_open(path, &ledger, &error) == 0, "%s", error.text);
}

static void setup(void)
{
    strcpy(folder + strlen(folder) - 6, "XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/ledger.db", folder);
    snprintf(volume, sizeof(volume), "%s/" VOLUME_FILE_NAME, folder);
    list = public_suffix_open();
    ck_assert_ptr_nonnull(list);
    open_ledger();
    became = shares = most = 0;
}

static void teardown(void)
{
    static const char *const names[] = { "ledger.db",      "ledger.db-wal",  "ledger.db-shm",
                                         "ledger.db-lock", VOLUME_FILE_NAME, VOLUME_FILE_NAME ".new" };

    ledger_close(ledger);
    public_suffix_close(list);
    for (size_t i = 0; i < ROWS(names); i++) {
        char name[160];

        snprintf(name, sizeof(name), "%s/%s", folder, names[i]);
        (void)unlink(name);
    }
    (void)rmdir(folder);
}

/* As the follower counts them: in the tally of their hour, in a transaction. */
static void send_mail(const char *from, int64_t time, unsigned recipients)
{
    struct tally *tally = tally_new(42);
    struct delivery delivery = { .time = time,
                                 .domain = VIEW("gmail.com"),
                                 .header_from = view_of(from),
                                 .sender_domain = VIEW("bounce.example"),
                                 .origin = ORIGIN_SUBMITTED,
                                 .status = DELIVERY_SENT,
                                 .protection = PROTECTION_ENCRYPTED };

    for (unsigned i = 0; i < recipients; i++)
        tally_add(tally, &delivery);
    ck_assert_int_eq(ledger_begin(ledger, &error), 0);
    ck_assert_msg(ledger_save_tally(ledger, VIEW("mx"), time / HOUR * HOUR, tally, 1, &error) == 0, "%s", error.text);
    ck_assert_int_eq(ledger_commit(ledger, &error), 0);
    tally_free(tally);
}

static void submit(const char *login, int64_t time, unsigned recipients)
{
    struct tally *tally = tally_new(42);

    tally_submitted(tally, time, view_of(login), recipients);
    ck_assert_int_eq(ledger_begin(ledger, &error), 0);
    ck_assert_int_eq(ledger_save_tally(ledger, VIEW("mx"), time / HOUR * HOUR, tally, 1, &error), 0);
    ck_assert_int_eq(ledger_commit(ledger, &error), 0);
    tally_free(tally);
}

static void review(bool all, int64_t now)
{
    const struct review_settings settings = { .ledger = ledger, .list = list, .became = on_bulk, .volume = on_share };

    ck_assert_msg(review_run(&settings, all, now, &error) == 0, "%s", error.text);
}

/* The flag of a domain as the ledger has it now; BULK_NO without one. */
static enum bulk_origin flag_of(const char *domain, int64_t *since)
{
    struct bulk_flags flags;
    const struct bulk_flag *flag;
    enum bulk_origin origin = BULK_NO;

    ck_assert_int_eq(ledger_bulk_flags(ledger, &flags, &error), 0);
    flag = bulk_flags_find(&flags, view_of(domain));
    if (flag != NULL) {
        origin = flag->origin;
        *since = flag->since;
    }
    bulk_flags_done(&flags);
    return origin;
}

static void set_flag(const char *domain, enum bulk_origin origin, int64_t since)
{
    const struct bulk_flag flag = { view_of(domain), origin, since, VIEW("because") };

    ck_assert_int_eq(ledger_save_bulk(ledger, &flag, NOON, &error), 0);
}

/* ---- the volume file ---- */

struct seen {
    struct volume_head head;
    size_t lines;
    uint64_t recipients;
    int64_t bulk_since;
    uint32_t last;
    char domain[64];
};

static void on_line(void *context, const struct volume_line *line)
{
    struct seen *seen = context;

    if (seen->domain[0] != '\0' && !view_eq(line->domain, view_of(seen->domain)))
        return;
    seen->lines++;
    seen->bulk_since = line->bulk_since;
    seen->last = line->counts[VOLUME_BUCKETS - 1];
    for (size_t i = 0; i < VOLUME_BUCKETS; i++)
        seen->recipients += line->counts[i];
}

static struct seen read_volume(const char *domain)
{
    static char text[65536];
    struct seen seen = { .lines = 0 };
    FILE *file = fopen(volume, "r");
    size_t size;

    ck_assert_ptr_nonnull(file);
    size = fread(text, 1, sizeof(text), file);
    fclose(file);
    snprintf(seen.domain, sizeof(seen.domain), "%s", domain);
    ck_assert_msg(volume_file_parse((struct view){ text, size }, &seen.head, on_line, &seen, &error) == 0, "%s",
                  error.text);
    return seen;
}

START_TEST(subdomains_and_hours_make_a_bulk_sender_together)
{
    int64_t since = 0;

    send_mail("shop.example.co.jp", NOON, 2500);
    send_mail("news.example.co.jp", NOON + 23 * HOUR, 2499);
    review(false, NOON + 23 * HOUR);
    ck_assert_int_eq(flag_of("example.co.jp", &since), BULK_NO);
    send_mail("example.co.jp", NOON + 23 * HOUR + HOUR / 2, 1);
    review(false, NOON + 24 * HOUR);
    ck_assert_int_eq(flag_of("example.co.jp", &since), BULK_COUNTED);
    ck_assert_int_eq(since, NOON + 23 * HOUR + HOUR / 2);
    ck_assert_uint_eq(became, 1);
    review(false, NOON + 25 * HOUR);
    ck_assert_uint_eq(became, 1);
}
END_TEST

START_TEST(a_restart_between_two_halves_changes_nothing)
{
    int64_t since = 0;

    send_mail("example.com", NOON, 2500);
    review(false, NOON);
    ledger_close(ledger);
    open_ledger();
    send_mail("example.com", NOON + HOUR, 2500);
    review(false, NOON + HOUR);
    ck_assert_int_eq(flag_of("example.com", &since), BULK_COUNTED);
    ck_assert_int_eq(since, NOON + HOUR);
}
END_TEST

START_TEST(what_is_quiet_again_stays_a_bulk_sender)
{
    int64_t since = 0;

    send_mail("example.com", NOON, 5000);
    review(false, NOON);
    send_mail("example.com", NOON + 30 * 24 * HOUR, 1);
    review(false, NOON + 30 * 24 * HOUR);
    ck_assert_int_eq(flag_of("example.com", &since), BULK_COUNTED);
    ck_assert_int_eq(since, NOON);
    ck_assert_uint_eq(read_volume("example.com").recipients, 1);
    ck_assert_int_eq(read_volume("example.com").bulk_since, NOON);
}
END_TEST

START_TEST(old_logs_are_looked_at_when_they_are_read)
{
    int64_t since = 0;

    send_mail("example.com", NOON, 1);
    review(false, NOON);
    send_mail("example.org", NOON - 20 * 24 * HOUR, 5000);
    send_mail("example.com", NOON - 10 * 24 * HOUR, 6000);
    review(false, NOON);
    ck_assert_int_eq(flag_of("example.org", &since), BULK_NO);
    review(true, NOON);
    ck_assert_int_eq(flag_of("example.org", &since), BULK_COUNTED);
    ck_assert_int_eq(since, NOON - 20 * 24 * HOUR);
    ck_assert_int_eq(flag_of("example.com", &since), BULK_COUNTED);
}
END_TEST

START_TEST(a_log_that_is_read_days_later_is_looked_at_whole)
{
    int64_t since = 0;

    for (int day = 0; day < 10; day++) {
        send_mail("example.com", NOON + day * 24 * HOUR, day == 7 ? 5000 : 10);
        if (day == 5)
            review(false, NOON + 20 * 24 * HOUR);
    }
    review(false, NOON + 20 * 24 * HOUR);
    ck_assert_int_eq(flag_of("example.com", &since), BULK_COUNTED);
    ck_assert_int_eq(since, NOON + 7 * 24 * HOUR);
}
END_TEST

START_TEST(only_what_is_counted_afterwards_sets_a_cleared_flag)
{
    int64_t since = 0;

    send_mail("example.com", NOON, 5000);
    review(false, NOON);
    set_flag("example.com", BULK_CLEARED, NOON + HOUR);
    review(true, NOON + 2 * HOUR);
    ck_assert_int_eq(flag_of("example.com", &since), BULK_CLEARED);
    ck_assert_int_eq(read_volume("example.com").bulk_since, 0);
    send_mail("example.com", NOON + 48 * HOUR, 5000);
    review(false, NOON + 48 * HOUR);
    ck_assert_int_eq(flag_of("example.com", &since), BULK_COUNTED);
    ck_assert_int_eq(since, NOON + 48 * HOUR);
}
END_TEST

START_TEST(what_was_set_by_hand_stays)
{
    int64_t since = 0;

    set_flag("example.com", BULK_BY_HAND, NOON - 1000 * HOUR);
    send_mail("example.com", NOON, 5000);
    review(true, NOON);
    ck_assert_int_eq(flag_of("example.com", &since), BULK_BY_HAND);
    ck_assert_int_eq(since, NOON - 1000 * HOUR);
}
END_TEST

START_TEST(the_gate_is_told_the_last_24_hours_and_who_is_a_bulk_sender)
{
    struct seen seen;
    struct stat status;

    set_flag("silent.example", BULK_BY_HAND, NOON);
    send_mail("shop.example.com", NOON, 3);
    send_mail("example.com", NOON - 23 * HOUR, 4);
    send_mail("example.com", NOON - 24 * HOUR, 100);
    review(false, NOON + HOUR / 8);
    seen = read_volume("");
    ck_assert_uint_eq(seen.lines, 2);
    ck_assert_int_eq(seen.head.written, NOON + HOUR / 8);
    ck_assert_int_eq(seen.head.begin, NOON - 24 * HOUR + VOLUME_BUCKET_MS);
    seen = read_volume("example.com");
    ck_assert_uint_eq(seen.recipients, 7);
    ck_assert_uint_eq(seen.last, 3);
    ck_assert_int_eq(seen.bulk_since, 0);
    ck_assert_int_eq(read_volume("silent.example").bulk_since, NOON);
    ck_assert_int_eq(stat(volume, &status), 0);
    ck_assert_uint_eq(status.st_mode & 07777, 0640);
}
END_TEST

START_TEST(watchers_hear_every_domains_and_logins_share)
{
    send_mail("example.com", NOON, 500);
    submit("alice@example.com", NOON, 4100);
    review(false, NOON);
    ck_assert_uint_eq(shares, 2);
    ck_assert_uint_eq(most, 82);
    most = 0;
    review(false, NOON + 24 * HOUR);
    ck_assert_uint_eq(shares, 4);
    ck_assert_uint_eq(most, 0);
}
END_TEST

/* Flags of one domain in two ledgers, and what their sum says. */
static const struct {
    enum bulk_origin one, other, sum;
    int64_t one_since, other_since, since; /* hours after NOON */
} merged[] = {
    { BULK_NO, BULK_COUNTED, BULK_COUNTED, 0, 5, 5 },      { BULK_COUNTED, BULK_COUNTED, BULK_COUNTED, 5, 3, 3 },
    { BULK_COUNTED, BULK_COUNTED, BULK_COUNTED, 3, 5, 3 }, { BULK_COUNTED, BULK_BY_HAND, BULK_BY_HAND, 3, 5, 5 },
    { BULK_BY_HAND, BULK_COUNTED, BULK_BY_HAND, 5, 3, 5 }, { BULK_COUNTED, BULK_CLEARED, BULK_CLEARED, 3, 5, 5 },
};

START_TEST(a_sum_of_ledgers_keeps_what_was_said_by_hand_and_the_earliest_count)
{
    char sum_path[160];
    struct ledger *sum;
    int64_t since = 0;

    snprintf(sum_path, sizeof(sum_path), "%s/sum.db", folder);
    set_flag("example.com", merged[_i].other, NOON + merged[_i].other_since * HOUR);
    ledger_close(ledger);
    ck_assert_int_eq(ledger_open(sum_path, &sum, &error), 0);
    ledger = sum;
    if (merged[_i].one != BULK_NO)
        set_flag("example.com", merged[_i].one, NOON + merged[_i].one_since * HOUR);
    ck_assert_msg(ledger_merge(sum, path, &error) == 0, "%s", error.text);
    ck_assert_int_eq(flag_of("example.com", &since), merged[_i].sum);
    ck_assert_int_eq(since, NOON + merged[_i].since * HOUR);
    ledger_close(sum);
    ledger = NULL;
    (void)unlink(sum_path);
    ledger_remove_lock(sum_path);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("review");
    TCase *tests = tcase_create("review");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, subdomains_and_hours_make_a_bulk_sender_together);
    tcase_add_test(tests, a_restart_between_two_halves_changes_nothing);
    tcase_add_test(tests, what_is_quiet_again_stays_a_bulk_sender);
    tcase_add_test(tests, old_logs_are_looked_at_when_they_are_read);
    tcase_add_test(tests, a_log_that_is_read_days_later_is_looked_at_whole);
    tcase_add_test(tests, only_what_is_counted_afterwards_sets_a_cleared_flag);
    tcase_add_test(tests, what_was_set_by_hand_stays);
    tcase_add_test(tests, the_gate_is_told_the_last_24_hours_and_who_is_a_bulk_sender);
    tcase_add_test(tests, watchers_hear_every_domains_and_logins_share);
    tcase_add_loop_test(tests, a_sum_of_ledgers_keeps_what_was_said_by_hand_and_the_earliest_count, 0, ROWS(merged));
    suite_add_tcase(suite, tests);
    return suite;
}
