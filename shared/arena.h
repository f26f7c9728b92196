/*
 * arena - memory that lives as long as one policy, message or log, freed at once
 *
 * Not for threads: an arena belongs to whoever fills it.
 */
#ifndef SHARED_ARENA_H
#define SHARED_ARENA_H

#include "shared/view.h"

struct arena_block;

struct arena {
    struct arena_block *blocks;
    size_t used, limit; /* octets handed out, and the most that may be (0: no limit) */
};

/* limit in octets; 0 is none. */
void arena_init(struct arena *arena, size_t limit);
void arena_done(struct arena *arena); /* a zeroed arena is fine */

/* Empty it but keep one block for the next message. */
void arena_reset(struct arena *arena);

/* size octets, zeroed and aligned for any type; NULL when out of memory or past the limit. */
void *arena_alloc(struct arena *arena, size_t size);

/* A copy that is also NUL-terminated one octet past its end; p is NULL on failure. */
struct view arena_copy(struct arena *arena, struct view text);

#endif
