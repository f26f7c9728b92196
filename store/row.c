#include "store/row.h"

struct row row_begin(struct ledger *ledger, enum shelf_id shelf, int64_t begin, int64_t host, struct error *error)
{
    return (struct row){ .ledger = ledger,
                         .error = error,
                         .shelf = shelf,
                         .values = { begin, host },
                         .count = SHELF_KEYS,
                         .failed = host == 0 };
}

void row_number(struct row *row, int64_t value)
{
    row->values[row->count++] = value;
}

void row_name(struct row *row, struct view name)
{
    int64_t id = row->failed ? 0 : database_name(row->ledger, name, row->error);

    row->failed |= id == 0;
    row_number(row, id);
}

void row_cell(struct row *row, int64_t stretch, const struct cell *cell)
{
    const int64_t values[CELL_COLUMNS] = {
        [CELL_SENT] = (int64_t)cell->sent,
        [CELL_ENCRYPTED] = (int64_t)cell->encrypted,
        [CELL_PLAINTEXT] = (int64_t)cell->plaintext,
        [CELL_UNKNOWN] = (int64_t)cell->unknown,
        [CELL_DEFERRED] = (int64_t)cell->deferred,
        [CELL_BOUNCED] = (int64_t)cell->bounced,
        [CELL_PLAINTEXT_ATTEMPTS] = (int64_t)cell->plaintext_attempts,
        [CELL_LAST_PLAINTEXT] = cell->last_plaintext,
        [CELL_LAST_ENCRYPTED] = cell->last_encrypted,
    };

    row_number(row, stretch);
    for (size_t i = 0; i < CELL_COLUMNS; i++)
        row_number(row, values[i]);
}

static sqlite3_stmt *add_statement(struct row *row, enum span span)
{
    enum statement which = (enum statement)(STATEMENT_ADD + (int)row->shelf * SPAN_COUNT + (int)span);
    char sql[SHELF_SQL_MAX];
    struct buf text = BUF(sql);

    if (row->ledger->statements[which] == NULL)
        shelf_add_sql(&text, &shelves[row->shelf], span);
    return database_statement(row->ledger, which, buf_text(&text), row->error);
}

static int add_to(struct row *row, enum span span)
{
    sqlite3_stmt *statement = add_statement(row, span);

    if (statement == NULL)
        return -1;
    for (size_t i = 0; i < shelves[row->shelf].count; i++) {
        int64_t value = i == SHELF_BEGIN && span == SPAN_DAYS ? floor_to(row->values[i], DAY_MS) : row->values[i];

        sqlite3_bind_int64(statement, (int)i + 1, value);
    }
    return database_run(row->ledger, statement, row->error);
}

int row_add(struct row *row)
{
    const struct shelf *shelf = &shelves[row->shelf];
    /* What is older than the hours that are kept goes to its day alone: ledger_load() looks for it there. */
    bool in_hours = !shelf->has_days || row->values[SHELF_BEGIN] >= row->ledger->hours_since;

    if (row->failed || (in_hours && add_to(row, SPAN_HOURS) == -1) || (shelf->has_days && add_to(row, SPAN_DAYS) == -1))
        row->failed = true;
    return row->failed ? -1 : 0;
}
