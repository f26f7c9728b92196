/* Protocol versions and ciphers. */
#include "audit/checks.h"
#include "audit/tls_protocols.h"
#include "audit/words.h"

struct protocol_case {
    const char *parameter;
    unsigned weak;        /* bits that must not be admitted */
    const char *floor;    /* the mend from 3.6 on */
    const char *excluded; /* and before */
    enum finding_severity severity;
};

static bool bounds_known(const struct exam *exam)
{
    return version_at_least(exam->config, 3, 6);
}

static struct mend protocol_mend(const struct exam *exam, const struct protocol_case *one)
{
    return mend_set(exam, one->parameter, bounds_known(exam) ? one->floor : one->excluded);
}

/* A list that Postfix cannot read turns TLS off or defers the mail: always an error. */
static bool report_unreadable(struct exam *exam, const struct protocol_case *one, const struct tls_protocols *list)
{
    struct view value = exam_value(exam, one->parameter);

    if (list->fault.n > 0) {
        exam_report_as(exam, FINDING_ERROR, one->parameter, protocol_mend(exam, one), "%s = %.*s: %.*s is no protocol",
                       one->parameter, VIEW_ARG(value), VIEW_ARG(list->fault));
        return true;
    }
    if (list->bounds && !bounds_known(exam)) {
        exam_report_as(exam, FINDING_ERROR, one->parameter, protocol_mend(exam, one),
                       "%s = %.*s: Postfix %.*s does not know >= and <=, they came with 3.6", one->parameter,
                       VIEW_ARG(value), VIEW_ARG(exam->config->version_text));
        return true;
    }
    return false;
}

static void check_protocols(struct exam *exam, const struct protocol_case *one)
{
    struct view value = exam_value(exam, one->parameter);
    struct tls_protocols list = tls_protocols_parse(value);
    char storage[80];
    struct buf weak = BUF(storage);

    if (!exam_setting(exam, one->parameter).known || report_unreadable(exam, one, &list))
        return;
    if ((list.admitted & one->weak) == 0)
        return;
    tls_protocols_add(&weak, list.admitted & one->weak);
    exam_report_as(exam, one->severity, one->parameter, protocol_mend(exam, one), "%s = %.*s admits %s", one->parameter,
                   VIEW_ARG(value), buf_text(&weak));
}

/* OpenSSL 1.1 and later have no SSLv2, and distributions none of SSLv3: only old Postfix stands on older ones. */
static unsigned ssl_there(const struct exam *exam)
{
    return version_at_least(exam->config, 3, 4) ? PROTOCOL_SSL_3 : PROTOCOLS_SSL;
}

void check_outbound_protocols(struct exam *exam)
{
    const struct protocol_case opportunistic = { "smtp_tls_protocols", ssl_there(exam), ">=TLSv1", "!SSLv2,!SSLv3",
                                                 FINDING_WARNING };
    const struct protocol_case mandatory = { "smtp_tls_mandatory_protocols",
                                             PROTOCOLS_OBSOLETE & ~(unsigned)PROTOCOL_SSL_2, ">=TLSv1.2",
                                             "!SSLv2,!SSLv3,!TLSv1,!TLSv1.1", FINDING_NOTICE };

    check_protocols(exam, &opportunistic);
    check_protocols(exam, &mandatory);
}

static const struct protocol_case submission_case = { "smtpd_tls_mandatory_protocols",
                                                      PROTOCOLS_OBSOLETE & ~(unsigned)PROTOCOL_SSL_2, ">=TLSv1.2",
                                                      "!SSLv2,!SSLv3,!TLSv1,!TLSv1.1", FINDING_NOTICE };

void check_submission_protocols(struct exam *exam)
{
    bool mandatory = server_level(exam->config, exam->service).level == LEVEL_ENCRYPT;
    struct protocol_case one = submission_case;

    if (!mandatory)
        one.parameter = "smtpd_tls_protocols";
    /* Defaults admit TLS 1.0 while the system's OpenSSL refuses it; set by hand it is meant. */
    if (exam_setting(exam, one.parameter).source != SOURCE_DEFAULT)
        one.severity = FINDING_WARNING;
    check_protocols(exam, &one);
}

void check_server_protocols(struct exam *exam)
{
    const struct protocol_case exchange = { "smtpd_tls_protocols", ssl_there(exam), ">=TLSv1", "!SSLv2,!SSLv3",
                                            FINDING_WARNING };

    if (exam->listener.role == ROLE_EXCHANGE && server_level(exam->config, exam->service).level != LEVEL_NONE)
        check_protocols(exam, &exchange);
}

static bool is_weak_grade(struct view grade)
{
    static const struct view weak[] = { VIEW_INIT("export"), VIEW_INIT("low"), VIEW_INIT("null") };

    return words_one_of(weak, sizeof(weak) / sizeof(weak[0]), grade);
}

static void check_grade(struct exam *exam, const char *parameter, bool mandatory)
{
    struct setting setting = exam_setting(exam, parameter);

    /* Opportunistic TLS with anything beats plaintext: before 2.11 export was the default. */
    if (!is_weak_grade(setting.value) || (!mandatory && setting.source == SOURCE_DEFAULT))
        return;
    exam_report_as(exam, mandatory ? FINDING_WARNING : FINDING_NOTICE, parameter, mend_set(exam, parameter, "medium"),
                   "%s = %.*s", parameter, VIEW_ARG(setting.value));
}

void check_outbound_ciphers(struct exam *exam)
{
    check_grade(exam, "smtp_tls_ciphers", false);
    check_grade(exam, "smtp_tls_mandatory_ciphers", true);
}

void check_server_ciphers(struct exam *exam)
{
    if (server_level(exam->config, exam->service).level == LEVEL_ENCRYPT)
        check_grade(exam, "smtpd_tls_mandatory_ciphers", true);
    else
        check_grade(exam, "smtpd_tls_ciphers", false);
}

void check_cipherlist(struct exam *exam)
{
    static const char *const lists[] = { "tls_high_cipherlist", "tls_medium_cipherlist", "tls_low_cipherlist",
                                         "tls_export_cipherlist", "tls_null_cipherlist" };

    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (exam_setting(exam, lists[i]).source == SOURCE_MAIN)
            exam_report(exam, lists[i], mend_command(exam, "postconf %s-X %s", exam->config_option, lists[i]),
                        "%s is set in main.cf", lists[i]);
    }
}
