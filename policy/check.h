/*
 * check - what a file says that its writer cannot have meant: warnings
 *
 * Private to policy/: check.c goes through the rules, check_settings.c through the rest.
 */
#ifndef POLICY_CHECK_H
#define POLICY_CHECK_H

#include "policy/build.h"

/* Warn of each thing found, through build_warning(): in the rules, and in the other statements. */
void check_rules(struct build *build);
void check_settings(struct build *build);

/* Can all conditions of a rule be true of one message? */
bool rule_is_possible(const struct policy *policy, const struct rule *rule);

/* Can both rules match one message, conditions of the rows that are left out aside? */
bool rules_can_meet(struct build *build, const struct rule *a, const struct rule *b,
                    bool (*is_left_out)(const struct condition_row *row));

/* What a condition reads. */
bool condition_reads_recipient(const struct condition_row *row);
bool condition_reads_header(const struct condition_row *row);

/* Does the rule read a recipient, or something in the header, in any of its conditions? */
bool rule_reads_recipient(const struct rule *rule);
bool rule_reads_header(const struct rule *rule);

/* What the gate must be told of for these rules: see policy_needs(). */
struct policy_needs policy_needs_of(const struct policy *policy);

#endif
