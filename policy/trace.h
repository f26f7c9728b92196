/*
 * trace - an evaluation tells its observer how a rule fared
 *
 * Private to policy/.
 */
#ifndef POLICY_TRACE_H
#define POLICY_TRACE_H

#include "policy/truth.h"

/* why: the condition that decided, or NULL.  log_only: the evaluation no longer acts. */
void trace_rule(struct evaluation *e, const struct rule_observer *observer, const struct rule *rule,
                enum rule_result result, const struct condition *why, bool log_only);

#endif
