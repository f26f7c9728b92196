/*
 * spelling - domains in their one spelling, the last ones remembered
 *
 * Bringing an internationalized domain into A-labels costs as much as reading
 * fifty lines; a log that has one has it often.
 * Pure.  One thread at a time.
 */
#ifndef FOLLOW_SPELLING_H
#define FOLLOW_SPELLING_H

#include "shared/domain.h"

enum { SPELLINGS_KNOWN = 64 };

struct spellings {
    uint64_t seed; /* see shared/hash.h: a hash is an entry's identity */
    struct {
        uint64_t hash; /* of the domain as it was logged; 0: none */
        size_t length;
        char text[DOMAIN_MAX];
    } known[SPELLINGS_KNOWN];
};

/* domain_normalize(), or the domain as it is, cut to DOMAIN_MAX, where it is none.  Valid until the next call. */
struct view spelling_of(struct spellings *spellings, struct view domain);

#endif
