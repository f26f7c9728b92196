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
 * Join the decisions of several recipients at end of message: the strictest
 * verdict with its rule and reply, tags of all (each rule once), the strictest would.
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
