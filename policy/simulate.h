/*
 * simulate - whom a rule file would hit, over the messages of a log
 *
 * Each message is judged as if the file said `mode enforce`, by the code that
 * the gate uses, and counted by the rule that hits it and by who sent it.  What
 * the rules ask and the log does not say leaves a message undecided; it is
 * never counted as fine.
 * Pure: no clock, time comes with the messages.  One thread at a time.
 */
#ifndef POLICY_SIMULATE_H
#define POLICY_SIMULATE_H

#include "policy/policy.h"
#include "shared/record.h"

enum {
    SIMULATION_ROWS_MAX = 16384,   /* rules x senders; messages of further ones are in the totals, and counted */
    SIMULATION_NAMES_MAX = 262144, /* distinct clients, logins, addresses, domains; likewise */
    SIMULATION_DOMAINS_MAX = 8     /* recipient domains shown in a row; whether there are more is told */
};

/* What becomes of a message, the strictest last; a message that is only logged is accepted. */
enum fate {
    FATE_INBOUND, /* no submission, never judged */
    FATE_ACCEPTED,
    FATE_TAGGED,
    FATE_UNDECIDED,
    FATE_HELD,
    FATE_TEMPFAILED,
    FATE_REJECTED,
    FATE_COUNT
};
/* inbound, accepted, tagged, undecided, held, tempfailed, rejected */
struct view fate_name(enum fate fate);

/* One message as the log tells it. */
struct simulated {
    int64_t time; /* ms since 1970, UTC */
    const struct submission *sub;
    const struct recipient *to; /* distinct by domain and transport */
    size_t to_count;
    bool to_more;             /* there were recipients that are not in to[] */
    bool tls_version_unknown; /* it was encrypted, FACT_TLS is pending */
    bool without_gate;        /* from Postfix's own lines: no record tells of its header */
};

struct simulation;

/* policy must outlive it; its own mode does not matter.  today: as in struct submission.  seed: see shared/hash.h.  NULL: out of memory. */
struct simulation *simulation_new(const struct policy *policy, unsigned today, uint64_t seed);
void simulation_free(struct simulation *simulation); /* NULL is fine */

/*
 * Judge a message.  Its listener is found anew: by the port it came in on, else
 * by the name that sub has for it, where this file declares one of that name.
 */
void simulation_add(struct simulation *simulation, const struct simulated *message);

/*
 * The same of a gate's record.  Unknown is what a brief record left out of the header, and what record_parse() leaves
 * open: what was cut off a value, and beside a trouble what the record does not say.
 */
void simulation_add_record(struct simulation *simulation, int64_t time, const struct record *record);

struct simulation_counts {
    uint64_t messages;          /* all */
    uint64_t fates[FATE_COUNT]; /* each message once, by the strictest of its recipients' */
    uint64_t logged;            /* messages that a log-only rule (observe, monitor-only) would have hit */
    uint64_t without_gate;      /* of all */
    uint64_t dropped;           /* rows that found no room */
    uint64_t names_refused;     /* times that a name found no room and stayed unknown */
    int64_t first, last;        /* ms; 0 without messages */
};
/* All so far. */
struct simulation_counts simulation_counts(const struct simulation *simulation);

/* What one rule does to those who send alike: a message with several recipients may be in several rows. */
struct simulation_row {
    enum fate fate;    /* tagged, undecided, held, tempfailed or rejected */
    bool log_only;     /* the rule would only log it */
    struct place rule; /* undecided: the rule that could not be answered; line 0: already whether it is judged at all */
    struct view rule_text; /* as written, blanks made one; empty with line 0 */
    struct view missing;   /* undecided: the key of the fact that is not known */
    struct view listener, login, client,
        sender; /* "none" where there is none, "?" where the log does not say it or it found no room */
    struct view domains[SIMULATION_DOMAINS_MAX]; /* of the recipients it hits, in the order they came */
    size_t domain_count;
    bool domains_more;
    uint64_t messages, without_gate;
    int64_t last; /* ms */
};

/* Rows by index, from 0, in the order they came; false past the last. */
bool simulation_row(const struct simulation *simulation, size_t index, struct simulation_row *out);

#endif
