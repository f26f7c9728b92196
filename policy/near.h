/*
 * near - "did you mean": the candidate with the smallest edit distance
 *
 * Private to policy/.  Pure, no memory of its own.
 */
#ifndef POLICY_NEAR_H
#define POLICY_NEAR_H

#include "shared/view.h"

enum { NEAR_WORD_MAX = 48, NEAR_HINT_MAX = 80 };

struct near {
    struct view word, best;
    unsigned distance; /* of best; only smaller ones replace it */
};

/* A third of the word's octets may differ, at least one. */
struct near near_begin(struct view word);
void near_offer(struct near *near, struct view candidate);

/* ", did you mean \"best\"?" in hint, or the empty string; at most NEAR_HINT_MAX with its NUL. */
const char *near_hint(const struct near *near, char hint[NEAR_HINT_MAX]);

/* Insertions, deletions, replacements and swaps of neighbours that turn one into the other, without case. */
unsigned edit_distance(struct view a, struct view b);

#endif
