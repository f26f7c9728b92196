/*
 * delivery - one attempt to hand one recipient's mail to a server, and what is known of its encryption
 *
 * Made by follow/ from the lines of smtp(8) and lmtp(8), counted by tally/.
 * The evidence is told apart from the verdict: a missing TLS line proves
 * plaintext only where TLS logging itself is proven, and that may come later in the log.
 * Pure.  Views live as long as the call that hands the struct over.
 */
#ifndef SHARED_DELIVERY_H
#define SHARED_DELIVERY_H

#include "shared/view.h"

enum delivery_status { DELIVERY_SENT, DELIVERY_DEFERRED, DELIVERY_BOUNCED, DELIVERY_STATUS_COUNT };

/* Where the mail went.  Only a direct hop tells how the recipient's domain was reached. */
enum hop {
    HOP_DIRECT,
    HOP_LMTP,      /* lmtp(8): a mail store of our own */
    HOP_SMARTHOST, /* a relay that sends on for us: it decides the rest of the way */
    HOP_INTERNAL,  /* a filter or host of our own that hands the mail back or on; counted at its last hop */
    HOP_COUNT
};

enum protection {
    PROTECTION_NONE,      /* no session: there is nothing to judge */
    PROTECTION_UNDECIDED, /* settled with its stretch, see struct delivery */
    PROTECTION_UNKNOWN,
    PROTECTION_PLAINTEXT,
    PROTECTION_ENCRYPTED,
    PROTECTION_COUNT
};

enum evidence {
    EVIDENCE_NONE,
    EVIDENCE_TLS_FIELD,      /* tls= of the delivery line, Postfix 3.11 */
    EVIDENCE_TLS_LINE,       /* "TLS connection established to" of the same process and server */
    EVIDENCE_REUSED_LINE,    /* "TLS connection reused to" */
    EVIDENCE_STARTTLS_OFFER, /* "Host offered STARTTLS": logged at level none only, so plaintext */
    EVIDENCE_RECEIVER,       /* the server itself complained that TLS was missing */
    EVIDENCE_CONFIG, /* no TLS line, and what the operator says of the logging, or the configuration proves, tells */
    EVIDENCE_NO_TLS_LINE, /* no TLS line; plaintext where TLS logging is proven */
    EVIDENCE_COUNT
};

/* Why a sent message counts as unknown. */
enum unknown_reason {
    UNKNOWN_NO_REASON,
    UNKNOWN_LOGGING_UNPROVEN, /* no TLS line of this service between two starts: smtp_tls_loglevel may be 0 */
    UNKNOWN_LOGGING_OFF,      /* the operator says that TLS is not logged */
    UNKNOWN_GAP,              /* lines of the log are missing */
    UNKNOWN_LIMIT,            /* more processes at once than can be followed */
    UNKNOWN_NO_PROCESS,       /* lines without process IDs: nobody knows whose session was whose */
    UNKNOWN_REASON_COUNT
};

/* What Postfix says of the server's certificate; levels in its order. */
enum peer_level { PEER_NOT_LOGGED, PEER_ANONYMOUS, PEER_UNTRUSTED, PEER_TRUSTED, PEER_VERIFIED, PEER_LEVEL_COUNT };

/* Why TLS was not reached, or was not enough. */
enum tls_failure {
    TLS_FAILURE_NONE,
    TLS_FAILURE_NOT_OFFERED, /* required, but the server has no STARTTLS */
    TLS_FAILURE_REFUSED,     /* the server answered STARTTLS with an error */
    TLS_FAILURE_HANDSHAKE,
    TLS_FAILURE_CERTIFICATE,
    TLS_FAILURE_REQUIRETLS, /* RFC 8689 */
    TLS_FAILURE_LOCAL,      /* our own TLS engine or policy */
    TLS_FAILURE_DEMANDED,   /* the server refused mail in plaintext */
    TLS_FAILURE_COUNT
};

/* Why a message left in plaintext, as far as the log tells. */
enum plaintext_cause {
    CAUSE_NOT_REACHED,  /* no session and no word of one: not offered, refused when asked, or not asked for */
    CAUSE_HANDSHAKE,    /* the handshake failed and Postfix fell back */
    CAUSE_SWITCHED_OFF, /* our own level for this destination is none */
    CAUSE_COUNT
};

enum origin { ORIGIN_UNKNOWN, ORIGIN_SUBMITTED, ORIGIN_FORWARDED, ORIGIN_BOUNCE, ORIGIN_COUNT };

struct delivery {
    int64_t time;               /* milliseconds since 1970, UTC, of the log line */
    struct view host, instance; /* as logged; instance is the tag before the program: "postfix/submission" */
    struct view queue_id;
    struct view recipient;     /* as logged, without brackets */
    struct view domain;        /* the recipient's, normalized; empty without one */
    struct view sender_domain; /* normalized, "<>" for the null sender, empty where unknown */
    struct view header_from;   /* from the gate's record; empty where unknown */
    struct view signers;       /* likewise: the d= domains of its signatures, with commas between */
    struct view relay, relay_address;
    unsigned port, connection_use; /* connection_use: messages over this connection, from 1 */
    enum delivery_status status;
    enum hop hop;
    enum origin origin;
    enum protection protection;
    enum evidence evidence;
    enum unknown_reason reason; /* for PROTECTION_UNKNOWN */
    uint32_t stretch;           /* for PROTECTION_UNDECIDED: which stretch will settle it */
    enum peer_level level;
    struct view version, cipher, key_exchange; /* "TLSv1.3"; empty where not logged */
    struct view wanted;                        /* the tls= field as logged; empty before 3.11 */
    bool downgraded;                           /* Postfix reached less than the level in force, but went on */
    bool began;                                /* envelope or text went over the session, whatever came of it */
    enum tls_failure failure;                  /* also with status sent: what made it fall back to plaintext */
    struct view dsn, reply;                    /* reply: the text in parentheses, foreign octets */
    struct view refusal; /* a large receiver and its code, as refusal_label() says it: "gmail 4.7.29"; or empty */
};

/* Names as reports, JSON and manual pages spell them. */
struct view delivery_status_name(enum delivery_status status);
struct view hop_name(enum hop hop);
struct view protection_name(enum protection protection);
struct view evidence_name(enum evidence evidence);
struct view unknown_reason_name(enum unknown_reason reason);
struct view peer_level_name(enum peer_level level);
struct view tls_failure_name(enum tls_failure failure);
struct view origin_name(enum origin origin);

/* The cause, for a delivery whose protection is plaintext or may become so. */
enum plaintext_cause delivery_cause(const struct delivery *delivery);

/* A key exchange that a quantum computer does not break: ML-KEM or its draft names, alone or in a hybrid. */
bool key_exchange_is_post_quantum(struct view key_exchange);

/* One line for people. */
const char *plaintext_cause_help(enum plaintext_cause cause);
const char *tls_failure_help(enum tls_failure failure);
const char *unknown_reason_help(enum unknown_reason reason);

#endif
