/*
 * policy_plan - which next hops Postfix is to enforce TLS for, decided from rules and from what deliveries proved
 *
 * A `require` rule of the file makes a line for each of its domains; what was
 * encrypted long and often enough makes one when learning is asked for.  Lines
 * only get stricter: nothing that a delivery shows takes one away or weakens
 * it, because an attacker who strips STARTTLS shows just that.
 *
 * Which level a line gets: policy_level.h.
 *
 * Pure.  All texts lie in the arena or in what was handed in.
 */
#ifndef AUDIT_POLICY_PLAN_H
#define AUDIT_POLICY_PLAN_H

#include "audit/finding.h"
#include "audit/hop_history.h"
#include "audit/policy_file.h"
#include "audit/route.h"
#include "shared/settings.h"

enum { POLICY_NOTES_MAX = 1000 };

struct policy_question {
    const struct postfix_config *config;
    const struct routes *routes;
    const struct delivery_rule *rules;
    size_t rule_count;
    const struct hop_history *history; /* by the next hop's key, policy_key() */
    const struct policy_file *before;  /* what the table holds */
    const struct policy_file *others;  /* what other tables of smtp_tls_policy_maps hold; comment: which one */
    unsigned learn_days;               /* 0: learn nothing */
    uint64_t learn_deliveries;
    uint32_t today; /* days since 1970-01-01 */
};

/* What the operator should know of one next hop. */
struct policy_note {
    const char *id; /* stable; in outward-tls-policy(1) */
    enum finding_severity severity;
    struct view hop; /* or domain; empty: of all */
    struct view text;
    struct view command; /* empty where only words help */
};

struct policy_plan {
    struct policy_file after;
    size_t added, raised; /* lines */
    struct policy_note *notes;
    size_t note_count, notes_dropped;
};

/* -1 when out of memory or past POLICY_LINES_MAX. */
int policy_plan_make(struct arena *arena, const struct policy_question *question, struct policy_plan *out,
                     struct error *error);

/* A next hop as tables are asked for it: in lower case.  False if it is none that a line can be for. */
bool policy_key(struct view hop, struct buf *out);

#endif
