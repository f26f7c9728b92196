/*
 * recipients - the distinct recipients of one message, as the rules see them
 *
 * Domain and transport decide, not the local part: ten thousand recipients at
 * one domain are judged once.  Bounded; hashed with a secret seed, because
 * strangers choose the domains.  Pure.  One thread at a time.
 */
#ifndef MILTER_RECIPIENTS_H
#define MILTER_RECIPIENTS_H

#include "shared/arena.h"
#include "shared/decision.h"
#include "shared/submission.h"

enum { RECIPIENTS_MAX = 10000 }; /* distinct ones of one message */

struct recipient_entry {
    struct recipient recipient;
    const struct outcome *refusal; /* in the arena; NULL: it was let in */
    bool settled;                  /* its decision is joined to the message's settled one */
};

struct recipients {
    struct arena *arena; /* keeps the texts */
    struct recipient_entry *entries;
    size_t count, room; /* of entries[] */
    uint32_t *slots;    /* 0: free; else an entry's index plus 1.  NULL for a few */
    size_t mask;        /* number of slots, a power of two, less one */
    uint64_t seed;
};

/* None yet.  seed: see shared/hash.h. */
void recipients_init(struct recipients *set, struct arena *arena, uint64_t seed);
void recipients_done(struct recipients *set); /* the texts go with the arena */

/*
 * Find a recipient or add it; *added tells which.  The texts are copied.
 * The entry is valid until the next recipients_add().
 * NULL at RECIPIENTS_MAX, when the arena is at its limit or memory is out.
 */
struct recipient_entry *recipients_add(struct recipients *set, const struct recipient *recipient, bool *added);

#endif
