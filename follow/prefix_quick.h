/*
 * prefix_quick - the prefix of a line that is like those before it
 *
 * Nine lines in ten of a traditional log have the last one's second or minute
 * and a writer seen lately.  What is more than that is prefix_parse()'s.
 * Pure.
 */
#ifndef FOLLOW_PREFIX_QUICK_H
#define FOLLOW_PREFIX_QUICK_H

#include "follow/prefix.h"
#include "shared/octets.h"

/*
 * Where a writer with this name is remembered: told apart by its begin, middle and end, without a loop.  The upper bits
 * of the hash hang on all of them; the lower ones do not, and hosts that differ in a digit would meet.
 */
static inline size_t prefix_recent_slot(struct view joined)
{
    const char *p = joined.p;
    size_t n = joined.n;
    uint64_t words;

    if (n < 8)
        words = hash_short(p, n);
    else
        words = hash_word(p) + 3 * hash_word(p + n - 8) + 5 * hash_word(p + (n - 8) / 2);
    return (size_t)((n ^ words) * UINT64_C(0x9e3779b97f4a7c15) / (UINT64_MAX / PREFIX_RECENT + 1));
}

enum { PREFIX_QUICK_PID = 12 /* octets that prefix_quick_pid() looks at: "[4194304]: x", more than Linux has */ };

/* How many digits stand in front of eight octets, in which '0' to '9' are 0 to 9; 7 for more. */
static inline unsigned prefix_quick_digits(uint64_t word)
{
    /* From 10 on an octet, or what six more make of it, has upper bits; so may the octets behind it, but none before. */
    uint64_t others = ((word + octets_all(6)) | word) & octets_all(0xf0);

    return (unsigned)__builtin_ctzll(others | UINT64_C(1) << 63) / 8;
}

/*
 * "[429]: text" at p, PREFIX_QUICK_PID octets at least: where the text begins, or NULL.  The digits are taken together:
 * process IDs are of all lengths, and a wrong guess of the processor costs more.
 */
static inline const char *prefix_quick_pid(const char *p, uint64_t *pid)
{
    uint64_t word = le64toh(hash_word(p + 1)) ^ octets_all('0');
    unsigned digits = prefix_quick_digits(word);

    p += 1 + digits;
    /* A further blank, or Solaris's "[ID ...] ", is prefix_parse()'s; so is what is no number, or a long one. */
    if (digits == 0 || memcmp(p, "]: ", 3) != 0 || p[3] == ' ' || p[3] == '[')
        return NULL;
    /* With zeros in front; then each two neighbours become one, three times: the left one's tens, and the right one. */
    word <<= 64 - digits * 8;
    word = (word * (10 << 8 | 1)) >> 8 & UINT64_C(0x00ff00ff00ff00ff);
    word = (word * (100 << 16 | 1)) >> 16 & UINT64_C(0x0000ffff0000ffff);
    *pid = (word * (UINT64_C(10000) << 32 | 1)) >> 32;
    return p + 3;
}

/* True and *out as prefix_parse() would give it; false, and *out of no use, where there is more to it. */
static inline bool prefix_quick(struct prefix *prefix, struct view line, struct log_line *out)
{
    enum { HOST = PREFIX_SECOND, SHORTEST = 32, SHORTEST_NAME = 8 };
    const char *p = line.p, *bracket, *text;
    const struct prefix_recent *recent;
    struct view joined;

    if (line.n < SHORTEST)
        return false;
    if ((!prefix->second_known || memcmp(prefix->second, p, PREFIX_SECOND) != 0) && !prefix_read_second(prefix, p))
        return false;
    bracket = memchr(p + HOST, '[', line.n - HOST - (PREFIX_QUICK_PID - 1));
    if (bracket == NULL || bracket - p < HOST + SHORTEST_NAME)
        return false;
    joined = (struct view){ p + HOST, (size_t)(bracket - p) - HOST };
    recent = &prefix->recent[prefix_recent_slot(joined)];
    if (recent->n != joined.n || !hash_same_words(recent->text, joined.p, joined.n) ||
        (text = prefix_quick_pid(bracket, &out->pid)) == NULL)
        return false;
    out->time = prefix->second_time;
    out->writer = recent->writer;
    out->text = (struct view){ text, line.n - (size_t)(text - p) };
    return true;
}

#endif
