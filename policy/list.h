/*
 * list - named lists, lists in place and list files become sets
 *
 * Private to policy/.
 */
#ifndef POLICY_LIST_H
#define POLICY_LIST_H

#include "policy/value.h"

/* Entries of one list in the making. */
struct collector {
    struct build *build;
    enum list_kind kind;
    struct vector entries; /* of struct network, or of struct view */
};

/* "network", "domain", "login": as the statement is called. */
struct view list_kind_name(enum list_kind kind);

/* Add what stands between braces; false after a fault. */
bool collect_block(struct collector *collector, const struct part *block);

/* Add one entry; false after a fault told at part. */
bool collect_entry(struct collector *collector, const struct part *part, struct view text);

/* The set of all entries, in the policy's memory. */
struct operand_value collect_finish(struct collector *collector);

/* `NAME { ... }` or `NAME file PATH` behind `network`, `domain` or `login`. */
void list_declare(struct cursor *cursor, enum list_kind kind);

/* The built-in network `loopback`. */
void list_declare_built_in(struct build *build);

/* Find a list, and mark it used; NULL without one. */
const struct named_list *list_find(struct build *build, enum list_kind kind, struct view name);

/* Offer all names of a kind to a did-you-mean. */
void list_offer_names(const struct build *build, enum list_kind kind, struct near *near);

/* What a rule compares with: the name of a list, `{ entries }`, or one entry itself. */
bool take_list_operand(struct cursor *cursor, enum list_kind kind, struct operand_value *out);

#endif
