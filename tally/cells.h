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

struct cell {
    uint64_t sent, encrypted, plaintext, unknown; /* recipients */
    uint64_t deferred, bounced;                   /* attempts, recipients */
    uint64_t plaintext_attempts;                  /* failed ones that had envelope or text on their way in plaintext */
    int64_t last_plaintext,
        last_encrypted; /* ms since 1970, of messages sent; last_encrypted also of attempts; 0: never */
    uint32_t waiting;   /* head of the cell's list, 0: none */
};

struct waiting {
    uint32_t stretch, cell;
    uint32_t next_of_cell, next_of_stretch;
    uint32_t sent, attempts;
    int64_t last; /* of the sent ones */
};

struct stretch_list {
    uint32_t stretch, head;
};

struct cells {
    struct cell *list;
    uint32_t count, room, limit;
    struct waiting *waiting; /* place 0 stays empty */
    uint32_t waiting_count, waiting_room, unused;
    struct stretch_list *stretches;
    uint32_t stretch_count, stretch_room;
};

/* limit: the most cells. */
void cells_init(struct cells *cells, uint32_t limit);
void cells_done(struct cells *cells);

/* The number of a new, empty cell; UINT32_MAX past the limit or without memory. */
uint32_t cells_add(struct cells *cells);

/* Count one delivery in a cell.  False when memory for a waiting one is out: it counts as unknown then. */
bool cells_count(struct cells *cells, uint32_t cell, const struct delivery *delivery);

/* A stretch is decided.  Returns how many sent messages of one cell (the totals) it concerned. */
uint64_t cells_settle(struct cells *cells, uint32_t stretch, bool proven, uint32_t watched_cell);

/* Add the counts of a cell with nothing waiting. */
void cell_add(struct cell *into, const struct cell *from);

#endif
