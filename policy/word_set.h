/*
 * word_set - logins, mechanisms, transports, listeners: sets of words asked in logarithmic time
 *
 * Pure.  Threads: a finished set never changes.
 */
#ifndef POLICY_WORD_SET_H
#define POLICY_WORD_SET_H

#include "shared/arena.h"

struct word_set;

/* The words are kept, not copied; the set lies in the arena.  NULL when that is out of memory. */
struct word_set *word_set_new(struct arena *arena, const struct view *words, size_t count, bool ignore_case);

/* A NULL set holds nothing. */
bool word_set_has(const struct word_set *set, struct view word);

/* Is some word in both sets?  Is all of part in set? */
bool word_set_meets(const struct word_set *a, const struct word_set *b);
bool word_set_covers(const struct word_set *set, const struct word_set *part);

#endif
