/*
 * prefix_quick - the prefix of a line that is like those before it
 *
 * Nine lines in ten of a traditional log have the last one's minute and a
 * writer seen lately.  What is more than that is prefix_parse()'s.
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
    return (hash_mix(n, words) >> 48) % PREFIX_RECENT;
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
    if (digits == 0 || p[0] != ']' || p[1] != ':' || p[2] != ' ' || p[3] == ' ' || p[3] == '[')
        return NULL;
    /* With zeros in front; then each two neighbours become one, three times. */
    word <<= 64 - digits * 8;
    word = (word * 10 + (word >> 8)) & UINT64_C(0x00ff00ff00ff00ff);
    word = (word * 100 + (word >> 16)) & UINT64_C(0x0000ffff0000ffff);
    *pid = (uint32_t)(word * 10000 + (word >> 32));
    return p + 3;
}

/* True and *out as prefix_parse() would give it; false, and *out of no use, where there is more to it. */
static inline bool prefix_quick(const struct prefix *prefix, struct view line, struct log_line *out)
{
    enum { MINUTE = 12, HOST = 16, SHORTEST = 32, SHORTEST_NAME = 8 };
    unsigned tens, ones;
    const char *p = line.p, *bracket, *text;
    const struct prefix_recent *recent;
    struct view joined;

    if (prefix->recent == NULL || prefix->format != PREFIX_TRADITIONAL || prefix->stamp_length != MINUTE ||
        line.n < SHORTEST || memcmp(prefix->stamp, p, MINUTE) != 0 || p[MINUTE] != ':' || p[HOST - 1] != ' ')
        return false;
    tens = (unsigned char)p[MINUTE + 1] - (unsigned)'0';
    ones = (unsigned char)p[MINUTE + 2] - (unsigned)'0';
    bracket = memchr(p + HOST, '[', line.n - HOST);
    if (tens > 5 || ones > 9 || bracket == NULL || bracket - p < HOST + SHORTEST_NAME ||
        p + line.n - bracket < PREFIX_QUICK_PID)
        return false;
    joined = (struct view){ p + HOST, (size_t)(bracket - p) - HOST };
    recent = &prefix->recent[prefix_recent_slot(joined)];
    if (recent->n != joined.n || !hash_same_words(recent->text, joined.p, joined.n) ||
        (text = prefix_quick_pid(bracket, &out->pid)) == NULL)
        return false;
    out->time = (prefix->stamp_time + (int64_t)(tens * 10 + ones)) * 1000;
    out->writer = recent->writer;
    out->text = (struct view){ text, line.n - (size_t)(text - p) };
    return true;
}

#endif
