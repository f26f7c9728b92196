/*
 * positions - the log files that are known, and how far each was read
 *
 * One list for all sources of a ledger: a file that one of them read is known
 * to all, under any name.  Loaded at the start, brought up to date in memory,
 * kept again with the counts.
 * One thread at a time.
 */
#ifndef FOLLOW_POSITIONS_H
#define FOLLOW_POSITIONS_H

#include "follow/log_file.h"
#include "shared/arena.h"

struct positions {
    struct position *list;
    bool *changed; /* since it was kept last */
    size_t count, room;
    struct arena texts;
};

enum { POSITION_UNKNOWN = -1 };

/* No file is known; and free all. */
void positions_init(struct positions *positions);
void positions_done(struct positions *positions);

/* Take up a kept position; its source is copied.  False: out of memory. */
bool positions_add(struct positions *positions, const struct position *position);

/* The position of the file that begins as this one does; POSITION_UNKNOWN for a new one. */
ptrdiff_t positions_find(const struct positions *positions, struct log_file *file);

/* The position that a source kept last; POSITION_UNKNOWN when it never did. */
ptrdiff_t positions_latest(const struct positions *positions, struct view source);

/*
 * Note how far a file was read: in the position at *index, or in a new one, whose index is then in *index.  A file of
 * which nothing was read is not noted.  source: as in struct position.  -1 with the reason.
 */
int positions_note(struct positions *positions, struct log_file *file, bool before_last, struct view source,
                   ptrdiff_t *index, struct error *error);

#endif
