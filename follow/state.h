/*
 * state - what a correlation still waits for, as octets that a later process goes on from
 *
 * Processes with their sessions, messages in the queue, stretches whose TLS
 * logging is not proven yet: without them, what is logged after a restart would
 * be judged by less than what was logged.  The octets are in parts, each of
 * which changes little from one commit to the next.
 * The form is versioned: a part of another version, or a damaged one, is refused as a whole.
 * Pure.  One thread at a time.
 */
#ifndef FOLLOW_STATE_H
#define FOLLOW_STATE_H

#include "follow/correlate.h"

enum { STATE_VERSION = 2 };

enum state_part {
    STATE_WRITERS,
    STATE_SERVICES,
    STATE_WORDS,
    STATE_PROCESSES,
    STATE_NAMES,
    STATE_MESSAGES,
    STATE_REPEATABLE,
    STATE_PARTS
};

/* Octets as they are written; grows. */
struct state {
    char *p;
    size_t n, room;
    bool failed; /* memory was out */
};

void state_done(struct state *state); /* a zeroed struct is fine */

/* One part, in place of what was in *out.  False: out of memory. */
bool state_save(struct correlate *correlate, const struct writers *writers, enum state_part part, struct state *out);

/*
 * Read all parts, as they were saved, into a new correlation and new writers that nothing was given to yet; the seed
 * must be the one it was saved with.  False when a part is damaged or of another version, or memory is out: free
 * correlation and writers then.
 */
bool state_load(struct correlate *correlate, struct writers *writers, const struct view parts[STATE_PARTS]);

/* Lines of a host are missing before this time; of all known hosts when host is empty. */
void state_gap(struct correlate *correlate, const struct writers *writers, struct view host, int64_t time);

/*
 * When more than limit sender domains are known, forget those that no message in the queue has any more.  Call it now
 * and then where a correlation lives long.  Returns how many are known then; without memory it changes nothing.
 */
uint32_t state_tidy(struct correlate *correlate, uint32_t limit);

#endif
