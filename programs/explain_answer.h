/*
 * explain_answer - one evaluation with every rule on the way, as text or JSON
 */
#ifndef PROGRAMS_EXPLAIN_ANSWER_H
#define PROGRAMS_EXPLAIN_ANSWER_H

#include <jansson.h>

#include "policy/policy.h"

/*
 * Evaluate for one recipient (NULL: none is known) and say how each rule fared and what
 * is decided: on standard output, or where answers is not NULL as one more object in it.
 */
void explain_answer(const struct policy *policy, const struct submission *sub, const struct recipient *to,
                    json_t *answers);

#endif
