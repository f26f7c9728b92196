/*
 * cells - counts that add up, some of them still waiting for their verdict
 *
 * Every total, destination, sender and hour is one cell.  A delivery whose
 * encryption is undecided is kept beside its cells under the number of its
 * stretch, and moves to plaintext or unknown when that is settled.
 * In every cell, always: sent = encrypted + plaintext + unknown + waiting.
 * Pure.
 */
#ifndef TALLY_CELLS_H
#define TALLY_CELLS_H

#include "shared/delivery.h"

/* What most deliveries change comes first: it lies in one line of the processor's cache. */
struct cell {
    uint64_t sent, encrypted; /* recipients */
    int64_t last_encrypted;   /* ms since 1970, of messages sent and of attempts; 0: never */
    uint64_t deferred;        /* attempts */
    uint64_t bounced;         /* recipients */
    uint64_t plaintext, unknown;
    uint64_t plaintext_attempts; /* failed ones that had envelope or text on their way in plaintext */
    int64_t last_plaintext;      /* ms since 1970, of messages sent; 0: never */
    uint32_t waiting;            /* head of the cell's list in struct cells, 0: none */
};

struct waiting {
    struct cell *cell;
    uint32_t stretch;
    uint32_t next_of_cell, next_of_stretch;
    uint32_t sent, attempts;
    int64_t last; /* of the sent ones */
};

struct stretch_list {
    uint32_t stretch, head;
};

/* What waits in the cells of one table.  The cells themselves lie in its rows, and must not move. */
struct cells {
    struct waiting *waiting; /* place 0 stays empty */
    uint32_t waiting_count, waiting_room, unused;
    struct stretch_list *stretches;
    uint32_t stretch_count, stretch_room;
};

/* One that is all zero is empty and ready; cells_done() leaves it so. */
void cells_done(struct cells *cells);

/*
 * Count one delivery in a cell, which is all zero in the beginning.
 * False when memory for a waiting one is out: it counts as unknown then.
 */
bool cells_count(struct cells *cells, struct cell *cell, const struct delivery *delivery);

/* The same for one that was sent under TLS. */
static inline void cell_count_encrypted(struct cell *cell, int64_t time)
{
    cell->sent++;
    cell->encrypted++;
    if (time > cell->last_encrypted)
        cell->last_encrypted = time;
}

/* A stretch is decided.  Returns how many sent messages of one cell (the totals; NULL: none) it concerned. */
uint64_t cells_settle(struct cells *cells, uint32_t stretch, bool proven, const struct cell *watched);

/* Add the counts of a cell with nothing waiting. */
void cell_add(struct cell *into, const struct cell *from);

#endif
