/*
 * exam - what a check sees and how it tells what it found; private to audit/
 *
 * A check is one row of the doctor's table and one function.  The function
 * is called once for the host, or once for each service of its scope.
 */
#ifndef AUDIT_EXAM_H
#define AUDIT_EXAM_H

#include "audit/config.h"
#include "audit/evidence.h"
#include "audit/finding.h"
#include "audit/inspect.h"
#include "audit/listener.h"
#include "audit/tls_level.h"
#include "shared/settings.h"

enum scope {
    SCOPE_HOST,       /* once */
    SCOPE_CLIENT,     /* each smtp(8) and lmtp(8) service */
    SCOPE_SMTP,       /* each smtp(8) service */
    SCOPE_SERVER,     /* each smtpd(8) service on the network but re-injection */
    SCOPE_SUBMISSION, /* those of them that are there for our users */
    SCOPE_REINJECTION
};

struct exam;

struct check {
    const char *id;
    enum finding_severity severity; /* as documented; a check may report milder cases as notices */
    enum scope scope;
    void (*run)(struct exam *exam);
    const char *title;     /* what is wrong, as a sentence */
    const char *why;       /* why it matters, one sentence */
    const char *reference; /* guideline, RFC, or Postfix's own document */
    const char *verify;    /* how to see that it is mended */
};

struct exam {
    const struct postfix_config *config;
    const struct settings *settings;        /* of outward.conf; NULL without one */
    struct inspector *inspector;            /* the way to files */
    const char *doveconf;                   /* absolute path; NULL: Dovecot's usual place */
    const char *certbot;                    /* certbot's folder; NULL: /etc/letsencrypt */
    int64_t now;                            /* seconds since 1970 */
    const struct ledger_evidence *evidence; /* NULL without a ledger */
    struct findings *findings;
    const char *config_option;      /* "-c /etc/postfix-out " for commands on another instance, else "" */
    const struct check *check;      /* this one */
    const struct service *service;  /* NULL for SCOPE_HOST */
    struct listener_facts listener; /* of the service */
};

/* The value in force for the service at hand. */
struct view exam_value(const struct exam *exam, const char *name);
struct setting exam_setting(const struct exam *exam, const char *name);
bool exam_yes(const struct exam *exam, const char *name);

/* For sentences: "(empty)" instead of nothing. */
struct view exam_shown(struct view value);

/* The same for "smtp" or "lmtp" + rest. */
struct view exam_client_value(const struct exam *exam, const char *rest);

/* Could the user of mail_owner open this file or socket (bit as for user_may())?  True where it cannot be told. */
bool exam_postfix_may(const struct exam *exam, struct view path, mode_t bit);

/* The path as this service sees it, from outside: below queue_directory if it is chrooted or the path is relative.
 * Empty when storage is too small. */
struct view exam_seen_path(const struct exam *exam, struct view path, struct buf *storage);

/* A command line in the arena; empty when memory is out.  Values are quoted for the shell. */
struct mend {
    struct view command;
};
struct mend mend_none(void);

/* Where the value comes from there it is mended: postconf -P for an override, else postconf -e. */
struct mend mend_set(const struct exam *exam, const char *name, const char *value);

/* At the service alone, because main.cf's value is right for others. */
struct mend mend_set_here(const struct exam *exam, const char *name, const char *value);

/* Take an override away. */
struct mend mend_drop_here(const struct exam *exam, const char *name);

/* Any other command. */
struct mend mend_command(const struct exam *exam, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Report what was found, in the check's severity or a given one.  format is what the operator reads behind "found". */
void exam_report(struct exam *exam, const char *parameter, struct mend mend, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
void exam_report_as(struct exam *exam, enum finding_severity severity, const char *parameter, struct mend mend,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
