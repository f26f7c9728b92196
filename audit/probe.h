/*
 * probe - a live look at a mail server's TLS, from the outside
 *
 * One conversation tells most of it; a few more, one after the other, find
 * out which versions and groups the server takes.  Nothing is submitted and
 * nobody logs in: EHLO, STARTTLS, the handshake, EHLO, QUIT.
 * Not pure.  Threads: any, each with its own facts.
 */
#ifndef AUDIT_PROBE_H
#define AUDIT_PROBE_H

#include "audit/handshake.h"
#include "audit/resolve.h"
#include "audit/talk.h"
#include "audit/target.h"

enum purpose {
    PURPOSE_EXCHANGE,  /* another mail server delivers there: any TLS beats plaintext */
    PURPOSE_SUBMISSION /* our users' programs send there: names, trust and passwords count */
};

/* How far the conversation came; the trouble behind it is in server_facts.trouble. */
enum probe_step {
    STEP_NONE,      /* no connection */
    STEP_CONNECTED, /* but no SMTP greeting */
    STEP_GREETED,   /* but it greets with a refusal, or does not answer EHLO */
    STEP_EHLO,      /* but there is no STARTTLS, or it is refused */
    STEP_STARTTLS,  /* but the handshake failed */
    STEP_TLS
};

enum trial { TRIAL_NOT_MADE, TRIAL_YES, TRIAL_NO, TRIAL_UNKNOWN };

enum { VERSIONS = 4, PROBE_TEXT_MAX = 512 }; /* TLS 1.0 to 1.3 */

struct server_facts {
    char host[DNS_NAME_TEXT_MAX];
    struct address address;
    unsigned port;
    bool implicit; /* TLS first */
    enum purpose purpose;
    enum probe_step step;
    char trouble[PROBE_TEXT_MAX]; /* why it came no further; foreign text may be in it */
    unsigned greeting_code;
    char greeting[PROBE_TEXT_MAX], name[DNS_NAME_TEXT_MAX]; /* name: as EHLO's answer has it */
    bool starttls, overwritten;                             /* offered; or made into X's on the way */
    unsigned starttls_code;
    char auth_before[PROBE_TEXT_MAX], auth_after[PROBE_TEXT_MAX]; /* mechanisms offered in plaintext, under TLS */
    struct session_facts session;                                 /* from STEP_TLS on */
    enum trial versions[VERSIONS];
    enum trial post_quantum; /* NOT_MADE where this OpenSSL has no such group */
    struct lookup tlsa;
    size_t tlsa_records, tlsa_usable;
    enum trial dane; /* the certificate is one that the usable records name */
    enum trial sts;  /* who follows the domain's MTA-STS policy delivers there; NOT_MADE without one */
    bool sts_enforced;
};

struct probe_options {
    struct talk_limits limits;
    const char *helo;        /* what we call ourselves */
    const char *authorities; /* a PEM file; NULL: the system's */
    bool brief;              /* one conversation alone */
};

extern const int probe_versions[VERSIONS]; /* TLS1_VERSION ... */

/*
 * Look at one server.  host, address, port, implicit and purpose of facts are
 * given; tlsa: records that were found for it, NULL where nobody looked.
 * Never fails: what cannot be found out is a fact, too.
 */
void probe_server(const struct probe_options *options, const struct tlsa_records *tlsa, struct server_facts *facts);

#endif
