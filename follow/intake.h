/*
 * intake - how messages came in, from Postfix's own lines
 *
 * For hosts, or times, without a gate.  smtpd(8) names client and login of a
 * message and, with smtpd_tls_loglevel 1, the TLS of the session; without that
 * the counters of its last line (Postfix 3.0) tell whether STARTTLS was used.
 * qmgr(8) names the sender, the lines of deliveries name the recipients.  What
 * these lines do not say stays FACT_PENDING: above all the header.
 * Messages that the gate has recorded are its own to tell, and left out here.
 * Pure; memory bounded by the limits below.  Ages by the order of the lines.
 */
#ifndef FOLLOW_INTAKE_H
#define FOLLOW_INTAKE_H

#include "follow/prefix.h"
#include "shared/record.h"

enum {
    INTAKE_MESSAGES_MAX = 65536, /* in the queue at once; the oldest is told early, with what is known of it */
    INTAKE_SESSIONS_MAX = 16384, /* of smtpd; past it the oldest's TLS stays unknown */
    INTAKE_NAMES_MAX = 262144,   /* distinct clients, logins, addresses, domains; past it they stay unknown */
    INTAKE_RECIPIENTS_MAX = 16,  /* distinct by domain and transport of one message; more are told as to_more */
    INTAKE_LINGER_MAX = 8192,    /* messages that left the queue and linger; past it the oldest lingers no longer */
    INTAKE_LINGER = 2000,        /* ms: by so much stamps of the gate's own log and of Postfix's may differ */
    INTAKE_SESSION_MESSAGES_MAX =
        32 /* of one session that wait for its end to tell its TLS; further ones stay unknown */
};

/*
 * One message.  Views are valid during the call.
 * The port is known for a service that logs as submission (587), submissions or smtps (465), by the part before the
 * program in its syslog_name; that part is FACT_LISTENER until a rule file tells its own.  A client of any other
 * service that did not authenticate is taken to be on port 25, so on no declared listener; assumed_port says so.
 */
struct intake_message {
    int64_t time; /* ms, when it came in */
    struct submission sub;
    struct recipient to[INTAKE_RECIPIENTS_MAX];
    size_t to_count;
    bool to_more;             /* more recipients, or still in the queue: not all are known */
    bool tls_version_unknown; /* encrypted, FACT_TLS is pending */
    bool assumed_port;
};

struct intake_sink {
    void (*message)(void *context, const struct intake_message *message);
    void (*record)(void *context, int64_t time, const struct record *record); /* the gate's; may be NULL */
    void *context;
};

struct intake;

/* seed: see shared/hash.h.  NULL: out of memory. */
struct intake *intake_new(uint64_t seed, const struct intake_sink *sink);
void intake_free(struct intake *intake); /* NULL is fine */

/* Lines of one host must come in the order of their time, and all writers from one struct writers. */
void intake_line(struct intake *intake, const struct log_line *line);

/* The log ends: tells what is still in the queue. */
void intake_end(struct intake *intake);

struct intake_counts {
    uint64_t strange;       /* lines of the gate that are no records */
    uint64_t early;         /* messages told early for want of room */
    uint64_t lost;          /* for want of memory */
    uint64_t names_refused; /* times that a name found no room and stayed unknown */
};
/* All so far. */
struct intake_counts intake_counts(const struct intake *intake);

#endif
