#include "milter/mailbox.h"

#include <string.h>

#include "tests/unit/unit.h"

enum { FINE, BROKEN };

static const struct {
    const char *body;
    unsigned count;
    int state;
    const char *domains; /* of the addresses; NULL: not looked at */
} lists[] = {
    /* the forms of RFC 5322 section 3.4 */
    { "alice@example.org", 1, FINE, "example.org" },
    { " Alice <alice@Example.ORG>", 1, FINE, "example.org" },
    { "\"Alice, of accounts\" <alice@example.org>", 1, FINE, "example.org" },
    { "Alice Q. Public <alice@example.org>\r\n", 1, FINE, "example.org" },
    { "=?utf-8?Q?Al=C3=ADce?= <alice@example.org>", 1, FINE, "example.org" },
    { "alice@example.org (Alice (the \\) one))", 1, FINE, "example.org" },
    { "(first) alice (a) @ (b) example.org (c)", 1, FINE, "example.org" },
    { "Alice\r\n\t<alice@example.org>", 1, FINE, "example.org" },
    { "\"odd user\"@example.org", 1, FINE, "example.org" },
    { "\"a\\\"b@c\"@example.org", 1, FINE, "example.org" },
    { "alice@[192.0.2.1]", 1, FINE, "[192.0.2.1]" },
    { "alice@example.org, bob@example.com", 2, FINE, "example.org,example.com" },
    { "Team: alice@example.org, Bob <bob@example.com>;", 2, FINE, "example.org,example.com" },
    { "undisclosed-recipients:;", 0, FINE, "" },
    { "", 0, FINE, "" },
    { " \t", 0, FINE, "" },
    /* a display name is no address, however it is written */
    { "\"boss@gmail.com\" <alice@example.org>", 1, FINE, "example.org" },
    { "\"x <boss@gmail.com>\" <alice@example.org>", 1, FINE, "example.org" },
    { "\"x\\\" <boss@gmail.com>, \\\"\" <alice@example.org>", 1, FINE, "example.org" },
    { "=?utf-8?Q?boss=40gmail.com?= <alice@example.org>", 1, FINE, "example.org" },
    { "=?utf-8?Q?=3Cboss=40gmail.com=3E=2C?= <alice@example.org>", 1, FINE, "example.org" },
    { "=?UTF-8?B?Ym9zc0BnbWFpbC5jb20=?= =?us-ascii?q?_x?=\r\n <alice@example.org>", 1, FINE, "example.org" },
    { "=?utf-8?Q?boss@gmail.com?= <alice@example.org>", 1, FINE, "example.org" },
    { "boss@gmail.com <alice@example.org>", 1, FINE, "example.org" },
    { "(boss@gmail.com) alice@example.org (<boss@gmail.com>)", 1, FINE, "example.org" },
    { "boss@gmail.com: alice@example.org;", 0, BROKEN, NULL },
    { "=?utf-8?Q?a,?= <alice@example.org>", 2, BROKEN, "example.org" },
    /* its obsolete forms */
    { "<@a.example,@b.example:alice@example.org>", 1, FINE, "example.org" },
    { "alice @ example . org", 1, FINE, "example.org" },
    { ", alice@example.org,,", 1, FINE, "example.org" },
    /* UTF-8, RFC 6532: domains become A-labels */
    { "j\xc3\xb6rg@b\xc3\xbc"
      "cher.example",
      1, FINE, "xn--bcher-kva.example" },
    /* what can be read in two ways */
    { "alice@example.org bob@example.com", 1, BROKEN, NULL },
    { "Alice alice@example.org", 1, BROKEN, NULL },
    { "<alice@example.org> <bob@example.com>", 1, BROKEN, NULL },
    { "<alice@example.org> bob@example.com", 1, BROKEN, NULL },
    { "alice@example.org@example.com", 1, BROKEN, NULL },
    { "alice@exa mple.org", 1, BROKEN, NULL },
    { "alice", 1, BROKEN, NULL },
    { "<>", 1, BROKEN, NULL },
    { "@example.org", 1, BROKEN, NULL },
    { "alice@", 1, BROKEN, NULL },
    { "<alice@example.org", 0, BROKEN, NULL },
    { "alice@example.org>", 0, BROKEN, NULL },
    { "\"alice@example.org", 0, BROKEN, NULL },
    { "(alice@example.org", 0, BROKEN, NULL },
    { "alice@[192.0.2.1", 0, BROKEN, NULL },
    { "alice@\"example.org\"", 1, BROKEN, NULL },
    { "\\alice@example.org", 0, BROKEN, NULL },
};

/* The domains as they are told of, with commas between them. */
static void add_domain(void *context, struct view domain)
{
    struct buf *domains = context;

    if (domains->len > 0)
        buf_add_char(domains, ',');
    buf_add(domains, domain);
}

static void parse(struct view body, struct buf *domains, struct mailbox_list *list)
{
    const struct mailbox_sink sink = { add_domain, domains };

    mailbox_list_parse(body, &sink, list);
}

START_TEST(addresses_are_counted_and_their_domains_told)
{
    char storage[256];
    struct buf domains = BUF(storage);
    struct mailbox_list list;

    parse(view_of(lists[_i].body), &domains, &list);
    ck_assert_int_eq(list.broken, lists[_i].state == BROKEN);
    if (lists[_i].state == FINE || lists[_i].count > 0)
        ck_assert_uint_eq(list.count, lists[_i].count);
    if (lists[_i].domains != NULL)
        ck_assert_view_eq(buf_view(&domains), lists[_i].domains);
}
END_TEST

static const struct {
    const char *body;
    bool address_in_name, encoded_address;
} names[] = {
    { "Alice <alice@example.org>", false, false },
    { "\"alice@example.org\" <alice@example.org>", false, false },
    { "\"ALICE@example.org\" < alice@example.org >", false, false },
    { "\"boss@example.com\" <alice@example.org>", true, false },
    { "boss@example.com <alice@example.org>", true, false },
    { "alice@example.org <alice@example.org>", false, false },
    { "x@y.example, Alice@example.org <alice@example.org>", false, false },
    { "Team: alice@example.org <alice@example.org>;", false, false },
    { "=?utf-8?Q?alice?=@example.org", false, true },
    { "<=?utf-8?Q?alice?=@example.org>", false, true },
    { "=?utf-8?Q?Alice?= <alice@example.org>", false, false },
    { "=?utf-8?Q?boss=40example.com?= <alice@example.org>", true, false },
    { "=?UTF-8?b?Ym9zc0BleGFtcGxlLmNvbQ==?= <alice@example.org>", true, false },
    { "=?utf-8?Q?boss?= =?utf-8?Q?=40example.com?= <alice@example.org>", true, false },
    { "=?utf-8?Q?alice=40example.org?= <alice@example.org>", false, false },
    { "=?utf-8?Q?Alice_=40_work?= <alice@example.org>", true, false },
    { "=?utf-8?Q?=40alice?= <alice@example.org>", false, false },
};

START_TEST(a_name_that_shows_another_address_is_seen)
{
    char storage[256];
    struct buf domains = BUF(storage);
    struct mailbox_list list;

    parse(view_of(names[_i].body), &domains, &list);
    ck_assert_int_eq(list.address_in_name, names[_i].address_in_name);
    ck_assert_int_eq(list.encoded_address, names[_i].encoded_address);
}
END_TEST

START_TEST(depth_and_length_cost_no_stack_and_no_square)
{
    enum { SIZE = 200000 };
    static char body[SIZE];
    static const char fillers[] = "(,<:\"[@\\;a ";
    char storage[256];
    struct buf domains = BUF(storage);
    struct mailbox_list list;

    memset(body, fillers[_i], SIZE);
    parse((struct view){ body, SIZE }, &domains, &list);
    ck_assert_uint_eq(domains.len, 0);
}
END_TEST

START_TEST(a_domain_longer_than_smtp_allows_is_broken)
{
    char body[400] = "a@", storage[400];
    struct buf domains = BUF(storage);
    struct mailbox_list list;

    memset(body + 2, 'b', 256);
    parse((struct view){ body, 2 + 255 }, &domains, &list);
    ck_assert(!list.broken);
    parse((struct view){ body, 2 + 256 }, &domains, &list);
    ck_assert(list.broken);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("mailbox");
    TCase *tests = tcase_create("mailbox");

    tcase_add_loop_test(tests, addresses_are_counted_and_their_domains_told, 0, ROWS(lists));
    tcase_add_loop_test(tests, a_name_that_shows_another_address_is_seen, 0, ROWS(names));
    tcase_add_loop_test(tests, depth_and_length_cost_no_stack_and_no_square, 0, 11);
    tcase_add_test(tests, a_domain_longer_than_smtp_allows_is_broken);
    suite_add_tcase(suite, tests);
    return suite;
}
