/* What postconf itself complains about, and settings of the past. */
#include "audit/checks.h"
#include "audit/words.h"

/* "/usr/sbin/postconf: warning: /etc/postfix/main.cf: unused parameter: name=value" from its "warning: " on. */
static struct view complaint(struct view line)
{
    struct view before;

    (void)view_cut(&line, VIEW("warning: "), &before);
    return view_trim(line);
}

enum kind { KIND_UNUSED, KIND_REPEATED, KIND_OTHER };

static const struct {
    enum kind kind;
    struct view mark;
} kinds[] = {
    { KIND_UNUSED, VIEW_INIT("unused parameter: ") },
    { KIND_REPEATED, VIEW_INIT("overriding earlier entry: ") },
};

static enum kind kind_of(struct view text, struct view *setting)
{
    struct view before;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        *setting = text;
        if (view_cut(setting, kinds[i].mark, &before))
            return kinds[i].kind;
    }
    *setting = (struct view){ "", 0 };
    return KIND_OTHER;
}

/* Values stay out: a password may stand in one. */
static void report_complaint(struct exam *exam, enum kind kind, struct view text, struct view setting)
{
    struct view name = setting, place, mark;
    ptrdiff_t equal = view_find_char(setting, '=');
    char parameter[128];
    struct buf copied = BUF(parameter);

    if (kind == KIND_OTHER) {
        equal = view_find_char(text, '=');
        exam_report(exam, "", mend_none(), "%.*s", VIEW_ARG(equal == -1 ? text : view_slice(text, 0, (size_t)equal)));
        return;
    }
    if (equal != -1)
        name = view_trim(view_slice(setting, 0, (size_t)equal));
    buf_add(&copied, name);
    place = text;
    if (!view_cut(&place, VIEW(": "), &mark))
        mark = VIEW("main.cf");
    exam_report(exam, buf_text(&copied), mend_none(), "%.*s: %.*s", VIEW_ARG(mark), VIEW_ARG(name));
}

static void check_complaints(struct exam *exam, enum kind wanted)
{
    struct view rest = exam->config->complaints, line;

    while (view_next(&rest, '\n', &line)) {
        struct view text = complaint(line), setting;
        enum kind kind = kind_of(text, &setting);

        if (text.n > 0 && kind == wanted)
            report_complaint(exam, kind, text, setting);
    }
}

void check_unused_parameter(struct exam *exam)
{
    check_complaints(exam, KIND_UNUSED);
}

void check_repeated_parameter(struct exam *exam)
{
    check_complaints(exam, KIND_REPEATED);
}

void check_other_complaint(struct exam *exam)
{
    check_complaints(exam, KIND_OTHER);
}

/* Still obeyed, but told to be going: Postfix's DEPRECATION_README, 3.9 and 3.11. */
static const char *const deprecated[] = {
    "smtp_use_tls",          "smtp_enforce_tls",       "smtp_tls_per_site",     "smtp_tls_enforce_peername",
    "lmtp_use_tls",          "lmtp_enforce_tls",       "lmtp_tls_per_site",     "lmtp_tls_enforce_peername",
    "smtpd_use_tls",         "smtpd_enforce_tls",      "smtpd_tls_eecdh_grade", "smtpd_tls_dh1024_param_file",
    "tlsproxy_client_level", "tlsproxy_client_policy",
};

void check_deprecated_setting(struct exam *exam)
{
    if (!version_at_least(exam->config, 3, 9))
        return;
    for (size_t i = 0; i < sizeof(deprecated) / sizeof(deprecated[0]); i++) {
        if (exam_setting(exam, deprecated[i]).source == SOURCE_MAIN)
            exam_report(exam, deprecated[i], mend_command(exam, "postconf %s-X %s", exam->config_option, deprecated[i]),
                        "%s is set in main.cf", deprecated[i]);
    }
}

void check_soft_bounce(struct exam *exam)
{
    if (exam_yes(exam, "soft_bounce"))
        exam_report(exam, "soft_bounce", mend_set(exam, "soft_bounce", "no"), "soft_bounce = yes");
}
