/* row - one row of counts on its way into the ledger, column by column.  Private to store/ */
#ifndef STORE_ROW_H
#define STORE_ROW_H

#include "shared/civil.h"
#include "store/database.h"
#include "tally/put.h"

struct row {
    struct ledger *ledger;
    struct error *error;
    enum shelf_id shelf;
    int64_t values[SHELF_COLUMNS_MAX];
    size_t count;
    bool failed; /* sticks; error tells */
};

/* A row of a shelf, its first two columns filled. */
struct row row_begin(struct ledger *ledger, enum shelf_id shelf, int64_t begin, int64_t host, struct error *error);
void row_number(struct row *row, int64_t value);
void row_name(struct row *row, struct view name);
void row_cell(struct row *row, int64_t stretch, const struct cell *cell);

/* Columns not given are 0.  Adds it to the tables of all spans; -1 when this or anything before failed. */
int row_add(struct row *row);

#endif
