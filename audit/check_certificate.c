/* The certificates that our listeners show, and their keys. */
#include "audit/certificate.h"
#include "audit/checks.h"
#include "audit/words.h"

enum { PAIRS_MAX = 8, SOON_DAYS = 14, DAY = 86400 };

/* A certificate and its key; one file when chain files are used. */
struct pair {
    const char *parameter, *key_parameter;
    struct view certificate, key;
};

static bool is_set(struct view path)
{
    return path.n > 0 && !view_eq_nocase(path, VIEW("none"));
}

/* smtpd_tls_chain_files replaces all of the others (3.4). */
static size_t list_pairs(const struct exam *exam, struct pair pairs[PAIRS_MAX])
{
    static const char *const names[][2] = { { "smtpd_tls_cert_file", "smtpd_tls_key_file" },
                                            { "smtpd_tls_eccert_file", "smtpd_tls_eckey_file" },
                                            { "smtpd_tls_dcert_file", "smtpd_tls_dkey_file" } };
    struct view chains = exam_value(exam, "smtpd_tls_chain_files"), path;
    size_t count = 0;

    while (count < PAIRS_MAX && words_next(&chains, &path))
        pairs[count++] = (struct pair){ "smtpd_tls_chain_files", "smtpd_tls_chain_files", path, path };
    if (count > 0)
        return count;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct view certificate = exam_value(exam, names[i][0]), key = exam_value(exam, names[i][1]);

        if (is_set(certificate))
            pairs[count++] = (struct pair){ names[i][0], names[i][1], certificate, is_set(key) ? key : certificate };
    }
    return count;
}

static bool offers_tls(const struct exam *exam)
{
    return server_level(exam->config, exam->service).level != LEVEL_NONE;
}

static bool is_submission(const struct exam *exam)
{
    return exam->listener.role == ROLE_SUBMISSION;
}

/* Call look() for each certificate that can be read. */
static void each_certificate(struct exam *exam, void (*look)(struct exam *exam, const struct pair *pair,
                                                             const struct certificate_file *file))
{
    struct pair pairs[PAIRS_MAX];
    size_t count = offers_tls(exam) ? list_pairs(exam, pairs) : 0;

    for (size_t i = 0; i < count; i++) {
        struct certificate_file file;
        struct error error;
        struct view text;

        if (inspect_read(exam->inspector, pairs[i].certificate, &text, &error) != INSPECT_FINE)
            continue;
        certificate_parse(text, &file);
        if (file.leaf != NULL)
            look(exam, &pairs[i], &file);
        certificate_done(&file);
    }
}

void check_certificate_absent(struct exam *exam)
{
    struct pair pairs[PAIRS_MAX];

    if (offers_tls(exam) && list_pairs(exam, pairs) == 0)
        exam_report(exam, "smtpd_tls_chain_files", mend_none(),
                    "neither smtpd_tls_chain_files nor smtpd_tls_cert_file is set: STARTTLS is not offered");
}

static void report_unreadable(struct exam *exam, const char *parameter, struct view path)
{
    struct error error = { ERROR_NONE, "" };
    struct view text;
    enum inspect_result result = inspect_read(exam->inspector, path, &text, &error);

    if (result == INSPECT_FORBIDDEN)
        exam_report_as(exam, FINDING_NOTICE, parameter, mend_none(), "%s: not looked at", error.text);
    else if (result != INSPECT_FINE)
        exam_report(exam, parameter, mend_none(), "%s: %s", parameter, error.text);
    else if (view_find(text, VIEW("-----BEGIN ")) == -1)
        exam_report(exam, parameter, mend_none(), "%s: %.*s is no PEM file", parameter, VIEW_ARG(path));
}

void check_certificate_unreadable(struct exam *exam)
{
    struct pair pairs[PAIRS_MAX];
    size_t count = offers_tls(exam) ? list_pairs(exam, pairs) : 0;

    for (size_t i = 0; i < count; i++) {
        report_unreadable(exam, pairs[i].parameter, pairs[i].certificate);
        if (!view_eq(pairs[i].certificate, pairs[i].key))
            report_unreadable(exam, pairs[i].key_parameter, pairs[i].key);
    }
}

static void look_at_dates(struct exam *exam, const struct pair *pair, const struct certificate_file *file)
{
    int64_t from = certificate_not_before(file->leaf), until = certificate_not_after(file->leaf);
    char storage[16];
    struct buf date = BUF(storage);

    certificate_add_date(&date, from > exam->now ? from : until);
    if (from > exam->now)
        exam_report(exam, pair->parameter, mend_none(), "%.*s is not valid before %s", VIEW_ARG(pair->certificate),
                    buf_text(&date));
    else if (until <= exam->now)
        exam_report(exam, pair->parameter, mend_none(), "%.*s expired on %s", VIEW_ARG(pair->certificate),
                    buf_text(&date));
    else if (until - exam->now < (int64_t)SOON_DAYS * DAY)
        exam_report_as(exam, FINDING_WARNING, pair->parameter, mend_none(), "%.*s expires on %s",
                       VIEW_ARG(pair->certificate), buf_text(&date));
}

void check_certificate_dates(struct exam *exam)
{
    each_certificate(exam, look_at_dates);
}

/* Servers that deliver to us do not check; our users' programs do. */
static enum finding_severity by_audience(const struct exam *exam)
{
    return is_submission(exam) ? exam->check->severity : FINDING_NOTICE;
}

static void look_at_signer(struct exam *exam, const struct pair *pair, const struct certificate_file *file)
{
    if (certificate_self_signed(file->leaf))
        exam_report_as(exam, by_audience(exam), pair->parameter, mend_none(), "%.*s is self-signed",
                       VIEW_ARG(pair->certificate));
}

void check_certificate_self_signed(struct exam *exam)
{
    each_certificate(exam, look_at_signer);
}

static void look_at_chain(struct exam *exam, const struct pair *pair, const struct certificate_file *file)
{
    char storage[200];
    struct buf issuer = BUF(storage);

    if (certificate_chain_complete(file))
        return;
    certificate_add_issuer(&issuer, file->leaf);
    exam_report_as(exam, by_audience(exam), pair->parameter, mend_none(),
                   "%.*s ends before an authority that this system knows; its issuer is %s",
                   VIEW_ARG(pair->certificate), buf_text(&issuer));
}

void check_certificate_chain(struct exam *exam)
{
    each_certificate(exam, look_at_chain);
}

static void look_at_name(struct exam *exam, const struct pair *pair, const struct certificate_file *file)
{
    struct view host = exam_value(exam, "myhostname");
    char storage[300];
    struct buf names = BUF(storage);

    if (certificate_has_name(file->leaf, host))
        return;
    certificate_add_names(&names, file->leaf);
    exam_report_as(exam, by_audience(exam), pair->parameter, mend_none(), "%.*s is for %s, myhostname is %.*s",
                   VIEW_ARG(pair->certificate), buf_text(&names), VIEW_ARG(host));
}

void check_certificate_name(struct exam *exam)
{
    each_certificate(exam, look_at_name);
}

static void look_at_strength(struct exam *exam, const struct pair *pair, const struct certificate_file *file)
{
    const char *weakness = certificate_weakness(file->leaf);

    if (weakness[0] != '\0')
        exam_report(exam, pair->parameter, mend_none(), "%.*s has %s", VIEW_ARG(pair->certificate), weakness);
}

void check_certificate_weak(struct exam *exam)
{
    each_certificate(exam, look_at_strength);
}

static void look_at_key(struct exam *exam, const struct pair *pair, const struct certificate_file *file)
{
    struct certificate_file other = { .leaf = NULL };
    EVP_PKEY *key = file->key;
    struct error error;
    struct view text;

    if (!view_eq(pair->key, pair->certificate)) {
        if (inspect_read(exam->inspector, pair->key, &text, &error) != INSPECT_FINE)
            return;
        certificate_parse(text, &other);
        key = other.key;
    }
    if (key == NULL)
        exam_report(exam, pair->key_parameter, mend_none(), "%.*s holds no private key, or one with a passphrase",
                    VIEW_ARG(pair->key));
    else if (X509_check_private_key(file->leaf, key) != 1)
        exam_report(exam, pair->key_parameter, mend_none(), "the key in %.*s is not that of %.*s", VIEW_ARG(pair->key),
                    VIEW_ARG(pair->certificate));
    certificate_done(&other);
}

void check_key_mismatch(struct exam *exam)
{
    each_certificate(exam, look_at_key);
}

void check_key_open(struct exam *exam)
{
    struct pair pairs[PAIRS_MAX];
    size_t count = list_pairs(exam, pairs);

    for (size_t i = 0; i < count; i++) {
        struct stat found;

        if (inspect_stat(exam->inspector, pairs[i].key, &found) != INSPECT_FINE)
            continue;
        if ((found.st_mode & (S_IRWXO | S_IWGRP)) != 0)
            exam_report(exam, pairs[i].key_parameter,
                        mend_command(exam, "chmod go-wx,o-r %.*s", VIEW_ARG(pairs[i].key)), "%.*s has mode %04o",
                        VIEW_ARG(pairs[i].key), (unsigned)(found.st_mode & 07777));
    }
}

static const char *certbot_folder(const struct exam *exam)
{
    return exam->certbot == NULL ? "/etc/letsencrypt" : exam->certbot;
}

/* /etc/letsencrypt/live/NAME/fullchain.pem -> NAME */
static bool certbot_name(const struct exam *exam, struct view path, struct view *name)
{
    return view_skip(&path, view_of(certbot_folder(exam))) && view_skip(&path, VIEW("/live/")) &&
           view_cut(&path, VIEW("/"), name);
}

static bool has_files(struct exam *exam, const char *folder)
{
    char storage[300];
    struct buf path = BUF(storage);

    buf_addf(&path, "%s/renewal-hooks/%s", certbot_folder(exam), folder);
    return inspect_folder_count(exam->inspector, buf_view(&path)) > 0;
}

static bool has_hook(struct exam *exam, struct view name)
{
    char storage[300];
    struct buf path = BUF(storage);
    struct error error;
    struct view text;

    if (has_files(exam, "deploy") || has_files(exam, "post"))
        return true;
    buf_addf(&path, "%s/renewal/%.*s.conf", certbot_folder(exam), VIEW_ARG(name));
    if (path.full || inspect_read(exam->inspector, buf_view(&path), &text, &error) != INSPECT_FINE)
        return true; /* not to be judged */
    return view_find(text, VIEW("renew_hook")) != -1 || view_find(text, VIEW("post_hook")) != -1;
}

void check_renewal(struct exam *exam)
{
    struct pair pairs[PAIRS_MAX];
    size_t count = offers_tls(exam) ? list_pairs(exam, pairs) : 0;

    for (size_t i = 0; i < count; i++) {
        struct view name;

        if (certbot_name(exam, pairs[i].certificate, &name) && !has_hook(exam, name))
            exam_report(exam, pairs[i].parameter,
                        mend_command(exam, "certbot reconfigure --cert-name %.*s --deploy-hook 'postfix reload'",
                                     VIEW_ARG(name)),
                        "%.*s is renewed by certbot without a hook that tells Postfix", VIEW_ARG(pairs[i].certificate));
    }
}
