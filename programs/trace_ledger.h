/*
 * trace_ledger - what the ledger still knows of a message whose lines are no longer in a log
 */
#ifndef PROGRAMS_TRACE_LEDGER_H
#define PROGRAMS_TRACE_LEDGER_H

#include "programs/trace_answer.h"
#include "shared/error.h"

/* Which attempts are asked for. */
struct trace_question {
    struct view target;   /* a queue ID, or a recipient where it has an @ */
    int64_t since, until; /* ms since 1970; INT64_MIN and INT64_MAX: open */
};

/*
 * Add to a story, each at its time, the attempts that the ledger keeps one by one (store/detail.h) and the story does
 * not have yet.  False with the reason.
 */
bool trace_ledger(struct story *story, const char *path, const struct trace_question *question, struct error *error);

#endif
