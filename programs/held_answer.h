/*
 * held_answer - the mail on hold and how to release it, as text or JSON
 */
#ifndef PROGRAMS_HELD_ANSWER_H
#define PROGRAMS_HELD_ANSWER_H

#include <stdio.h>

#include "programs/held_queue.h"

struct held_answer {
    const struct held_queue *queue;
    const char *directory; /* of main.cf, for the commands; NULL: Postfix's own */
    int64_t now;           /* seconds since 1970 */
    bool logs_read;
};

/*
 * How many are held by whom, then a paragraph for each with the command that lets it go; what was left out is told
 * last.
 */
void held_text(const struct held_answer *answer, FILE *out);

/* False: out of memory. */
bool held_json(const struct held_answer *answer, FILE *out);

#endif
