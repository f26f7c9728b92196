#include "store/upkeep.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/detail.h"
#include "store/position.h"
#include "store/row.h"

/* So few that a line that comes meanwhile waits for no more than some hundredths of a second. */
enum { ROWS_A_STEP = 2000, PAGES_A_STEP = 64 };

/* ---- retention ---- */

/* 1: rows were removed; 0: there were none; -1. */
static int run_delete(struct ledger *ledger, const char *sql, int64_t first, int64_t second, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(ledger, sql, error);
    int result;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, first);
    sqlite3_bind_int64(statement, 2, second);
    result = database_run(ledger, statement, error);
    sqlite3_finalize(statement);
    return result == -1 ? -1 : sqlite3_changes(ledger->db) > 0;
}

/* Some rows of hours that nobody reads any more: any will do. */
static int expire_hours_of(struct ledger *ledger, const struct shelf *shelf, int64_t before, struct error *error)
{
    char sql[SHELF_SQL_MAX];
    struct buf text = BUF(sql);

    buf_addf(&text, "DELETE FROM %s_hours WHERE (", shelf->name);
    shelf_list_keys(&text, shelf);
    buf_add(&text, VIEW(") IN (SELECT "));
    shelf_list_keys(&text, shelf);
    buf_addf(&text, " FROM %s_hours WHERE begin < ?1 LIMIT ?2)", shelf->name);
    return run_delete(ledger, buf_text(&text), before, ROWS_A_STEP, error);
}

/* One table a step. */
static int expire_hours(struct ledger *ledger, int64_t before, struct error *error)
{
    int more = 0;

    for (size_t i = 0; i < SHELF_COUNT && more == 0; i++) {
        if (shelves[i].has_days)
            more = expire_hours_of(ledger, &shelves[i], before, error);
    }
    return more;
}

/* What stays as long as days: rows of one begin, the oldest, all at once, since readers ask for them still. */
static int expire_days_of(struct ledger *ledger, const struct shelf *shelf, int64_t before, struct error *error)
{
    char name[64], sql[256];
    struct buf table = BUF(name), text = BUF(sql);

    shelf_table(&table, shelf, shelf->has_days ? SPAN_DAYS : SPAN_HOURS);
    buf_addf(&text, "DELETE FROM %.*s WHERE begin < ?1 AND begin = (SELECT min(begin) FROM %.*s) AND ?2 > 0",
             VIEW_ARG(buf_view(&table)), VIEW_ARG(buf_view(&table)));
    return run_delete(ledger, buf_text(&text), before, 1, error);
}

static int expire_days(struct ledger *ledger, int64_t before, struct error *error)
{
    int more = 0;

    for (size_t i = 0; i < SHELF_COUNT; i++) {
        int result = expire_days_of(ledger, &shelves[i], before, error);

        if (result == -1)
            return -1;
        more |= result;
    }
    return more;
}

/* By number: their ids grow. */
static int limit_details(struct ledger *ledger, struct error *error)
{
    return run_delete(ledger,
                      "DELETE FROM details WHERE id IN (SELECT id FROM details WHERE id <= (SELECT max(id) FROM "
                      "details) - ? ORDER BY id LIMIT ?)",
                      DETAILS_MAX, ROWS_A_STEP, error);
}

static int limit_positions(struct ledger *ledger, struct error *error)
{
    return run_delete(ledger,
                      "DELETE FROM positions WHERE id IN (SELECT id FROM positions ORDER BY seen DESC, id DESC "
                      "LIMIT ? OFFSET ?)",
                      ROWS_A_STEP, POSITIONS_MAX, error);
}

/* By age, where rows age. */
static int expire_tables(struct ledger *ledger, int64_t now, const struct ledger_settings *settings,
                         struct error *error)
{
    int more = 0;

    for (size_t i = 0; i < table_count; i++) {
        int result =
            tables[i].expire == NULL
                ? 0
                : run_delete(ledger, tables[i].expire, table_horizon(&tables[i], now, settings), ROWS_A_STEP, error);

        if (result == -1)
            return -1;
        more |= result;
    }
    return more;
}

/* Readers take days where hours end, so the new end is told before the first hour leaves. */
static int move_hours(struct ledger *ledger, int64_t since, struct error *error)
{
    if (since <= ledger->hours_since)
        return 0;
    if (ledger_set(ledger, LEDGER_HOURS_SINCE, since, error) == -1)
        return -1;
    ledger->hours_since = since;
    return 0;
}

static int expire_all(struct ledger *ledger, int64_t now, const struct ledger_settings *settings, struct error *error)
{
    int64_t hours = floor_to((now - (int64_t)settings->keep_hours * 86400) * 1000, DAY_MS);
    int64_t days = floor_to((now - (int64_t)settings->keep_days * 86400) * 1000, DAY_MS);
    int of_hours, of_days, aged, of_details, of_positions;

    if (move_hours(ledger, hours, error) == -1)
        return -1;
    of_hours = expire_hours(ledger, hours, error);
    if (of_hours != 0)
        return of_hours;
    if ((of_days = expire_days(ledger, days, error)) == -1 ||
        (aged = expire_tables(ledger, now, settings, error)) == -1 ||
        (of_details = limit_details(ledger, error)) == -1 || (of_positions = limit_positions(ledger, error)) == -1)
        return -1;
    return of_days | aged | of_details | of_positions;
}

/* Pages that rows left free go back to the file system, some at a time. */
static int give_back(struct ledger *ledger, struct error *error)
{
    int64_t unused = 0;
    char sql[64];
    struct buf text = BUF(sql);

    if (database_number(ledger, "PRAGMA freelist_count", &unused, error) == -1)
        return -1;
    if (unused <= PAGES_A_STEP)
        return 0;
    buf_addf(&text, "PRAGMA incremental_vacuum(%d)", PAGES_A_STEP);
    return database_exec(ledger, buf_text(&text), error) == -1 ? -1 : 1;
}

int ledger_expire(struct ledger *ledger, int64_t now, const struct ledger_settings *settings, struct error *error)
{
    int64_t hours_since = ledger->hours_since;
    int more;

    if (ledger_begin(ledger, error) == -1)
        return -1;
    more = expire_all(ledger, now, settings, error);
    if (more == -1 || ledger_commit(ledger, error) == -1) {
        ledger->hours_since = hours_since;
        ledger_rollback(ledger);
        return -1;
    }
    return more == 1 ? 1 : give_back(ledger, error);
}

int ledger_limit(struct ledger *ledger, struct error *error)
{
    int result;

    do {
        result = limit_details(ledger, error);
    } while (result == 1);
    return result;
}

/* ---- check ---- */

/* The first column of the first row; 0 when there is none. */
static int first_text(struct ledger *ledger, const char *sql, char *out, size_t size, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(ledger, sql, error);
    int got;

    if (statement == NULL)
        return -1;
    got = database_step(ledger, statement, error);
    if (got == 1) {
        struct buf text = buf_over(out, size);

        buf_add(&text, view_slice(database_text(statement, 0), 0, size - 1));
        (void)buf_text(&text);
    }
    sqlite3_finalize(statement);
    return got;
}

static int verify_pages(struct ledger *ledger, struct error *error)
{
    char text[128] = "";
    int got = first_text(ledger, "PRAGMA integrity_check(1)", text, sizeof(text), error);

    if (got == -1)
        return error->kind == ERROR_SYNTAX ? 1 : -1;
    if (got == 1 && strcmp(text, "ok") == 0)
        return 0;
    error_set(error, ERROR_SYNTAX, "%s: is damaged: %s", ledger->path, text);
    return 1;
}

static int verify_cells(struct ledger *ledger, const struct shelf *shelf, enum span span, struct error *error)
{
    char sql[SHELF_SQL_MAX], key[64] = "";
    struct buf text = BUF(sql), table = BUF(key);
    int64_t wrong = 0;

    shelf_table(&table, shelf, span);
    buf_addf(&text, "SELECT count(*) FROM %.*s WHERE sent <> encrypted + plaintext + unknown OR sent < 0",
             VIEW_ARG(buf_view(&table)));
    if (database_number(ledger, buf_text(&text), &wrong, error) == -1)
        return -1;
    if (wrong == 0)
        return 0;
    error_set(error, ERROR_SYNTAX, "%s: %lld rows of %s do not add up", ledger->path, (long long)wrong,
              buf_text(&table));
    return 1;
}

/* Days of which all hours are kept hold the same counts as these. */
static int verify_days(struct ledger *ledger, const struct shelf *shelf, struct error *error)
{
    char sql[SHELF_SQL_MAX];
    struct buf text = BUF(sql);
    const char *sum = shelf->cell != 0 ? "sent + deferred + bounced" : shelf->columns[shelf->count - 2].name;
    int64_t wrong = 0;

    if (shelf->columns[shelf->count - 1].kind == COLUMN_SUM && shelf->cell == 0)
        sum = shelf->columns[shelf->count - 1].name;
    buf_addf(&text,
             "SELECT count(*) FROM (SELECT begin AS day, host, sum(%s) AS total FROM %s_days WHERE begin >= %lld "
             "GROUP BY begin, host) d LEFT JOIN (SELECT begin - begin %% %lld AS day, host, sum(%s) AS total FROM "
             "%s_hours GROUP BY 1, host) h USING (day, host) WHERE d.total IS NOT h.total",
             sum, shelf->name, (long long)ledger->hours_since, (long long)DAY_MS, sum, shelf->name);
    if (database_number(ledger, buf_text(&text), &wrong, error) == -1)
        return -1;
    if (wrong == 0)
        return 0;
    error_set(error, ERROR_SYNTAX, "%s: %lld days of %s are not the sum of their hours", ledger->path, (long long)wrong,
              shelf->name);
    return 1;
}

static int verify_all(struct ledger *ledger, struct error *error)
{
    int result = verify_pages(ledger, error);

    for (size_t i = 0; i < SHELF_COUNT && result == 0; i++) {
        const struct shelf *shelf = &shelves[i];

        for (enum span span = SPAN_HOURS; span < SPAN_COUNT && result == 0 && shelf->cell != 0; span++)
            result = shelf_has(shelf, span) ? verify_cells(ledger, shelf, span, error) : 0;
        if (result == 0 && shelf->has_days)
            result = verify_days(ledger, shelf, error);
    }
    return result;
}

int ledger_verify(struct ledger *ledger, struct error *error)
{
    int result;

    if (database_exec(ledger, "BEGIN", error) == -1)
        return -1;
    ledger->begun = true;
    result = ledger_get(ledger, LEDGER_HOURS_SINCE, &ledger->hours_since, error);
    if (result == 0)
        result = verify_all(ledger, error);
    ledger_rollback(ledger);
    return result;
}

/* ---- copies and sizes ---- */

int ledger_backup(struct ledger *ledger, const char *to, struct error *error)
{
    struct stat stat_of_path;
    sqlite3_stmt *statement;
    int result;

    if (lstat(to, &stat_of_path) == 0)
        return error_set(error, ERROR_USAGE, "%s: exists already", to);
    statement = database_prepare(ledger, "VACUUM INTO ?", error);
    if (statement == NULL)
        return -1;
    sqlite3_bind_text(statement, 1, to, -1, SQLITE_STATIC);
    result = database_run(ledger, statement, error);
    sqlite3_finalize(statement);
    if (result == -1)
        (void)unlink(to); /* half a copy is none */
    return result;
}

static int64_t octets_of(const char *path, const char *part)
{
    char name[4096];
    struct buf text = BUF(name);
    struct stat stat_of_path;

    buf_addf(&text, "%s%s", path, part);
    return stat(buf_text(&text), &stat_of_path) == 0 ? (int64_t)stat_of_path.st_size : 0;
}

int ledger_size(struct ledger *ledger, struct ledger_size *out, struct error *error)
{
    int64_t pages = 0, page = 0;

    if (database_number(ledger, "PRAGMA freelist_count", &pages, error) == -1 ||
        database_number(ledger, "PRAGMA page_size", &page, error) == -1)
        return -1;
    *out = (struct ledger_size){ octets_of(ledger->path, ""), octets_of(ledger->path, "-wal"), pages * page };
    return 0;
}
