#include "audit/judge.h"

#include "shared/plural.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { SOON = 14 * 86400 };

struct case_at_hand {
    const struct server_facts *facts;
    int64_t now;
    char *text; /* of the remark */
};

static bool say(const struct case_at_hand *one, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool say(const struct case_at_hand *one, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(one->text, REMARK_TEXT_MAX, format, args);
    va_end(args);
    return true;
}

static bool unreachable(const struct case_at_hand *one)
{
    return one->facts->step == STEP_NONE && say(one, "no connection: %s", one->facts->trouble);
}

static bool no_greeting(const struct case_at_hand *one)
{
    return one->facts->step == STEP_CONNECTED && !one->facts->implicit &&
           say(one, "no SMTP greeting: %s%s", one->facts->trouble,
               strcmp(one->facts->trouble, "timed out") == 0 ? "; it may wait for implicit TLS" : "");
}

static bool refuses(const struct case_at_hand *one)
{
    const struct server_facts *facts = one->facts;

    return facts->step == STEP_GREETED && say(one, "%u %s: %s", facts->greeting_code, facts->greeting, facts->trouble);
}

static bool starttls_absent(const struct case_at_hand *one)
{
    return one->facts->step == STEP_EHLO && !one->facts->starttls && !one->facts->overwritten &&
           say(one, "STARTTLS is not offered: everything goes in plaintext");
}

static bool starttls_overwritten(const struct case_at_hand *one)
{
    return one->facts->step == STEP_EHLO && !one->facts->starttls && one->facts->overwritten &&
           say(one, "a keyword of X only stands where STARTTLS should be: a firewall on the way takes encryption away");
}

static bool starttls_refused(const struct case_at_hand *one)
{
    return one->facts->step == STEP_EHLO && one->facts->starttls &&
           say(one, "STARTTLS is offered, but refused: %u %s", one->facts->starttls_code, one->facts->trouble);
}

static bool handshake_failed(const struct case_at_hand *one)
{
    return one->facts->step == STEP_STARTTLS && !one->facts->implicit &&
           say(one, "the TLS handshake fails: %s", one->facts->trouble);
}

static bool implicit_failed(const struct case_at_hand *one)
{
    bool plaintext = strcmp(one->facts->trouble, "wrong version number") == 0;

    return one->facts->step == STEP_STARTTLS && one->facts->implicit &&
           say(one, "implicit TLS fails: %s%s", one->facts->trouble,
               plaintext ? "; the server speaks plaintext first, as with STARTTLS" : "");
}

static bool in_tls(const struct case_at_hand *one)
{
    return one->facts->step == STEP_TLS;
}

static bool is_submission(const struct case_at_hand *one)
{
    return one->facts->purpose == PURPOSE_SUBMISSION;
}

static bool version_obsolete(const struct case_at_hand *one)
{
    const char *version = one->facts->session.version;

    return in_tls(one) && strcmp(version, "TLSv1.2") != 0 && strcmp(version, "TLSv1.3") != 0 &&
           say(one, "the best it takes is %s; RFC 8996 takes it out of use", version);
}

static bool takes_old_versions(const struct case_at_hand *one)
{
    bool one_zero = one->facts->versions[0] == TRIAL_YES, one_one = one->facts->versions[1] == TRIAL_YES;

    return in_tls(one) && (one_zero || one_one) && !version_obsolete(one) &&
           say(one, "it also takes TLS %s",
               one_zero && one_one ? "1.0 and 1.1"
               : one_zero          ? "1.0"
                                   : "1.1");
}

static bool lacks_tls_1_3(const struct case_at_hand *one)
{
    return in_tls(one) && one->facts->versions[3] == TRIAL_NO && say(one, "it does not take TLS 1.3");
}

static bool auth_in_plaintext(const struct case_at_hand *one)
{
    return one->facts->auth_before[0] != '\0' && !one->facts->implicit &&
           say(one, "AUTH is offered before TLS (%s): programs may send passwords in clear", one->facts->auth_before);
}

static bool auth_absent(const struct case_at_hand *one)
{
    return in_tls(one) && is_submission(one) && one->facts->name[0] != '\0' && one->facts->auth_after[0] == '\0' &&
           say(one, "AUTH is not offered under TLS");
}

static bool no_forward_secrecy(const struct case_at_hand *one)
{
    const struct session_facts *session = &one->facts->session;

    return in_tls(one) && strcmp(session->version, "TLSv1.3") != 0 && strstr(session->cipher, "DH") == NULL &&
           say(one, "%s has no forward secrecy", session->cipher);
}

static const struct certificate_facts *certificate_of(const struct case_at_hand *one)
{
    return &one->facts->session.certificate;
}

static bool has_certificate(const struct case_at_hand *one)
{
    return in_tls(one) && certificate_of(one)->shown;
}

static bool certificate_absent(const struct case_at_hand *one)
{
    return in_tls(one) && !certificate_of(one)->shown && say(one, "it shows no certificate");
}

static bool is_expired(const struct case_at_hand *one)
{
    return has_certificate(one) && certificate_of(one)->not_after <= one->now;
}

static bool certificate_expired(const struct case_at_hand *one)
{
    uint64_t days = is_expired(one) ? (uint64_t)(one->now - certificate_of(one)->not_after) / 86400 : 0;

    return is_expired(one) &&
           say(one, "the certificate expired %llu %s ago", (unsigned long long)days, plural(days, "day", "days"));
}

static bool certificate_early(const struct case_at_hand *one)
{
    return has_certificate(one) && certificate_of(one)->not_before > one->now &&
           say(one, "the certificate is not valid yet");
}

static bool certificate_soon(const struct case_at_hand *one)
{
    uint64_t days;

    if (!has_certificate(one) || is_expired(one) || certificate_of(one)->not_after - one->now >= SOON)
        return false;
    days = (uint64_t)(certificate_of(one)->not_after - one->now) / 86400;
    return say(one, "the certificate expires in %llu %s", (unsigned long long)days, plural(days, "day", "days"));
}

static bool certificate_self(const struct case_at_hand *one)
{
    return has_certificate(one) && !certificate_of(one)->trusted && certificate_of(one)->self_signed &&
           say(one, "the certificate is self-signed");
}

static bool certificate_untrusted(const struct case_at_hand *one)
{
    const struct certificate_facts *certificate = certificate_of(one);

    return has_certificate(one) && !certificate->trusted && !certificate->self_signed && !is_expired(one) &&
           certificate->not_before <= one->now &&
           say(one, "no authority that is trusted here vouches for the certificate: %s", certificate->trust_text);
}

static bool certificate_name(const struct case_at_hand *one)
{
    return has_certificate(one) && !certificate_of(one)->name_matches &&
           say(one, "the certificate is for %s, not for %s", certificate_of(one)->names, one->facts->host);
}

static bool certificate_weak(const struct case_at_hand *one)
{
    return has_certificate(one) && certificate_of(one)->weakness[0] != '\0' &&
           say(one, "the certificate has %s", certificate_of(one)->weakness);
}

static bool certificate_revoked(const struct case_at_hand *one)
{
    return has_certificate(one) && certificate_of(one)->staple == STAPLE_REVOKED &&
           say(one, "the OCSP response it staples says revoked");
}

static bool dane_mismatch(const struct case_at_hand *one)
{
    return in_tls(one) && one->facts->dane == TRIAL_NO &&
           say(one, "the certificate is none that its TLSA records name: servers that check DANE defer all mail");
}

static bool dane_unusable(const struct case_at_hand *one)
{
    return one->facts->tlsa_records > 0 && one->facts->tlsa_usable == 0 &&
           say(one, "none of its TLSA records is usable for SMTP");
}

static bool dane_unsigned(const struct case_at_hand *one)
{
    return one->facts->tlsa_records > 0 && one->facts->tlsa.dnssec != DNSSEC_SECURE &&
           say(one, "it has TLSA records, but DNSSEC does not vouch for them");
}

static bool mta_sts_refused(const struct case_at_hand *one)
{
    return one->facts->sts == TRIAL_NO && one->facts->sts_enforced &&
           say(one,
               "the domain's MTA-STS policy is enforced, and does not let mail go here: its name is not there, or its "
               "certificate is not vouched for");
}

static bool mta_sts_testing(const struct case_at_hand *one)
{
    return one->facts->sts == TRIAL_NO && !one->facts->sts_enforced &&
           say(one,
               "once the domain's MTA-STS policy is enforced, mail will not go here: its name is not there, or its "
               "certificate is not vouched for");
}

/* What each remark weighs for an exchange and for a submission service; a remark that decides says what the answer is. */
static const struct kind {
    const char *id;
    enum remark_weight exchange, submission;
    enum answer answer;
    bool (*applies)(const struct case_at_hand *one);
} kinds[] = {
    { "unreachable", REMARK_DECIDES, REMARK_DECIDES, ANSWER_UNKNOWN, unreachable },
    { "no-greeting", REMARK_DECIDES, REMARK_DECIDES, ANSWER_UNKNOWN, no_greeting },
    { "refused", REMARK_DECIDES, REMARK_DECIDES, ANSWER_UNKNOWN, refuses },
    { "starttls-absent", REMARK_DECIDES, REMARK_DECIDES, ANSWER_NO, starttls_absent },
    { "starttls-overwritten", REMARK_DECIDES, REMARK_DECIDES, ANSWER_NO, starttls_overwritten },
    { "starttls-refused", REMARK_DECIDES, REMARK_DECIDES, ANSWER_NO, starttls_refused },
    { "handshake-failed", REMARK_DECIDES, REMARK_DECIDES, ANSWER_NO, handshake_failed },
    { "implicit-failed", REMARK_DECIDES, REMARK_DECIDES, ANSWER_NO, implicit_failed },
    { "version-obsolete", REMARK_PROBLEM, REMARK_DECIDES, ANSWER_NO, version_obsolete },
    { "old-versions", REMARK_NOTE, REMARK_PROBLEM, ANSWER_NO, takes_old_versions },
    { "no-tls-1.3", REMARK_NOTE, REMARK_NOTE, ANSWER_NO, lacks_tls_1_3 },
    { "auth-in-plaintext", REMARK_PROBLEM, REMARK_DECIDES, ANSWER_NO, auth_in_plaintext },
    { "auth-absent", REMARK_NOTE, REMARK_PROBLEM, ANSWER_NO, auth_absent },
    { "no-forward-secrecy", REMARK_PROBLEM, REMARK_PROBLEM, ANSWER_NO, no_forward_secrecy },
    { "certificate-absent", REMARK_NOTE, REMARK_DECIDES, ANSWER_NO, certificate_absent },
    { "certificate-expired", REMARK_PROBLEM, REMARK_DECIDES, ANSWER_NO, certificate_expired },
    { "certificate-early", REMARK_PROBLEM, REMARK_DECIDES, ANSWER_NO, certificate_early },
    { "certificate-soon", REMARK_PROBLEM, REMARK_PROBLEM, ANSWER_NO, certificate_soon },
    { "certificate-self-signed", REMARK_NOTE, REMARK_DECIDES, ANSWER_NO, certificate_self },
    { "certificate-untrusted", REMARK_NOTE, REMARK_DECIDES, ANSWER_NO, certificate_untrusted },
    { "certificate-name", REMARK_NOTE, REMARK_DECIDES, ANSWER_NO, certificate_name },
    { "certificate-weak", REMARK_PROBLEM, REMARK_PROBLEM, ANSWER_NO, certificate_weak },
    { "certificate-revoked", REMARK_PROBLEM, REMARK_DECIDES, ANSWER_NO, certificate_revoked },
    { "dane-mismatch", REMARK_DECIDES, REMARK_PROBLEM, ANSWER_NO, dane_mismatch },
    { "mta-sts-refused", REMARK_DECIDES, REMARK_PROBLEM, ANSWER_NO, mta_sts_refused },
    { "mta-sts-testing", REMARK_PROBLEM, REMARK_NOTE, ANSWER_NO, mta_sts_testing },
    { "dane-unusable", REMARK_PROBLEM, REMARK_NOTE, ANSWER_NO, dane_unusable },
    { "dane-unsigned", REMARK_PROBLEM, REMARK_NOTE, ANSWER_NO, dane_unsigned },
};

enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
_Static_assert((int)KINDS <= (int)REMARKS_MAX, "every remark has room");

size_t remark_kinds(void)
{
    return KINDS;
}

const char *remark_kind(size_t at)
{
    return kinds[at].id;
}

const char *answer_name(enum answer answer)
{
    static const char *const names[] = { [ANSWER_YES] = "yes", [ANSWER_NO] = "no", [ANSWER_UNKNOWN] = "unknown" };

    return names[answer];
}

const char *remark_weight_name(enum remark_weight weight)
{
    static const char *const names[] = {
        [REMARK_NOTE] = "note", [REMARK_PROBLEM] = "problem", [REMARK_DECIDES] = "decides"
    };

    return names[weight];
}

static enum answer worse(enum answer a, enum answer b)
{
    if (a == ANSWER_NO || b == ANSWER_NO)
        return ANSWER_NO;
    return a == ANSWER_UNKNOWN ? a : b;
}

void judge_server(const struct server_facts *facts, int64_t now, struct judgement *out)
{
    *out = (struct judgement){ .answer = ANSWER_YES };
    for (size_t i = 0; i < KINDS; i++) {
        struct remark *remark = &out->remarks[out->count];
        struct case_at_hand one = { facts, now, remark->text };

        if (!kinds[i].applies(&one))
            continue;
        remark->id = kinds[i].id;
        remark->weight = facts->purpose == PURPOSE_SUBMISSION ? kinds[i].submission : kinds[i].exchange;
        if (remark->weight == REMARK_DECIDES)
            out->answer = worse(out->answer, kinds[i].answer);
        out->count++;
    }
    /* However it came about: without a session there is no yes. */
    if (facts->step != STEP_TLS && out->answer == ANSWER_YES)
        out->answer = ANSWER_UNKNOWN;
}

enum answer judge_all(const enum answer *answers, size_t count)
{
    enum answer all = count == 0 ? ANSWER_UNKNOWN : ANSWER_YES;

    for (size_t i = 0; i < count; i++)
        all = worse(all, answers[i]);
    return all;
}
