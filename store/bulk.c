#include "store/bulk.h"

#include <stdlib.h>

#include "store/row.h"

/* ---- flags ---- */

void bulk_flags_done(struct bulk_flags *flags)
{
    free(flags->list);
    arena_done(&flags->arena);
    *flags = (struct bulk_flags){ .count = 0 };
}

static int no_memory(const struct ledger *ledger, struct error *error)
{
    return error_set(error, ERROR_MEMORY, "%s: out of memory", ledger->path);
}

/* Numbers of a damaged or later ledger come to a flag that says nothing. */
static enum bulk_origin origin_of(int64_t number)
{
    return number > BULK_NO && number < BULK_ORIGIN_COUNT ? (enum bulk_origin)number : BULK_NO;
}

static bool take_flag(struct bulk_flags *flags, sqlite3_stmt *row)
{
    struct bulk_flag flag = { .domain = arena_copy(&flags->arena, database_text(row, 0)),
                              .origin = origin_of(sqlite3_column_int64(row, 1)),
                              .since = sqlite3_column_int64(row, 2),
                              .reason = arena_copy(&flags->arena, database_text(row, 3)) };
    size_t room = flags->count == 0 ? 16 : flags->count * 2;

    if (flag.domain.p == NULL || flag.reason.p == NULL)
        return false;
    if (flags->count == 0 || (flags->count >= 16 && (flags->count & (flags->count - 1)) == 0)) {
        struct bulk_flag *list = realloc(flags->list, room * sizeof(*list));

        if (list == NULL)
            return false;
        flags->list = list;
    }
    flags->list[flags->count++] = flag;
    return true;
}

int ledger_bulk_flags(struct ledger *ledger, struct bulk_flags *out, struct error *error)
{
    sqlite3_stmt *statement;
    int got;

    *out = (struct bulk_flags){ .count = 0 };
    statement = database_prepare(ledger, "SELECT domain, origin, since, reason FROM bulk ORDER BY domain", error);
    if (statement == NULL)
        return -1;
    while ((got = database_step(ledger, statement, error)) == 1) {
        if (!take_flag(out, statement)) {
            got = no_memory(ledger, error);
            break;
        }
    }
    sqlite3_finalize(statement);
    return got;
}

static int compare(const void *key, const void *element)
{
    return view_cmp(*(const struct view *)key, ((const struct bulk_flag *)element)->domain);
}

const struct bulk_flag *bulk_flags_find(const struct bulk_flags *flags, struct view domain)
{
    return flags->count == 0 ? NULL : bsearch(&domain, flags->list, flags->count, sizeof(*flags->list), compare);
}

int ledger_save_bulk(struct ledger *ledger, const struct bulk_flag *flag, int64_t now, struct error *error)
{
    sqlite3_stmt *statement;
    int64_t count = 0;
    int result;

    if (database_number(ledger, "SELECT count(*) FROM bulk", &count, error) == -1)
        return -1;
    if (count >= BULK_FLAGS_MAX)
        return error_set(error, ERROR_LIMIT, "%s: keeps no more than %d bulk senders", ledger->path, BULK_FLAGS_MAX);
    statement = database_prepare(ledger,
                                 "INSERT INTO bulk (domain, origin, since, reason, written) VALUES (?, ?, ?, ?, ?) "
                                 "ON CONFLICT (domain) DO UPDATE SET origin = excluded.origin, since = excluded.since, "
                                 "reason = excluded.reason, written = excluded.written",
                                 error);
    if (statement == NULL)
        return -1;
    database_bind_text(statement, 1, flag->domain);
    sqlite3_bind_int64(statement, 2, flag->origin);
    sqlite3_bind_int64(statement, 3, flag->since);
    database_bind_text(statement, 4, view_slice(flag->reason, 0, BULK_REASON_MAX));
    sqlite3_bind_int64(statement, 5, now);
    result = database_run(ledger, statement, error);
    sqlite3_finalize(statement);
    return result;
}

/* ---- volumes ---- */

/* What no later version's number can reach. */
static int choice(sqlite3_stmt *row, int column, int limit)
{
    int64_t number = sqlite3_column_int64(row, column);

    return number >= 0 && number < limit ? (int)number : limit;
}

static bool is_known(sqlite3_stmt *row, struct tally_volume *key)
{
    int by = choice(row, VOLUME_KIND, VOLUME_BY_COUNT), receiver = choice(row, VOLUME_RECEIVER, RECEIVER_COUNT),
        origin = choice(row, VOLUME_ORIGIN, ORIGIN_COUNT);

    *key = (struct tally_volume){ .by = (enum volume_by)by,
                                  .receiver = (enum receiver)receiver,
                                  .origin = (enum origin)origin,
                                  .name = database_text(row, VOLUME_QUARTERS + VOLUME_BUCKETS) };
    return by != VOLUME_BY_COUNT && receiver != RECEIVER_COUNT && origin != ORIGIN_COUNT;
}

static bool tell_quarters(sqlite3_stmt *row, const struct tally_volume *key, int64_t from, volume_found *found,
                          void *context)
{
    int64_t begin = sqlite3_column_int64(row, SHELF_BEGIN);

    for (int i = 0; i < VOLUME_BUCKETS; i++, begin += VOLUME_BUCKET_MS) {
        int64_t count = sqlite3_column_int64(row, VOLUME_QUARTERS + i);

        if (begin >= from && count > 0 &&
            !found(context, key, begin, count < UINT32_MAX ? (uint32_t)count : UINT32_MAX))
            return false;
    }
    return true;
}

/* The table's columns are in the order of the shelf's.  Names are joined, not remembered: the follower asks for years. */
int ledger_volumes(struct ledger *ledger, int64_t from, volume_found *found, void *context, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(ledger,
                                               "SELECT volume_days.*, names.name FROM volume_days JOIN names ON "
                                               "names.id = volume_days.name WHERE begin >= ?1",
                                               error);
    struct tally_volume key;
    int got;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, floor_to(from, DAY_MS));
    while ((got = database_step(ledger, statement, error)) == 1) {
        if (is_known(statement, &key) && !tell_quarters(statement, &key, from, found, context)) {
            got = no_memory(ledger, error);
            break;
        }
    }
    sqlite3_finalize(statement);
    return got;
}

/* ---- quarters of earlier versions ---- */

/* One quarter of every day at a time: the days' rows grow column by column, and no sorting needs memory. */
static int gather_quarter(struct ledger *ledger, int quarter, struct error *error)
{
    const char *column = shelves[SHELF_VOLUMES].columns[VOLUME_QUARTERS + quarter].name;
    char sql[512];
    struct buf text = BUF(sql);

    buf_addf(&text,
             "INSERT INTO volume_days (begin, host, kind, receiver, origin, name, %s) "
             "SELECT begin - begin %% %lld, host, kind, receiver, origin, name, recipients FROM volumes "
             "WHERE begin IN (SELECT begin FROM temp.begins WHERE quarter = %d) "
             "ON CONFLICT DO UPDATE SET %s = %s + excluded.%s",
             column, (long long)DAY_MS, quarter, column, column, column);
    return database_exec(ledger, buf_text(&text), error);
}

int bulk_gather_quarters(struct ledger *ledger, struct error *error)
{
    if (database_exec(ledger,
                      "CREATE TEMP TABLE begins AS SELECT DISTINCT begin, begin / 900000 % 96 AS quarter FROM volumes",
                      error) == -1)
        return -1;
    for (int quarter = 0; quarter < VOLUME_BUCKETS; quarter++) {
        if (gather_quarter(ledger, quarter, error) == -1)
            return -1;
    }
    return database_exec(ledger, "DROP TABLE temp.begins; DROP TABLE volumes", error);
}
