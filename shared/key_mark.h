/*
 * key_mark - a key and the '=' behind it, compared in two words
 *
 * A record has thirty keys, nearly always in the same order: where each is likely to stand is known, and whether it
 * stands there costs two comparisons, however long it is.
 * Pure.
 */
#ifndef SHARED_KEY_MARK_H
#define SHARED_KEY_MARK_H

#include "shared/hash.h"

enum { KEY_MARK_MAX = 16 /* octets of the longest key with its '=' */ };

struct key_mark {
    size_t n;                         /* octets with the '=' */
    char octets[KEY_MARK_MAX];        /* behind those: zeros */
    unsigned char mask[KEY_MARK_MAX]; /* all bits set for each of them, none behind them */
};

#define KEY_MARK_MASK(word, at) (sizeof(word) > (at) ? 0xff : 0)

/* The mark of a key given as a string literal, as an initialiser of static tables. */
#define KEY_MARK_INIT(word)                                                                                            \
    {                                                                                                                  \
        sizeof(word), word "=",                                                                                        \
        {                                                                                                              \
            KEY_MARK_MASK(word, 0), KEY_MARK_MASK(word, 1), KEY_MARK_MASK(word, 2), KEY_MARK_MASK(word, 3),            \
                KEY_MARK_MASK(word, 4), KEY_MARK_MASK(word, 5), KEY_MARK_MASK(word, 6), KEY_MARK_MASK(word, 7),        \
                KEY_MARK_MASK(word, 8), KEY_MARK_MASK(word, 9), KEY_MARK_MASK(word, 10), KEY_MARK_MASK(word, 11),      \
                KEY_MARK_MASK(word, 12), KEY_MARK_MASK(word, 13), KEY_MARK_MASK(word, 14), KEY_MARK_MASK(word, 15)     \
        }                                                                                                              \
    }

/* Does a text begin with the key and its '='? */
static inline bool key_mark_begins(const struct key_mark *mark, struct view text)
{
    return text.n >= mark->n && memcmp(text.p, mark->octets, mark->n) == 0;
}

/* The same of KEY_MARK_MAX octets at p or more. */
static inline bool key_mark_stands(const struct key_mark *mark, const char *p)
{
    const char *mask = (const char *)mark->mask;
    const size_t half = sizeof(uint64_t);

    return ((hash_word(p) ^ hash_word(mark->octets)) & hash_word(mask)) == 0 &&
           ((hash_word(p + half) ^ hash_word(mark->octets + half)) & hash_word(mask + half)) == 0;
}

#endif
