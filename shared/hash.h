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

/* One round: a word joins the hash. */
static inline uint64_t hash_mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

/* Eight octets at p as they lie in memory. */
static inline uint64_t hash_word(const char *p)
{
    uint64_t word;

    memcpy(&word, p, sizeof(word));
    return word;
}

/* All of a text of less than eight octets in one word; n must not be 0. */
static inline uint64_t hash_short(const char *p, size_t n)
{
    uint32_t first, last;

    if (n < 4)
        return (uint64_t)(unsigned char)p[0] | (uint64_t)(unsigned char)p[n / 2] << 8 |
               (uint64_t)(unsigned char)p[n - 1] << 16;
    memcpy(&first, p, sizeof(first));
    memcpy(&last, p + n - sizeof(last), sizeof(last));
    return (uint64_t)first | (uint64_t)last << 32;
}

/* Before the first word of n octets. */
static inline uint64_t hash_begin(size_t n, uint64_t seed)
{
    return seed ^ (n * UINT64_C(0xff51afd7ed558ccd));
}

/* Behind the last word. */
static inline uint64_t hash_end(uint64_t hash)
{
    hash *= UINT64_C(0xc4ceb9fe1a85ec53);
    return hash ^ (hash >> 32);
}

/* The hash of any number of octets.  seed: secret where strangers choose them. */
static inline uint64_t hash_view(struct view text, uint64_t seed)
{
    uint64_t hash = hash_begin(text.n, seed);

    if (text.n >= 8) {
        /* The last word may overlap the one before it: no octet is left out, none is read past the end. */
        if (text.n > 8)
            hash = hash_mix(hash, hash_word(text.p));
        for (size_t at = 8; at + 8 < text.n; at += 8)
            hash = hash_mix(hash, hash_word(text.p + at));
        hash = hash_mix(hash, hash_word(text.p + text.n - 8));
    } else if (text.n > 0) {
        hash = hash_mix(hash, hash_short(text.p, text.n));
    }
    return hash_end(hash);
}

enum {
    HASH_NAME = 32 /* octets that four words hold: names are of all lengths, and are taken without a branch for it */
};

/* Where the second of four words begins that hold all of n octets, 8 to HASH_NAME; it may overlap the first. */
static inline size_t hash_second(size_t n)
{
    return n < 16 ? n - 8 : 8;
}

/* Where the third begins; it may overlap the first or the last, which begins at n - 8. */
static inline size_t hash_third(size_t n)
{
    return n - 8 - hash_second(n);
}

/* As hash_view(), for the names of a table in memory: hashes that are stored are hash_view()'s. */
static inline uint64_t hash_name(struct view text, uint64_t seed)
{
    uint64_t hash;

    if (text.n < 8 || text.n > HASH_NAME)
        return hash_view(text, seed);
    hash = hash_mix(hash_begin(text.n, seed), hash_word(text.p));
    hash = hash_mix(hash, hash_word(text.p + hash_second(text.n)));
    hash = hash_mix(hash, hash_word(text.p + hash_third(text.n)));
    return hash_end(hash_mix(hash, hash_word(text.p + text.n - 8)));
}

/* Do n octets, 8 or more, agree?  Word by word; the last one may overlap the one before it. */
static inline bool hash_same_words(const char *a, const char *b, size_t n)
{
    size_t second = hash_second(n), third = hash_third(n);

    if (n <= HASH_NAME)
        return ((hash_word(a) ^ hash_word(b)) | (hash_word(a + second) ^ hash_word(b + second)) |
                (hash_word(a + third) ^ hash_word(b + third)) | (hash_word(a + n - 8) ^ hash_word(b + n - 8))) == 0;
    if (hash_word(a) != hash_word(b) || hash_word(a + n - 8) != hash_word(b + n - 8))
        return false;
    for (size_t at = 8; at + 8 < n; at += 8) {
        if (hash_word(a + at) != hash_word(b + at))
            return false;
    }
    return true;
}

/* As view_eq(), quicker for names of a few octets, which is what tables are keyed by. */
static inline bool hash_same(struct view a, struct view b)
{
    if (a.n != b.n)
        return false;
    if (a.n < 8)
        return a.n == 0 || (hash_short(a.p, a.n) == hash_short(b.p, b.n));
    return hash_same_words(a.p, b.p, a.n);
}

#endif
