/*
 * explain - a rule's trace and a decision as sentences
 *
 * Public.  Pure.  Foreign octets of facts go out as they are.
 */
#ifndef POLICY_EXPLAIN_H
#define POLICY_EXPLAIN_H

#include "policy/policy.h"

/* "matched"; "no match: plaintext, but tls is TLSv1.3"; "pending: ..., header_from is not known yet"; "ended on ...". */
void explain_trace(struct buf *out, const struct rule_trace *trace);

/* "matched", "no-match", "pending", "expired". */
struct view rule_result_name(enum rule_result result);

/* "reject by outward.conf:14", "accept, no rule matches"; with nothing of replies and tags. */
void explain_outcome(struct buf *out, const struct outcome *outcome);

/* "530 5.7.0 text"; nothing where there is no reply. */
void explain_reply(struct buf *out, const struct reply *reply);

#endif
