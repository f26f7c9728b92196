/*
 * hash - a fast seeded hash of octets for tables keyed by foreign text
 *
 * Eight octets a step, multiply and fold; twice to ten times as fast as view_hash() on the names of a log line.
 * Not cryptographic: give a secret seed where a stranger chooses the keys, and bound the table as well.
 * Pure.
 */
#ifndef SHARED_HASH_H
#define SHARED_HASH_H

#include <string.h>

#include "shared/view.h"

static inline uint64_t hash_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

static inline uint64_t hash_view(struct view text, uint64_t seed)
{
    uint64_t hash = seed ^ (text.n * UINT64_C(0xff51afd7ed558ccd)), word;
    const char *p = text.p;
    size_t left = text.n;

    for (; left >= sizeof(word); p += sizeof(word), left -= sizeof(word)) {
        memcpy(&word, p, sizeof(word));
        hash = hash_mix(hash, word);
    }
    if (left > 0) {
        word = 0;
        memcpy(&word, p, left);
        hash = hash_mix(hash, word);
    }
    hash *= UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ (hash >> 32);
}

#endif
