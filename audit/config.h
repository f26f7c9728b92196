/*
 * config - one Postfix instance's configuration, and the value that is in force where
 *
 * Pure: made from what postconf(1) printed.  All of it lies in the arena.
 * Threads: never changes once it is built.
 */
#ifndef AUDIT_CONFIG_H
#define AUDIT_CONFIG_H

#include "audit/postconf.h"

struct postfix_version {
    unsigned major, minor, patch; /* a snapshot's patch is 0 */
};

/* What the commands printed.  postconf -P and -x came with 2.11 and 2.10. */
struct postconf_texts {
    struct view values;     /* postconf -x: every parameter with the value in force, $names expanded */
    struct view explicit;   /* postconf -n: what main.cf sets */
    struct view services;   /* postconf -M */
    struct view overrides;  /* postconf -Px; p is NULL where this version has none */
    struct view complaints; /* standard error: lines of "warning: ..." */
};

struct postfix_config {
    struct arena *arena;
    struct postfix_version version;
    struct view version_text; /* mail_version */
    struct view directory;    /* config_directory */
    struct parameters parameters;
    struct services services;
    struct view complaints;
};

enum source { SOURCE_DEFAULT, SOURCE_MAIN, SOURCE_SERVICE };

struct setting {
    struct view value;
    enum source source;
    bool known; /* false: this version has no such parameter; the value is empty */
};

/* -1 with the reason: limits, memory, or text that is not postconf's. */
int postfix_config_build(struct arena *arena, const struct postconf_texts *texts, struct postfix_config *out,
                         struct error *error);

/* "3.7.11", "3.12-20260821".  False for anything else. */
bool postfix_version_parse(struct view text, struct postfix_version *out);
bool version_at_least(const struct postfix_config *config, unsigned major, unsigned minor);

/* The value in force for this service (NULL: for main.cf alone). */
struct setting config_setting(const struct postfix_config *config, const struct service *service, struct view name);
struct view config_value(const struct postfix_config *config, const struct service *service, struct view name);

/* The same for names that differ between smtp(8) and lmtp(8), smtpd(8) and so on: prefix "smtp", rest "_tls_loglevel". */
struct setting config_setting_of(const struct postfix_config *config, const struct service *service, struct view prefix,
                                 struct view rest);

/* Runs chrooted into queue_directory: "-" means yes before 3.0 and below compatibility level 1, no otherwise (master(5)). */
bool config_chrooted(const struct postfix_config *config, const struct service *service);

#endif
