/* The listeners: TLS, AUTH, and both together. */
#include "audit/checks.h"
#include "audit/words.h"

static enum security_level level_of(const struct exam *exam)
{
    return server_level(exam->config, exam->service).level;
}

static bool is_submission(const struct exam *exam)
{
    return exam->listener.role == ROLE_SUBMISSION;
}

/* AUTH is offered in plaintext unless TLS is demanded, or AUTH waits for it. */
static bool auth_waits_for_tls(const struct exam *exam)
{
    return exam->listener.wrapper || level_of(exam) == LEVEL_ENCRYPT || exam_yes(exam, "smtpd_tls_auth_only");
}

static bool discards(const struct exam *exam, struct view keyword)
{
    return words_have(exam_value(exam, "smtpd_discard_ehlo_keywords"), keyword);
}

void check_plaintext_auth(struct exam *exam)
{
    if (!exam->listener.authenticates || auth_waits_for_tls(exam) || exam->listener.loopback)
        return;
    /* The mechanisms themselves may refuse plain text; few clients are left that know the others. */
    if (words_have(exam_value(exam, "smtpd_sasl_security_options"), VIEW("noplaintext")))
        return;
    exam_report(exam, "smtpd_tls_auth_only", mend_set(exam, "smtpd_tls_auth_only", "yes"),
                "smtpd_sasl_auth_enable = yes, smtpd_tls_auth_only = no, and TLS is %s",
                level_of(exam) == LEVEL_MAY ? "offered but not demanded" : "not offered");
}

void check_submission_optional(struct exam *exam)
{
    if (!is_submission(exam) || exam->listener.wrapper || exam->listener.loopback || level_of(exam) != LEVEL_MAY ||
        exam->listener.port == PORT_SUBMISSIONS)
        return;
    exam_report(exam, "smtpd_tls_security_level", mend_set_here(exam, "smtpd_tls_security_level", "encrypt"),
                "smtpd_tls_security_level = may: a client may submit in plaintext");
}

void check_submission_off(struct exam *exam)
{
    if (!is_submission(exam) || exam->listener.wrapper || exam->listener.loopback || level_of(exam) != LEVEL_NONE ||
        exam->listener.port == PORT_SUBMISSIONS)
        return;
    exam_report(exam, "smtpd_tls_security_level", mend_set_here(exam, "smtpd_tls_security_level", "encrypt"),
                "no STARTTLS is offered: smtpd_tls_security_level is %s",
                exam_value(exam, "smtpd_tls_security_level").n == 0 ? "empty" : "none");
}

void check_submission_auth_off(struct exam *exam)
{
    if (is_submission(exam) && !exam->listener.authenticates && !exam_yes(exam, "smtpd_tls_req_ccert"))
        exam_report(exam, "smtpd_sasl_auth_enable", mend_set_here(exam, "smtpd_sasl_auth_enable", "yes"),
                    "smtpd_sasl_auth_enable = no");
}

void check_port25_auth(struct exam *exam)
{
    struct setting setting = exam_setting(exam, "smtpd_sasl_auth_enable");

    if (exam->listener.role != ROLE_EXCHANGE || !exam->listener.authenticates || exam->listener.loopback)
        return;
    exam_report(exam, "smtpd_sasl_auth_enable",
                setting.source == SOURCE_SERVICE ? mend_drop_here(exam, "smtpd_sasl_auth_enable")
                                                 : mend_set_here(exam, "smtpd_sasl_auth_enable", "no"),
                "smtpd_sasl_auth_enable = yes on port 25");
}

void check_port25_demands_tls(struct exam *exam)
{
    if (exam->listener.role != ROLE_EXCHANGE || exam->listener.port != PORT_SMTP || exam->listener.loopback ||
        exam->listener.wrapper || level_of(exam) != LEVEL_ENCRYPT)
        return;
    exam_report(exam, "smtpd_tls_security_level",
                exam_setting(exam, "smtpd_tls_security_level").source == SOURCE_SERVICE
                    ? mend_set_here(exam, "smtpd_tls_security_level", "may")
                    : mend_set(exam, "smtpd_tls_security_level", "may"),
                "port 25 demands TLS: servers without it cannot deliver to you");
}

void check_port25_off(struct exam *exam)
{
    if (exam->listener.role != ROLE_EXCHANGE || exam->listener.loopback || level_of(exam) != LEVEL_NONE)
        return;
    exam_report(exam, "smtpd_tls_security_level", mend_set(exam, "smtpd_tls_security_level", "may"),
                "smtpd_tls_security_level is %s",
                exam_value(exam, "smtpd_tls_security_level").n == 0 ? "empty" : "none");
}

void check_465_without_wrapper(struct exam *exam)
{
    if (exam->listener.port != PORT_SUBMISSIONS || exam->listener.wrapper)
        return;
    exam_report(exam, "smtpd_tls_wrappermode", mend_set_here(exam, "smtpd_tls_wrappermode", "yes"),
                "smtpd_tls_wrappermode = no on port 465: clients that begin with TLS wait for ever");
}

void check_wrapper_elsewhere(struct exam *exam)
{
    bool wrong = exam->listener.port == PORT_SMTP || exam->listener.port == PORT_SUBMISSION;

    if (!exam->listener.wrapper || exam->listener.port == PORT_SUBMISSIONS)
        return;
    exam_report_as(exam, wrong ? FINDING_ERROR : FINDING_NOTICE, "smtpd_tls_wrappermode",
                   wrong ? mend_set(exam, "smtpd_tls_wrappermode", "no") : mend_none(),
                   "smtpd_tls_wrappermode = yes on port %u", exam->listener.port);
}

void check_anonymous_auth(struct exam *exam)
{
    static const char *const options[] = { "smtpd_sasl_security_options", "smtpd_sasl_tls_security_options" };

    if (!exam->listener.authenticates)
        return;
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (!words_have(exam_value(exam, options[i]), VIEW("noanonymous")))
            exam_report(exam, options[i], mend_set(exam, options[i], "noanonymous"), "%s = %.*s", options[i],
                        VIEW_ARG(exam_shown(exam_value(exam, options[i]))));
    }
}

void check_server_log_off(struct exam *exam)
{
    if (level_of(exam) != LEVEL_NONE && view_eq(exam_value(exam, "smtpd_tls_loglevel"), VIEW("0")))
        exam_report(exam, "smtpd_tls_loglevel", mend_set(exam, "smtpd_tls_loglevel", "1"), "smtpd_tls_loglevel = 0");
}

void check_server_legacy_switch(struct exam *exam)
{
    struct tls_level level = server_level(exam->config, exam->service);

    if (!level.legacy)
        return;
    exam_report(exam, "smtpd_tls_security_level",
                mend_set(exam, "smtpd_tls_security_level", level.level == LEVEL_MAY ? "may" : "encrypt"),
                "smtpd_tls_security_level is empty; %s",
                level.level == LEVEL_MAY ? "smtpd_use_tls = yes gives may" : "smtpd_enforce_tls = yes gives encrypt");
}

void check_server_starttls_discarded(struct exam *exam)
{
    if (discards(exam, VIEW("starttls")) && !exam->listener.wrapper)
        exam_report(exam, "smtpd_discard_ehlo_keywords", mend_set(exam, "smtpd_discard_ehlo_keywords", ""),
                    "smtpd_discard_ehlo_keywords = %.*s: STARTTLS is not offered",
                    VIEW_ARG(exam_value(exam, "smtpd_discard_ehlo_keywords")));
    if (discards(exam, VIEW("auth")) && exam->listener.authenticates)
        exam_report(exam, "smtpd_discard_ehlo_keywords", mend_set(exam, "smtpd_discard_ehlo_keywords", ""),
                    "smtpd_discard_ehlo_keywords = %.*s: AUTH is not offered",
                    VIEW_ARG(exam_value(exam, "smtpd_discard_ehlo_keywords")));
}

static bool has_port(const struct exam *exam, unsigned port)
{
    for (size_t i = 0; i < exam->config->services.count; i++) {
        struct listener_facts facts = listener_facts(exam->config, &exam->config->services.rows[i]);

        if (facts.port == port && facts.role != ROLE_OTHER)
            return true;
    }
    return false;
}

static bool authenticates_somewhere(const struct exam *exam)
{
    for (size_t i = 0; i < exam->config->services.count; i++) {
        if (listener_facts(exam->config, &exam->config->services.rows[i]).authenticates)
            return true;
    }
    return false;
}

static struct mend mend_add_submissions(const struct exam *exam)
{
    return mend_command(exam,
                        "postconf %s-Me 'submissions/inet=submissions inet n - n - - smtpd -o "
                        "smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes -o "
                        "syslog_name=postfix/submissions'",
                        exam->config_option);
}

void check_submission_absent(struct exam *exam)
{
    if (authenticates_somewhere(exam) && !has_port(exam, PORT_SUBMISSION) && !has_port(exam, PORT_SUBMISSIONS))
        exam_report(exam, "", mend_add_submissions(exam),
                    "AUTH is on, but master.cf has neither port 465 nor port 587");
}

void check_465_absent(struct exam *exam)
{
    if (has_port(exam, PORT_SUBMISSION) && !has_port(exam, PORT_SUBMISSIONS))
        exam_report(exam, "", mend_add_submissions(exam), "master.cf has port 587 but not port 465");
}
