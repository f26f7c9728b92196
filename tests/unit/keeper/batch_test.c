/* What may be kept of addresses, and which single deliveries are. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "keeper/kept_relays.h"
#include "shared/civil.h"
#include "store/detail.h"
#include "tests/unit/store/bed.h"

static const struct {
    enum addresses addresses;
    const char *address, *kept;
} addresses[] = {
    { ADDRESSES_YES, "alice@example.com", "alice@example.com" },
    { ADDRESSES_NO, "alice@example.com", "*@example.com" },
    { ADDRESSES_NO, "\"a@b\"@example.com", "*@example.com" },
    { ADDRESSES_NO, "alice", "*" },
    { ADDRESSES_NO, "none", "none" },
    { ADDRESSES_NO, "", "" },
    { ADDRESSES_HASHED, "", "" },
    /* HMAC-SHA-256 with a key of 32 zero octets, its first 8 octets: openssl dgst -sha256 -mac HMAC -macopt hexkey:00... */
    { ADDRESSES_HASHED, "alice@example.com", "0cf19c8f102ecc62@example.com" },
};

START_TEST(of_an_address_only_what_is_allowed_is_kept)
{
    struct privacy privacy = { .addresses = addresses[_i].addresses };
    char text[256];
    struct buf kept = BUF(text);

    privacy_address(&privacy, view_of(addresses[_i].address), &kept);
    ck_assert_view_eq(buf_view(&kept), addresses[_i].kept);
}
END_TEST

static const struct {
    enum addresses addresses;
    const char *reply, *kept;
} replies[] = {
    { ADDRESSES_YES, "550 5.1.1 <alice@example.com>: user unknown", "550 5.1.1 <alice@example.com>: user unknown" },
    { ADDRESSES_NO, "550 5.1.1 <alice@example.com>: user unknown", "550 5.1.1 <*@example.com>: user unknown" },
    { ADDRESSES_HASHED, "550 <alice@example.com> unknown", "550 <0cf19c8f102ecc62@example.com> unknown" },
    { ADDRESSES_NO, "550 a.b+c=d@example.com, (bob@example.net) and [carol@[192.0.2.1]]",
      "550 *@example.com, (*@example.net) and [*@[192.0.2.1]]" },
    { ADDRESSES_NO, "550 <\"a \\\" b@c\"@example.com>", "550 <*@example.com>" },
    { ADDRESSES_NO, "550 to=<x@forged.example>, relay=none", "550 to=<*@forged.example>, relay=none" },
    { ADDRESSES_NO, "alice@", "*@" },
    { ADDRESSES_NO, "@example.com", "@example.com" },
    { ADDRESSES_NO, "\"@example.com", "\"@example.com" },
    { ADDRESSES_NO, "550 m\xc3\xbcller@example.com", "550 *@example.com" },
    { ADDRESSES_NO, "250 2.0.0 Ok: queued as 4fNhyV", "250 2.0.0 Ok: queued as 4fNhyV" },
    { ADDRESSES_NO, "", "" },
};

START_TEST(of_addresses_in_a_reply_only_what_is_allowed_is_kept)
{
    struct privacy privacy = { .addresses = replies[_i].addresses };
    char text[256];
    struct buf kept = BUF(text);

    privacy_text(&privacy, view_of(replies[_i].reply), &kept);
    ck_assert_view_eq(buf_view(&kept), replies[_i].kept);
}
END_TEST

START_TEST(the_key_of_hashes_is_made_once_and_is_nobody_elses)
{
    struct privacy first, second;
    struct bed bed;
    struct stat stat_of_key;
    char path[128];

    bed_init(&bed);
    snprintf(path, sizeof(path), "%s/key", bed.folder);
    ck_assert_int_eq(privacy_load(&first, ADDRESSES_NO, path, &bed.error), 0);
    ck_assert_int_eq(access(path, F_OK), -1);
    ck_assert_int_eq(privacy_load(&first, ADDRESSES_HASHED, path, &bed.error), 0);
    ck_assert_int_eq(privacy_load(&second, ADDRESSES_HASHED, path, &bed.error), 0);
    ck_assert_int_eq(memcmp(first.key, second.key, PRIVACY_KEY), 0);
    ck_assert_int_eq(stat(path, &stat_of_key), 0);
    ck_assert_uint_eq(stat_of_key.st_mode & 0777, 0600);
    ck_assert_int_eq(chmod(path, 0640), 0);
    ck_assert_int_eq(privacy_load(&second, ADDRESSES_HASHED, path, &bed.error), -1);
    ck_assert_ptr_nonnull(strstr(bed.error.text, "only its owner"));
    ck_assert_int_eq(chmod(path, 0600), 0);
    ck_assert_int_eq(truncate(path, 5), 0);
    ck_assert_int_eq(privacy_load(&second, ADDRESSES_HASHED, path, &bed.error), -1);
    bed_done(&bed);
}
END_TEST

struct seen {
    unsigned count;
    char recipient[64];
};

static void on_detail(void *context, const struct detail *detail)
{
    struct seen *seen = context;

    seen->count++;
    snprintf(seen->recipient, sizeof(seen->recipient), "%.*s", VIEW_ARG(detail->recipient));
}

static const struct {
    enum delivery_status status;
    enum protection protection;
    enum peer_level level;
    enum tls_failure failure;
    bool kept, kept_under_rule;
} deliveries[] = {
    { DELIVERY_SENT, PROTECTION_ENCRYPTED, PEER_VERIFIED, TLS_FAILURE_NONE, false, false },
    { DELIVERY_SENT, PROTECTION_ENCRYPTED, PEER_TRUSTED, TLS_FAILURE_NONE, false, true },
    { DELIVERY_SENT, PROTECTION_PLAINTEXT, PEER_NOT_LOGGED, TLS_FAILURE_NONE, true, true },
    { DELIVERY_SENT, PROTECTION_UNKNOWN, PEER_NOT_LOGGED, TLS_FAILURE_NONE, false, false },
    { DELIVERY_SENT, PROTECTION_UNDECIDED, PEER_NOT_LOGGED, TLS_FAILURE_NONE, true, true },
    { DELIVERY_DEFERRED, PROTECTION_NONE, PEER_NOT_LOGGED, TLS_FAILURE_NONE, false, false },
    { DELIVERY_DEFERRED, PROTECTION_NONE, PEER_NOT_LOGGED, TLS_FAILURE_NOT_OFFERED, true, true },
    { DELIVERY_BOUNCED, PROTECTION_ENCRYPTED, PEER_VERIFIED, TLS_FAILURE_NONE, true, true },
};

START_TEST(what_somebody_may_ask_for_is_kept)
{
    static const struct privacy privacy = { .addresses = ADDRESSES_NO };
    const struct delivery_rule rule = { .require = true, .demand = DEMAND_VERIFIED };
    bool ruled = (size_t)_i >= ROWS(deliveries);
    size_t row = (size_t)_i % ROWS(deliveries);
    struct delivery delivery = { .time = 1000,
                                 .host = VIEW("mail"),
                                 .domain = VIEW("example.com"),
                                 .recipient = VIEW("bob@example.com"),
                                 .hop = HOP_DIRECT,
                                 .status = deliveries[row].status,
                                 .protection = deliveries[row].protection,
                                 .level = deliveries[row].level,
                                 .failure = deliveries[row].failure };
    struct batch *batch = batch_new(1, &privacy, (struct batch_rules){ &rule, ruled });
    struct detail_question question = { .limit = 0 };
    struct seen seen = { 0 };
    struct bed bed;

    bed_init(&bed);
    batch_delivery(batch, &delivery);
    ck_assert_int_eq(ledger_begin(bed.ledger, &bed.error), 0);
    ck_assert_int_eq(batch_save(batch, bed.ledger, 1, &bed.error), 0);
    ck_assert_int_eq(ledger_commit(bed.ledger, &bed.error), 0);
    ck_assert_int_eq(ledger_details(bed.ledger, &question, on_detail, &seen, &bed.error), 0);
    ck_assert_uint_eq(seen.count, ruled ? deliveries[row].kept_under_rule : deliveries[row].kept);
    if (seen.count > 0)
        ck_assert_str_eq(seen.recipient, "*@example.com");
    batch_free(batch);
    bed_done(&bed);
}
END_TEST

/* ---- relays ---- */

/* Deliveries of one hour, to as many domains, each once; saved as a commit. */
static void save_deliveries(struct bed *bed, int64_t hour, const char *relay, unsigned domains)
{
    static const struct privacy privacy = { .addresses = ADDRESSES_NO };
    struct batch *batch = batch_new(1, &privacy, (struct batch_rules){ NULL, 0 });

    for (unsigned i = 0; i < domains; i++) {
        char storage[64];
        struct buf domain = BUF(storage);
        struct delivery delivery = { .time = hour,
                                     .host = VIEW("mail"),
                                     .hop = HOP_DIRECT,
                                     .status = DELIVERY_SENT,
                                     .protection = PROTECTION_ENCRYPTED };

        buf_addf(&domain, "d%u.example", i);
        delivery.domain = buf_view(&domain);
        delivery.relay = view_of(relay);
        batch_delivery(batch, &delivery);
        delivery.relay = VIEW("elsewhere.example");
        delivery.hop = HOP_SMARTHOST; /* declared: told anyway */
        batch_delivery(batch, &delivery);
        delivery.hop = HOP_DIRECT;
        delivery.protection = PROTECTION_NONE; /* reached none */
        batch_delivery(batch, &delivery);
    }
    ck_assert_int_eq(ledger_begin(bed->ledger, &bed->error), 0);
    ck_assert_int_eq(batch_save(batch, bed->ledger, 1, &bed->error), 0);
    ck_assert_int_eq(ledger_commit(bed->ledger, &bed->error), 0);
    batch_free(batch);
}

static void expect_relay(struct bed *bed, int64_t from, int64_t until, const char *name, uint64_t all)
{
    const struct relay_question question = { .from = from, .until = until };
    struct main_relay relays = { .deliveries = 0 };

    ck_assert_int_eq(ledger_relays(bed->ledger, &question, kept_relays_add, &relays, &bed->error), 0);
    ck_assert_uint_eq(relays.deliveries, all);
    ck_assert_view_eq(main_relay_find(&relays), name);
}

START_TEST(the_relay_of_nearly_all_is_known_from_the_ledger)
{
    const int64_t day = 20000 * DAY_MS;
    struct bed bed;

    bed_init(&bed);
    save_deliveries(&bed, day, "smtp.example.com", 6);
    save_deliveries(&bed, day + HOUR_MS, "smtp.example.com", 9);
    expect_relay(&bed, 0, 0, "", 15); /* of nine domains, each hash known again */
    save_deliveries(&bed, day + 2 * HOUR_MS, "smtp.example.com", 10);
    expect_relay(&bed, 0, 0, "smtp.example.com", 25);
    save_deliveries(&bed, day + DAY_MS, "mx.example.net", 10);
    expect_relay(&bed, 0, 0, "", 35);
    /* A period has the whole of the days that it touches. */
    expect_relay(&bed, day + HOUR_MS, day + DAY_MS, "smtp.example.com", 25);
    expect_relay(&bed, day + DAY_MS, 0, "mx.example.net", 10);
    expect_relay(&bed, day + 2 * DAY_MS, 0, "", 0);
    ck_assert_int_eq(bed_number(&bed, "SELECT count(*) FROM relays"), 4);
    bed_close(&bed);
    bed_exec(&bed, "UPDATE relays SET deliveries = -1, domains = 'no hash'"); /* somebody else's numbers */
    bed_open(&bed);
    expect_relay(&bed, 0, 0, "", 0);
    bed_done(&bed);
}
END_TEST

START_TEST(relays_of_a_day_are_never_more_rows_than_have_room)
{
    struct bed bed;
    char relay[32];

    bed_init(&bed);
    for (unsigned i = 0; i < 20; i++) {
        snprintf(relay, sizeof(relay), "mx%u.d%u.example", i, i);
        save_deliveries(&bed, DAY_MS, relay, 3);
    }
    ck_assert_int_le(bed_number(&bed, "SELECT count(*) FROM relays"), RELAY_NAMES_A_DAY_MAX);
    expect_relay(&bed, 0, 0, "", 60);
    bed_done(&bed);
}
END_TEST

START_TEST(relays_of_two_ledgers_add_up)
{
    struct bed one, other;
    char copy[128];

    bed_init(&one);
    bed_init(&other);
    save_deliveries(&one, DAY_MS, "smtp.example.com", 10);
    ck_assert_int_eq(ledger_begin(other.ledger, &other.error), 0);
    ck_assert_int_eq(ledger_save_relays(other.ledger, VIEW("second"), DAY_MS,
                                        &(struct relay_count){ .name = VIEW("smtp.example.com"), .deliveries = 5 }, 1,
                                        &other.error),
                     0);
    ck_assert_int_eq(ledger_save_relays(other.ledger, VIEW("second"), 2 * DAY_MS,
                                        &(struct relay_count){ .name = VIEW(""), .deliveries = 5 }, 1, &other.error),
                     0);
    ck_assert_int_eq(ledger_commit(other.ledger, &other.error), 0);
    snprintf(copy, sizeof(copy), "%s/copy.db", other.folder);
    ck_assert_int_eq(ledger_backup(other.ledger, copy, &other.error), 0);
    ck_assert_msg(ledger_merge(one.ledger, copy, &one.error) == 0, "%s", one.error.text);
    expect_relay(&one, 0, 0, "smtp.example.com", 15);
    ck_assert_int_eq(bed_number(&one, "SELECT deliveries FROM relays JOIN names ON id = host WHERE name = 'second' AND "
                                      "relay <> ''"),
                     5);
    bed_done(&one);
    bed_done(&other);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("batch");
    TCase *tests = tcase_create("batch");

    tcase_add_loop_test(tests, of_addresses_in_a_reply_only_what_is_allowed_is_kept, 0, ROWS(replies));
    tcase_add_loop_test(tests, of_an_address_only_what_is_allowed_is_kept, 0, ROWS(addresses));
    tcase_add_test(tests, the_key_of_hashes_is_made_once_and_is_nobody_elses);
    tcase_add_loop_test(tests, what_somebody_may_ask_for_is_kept, 0, 2 * ROWS(deliveries));
    tcase_add_test(tests, the_relay_of_nearly_all_is_known_from_the_ledger);
    tcase_add_test(tests, relays_of_a_day_are_never_more_rows_than_have_room);
    tcase_add_test(tests, relays_of_two_ledgers_add_up);
    suite_add_tcase(suite, tests);
    return suite;
}
