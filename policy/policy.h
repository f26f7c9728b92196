/*
 * policy - decide if a message may leave
 *
 * Pure: no I/O, no clock, no globals.  The same policy and submission always
 * give the same decision, so a record is enough to replay one.
 * Threads: a struct policy never changes after policy_parse(); any number of
 * milter threads may evaluate it at once.
 */
#ifndef POLICY_POLICY_H
#define POLICY_POLICY_H

#include "shared/decision.h"
#include "shared/error.h"
#include "shared/fault.h"
#include "shared/settings.h"
#include "shared/submission.h"

struct policy; /* opaque; the rules live in policy/rules.h */

/*
 * Build a policy from a rule file.
 * name    of the file, as the operator gave it.
 * reader  gives the text of a file, list or include by name; the only way out of here.
 * faults  gets every error and warning with its place.
 * Return  a policy to give to policy_free(), or NULL if faults holds an error.
 */
struct policy *policy_parse(const char *name, const struct reader *reader, struct faults *faults);
void policy_free(struct policy *policy); /* NULL is fine, as for free() */

/* Everything in the file but the rules: listeners, relay networks, mode, socket, log, alert, ledger...  Lives as long as the policy. */
const struct settings *policy_settings(const struct policy *policy);

size_t policy_rule_count(const struct policy *policy); /* in `submission { }` */

/*
 * The declared listener that a connection came in on, the first that matches; without
 * any declared the built-in `submission` (ports 587 and 465, daemon name ORIGINATING).
 * port         Postfix's {daemon_port}; 0 where unknown.
 * address      its {daemon_addr}; NULL where unknown: then no listener with addresses matches.
 * daemon_name  its {daemon_name}; empty where unknown.
 * Return       NULL if there is none; else it lives as long as the policy.
 */
const struct listener *policy_listener(const struct policy *policy, unsigned port, const struct address *address,
                                       struct view daemon_name);

/*
 * What the rules say now.  recipient NULL: before RCPT, the recipient's facts are pending.
 * Cannot fail: what could be wrong was refused by policy_parse().  Mode monitor,
 * `observe` and `monitor-only` are already applied: now is what to do, would what was only logged.
 * A submission that is inbound (not local, no listener, not authenticated, no relay
 * network's client with a transport that leaves the host) gets accept, direction inbound.
 */
struct decision policy_evaluate(const struct policy *policy, const struct submission *sub,
                                const struct recipient *recipient);

/*
 * The submission is transactional by guidelines { }: the domain of its envelope sender or From, or its login, is named
 * there.  A header field says so by policy_is_transactional_field(), as each field comes.
 * False, too, where the file names nothing: then policy_has_transactional() is false.
 */
bool policy_is_transactional(const struct policy *policy, const struct submission *sub);
bool policy_is_transactional_field(const struct policy *policy, struct view name, struct view body);
bool policy_has_transactional(const struct policy *policy);

/* Warn of rules whose `until` lies before today, a local date as 20270331.  Apart from the parse, which knows no clock. */
void policy_check_dates(const struct policy *policy, unsigned today, struct faults *faults);

/* How one rule fared in an evaluation, for `outward explain`. */
enum rule_result {
    RULE_MATCHED,
    RULE_NO_MATCH,
    RULE_PENDING, /* a fact that is not known yet decides */
    RULE_EXPIRED  /* its `until` day has passed */
};
struct rule_trace {
    struct place place;
    struct view text; /* the rule as written, blanks made one */
    enum rule_result result;
    bool log_only;         /* a match is only logged: monitor mode, below an observe, or monitor-only */
    struct view condition; /* no match, pending: the condition it failed on, with its operand and `not` */
    struct view key; /* the fact that condition reads, by its key: "tls", "login"; "to", "transport" of a recipient */
    enum fact_state state; /* of that fact */
    struct view value;     /* known: as fact_print() writes it */
    unsigned until;        /* expired: the last day it held */
};
struct rule_observer {
    /* Called for each rule that was looked at, in order; trace is gone after the call. */
    void (*rule)(void *context, const struct rule_trace *trace);
    void *context;
};

/* As policy_evaluate(), and tells observer (may be NULL) of each rule on the way: the same code decides. */
struct decision policy_evaluate_observed(const struct policy *policy, const struct submission *sub,
                                         const struct recipient *recipient, const struct rule_observer *observer);

/*
 * Join the decisions of several recipients at end of message: the strictest
 * verdict with its rule and reply, tags of all (each rule once), the strictest would.
 * Certain when both are; outbound if one is.  Start with a copy of the first recipient's decision.
 */
void decision_join(struct decision *all, const struct decision *one);

/* What the loaded rules can need: lets the gate negotiate away events and replies that cannot matter. */
struct policy_needs {
    bool rcpt_reply;     /* some rule, or a relay network, can refuse at RCPT */
    bool headers;        /* some rule reads a header fact */
    bool quarantine;     /* a hold rule */
    bool change_headers; /* a tag rule: adds ours, removes forged copies */
};
struct policy_needs policy_needs(const struct policy *policy);

#endif
