/*
 * aging - a bounded table whose oldest entries leave first
 *
 * Entries of one fixed size live in one block, are found by a 64-bit hash that
 * is their identity (seeded, see shared/hash.h: a collision is as likely as a
 * bit flip), and are kept in the order they were last made young.
 * Past the limit the oldest one is given up and counted.
 * Pure.  One thread at a time.
 */
#ifndef FOLLOW_AGING_H
#define FOLLOW_AGING_H

#include "shared/view.h"

/* Each entry begins with this; what follows is the owner's and zeroed for a new entry. */
struct aging_entry {
    uint64_t hash;
    uint64_t age;                   /* counts up with each entry made young */
    uint32_t chain, older, younger; /* places in the table, 0: none */
    uint32_t place;                 /* its own */
};

struct aging {
    char *entries; /* place 0 stays empty */
    size_t size;   /* octets of one entry */
    uint32_t count, room, limit;
    uint32_t *buckets, mask;
    uint32_t places; /* that were ever taken */
    uint32_t oldest, youngest, unused;
    uint64_t evicted; /* entries given up for want of room */
    uint64_t last_age;
};

/* limit: entries, at most 2^30.  Memory grows with need. */
void aging_init(struct aging *table, size_t size, uint32_t limit);
void aging_done(struct aging *table);

/*
 * Say that an entry will soon be looked for, so that the memory fetches its place meanwhile; and, some hundred
 * instructions later, that it now fetches the entry, if there is one.  Either may be left out.
 */
void aging_seek(const struct aging *table, uint64_t hash);
void aging_expect(const struct aging *table, uint64_t hash);

/* NULL without such an entry. */
void *aging_find(const struct aging *table, uint64_t hash);

/* The entry, made new at need (*fresh says so).  NULL: out of memory.  Other entries may move: keep no pointers over this. */
void *aging_add(struct aging *table, uint64_t hash, bool *fresh);

/* The entry that would leave next; NULL when the table is empty. */
void *aging_oldest(const struct aging *table);

/* The entry at a place, from 1 to aging_places(); NULL where there is none.  Entries keep their places. */
void *aging_at(const struct aging *table, uint32_t place);
uint32_t aging_places(const struct aging *table);

/*
 * entry: one that aging_find() or aging_add() gave.  It is used now, so it goes last; or it is gone, and its place is
 * free.
 */
void aging_make_young(struct aging *table, void *entry);
void aging_remove(struct aging *table, void *entry);

#endif
