/*
 * facts - what the configuration proves about the encryption of deliveries, per service
 *
 * For who reads this host's mail log: a delivery without a TLS line is plaintext
 * only where lines are logged, and needs no line where the level leaves no choice.
 * Cautious: what a table or a message may change is not proven.  Pure.
 */
#ifndef AUDIT_FACTS_H
#define AUDIT_FACTS_H

#include "audit/config.h"
#include "audit/tls_level.h"

enum proof {
    PROOF_NOTHING,          /* neither lines nor level tell */
    PROOF_LINES,            /* no TLS line: plaintext */
    PROOF_ALWAYS_PLAINTEXT, /* level none, and nothing can raise it */
    PROOF_ALWAYS_ENCRYPTED, /* a level that never sends in plaintext, and nothing can lower it */
    PROOF_COUNT
};

struct service_facts {
    struct view service;  /* "relay/unix" */
    struct view program;  /* smtp or lmtp */
    struct view log_name; /* what stands before "/smtp[PID]:" in the log: syslog_name */
    enum security_level level;
    bool fixed;     /* no table and no header of a message changes the level */
    bool tls_lines; /* *_tls_loglevel is 1 or more */
    bool tls_field; /* tls= in each delivery line (3.11) */
    enum proof proof;
};

/* False if the service is no smtp(8) or lmtp(8). */
bool service_facts(const struct postfix_config *config, const struct service *service, struct service_facts *out);

struct view proof_name(enum proof proof); /* nothing, lines, always-plaintext, always-encrypted */

#endif
