/*
 * held_log - who put messages on hold, as the logs tell
 *
 * The gate's record of a held message says hold and by which rule; postsuper(1)
 * logs what an operator puts on hold, also after the gate's was released.
 */
#ifndef PROGRAMS_HELD_LOG_H
#define PROGRAMS_HELD_LOG_H

#include "follow/prefix.h"
#include "programs/held_queue.h"

/* A record belongs to a message that arrived at most this long before: queue IDs come again. */
enum { HELD_RECORD_AGE_MAX = 2 * 3600, HELD_RECORD_EARLY_MAX = 2 }; /* seconds */

struct held_log {
    struct arena *arena;
    struct held_queue *queue;
    int64_t first; /* ms, of the first line; INT64_MAX: none yet */
};

/* The queue's messages are what is looked for; texts go into the arena.  Both must outlive it. */
void held_log_init(struct held_log *log, struct arena *arena, struct held_queue *queue);

/* Lines in the order of their time.  False: out of memory. */
bool held_log_line(struct held_log *log, const struct log_line *line);

/* The logs end: what came in after their first line and no record claims was held by somebody else. */
void held_log_end(struct held_log *log);

#endif
