/*
 * volume_table - what this gate let through to Gmail in the last 24 hours, by sender domain
 *
 * Gmail counts by the registrable domain of From:, so does this table, in
 * quarters of an hour that begin with those of UTC: a window is the 96 that
 * end with the current one.  It starts from the file that the follower writes
 * (shared/volume_file.h) and goes on by itself; the file knows what went out
 * by other ways, and which domain was a bulk sender once.
 * At most VOLUME_FILE_DOMAINS_MAX domains: when it is full those that have
 * sent nothing for a day leave, looked for once a quarter; what finds no room
 * even so is not counted, and that is counted.
 * Threads: any number may ask and add.
 */
#ifndef MILTER_VOLUME_TABLE_H
#define MILTER_VOLUME_TABLE_H

#include "shared/error.h"
#include "shared/volume_file.h"

struct volume_table;

/* seed: secret, names are chosen by strangers.  NULL when out of memory. */
struct volume_table *volume_table_new(uint64_t seed);
void volume_table_free(struct volume_table *table); /* NULL is fine */

struct volume_known {
    uint64_t count; /* recipients in the window that ends now */
    bool bulk;      /* was a bulk sender once */
    bool full;      /* unknown: not counted for want of room */
};

/* now: ms since 1970, here and below.  A clock that was set back counts into the newest quarter there was. */
struct volume_known volume_table_ask(struct volume_table *table, struct view domain, int64_t now);

/* False once a quarter when there was no room to count something: time to tell. */
bool volume_table_add(struct volume_table *table, struct view domain, uint32_t recipients, int64_t now);

/* Recipients that were not counted since the last call. */
uint64_t volume_table_take_lost(struct volume_table *table);

/*
 * Take the follower's file: its counts where with_counts (into an empty table, at the start), its bulk senders in any
 * case.  *head and *domains are set on success.  -1 with the line and the reason: the table is as before.
 */
int volume_table_load(struct volume_table *table, struct view text, bool with_counts, int64_t now,
                      struct volume_head *head, size_t *domains, struct error *error);

#endif
