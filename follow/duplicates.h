/*
 * duplicates - lines that stand in two logs
 *
 * mail.log and mail.info, a file and its own copy, a name given twice: what was
 * logged once counts once.  A line is known by its time, writer, process ID and
 * text; as often as one log has it, it happened.
 * Pure.  One thread at a time.
 */
#ifndef FOLLOW_DUPLICATES_H
#define FOLLOW_DUPLICATES_H

#include "follow/prefix.h"

/* Lines remembered; those of other moments than the one at hand make room first. */
enum { DUPLICATES_SETS = 16384, DUPLICATES_WAYS = 4 };

struct duplicates;

struct duplicates *duplicates_new(uint64_t seed);    /* NULL: out of memory */
void duplicates_free(struct duplicates *duplicates); /* NULL is fine */

/* What is the same for the same line, of whatever log. */
uint64_t duplicates_key(const struct duplicates *duplicates, const struct log_line *line);

/*
 * Which log has told this line already.  source: the number of the log at hand, which comes back where it is the
 * first to tell it so often.  Lines of all logs come in the order of time.
 */
size_t duplicates_teller(struct duplicates *duplicates, size_t source, const struct log_line *line);

#endif
