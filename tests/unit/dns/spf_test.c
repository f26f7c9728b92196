/* What an SPF record says of an address: RFC 7208, its examples and its limits. */
#include <stdio.h>
#include <string.h>

#include "dns/spf.h"
#include "tests/unit/dns/zone.h"
#include "tests/unit/unit.h"

static struct arena arena;
static struct dns_answers answers;

static void set_up(void)
{
    arena_init(&arena, 0);
    dns_answers_init(&answers, &arena);
}

static void tear_down(void)
{
    arena_done(&arena);
}

static struct spf_result check(const char *zone, const char *client, struct spf_question question)
{
    struct address address;
    struct spf_result result;
    unsigned rounds = 0;

    ck_assert(address_parse(view_of(client), &address));
    question.client = &address;
    if (question.domain.n == 0)
        question.domain = VIEW("example.com");
    do {
        result = spf_check(&answers, &question);
        ck_assert_uint_lt(rounds++, 100);
    } while (zone_answer(zone, &answers) > 0);
    ck_assert_int_ne(result.verdict, SPF_PENDING);
    return result;
}

/* One record of example.com, and the zone around it. */
#define AROUND                                                                                                         \
    "example.com A 192.0.2.10\nexample.com A 192.0.2.11\nexample.com AAAA 2001:db8::10\n"                              \
    "example.com MX 10 mx.example.com\nmx.example.com A 192.0.2.129\nmx.example.com AAAA 2001:db8::129\n"              \
    "two.example MX 10 mx.two.example\ntwo.example MX 20 mx2.two.example\n"                                            \
    "mx.two.example A 198.51.100.1\nmx2.two.example A 198.51.100.2\n"                                                  \
    "null.example MX 0 \n"                                                                                             \
    "pass.example TXT v=spf1 ip4:192.0.2.1 -all\nsoft.example TXT v=spf1 ~all\nnone.example TXT hello\n"               \
    "broken.example TXT v=spf1 hello:world\ntwice.example TXT v=spf1 -all\ntwice.example TXT v=spf1 +all\n"            \
    "fault.example TXT !\nfault.example A !\nsilent.example TXT ?\nfault.example MX !\n"                               \
    "1.2.0.192.in-addr.arpa PTR a.example.com\na.example.com A 192.0.2.1\n"                                            \
    "2.2.0.192.in-addr.arpa PTR liar.example.com\nliar.example.com A 192.0.2.9\n"                                      \
    "3.2.0.192.in-addr.arpa PTR notexample.com\nnotexample.com A 192.0.2.3\n"                                          \
    "1.2.0.192.list.example A 127.0.0.2\nexample.com.list.example A 127.0.0.2\n"                                       \
    "postmaster.user.example A 127.0.0.2\na.example.com.ptr.example A 127.0.0.2\n"                                     \
    "unknown.ptr.example A 127.0.0.2\n"

static const struct {
    const char *record, *client;
    enum spf_verdict verdict;
} records[] = {
    /* Qualifiers and the end of a record: sections 4.6.2, 4.7. */
    { "v=spf1 +all", "192.0.2.1", SPF_PASS },
    { "v=spf1 all", "192.0.2.1", SPF_PASS },
    { "v=spf1 -all", "192.0.2.1", SPF_FAIL },
    { "v=spf1 ~all", "192.0.2.1", SPF_SOFTFAIL },
    { "v=spf1 ?all", "192.0.2.1", SPF_NEUTRAL },
    { "v=spf1", "192.0.2.1", SPF_NEUTRAL },
    { "V=SPF1 -ALL", "192.0.2.1", SPF_FAIL },
    { "v=spf1  -all ", "192.0.2.1", SPF_FAIL },
    { "v=spf10 -all", "192.0.2.1", SPF_NONE },
    { "v=spf1;-all", "192.0.2.1", SPF_NONE },
    /* Addresses: section 5.6. */
    { "v=spf1 ip4:192.0.2.1 -all", "192.0.2.1", SPF_PASS },
    { "v=spf1 ip4:192.0.2.0/25 -all", "192.0.2.127", SPF_PASS },
    { "v=spf1 ip4:192.0.2.0/25 -all", "192.0.2.128", SPF_FAIL },
    { "v=spf1 ip4:192.0.2.1/24 -all", "192.0.2.200", SPF_PASS },
    { "v=spf1 ip4:0.0.0.0/0 -all", "203.0.113.7", SPF_PASS },
    { "v=spf1 ip4:0.0.0.0/0 -all", "2001:db8::1", SPF_FAIL },
    { "v=spf1 ip6:2001:db8::/32 -all", "2001:db8:ffff::1", SPF_PASS },
    { "v=spf1 ip6:2001:db8::/32 -all", "2001:db9::1", SPF_FAIL },
    { "v=spf1 ip6:::/0 -all", "192.0.2.1", SPF_FAIL },
    { "v=spf1 ip6:::ffff:192.0.2.1 -all", "192.0.2.1", SPF_PASS }, /* the same address */
    { "v=spf1 ip4:192.0.2.256 -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 ip4:192.0.2.1/33 -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 ip4:192.0.2.1/08 -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 ip4:192.0.2.1/ -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 ip4 -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 ip4:2001:db8::1 -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 ip6:192.0.2.1 -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 ip4:[192.0.2.1] -all", "192.0.2.1", SPF_PERMERROR },
    /* a and mx: sections 5.3, 5.4. */
    { "v=spf1 a -all", "192.0.2.11", SPF_PASS },
    { "v=spf1 a -all", "2001:db8::10", SPF_PASS },
    { "v=spf1 a/24 -all", "192.0.2.200", SPF_PASS },
    { "v=spf1 a//64 -all", "2001:db8::ffff", SPF_PASS },
    { "v=spf1 a/24//64 -all", "2001:db8::ffff", SPF_PASS },
    { "v=spf1 a/24//128 -all", "2001:db8::ffff", SPF_FAIL },
    { "v=spf1 a:mx.example.com -all", "192.0.2.129", SPF_PASS },
    { "v=spf1 a:mx.example.com/30 -all", "192.0.2.131", SPF_PASS },
    { "v=spf1 a:nowhere.example -all", "192.0.2.1", SPF_FAIL },
    { "v=spf1 a: -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 a/ -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 mx -all", "192.0.2.129", SPF_PASS },
    { "v=spf1 mx -all", "2001:db8::129", SPF_PASS },
    { "v=spf1 mx:two.example -all", "198.51.100.2", SPF_PASS },
    { "v=spf1 mx:null.example -all", "198.51.100.2", SPF_FAIL },
    { "v=spf1 mx:nowhere.example -all", "198.51.100.2", SPF_FAIL },
    /* include: the table of section 5.2. */
    { "v=spf1 include:pass.example -all", "192.0.2.1", SPF_PASS },
    { "v=spf1 ?include:pass.example -all", "192.0.2.1", SPF_NEUTRAL },
    { "v=spf1 include:pass.example ~all", "192.0.2.2", SPF_SOFTFAIL },
    { "v=spf1 include:soft.example -all", "192.0.2.2", SPF_FAIL },
    { "v=spf1 include:none.example -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 include:nowhere.example -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 include:broken.example -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 include:twice.example -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 include:fault.example -all", "192.0.2.1", SPF_TEMPERROR },
    { "v=spf1 include:silent.example -all", "192.0.2.1", SPF_TEMPERROR },
    { "v=spf1 ip4:192.0.2.1 include:fault.example -all", "192.0.2.1", SPF_PASS }, /* never reached */
    { "v=spf1 include -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 include:localhost -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 include:example.1 -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 include:example.com -all", "192.0.2.1", SPF_PERMERROR }, /* itself, until the limit */
    /* redirect: section 6.1. */
    { "v=spf1 redirect=pass.example", "192.0.2.1", SPF_PASS },
    { "v=spf1 redirect=pass.example", "192.0.2.2", SPF_FAIL },
    { "v=spf1 redirect=pass.example ~all", "192.0.2.2", SPF_SOFTFAIL },
    { "v=spf1 redirect=none.example", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 redirect=fault.example", "192.0.2.1", SPF_TEMPERROR },
    { "v=spf1 redirect=a.example redirect=b.example", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 redirect= -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 redirect=example.com", "192.0.2.1", SPF_PERMERROR },
    /* Other modifiers: section 6. */
    { "v=spf1 moo=%{i} -all", "192.0.2.1", SPF_FAIL },
    { "v=spf1 moo=%{x} -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 exp=why.example.com -all", "192.0.2.1", SPF_FAIL },
    { "v=spf1 exp=why.example.com exp=why.example.com -all", "192.0.2.1", SPF_PERMERROR },
    /* A syntax error anywhere voids the whole: section 4.6. */
    { "v=spf1 ip4:192.0.2.1 -all moo", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 ip4:192.0.2.1 -all:x", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 +-all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 -", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 \xff", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1\t-all", "192.0.2.1", SPF_NONE },
    /* ptr: section 5.5. */
    { "v=spf1 ptr -all", "192.0.2.1", SPF_PASS },
    { "v=spf1 ptr -all", "192.0.2.2", SPF_FAIL }, /* does not lead back */
    { "v=spf1 ptr -all", "192.0.2.3", SPF_FAIL }, /* another domain that ends alike */
    { "v=spf1 ptr:example.org -all", "192.0.2.1", SPF_FAIL },
    { "v=spf1 ptr -all", "198.51.100.9", SPF_FAIL },
    /* exists and macros: sections 5.7, 7. */
    { "v=spf1 exists:%{ir}.list.example -all", "192.0.2.1", SPF_PASS },
    { "v=spf1 exists:%{ir}.list.example -all", "192.0.2.2", SPF_FAIL },
    { "v=spf1 exists:%{d}.list.example -all", "2001:db8::1", SPF_PASS },
    { "v=spf1 exists:%{l}.user.example -all", "192.0.2.1", SPF_PASS },
    { "v=spf1 exists:%{p}.ptr.example -all", "192.0.2.1", SPF_PASS },
    { "v=spf1 exists:%{p}.ptr.example -all", "192.0.2.2", SPF_PASS }, /* "unknown" */
    { "v=spf1 exists:%{ir.list.example -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 exists:%(ir).list.example -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 exists:%{d0}.list.example -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 exists:%{c}.list.example -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 exists:%{} -all", "192.0.2.1", SPF_PERMERROR },
    { "v=spf1 exists:.%{d} -all", "192.0.2.1", SPF_PERMERROR }, /* no name comes of it */
    /* Faults. */
    { "v=spf1 a:fault.example -all", "192.0.2.1", SPF_TEMPERROR },
    { "v=spf1 mx:fault.example -all", "192.0.2.1", SPF_TEMPERROR },
};

START_TEST(a_record_gives_the_verdict_of_the_standard)
{
    char zone[8192];
    struct spf_result result;

    (void)snprintf(zone, sizeof(zone), "example.com TXT unrelated\nexample.com TXT %s\n" AROUND, records[_i].record);
    result = check(zone, records[_i].client, (struct spf_question){ 0 });
    ck_assert_msg(result.verdict == records[_i].verdict, "%s for %s: %s (%s)", records[_i].record, records[_i].client,
                  spf_verdict_name(result.verdict).p, result.problem);
    if (result.verdict == SPF_PERMERROR || result.verdict == SPF_TEMPERROR)
        ck_assert_str_ne(result.problem, "");
}
END_TEST

static const struct {
    const char *zone;
    enum spf_verdict verdict;
} domains[] = {
    { "example.com A 192.0.2.1\n", SPF_NONE },
    { "", SPF_NONE },
    { "example.com TXT !\n", SPF_TEMPERROR },
    { "example.com TXT ?\n", SPF_TEMPERROR },
    { "example.com TXT v=spf1 -all\nexample.com TXT v=spf1 -all\n", SPF_PERMERROR },
};

START_TEST(a_domain_without_one_record_has_no_verdict_of_its_own)
{
    ck_assert_int_eq(check(domains[_i].zone, "192.0.2.1", (struct spf_question){ 0 }).verdict, domains[_i].verdict);
}
END_TEST

/* n times the same kind of term, each with a name of its own. */
static const char *record_of(const char *term, unsigned n, const char *rest)
{
    static char zone[16384];
    struct buf out = BUF(zone);

    buf_addf(&out, "example.com TXT v=spf1");
    for (unsigned i = 0; i < n; i++)
        buf_addf(&out, " %s:h%u.example", term, i);
    buf_addf(&out, " ip4:192.0.2.1 -all\n%s", rest);
    for (unsigned i = 0; i < n; i++)
        buf_addf(&out, "h%u.example A 203.0.113.1\nh%u.example TXT v=spf1 -all\n", i, i);
    return buf_text(&out);
}

START_TEST(ten_look_ups_are_allowed_and_no_more)
{
    static const char *const terms[] = { "a", "include", "exists" };

    for (size_t i = 0; i < ROWS(terms); i++) {
        struct spf_question question = { 0 };
        struct spf_result result = check(record_of(terms[i], 10, ""), "192.0.2.1", question);

        /* exists matches by any address at all. */
        ck_assert_int_eq(result.verdict, SPF_PASS);
        ck_assert_uint_eq(result.lookups, i == 2 ? 1 : 10);
        dns_answers_init(&answers, &arena);
        result = check(record_of(terms[i], 11, ""), "192.0.2.1", question);
        ck_assert_int_eq(result.verdict, i == 2 ? SPF_PASS : SPF_PERMERROR);
        dns_answers_init(&answers, &arena);
        question.exhaust = true;
        result = check(record_of(terms[i], 14, ""), "192.0.2.1", question);
        ck_assert_int_ne(result.verdict, SPF_PERMERROR);
        ck_assert_uint_eq(result.lookups, 14);
        dns_answers_init(&answers, &arena);
    }
}
END_TEST

START_TEST(look_ups_of_included_records_count)
{
    const char *zone = "example.com TXT v=spf1 include:a.example include:b.example -all\n"
                       "a.example TXT v=spf1 a:1.example a:1.example a:1.example a:1.example -all\n"
                       "b.example TXT v=spf1 a:1.example a:1.example a:1.example a:1.example a:1.example -all\n"
                       "1.example A 203.0.113.1\n";
    struct spf_result result = check(zone, "192.0.2.1", (struct spf_question){ 0 });

    ck_assert_int_eq(result.verdict, SPF_PERMERROR);
    ck_assert_uint_eq(result.lookups, SPF_LOOKUPS_MAX + 1);
    ck_assert_view_eq(result.term, "include:b.example");
}
END_TEST

START_TEST(two_void_look_ups_are_allowed_and_no_more)
{
    const char *two = "example.com TXT v=spf1 a:no.example a:none.example ip4:192.0.2.1 -all\nnone.example TXT x\n";
    const char *three = "example.com TXT v=spf1 a:no.example a:none.example mx:no.example ip4:192.0.2.1 -all\n";
    struct spf_result result = check(two, "192.0.2.1", (struct spf_question){ 0 });

    ck_assert_int_eq(result.verdict, SPF_PASS);
    ck_assert_uint_eq(result.voids, 2);
    dns_answers_init(&answers, &arena);
    ck_assert_int_eq(check(three, "192.0.2.1", (struct spf_question){ 0 }).verdict, SPF_PERMERROR);
}
END_TEST

START_TEST(an_mx_term_has_ten_hosts_at_most)
{
    char zone[4096];

    for (unsigned hosts = 10; hosts <= 11; hosts++) {
        struct buf out = BUF(zone);

        buf_addf(&out, "example.com TXT v=spf1 mx -all\n");
        for (unsigned i = 0; i < hosts; i++)
            buf_addf(&out, "example.com MX 10 mx%u.example\nmx%u.example A 203.0.113.%u\n", i, i, i);
        dns_answers_init(&answers, &arena);
        ck_assert_int_eq(check(buf_text(&out), "203.0.113.9", (struct spf_question){ 0 }).verdict,
                         hosts == 10 ? SPF_PASS : SPF_PERMERROR);
    }
}
END_TEST

START_TEST(only_ten_names_of_a_client_are_led_back)
{
    char zone[4096];
    struct buf out = BUF(zone);

    buf_addf(&out, "example.com TXT v=spf1 ptr -all\nz.example.com A 192.0.2.1\n");
    for (unsigned i = 0; i < 10; i++)
        buf_addf(&out, "1.2.0.192.in-addr.arpa PTR n%u.example.com\n", i);
    buf_addf(&out, "1.2.0.192.in-addr.arpa PTR z.example.com\n");
    ck_assert_int_eq(check(buf_text(&out), "192.0.2.1", (struct spf_question){ 0 }).verdict, SPF_FAIL);
}
END_TEST

START_TEST(it_says_what_decided)
{
    const char *zone = "example.com TXT v=spf1 include:a.example -all\na.example TXT v=spf1 ip4:192.0.2.1 -all\n";
    struct spf_result result = check(zone, "192.0.2.1", (struct spf_question){ 0 });

    ck_assert_view_eq(result.term, "include:a.example");
    ck_assert_view_eq(result.record, "v=spf1 include:a.example -all");
    ck_assert_view_eq(check(zone, "192.0.2.2", (struct spf_question){ 0 }).term, "-all");
}
END_TEST

/* The examples of section 7.4. */
static const struct {
    const char *macro, *client, *name;
} macros[] = {
    { "%{o}.x", "192.0.2.3", "email.example.com.x" },
    { "%{d}.x", "192.0.2.3", "email.example.com.x" },
    { "%{d4}.x", "192.0.2.3", "email.example.com.x" },
    { "%{d2}.x", "192.0.2.3", "example.com.x" },
    { "%{d1}.x", "192.0.2.3", "com.x" },
    { "%{dr}.x", "192.0.2.3", "com.example.email.x" },
    { "%{d2r}.x", "192.0.2.3", "example.email.x" },
    { "%{l}.x", "192.0.2.3", "strong-bad.x" },
    { "%{l-}.x", "192.0.2.3", "strong.bad.x" },
    { "%{lr}.x", "192.0.2.3", "strong-bad.x" },
    { "%{lr-}.x", "192.0.2.3", "bad.strong.x" },
    { "%{l1r-}.x", "192.0.2.3", "strong.x" },
    { "%{ir}.%{v}._spf.%{d2}", "192.0.2.3", "3.2.0.192.in-addr._spf.example.com" },
    { "%{lr-}.lp._spf.%{d2}", "192.0.2.3", "bad.strong.lp._spf.example.com" },
    { "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}", "192.0.2.3", "bad.strong.lp.3.2.0.192.in-addr._spf.example.com" },
    { "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}", "192.0.2.3", "3.2.0.192.in-addr.strong.lp._spf.example.com" },
    { "%{d2}.trusted-domains.example.net", "192.0.2.3", "example.com.trusted-domains.example.net" },
    { "%{ir}.%{v}._spf.%{d2}", "2001:db8::cb01",
      "1.0.b.c.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6._spf.example.com" },
    { "%{S}.x", "192.0.2.3", "strong-bad%40email.example.com.x" },
    { "%{h}.x", "192.0.2.3", "mail.example.x" },
    { "a%%b%-c.x", "192.0.2.3", "a%b%20c.x" },
};

START_TEST(macros_expand_as_the_standard_shows)
{
    char zone[512];
    const struct spf_question question = { .domain = VIEW("email.example.com"),
                                           .sender_local = VIEW("strong-bad"),
                                           .helo = VIEW("mail.example") };

    (void)snprintf(zone, sizeof(zone), "email.example.com TXT v=spf1 exists:%s -all\n%s A 127.0.0.2\n",
                   macros[_i].macro, macros[_i].name);
    /* A top label of one octet is none to end a domain-spec with, but here a letter will do. */
    ck_assert_msg(check(zone, macros[_i].client, question).verdict == SPF_PASS, "%s", macros[_i].macro);
}
END_TEST

START_TEST(a_name_too_long_loses_labels_on_its_left)
{
    char zone[1024];
    char label[64] = { 0 };

    memset(label, 'a', 60);
    (void)snprintf(zone, sizeof(zone),
                   "example.com TXT v=spf1 exists:zz.%s.%s.%s.%s.example -all\n%s.%s.%s.%s.example A 127.0.0.2\n",
                   label, label, label, label, label, label, label, label);
    ck_assert_int_eq(check(zone, "192.0.2.1", (struct spf_question){ 0 }).verdict, SPF_PASS);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("spf");
    TCase *tc = tcase_create("spf");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, a_record_gives_the_verdict_of_the_standard, 0, (int)ROWS(records));
    tcase_add_loop_test(tc, a_domain_without_one_record_has_no_verdict_of_its_own, 0, (int)ROWS(domains));
    tcase_add_test(tc, ten_look_ups_are_allowed_and_no_more);
    tcase_add_test(tc, look_ups_of_included_records_count);
    tcase_add_test(tc, two_void_look_ups_are_allowed_and_no_more);
    tcase_add_test(tc, an_mx_term_has_ten_hosts_at_most);
    tcase_add_test(tc, only_ten_names_of_a_client_are_led_back);
    tcase_add_test(tc, it_says_what_decided);
    tcase_add_loop_test(tc, macros_expand_as_the_standard_shows, 0, (int)ROWS(macros));
    tcase_add_test(tc, a_name_too_long_loses_labels_on_its_left);
    suite_add_tcase(suite, tc);
    return suite;
}
