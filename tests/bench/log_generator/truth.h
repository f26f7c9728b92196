/*
 * truth - what a report of this log must say, counted while the log is written
 *
 * Each line that is written may carry a note of what it really was.  Notes are
 * counted when their line leaves, so a log that ends in mid-flight still agrees
 * with its truth.  Nothing here looks at a line's text.
 */
#ifndef LOG_GENERATOR_TRUTH_H
#define LOG_GENERATOR_TRUTH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "tests/bench/log_generator/destination.h"

enum level { LEVEL_NOT_LOGGED, LEVEL_ANONYMOUS, LEVEL_UNTRUSTED, LEVEL_TRUSTED, LEVEL_VERIFIED, LEVEL_COUNT };
enum version { VERSION_NOT_LOGGED, VERSION_1_0, VERSION_1_1, VERSION_1_2, VERSION_1_3, VERSION_COUNT };
enum { TLS_SUITES = 8 };

struct tls_suite {
    enum version version;
    const char *cipher, *bits;
    const char *tail; /* since 3.4 */
};
extern const struct tls_suite tls_suites[TLS_SUITES];
extern const char *const tls_levels[LEVEL_COUNT]; /* as Postfix writes them */
extern const char *const tls_versions[VERSION_COUNT];

enum failure {
    FAILURE_NONE,
    FAILURE_NOT_OFFERED,
    FAILURE_REFUSED,
    FAILURE_HANDSHAKE,
    FAILURE_CERTIFICATE,
    FAILURE_DEMANDED,
    FAILURE_COUNT
};

/* How a delivery's session was, as far as the log can prove it. */
enum session_kind {
    SESSION_NONE,      /* there was none */
    SESSION_NO_LINE,   /* no TLS line: plaintext where the stretch shows TLS lines, else unknown */
    SESSION_PLAINTEXT, /* plaintext by the line itself */
    SESSION_ENCRYPTED
};

enum route { ROUTE_DIRECT, ROUTE_LMTP, ROUTE_SMARTHOST, ROUTE_INTERNAL };
enum status { STATUS_SENT, STATUS_DEFERRED, STATUS_BOUNCED };
/* Unknown: from a client that did not log in; a stranger's or a relay network's, the log cannot tell. */
enum origin { ORIGIN_SUBMITTED, ORIGIN_UNKNOWN, ORIGIN_FORWARDED, ORIGIN_BOUNCE, ORIGIN_COUNT };

/* TLS is logged, or not, by each of these on its own. */
enum service { SERVICE_SMTP, SERVICE_BULK, SERVICE_LMTP, SERVICE_COUNT };

enum note_kind {
    NOTE_NOTHING,
    NOTE_TLS_LINE,
    NOTE_DELIVERY,
    NOTE_EXPIRED,
    NOTE_RECORD,  /* of the gate: status is sent for accepted, bounced for rejected */
    NOTE_BOUNDARY /* the instance's master started or was reloaded: what TLS lines prove ends here */
};

struct note {
    enum note_kind kind;
    enum service service;
    enum status status;
    enum route route;
    enum session_kind session;
    enum level level;
    enum version version;
    enum failure failure;
    enum origin origin;
    bool transfer; /* not sent, but the message's envelope or more went over the session */
    bool proves;   /* the line has a tls= field */
    bool would;    /* a rule that is only watched would have refused it */
    uint32_t destination, sender;
    uint32_t submission; /* row of the submissions */
    uint32_t instance;
};

struct truth;

/* What notes may name: numbers below these. */
struct truth_sizes {
    uint32_t instances, senders, submissions;
};

/*
 * resolution: microseconds between two stamps that the log's prefix can tell apart; times are cut to it.
 * Exits without memory.
 */
struct truth *truth_new(const struct destinations *destinations, const struct truth_sizes *sizes, int64_t resolution);
void truth_free(struct truth *truth);

/* A line was written; note NULL: one that means nothing. */
void truth_line(struct truth *truth, int64_t time, const struct note *note);

/* The log is over. */
void truth_end(struct truth *truth);

/* How numbers are called in reports. */
struct truth_names {
    void (*sender)(uint32_t sender, char *out, size_t size); /* a domain, or "<>" */
    void (*submission)(uint32_t row, FILE *out);             /* the columns that tell rows apart, as JSON */
};
void truth_print(const struct truth *truth, FILE *out, const struct truth_names *names);

#endif
