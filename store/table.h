/*
 * table - the ledger's tables that hold no counts, and what is done to ledgers of earlier versions
 *
 * One row of tables[] makes the table, adds another ledger's rows to it, and
 * removes what is too old; man/outward-ledger.5 is compared with it.  Tables of
 * counts stand in shelf.h.  Private to store/
 */
#ifndef STORE_TABLE_H
#define STORE_TABLE_H

#include <stdint.h>

#include "shared/error.h"
#include "shared/settings.h"

struct ledger;

/* How long rows stay: as long as this setting of `ledger { }` says. */
enum keep { KEEP_FOREVER, KEEP_DETAIL, KEEP_DAYS };

struct table {
    const char *name;
    const char *create; /* CREATE TABLE and its indexes, all IF NOT EXISTS */

    /* An INSERT of other.NAME's rows into main.NAME; other's name ids are translated by the table map (old, new).
     * NULL: the rows mean nothing in another ledger. */
    const char *merge;

    /* A DELETE of at most ?2 rows from before ?1, ms since 1970.  NULL with KEEP_FOREVER. */
    enum keep keep;
    const char *expire;
};

extern const struct table tables[];
extern const size_t table_count;

/*
 * What a ledger of an earlier version needs beyond the tables and columns it
 * lacks, which are made by themselves: run once, oldest first, when the ledger is
 * older than `version`, after those are made and in the same transaction.
 */
struct table_step {
    int64_t version;
    const char *sql;
    int (*run)(struct ledger *ledger, struct error *error); /* behind sql; NULL: that is all.  -1 with the reason */
};

extern const struct table_step table_steps[]; /* ends with version 0 */

/* ms since 1970 before which a table's rows are too old; INT64_MIN: none are.  now: s since 1970. */
int64_t table_horizon(const struct table *table, int64_t now, const struct ledger_settings *settings);

#endif
