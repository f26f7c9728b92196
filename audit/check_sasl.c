/* Who checks passwords, and if smtpd(8) can reach them. */
#include <sys/stat.h>

#include "audit/checks.h"
#include "audit/words.h"
#include "shared/child.h"

static bool uses(const struct exam *exam, struct view type)
{
    return exam->listener.authenticates && view_eq_nocase(exam_value(exam, "smtpd_sasl_type"), type);
}

void check_sasl_type(struct exam *exam)
{
    if (exam->listener.authenticates && !uses(exam, VIEW("cyrus")) && !uses(exam, VIEW("dovecot")))
        exam_report(exam, "smtpd_sasl_type", mend_none(), "smtpd_sasl_type = %.*s is neither cyrus nor dovecot",
                    VIEW_ARG(exam_value(exam, "smtpd_sasl_type")));
}

/* Cyrus SASL's file for this service; Debian looks below Postfix's own folder first. */
static enum inspect_result read_cyrus(struct exam *exam, struct view *text, struct buf *path)
{
    static const struct view folders[] = { VIEW_INIT("/etc/sasl2"), VIEW_INIT("/usr/lib/sasl2"),
                                           VIEW_INIT("/usr/lib64/sasl2") };
    enum inspect_result result;
    struct error error;

    buf_addf(path, "%.*s/sasl/%.*s.conf", VIEW_ARG(exam->config->directory),
             VIEW_ARG(exam_value(exam, "smtpd_sasl_path")));
    result = inspect_read(exam->inspector, buf_view(path), text, &error);
    for (size_t i = 0; result == INSPECT_ABSENT && i < sizeof(folders) / sizeof(folders[0]); i++) {
        buf_reset(path);
        buf_addf(path, "%.*s/%.*s.conf", VIEW_ARG(folders[i]), VIEW_ARG(exam_value(exam, "smtpd_sasl_path")));
        result = inspect_read(exam->inspector, buf_view(path), text, &error);
    }
    return result;
}

/* "name: value" lines; # opens a comment. */
static struct view cyrus_value(struct view text, struct view name)
{
    struct view found = { "", 0 }, line, key;

    while (view_next(&text, '\n', &line)) {
        if (view_cut(&line, VIEW(":"), &key) && view_eq_nocase(view_trim(key), name))
            found = view_trim(line);
    }
    return found;
}

/* The file's text when this service uses it; false without one. */
static bool cyrus_text(struct exam *exam, struct view *text)
{
    char storage[1024];
    struct buf path = BUF(storage);

    return uses(exam, VIEW("cyrus")) && read_cyrus(exam, text, &path) == INSPECT_FINE;
}

void check_cyrus_config(struct exam *exam)
{
    char storage[1024];
    struct buf path = BUF(storage);
    struct view text;

    if (!uses(exam, VIEW("cyrus")) || read_cyrus(exam, &text, &path) != INSPECT_ABSENT)
        return;
    exam_report(
        exam, "smtpd_sasl_path", mend_none(),
        "no %.*s.conf for Cyrus SASL in %.*s/sasl or the system's places: it takes /etc/sasldb2 and offers every "
        "mechanism",
        VIEW_ARG(exam_value(exam, "smtpd_sasl_path")), VIEW_ARG(exam->config->directory));
}

static bool uses_saslauthd(struct exam *exam, struct view *text)
{
    return cyrus_text(exam, text) && words_have(cyrus_value(*text, VIEW("pwcheck_method")), VIEW("saslauthd"));
}

void check_saslauthd_socket(struct exam *exam)
{
    struct view text, path, seen;
    char storage[1024];
    struct buf place = BUF(storage);
    struct stat found;
    enum inspect_result result;

    if (!uses_saslauthd(exam, &text))
        return;
    path = cyrus_value(text, VIEW("saslauthd_path"));
    seen = exam_seen_path(exam, path.n > 0 ? path : VIEW("/var/run/saslauthd/mux"), &place);
    result = inspect_stat(exam->inspector, seen, &found);
    if (result == INSPECT_ABSENT)
        exam_report(exam, "smtpd_sasl_path",
                    config_chrooted(exam->config, exam->service)
                        ? mend_command(exam, "in /etc/default/saslauthd: OPTIONS=\"-c -m %.*s\"",
                                       VIEW_ARG(view_slice(seen, 0, (size_t)view_find_last_char(seen, '/'))))
                        : mend_command(exam, "systemctl start saslauthd"),
                    "%.*s: no saslauthd socket%s", VIEW_ARG(seen),
                    config_chrooted(exam->config, exam->service) ? " where the chrooted smtpd looks" : "");
    else if (result == INSPECT_FINE && !exam_postfix_may(exam, seen, 2))
        exam_report(exam, "smtpd_sasl_path",
                    mend_command(exam, "adduser %.*s sasl", VIEW_ARG(exam_value(exam, "mail_owner"))),
                    "%.*s: the user %.*s may not connect", VIEW_ARG(seen), VIEW_ARG(exam_value(exam, "mail_owner")));
}

/* saslauthd(8) is given the password itself: mechanisms that never show it cannot work. */
static bool needs_stored_password(struct view mechanism)
{
    return !view_eq_nocase(mechanism, VIEW("PLAIN")) && !view_eq_nocase(mechanism, VIEW("LOGIN"));
}

void check_saslauthd_mechanisms(struct exam *exam)
{
    struct view text, list, all, mechanism;

    if (!uses_saslauthd(exam, &text))
        return;
    all = list = cyrus_value(text, VIEW("mech_list"));
    if (list.n == 0)
        exam_report(exam, "smtpd_sasl_path", mend_none(), "no mech_list: write mech_list: PLAIN LOGIN");
    while (words_next(&list, &mechanism)) {
        if (needs_stored_password(mechanism)) {
            exam_report(exam, "smtpd_sasl_path", mend_none(), "mech_list: %.*s; saslauthd can do PLAIN and LOGIN only",
                        VIEW_ARG(all));
            return;
        }
    }
}

static bool uses_sasldb(struct view text)
{
    struct view method = cyrus_value(text, VIEW("pwcheck_method")), plugin = cyrus_value(text, VIEW("auxprop_plugin"));

    return (method.n == 0 || words_have(method, VIEW("auxprop"))) &&
           (plugin.n == 0 || words_have(plugin, VIEW("sasldb")));
}

void check_sasldb(struct exam *exam)
{
    struct view text, path, seen;
    char storage[1024];
    struct buf place = BUF(storage);
    struct stat found;
    enum inspect_result result;

    if (!cyrus_text(exam, &text) || !uses_sasldb(text))
        return;
    path = cyrus_value(text, VIEW("sasldb_path"));
    seen = exam_seen_path(exam, path.n > 0 ? path : VIEW("/etc/sasldb2"), &place);
    result = inspect_stat(exam->inspector, seen, &found);
    if (result == INSPECT_ABSENT)
        exam_report(exam, "smtpd_sasl_path", mend_none(), "%.*s: no such file where smtpd looks", VIEW_ARG(seen));
    else if (result == INSPECT_FINE && (found.st_mode & S_IRWXO) != 0)
        exam_report(exam, "smtpd_sasl_path", mend_command(exam, "chmod o-rwx %.*s", VIEW_ARG(seen)),
                    "%.*s has mode %04o: every user of this host may read the passwords", VIEW_ARG(seen),
                    (unsigned)(found.st_mode & 07777));
    else if (result == INSPECT_FINE && !exam_postfix_may(exam, seen, 4))
        exam_report(exam, "smtpd_sasl_path",
                    mend_command(exam, "chgrp %.*s %.*s && chmod g+r %.*s", VIEW_ARG(exam_value(exam, "mail_owner")),
                                 VIEW_ARG(seen), VIEW_ARG(seen)),
                    "%.*s: the user %.*s may not read it", VIEW_ARG(seen), VIEW_ARG(exam_value(exam, "mail_owner")));
}

/* Dovecot's auth socket as this service sees it; empty for one on the network. */
static struct view dovecot_socket(const struct exam *exam, struct buf *place)
{
    struct view path = exam_value(exam, "smtpd_sasl_path");

    if (!uses(exam, VIEW("dovecot")) || view_starts(path, VIEW("inet:")))
        return (struct view){ "", 0 };
    (void)view_skip(&path, VIEW("unix:"));
    return exam_seen_path(exam, path, place);
}

void check_dovecot_socket(struct exam *exam)
{
    char storage[1024];
    struct buf place = BUF(storage);
    struct view seen = dovecot_socket(exam, &place);
    struct stat found;
    enum inspect_result result;

    if (seen.n == 0)
        return;
    result = inspect_stat(exam->inspector, seen, &found);
    if (result == INSPECT_ABSENT)
        exam_report(
            exam, "smtpd_sasl_path",
            mend_command(
                exam, "in Dovecot: service auth { unix_listener %.*s { mode = 0660 user = %.*s group = %.*s } }",
                VIEW_ARG(seen), VIEW_ARG(exam_value(exam, "mail_owner")), VIEW_ARG(exam_value(exam, "mail_owner"))),
            "%.*s: no such socket", VIEW_ARG(seen));
    else if (result == INSPECT_FINE && !exam_postfix_may(exam, seen, 2))
        exam_report(exam, "smtpd_sasl_path", mend_none(), "%.*s: the user %.*s may not connect", VIEW_ARG(seen),
                    VIEW_ARG(exam_value(exam, "mail_owner")));
}

void check_dovecot_socket_open(struct exam *exam)
{
    char storage[1024];
    struct buf place = BUF(storage);
    struct view seen = dovecot_socket(exam, &place);
    struct user_rights anybody;
    struct stat found;

    if (seen.n == 0 || inspect_stat(exam->inspector, seen, &found) != INSPECT_FINE || (found.st_mode & S_IWOTH) == 0)
        return;
    /* Below private/ the folder keeps others out. */
    exam_report_as(
        exam,
        user_rights_of("nobody", &anybody) && inspect_reachable(exam->inspector, &anybody, seen, 2)
            ? exam->check->severity
            : FINDING_NOTICE,
        "smtpd_sasl_path",
        mend_command(exam, "in Dovecot: service auth { unix_listener %.*s { mode = 0660 } }", VIEW_ARG(seen)),
        "%.*s has mode %04o", VIEW_ARG(seen), (unsigned)(found.st_mode & 07777));
}

static bool dovecot_somewhere(const struct exam *exam)
{
    for (size_t i = 0; i < exam->config->services.count; i++) {
        const struct service *service = &exam->config->services.rows[i];

        if (listener_facts(exam->config, service).authenticates &&
            view_eq_nocase(config_value(exam->config, service, VIEW("smtpd_sasl_type")), VIEW("dovecot")))
            return true;
    }
    return false;
}

/* What Dovecot itself says of one setting; empty where it is not here, or nobody may read its files. */
static struct view ask_dovecot(struct exam *exam, const char *name)
{
    const char *argv[] = { exam->doveconf == NULL ? "/usr/bin/doveconf" : exam->doveconf, "-h", name, NULL };
    struct child_result result;
    struct error error;

    if (child_run(exam->findings->arena, &(struct child_command){ .argv = argv }, &result, &error) == -1 ||
        result.status != 0)
        return (struct view){ "", 0 };
    if (view_ends(result.out, VIEW("\n")))
        result.out.n--;
    return view_trim(result.out);
}

void check_dovecot_plaintext(struct exam *exam)
{
    if (!dovecot_somewhere(exam))
        return;
    if (view_eq(ask_dovecot(exam, "disable_plaintext_auth"), VIEW("no")))
        exam_report(exam, "", mend_command(exam, "in Dovecot: disable_plaintext_auth = yes"),
                    "disable_plaintext_auth = no");
    if (view_eq(ask_dovecot(exam, "auth_allow_cleartext"), VIEW("yes"))) /* its name since Dovecot 2.4 */
        exam_report(exam, "", mend_command(exam, "in Dovecot: auth_allow_cleartext = no"),
                    "auth_allow_cleartext = yes");
}
