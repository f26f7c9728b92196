#include "store/bulk.h"

#include <stdlib.h>

#include "store/database.h"

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
    int by = choice(row, 1, VOLUME_BY_COUNT), receiver = choice(row, 2, RECEIVER_COUNT),
        origin = choice(row, 3, ORIGIN_COUNT);

    *key = (struct tally_volume){ .by = (enum volume_by)by,
                                  .receiver = (enum receiver)receiver,
                                  .origin = (enum origin)origin,
                                  .name = database_text(row, 4) };
    return by != VOLUME_BY_COUNT && receiver != RECEIVER_COUNT && origin != ORIGIN_COUNT;
}

int ledger_volumes(struct ledger *ledger, int64_t from,
                   bool (*found)(void *context, const struct tally_volume *key, int64_t begin, uint32_t recipients),
                   void *context, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(ledger,
                                               "SELECT begin, kind, receiver, origin, names.name, recipients FROM "
                                               "volumes JOIN names ON names.id = volumes.name "
                                               "WHERE begin >= ?1",
                                               error);
    struct tally_volume key;
    int got;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, from);
    while ((got = database_step(ledger, statement, error)) == 1) {
        if (!is_known(statement, &key))
            continue;
        if (!found(context, &key, sqlite3_column_int64(statement, 0), (uint32_t)sqlite3_column_int64(statement, 5))) {
            got = no_memory(ledger, error);
            break;
        }
    }
    sqlite3_finalize(statement);
    return got;
}
