/* The authorities that servers' and clients' certificates are checked with. */
#include "audit/checks.h"
#include "audit/words.h"

enum { OWN_AUTHORITIES_MAX = 10 }; /* more certificates than this are a public bundle */

static bool demands_certificate(const struct exam *exam)
{
    enum security_level level = client_level(exam->config, exam->service, VIEW("smtp")).level;

    return level == LEVEL_VERIFY || level == LEVEL_SECURE;
}

static bool uses_tls(const struct exam *exam)
{
    return client_level(exam->config, exam->service, VIEW("smtp")).level != LEVEL_NONE ||
           exam_value(exam, "smtp_tls_policy_maps").n > 0;
}

static const char *bundle(struct exam *exam)
{
    static const char *const bundles[] = { "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
                                           "/etc/ssl/cert.pem" };
    struct stat found;

    for (size_t i = 0; i < sizeof(bundles) / sizeof(bundles[0]); i++) {
        if (inspect_stat(exam->inspector, view_of(bundles[i]), &found) == INSPECT_FINE)
            return bundles[i];
    }
    return bundles[0];
}

void check_authorities_none(struct exam *exam)
{
    if (!demands_certificate(exam) || exam_yes(exam, "tls_append_default_CA") ||
        exam_value(exam, "smtp_tls_CAfile").n > 0 || exam_value(exam, "smtp_tls_CApath").n > 0 ||
        exam_value(exam, "smtp_tls_trust_anchor_file").n > 0)
        return;
    exam_report(exam, "smtp_tls_CAfile", mend_set(exam, "smtp_tls_CAfile", bundle(exam)),
                "level %.*s with smtp_tls_CAfile and smtp_tls_CApath empty",
                VIEW_ARG(security_level_name(client_level(exam->config, exam->service, VIEW("smtp")).level)));
}

static size_t count_certificates(struct view text)
{
    struct view before;
    size_t count = 0;

    while (view_cut(&text, VIEW("-----BEGIN "), &before))
        count += view_starts(text, VIEW("CERTIFICATE-----")) || view_starts(text, VIEW("TRUSTED CERTIFICATE-----"));
    return count;
}

static bool is_folder(struct exam *exam, struct view path)
{
    struct stat found;

    return inspect_stat(exam->inspector, path, &found) == INSPECT_FINE && S_ISDIR(found.st_mode);
}

void check_authorities_file(struct exam *exam)
{
    struct view path = exam_value(exam, "smtp_tls_CAfile"), folder = exam_value(exam, "smtp_tls_CApath"), text;
    struct error error = { ERROR_NONE, "" };
    enum inspect_result result;

    if (!uses_tls(exam))
        return;
    if (folder.n > 0 && !is_folder(exam, folder))
        exam_report_as(exam, demands_certificate(exam) ? FINDING_ERROR : FINDING_WARNING, "smtp_tls_CApath",
                       mend_set(exam, "smtp_tls_CAfile", bundle(exam)), "smtp_tls_CApath = %.*s: no such folder",
                       VIEW_ARG(folder));
    if (path.n == 0)
        return;
    result = inspect_read(exam->inspector, path, &text, &error);
    if (result == INSPECT_FORBIDDEN) {
        exam_report_as(exam, FINDING_NOTICE, "smtp_tls_CAfile", mend_none(), "%s: not looked at", error.text);
    } else if (result != INSPECT_FINE) {
        exam_report(exam, "smtp_tls_CAfile", mend_set(exam, "smtp_tls_CAfile", bundle(exam)), "smtp_tls_CAfile: %s",
                    error.text);
    } else if (count_certificates(text) == 0) {
        exam_report(exam, "smtp_tls_CAfile", mend_set(exam, "smtp_tls_CAfile", bundle(exam)),
                    "smtp_tls_CAfile: %.*s holds no certificate", VIEW_ARG(path));
    }
}

/* CAfile is read before chroot(2), CApath after it: TLS_README. */
void check_authorities_chroot(struct exam *exam)
{
    struct view folder = exam_value(exam, "smtp_tls_CApath"), queue = exam_value(exam, "queue_directory");
    char storage[1024];
    struct buf inside = BUF(storage);

    if (folder.n == 0 || exam_value(exam, "smtp_tls_CAfile").n > 0 || !uses_tls(exam) ||
        !config_chrooted(exam->config, exam->service) || !is_folder(exam, folder))
        return;
    buf_add(&inside, queue);
    buf_add(&inside, folder);
    if (inside.full || is_folder(exam, buf_view(&inside)))
        return;
    exam_report_as(exam, demands_certificate(exam) ? FINDING_ERROR : exam->check->severity, "smtp_tls_CApath",
                   mend_set(exam, "smtp_tls_CAfile", bundle(exam)),
                   "the service is chrooted and %.*s is not there: no certificate is ever Trusted",
                   VIEW_ARG(buf_view(&inside)));
}

static bool certificates_admit(const struct exam *exam)
{
    static const char *const restrictions[] = { "smtpd_relay_restrictions", "smtpd_recipient_restrictions",
                                                "smtpd_client_restrictions", "smtpd_sender_restrictions" };

    if (exam->settings != NULL && exam->settings->certificate_count > 0 &&
        (exam_yes(exam, "smtpd_tls_ask_ccert") || exam_yes(exam, "smtpd_tls_req_ccert")))
        return true;
    for (size_t i = 0; i < sizeof(restrictions) / sizeof(restrictions[0]); i++) {
        if (words_have(exam_value(exam, restrictions[i]), VIEW("permit_tls_all_clientcerts")))
            return true;
    }
    return false;
}

void check_client_certificate_authorities(struct exam *exam)
{
    struct view path = exam_value(exam, "smtpd_tls_CAfile"), text;
    struct error error = { ERROR_NONE, "" };
    size_t count;

    if (!certificates_admit(exam))
        return;
    if (exam_yes(exam, "tls_append_default_CA"))
        exam_report(exam, "tls_append_default_CA", mend_set(exam, "tls_append_default_CA", "no"),
                    "tls_append_default_CA = yes: every public authority vouches for clients");
    if (view_starts(exam_value(exam, "smtpd_tls_CApath"), VIEW("/etc/ssl/certs")) ||
        view_starts(exam_value(exam, "smtpd_tls_CApath"), VIEW("/etc/pki/tls/certs")))
        exam_report(exam, "smtpd_tls_CApath", mend_set(exam, "smtpd_tls_CApath", ""), "smtpd_tls_CApath = %.*s",
                    VIEW_ARG(exam_value(exam, "smtpd_tls_CApath")));
    if (path.n == 0 || inspect_read(exam->inspector, path, &text, &error) != INSPECT_FINE)
        return;
    count = count_certificates(text);
    if (count > OWN_AUTHORITIES_MAX)
        exam_report(exam, "smtpd_tls_CAfile", mend_none(), "smtpd_tls_CAfile = %.*s holds %zu authorities",
                    VIEW_ARG(path), count);
}
