/*
 * rows - a bounded table of counts, one row for each key
 *
 * Rows keep the order in which their keys came.  Past the limit all new keys
 * share the row "(other)", so that nothing counted is lost.
 * Pure.
 */
#ifndef TALLY_ROWS_H
#define TALLY_ROWS_H

#include "shared/names.h"

#define ROWS_OTHER VIEW("(other)")

struct rows {
    struct names *keys; /* the rows are their values */
    uint32_t limit;
};

/* key_size: octets of usual keys, see names_new_with(); limit: rows beside "(other)".  False: out of memory. */
bool rows_init(struct rows *rows, size_t key_size, size_t size, uint32_t limit, uint64_t seed);
void rows_done(struct rows *rows);

/* The row of a key, made at need (*fresh, all zero); NULL: out of memory.  Rows stay where they are until rows_done(). */
void *rows_add(struct rows *rows, struct view key, bool *fresh);

/* The same for keys that come again and again: see names_add_frequent(). */
void *rows_add_frequent(struct rows *rows, struct view key, bool *fresh);

/* rows_add() in steps, while the memory fetches the row.  The first: names_seek().  The key must stay meanwhile. */
struct names_sought rows_seek(const struct rows *rows, struct view key);

/* The second: see names_expect(). */
void rows_expect(const struct rows *rows, const struct names_sought *sought);

/* The last: rows_add() of the key that was sought. */
void *rows_take(struct rows *rows, const struct names_sought *sought, bool *fresh);

size_t rows_index(const void *row); /* from 0, of what rows_add() gave */

/* By index from 0; NULL past the last. */
void *rows_at(const struct rows *rows, size_t index);
struct view rows_key(const struct rows *rows, size_t index);
size_t rows_count(const struct rows *rows);

#endif
