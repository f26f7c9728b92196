#include "shared/network.h"
#include "tests/unit/unit.h"

static const struct {
    const char *text;
    const char *printed; /* NULL: no address */
} addresses[] = {
    { "192.0.2.1", "192.0.2.1" },
    { "[192.0.2.1]", "192.0.2.1" },
    { "IPv6:2001:db8::1", "2001:db8::1" },
    { "[IPv6:2001:DB8:0::1]", "2001:db8::1" },
    { "::ffff:192.0.2.1", "192.0.2.1" },
    { "::1", "::1" },
    { "192.0.2", NULL },
    { "192.0.2.256", NULL },
    { "0.0.0.0", "0.0.0.0" },
    { "255.255.255.255", "255.255.255.255" },
    { "100.10.9.199", "100.10.9.199" },
    { "0000:0000:0000:0000:0000:ffff:255.255.255.255", "255.255.255.255" },
    { "0000:0000:0000:0000:0000:ffff:255.255.255.2551", NULL },
    { "IPv6:", NULL },
    { "1192.0.2.1]", NULL },
    { "[192.0.2.12", NULL },
    { "192.0.2.01", NULL },
    { "192.0.2.0001", NULL },
    { "192.0.2.1.", NULL },
    { "192.0.2.1.5", NULL },
    { ".0.2.1", NULL },
    { "2001:db8::g", NULL },
    { "", NULL },
    { "[]", NULL },
    { "local", NULL },
    { "2001:0db8:0000:0000:0000:0000:0000:0001:too:long:by:far:to:be:one", NULL },
};

START_TEST(an_address_is_read_in_every_spelling_postfix_has)
{
    struct address address;
    char storage[64];
    struct buf out = BUF(storage);
    bool valid = address_parse(view_of(addresses[_i].text), &address);

    ck_assert_int_eq(valid, addresses[_i].printed != NULL);
    if (valid) {
        address_add(&out, &address);
        ck_assert_view_eq(buf_view(&out), addresses[_i].printed);
    }
}
END_TEST

static const struct {
    const char *text;
    enum network_fault fault;
} networks[] = {
    { "192.0.2.0/24", NETWORK_FINE },        { "192.0.2.1", NETWORK_FINE },
    { "0.0.0.0/0", NETWORK_FINE },           { "::/0", NETWORK_FINE },
    { "2001:db8::/32", NETWORK_FINE },       { "192.0.2.1/24", NETWORK_HOST_BITS },
    { "2001:db8::1/64", NETWORK_HOST_BITS }, { "192.0.2.0/33", NETWORK_BAD_PREFIX },
    { "192.0.2.0/", NETWORK_BAD_PREFIX },    { "2001:db8::/129", NETWORK_BAD_PREFIX },
    { "192.0.2.0/-1", NETWORK_BAD_PREFIX },  { "office", NETWORK_NO_ADDRESS },
};

START_TEST(a_network_is_read_or_its_fault_named)
{
    struct network network;

    ck_assert_int_eq(network_parse(view_of(networks[_i].text), &network), networks[_i].fault);
    ck_assert_ptr_nonnull(network_fault_text(networks[_i].fault));
}
END_TEST

static const struct {
    const char *address;
    bool held;
} members[] = {
    { "192.0.2.0", true },     { "192.0.2.255", true }, { "192.0.3.0", false },      { "192.0.1.255", false },
    { "10.0.0.7", true },      { "10.0.0.8", false },   { "2001:db8:ffff::", true }, { "2001:db9::", false },
    { "198.51.100.77", true }, { "::1", false },
};

START_TEST(a_set_holds_what_its_networks_hold)
{
    static const char *const texts[] = { "192.0.2.128/25",  "2001:db8::/32",    "192.0.2.0/24", "10.0.0.7",
                                         "198.51.100.0/24", "198.51.100.64/26", "198.51.100.77" };
    struct network list[ROWS(texts)];
    struct arena arena;
    struct network_set *set;
    struct address address;

    arena_init(&arena, 0);
    for (size_t i = 0; i < ROWS(texts); i++)
        ck_assert_int_eq(network_parse(view_of(texts[i]), &list[i]), NETWORK_FINE);
    set = network_set_new(&arena, list, ROWS(texts));
    ck_assert(address_parse(view_of(members[_i].address), &address));
    ck_assert_msg(network_set_has(set, &address) == members[_i].held, "%s", members[_i].address);
    ck_assert(!network_set_has(NULL, &address));
    arena_done(&arena);
}
END_TEST

START_TEST(everything_holds_everything)
{
    struct network all[2];
    struct arena arena;
    struct address address;

    arena_init(&arena, 0);
    ck_assert_int_eq(network_parse(VIEW("::/0"), &all[0]), NETWORK_FINE);
    ck_assert_int_eq(network_parse(VIEW("192.0.2.0/24"), &all[1]), NETWORK_FINE);
    ck_assert(address_parse(VIEW("203.0.113.9"), &address));
    ck_assert(network_set_has(network_set_new(&arena, all, 2), &address));
    ck_assert(!network_set_has(network_set_new(&arena, all, 0), &address));
    arena_done(&arena);
}
END_TEST

START_TEST(loopback_is_told_in_both_families)
{
    static const char *const loopback[] = { "127.0.0.1", "127.255.0.3", "::1", "::ffff:127.0.0.1" };
    static const char *const others[] = { "128.0.0.1", "::2", "2001:db8::7f00:1" };
    struct address address;

    for (size_t i = 0; i < ROWS(loopback); i++)
        ck_assert(address_parse(view_of(loopback[i]), &address) && address_is_loopback(&address));
    for (size_t i = 0; i < ROWS(others); i++)
        ck_assert(address_parse(view_of(others[i]), &address) && !address_is_loopback(&address));
}
END_TEST

/* Two sets, what they share, and if the first has all of the second. */
static const struct {
    const char *a, *b;
    bool meet, covered;
} pairs[] = {
    { "192.0.2.0/24", "192.0.2.7", true, true },
    { "192.0.2.7", "192.0.2.0/24", true, false },
    { "192.0.2.0/24", "198.51.100.0/24", false, false },
    { "192.0.2.0/25 198.51.100.0/24", "198.51.100.128/25 203.0.113.1", true, false },
    { "::/0", "192.0.2.1", true, true },
    { "192.0.2.0/24 2001:db8::/32", "2001:db8:1::/48 192.0.2.9", true, true },
    { "192.0.2.0/24", "192.0.2.128/25", true, true },
    { "192.0.2.0/24 203.0.113.0/24", "10.0.0.1 203.0.113.9", true, false },
    { "10.0.0.0/8 192.0.2.0/24 198.51.100.0/24 203.0.113.0/24", "203.0.113.9", true, true },
    { "192.0.2.0/24", "", false, true },
    { "::/0", "", false, true },
    { "", "192.0.2.0/24", false, false },
};

static struct network_set *set_of(struct arena *arena, const char *list)
{
    struct view words[4];
    struct network items[ROWS(words)];
    size_t count = unit_words(list, words, ROWS(words));

    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(network_parse(words[i], &items[i]), NETWORK_FINE);
    return network_set_new(arena, items, count);
}

START_TEST(two_sets_tell_what_they_share)
{
    struct arena arena;
    struct network_set *a, *b;

    arena_init(&arena, 0);
    a = set_of(&arena, pairs[_i].a);
    b = set_of(&arena, pairs[_i].b);
    ck_assert_int_eq(network_set_meets(a, b), pairs[_i].meet);
    ck_assert_int_eq(network_set_meets(b, a), pairs[_i].meet);
    ck_assert_int_eq(network_set_covers(a, b), pairs[_i].covered);
    ck_assert(!network_set_meets(NULL, b));
    ck_assert(network_set_covers(a, NULL));
    arena_done(&arena);
}
END_TEST

static const struct {
    const char *list;
    size_t same;
    const char *address;
} beginnings[] = {
    { "192.0.2.7", 16, "192.0.2.7" },
    { "192.0.2.0/24", 15, "192.0.2.0" },
    { "192.0.2.64/26", 15, "192.0.2.64" },
    { "192.0.2.7 192.0.9.1", 14, "192.0.2.7" },
    { "10.0.0.0/8 192.0.2.7", 12, "10.0.0.0" },
    { "2001:db8::/32 2001:db8:1::/48", 4, "2001:db8::" },
    { "2001:db8::/32 192.0.2.7", 0, "192.0.2.7" },
    { "::/0", 0, "::" },
};

START_TEST(a_set_tells_what_all_its_addresses_begin_with)
{
    struct arena arena;
    struct address address, wanted;

    arena_init(&arena, 0);
    ck_assert(address_parse(view_of(beginnings[_i].address), &wanted));
    ck_assert_uint_eq(network_set_begins(set_of(&arena, beginnings[_i].list), &address), beginnings[_i].same);
    ck_assert_mem_eq(&address, &wanted, sizeof(address));
    ck_assert_uint_eq(network_set_begins(set_of(&arena, ""), &address), 0);
    ck_assert_uint_eq(network_set_begins(NULL, &address), 0);
    ck_assert_mem_eq(&address, &wanted, sizeof(address));
    arena_done(&arena);
}
END_TEST

static const struct {
    const char *list;
    int first, last; /* marked octets; last < first: none */
} octet_rows[] = {
    { "127.0.0.0/8 ::1", 127, 127 }, { "10.1.0.0/16 11.0.0.1 2001:db8::/32", 10, 11 },
    { "0.0.0.0/0", 0, 255 },         { "::/0", 0, 255 },
    { "192.0.0.0/6", 192, 195 },     { "::1 2001:db8::/32", 1, 0 },
    { "128.0.0.0/1", 128, 255 },     { "", 1, 0 },
};

START_TEST(the_first_octets_of_a_set_are_told)
{
    bool octets[256] = { false };
    struct arena arena;

    arena_init(&arena, 0);
    network_set_first_octets(NULL, octets);
    network_set_first_octets(set_of(&arena, octet_rows[_i].list), octets);
    for (int octet = 0; octet < 256; octet++)
        ck_assert_int_eq(octets[octet], octet >= octet_rows[_i].first && octet <= octet_rows[_i].last);
    arena_done(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("network");
    TCase *tests = tcase_create("network");

    tcase_add_loop_test(tests, an_address_is_read_in_every_spelling_postfix_has, 0, ROWS(addresses));
    tcase_add_loop_test(tests, a_network_is_read_or_its_fault_named, 0, ROWS(networks));
    tcase_add_loop_test(tests, a_set_holds_what_its_networks_hold, 0, ROWS(members));
    tcase_add_loop_test(tests, two_sets_tell_what_they_share, 0, ROWS(pairs));
    tcase_add_loop_test(tests, a_set_tells_what_all_its_addresses_begin_with, 0, ROWS(beginnings));
    tcase_add_test(tests, everything_holds_everything);
    tcase_add_test(tests, loopback_is_told_in_both_families);
    tcase_add_loop_test(tests, the_first_octets_of_a_set_are_told, 0, ROWS(octet_rows));
    suite_add_tcase(suite, tests);
    return suite;
}
