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
#include "shared/hash.h"

/* Where a writer with this name is remembered: told apart by its begin, middle and end, without a loop. */
static inline size_t prefix_recent_slot(struct view joined)
{
    const char *p = joined.p;
    size_t n = joined.n;
    uint64_t words;

    if (n < 8)
        return hash_mix(n, hash_short(p, n)) % PREFIX_RECENT;
    words = hash_word(p) + 3 * hash_word(p + n - 8) + 5 * hash_word(p + (n - 8) / 2);
    return hash_mix(n, words) % PREFIX_RECENT;
}

/* "[429]: text" at p: where the text begins, or NULL. */
static inline const char *prefix_quick_pid(const char *p, const char *end, uint64_t *pid)
{
    const char *digits = ++p;
    uint64_t number = 0;
    unsigned digit;

    for (; p < end && (digit = (unsigned char)*p - (unsigned)'0') <= 9; p++)
        number = number * 10 + digit;
    /* A further blank, or Solaris's "[ID ...] ", is prefix_parse()'s. */
    if (p == digits || p - digits > 10 || end - p < 4 || p[0] != ']' || p[1] != ':' || p[2] != ' ' || p[3] == ' ' ||
        p[3] == '[')
        return NULL;
    *pid = number;
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
    if (tens > 5 || ones > 9 || bracket == NULL || bracket - p < HOST + SHORTEST_NAME)
        return false;
    joined = (struct view){ p + HOST, (size_t)(bracket - p) - HOST };
    recent = &prefix->recent[prefix_recent_slot(joined)];
    if (recent->n != joined.n || !hash_same_words(recent->text, joined.p, joined.n) ||
        (text = prefix_quick_pid(bracket, p + line.n, &out->pid)) == NULL)
        return false;
    out->time = (prefix->stamp_time + (int64_t)(tens * 10 + ones)) * 1000;
    out->writer = recent->writer;
    out->text = (struct view){ text, line.n - (size_t)(text - p) };
    return true;
}

#endif
