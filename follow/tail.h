/*
 * tail - one configured log file as it grows, through every rotation
 *
 * Renamed, compressed, copied and truncated, deleted, not there yet, unreadable
 * for a while: the lines come in their order, each once.  What was rotated away
 * since the last time is found beside it (rotated.h) by its beginning and read
 * first; the first time of all only the file itself is read, from its start.
 * Lines that nobody can read any more are a gap, counted: the file that was read
 * last is gone, or was truncated in place.  A truncation is one gap, told where
 * its lines are missing: behind what a copy of the old text still has.  One that
 * happens while no process runs is known by inode and time of birth, so not when
 * the file was made in the second in which it was read last; several between two
 * looks are one gap where no text of the time between them is left.  A file of
 * which nothing was read yet shows no truncation.
 * Does not wait: tail_watch() says what to wait for.  One thread at a time.
 */
#ifndef FOLLOW_TAIL_H
#define FOLLOW_TAIL_H

#include "follow/positions.h"

struct tail;

/* positions must outlive the tail.  NULL: out of memory. */
struct tail *tail_new(const char *path, uint64_t seed, struct positions *positions);
void tail_free(struct tail *tail); /* NULL is fine */

/*
 * The first time of all, note where reading begins, before anything is read: from then on no line is lost, whatever
 * becomes of the file before the first line is counted.  True when there is a new position to keep.  now: s since 1970.
 */
bool tail_register(struct tail *tail, int64_t now);

/* Something happened to the file or its directory: look again at what is there. */
void tail_wake(struct tail *tail);

/* The next line: 1; 0: none now.  Valid until the next call. */
int tail_line(struct tail *tail, struct view *line);

/* Note in the positions how far it was read; before_last: the line that was given last is not counted yet. */
int tail_note(struct tail *tail, bool before_last, struct error *error);

/*
 * Watch what can bring new lines, with inotify(7) instance fd.  Call after tail_line() answered 0; then ask it once more.
 * False: not all of it can be watched, as in a directory that may not be listed, or past the limit of watches.  Wake it
 * every now and then.
 */
bool tail_watch(struct tail *tail, int fd);

/* Places where lines are missing, since the last call. */
uint64_t tail_take_gaps(struct tail *tail);

/* Lines that were longer than LOG_FILE_LINE_MAX and were given cut, since the last call. */
uint64_t tail_take_cut(struct tail *tail);

/* Why the file cannot be read now; empty when it can, or is just not there. */
const char *tail_trouble(const struct tail *tail);

#endif
