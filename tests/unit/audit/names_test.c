/* Targets on the command line, and the octets of DNS records. */
#include "audit/target.h"
#include "dns/dns_data.h"
#include "tests/unit/unit.h"

static const struct {
    const char *text;
    bool valid;
    const char *host;
    unsigned port;
} targets[] = {
    { "example.com", true, "example.com", 0 },
    { "Example.COM.", true, "example.com", 0 },
    { "mail.example.org:587", true, "mail.example.org", 587 },
    { "[mail.example.org]:25", true, "mail.example.org", 25 },
    { "192.0.2.1:25", true, "192.0.2.1", 25 },
    { "[2001:db8::1]:465", true, "2001:db8::1", 465 },
    { "b\xc3\xbc"
      "cher.example",
      true, "xn--bcher-kva.example", 0 },
    { "localhost:65535", true, "localhost", 65535 },
    { "", false, NULL, 0 },
    { ":25", false, NULL, 0 },
    { "mail.example.org:", false, NULL, 0 },
    { "mail.example.org:0", false, NULL, 0 },
    { "mail.example.org:65536", false, NULL, 0 },
    { "mail.example.org:smtp", false, NULL, 0 },
    { "2001:db8::1:25", false, NULL, 0 },
    { "192.0.2.1", false, NULL, 0 },
    { "[2001:db8::1]", false, NULL, 0 },
    { "[mail.example.org", false, NULL, 0 },
    { "[a]b:25", false, NULL, 0 },
    { "a b:25", false, NULL, 0 },
    { "a\r\nQUIT:25", false, NULL, 0 },
};

START_TEST(a_target_is_a_domain_or_host_and_port)
{
    struct target got = { .port = 0 };

    ck_assert_int_eq(target_parse(view_of(targets[_i].text), &got), targets[_i].valid);
    if (!targets[_i].valid)
        return;
    ck_assert_str_eq(got.host, targets[_i].host);
    ck_assert_uint_eq(got.port, targets[_i].port);
}
END_TEST

#define OCTETS(literal)                                                                                                \
    {                                                                                                                  \
        literal, sizeof(literal) - 1                                                                                   \
    }

static const struct {
    struct view octets;
    bool valid;
    unsigned preference;
    const char *host;
} exchanges[] = {
    { OCTETS("\0\012\2mx\7EXAMPLE\3com\0"), true, 10, "mx.example.com" },
    { OCTETS("\0\0\0"), true, 0, "" }, /* null MX */
    { OCTETS("\1\2\1a\0"), true, 258, "a" },
    { OCTETS("\0\012"), false, 0, NULL },
    { OCTETS("\0\012\2mx"), false, 0, NULL },
    { OCTETS("\0\012\2mx\0x"), false, 0, NULL },
    { OCTETS("\0\012\3mx\0"), false, 0, NULL },
    { OCTETS("\0\012\300\014"), false, 0, NULL }, /* a pointer */
    { OCTETS("\0\012\4a.b c\0"), false, 0, NULL },
    { OCTETS("\0\012\3a\r\n\0"), false, 0, NULL },
};

START_TEST(an_mx_record_is_whole_or_refused)
{
    struct mx_data got;

    ck_assert_int_eq(mx_data_read(exchanges[_i].octets, &got), exchanges[_i].valid);
    if (!exchanges[_i].valid)
        return;
    ck_assert_uint_eq(got.preference, exchanges[_i].preference);
    ck_assert_str_eq(got.host, exchanges[_i].host);
}
END_TEST

#define DIGEST "0123456789abcdef0123456789abcdef"

static const struct {
    struct view octets;
    bool valid, usable;
} associations[] = {
    { OCTETS("\3\1\1" DIGEST), true, true },
    { OCTETS("\2\0\1" DIGEST), true, true },
    { OCTETS("\3\1\2" DIGEST DIGEST), true, true },
    { OCTETS("\3\1\0any"), true, true },
    { OCTETS("\1\1\1" DIGEST), true, false }, /* PKIX-EE: RFC 7672 3.1.3 */
    { OCTETS("\3\2\1" DIGEST), true, false },
    { OCTETS("\3\1\3" DIGEST), true, false },
    { OCTETS("\3\1\1short"), true, false },
    { OCTETS("\3\1\2" DIGEST), true, false },
    { OCTETS("\3\1\1"), false, false },
    { OCTETS(""), false, false },
};

START_TEST(a_tlsa_record_is_usable_for_smtp_or_not)
{
    struct tlsa_data got;

    ck_assert_int_eq(tlsa_data_read(associations[_i].octets, &got), associations[_i].valid);
    if (associations[_i].valid)
        ck_assert_int_eq(tlsa_usable(&got), associations[_i].usable);
}
END_TEST

START_TEST(the_strings_of_a_text_record_are_joined)
{
    char storage[16];
    struct buf out = BUF(storage);

    ck_assert(txt_data_read((struct view)OCTETS("\3v=S\4TSv1\0"), &out));
    ck_assert_view_eq(buf_view(&out), "v=STSv1");
    ck_assert(!txt_data_read((struct view)OCTETS("\5v=S"), &out));
    buf_reset(&out);
    ck_assert(!txt_data_read((struct view)OCTETS("\17 0123456789abcd\17 0123456789abcd"), &out));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("names");
    TCase *tests = tcase_create("names");

    tcase_add_loop_test(tests, a_target_is_a_domain_or_host_and_port, 0, ROWS(targets));
    tcase_add_loop_test(tests, an_mx_record_is_whole_or_refused, 0, ROWS(exchanges));
    tcase_add_loop_test(tests, a_tlsa_record_is_usable_for_smtp_or_not, 0, ROWS(associations));
    tcase_add_test(tests, the_strings_of_a_text_record_are_joined);
    suite_add_tcase(suite, tests);
    return suite;
}
