/*
 * check - what a file says that its writer cannot have meant: warnings
 *
 * Private to policy/.
 */
#ifndef POLICY_CHECK_H
#define POLICY_CHECK_H

#include "policy/build.h"

void check_policy(struct build *build);

/* What the gate must be told of for these rules: see policy_needs(). */
struct policy_needs policy_needs_of(const struct policy *policy);

#endif
