/* Which DMARC record holds, and whose domain it is: RFC 9989 section 4.10. */
#include "dns/sender.h"
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

static const struct {
    const char *record;
    bool valid, broken_policy, has_reports;
    enum dmarc_policy policy, subdomains;
} records[] = {
    { "v=DMARC1; p=none", true, false, false, DMARC_POLICY_NONE, DMARC_NO_POLICY },
    { "v=DMARC1;p=reject;", true, false, false, DMARC_POLICY_REJECT, DMARC_NO_POLICY },
    { " v = DMARC1 ; p = Quarantine ; sp=reject", true, false, false, DMARC_POLICY_QUARANTINE, DMARC_POLICY_REJECT },
    { "v=DMARC1; p=none; pct=50; ri=3600; fo=1; rua=mailto:a@example.org", true, false, true, DMARC_POLICY_NONE,
      DMARC_NO_POLICY },
    { "v=DMARC1; rua=mailto:a@example.org", true, true, true, DMARC_NO_POLICY, DMARC_NO_POLICY },
    { "v=DMARC1; p=nothing; rua=x, mailto:a@example.org", true, true, true, DMARC_NO_POLICY, DMARC_NO_POLICY },
    { "v=DMARC1; p=none; sp=nothing", true, true, false, DMARC_POLICY_NONE, DMARC_NO_POLICY },
    { "v=DMARC1; p=none; rua=nobody", true, false, false, DMARC_POLICY_NONE, DMARC_NO_POLICY },
    { "v=DMARC1", true, true, false, DMARC_NO_POLICY, DMARC_NO_POLICY },
    { "p=none; v=DMARC1", false, false, false, DMARC_NO_POLICY, DMARC_NO_POLICY },
    { "v=dmarc1; p=none", false, false, false, DMARC_NO_POLICY, DMARC_NO_POLICY },
    { "v=DMARC2; p=none", false, false, false, DMARC_NO_POLICY, DMARC_NO_POLICY },
    { "v=spf1 -all", false, false, false, DMARC_NO_POLICY, DMARC_NO_POLICY },
    { "", false, false, false, DMARC_NO_POLICY, DMARC_NO_POLICY },
};

START_TEST(a_record_is_read_tag_by_tag)
{
    struct dmarc_record record = dmarc_record_parse(view_of(records[_i].record));

    ck_assert_msg(record.valid == records[_i].valid, "%s", records[_i].record);
    ck_assert_int_eq(record.policy, records[_i].policy);
    ck_assert_int_eq(record.subdomains, records[_i].subdomains);
    if (record.valid) {
        ck_assert_int_eq(record.broken_policy, records[_i].broken_policy);
        ck_assert_int_eq(record.has_reports, records[_i].has_reports);
    }
}
END_TEST

#define P_NONE " TXT v=DMARC1; p=none\n"

static const struct {
    const char *zone, *domain;
    enum dmarc_state state;
    const char *place, *policy, *organization;
} walks[] = {
    { "_dmarc.example.com" P_NONE, "example.com", DMARC_FOUND, "example.com", "none", "example.com" },
    { "_dmarc.example.com" P_NONE, "a.mail.example.com", DMARC_FOUND, "example.com", "none", "example.com" },
    { "_dmarc.example.com TXT v=DMARC1; p=reject; sp=quarantine\n", "mail.example.com", DMARC_FOUND, "example.com",
      "quarantine", "example.com" },
    { "_dmarc.example.com TXT v=DMARC1; p=reject; sp=quarantine\n", "example.com", DMARC_FOUND, "example.com", "reject",
      "example.com" },
    /* The domain's own record holds, though the organization is above it. */
    { "_dmarc.mail.example.com TXT v=DMARC1; p=reject\n_dmarc.example.com" P_NONE, "mail.example.com", DMARC_FOUND,
      "mail.example.com", "reject", "example.com" },
    /* Of the names without psd the shortest is the organization; its record holds, not the one between. */
    { "_dmarc.mail.example.com TXT v=DMARC1; p=reject\n_dmarc.example.com" P_NONE, "a.mail.example.com", DMARC_FOUND,
      "example.com", "none", "example.com" },
    /* psd=n ends the walk. */
    { "_dmarc.mail.example.com TXT v=DMARC1; p=reject; psd=n\n_dmarc.example.com" P_NONE, "a.mail.example.com",
      DMARC_FOUND, "mail.example.com", "reject", "mail.example.com" },
    /* psd=y: the organization is one label below it; the record of the suffix holds where there is no other. */
    { "_dmarc.com TXT v=DMARC1; p=reject; psd=y\n", "a.mail.example.com", DMARC_FOUND, "com", "reject", "example.com" },
    { "_dmarc.com TXT v=DMARC1; p=reject; psd=y\n_dmarc.example.com" P_NONE, "a.mail.example.com", DMARC_FOUND,
      "example.com", "none", "example.com" },
    /* ... but not on the name where the walk began. */
    { "_dmarc.bank TXT v=DMARC1; p=reject; psd=y\n", "bank", DMARC_FOUND, "bank", "reject", "bank" },
    /* No record anywhere: the domain is its own organization. */
    { "", "mail.example.com", DMARC_ABSENT, "", "", "mail.example.com" },
    { "_dmarc.example.com TXT hello\n", "example.com", DMARC_ABSENT, "", "", "example.com" },
    /* Two records are none, and the walk goes on. */
    { "_dmarc.mail.example.com" P_NONE "_dmarc.mail.example.com" P_NONE "_dmarc.example.com TXT v=DMARC1; p=reject\n",
      "mail.example.com", DMARC_FOUND, "example.com", "reject", "example.com" },
    /* No policy: as p=none where reports are asked for, else not applied. */
    { "_dmarc.example.com TXT v=DMARC1; rua=mailto:a@example.org\n", "example.com", DMARC_FOUND, "example.com", "none",
      "example.com" },
    { "_dmarc.example.com TXT v=DMARC1\n", "example.com", DMARC_INVALID, "example.com", "none", "example.com" },
    /* Faults: the domain's own record needs no other. */
    { "_dmarc.example.com TXT !\n", "example.com", DMARC_UNKNOWN, "", "", NULL },
    { "_dmarc.example.com TXT ?\n", "mail.example.com", DMARC_UNKNOWN, "", "", NULL },
    { "_dmarc.example.com" P_NONE "_dmarc.com TXT !\n", "example.com", DMARC_FOUND, "example.com", "none", NULL },
    { "_dmarc.mail.example.com" P_NONE "_dmarc.example.com TXT !\n", "mail.example.com", DMARC_FOUND,
      "mail.example.com", "none", NULL },
};

START_TEST(the_walk_finds_policy_and_organization)
{
    struct dmarc dmarc = dmarc_find(&answers, view_of(walks[_i].domain));

    ck_assert_int_eq(dmarc.state, DMARC_PENDING);
    ck_assert_uint_gt(zone_answer(walks[_i].zone, &answers), 0);
    dmarc = dmarc_find(&answers, view_of(walks[_i].domain));
    ck_assert_msg(dmarc.state == walks[_i].state, "row %d: %d", _i, dmarc.state);
    ck_assert_view_eq(dmarc.place, walks[_i].place);
    ck_assert_view_eq(dmarc_policy_name(dmarc.policy), walks[_i].policy);
    if (walks[_i].organization != NULL)
        ck_assert_view_eq(dmarc.organization, walks[_i].organization);
    ck_assert_uint_eq(zone_answer(walks[_i].zone, &answers), 0);
}
END_TEST

START_TEST(a_long_name_is_asked_for_eight_times)
{
    /* The example of the standard. */
    static const char *const names[] = {
        "_dmarc.a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "_dmarc.g.h.i.j.mail.example.com",
        "_dmarc.h.i.j.mail.example.com",
        "_dmarc.i.j.mail.example.com",
        "_dmarc.j.mail.example.com",
        "_dmarc.mail.example.com",
        "_dmarc.example.com",
        "_dmarc.com",
    };

    (void)dmarc_find(&answers, VIEW("a.b.c.d.e.f.g.h.i.j.mail.example.com"));
    ck_assert_uint_eq(answers.count, ROWS(names));
    for (size_t i = 0; i < ROWS(names); i++)
        ck_assert_view_eq(answers.list[i].name, names[i]);
}
END_TEST

START_TEST(eight_labels_are_one_question_each)
{
    (void)dmarc_find(&answers, VIEW("a.b.c.d.e.f.g.h"));
    ck_assert_uint_eq(answers.count, 8);
    ck_assert_view_eq(answers.list[1].name, "_dmarc.b.c.d.e.f.g.h");
}
END_TEST

static const struct {
    const char *zone, *client;
    enum reverse_state state;
    const char *name;
} reverses[] = {
    { "1.2.0.192.in-addr.arpa PTR mx.example.com\nmx.example.com A 192.0.2.1\n", "192.0.2.1", REVERSE_CONFIRMED,
      "mx.example.com" },
    { "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR mx.example.com\n"
      "mx.example.com AAAA 2001:db8::1\n",
      "2001:db8::1", REVERSE_CONFIRMED, "mx.example.com" },
    /* One of several names is enough, whatever the others do. */
    { "1.2.0.192.in-addr.arpa PTR a.example\n1.2.0.192.in-addr.arpa PTR b.example\na.example A !\n"
      "b.example A 192.0.2.1\n",
      "192.0.2.1", REVERSE_CONFIRMED, "b.example" },
    { "1.2.0.192.in-addr.arpa PTR a.example\n1.2.0.192.in-addr.arpa PTR b.example\na.example A !\n"
      "b.example A 192.0.2.2\n",
      "192.0.2.1", REVERSE_UNKNOWN, "a.example" },
    { "1.2.0.192.in-addr.arpa PTR a.example\na.example A 192.0.2.2\n", "192.0.2.1", REVERSE_MISMATCH, "a.example" },
    { "1.2.0.192.in-addr.arpa PTR a.example\n", "192.0.2.1", REVERSE_MISMATCH, "a.example" },
    { "1.2.0.192.in-addr.arpa PTR \n", "192.0.2.1", REVERSE_MISMATCH, "" }, /* the root is no host */
    { "", "192.0.2.1", REVERSE_ABSENT, "" },
    { "1.2.0.192.in-addr.arpa PTR ?\n", "192.0.2.1", REVERSE_UNKNOWN, "" },
};

START_TEST(an_address_has_a_name_that_leads_back_or_not)
{
    struct address address;
    struct reverse reverse;
    unsigned rounds = 0;

    ck_assert(address_parse(view_of(reverses[_i].client), &address));
    do {
        reverse = reverse_find(&answers, &address);
        ck_assert_uint_lt(rounds++, 4);
    } while (zone_answer(reverses[_i].zone, &answers) > 0);
    ck_assert_int_eq(reverse.state, reverses[_i].state);
    ck_assert_view_eq(reverse.name, reverses[_i].name);
}
END_TEST

static const struct {
    const char *dmarc, *envelope, *signer;
    enum alignment spf, dkim;
} alignments[] = {
    { "_dmarc.example.com" P_NONE, "example.com", "example.com", ALIGNMENT_YES, ALIGNMENT_YES },
    { "_dmarc.example.com" P_NONE, "bounce.example.com", "mail.example.com", ALIGNMENT_YES, ALIGNMENT_YES },
    { "_dmarc.example.com TXT v=DMARC1; p=none; aspf=s\n", "bounce.example.com", "mail.example.com", ALIGNMENT_NO,
      ALIGNMENT_YES },
    { "_dmarc.example.com TXT v=DMARC1; p=none; adkim=s\n", "bounce.example.com", "mail.example.com", ALIGNMENT_YES,
      ALIGNMENT_NO },
    { "_dmarc.example.com" P_NONE, "example.net", "example.org", ALIGNMENT_NO, ALIGNMENT_NO },
    { "_dmarc.example.com" P_NONE "_dmarc.example.net TXT !\n", "example.net", "notexample.com", ALIGNMENT_UNKNOWN,
      ALIGNMENT_NO },
    { "_dmarc.example.com TXT !\n", "bounce.example.com", "example.com", ALIGNMENT_UNKNOWN, ALIGNMENT_YES },
};

START_TEST(domains_are_aligned_as_the_record_asks)
{
    struct signature signature = { VIEW("s1"), view_of(alignments[_i].signer) };
    struct sender_question question = { .domain = VIEW("example.com"),
                                        .envelope = view_of(alignments[_i].envelope),
                                        .signatures = &signature,
                                        .signature_count = 1 };
    static struct sender_facts facts;

    do {
        sender_find(&answers, &question, &facts);
    } while (zone_answer(alignments[_i].dmarc, &answers) > 0);
    ck_assert(!facts.pending);
    ck_assert_int_eq(facts.spf_alignment, alignments[_i].spf);
    ck_assert_int_eq(facts.keys[0].alignment, alignments[_i].dkim);
}
END_TEST

START_TEST(more_questions_than_are_taken_are_a_fault)
{
    char storage[64];

    for (unsigned i = 0; i < DNS_QUESTIONS_MAX; i++) {
        struct buf name = BUF(storage);

        buf_addf(&name, "h%u.example", i);
        ck_assert_int_eq(dns_ask(&answers, buf_view(&name), DNS_TYPE_A)->state, DNS_ANSWER_PENDING);
    }
    ck_assert_int_eq(dns_ask(&answers, VIEW("one.example"), DNS_TYPE_A)->fault, DNS_FAULT_LIMIT);
    ck_assert_uint_eq(answers.refused, 1);
    ck_assert_int_eq(dns_ask(&answers, VIEW("H3.example."), DNS_TYPE_A)->state, DNS_ANSWER_PENDING);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("dmarc");
    TCase *tc = tcase_create("dmarc");

    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_loop_test(tc, a_record_is_read_tag_by_tag, 0, (int)ROWS(records));
    tcase_add_loop_test(tc, the_walk_finds_policy_and_organization, 0, (int)ROWS(walks));
    tcase_add_test(tc, a_long_name_is_asked_for_eight_times);
    tcase_add_test(tc, eight_labels_are_one_question_each);
    tcase_add_loop_test(tc, an_address_has_a_name_that_leads_back_or_not, 0, (int)ROWS(reverses));
    tcase_add_loop_test(tc, domains_are_aligned_as_the_record_asks, 0, (int)ROWS(alignments));
    tcase_add_test(tc, more_questions_than_are_taken_are_a_fault);
    suite_add_tcase(suite, tc);
    return suite;
}
