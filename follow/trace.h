/*
 * trace - which messages a queue ID or an address is about
 *
 * A log is read at least twice.  While learning, messages are found by their
 * queue ID, sender, recipient or login, and by the links between them: handed
 * back by a filter, forwarded, picked up again, bounced.  Learning is repeated
 * until a pass finds nothing new; then the same lines are asked for again.
 * Short queue IDs come again: a message is a queue ID between one beginning and its end.
 * Pure.  One thread at a time.
 */
#ifndef FOLLOW_TRACE_H
#define FOLLOW_TRACE_H

#include "follow/event.h"
#include "follow/prefix.h"

enum {
    TRACE_MESSAGES_MAX = 10000, /* found; further ones are counted */
    TRACE_IDS_MAX = 131072 /* queue IDs told apart at once; an older one that comes again is taken for a new message */
};

struct trace;

/* target: a queue ID, an address, or a login name.  NULL: out of memory. */
struct trace *trace_new(struct view target, uint64_t seed);
void trace_free(struct trace *trace);

/* Begin a pass over the log. */
void trace_begin(struct trace *trace);

/* Look at a line while learning; true when it told of a message that was not known. */
bool trace_learn(struct trace *trace, const struct log_line *line, const struct event *event);

/* Does a line belong to one of the messages?  For the pass after learning. */
bool trace_has(struct trace *trace, const struct log_line *line, const struct event *event);

/* Messages past TRACE_MESSAGES_MAX, each time they were met. */
uint64_t trace_overflow(const struct trace *trace);

#endif
