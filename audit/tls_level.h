/*
 * tls_level - the security level in force, as Postfix works it out
 *
 * The *_tls_security_level parameter if it is not empty, else the switches of
 * before 2.3 (*_enforce_tls, *_use_tls): TLS_README, "compatibility".  Pure.
 */
#ifndef AUDIT_TLS_LEVEL_H
#define AUDIT_TLS_LEVEL_H

#include "audit/config.h"

/* Weakest first.  Postfix's own order, tls/tls_level.c; invalid: Postfix defers all mail of the service. */
enum security_level {
    LEVEL_INVALID,
    LEVEL_NONE,
    LEVEL_MAY,
    LEVEL_ENCRYPT,
    LEVEL_FINGERPRINT,
    LEVEL_DANE, /* falls to may for servers without TLSA records */
    LEVEL_DANE_ONLY,
    LEVEL_VERIFY,
    LEVEL_SECURE
};

struct tls_level {
    enum security_level level;
    bool legacy; /* comes from the switches, not from the level */
};

enum security_level security_level_parse(struct view text); /* empty text: LEVEL_NONE */
/* The level as main.cf spells it. */
struct view security_level_name(enum security_level level);

/* Mail never leaves in plaintext at this level. */
bool security_level_encrypts(enum security_level level);

/* prefix: smtp or lmtp.  TLS is always on under *_tls_wrappermode, which demands encrypt or more. */
struct tls_level client_level(const struct postfix_config *config, const struct service *service, struct view prefix);

/* smtpd: none, may or encrypt; encrypt under smtpd_tls_wrappermode, whatever the parameter says. */
struct tls_level server_level(const struct postfix_config *config, const struct service *service);

#endif
