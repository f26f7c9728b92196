/* The tables of a ledger: made with it, brought up to this version, or found unfit. */
#include <string.h>

#include "store/database.h"

/* Another program's database, or one that a newer version made, is never touched. */
int schema_check(struct ledger *ledger, struct error *error)
{
    int64_t application = 0, version = 0;

    if (database_number(ledger, "PRAGMA application_id", &application, error) == -1 ||
        database_number(ledger, "PRAGMA user_version", &version, error) == -1)
        return -1;
    if (application != LEDGER_APPLICATION)
        return error_set(error, ERROR_USAGE, "%s: is no ledger of outward", ledger->path);
    if (version > LEDGER_VERSION)
        return error_set(error, ERROR_USAGE, "%s: was made by a newer outward (version %lld, this one knows %d)",
                         ledger->path, (long long)version, LEDGER_VERSION);
    return 0;
}

int schema_is_older(struct ledger *ledger, struct error *error)
{
    int64_t version = 0;

    if (database_number(ledger, "PRAGMA user_version", &version, error) == -1)
        return -1;
    return version < LEDGER_VERSION;
}

/* Which columns of a shelf a table has, in found[SHELF_COLUMNS_MAX]. */
static int find_columns(struct ledger *ledger, const struct shelf *shelf, enum span span, bool *found,
                        struct error *error)
{
    char sql[128];
    struct buf text = BUF(sql);
    sqlite3_stmt *statement;
    int got;

    buf_add(&text, VIEW("SELECT name FROM pragma_table_info('"));
    shelf_table(&text, shelf, span);
    buf_add(&text, VIEW("')"));
    statement = database_prepare(ledger, buf_text(&text), error);
    if (statement == NULL)
        return -1;
    while ((got = database_step(ledger, statement, error)) == 1) {
        for (size_t i = 0; i < shelf->count; i++)
            found[i] |= view_eq(database_text(statement, 0), view_of(shelf->columns[i].name));
    }
    sqlite3_finalize(statement);
    return got;
}

/* A table of an earlier version lacks the columns that were added since. */
static int add_missing_columns(struct ledger *ledger, const struct shelf *shelf, enum span span, struct error *error)
{
    bool found[SHELF_COLUMNS_MAX] = { false };

    if (find_columns(ledger, shelf, span, found, error) == -1)
        return -1;
    for (size_t i = 0; i < shelf->count; i++) {
        char sql[256];
        struct buf text = BUF(sql);

        if (found[i])
            continue;
        buf_add(&text, VIEW("ALTER TABLE "));
        shelf_table(&text, shelf, span);
        buf_addf(&text, " ADD COLUMN %s INTEGER NOT NULL DEFAULT 0", shelf->columns[i].name);
        if (database_exec(ledger, buf_text(&text), error) == -1)
            return -1;
    }
    return 0;
}

static int make_shelf(struct ledger *ledger, const struct shelf *shelf, enum span span, struct error *error)
{
    char sql[SHELF_SQL_MAX];
    struct buf text = BUF(sql);

    shelf_create_sql(&text, shelf, span);
    if (database_exec(ledger, buf_text(&text), error) == -1 || add_missing_columns(ledger, shelf, span, error) == -1)
        return -1;
    if (shelf->cell == 0)
        return 0;
    buf_reset(&text);
    shelf_index_sql(&text, shelf, span);
    return database_exec(ledger, buf_text(&text), error);
}

static int make_tables(struct ledger *ledger, struct error *error)
{
    for (size_t i = 0; i < table_count; i++) {
        if (database_exec(ledger, tables[i].create, error) == -1)
            return -1;
    }
    for (size_t i = 0; i < SHELF_COUNT; i++) {
        for (enum span span = SPAN_HOURS; span < SPAN_COUNT; span++) {
            if (shelf_has(&shelves[i], span) && make_shelf(ledger, &shelves[i], span, error) == -1)
                return -1;
        }
    }
    return 0;
}

static int begin_anew(struct ledger *ledger, struct error *error)
{
    char sql[64];
    struct buf text = BUF(sql);

    buf_addf(&text, "PRAGMA application_id = %d", LEDGER_APPLICATION);
    return database_exec(ledger, buf_text(&text), error);
}

static int set_version(struct ledger *ledger, struct error *error)
{
    char sql[64];
    struct buf text = BUF(sql);

    buf_addf(&text, "PRAGMA user_version = %d", LEDGER_VERSION);
    return database_exec(ledger, buf_text(&text), error);
}

/* Not of a new ledger: it never had what a step changes. */
static int take_steps(struct ledger *ledger, const struct table_step *steps, struct error *error)
{
    int64_t version = 0;

    if (database_number(ledger, "PRAGMA user_version", &version, error) == -1)
        return -1;
    for (; steps->version != 0; steps++) {
        if (steps->version <= version)
            continue;
        if (database_exec(ledger, steps->sql, error) == -1 || (steps->run != NULL && steps->run(ledger, error) == -1))
            return -1;
    }
    return 0;
}

static int bring_up(struct ledger *ledger, const struct table_step *steps, struct error *error)
{
    int64_t things = 0;

    if (database_number(ledger, "SELECT count(*) FROM sqlite_schema", &things, error) == -1 ||
        (things == 0 && begin_anew(ledger, error) == -1) || schema_check(ledger, error) == -1 ||
        make_tables(ledger, error) == -1 || (things > 0 && take_steps(ledger, steps, error) == -1))
        return -1;
    return set_version(ledger, error);
}

int schema_prepare(struct ledger *ledger, const struct table_step *steps, struct error *error)
{
    if (ledger_begin(ledger, error) == -1)
        return -1;
    if (bring_up(ledger, steps, error) == -1 || ledger_commit(ledger, error) == -1) {
        ledger_rollback(ledger);
        return -1;
    }
    return 0;
}
