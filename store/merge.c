/* One ledger's counts added to another's. */
#include <string.h>

#include "store/row.h"
#include "store/totals.h"
#include "store/upkeep.h"

/* What waits in the other ledger gets this generation here, and is then given up as a whole. */
enum { GENERATION_OF_OTHERS = 1 };

static int attach(struct ledger *into, const char *from, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(into, "ATTACH ? AS other", error);
    char name[SHELF_SQL_MAX];
    struct buf uri = BUF(name);
    int result;

    if (statement == NULL)
        return -1;
    database_uri(&uri, from);
    database_bind_text(statement, 1, buf_view(&uri));
    result = database_run(into, statement, error);
    sqlite3_finalize(statement);
    return result;
}

/* Names get the ids they have here. */
static int map_names(struct ledger *into, struct error *error)
{
    return database_exec(into,
                         "INSERT OR IGNORE INTO main.names (name) SELECT name FROM other.names;"
                         "CREATE TEMP TABLE map (old INTEGER PRIMARY KEY, new INTEGER NOT NULL);"
                         "INSERT INTO map SELECT o.id, m.id FROM other.names o JOIN main.names m ON m.name = o.name",
                         error);
}

/* Two ledgers that counted the same hour of the same host counted the same mail. */
static int refuse_overlap(struct ledger *into, const char *from, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(
        into,
        "SELECT n.name, datetime(o.begin / 1000, 'unixepoch') FROM other.spans o JOIN map ON map.old = o.host "
        "JOIN main.spans m ON m.begin = o.begin AND m.host = map.new JOIN main.names n ON n.id = m.host LIMIT 1",
        error);
    int got;

    if (statement == NULL)
        return -1;
    got = database_step(into, statement, error);
    if (got == 1)
        got = error_set(error, ERROR_USAGE, "%s: counts host %.*s at %s UTC, which was counted already", from,
                        VIEW_ARG(view_slice(database_text(statement, 0), 0, 64)),
                        (const char *)sqlite3_column_text(statement, 1));
    sqlite3_finalize(statement);
    return got;
}

static void add_column(struct buf *text, const struct shelf *shelf, size_t column)
{
    const char *name = shelf->columns[column].name;

    if (shelf->columns[column].kind == COLUMN_NAME)
        buf_addf(text, "(SELECT new FROM map WHERE old = %s)", name);
    else if (shelf->cell != 0 && column == shelf->cell - 1)
        buf_addf(text, "CASE stretch WHEN 0 THEN 0 ELSE %lld END", (long long)GENERATION_OF_OTHERS << 32);
    else
        buf_addf(text, "%s", name);
}

static int merge_shelf(struct ledger *into, const struct shelf *shelf, enum span span, struct error *error)
{
    char sql[SHELF_SQL_MAX];
    struct buf text = BUF(sql);

    buf_add(&text, VIEW("INSERT INTO main."));
    shelf_table(&text, shelf, span);
    buf_add(&text, VIEW(" ("));
    for (size_t i = 0; i < shelf->count; i++)
        buf_addf(&text, "%s%s", i == 0 ? "" : ", ", shelf->columns[i].name);
    buf_add(&text, VIEW(") SELECT "));
    for (size_t i = 0; i < shelf->count; i++) {
        buf_add(&text, i == 0 ? VIEW("") : VIEW(", "));
        add_column(&text, shelf, i);
    }
    buf_add(&text, VIEW(" FROM other."));
    shelf_table(&text, shelf, span);
    buf_add(&text, VIEW(" WHERE true"));
    shelf_conflict_sql(&text, shelf);
    return database_exec(into, buf_text(&text), error);
}

static int merge_shelves(struct ledger *into, struct error *error)
{
    for (size_t i = 0; i < SHELF_COUNT; i++) {
        for (enum span span = SPAN_HOURS; span < SPAN_COUNT; span++) {
            if (shelf_has(&shelves[i], span) && merge_shelf(into, &shelves[i], span, error) == -1)
                return -1;
        }
    }
    return 0;
}

static int merge_tables(struct ledger *into, struct error *error)
{
    for (size_t i = 0; i < table_count; i++) {
        if (tables[i].merge != NULL && database_exec(into, tables[i].merge, error) == -1)
            return -1;
    }
    return 0;
}

/* Hours end here where they end in the ledger that keeps the fewest. */
static int cut_hours(struct ledger *into, struct error *error)
{
    int64_t since = into->hours_since;

    if (database_number(into, "SELECT value FROM other.meta WHERE key = '" LEDGER_HOURS_SINCE "'", &since, error) == -1)
        return -1;
    if (since <= into->hours_since)
        since = into->hours_since;
    if (ledger_set(into, LEDGER_HOURS_SINCE, since, error) == -1)
        return -1;
    into->hours_since = since;
    for (size_t i = 0; i < SHELF_COUNT; i++) {
        char sql[256];
        struct buf text = BUF(sql);

        if (!shelves[i].has_days)
            continue;
        buf_addf(&text, "DELETE FROM main.%s_hours WHERE begin < %lld", shelves[i].name, (long long)since);
        if (database_exec(into, buf_text(&text), error) == -1)
            return -1;
    }
    return 0;
}

static int check_other(struct ledger *into, const char *from, struct error *error)
{
    int64_t application = 0, version = 0;

    if (database_number(into, "PRAGMA other.application_id", &application, error) == -1 ||
        database_number(into, "PRAGMA other.user_version", &version, error) == -1)
        return -1;
    if (application != LEDGER_APPLICATION || version > LEDGER_VERSION)
        return error_set(error, ERROR_USAGE, "%s: is no ledger of this version of outward", from);
    if (version < LEDGER_VERSION)
        return error_set(error, ERROR_USAGE,
                         "%s: was made by an older outward; make a copy of it first, with its name alone behind "
                         "--output, and merge that",
                         from);
    return 0;
}

static int merge_all(struct ledger *into, const char *from, struct error *error)
{
    if (check_other(into, from, error) == -1 || map_names(into, error) == -1 ||
        refuse_overlap(into, from, error) == -1 || merge_shelves(into, error) == -1 ||
        merge_tables(into, error) == -1 || cut_hours(into, error) == -1)
        return -1;
    return ledger_settle_generation(into, GENERATION_OF_OTHERS, error);
}

int ledger_merge(struct ledger *into, const char *from, struct error *error)
{
    struct error ignored;
    int64_t hours_since = into->hours_since;
    int result;

    if (attach(into, from, error) == -1)
        return -1;
    result = ledger_begin(into, error);
    if (result == 0)
        result = merge_all(into, from, error);
    if (result == 0)
        result = database_exec(into, "DROP TABLE temp.map", error);
    if (result == 0)
        result = ledger_commit(into, error);
    if (result == -1) {
        ledger_rollback(into);
        into->hours_since = hours_since;
    }
    (void)database_exec(into, "DETACH other", &ignored);
    return result;
}
