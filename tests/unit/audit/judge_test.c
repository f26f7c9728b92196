/* What facts of a server mean. */
#include <stdio.h>
#include <string.h>

#include "audit/judge.h"
#include "tests/unit/unit.h"

enum { NOW = 1800000000, DAY = 86400 };

/* A server that nothing is wrong with. */
static struct server_facts good_server(enum purpose purpose)
{
    struct server_facts facts = { .host = "mail.example.org",
                                  .port = 587,
                                  .purpose = purpose,
                                  .step = STEP_TLS,
                                  .greeting_code = 220,
                                  .name = "mail.example.org",
                                  .starttls = true,
                                  .starttls_code = 220,
                                  .auth_after = "PLAIN",
                                  .versions = { TRIAL_NO, TRIAL_NO, TRIAL_YES, TRIAL_YES } };

    facts.session = (struct session_facts){ .version = "TLSv1.3", .cipher = "TLS_AES_256_GCM_SHA384", .bits = 256 };
    facts.session.certificate = (struct certificate_facts){ .shown = true,
                                                            .names = "mail.example.org",
                                                            .issuer = "Test CA",
                                                            .not_before = NOW - DAY,
                                                            .not_after = NOW + 90 * DAY,
                                                            .name_matches = true,
                                                            .trusted = true,
                                                            .weakness = "" };
    return facts;
}

static void nothing(struct server_facts *facts)
{
    (void)facts;
}
static void down(struct server_facts *facts)
{
    facts->step = STEP_NONE;
    strcpy(facts->trouble, "Connection refused");
}
static void silent(struct server_facts *facts)
{
    facts->step = STEP_CONNECTED;
    strcpy(facts->trouble, "timed out");
}
static void refusing(struct server_facts *facts)
{
    facts->step = STEP_GREETED;
    facts->greeting_code = 554;
}
static void plain(struct server_facts *facts)
{
    facts->step = STEP_EHLO;
    facts->starttls = false;
}
static void refused_by_policy(struct server_facts *facts)
{
    facts->sts = TRIAL_NO;
    facts->sts_enforced = true;
}
static void refused_in_testing(struct server_facts *facts)
{
    facts->sts = TRIAL_NO;
}
static void stripped(struct server_facts *facts)
{
    plain(facts);
    facts->overwritten = true;
}
static void not_now(struct server_facts *facts)
{
    facts->step = STEP_EHLO;
    facts->starttls_code = 454;
}
static void broken(struct server_facts *facts)
{
    facts->step = STEP_STARTTLS;
}
static void plaintext_on_465(struct server_facts *facts)
{
    facts->step = STEP_STARTTLS;
    facts->implicit = true;
    strcpy(facts->trouble, "wrong version number");
}
static void old_only(struct server_facts *facts)
{
    strcpy(facts->session.version, "TLSv1");
    strcpy(facts->session.cipher, "ECDHE-RSA-AES256-SHA");
    facts->versions[0] = TRIAL_YES;
    facts->versions[2] = facts->versions[3] = TRIAL_NO;
}
static void old_too(struct server_facts *facts)
{
    facts->versions[1] = TRIAL_YES;
}
static void open_password(struct server_facts *facts)
{
    strcpy(facts->auth_before, "PLAIN LOGIN");
}
static void without_auth(struct server_facts *facts)
{
    facts->auth_after[0] = '\0';
}
static void without_secrecy(struct server_facts *facts)
{
    strcpy(facts->session.version, "TLSv1.2");
    strcpy(facts->session.cipher, "AES256-GCM-SHA384");
}
static void anonymous(struct server_facts *facts)
{
    facts->session.certificate.shown = false;
}
static void expired(struct server_facts *facts)
{
    facts->session.certificate.not_after = NOW - DAY;
    facts->session.certificate.trusted = false;
}
static void too_early(struct server_facts *facts)
{
    facts->session.certificate.not_before = NOW + DAY;
    facts->session.certificate.trusted = false;
}
static void soon(struct server_facts *facts)
{
    facts->session.certificate.not_after = NOW + 3 * DAY;
}
static void self_signed(struct server_facts *facts)
{
    facts->session.certificate.trusted = false;
    facts->session.certificate.self_signed = true;
}
static void unknown_authority(struct server_facts *facts)
{
    facts->session.certificate.trusted = false;
}
static void other_name(struct server_facts *facts)
{
    facts->session.certificate.name_matches = false;
}
static void weak(struct server_facts *facts)
{
    facts->session.certificate.weakness = "a signature by SHA-1";
}
static void revoked(struct server_facts *facts)
{
    facts->session.certificate.staple = STAPLE_REVOKED;
}
static void other_key(struct server_facts *facts)
{
    facts->tlsa = (struct lookup){ DNS_FOUND, DNSSEC_SECURE };
    facts->tlsa_records = facts->tlsa_usable = 1;
    facts->dane = TRIAL_NO;
}
static void useless_records(struct server_facts *facts)
{
    facts->tlsa = (struct lookup){ DNS_FOUND, DNSSEC_SECURE };
    facts->tlsa_records = 2;
}
static void unsigned_records(struct server_facts *facts)
{
    facts->tlsa = (struct lookup){ DNS_FOUND, DNSSEC_INSECURE };
    facts->tlsa_records = facts->tlsa_usable = 1;
}

static const struct {
    void (*fault)(struct server_facts *facts);
    const char *id; /* the first remark; NULL: none */
    enum answer exchange, submission;
} rows[] = {
    { nothing, NULL, ANSWER_YES, ANSWER_YES },
    { down, "unreachable", ANSWER_UNKNOWN, ANSWER_UNKNOWN },
    { silent, "no-greeting", ANSWER_UNKNOWN, ANSWER_UNKNOWN },
    { refusing, "refused", ANSWER_UNKNOWN, ANSWER_UNKNOWN },
    { plain, "starttls-absent", ANSWER_NO, ANSWER_NO },
    { stripped, "starttls-overwritten", ANSWER_NO, ANSWER_NO },
    { not_now, "starttls-refused", ANSWER_NO, ANSWER_NO },
    { broken, "handshake-failed", ANSWER_NO, ANSWER_NO },
    { plaintext_on_465, "implicit-failed", ANSWER_NO, ANSWER_NO },
    { old_only, "version-obsolete", ANSWER_YES, ANSWER_NO },
    { old_too, "old-versions", ANSWER_YES, ANSWER_YES },
    { open_password, "auth-in-plaintext", ANSWER_YES, ANSWER_NO },
    { without_secrecy, "no-forward-secrecy", ANSWER_YES, ANSWER_YES },
    { anonymous, "certificate-absent", ANSWER_YES, ANSWER_NO },
    { expired, "certificate-expired", ANSWER_YES, ANSWER_NO },
    { too_early, "certificate-early", ANSWER_YES, ANSWER_NO },
    { soon, "certificate-soon", ANSWER_YES, ANSWER_YES },
    { self_signed, "certificate-self-signed", ANSWER_YES, ANSWER_NO },
    { unknown_authority, "certificate-untrusted", ANSWER_YES, ANSWER_NO },
    { other_name, "certificate-name", ANSWER_YES, ANSWER_NO },
    { weak, "certificate-weak", ANSWER_YES, ANSWER_YES },
    { revoked, "certificate-revoked", ANSWER_YES, ANSWER_NO },
    { other_key, "dane-mismatch", ANSWER_NO, ANSWER_YES },
    { refused_by_policy, "mta-sts-refused", ANSWER_NO, ANSWER_YES },
    { refused_in_testing, "mta-sts-testing", ANSWER_YES, ANSWER_YES },
    { useless_records, "dane-unusable", ANSWER_YES, ANSWER_YES },
    { unsigned_records, "dane-unsigned", ANSWER_YES, ANSWER_YES },
};

START_TEST(each_fault_has_its_remark_and_its_weight)
{
    for (int purpose = PURPOSE_EXCHANGE; purpose <= PURPOSE_SUBMISSION; purpose++) {
        struct server_facts facts = good_server((enum purpose)purpose);
        struct judgement judgement;

        rows[_i].fault(&facts);
        judge_server(&facts, NOW, &judgement);
        if (rows[_i].id == NULL)
            ck_assert_uint_eq(judgement.count, 0);
        else
            ck_assert_str_eq(judgement.remarks[0].id, rows[_i].id);
        ck_assert_int_eq(judgement.answer, purpose == PURPOSE_EXCHANGE ? rows[_i].exchange : rows[_i].submission);
    }
}
END_TEST

START_TEST(a_submission_service_without_auth_is_told)
{
    struct server_facts facts = good_server(PURPOSE_SUBMISSION);
    struct judgement judgement;

    without_auth(&facts);
    judge_server(&facts, NOW, &judgement);
    ck_assert_str_eq(judgement.remarks[0].id, "auth-absent");
    facts.purpose = PURPOSE_EXCHANGE;
    judge_server(&facts, NOW, &judgement);
    ck_assert_uint_eq(judgement.count, 0);
}
END_TEST

static const struct {
    int64_t left; /* seconds until the certificate expires */
    const char *text;
} days[] = {
    { -1 * DAY, "the certificate expired 1 day ago" },
    { -3 * DAY, "the certificate expired 3 days ago" },
    { 1 * DAY, "the certificate expires in 1 day" },
    { 3 * DAY, "the certificate expires in 3 days" },
};

START_TEST(the_days_of_a_certificate_are_counted)
{
    struct server_facts facts = good_server(PURPOSE_EXCHANGE);
    struct judgement judgement;

    facts.session.certificate.not_after = NOW + days[_i].left;
    judge_server(&facts, NOW, &judgement);
    ck_assert_str_eq(judgement.remarks[0].text, days[_i].text);
}
END_TEST

/* Every remark has a row above, and an entry in the manual page. */
START_TEST(no_remark_goes_untested_or_undocumented)
{
    static char page[1 << 16];
    FILE *file = fopen(TEST_DATA "/../../man/outward-probe.1", "r");
    size_t length;

    ck_assert_ptr_nonnull(file);
    length = fread(page, 1, sizeof(page), file);
    ck_assert_uint_lt(length, sizeof(page));
    ck_assert_int_eq(fclose(file), 0);
    for (size_t i = 0; i < remark_kinds(); i++) {
        bool tested = strcmp(remark_kind(i), "auth-absent") == 0 || strcmp(remark_kind(i), "no-tls-1.3") == 0;
        char entry[64];

        for (size_t row = 1; row < ROWS(rows); row++)
            tested = tested || strcmp(rows[row].id, remark_kind(i)) == 0;
        ck_assert_msg(tested, "%s", remark_kind(i));
        (void)snprintf(entry, sizeof(entry), ".It Sy %s\n", remark_kind(i));
        ck_assert_msg(view_find((struct view){ page, length }, view_of(entry)) != -1, "%s", entry);
    }
}
END_TEST

static const struct {
    enum answer answers[3];
    size_t count;
    enum answer all;
} sums[] = {
    { { ANSWER_YES }, 0, ANSWER_UNKNOWN },
    { { ANSWER_YES, ANSWER_YES }, 2, ANSWER_YES },
    { { ANSWER_YES, ANSWER_UNKNOWN }, 2, ANSWER_UNKNOWN },
    { { ANSWER_UNKNOWN, ANSWER_YES }, 2, ANSWER_UNKNOWN },
    { { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES }, 3, ANSWER_NO },
};

START_TEST(one_server_without_tls_is_enough_for_no)
{
    ck_assert_int_eq(judge_all(sums[_i].answers, sums[_i].count), sums[_i].all);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("judge");
    TCase *tests = tcase_create("judge");

    tcase_add_loop_test(tests, each_fault_has_its_remark_and_its_weight, 0, ROWS(rows));
    tcase_add_test(tests, a_submission_service_without_auth_is_told);
    tcase_add_loop_test(tests, the_days_of_a_certificate_are_counted, 0, ROWS(days));
    tcase_add_test(tests, no_remark_goes_untested_or_undocumented);
    tcase_add_loop_test(tests, one_server_without_tls_is_enough_for_no, 0, ROWS(sums));
    suite_add_tcase(suite, tests);
    return suite;
}
