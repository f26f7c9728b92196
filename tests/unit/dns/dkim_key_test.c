/* What a DKIM key record holds, and what it does not. */
#include "dns/dkim_key.h"
#include "dns/signature_line.h"
#include "tests/unit/dns/zone.h"
#include "tests/unit/unit.h"

#define RSA_512                                                                                                        \
    "MFwwDQYJKoZIhvcNAQEBBQADSwAwSAJBAKYCm8/ofiGKTDbaUvmehiArNiMhK0jEepcJLmCgpQp3oiDmUtn/A9bElP79OXYX2tLL"             \
    "3i5HvKGuJ0hQLDgB8MkCAwEAAQ=="
#define RSA_1024                                                                                                       \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC0/Ht0Yv45V4OehdvVIe4xE6nJWhwCj5WBvOiql6YBZNNPdLazOC/ehwUoDL5W"             \
    "hUtMJmbsFJc7leoRVXMC5+CR/HSnSDT6uDRYe42byAViE4hAqY1L/CGNEtaN5pBIUxBHM4W07b/QaBBDYj7RcppaywMqGNbZuHbL"             \
    "ihhGjCn3pwIDAQAB"
#define RSA_2048                                                                                                       \
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtM0kNqx4BNREFT6YkXkUSGSOu3MY6oQB+GoqIV/9tOxnLxRQHh/kMugu"             \
    "OVunESW+sxxTBmyi3qlCqYryDhDGUwZEQpBrsVi+yp7BBTZsYtjk1p+8fuM2iLxhzmE7Eo2RY9juwUC6u9twCXBZUhjyBG2OQ2t3"             \
    "8ZhBzZQcywclxbCDxmocO/mejxdZaQSAEt5QwwJ2ZCVbS17myAECl+3/n8Dr9yTi7Dl870iFyg/Cr74Sn6wVF1FI3Wkc3h84f1Kb"             \
    "stUVSMSs9AwljP/GV0xundF1AbDydOSDl/HNJSIgYhXF9RaOKFxgVQBugwbDSEVLp8H2bJNukwEtS/783WiRqwIDAQAB"
#define BARE_2048                                                                                                      \
    "MIIBCgKCAQEAtM0kNqx4BNREFT6YkXkUSGSOu3MY6oQB+GoqIV/9tOxnLxRQHh/kMuguOVunESW+sxxTBmyi3qlCqYryDhDGUwZE"             \
    "QpBrsVi+yp7BBTZsYtjk1p+8fuM2iLxhzmE7Eo2RY9juwUC6u9twCXBZUhjyBG2OQ2t38ZhBzZQcywclxbCDxmocO/mejxdZaQSA"             \
    "Et5QwwJ2ZCVbS17myAECl+3/n8Dr9yTi7Dl870iFyg/Cr74Sn6wVF1FI3Wkc3h84f1KbstUVSMSs9AwljP/GV0xundF1AbDydOSD"             \
    "l/HNJSIgYhXF9RaOKFxgVQBugwbDSEVLp8H2bJNukwEtS/783WiRqwIDAQAB"
#define ED25519 "GNE3pL1mu5RrznF/SbJFmL6eb8zV1ITArxJTTzmoOhY="
#define CURVE                                                                                                          \
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE0MHJo4Mex67D/AOvFqACbjHB28nkH2uQiyDStdVXjbaP36vPw9if+13n8pSZHk9q"             \
    "viHw4SB/m0SfvZqxFNhr8w=="

static const struct {
    const char *record;
    enum dkim_key_state state;
    unsigned bits;
    bool good, testing;
} records[] = {
    { "v=DKIM1; k=rsa; p=" RSA_2048, DKIM_KEY_FOUND, 2048, true, false },
    { "p=" RSA_2048 ";", DKIM_KEY_FOUND, 2048, true, false },
    { "v=DKIM1;p=" BARE_2048, DKIM_KEY_FOUND, 2048, true, false },
    { "v=DKIM1; t=y; p=" RSA_1024, DKIM_KEY_FOUND, 1024, true, true },
    { "v=DKIM1; t=s : y; p=" RSA_1024, DKIM_KEY_FOUND, 1024, true, true },
    { "v=DKIM1; p=" RSA_512, DKIM_KEY_FOUND, 512, false, false },
    { "v=DKIM1; h=sha1:sha256; s=email; n=a note; x=new; p=" RSA_1024, DKIM_KEY_FOUND, 1024, true, false },
    { "v=DKIM1; k=ed25519; p=" ED25519, DKIM_KEY_FOUND, 256, true, false },
    { "v=DKIM1; k=rsa; p= " RSA_1024 " ", DKIM_KEY_FOUND, 1024, true, false },
    { "v=DKIM1; p=", DKIM_KEY_REVOKED, 0, false, false },
    { "v=DKIM1; p= ; t=y", DKIM_KEY_REVOKED, 0, false, true },
    { "v=DKIM1; k=dsa; p=" RSA_1024, DKIM_KEY_OTHER, 0, false, false },
    { "v=DKIM1; h=sha1; p=" RSA_1024, DKIM_KEY_OTHER, 0, false, false },
    { "v=DKIM1; s=tlsrpt; p=" RSA_1024, DKIM_KEY_OTHER, 0, false, false },
    { "v=DKIM1; k=rsa", DKIM_KEY_BROKEN, 0, false, false },
    { "k=rsa; v=DKIM1; p=" RSA_1024, DKIM_KEY_BROKEN, 0, false, false },
    { "v=DKIM2; p=" RSA_1024, DKIM_KEY_BROKEN, 0, false, false },
    { "v=DKIM1; p=" RSA_1024 "; p=" RSA_1024, DKIM_KEY_BROKEN, 0, false, false },
    { "v=DKIM1; p=" RSA_1024 "A", DKIM_KEY_BROKEN, 0, false, false },
    { "v=DKIM1; p=AAAA" RSA_1024, DKIM_KEY_BROKEN, 0, false, false },
    { "v=DKIM1; p=" ED25519, DKIM_KEY_BROKEN, 0, false, false },
    { "v=DKIM1; p=" CURVE, DKIM_KEY_BROKEN, 0, false, false },
    { "v=DKIM1; k=ed25519; p=" RSA_1024, DKIM_KEY_BROKEN, 0, false, false },
    { "v=DKIM1; p=!!!!", DKIM_KEY_BROKEN, 0, false, false },
    { "v=DKIM1; p=====", DKIM_KEY_BROKEN, 0, false, false },
    { "v=DKIM1 k=rsa; p", DKIM_KEY_BROKEN, 0, false, false },
    { "google-site-verification=x", DKIM_KEY_BROKEN, 0, false, false },
    { "", DKIM_KEY_BROKEN, 0, false, false },
};

START_TEST(a_record_is_a_key_or_says_why_not)
{
    struct dkim_key key = dkim_key_parse(view_of(records[_i].record));

    ck_assert_msg(key.state == records[_i].state, "%s: %s", records[_i].record, dkim_key_state_text(key.state).p);
    ck_assert_uint_eq(key.bits, records[_i].bits);
    ck_assert_int_eq(dkim_key_is_good(&key), records[_i].good);
    ck_assert_int_eq(key.testing, records[_i].testing);
}
END_TEST

static const struct {
    const char *zone;
    enum dkim_key_state state;
} zones[] = {
    { "s1._domainkey.example.com TXT v=DKIM1; p=" RSA_2048 "\n", DKIM_KEY_FOUND },
    { "S1._DomainKey.Example.COM TXT v=DKIM1; p=" RSA_2048 "\n", DKIM_KEY_FOUND },
    { "s1._domainkey.example.com TXT p=\n", DKIM_KEY_REVOKED },
    { "s1._domainkey.example.com A 192.0.2.1\n", DKIM_KEY_ABSENT },
    { "", DKIM_KEY_ABSENT },
    { "s1._domainkey.example.com TXT !\n", DKIM_KEY_UNKNOWN },
    { "s1._domainkey.example.com TXT ?\n", DKIM_KEY_UNKNOWN },
    { "s1._domainkey.example.com TXT p=\ns1._domainkey.example.com TXT p=\n", DKIM_KEY_SEVERAL },
};

START_TEST(a_key_is_found_under_its_selector)
{
    struct arena arena;
    struct dns_answers answers;
    struct dkim_key key;

    arena_init(&arena, 0);
    dns_answers_init(&answers, &arena);
    ck_assert_int_eq(dkim_key_find(&answers, VIEW("s1"), VIEW("example.com")).state, DKIM_KEY_PENDING);
    ck_assert_uint_eq(zone_answer(zones[_i].zone, &answers), 1);
    key = dkim_key_find(&answers, VIEW("s1"), VIEW("example.com"));
    ck_assert_int_eq(key.state, zones[_i].state);
    ck_assert_int_eq(dkim_key_find(&answers, VIEW("s..1"), VIEW("example.com")).state, DKIM_KEY_ABSENT);
    arena_done(&arena);
}
END_TEST

static const struct {
    const char *text, *selector, *domain;
} lines[] = {
    { "4B2F1C0A: DKIM-Signature field added (s=s2026, d=example.com)", "s2026", "example.com" },
    { "4Rk2x1: DKIM-Signature field added (s=a.b_c, d=mail.example.com)", "a.b_c", "mail.example.com" },
    { "4B2F1C0A: DKIM-Signature field added (s=, d=example.com)", NULL, NULL },
    { "4B2F1C0A: DKIM-Signature field added (s=s1, d=example..com)", NULL, NULL },
    { "4B2F1C0A: DKIM-Signature field added (s=s1, d=example.com) and more", NULL, NULL },
    { "4B2F1C0A: ARC-Seal field added (s=s1, d=example.com)", NULL, NULL },
    { "x y: DKIM-Signature field added (s=s1, d=example.com)", NULL, NULL },
    { "warning: DKIM-Signature field added", NULL, NULL },
    { "", NULL, NULL },
};

START_TEST(the_signers_log_tells_selectors)
{
    struct view selector = { NULL, 0 }, domain = { NULL, 0 };

    ck_assert_int_eq(signature_line_parse(view_of(lines[_i].text), &selector, &domain), lines[_i].selector != NULL);
    ck_assert_view_eq(selector, lines[_i].selector != NULL ? lines[_i].selector : "");
    ck_assert_view_eq(domain, lines[_i].domain != NULL ? lines[_i].domain : "");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("dkim_key");
    TCase *tc = tcase_create("dkim_key");

    tcase_add_loop_test(tc, a_record_is_a_key_or_says_why_not, 0, (int)ROWS(records));
    tcase_add_loop_test(tc, a_key_is_found_under_its_selector, 0, (int)ROWS(zones));
    tcase_add_loop_test(tc, the_signers_log_tells_selectors, 0, (int)ROWS(lines));
    suite_add_tcase(suite, tc);
    return suite;
}
