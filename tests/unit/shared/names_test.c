/* Names, hashes and what is shown of foreign text. */
#include "shared/names.h"

#include "shared/delivery.h"
#include "shared/hash.h"
#include "shared/printable.h"
#include "tests/unit/allocations.h"
#include "tests/unit/unit.h"

/* So many that some have all of the hash in common that a slot keeps. */
START_TEST(each_name_is_kept_once_under_one_id)
{
    struct names *names = names_new(200000, 42);
    char text[32];

    ck_assert_ptr_nonnull(names);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 200000; i++) {
            struct buf buf = BUF(text);

            buf_addf(&buf, "name%u", i);
            ck_assert_uint_eq(names_add(names, buf_view(&buf)), i + 1);
        }
    }
    ck_assert_uint_eq(names_count(names), 200000);
    ck_assert_view_eq(names_text(names, 777), "name776");
    ck_assert_uint_eq(names_find(names, VIEW("name776")), 777);
    ck_assert_uint_eq(names_find(names, VIEW("nameless")), 0);
    ck_assert_uint_eq(names_text(names, 0).n, 0);
    ck_assert_uint_eq(names_text(names, 200001).n, 0);
    names_free(names);
}
END_TEST

START_TEST(a_name_is_taken_in_steps_as_it_is_added)
{
    struct names *names = names_new(2000, 42);
    char text[32];

    names_expect_text(names, 0);
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 512; i++) {
            struct buf buf = BUF(text);
            struct names_sought sought;

            buf_addf(&buf, "name%u", i);
            sought = names_seek(names, buf_view(&buf));
            names_expect(names, &sought);
            ck_assert_uint_eq(names_peek(names, &sought), round == 0 ? 0 : i + 1);
            ck_assert_uint_eq(names_take(names, &sought), i + 1);
            names_expect_text(names, i + 1);
        }
    }
    names_expect_text(names, 0);
    names_free(names);
}
END_TEST

enum { MANY = 700 };

/* Names that find no room in their entries.  How many were refused; *right: each of the others has its id and text. */
static uint32_t add_many(struct names *names, bool *right)
{
    uint32_t refused = 0;
    char text[64];

    *right = true;
    for (uint32_t i = 0; i < MANY; i++) {
        struct buf buf = BUF(text);
        uint32_t id;

        buf_addf(&buf, "a name that is longer than its entry %u", i);
        id = names_add(names, buf_view(&buf));
        refused += id == 0;
        if (id != 0 && (id != i + 1 - refused || !view_eq(names_text(names, id), buf_view(&buf))))
            *right = false;
    }
    return refused;
}

START_TEST(without_memory_a_name_is_refused_and_all_others_stay)
{
    bool failed = true, right;

    for (long number = 0; failed; number++) {
        struct names *names = names_new(MANY, 42);
        uint32_t refused;

        ck_assert_ptr_nonnull(names);
        allocations_fail(number, false);
        refused = add_many(names, &right);
        failed = allocations_end();
        ck_assert(right);
        ck_assert_uint_eq(refused, failed);
        ck_assert_uint_eq(names_refused(names), failed);
        ck_assert_uint_eq(names_count(names), MANY - refused);
        names_free(names);
    }
}
END_TEST

START_TEST(a_full_table_refuses_and_counts)
{
    struct names *names = names_new(2, 42);

    ck_assert_uint_eq(names_add(names, (struct view){ NULL, 0 }), 1);
    ck_assert_uint_eq(names_add(names, VIEW("")), 1);
    ck_assert_uint_eq(names_add(names, VIEW("b")), 2);
    ck_assert_uint_eq(names_add(names, VIEW("c")), 0);
    ck_assert_uint_eq(names_add(names, VIEW("b")), 2);
    ck_assert_uint_eq(names_refused(names), 1);
    names_free(names);
}
END_TEST

/* Far more names than are remembered, of all lengths, among them those that share a place. */
START_TEST(frequent_names_have_the_ids_of_all)
{
    struct names *names = names_new(1000, 42);
    char text[32];

    for (uint32_t round = 0; round < 3; round++) {
        for (uint32_t i = 0; i < 1000; i++) {
            struct buf buf = BUF(text);
            uint32_t id;

            buf_addf(&buf, "%.*s%u", (int)(i % 20), "TLS_ECDHE_RSA_WITH_AES", i);
            id = names_add_frequent(names, buf_view(&buf));
            ck_assert_uint_eq(id, i + 1);
            ck_assert_uint_eq(names_recall(names, buf_view(&buf)), id);
            ck_assert_uint_eq(names_add(names, buf_view(&buf)), id);
        }
    }
    ck_assert_uint_eq(names_add_frequent(names, VIEW("one too many")), 0);
    ck_assert_uint_eq(names_recall(names, VIEW("one too many")), 0);
    ck_assert_uint_eq(names_recall(names, VIEW("")), 0);
    names_remember(names, 0);
    ck_assert_uint_eq(names_refused(names), 1);
    names_free(names);
}
END_TEST

static uint64_t stored_hash(struct view text, uint64_t seed)
{
    return hash_view(text, seed);
}

static uint64_t table_hash(struct view text, uint64_t seed)
{
    return hash_name(text, seed);
}

static uint64_t (*const hashes[])(struct view text, uint64_t seed) = { stored_hash, table_hash };

START_TEST(the_hash_sees_every_octet_and_the_length)
{
    char text[40] = { 0 };

    for (size_t n = 0; n < sizeof(text); n++) {
        uint64_t hash = hashes[_i]((struct view){ text, n }, 42);

        ck_assert_uint_ne(hash, hashes[_i]((struct view){ text, n }, 43));
        if (n > 0)
            ck_assert_uint_ne(hash, hashes[_i]((struct view){ text, n - 1 }, 42));
        for (size_t at = 0; at < n; at++) {
            text[at] = 1;
            ck_assert_uint_ne(hash, hashes[_i]((struct view){ text, n }, 42));
            text[at] = 0;
        }
    }
}
END_TEST

START_TEST(names_are_the_same_only_octet_by_octet)
{
    char a[40] = { 0 }, b[40] = { 0 };

    for (size_t n = 0; n < sizeof(a); n++) {
        struct view left = { a, n }, right = { b, n };

        ck_assert(hash_same(left, right));
        ck_assert(!hash_same(left, (struct view){ b, n + 1 }));
        for (size_t at = 0; at < n; at++) {
            b[at] = 1;
            ck_assert(!hash_same(left, right));
            b[at] = 0;
        }
    }
}
END_TEST

static const struct {
    const char *text, *shown;
    size_t columns;
} texts[] = {
    { "plain", "plain", 5 },
    { "b\xc3\xbc"
      "cher",
      "b\xc3\xbc"
      "cher",
      6 },
    { "\033[2J", "?[2J", 4 },
    { "a\r\nb\tc\x7f", "a??b?c?", 7 },
    { "\xc2\x9b"
      "31m",
      "?31m", 4 },
    { "\xe2\x80\xae"
      "moc",
      "?moc", 4 },
    { "\xe2\x81\xa6x\xe2\x81\xa9", "?x?", 3 },
    { "\xff\xfe", "??", 2 },
    { "\xc3", "?", 1 },
    { "\xc0\xaf", "??", 2 },
    { "\xed\xa0\x80", "???", 3 },
    { "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80", 2 },
    { "配送先ドメイン", "配送先ドメイン", 14 },
    { "ﾄﾞﾒｲﾝ", "ﾄﾞﾒｲﾝ", 5 }, /* halfwidth */
    { "e\xcc\x81", "e\xcc\x81", 1 },
    { "", "", 0 },
};

START_TEST(what_is_shown_cannot_steer_the_terminal)
{
    char storage[64];
    struct buf buf = BUF(storage);

    printable_add(&buf, view_of(texts[_i].text));
    ck_assert_view_eq(buf_view(&buf), texts[_i].shown);
    ck_assert_uint_eq(printable_columns(buf_view(&buf)), texts[_i].columns);
}
END_TEST

static const struct {
    const char *name;
    bool post_quantum;
} exchanges[] = {
    { "X25519", false },
    { "x25519", false },
    { "ECDHE (prime256v1)", false },
    { "X25519MLKEM768", true },
    { "x25519_kyber768", true },
    { "mlkem1024", true },
    { "", false },
};

START_TEST(a_key_exchange_is_known_to_be_post_quantum)
{
    ck_assert_int_eq(key_exchange_is_post_quantum(view_of(exchanges[_i].name)), exchanges[_i].post_quantum);
}
END_TEST

static const struct {
    enum evidence evidence;
    enum tls_failure failure;
    const char *wanted;
    enum plaintext_cause cause;
} causes[] = {
    { EVIDENCE_NO_TLS_LINE, TLS_FAILURE_NONE, "", CAUSE_NOT_REACHED },
    { EVIDENCE_NO_TLS_LINE, TLS_FAILURE_HANDSHAKE, "", CAUSE_HANDSHAKE },
    { EVIDENCE_STARTTLS_OFFER, TLS_FAILURE_NONE, "", CAUSE_SWITCHED_OFF },
    { EVIDENCE_TLS_FIELD, TLS_FAILURE_NONE, "none", CAUSE_SWITCHED_OFF },
    { EVIDENCE_TLS_FIELD, TLS_FAILURE_NONE, "may:none", CAUSE_NOT_REACHED },
};

START_TEST(plaintext_has_a_cause)
{
    struct delivery delivery = { .evidence = causes[_i].evidence,
                                 .failure = causes[_i].failure,
                                 .wanted = view_of(causes[_i].wanted) };

    ck_assert_int_eq(delivery_cause(&delivery), causes[_i].cause);
}
END_TEST

START_TEST(every_value_of_a_delivery_has_a_name)
{
    for (int i = 0; i < DELIVERY_STATUS_COUNT; i++)
        ck_assert_uint_gt(delivery_status_name((enum delivery_status)i).n, 0);
    for (int i = 0; i < HOP_COUNT; i++)
        ck_assert_uint_gt(hop_name((enum hop)i).n, 0);
    for (int i = 0; i < PROTECTION_COUNT; i++)
        ck_assert_uint_gt(protection_name((enum protection)i).n, 0);
    for (int i = 0; i < EVIDENCE_COUNT; i++)
        ck_assert_uint_gt(evidence_name((enum evidence)i).n, 0);
    for (int i = 0; i < UNKNOWN_REASON_COUNT; i++)
        ck_assert_ptr_nonnull(unknown_reason_help((enum unknown_reason)i));
    for (int i = 0; i < PEER_LEVEL_COUNT; i++)
        ck_assert_uint_gt(peer_level_name((enum peer_level)i).n, 0);
    for (int i = 0; i < TLS_FAILURE_COUNT; i++)
        ck_assert_ptr_nonnull(tls_failure_help((enum tls_failure)i));
    for (int i = 0; i < ORIGIN_COUNT; i++)
        ck_assert_uint_gt(origin_name((enum origin)i).n, 0);
    for (int i = 0; i < CAUSE_COUNT; i++)
        ck_assert_ptr_nonnull(plaintext_cause_help((enum plaintext_cause)i));
}
END_TEST

static const size_t text_sizes[] = { 0, 1, 8, 24, 33, 120 };

/* However much of it lies with the value. */
START_TEST(a_name_of_any_length_keeps_its_value)
{
    struct names *names = names_new_with(1000, text_sizes[_i], sizeof(uint64_t) + 1, 42);
    char text[600];

    ck_assert_ptr_nonnull(names);
    memset(text, 'x', sizeof(text));
    for (uint32_t n = 0; n < sizeof(text); n++) {
        uint32_t id = names_add(names, (struct view){ text, n });
        uint64_t *value = names_value(names, id);

        ck_assert_uint_eq(id, n + 1);
        ck_assert_uint_eq(*value, 0);
        *value = n;
    }
    for (uint32_t n = 0; n < sizeof(text); n++) {
        const uint64_t *value = names_value(names, names_find(names, (struct view){ text, n }));

        ck_assert_uint_eq(*value, n);
        ck_assert_uint_eq(names_id(value), n + 1);
        ck_assert(view_eq(names_text(names, n + 1), (struct view){ text, n }));
    }
    names_free(names);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("names");
    TCase *tests = tcase_create("names");

    tcase_add_test(tests, each_name_is_kept_once_under_one_id);
    tcase_add_loop_test(tests, a_name_of_any_length_keeps_its_value, 0, ROWS(text_sizes));
    tcase_add_test(tests, a_name_is_taken_in_steps_as_it_is_added);
    tcase_add_test(tests, without_memory_a_name_is_refused_and_all_others_stay);
    tcase_add_test(tests, a_full_table_refuses_and_counts);
    tcase_add_test(tests, frequent_names_have_the_ids_of_all);
    tcase_add_loop_test(tests, the_hash_sees_every_octet_and_the_length, 0, ROWS(hashes));
    tcase_add_test(tests, names_are_the_same_only_octet_by_octet);
    tcase_add_loop_test(tests, what_is_shown_cannot_steer_the_terminal, 0, ROWS(texts));
    tcase_add_loop_test(tests, a_key_exchange_is_known_to_be_post_quantum, 0, ROWS(exchanges));
    tcase_add_loop_test(tests, plaintext_has_a_cause, 0, ROWS(causes));
    tcase_add_test(tests, every_value_of_a_delivery_has_a_name);
    suite_add_tcase(suite, tests);
    return suite;
}
