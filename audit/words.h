/*
 * words - lists as Postfix writes them: blanks or commas between, braces around what holds blanks
 *
 * Postfix's own splitting is mystrtokq() in its util/mystrtok.c.  Pure.
 */
#ifndef AUDIT_WORDS_H
#define AUDIT_WORDS_H

#include "shared/view.h"

/*
 * Cut the next word; "{ ... }" with its braces is one word.  False at the end of the list.
 * A brace that is never closed makes the rest one word.
 */
bool words_next(struct view *list, struct view *word);

/* The same for master.cf, where only blanks divide: -o name=one,two is two words. */
bool words_next_blank(struct view *list, struct view *word);

/* The list has this word, case ignored. */
bool words_have(struct view list, struct view word);

/* The word is one of these, case ignored. */
bool words_one_of(const struct view *words, size_t count, struct view word);

/* What stands between the braces of "{ ... }", trimmed; the word itself without them. */
struct view words_unbrace(struct view word);

/* Cut "name = value" at its first '='; both trimmed.  False without one, or without a name. */
bool words_assignment(struct view text, struct view *name, struct view *value);

/* Postfix's yes; anything else is no. */
bool words_yes(struct view value);

#endif
