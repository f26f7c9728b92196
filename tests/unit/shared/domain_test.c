#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/domain.h"
#include "tests/unit/unit.h"

static const struct {
    const char *text;
    const char *spelling; /* NULL: no domain */
} spellings[] = {
    { "example.com", "example.com" },
    { "EXAMPLE.Com.", "example.com" },
    { "b\xc3\xbc"
      "cher.example",
      "xn--bcher-kva.example" },
    { "B\xc3\x9c"
      "CHER.example",
      "xn--bcher-kva.example" },
    /* The same in two code points. */
    { "bu\xcc\x88"
      "cher.example",
      "xn--bcher-kva.example" },
    { "xn--bcher-kva.example", "xn--bcher-kva.example" },
    { "\xc3\x80.example", "xn--0ca.example" },
    { "\xe6\x97\xa5\xe6\x9c\xac.example", "xn--wgv71a.example" },
    { "stra\xc3\x9f"
      "e.example",
      "xn--strae-oqa.example" },
    { "[192.0.2.1]", "[192.0.2.1]" },
    { "[IPv6:2001:DB8::1]", "[ipv6:2001:db8::1]" },
    { "_dmarc.example.com", "_dmarc.example.com" },
    { "\xff\xfe.example", "\xff\xfe.example" },
    { "", NULL },
    { "a b.example", NULL },
    { "a>.example", NULL },
    { "a,b.example", NULL },
    { "a@b.example", NULL },
    { "x\ny", NULL },
};

START_TEST(a_domain_has_one_spelling)
{
    struct view text = view_of(spellings[_i].text);
    char storage[DOMAIN_MAX], *octets = malloc(text.n + 1);
    struct buf out = BUF(storage);

    ck_assert_ptr_nonnull(octets);
    memcpy(octets + 1, text.p, text.n); /* to its end: a sanitizer sees who looks behind it */
    ck_assert_int_eq(domain_normalize((struct view){ octets + 1, text.n }, &out), spellings[_i].spelling != NULL);
    ck_assert_view_eq(buf_view(&out), spellings[_i].spelling == NULL ? "" : spellings[_i].spelling);
    free(octets);
}
END_TEST

/* One octet at a time, eight at a time and all at once say the same, whatever the place. */
START_TEST(each_octet_is_its_own_spelling_or_not_in_every_place)
{
    char alone[2] = "", text[44], storage[DOMAIN_MAX];

    for (int octet = 0; octet < 256; octet++) {
        bool fine, usual;

        alone[0] = (char)octet;
        fine = domain_is_normalized((struct view){ alone, 1 });
        usual = (octet >= 'a' && octet <= 'z') || (octet >= '-' && octet <= '9');
        ck_assert(fine || !usual);
        for (size_t n = 7; n < sizeof(text); n++) {
            for (size_t place = 0; place < n; place++) {
                struct buf out = BUF(storage);
                struct view domain = { text, n };

                memset(text, 'm', sizeof(text)); /* whose lower bits help nobody */
                text[place] = (char)octet;
                ck_assert_int_eq(domain_is_normalized(domain), fine && !(octet == '.' && place == n - 1));
                if (octet < 0x80 && domain_is_normalized(domain)) {
                    ck_assert(domain_normalize(domain, &out));
                    ck_assert(view_eq(buf_view(&out), domain));
                }
            }
        }
    }
    ck_assert(!domain_is_normalized(VIEW("")));
}
END_TEST

START_TEST(a_domain_over_255_octets_is_none)
{
    char text[DOMAIN_MAX + 1], storage[2 * DOMAIN_MAX];
    struct buf out = BUF(storage);

    memset(text, 'a', sizeof(text));
    ck_assert(domain_normalize((struct view){ text, DOMAIN_MAX }, &out));
    ck_assert(domain_is_normalized((struct view){ text, DOMAIN_MAX }));
    ck_assert(!domain_normalize((struct view){ text, DOMAIN_MAX + 1 }, &out));
    ck_assert_uint_eq(out.len, DOMAIN_MAX);
    storage[DOMAIN_MAX] = 'A'; /* nobody's */
    memset(text, 'A', sizeof(text));
    buf_reset(&out);
    ck_assert(domain_normalize((struct view){ text, DOMAIN_MAX }, &out));
    ck_assert_int_eq(storage[DOMAIN_MAX - 1], 'a');
    ck_assert_int_eq(storage[DOMAIN_MAX], 'A');
}
END_TEST

START_TEST(a_domain_that_does_not_fit_leaves_the_buffer_usable)
{
    char storage[8];
    struct buf out = BUF(storage);

    ck_assert(!domain_normalize(VIEW("example.com"), &out));
    ck_assert(!out.full);
    ck_assert(domain_normalize(VIEW("a.org"), &out));
}
END_TEST

START_TEST(the_domain_of_an_address_stands_behind_the_last_at)
{
    ck_assert_view_eq(domain_of_address(VIEW("\"a@b\"@example.com")), "example.com");
    ck_assert_view_eq(domain_of_address(VIEW("@example.com")), "example.com");
    ck_assert_view_eq(domain_of_address(VIEW("root")), "");
}
END_TEST

static const struct {
    const char *domain;
    bool plain;
} plain_names[] = {
    { "example.com", true },   { "mx_1.example-2.com", true }, { "[2001:db8::1]", true }, { "", false },
    { ".example.com", false }, { "a..example.com", false },    { "example!", false },     { "192.0.2.0/33", false },
    { "exa mple.com", false }, { "Example.com", false },       { "localhost", true },
};

START_TEST(an_operator_names_plain_domains)
{
    ck_assert(domain_is_plain(view_of(plain_names[_i].domain)) == plain_names[_i].plain);
}
END_TEST

static const struct {
    const char *domain;
    bool held;
} members[] = {
    { "example.com", true },  { "www.example.com", false }, { "a.example.org", true }, { "b.a.example.org", true },
    { "example.org", false }, { "anexample.org", false },   { "com", false },          { "", false },
    { ".example.org", true },
};

START_TEST(a_leading_dot_takes_all_below_and_not_itself)
{
    static const struct view names[] = { VIEW_INIT("example.com"), VIEW_INIT(".example.org"),
                                         VIEW_INIT("example.com") };
    struct view octets = unit_copy(view_of(members[_i].domain));
    struct arena arena;
    struct domain_set *set;

    arena_init(&arena, 0);
    set = domain_set_new(&arena, names, ROWS(names));
    ck_assert_ptr_nonnull(set);
    ck_assert_msg(domain_set_has(set, octets) == members[_i].held, "%s", members[_i].domain);
    free((char *)octets.p);
    ck_assert(!domain_set_has(NULL, view_of(members[_i].domain)));
    arena_done(&arena);
}
END_TEST

START_TEST(a_hundred_thousand_domains_are_all_found)
{
    enum { COUNT = 100000 };
    static struct view names[COUNT];
    struct arena arena;
    struct domain_set *set;
    size_t at = 0, none = 0, listed = 0;
    struct view name;
    char text[64];

    arena_init(&arena, 0);
    for (size_t i = 0; i < COUNT; i++) {
        (void)snprintf(text, sizeof(text), "d%zu.example", i);
        names[i] = arena_copy(&arena, view_of(text));
    }
    set = domain_set_new(&arena, names, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        ck_assert(domain_set_has(set, names[i]));
    ck_assert(!domain_set_has(set, VIEW("d100000.example")));
    while (domain_set_next(set, &at, &name)) {
        ck_assert(domain_set_has(set, name));
        listed++;
    }
    ck_assert_uint_eq(listed, COUNT);
    ck_assert(!domain_set_next(NULL, &none, &name));
    arena_done(&arena);
}
END_TEST

/* Two sets, what they share, and if the first has all of the second. */
static const struct {
    const char *a, *b;
    bool meet, covered;
} pairs[] = {
    { "a.example", "a.example", true, true },
    { "a.example", "b.example", false, false },
    { ".example", "a.example", true, true },
    { "a.example", ".example", true, false },
    { ".example", "example", false, false },
    { ".b.example", ".example", true, false },
    { ".example", ".b.example b.example", true, true },
    { "a.example b.example", "c.example b.example", true, false },
    { ".a.example", ".b.example", false, false },
    { "a.example", "", false, true },
    { "", "a.example", false, false },
};

static struct domain_set *set_of(struct arena *arena, const char *list)
{
    struct view items[4];
    size_t count = unit_words(list, items, ROWS(items));

    return domain_set_new(arena, items, count);
}

START_TEST(two_sets_tell_what_they_share)
{
    struct arena arena;
    struct domain_set *a, *b;

    arena_init(&arena, 0);
    a = set_of(&arena, pairs[_i].a);
    b = set_of(&arena, pairs[_i].b);
    ck_assert_int_eq(domain_set_meets(a, b), pairs[_i].meet);
    ck_assert_int_eq(domain_set_meets(b, a), pairs[_i].meet);
    ck_assert_int_eq(domain_set_covers(a, b), pairs[_i].covered);
    ck_assert(!domain_set_meets(NULL, b));
    ck_assert(domain_set_covers(a, NULL));
    arena_done(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("domain");
    TCase *tests = tcase_create("domain");

    tcase_add_loop_test(tests, a_domain_has_one_spelling, 0, ROWS(spellings));
    tcase_add_test(tests, each_octet_is_its_own_spelling_or_not_in_every_place);
    tcase_add_test(tests, a_domain_over_255_octets_is_none);
    tcase_add_test(tests, a_domain_that_does_not_fit_leaves_the_buffer_usable);
    tcase_add_test(tests, the_domain_of_an_address_stands_behind_the_last_at);
    tcase_add_loop_test(tests, a_leading_dot_takes_all_below_and_not_itself, 0, ROWS(members));
    tcase_add_loop_test(tests, two_sets_tell_what_they_share, 0, ROWS(pairs));
    tcase_add_test(tests, a_hundred_thousand_domains_are_all_found);
    tcase_add_loop_test(tests, an_operator_names_plain_domains, 0, ROWS(plain_names));
    suite_add_tcase(suite, tests);
    return suite;
}
