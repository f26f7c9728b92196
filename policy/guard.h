/*
 * guard - tell rules that cannot match from one number, without looking at them
 *
 * Files with hundreds of rules mostly have one for each domain.  Such a rule's
 * guard is the hash of the domain that it asks for; when the message's domain
 * has another hash the rule says no, whatever its further conditions say.  The
 * guards of all rules lie close together, so a walk over them is cheap.
 * Private to policy/.  Pure.
 */
#ifndef POLICY_GUARD_H
#define POLICY_GUARD_H

#include "policy/truth.h"

/* What the message has for each kind of guard; a kind that is not known yet, or not at all, excludes nothing. */
struct guard_values {
    bool known[GUARD_KINDS];
    uint32_t hash[GUARD_KINDS];
};

/* The guard of a rule: GUARD_NONE where no condition of it asks for one exact domain of sender or recipient. */
struct guard guard_of(const struct rule *rule);

/* From what the evaluation knows by now. */
void guard_values_init(struct guard_values *values, struct evaluation *evaluation);

/* True: the rule says no.  False: it has to be asked. */
static inline bool guard_excludes(const struct guard_values *values, struct guard guard)
{
    return values->known[guard.kind] && values->hash[guard.kind] != guard.hash;
}

#endif
