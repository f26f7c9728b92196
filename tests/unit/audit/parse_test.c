/* The parsers of what Postfix says. */
#include "audit/config.h"
#include "audit/networks.h"
#include "audit/policy_map.h"
#include "audit/tls_level.h"
#include "audit/tls_protocols.h"
#include "audit/words.h"
#include "tests/unit/unit.h"

static const struct {
    const char *list;
    const char *words[5];
} lists[] = {
    { "", { NULL } },
    { " , \t", { NULL } },
    { "a,b c\td", { "a", "b", "c", "d", NULL } },
    { "unix:/a, { inet:b:1, x = y } c", { "unix:/a", "{ inet:b:1, x = y }", "c", NULL } },
    { "{{a} {b}} c", { "{{a} {b}}", "c", NULL } },
    { "{never closed, a", { "{never closed, a", NULL } },
    { "} a", { "}", "a", NULL } },
};

START_TEST(a_list_is_cut_as_postfix_cuts_it)
{
    struct view list = view_of(lists[_i].list), word;
    size_t at = 0;

    while (words_next(&list, &word)) {
        ck_assert_ptr_nonnull(lists[_i].words[at]);
        ck_assert_view_eq(word, lists[_i].words[at]);
        at++;
    }
    ck_assert_ptr_null(lists[_i].words[at]);
}
END_TEST

START_TEST(an_assignment_needs_a_name)
{
    struct view name, value;

    ck_assert(words_assignment(VIEW(" a = b = c "), &name, &value));
    ck_assert_view_eq(name, "a");
    ck_assert_view_eq(value, "b = c");
    ck_assert(words_assignment(VIEW("a="), &name, &value));
    ck_assert_view_eq(value, "");
    ck_assert(!words_assignment(VIEW(" = b"), &name, &value));
    ck_assert(!words_assignment(VIEW("a"), &name, &value));
}
END_TEST

static const struct {
    const char *text;
    bool valid;
    unsigned major, minor, patch;
} versions[] = {
    { "3.7.11", true, 3, 7, 11 },   { "2.10.1", true, 2, 10, 1 },  { "3.12-20260821", true, 3, 12, 0 },
    { "3.9-RC1", true, 3, 9, 0 },   { "3.11", true, 3, 11, 0 },    { "", false, 0, 0, 0 },
    { "3", false, 0, 0, 0 },        { "3.", false, 0, 0, 0 },      { "3.x", false, 0, 0, 0 },
    { "3.7.11.2", false, 0, 0, 0 }, { "99999.1", false, 0, 0, 0 },
};

START_TEST(a_version_is_two_or_three_numbers)
{
    struct postfix_version got = { 0, 0, 0 };

    ck_assert_int_eq(postfix_version_parse(view_of(versions[_i].text), &got), versions[_i].valid);
    ck_assert_uint_eq(got.major, versions[_i].major);
    ck_assert_uint_eq(got.minor, versions[_i].minor);
    ck_assert_uint_eq(got.patch, versions[_i].patch);
}
END_TEST

static const struct {
    const char *list;
    unsigned admitted;
    bool bounds;
    const char *fault;
} protocols[] = {
    { "", PROTOCOLS_ALL, false, "" },
    { "!SSLv2, !SSLv3", PROTOCOLS_ALL & ~PROTOCOLS_SSL, false, "" },
    { "!SSLv2:!SSLv3:!TLSv1:!TLSv1.1", PROTOCOL_TLS_1_2 | PROTOCOL_TLS_1_3, false, "" },
    { "TLSv1.2 TLSv1.3", PROTOCOL_TLS_1_2 | PROTOCOL_TLS_1_3, false, "" },
    { "tlsv1.2", PROTOCOL_TLS_1_2, false, "" },
    { ">=TLSv1", PROTOCOLS_ALL & ~PROTOCOLS_SSL, true, "" },
    { ">=TLSv1.2, <=TLSv1.2", PROTOCOL_TLS_1_2, true, "" },
    { ">=TLSv1.1, !TLSv1.3", PROTOCOL_TLS_1_1 | PROTOCOL_TLS_1_2, true, "" },
    { ">=0", PROTOCOLS_ALL, true, "" },
    { "!SSLv2, TLS1.2", PROTOCOLS_ALL & ~PROTOCOL_SSL_2, false, "TLS1.2" },
    { ">=TLS", PROTOCOLS_ALL, false, ">=TLS" },
};

START_TEST(a_protocol_list_admits_what_postfix_admits)
{
    struct tls_protocols got = tls_protocols_parse(view_of(protocols[_i].list));

    ck_assert_uint_eq(got.admitted, protocols[_i].admitted);
    ck_assert_int_eq(got.bounds, protocols[_i].bounds);
    ck_assert(view_find(view_of(protocols[_i].fault), got.fault) != -1);
    ck_assert_int_eq(got.fault.n == 0, protocols[_i].fault[0] == '\0');
}
END_TEST

START_TEST(protocols_are_named_oldest_first)
{
    char storage[100];
    struct buf out = BUF(storage);

    tls_protocols_add(&out, PROTOCOL_TLS_1_0 | PROTOCOL_SSL_3);
    ck_assert_view_eq(buf_view(&out), "SSLv3, TLSv1");
}
END_TEST

static const struct {
    const char *text;
    enum security_level level;
    bool encrypts;
} levels[] = {
    { "", LEVEL_NONE, false },
    { "none", LEVEL_NONE, false },
    { "may", LEVEL_MAY, false },
    { "Encrypt", LEVEL_ENCRYPT, true },
    { "dane", LEVEL_DANE, false },
    { "dane-only", LEVEL_DANE_ONLY, true },
    { "verify", LEVEL_VERIFY, true },
    { "secure", LEVEL_SECURE, true },
    { "fingerprint", LEVEL_FINGERPRINT, true },
    { "half-dane", LEVEL_INVALID, false },
    { "invalid", LEVEL_INVALID, false },
};

START_TEST(a_level_says_if_plaintext_is_shut_out)
{
    enum security_level got = security_level_parse(view_of(levels[_i].text));

    ck_assert_int_eq(got, levels[_i].level);
    ck_assert_int_eq(security_level_encrypts(got), levels[_i].encrypts);
}
END_TEST

static const struct {
    const char *level, *attributes;
    unsigned major, minor; /* of Postfix */
    const char *fault;
} entries[] = {
    { "secure", "match=nexthop servername=hostname", 3, 4, "" },
    { "secure", "servername=hostname", 3, 3, "servername= came with 3.4" },
    { "secure", "policy_type=sts { policy_string = version: STSv1 }", 3, 10, "" },
    { "secure", "policy_type=sts", 3, 9, "policy_type= came with 3.10" },
    { "encrypt", "match=nexthop", 3, 7, "match= has no place at level encrypt" },
    { "encrypt", "protocols=>=TLSv1.2 ciphers=high", 3, 7, "" },
    { "encrypt", "protocol=TLSv1.2", 3, 7, "protocol= is no attribute" },
    { "encrypt", "ciphers=", 3, 7, "\"ciphers=\" is no name=value" },
    { "encrypt", "high", 3, 7, "\"high\" is no name=value" },
    { "none", "match=nexthop", 3, 7, "" },
    { "dane", "", 3, 7, "" },
    { "dane-only", "", 2, 10, "level dane-only came with 2.11" },
    { "dane", "", 2, 11, "" },
    { "secure", "tafile=/x", 2, 10, "tafile= came with 2.11" },
    { "secure", "tafile=/x match=nexthop", 2, 11, "" },
    { "starttls", "", 3, 7, "\"starttls\" is no level" },
    { "", "", 3, 7, "\"\" is no level" },
};

START_TEST(a_policy_that_postfix_refuses_is_named)
{
    struct postfix_config config = { .version = { entries[_i].major, entries[_i].minor, 0 } };
    struct policy_entry entry = { .level = view_of(entries[_i].level), .attributes = view_of(entries[_i].attributes) };
    char storage[200];
    struct buf out = BUF(storage);

    ck_assert_view_eq(policy_entry_fault(&entry, &config, &out), entries[_i].fault);
}
END_TEST

static const struct {
    const char *outer, *inner;
    bool valid, covers;
} networks[] = {
    { "10.0.0.0/8", "10.1.2.0/24", true, true },
    { "10.1.2.0/24", "10.0.0.0/8", true, false },
    { "[2001:db8::]/32", "[2001:db8:1::]/48", true, true },
    { "192.0.2.0/24", "192.0.3.1", true, false },
    { "127.0.0.0/8", "[::ffff:127.0.0.0]/104", true, true },
    { "10.0.0.0/8", "!10.1.0.0/16", false, false },
    { "10.0.0.0/8", "/etc/postfix/networks", false, false },
    { "10.0.0.0/8", "hash:/etc/postfix/networks", false, false },
};

START_TEST(networks_are_compared_as_sets)
{
    struct network outer, inner;
    bool valid = postfix_network(view_of(networks[_i].inner), &inner);

    ck_assert(postfix_network(view_of(networks[_i].outer), &outer));
    ck_assert_int_eq(valid, networks[_i].valid);
    if (valid)
        ck_assert_int_eq(network_covers(&outer, &inner), networks[_i].covers);
}
END_TEST

START_TEST(what_is_no_line_of_postconf_is_left_out)
{
    struct arena arena;
    struct parameters parameters;
    struct services services;
    struct error error;

    arena_init(&arena, 0);
    ck_assert_int_eq(
        postconf_parameters(&arena, VIEW("b = 2\n\nnonsense\n= 3\na =\nlast = x = y"), &parameters, &error), 0);
    ck_assert_uint_eq(parameters.count, 3);
    ck_assert_view_eq(parameters_find(&parameters, VIEW("last"))->value, "x = y");
    ck_assert_ptr_null(parameters_find(&parameters, VIEW("c")));
    ck_assert_int_eq(
        postconf_services(&arena,
                          VIEW("smtp inet n - n - -\n# a b c d e f g h\n\nx unix - - n - - smtp -o -o a=1 -ob=2"),
                          &services, &error),
        0);
    ck_assert_uint_eq(services.count, 1);
    ck_assert_uint_eq(services.rows[0].override_count, 1);
    ck_assert_view_eq(service_override(&services.rows[0], VIEW("b"))->value, "2");
    arena_done(&arena);
}
END_TEST

START_TEST(the_last_of_several_overrides_counts)
{
    struct arena arena;
    struct services services;
    struct error error;

    arena_init(&arena, 0);
    ck_assert_int_eq(
        postconf_services(&arena, VIEW("a unix - - n - - smtp -o x=1 -o { x = 2 3 } -v\n"), &services, &error), 0);
    ck_assert_view_eq(service_override(&services.rows[0], VIEW("x"))->value, "2 3");
    postconf_overrides(VIEW("a/unix/x = expanded\nb/unix/x = other\nx = no\na/unix/unknown = 1\n"), &services);
    ck_assert_view_eq(service_override(&services.rows[0], VIEW("x"))->value, "expanded");
    ck_assert_ptr_null(service_override(&services.rows[0], VIEW("unknown")));
    arena_done(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("parse");
    TCase *tests = tcase_create("parse");

    tcase_add_loop_test(tests, a_list_is_cut_as_postfix_cuts_it, 0, ROWS(lists));
    tcase_add_test(tests, an_assignment_needs_a_name);
    tcase_add_loop_test(tests, a_version_is_two_or_three_numbers, 0, ROWS(versions));
    tcase_add_loop_test(tests, a_protocol_list_admits_what_postfix_admits, 0, ROWS(protocols));
    tcase_add_test(tests, protocols_are_named_oldest_first);
    tcase_add_loop_test(tests, a_level_says_if_plaintext_is_shut_out, 0, ROWS(levels));
    tcase_add_loop_test(tests, a_policy_that_postfix_refuses_is_named, 0, ROWS(entries));
    tcase_add_loop_test(tests, networks_are_compared_as_sets, 0, ROWS(networks));
    tcase_add_test(tests, what_is_no_line_of_postconf_is_left_out);
    tcase_add_test(tests, the_last_of_several_overrides_counts);
    suite_add_tcase(suite, tests);
    return suite;
}
