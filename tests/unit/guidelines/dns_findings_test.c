/* What DNS says of a sender, as findings: a fault of DNS is never a fault of the sender. */
#include "guidelines/dns_findings.h"

#include <stdio.h>
#include <string.h>

#include "tests/unit/dns/zone.h"
#include "tests/unit/unit.h"

#define PTR "25.2.0.192.in-addr.arpa PTR mail.example.com\nmail.example.com A 192.0.2.25\n"
#define HOST "example.com MX 10 mail.example.com\n"
#define SPF "example.com TXT v=spf1 ip4:192.0.2.25 -all\n"
#define DMARC "_dmarc.example.com TXT v=DMARC1; p=none\n"
#define KEY_512                                                                                                        \
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKYCm8/ofiGKTDbaUvmehiArNiMhK0jEepcJLmCgpQp3oiDmUtn/A9bElP79OXYX2tLL"             \
    "3i5HvKGuJ0hQLDgB8MkCAwEAAQ=="
#define ED25519 "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

struct row {
    const char *zone;
    const char *client, *envelope, *selector; /* "": none */
    enum requirement requirement;
    enum finding finding;
    const char *detail; /* a part of it */
};

static const struct row rows[] = {
    /* SPF */
    { SPF HOST, "192.0.2.25", "", "", REQUIREMENT_SPF, FINDING_SPF_PASSES, "192.0.2.25 pass by ip4:192.0.2.25" },
    { SPF, "192.0.2.26", "", "", REQUIREMENT_SPF, FINDING_SPF_FAILS, "192.0.2.26 fail by -all" },
    { "example.com TXT v=spf1 ~all\n", "192.0.2.26", "", "", REQUIREMENT_SPF, FINDING_SPF_FAILS, "softfail" },
    { "example.com TXT v=spf1 moo\n", "192.0.2.26", "", "", REQUIREMENT_SPF, FINDING_SPF_BROKEN, "syntax error: moo" },
    { SPF SPF, "192.0.2.25", "", "", REQUIREMENT_SPF, FINDING_SPF_BROKEN, "more than one" },
    { "example.com TXT v=spf1 moo\n", "", "", "", REQUIREMENT_SPF, FINDING_SPF_BROKEN, "syntax error" },
    { HOST, "192.0.2.25", "", "", REQUIREMENT_SPF, FINDING_SPF_ABSENT, "example.com" },
    { SPF, "", "", "", REQUIREMENT_SPF, FINDING_SPF_NO_ADDRESS, "v=spf1 ip4:192.0.2.25 -all" },
    { "example.com TXT !\n", "192.0.2.25", "", "", REQUIREMENT_SPF, FINDING_SPF_NO_ANSWER, "server failure" },
    { "example.com TXT ?\n", "", "", "", REQUIREMENT_SPF, FINDING_SPF_NO_ANSWER, "timeout" },
    { "example.com TXT v=spf1 include:x.example -all\nx.example TXT !\n", "192.0.2.25", "", "", REQUIREMENT_SPF,
      FINDING_SPF_NO_ANSWER, "server failure: x.example" },
    { "bounce.example.com TXT v=spf1 ip4:192.0.2.25 -all\n", "192.0.2.25", "bounce.example.com", "", REQUIREMENT_SPF,
      FINDING_SPF_PASSES, "pass" },
    { "example.com TXT v=spf1 ip4:192.0.2.25 a:1.example a:2.example a:3.example a:4.example a:5.example a:6.example "
      "a:7.example a:8.example a:9.example a:10.example a:11.example -all\n",
      "192.0.2.25", "", "", REQUIREMENT_SPF, FINDING_SPF_PASSES, "needs 11 look-ups, of 10 allowed" },
    /* DKIM */
    { "s1._domainkey.example.com TXT k=ed25519; p=" ED25519 "\n", "", "", "s1", REQUIREMENT_DKIM,
      FINDING_DKIM_KEYS_GOOD, "s1._domainkey.example.com ed25519 256 bits" },
    { "s1._domainkey.example.com TXT t=y; k=ed25519; p=" ED25519 "\n", "", "", "s1", REQUIREMENT_DKIM,
      FINDING_DKIM_KEYS_GOOD, "marked as a test" },
    { "s1._domainkey.example.com TXT p=" KEY_512 "\n", "", "", "s1", REQUIREMENT_DKIM, FINDING_DKIM_KEYS_SHORT,
      "rsa 512 bits" },
    { "s1._domainkey.example.com TXT p=\n", "", "", "s1", REQUIREMENT_DKIM, FINDING_DKIM_KEYS_BAD, "revoked" },
    { HOST, "", "", "s1", REQUIREMENT_DKIM, FINDING_DKIM_KEYS_BAD, "no such record" },
    { "s1._domainkey.example.com TXT ?\n", "", "", "s1", REQUIREMENT_DKIM, FINDING_DKIM_NO_ANSWER, "timeout" },
    { HOST, "", "", "", REQUIREMENT_DKIM, FINDING_DKIM_NO_SELECTOR, "" },
    /* DMARC */
    { DMARC, "", "", "", REQUIREMENT_DMARC_POLICY, FINDING_DMARC_FOUND,
      "p=none for example.com; v=DMARC1; p=none at _dmarc.example.com" },
    { HOST, "", "", "", REQUIREMENT_DMARC_POLICY, FINDING_DMARC_ABSENT, "_dmarc.example.com" },
    { DMARC DMARC, "", "", "", REQUIREMENT_DMARC_POLICY, FINDING_DMARC_SEVERAL, "_dmarc.example.com" },
    { "_dmarc.example.com TXT v=DMARC1;\n", "", "", "", REQUIREMENT_DMARC_POLICY, FINDING_DMARC_INVALID, "v=DMARC1" },
    { "_dmarc.example.com TXT !\n", "", "", "", REQUIREMENT_DMARC_POLICY, FINDING_DMARC_NO_ANSWER, "server failure" },
    /* Alignment */
    { DMARC "bounce.example.com TXT v=spf1 ip4:192.0.2.25 -all\n", "192.0.2.25", "bounce.example.com", "",
      REQUIREMENT_ALIGNMENT, FINDING_ALIGNMENT_DOMAINS_FIT, "bounce.example.com" },
    { DMARC "example.net TXT v=spf1 ip4:192.0.2.25 -all\n", "192.0.2.25", "example.net", "", REQUIREMENT_ALIGNMENT,
      FINDING_ALIGNMENT_DOMAINS_DIFFER, "example.net" },
    { DMARC "s1._domainkey.example.com TXT k=ed25519; p=" ED25519 "\n", "192.0.2.25", "example.net", "s1",
      REQUIREMENT_ALIGNMENT, FINDING_ALIGNMENT_DOMAINS_FIT, "d=example.com" },
    { DMARC "s1._domainkey.example.com TXT ?\n", "192.0.2.25", "example.net", "s1", REQUIREMENT_ALIGNMENT,
      FINDING_ALIGNMENT_NO_ANSWER, "d=example.com" },
    { DMARC "bounce.example.com TXT !\n", "192.0.2.25", "bounce.example.com", "", REQUIREMENT_ALIGNMENT,
      FINDING_ALIGNMENT_NO_ANSWER, "bounce.example.com" },
    /* Names of addresses */
    { PTR HOST, "192.0.2.25", "", "", REQUIREMENT_DNS_RECORDS, FINDING_PTR_CONFIRMED, "192.0.2.25 mail.example.com" },
    { HOST, "192.0.2.25", "", "", REQUIREMENT_DNS_RECORDS, FINDING_PTR_ABSENT, "192.0.2.25" },
    { HOST "25.2.0.192.in-addr.arpa PTR x.example\n", "192.0.2.25", "", "", REQUIREMENT_DNS_RECORDS,
      FINDING_PTR_MISMATCH, "192.0.2.25 x.example" },
    { HOST "25.2.0.192.in-addr.arpa PTR !\n", "192.0.2.25", "", "", REQUIREMENT_DNS_RECORDS, FINDING_PTR_NO_ANSWER,
      "192.0.2.25 (server failure)" },
    { HOST "25.2.0.192.in-addr.arpa PTR x.example\nx.example A ?\n", "192.0.2.25", "", "", REQUIREMENT_DNS_RECORDS,
      FINDING_PTR_NO_ANSWER, "timeout" },
    { HOST, "", "", "", REQUIREMENT_DNS_RECORDS, FINDING_PTR_NO_ADDRESS, "" },
    { PTR, "192.0.2.25", "", "", REQUIREMENT_DNS_RECORDS, FINDING_PTR_NO_SUCH_DOMAIN, "example.com" },
    { PTR "example.com MX !\n", "192.0.2.25", "", "", REQUIREMENT_DNS_RECORDS, FINDING_PTR_CONFIRMED, "mail" },
};

static void find(const struct row *row, struct dns_findings *out)
{
    static struct dns_answers answers;
    static struct sender_facts facts;
    struct arena arena;
    struct address client;
    struct signature signature = { view_of(row->selector), VIEW("example.com") };
    struct sender_question question = { .domain = VIEW("example.com"),
                                        .envelope =
                                            row->envelope[0] != '\0' ? view_of(row->envelope) : VIEW("example.com"),
                                        .addresses = &client,
                                        .address_count = address_parse(view_of(row->client), &client),
                                        .signatures = &signature,
                                        .signature_count = row->selector[0] != '\0' };

    arena_init(&arena, 0);
    dns_answers_init(&answers, &arena);
    do {
        sender_find(&answers, &question, &facts);
    } while (zone_answer(row->zone, &answers) > 0);
    ck_assert(!facts.pending);
    dns_findings_of(&question, &facts, out);
    arena_done(&arena);
}

START_TEST(dns_gives_a_finding_and_the_record_it_rests_on)
{
    const struct row *row = &rows[_i];
    static struct dns_findings findings;
    const struct dns_finding *got = &findings.rows[row->requirement];

    find(row, &findings);
    ck_assert(got->asked);
    ck_assert_msg(got->finding == row->finding, "row %d: %s: %.*s", _i, finding_table[got->finding].name.p,
                  VIEW_ARG(got->detail));
    ck_assert_msg(view_find(got->detail, view_of(row->detail)) >= 0, "row %d: %.*s", _i, VIEW_ARG(got->detail));
}
END_TEST

/* A zone in which every name server fails: nothing of that is the sender's fault. */
START_TEST(a_fault_of_dns_is_never_needs_work)
{
    static const char *const faults[] = { "!", "?" };
    static const char *const names[] = { "example.com TXT",
                                         "example.com A",
                                         "example.com AAAA",
                                         "example.com MX",
                                         "_dmarc.example.com TXT",
                                         "_dmarc.com TXT",
                                         "bounce.example.com TXT",
                                         "25.2.0.192.in-addr.arpa PTR",
                                         "s1._domainkey.example.com TXT" };
    static struct dns_findings findings;
    char zone[1024];
    struct buf text = BUF(zone);
    const struct row row = { zone, "192.0.2.25", "bounce.example.com", "s1", REQUIREMENT_SPF, FINDING_NO_MAIL, "" };

    for (size_t i = 0; i < ROWS(names); i++)
        buf_addf(&text, "%s %s\n", names[i], faults[_i]);
    (void)buf_text(&text);
    find(&row, &findings);
    for (size_t i = 0; i < REQUIREMENT_COUNT; i++)
        ck_assert(!findings.rows[i].asked || finding_table[findings.rows[i].finding].verdict == COMPLIANCE_UNKNOWN);
    ck_assert(findings.rows[REQUIREMENT_SPF].asked && findings.rows[REQUIREMENT_ALIGNMENT].asked);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("dns_findings");
    TCase *tc = tcase_create("dns_findings");

    tcase_add_loop_test(tc, dns_gives_a_finding_and_the_record_it_rests_on, 0, (int)ROWS(rows));
    tcase_add_loop_test(tc, a_fault_of_dns_is_never_needs_work, 0, 2);
    suite_add_tcase(suite, tc);
    return suite;
}
