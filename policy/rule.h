/*
 * rule - one line of `submission { }` or `delivery { }` becomes a rule
 *
 * Private to policy/: rule.c, condition.c, reply.c and delivery.c.
 */
#ifndef POLICY_RULE_H
#define POLICY_RULE_H

#include "policy/value.h"

/* Read one line; a fault leaves the rule out. */
void rule_take(struct build *build, const struct line *line);
void delivery_take(struct build *build, const struct line *line);

/* `[not] WORDS OPERAND` at the cursor. */
bool take_condition(struct cursor *cursor, struct condition *out);

/* The reply in a quoted string, `550 5.7.1 text`, checked against what the action may say. */
bool take_reply(struct cursor *cursor, enum action action, struct reply *out);

/* What a rule without one says. */
struct reply reply_default(struct build *build, const struct rule *rule);

/* Parts as one text with one blank between them, in the policy's memory. */
struct view parts_text(struct build *build, const struct part *first, const struct part *end);

#endif
