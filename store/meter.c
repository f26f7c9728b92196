#include "store/meter.h"

#include <stdio.h>

#include "store/database.h"

enum { NAME_MAX_OCTETS = 1024 };

static int add(struct ledger *ledger, struct view name, uint64_t more, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(
        ledger,
        "INSERT INTO meters (name, value) SELECT ?1, ?2 WHERE (SELECT count(*) FROM meters) < ?3 OR EXISTS (SELECT 1 "
        "FROM meters WHERE name = ?1) ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        error);
    int result;

    if (statement == NULL)
        return -1;
    database_bind_text(statement, 1, name);
    sqlite3_bind_int64(statement, 2, (int64_t)more);
    sqlite3_bind_int64(statement, 3, METERS_MAX);
    result = database_run(ledger, statement, error);
    if (result == 0 && sqlite3_changes(ledger->db) == 0)
        result = 1;
    sqlite3_finalize(statement);
    return result;
}

int ledger_add_meter(struct ledger *ledger, struct view series, uint64_t more, struct error *error)
{
    return add(ledger, series, more, error);
}

/* "~17~NAME{...}": a series begins with a letter. */
static void pending_prefix(struct buf *out, uint32_t stretch)
{
    buf_addf(out, "~%u~", (unsigned)stretch);
}

int ledger_add_pending_meter(struct ledger *ledger, uint32_t stretch, struct view series, uint64_t more,
                             struct error *error)
{
    char name[NAME_MAX_OCTETS];
    struct buf out = BUF(name);

    pending_prefix(&out, stretch);
    buf_add(&out, series);
    return out.full ? 1 : add(ledger, buf_view(&out), more, error);
}

/* Move what begins with a prefix to the series it becomes. */
static int settle(struct ledger *ledger, struct view prefix, const char *verdict, struct error *error)
{
    static const char *const steps[] = {
        "INSERT INTO meters (name, value) SELECT replace(substr(name, instr(substr(name, 2), '~') + 2), '\"?\"', "
        "'\"' || ?2 || '\"'), value FROM meters WHERE substr(name, 1, length(?1)) = ?1 "
        "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        "DELETE FROM meters WHERE substr(name, 1, length(?1)) = ?1 AND ?2 IS NOT NULL"
    };

    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        sqlite3_stmt *statement = database_prepare(ledger, steps[i], error);
        int result;

        if (statement == NULL)
            return -1;
        database_bind_text(statement, 1, prefix);
        database_bind_text(statement, 2, view_of(verdict));
        result = database_run(ledger, statement, error);
        sqlite3_finalize(statement);
        if (result == -1)
            return -1;
    }
    return 0;
}

int ledger_settle_meters(struct ledger *ledger, uint32_t stretch, const char *verdict, struct error *error)
{
    char name[32];
    struct buf prefix = BUF(name);

    pending_prefix(&prefix, stretch);
    return settle(ledger, buf_view(&prefix), verdict, error);
}

int ledger_settle_all_meters(struct ledger *ledger, const char *verdict, struct error *error)
{
    return settle(ledger, VIEW("~"), verdict, error);
}

static int ask(struct ledger *ledger, const char *sql, void (*found)(void *context, struct view name, uint64_t value),
               void *context, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(ledger, sql, error);
    int got;

    if (statement == NULL)
        return -1;
    while ((got = database_step(ledger, statement, error)) == 1)
        found(context, database_text(statement, 0), (uint64_t)sqlite3_column_int64(statement, 1));
    sqlite3_finalize(statement);
    return got;
}

int ledger_meters(struct ledger *ledger, void (*found)(void *context, struct view series, uint64_t value),
                  void *context, struct error *error)
{
    return ask(ledger, "SELECT name, value FROM meters WHERE name NOT LIKE '~%' ORDER BY name", found, context, error);
}

int ledger_count_sums(struct ledger *ledger, void (*found)(void *context, struct view what, uint64_t sum),
                      void *context, struct error *error)
{
    return ask(ledger, "SELECT name, sum(count) FROM counts JOIN names ON names.id = what GROUP BY what ORDER BY name",
               found, context, error);
}
