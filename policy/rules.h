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
    struct view only; /* the one domain or login of a list that has no other; a domain's leading dot takes all below */
    const struct word_set *words;
    const struct certificate *certificate;
    size_t count;     /* entries of the list, as it was written */
    uint64_t number;  /* also a TLS version */
    struct view text; /* as the rule says it, for people */
};

struct condition {
    const struct condition_row *row;
    bool negated;
    bool against; /* in a rule that refuses, holds or marks: what is in doubt counts against the message */
    struct operand_value operand;
};

struct rule {
    enum action action;
    bool monitor_only;
    unsigned until; /* last day in force as 20270331; 0: for ever */
    const struct condition *conditions;
    size_t condition_count;
    struct reply reply;  /* reject and tempfail */
    struct view tag;     /* text of a tag */
    unsigned tag_number; /* of a tag that acts: its place among those of the file, from 0 */
    struct place place;
    struct view file; /* of place, as it was opened */
    struct view text; /* the rule as written, blanks made one */
};

/* What a message must have for a rule to match, in short: see policy/guard.h.  Best last. */
enum guard_kind {
    GUARD_NONE,
    GUARD_TLS,
    GUARD_AUTHENTICATION,
    GUARD_CLIENT, /* + n: the first n octets of its address, 0 to 16 */
    GUARD_RECIPIENT = GUARD_CLIENT + sizeof(struct address) + 1,
    GUARD_LOGIN,
    GUARD_SENDER,
    GUARD_KINDS
};

enum { GUARDS_OF_RULE = 2 };

struct guard {
    uint8_t kind[GUARDS_OF_RULE]; /* enum guard_kind, the better one first */
    uint16_t hash[GUARDS_OF_RULE];
};

struct policy {
    struct arena arena;
    struct settings settings;
    const struct rule *rules;
    size_t rule_count;
    const struct guard *guards; /* one for each rule; NULL where none has any */
    const struct word_set *local_transports;
    struct policy_needs needs;
};

#endif
