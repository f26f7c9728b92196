#include "report/mail.h"

#include <stdlib.h>

#include "guidelines/compliance.h"
#include "tests/unit/unit.h"

#define NOON INT64_C(1795262400000)

static char *write_mail(const struct report *report, struct view text)
{
    struct report_envelope envelope = { .from = "outward@example.org",
                                        .to = "postmaster@example.org",
                                        .date = "Sat, 21 Nov 2026 12:00:00 +0000",
                                        .message_id = "1.2@example.org",
                                        .page_name = "outward.html",
                                        .text = text,
                                        .page = VIEW("<p>") };
    char *mail = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&mail, &size);

    ck_assert_ptr_nonnull(out);
    report_mail(report, &envelope, out);
    ck_assert_int_eq(fclose(out), 0);
    return mail;
}

static const struct {
    const char *text, *written;
} texts[] = {
    { "plain\n", "\r\nplain\r\n\r\n--=_" },
    { "no line end", "\r\nno line end\r\n--=_" },
    { "a=b\n", "\r\na=3Db\r\n\r\n--=_" },
    { "blank \nmore\n", "\r\nblank=20\r\nmore\r\n\r\n--=_" },
    { "blank at the end ", "\r\nblank at the end=20\r\n--=_" },
    { "tab\there\n", "\r\ntab=09here\r\n\r\n--=_" },
    { "平\n", "\r\n=E5=B9=B3\r\n\r\n--=_" },
    { "--=_outward_report--\n", "\r\n--=3D_outward_report--\r\n\r\n--=_" },
    { "", "\r\n\r\n--=_" },
};

START_TEST(text_comes_through_quoted)
{
    struct tally *tally = tally_new(42);
    struct report report = { .tally = tally };
    char *mail = write_mail(&report, view_of(texts[_i].text));

    ck_assert_msg(strstr(mail, texts[_i].written) != NULL, "%s", mail);
    free(mail);
    tally_free(tally);
}
END_TEST

/* Foreign octets of a host name among them. */
START_TEST(lines_end_in_cr_lf_and_stay_short)
{
    static const char evil[] = "mx\r\nBcc: all@example.com\xe2\x80\xae";
    struct view hosts[] = { VIEW("mx"), VIEW("平文"), VIEW(evil) };
    char text[600];
    struct tally *tally = tally_new(42);

    memset(text, 'x', sizeof(text));
    for (size_t i = 0; i < ROWS(hosts); i++) {
        struct report report = { .tally = tally, .hosts = &hosts[i], .host_count = 1 };
        char *mail = write_mail(&report, (struct view){ text, sizeof(text) }), *line = mail, *end;

        for (; (end = strchr(line, '\n')) != NULL; line = end + 1) {
            ck_assert(end > line && end[-1] == '\r');
            ck_assert_uint_le((size_t)(end - line), 77);
        }
        ck_assert_uint_eq(strlen(line), 0);
        ck_assert_ptr_null(strstr(mail, "\nBcc"));
        free(mail);
    }
    tally_free(tally);
}
END_TEST

static const struct {
    const char *address;
    bool good;
} addresses[] = {
    { "postmaster", true },       { "postmaster@example.org", true },
    { "a+b@example.org", true },  { "", false },
    { "a b@example.org", false }, { "a@example.org\r\nBcc: b", false },
    { "<a@example.org>", false }, { "a@x,b@y", false },
    { "-oQ@example.org", false }, { "a\"@example.org", false },
    { "ü@example.org", false },
};

START_TEST(an_address_is_fit_for_a_header)
{
    ck_assert_int_eq(report_is_address(addresses[_i].address), addresses[_i].good);
}
END_TEST

static const struct {
    const char *what;
    enum protection protection;
    enum tls_failure failure;
    uint64_t gaps;
    unsigned gmail;
    bool news;
} days[] = {
    { "no mail", PROTECTION_NONE, TLS_FAILURE_NONE, 0, 0, false },
    { "all encrypted", PROTECTION_ENCRYPTED, TLS_FAILURE_NONE, 0, 0, false },
    { "plaintext", PROTECTION_PLAINTEXT, TLS_FAILURE_NONE, 0, 0, true },
    { "unknown", PROTECTION_UNKNOWN, TLS_FAILURE_NONE, 0, 0, true },
    { "a handshake failed", PROTECTION_ENCRYPTED, TLS_FAILURE_HANDSHAKE, 0, 0, true },
    { "a gap", PROTECTION_ENCRYPTED, TLS_FAILURE_NONE, 1, 0, true },
    { "far from bulk", PROTECTION_ENCRYPTED, TLS_FAILURE_NONE, 0, 3999, false },
    { "close to bulk", PROTECTION_ENCRYPTED, TLS_FAILURE_NONE, 0, 4000, true },
};

START_TEST(a_day_with_nothing_to_do_is_no_news)
{
    struct tally *tally = tally_new(42);
    struct report report = { .tally = tally, .gaps = days[_i].gaps };
    struct delivery delivery = { .time = NOON,
                                 .domain = VIEW("gmail.com"),
                                 .sender_domain = VIEW("example.org"),
                                 .origin = ORIGIN_SUBMITTED,
                                 .status = DELIVERY_SENT,
                                 .protection = days[_i].protection,
                                 .failure = days[_i].failure };

    for (unsigned i = 0; i < days[_i].gmail || (i == 0 && days[_i].protection != PROTECTION_NONE); i++)
        tally_add(tally, &delivery);
    ck_assert_msg(report_has_news(&report) == days[_i].news, "%s", days[_i].what);
    tally_free(tally);
}
END_TEST

static struct view itself(void *context, struct view domain)
{
    (void)context;
    return domain;
}

/* Bounced, so that nothing else of the report is news. */
START_TEST(a_refusal_for_the_guidelines_is_news)
{
    struct tally *tally = tally_new(42);
    struct delivery delivery = { .time = NOON,
                                 .domain = VIEW("gmail.com"),
                                 .sender_domain = VIEW("example.org"),
                                 .relay = VIEW("gmail-smtp-in.l.google.com"),
                                 .origin = ORIGIN_SUBMITTED,
                                 .status = DELIVERY_BOUNCED,
                                 .protection = PROTECTION_ENCRYPTED,
                                 .dsn = VIEW("5.7.25"),
                                 .refusal = VIEW("gmail 5.7.25"),
                                 .reply = VIEW("host gmail-smtp-in.l.google.com[192.0.2.5] said: 550-5.7.25 no PTR "
                                               "record 550 5.7.25 x - gsmtp (in reply to end of DATA command)") };
    struct compliance_input input = { .tally = tally, .now = NOON, .registrable = itself };
    struct report report = { .tally = tally };
    struct compliance *compliance;

    tally_add(tally, &delivery);
    ck_assert(!report_has_news(&report));
    compliance = compliance_new(&input);
    report.compliance = compliance;
    ck_assert(report_has_news(&report));
    compliance_free(compliance);
    tally_free(tally);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("mail");
    TCase *tests = tcase_create("mail");

    tcase_add_loop_test(tests, text_comes_through_quoted, 0, ROWS(texts));
    tcase_add_test(tests, lines_end_in_cr_lf_and_stay_short);
    tcase_add_loop_test(tests, an_address_is_fit_for_a_header, 0, ROWS(addresses));
    tcase_add_loop_test(tests, a_day_with_nothing_to_do_is_no_news, 0, ROWS(days));
    tcase_add_test(tests, a_refusal_for_the_guidelines_is_news);
    suite_add_tcase(suite, tests);
    return suite;
}
