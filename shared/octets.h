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

/* Where an octet is among the eight at p: the highest bit of its place is set, and it may be in places behind that. */
static inline uint64_t octets_same(const char *p, char c)
{
    uint64_t differs = le64toh(hash_word(p)) ^ octets_all((unsigned char)c);

    return (differs - octets_all(0x01)) & ~differs & octets_all(0x80);
}

/* The first place of an octet in the eight at p; OCTETS_WORD where it is not among them.  Nothing branches for it. */
static inline size_t octets_find(const char *p, char c)
{
    uint64_t same = octets_same(p, c);

    return (size_t)__builtin_ctzll(same | UINT64_C(1) << 63) / 8 + (same == 0);
}

/* The first place of an octet from here to the end, or NULL: memchr(3), quicker where that is among the first eight. */
static inline const char *octets_find_near(const char *from, const char *end, char c)
{
    if (end - from >= OCTETS_WORD) {
        uint64_t same = octets_same(from, c);

        if (same != 0)
            return from + (size_t)__builtin_ctzll(same) / 8;
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
