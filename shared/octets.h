/*
 * octets - eight octets at once, as a word
 *
 * For texts of a few octets, where a call of memchr(3) takes longer than the search.  Pure.
 */
#ifndef SHARED_OCTETS_H
#define SHARED_OCTETS_H

#include <endian.h>

#include "shared/hash.h"

enum { OCTETS_WORD = 8 };

/* The same octet in all places. */
static inline uint64_t octets_all(unsigned char octet)
{
    return UINT64_MAX / 0xff * octet;
}

/* The first place of an octet in the eight at p; OCTETS_WORD where it is not among them. */
static inline size_t octets_find(const char *p, char c)
{
    uint64_t differs = le64toh(hash_word(p)) ^ octets_all((unsigned char)c);
    /* The highest bit of each octet that is 0; above the first of them it may be set by a borrow. */
    uint64_t same = (differs - octets_all(0x01)) & ~differs & octets_all(0x80);

    return same == 0 ? OCTETS_WORD : (size_t)__builtin_ctzll(same) / 8;
}

/* The first place of an octet from here to the end, or NULL: memchr(3), quicker where that is among the first eight. */
static inline const char *octets_find_near(const char *from, const char *end, char c)
{
    if (end - from >= OCTETS_WORD) {
        size_t place = octets_find(from, c);

        if (place < OCTETS_WORD)
            return from + place;
        from += OCTETS_WORD;
    }
    return memchr(from, c, (size_t)(end - from));
}

/* Of each octet the highest bit: is it at least low, and below end?  For octets of ASCII only. */
static inline uint64_t octets_in_range(uint64_t word, unsigned char low, unsigned char end)
{
    return (word + octets_all((unsigned char)(0x80 - low))) & ~(word + octets_all((unsigned char)(0x80 - end)));
}

#endif
