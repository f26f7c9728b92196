/*
 * implication - what the truth of one condition says of another one of the same words
 *
 * For the checks: conservative, so that "may" is the answer where it is not
 * worth finding out: lists of more than LIST_COMPARED_MAX entries are compared
 * by their names only, for the checks ask of every two rules.
 * Private to policy/.  Pure.
 */
#ifndef POLICY_IMPLICATION_H
#define POLICY_IMPLICATION_H

#include "policy/rules.h"

enum { LIST_COMPARED_MAX = 32 };

/* Is b true of every message that a is true of? */
bool condition_implies(const struct condition *a, const struct condition *b);

/* Can a and b not be true of one message and recipient? */
bool conditions_exclude(const struct condition *a, const struct condition *b);

#endif
