/* What a server says, however hostile. */
#include <string.h>

#include "audit/ehlo.h"
#include "tests/unit/unit.h"

static const struct {
    const char *bytes;
    enum reply_state state;
    unsigned code;
    size_t lines, octets;
} replies[] = {
    { "220 mail.example.org ESMTP\r\n", REPLY_WHOLE, 220, 1, 28 },
    { "220\r\n", REPLY_WHOLE, 220, 1, 5 },
    { "220 a\n", REPLY_WHOLE, 220, 1, 6 },
    { "250-a\r\n250-b\r\n250 c\r\n", REPLY_WHOLE, 250, 3, 21 },
    { "250 a\r\n250 b\r\n", REPLY_WHOLE, 250, 1, 7 }, /* the next one stays */
    { "554-go\r\n554 away\r\n", REPLY_WHOLE, 554, 2, 18 },
    { "", REPLY_MORE, 0, 0, 0 },
    { "2", REPLY_MORE, 0, 0, 0 },
    { "220 a\r", REPLY_MORE, 0, 0, 0 },
    { "250-a\r\n250", REPLY_MORE, 0, 0, 0 },
    { "250-a\r\n251 b\r\n", REPLY_MALFORMED, 0, 0, 0 },
    { "22 a\r\n", REPLY_MALFORMED, 0, 0, 0 },
    { "600 a\r\n", REPLY_MALFORMED, 0, 0, 0 },
    { "150 a\r\n", REPLY_MALFORMED, 0, 0, 0 },
    { "220a\r\n", REPLY_MALFORMED, 0, 0, 0 },
    { "+OK POP3\r\n", REPLY_MALFORMED, 0, 0, 0 },
    { "SSH-2.0-OpenSSH\r\n", REPLY_MALFORMED, 0, 0, 0 },
    { "\r\n", REPLY_MALFORMED, 0, 0, 0 },
    { "2 0 a\r\n", REPLY_MALFORMED, 0, 0, 0 },
};

START_TEST(a_reply_is_whole_not_yet_or_none)
{
    struct smtp_reply reply;

    ck_assert_int_eq(smtp_reply_parse(view_of(replies[_i].bytes), &reply), replies[_i].state);
    if (replies[_i].state != REPLY_WHOLE)
        return;
    ck_assert_uint_eq(reply.code, replies[_i].code);
    ck_assert_uint_eq(reply.line_count, replies[_i].lines);
    ck_assert_uint_eq(reply.octets, replies[_i].octets);
}
END_TEST

START_TEST(a_reply_comes_one_octet_at_a_time)
{
    const struct view whole = VIEW("250-mail.example.org\r\n250-STARTTLS\r\n250 8BITMIME\r\n");
    struct smtp_reply reply;

    for (size_t i = 0; i < whole.n; i++)
        ck_assert_int_eq(smtp_reply_parse(view_slice(whole, 0, i), &reply), REPLY_MORE);
    ck_assert_int_eq(smtp_reply_parse(whole, &reply), REPLY_WHOLE);
    ck_assert_view_eq(reply.lines[1], "STARTTLS");
}
END_TEST

START_TEST(a_reply_has_its_limits)
{
    static char bytes[REPLY_OCTETS_MAX * 2];
    struct smtp_reply reply;
    size_t used = 0;

    memset(bytes, 'x', sizeof(bytes)); /* a line that never ends */
    ck_assert_int_eq(smtp_reply_parse((struct view){ bytes, REPLY_LINE_MAX }, &reply), REPLY_MORE);
    ck_assert_int_eq(smtp_reply_parse((struct view){ bytes, REPLY_LINE_MAX + 1 }, &reply), REPLY_MALFORMED);
    for (size_t i = 0; i < REPLY_LINES_MAX; i++, used += 7)
        memcpy(bytes + used, "250-a\r\n", 7);
    ck_assert_int_eq(smtp_reply_parse((struct view){ bytes, used }, &reply), REPLY_MORE);
    memcpy(bytes + used, "250-a\r\n", 7);
    ck_assert_int_eq(smtp_reply_parse((struct view){ bytes, used + 7 }, &reply), REPLY_MALFORMED);
}
END_TEST

static const struct {
    const char *reply;
    bool answered, starttls, overwritten;
    const char *auth;
} offers[] = {
    { "250-h\r\n250-SIZE 1\r\n250 STARTTLS\r\n", true, true, false, "" },
    { "250-h\r\n250 starttls\r\n", true, true, false, "" },
    { "250-h\r\n250 STARTTLSX\r\n", true, false, false, "" },
    { "250 STARTTLS\r\n", true, false, false, "" }, /* the server's name */
    { "250-h\r\n250 XXXXXXXA\r\n", true, false, true, "" },
    { "250-h\r\n250 XXXXXXXX\r\n", true, false, true, "" },
    { "250-h\r\n250 XXXXXXXAB\r\n", true, false, false, "" },
    { "250-h\r\n250 XCLIENT NAME\r\n", true, false, false, "" },
    { "250-h\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n", true, true, false, "PLAIN LOGIN" },
    { "250-h\r\n250 AUTH=LOGIN\r\n", true, false, false, "LOGIN" },
    { "250-h\r\n250-AUTH=LOGIN\r\n250 AUTH PLAIN\r\n", true, false, false, "PLAIN" },
    { "250-h\r\n250-AUTH PLAIN\r\n250 AUTH=LOGIN\r\n", true, false, false, "PLAIN" },
    { "250-h\r\n250 AUTH\r\n", true, false, false, "" },
    { "502 what\r\n", false, false, false, "" },
};

START_TEST(an_offer_is_read_as_clients_read_it)
{
    struct smtp_reply reply;
    struct ehlo ehlo;

    ck_assert_int_eq(smtp_reply_parse(view_of(offers[_i].reply), &reply), REPLY_WHOLE);
    ehlo = ehlo_read(&reply);
    ck_assert_int_eq(ehlo.answered, offers[_i].answered);
    ck_assert_int_eq(ehlo.starttls, offers[_i].starttls);
    ck_assert_int_eq(ehlo.overwritten, offers[_i].overwritten);
    ck_assert_view_eq(ehlo.auth, offers[_i].auth);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("reply");
    TCase *tests = tcase_create("reply");

    tcase_add_loop_test(tests, a_reply_is_whole_not_yet_or_none, 0, ROWS(replies));
    tcase_add_test(tests, a_reply_comes_one_octet_at_a_time);
    tcase_add_test(tests, a_reply_has_its_limits);
    tcase_add_loop_test(tests, an_offer_is_read_as_clients_read_it, 0, ROWS(offers));
    suite_add_tcase(suite, tests);
    return suite;
}
