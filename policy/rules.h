/*
 * rules - the private shape of a policy: what a rule file becomes
 *
 * Only policy/ includes this.  Everything lies in the policy's arena and never
 * changes after policy_parse().
 */
#ifndef POLICY_RULES_H
#define POLICY_RULES_H

#include "policy/policy.h"
#include "policy/word_set.h"

enum action { ACTION_ACCEPT, ACTION_REJECT, ACTION_TEMPFAIL, ACTION_HOLD, ACTION_TAG, ACTION_OBSERVE, ACTION_COUNT };

struct action_row {
    struct view name;
    enum verdict verdict; /* of a match; VERDICT_ACCEPT where the action is none */
    bool ends;            /* a match ends the evaluation */
    bool may_be_logged;   /* may stand with monitor-only */
    const char *help;     /* one line */
};
extern const struct action_row action_table[ACTION_COUNT]; /* indexed by enum action */

/* What a condition compares with: the kind that the condition's operand says. */
struct operand_value {
    const struct network_set *networks;
    const struct domain_set *domains;
    const struct word_set *words;
    const struct certificate *certificate;
    uint64_t number;  /* also a TLS version */
    struct view text; /* as the rule says it, for people */
};

struct condition {
    const struct condition_row *row;
    bool negated;
    struct operand_value operand;
};

struct rule {
    enum action action;
    bool monitor_only;
    unsigned until; /* last day in force as 20270331; 0: for ever */
    const struct condition *conditions;
    size_t condition_count;
    struct reply reply; /* reject and tempfail */
    struct view tag;    /* text of a tag */
    struct place place;
    struct view text; /* the rule as written, blanks made one */
};

struct policy {
    struct arena arena;
    struct settings settings;
    const struct rule *rules;
    size_t rule_count;
    const struct word_set *local_transports;
    struct policy_needs needs;
};

/* Three-valued: smallest of all is AND, largest is OR. */
enum truth { TRUTH_NO, TRUTH_PENDING, TRUTH_YES };

/* One evaluation's view of the world; domains are normalized once, when first asked for. */
struct evaluation {
    const struct policy *policy;
    const struct submission *sub;
    const struct recipient *recipient;
    enum truth authenticated, unauthenticated;
    struct fact sender_domain, client_name;
    bool have_sender_domain, have_client_name;
    char sender_domain_text[DOMAIN_MAX + 1], client_name_text[DOMAIN_MAX + 1];
};

void evaluation_begin(struct evaluation *evaluation, const struct policy *policy, const struct submission *sub,
                      const struct recipient *recipient);
enum truth condition_truth(struct evaluation *evaluation, const struct condition *condition);

/* The fact, or what is derived from it, that a condition looks at. */
struct fact condition_subject(struct evaluation *evaluation, const struct condition_row *row);

#endif
