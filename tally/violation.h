/*
 * violation - messages sent with less than a delivery rule demands
 *
 * The first rule that names a domain counts, once among `require` and once
 * among `expect`.  What is undecided waits for its stretch, as in a tally; what
 * stays unknown is no violation.
 * Pure.  One thread at a time.
 */
#ifndef TALLY_VIOLATION_H
#define TALLY_VIOLATION_H

#include "shared/delivery.h"
#include "shared/settings.h"
#include "tally/tally.h"

enum { VIOLATIONS_MAX = 16384 /* rows, rule x domain; further ones share one without rule */ };

struct violations;

/* rules: as the configuration file gives them; they must outlive this.  NULL: out of memory. */
struct violations *violations_new(const struct delivery_rule *rules, size_t count, uint64_t seed);
void violations_free(struct violations *violations); /* NULL is fine */

/* Count a delivery, and decide what waits for its stretch, as tally_add() and tally_settle() do. */
void violations_add(struct violations *violations, const struct delivery *delivery);
void violations_settle(struct violations *violations, uint32_t stretch, bool proven);

/* The rule of a kind that a delivery violates, or may, once what is undecided is settled; NULL: none. */
const struct delivery_rule *delivery_violated_rule(const struct delivery_rule *rules, size_t count, bool require,
                                                   const struct delivery *delivery);

/* Does a delivery alone violate a rule, or may it, once what is undecided is settled? */
bool delivery_violates(const struct delivery_rule *rules, size_t count, const struct delivery *delivery);

/* Add all of a tally's destinations: what the rules say of totals that were kept, whichever rules were in force then. */
void violations_add_tally(struct violations *violations, const struct tally *tally);

/* Add all of from, of the same rules and with nothing waiting, to into. */
void violations_merge(struct violations *into, const struct violations *from);

struct violation {
    const struct delivery_rule *rule; /* NULL: several */
    struct view domain;
    uint64_t count; /* recipients; 0: what waited was none after all */
    int64_t last;   /* ms since 1970 */
};

/* By index from 0, in the order they came; false past the last. */
bool violation_at(const struct violations *violations, size_t index, struct violation *out);

#endif
