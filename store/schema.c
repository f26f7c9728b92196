/* The tables of a ledger: made with it, brought up to this version, or found unfit. */
#include <string.h>

#include "store/database.h"

static const char plain_tables[] =
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID; "
    "CREATE TABLE IF NOT EXISTS names (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE); "
    "CREATE TABLE IF NOT EXISTS details (id INTEGER PRIMARY KEY, time INTEGER NOT NULL, host INTEGER NOT NULL, "
    "queue_id TEXT NOT NULL, sender INTEGER NOT NULL, recipient TEXT NOT NULL, domain INTEGER NOT NULL, "
    "relay TEXT NOT NULL, address TEXT NOT NULL, port INTEGER NOT NULL, status INTEGER NOT NULL, "
    "protection INTEGER NOT NULL, evidence INTEGER NOT NULL, cause INTEGER NOT NULL, failure INTEGER NOT NULL, "
    "refusal TEXT NOT NULL, dsn TEXT NOT NULL, reply TEXT NOT NULL, stretch INTEGER NOT NULL); "
    "CREATE INDEX IF NOT EXISTS details_time ON details (time); "
    "CREATE INDEX IF NOT EXISTS details_waiting ON details (stretch) WHERE stretch > 0; "
    "CREATE TABLE IF NOT EXISTS positions (id INTEGER PRIMARY KEY, source TEXT NOT NULL, device INTEGER NOT NULL, "
    "inode INTEGER NOT NULL, head_length INTEGER NOT NULL, head INTEGER NOT NULL, offset INTEGER NOT NULL, "
    "seen INTEGER NOT NULL); "
    "CREATE TABLE IF NOT EXISTS images (stream INTEGER NOT NULL, part INTEGER NOT NULL, chunk INTEGER NOT NULL, "
    "data BLOB NOT NULL, PRIMARY KEY (stream, part, chunk))";

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

/* A table of an earlier version lacks the columns that were added since. */
static int add_missing_columns(struct ledger *ledger, const struct shelf *shelf, enum span span, struct error *error)
{
    for (size_t i = 0; i < shelf->count; i++) {
        char sql[SHELF_SQL_MAX];
        struct buf text = BUF(sql);
        int64_t found = 0;

        buf_add(&text, VIEW("SELECT count(*) FROM pragma_table_info('"));
        shelf_table(&text, shelf, span);
        buf_addf(&text, "') WHERE name = '%s'", shelf->columns[i].name);
        if (database_number(ledger, buf_text(&text), &found, error) == -1)
            return -1;
        if (found > 0)
            continue;
        buf_reset(&text);
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
    if (database_exec(ledger, plain_tables, error) == -1)
        return -1;
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

int schema_prepare(struct ledger *ledger, struct error *error)
{
    int64_t tables = 0;

    if (database_number(ledger, "SELECT count(*) FROM sqlite_schema", &tables, error) == -1 ||
        ledger_begin(ledger, error) == -1)
        return -1;
    if ((tables == 0 && begin_anew(ledger, error) == -1) || schema_check(ledger, error) == -1 ||
        make_tables(ledger, error) == -1 || set_version(ledger, error) == -1) {
        ledger_rollback(ledger);
        return -1;
    }
    return ledger_commit(ledger, error);
}
