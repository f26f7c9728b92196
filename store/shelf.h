/*
 * shelf - the tables of the ledger's counts, column by column
 *
 * One row here makes the CREATE TABLE, the statement that adds a row of counts,
 * the one that reads a period, the one that settles what waited, and the one
 * that adds another ledger.  man/outward-ledger.5 is compared with it.
 *
 * Every row is of one host and one hour or day (`begin`, ms since 1970, UTC).
 * Key columns tell rows apart, the others add up.  Where rows may wait for a
 * verdict, key `stretch` is 0 for what is decided and else the number of the
 * stretch: such a row counts as unknown until it is settled into the row of stretch 0.
 */
#ifndef STORE_SHELF_H
#define STORE_SHELF_H

#include "shared/buf.h"

enum column_kind {
    COLUMN_KEY,      /* a number */
    COLUMN_NAME,     /* a key: an id of the table `names` */
    COLUMN_SUM,      /* added up */
    COLUMN_EARLIEST, /* ms since 1970; 0: never */
    COLUMN_LATEST
};

struct column {
    const char *name;
    enum column_kind kind;
};

enum shelf_id {
    SHELF_TOTALS,
    SHELF_COUNTS,
    SHELF_SPANS,
    SHELF_VOLUMES,
    SHELF_DESTINATIONS,
    SHELF_SENDERS,
    SHELF_REFUSALS,
    SHELF_LEAKS,
    SHELF_WORDS,
    SHELF_SUBMISSIONS,
    SHELF_FORMS,
    SHELF_COUNT
};

/* How long rows stay: a shelf of both kinds is two tables, NAME_hours and NAME_days, each with all counts. */
enum span { SPAN_HOURS, SPAN_DAYS, SPAN_COUNT };

struct shelf {
    const char *name;
    const struct column *columns; /* begin and host first, then the other keys, then what adds up */
    size_t count;
    size_t cell;   /* index of the first of a cell's columns, `stretch` stands before it; 0: nothing waits here */
    bool has_days; /* two tables; else one of hours that stay as long as days do */
};

extern const struct shelf shelves[SHELF_COUNT];

enum { SHELF_BEGIN, SHELF_HOST, SHELF_KEYS /* where a shelf's own keys begin */, SHELF_COLUMNS_MAX = 104 };

/* Columns of SHELF_VOLUMES: a row is of one UTC day, begin is that day's. */
enum { VOLUME_KIND = SHELF_KEYS, VOLUME_RECEIVER, VOLUME_ORIGIN, VOLUME_NAME, VOLUME_QUARTERS /* the first of 96 */ };

/* A cell's columns, in this order, wherever one stands. */
enum {
    CELL_SENT,
    CELL_ENCRYPTED,
    CELL_PLAINTEXT,
    CELL_UNKNOWN,
    CELL_DEFERRED,
    CELL_BOUNCED,
    CELL_PLAINTEXT_ATTEMPTS,
    CELL_LAST_PLAINTEXT,
    CELL_LAST_ENCRYPTED,
    CELL_WAITING_ATTEMPTS, /* of a row that waits: what becomes plaintext_attempts */
    CELL_WAITING_LAST,     /* of a row that waits: what becomes last_plaintext */
    CELL_COLUMNS
};

enum { SHELF_SQL_MAX = 8192 }; /* octets of a statement made here */

/* Does a shelf have a table of this span? */
bool shelf_has(const struct shelf *shelf, enum span span);

/* The table's name, "destinations_days". */
void shelf_table(struct buf *out, const struct shelf *shelf, enum span span);

/* The key columns, with commas between. */
void shelf_list_keys(struct buf *out, const struct shelf *shelf);

/* CREATE TABLE, and the index of what waits. */
void shelf_create_sql(struct buf *out, const struct shelf *shelf, enum span span);
void shelf_index_sql(struct buf *out, const struct shelf *shelf, enum span span);

/* INSERT of one row, all columns in order as parameters, that adds to the row of the same key. */
void shelf_add_sql(struct buf *out, const struct shelf *shelf, enum span span);

/* " ON CONFLICT ... DO UPDATE SET ...", the end of every statement that adds. */
void shelf_conflict_sql(struct buf *out, const struct shelf *shelf);

/* SELECT of all columns in order, with begin from parameter 1 up to, not including, parameter 2. */
void shelf_read_sql(struct buf *out, const struct shelf *shelf, enum span span);

/* Adds the rows of stretches ?1 to ?2 to those of stretch 0, as plaintext where ?3 is 1, else as unknown. */
void shelf_settle_sql(struct buf *out, const struct shelf *shelf, enum span span);

#endif
