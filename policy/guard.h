/*
 * guard - tell rules that cannot match from two numbers, without looking at them
 *
 * Files with thousands of rules mostly have one for each domain, login or
 * client.  Such a rule's guards are hashes of the two things that tell best
 * whether it can match; when the message has another hash for one of them the
 * rule says no, whatever its further conditions say.  The guards of all rules
 * lie close together, so a walk over 100,000 of them is cheap.
 * Private to policy/.  Pure.
 */
#ifndef POLICY_GUARD_H
#define POLICY_GUARD_H

#include "policy/truth.h"

/* What the message has for each kind of guard; a kind that is not known yet excludes nothing. */
struct guard_values {
    bool known[GUARD_KINDS];
    uint16_t hash[GUARD_KINDS];
};

/*
 * The guards of a rule: GUARD_NONE where it has no condition that asks, without `not`, for one exact domain of sender
 * or recipient, for one login, for addresses that begin alike, or for TLS or authentication to be there or missing.
 */
struct guard guard_of(const struct rule *rule);

/* From what the evaluation knows by now. */
void guard_values_init(struct guard_values *values, struct evaluation *evaluation);

/* True: the rule says no.  False: it has to be asked. */
static inline bool guard_excludes(const struct guard_values *values, const struct guard *guard)
{
    return (values->known[guard->kind[0]] && values->hash[guard->kind[0]] != guard->hash[0]) ||
           (values->known[guard->kind[1]] && values->hash[guard->kind[1]] != guard->hash[1]);
}

#endif
