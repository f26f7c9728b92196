#include "store/incident.h"

#include "store/database.h"

/* Flags of a row. */
enum { FLAG_HISTORY = 1, FLAG_LASTING = 2, FLAG_EVERYWHERE = 4, FLAG_ACKNOWLEDGED = 8, FLAG_CLOSED = 16 };

/* ---- incidents ---- */

static int64_t flags_of(const struct incident *incident)
{
    return (incident->history ? FLAG_HISTORY : 0) | (incident->lasting ? FLAG_LASTING : 0) |
           (incident->everywhere ? FLAG_EVERYWHERE : 0) | (incident->acknowledged ? FLAG_ACKNOWLEDGED : 0) |
           (incident->closed ? FLAG_CLOSED : 0);
}

static int next_number(struct ledger *ledger, const char *key, int64_t *out, struct error *error)
{
    *out = 0;
    if (ledger_get(ledger, key, out, error) == -1)
        return -1;
    return ledger_set(ledger, key, ++*out, error);
}

static int save_row(struct ledger *ledger, const struct incident *incident, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(
        ledger,
        "INSERT OR REPLACE INTO incidents (number, kind, subject, flags, opened, last, ended, touched, count, told, "
        "notices, next_repeat, silenced_until, others) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        error);
    const int64_t numbers[] = { flags_of(incident),       incident->opened,         incident->last,
                                incident->ended,          incident->touched,        (int64_t)incident->count,
                                (int64_t)incident->told,  incident->notices,        incident->next_repeat,
                                incident->silenced_until, (int64_t)incident->others };
    int result;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, (int64_t)incident->number);
    database_bind_text(statement, 2, alert_condition_name(incident->kind));
    database_bind_text(statement, 3, view_of(incident->subject));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sqlite3_bind_int64(statement, (int)i + 4, numbers[i]);
    result = database_run(ledger, statement, error);
    sqlite3_finalize(statement);
    return result;
}

static int save_shares(struct ledger *ledger, const struct incident *incident, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(
        ledger, "INSERT OR REPLACE INTO incident_shares (incident, name, count) VALUES (?, ?, ?)", error);
    int result = statement == NULL ? -1 : 0;

    for (size_t i = 0; result == 0 && i < incident->share_count; i++) {
        sqlite3_bind_int64(statement, 1, (int64_t)incident->number);
        database_bind_text(statement, 2, view_of(incident->shares[i].name));
        sqlite3_bind_int64(statement, 3, (int64_t)incident->shares[i].count);
        result = database_run(ledger, statement, error);
    }
    sqlite3_finalize(statement);
    return result;
}

int ledger_save_incident(struct ledger *ledger, struct incident *incident, struct error *error)
{
    int64_t number = (int64_t)incident->number;

    if (number == 0 && next_number(ledger, "incidents", &number, error) == -1)
        return -1;
    incident->number = (uint64_t)number;
    return save_row(ledger, incident, error) == -1 ? -1 : save_shares(ledger, incident, error);
}

static void copy_text(char to[INCIDENT_NAME_MAX], struct view from)
{
    struct buf out = buf_over(to, INCIDENT_NAME_MAX);

    buf_add(&out, view_slice(from, 0, INCIDENT_NAME_MAX - 1));
    (void)buf_text(&out);
}

static int load_shares(struct ledger *ledger, struct incident *incident, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(
        ledger, "SELECT name, count FROM incident_shares WHERE incident = ? ORDER BY count DESC, name", error);
    int got = -1;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, (int64_t)incident->number);
    while (incident->share_count < INCIDENT_SHARES_MAX && (got = database_step(ledger, statement, error)) == 1) {
        struct incident_share *share = &incident->shares[incident->share_count++];

        copy_text(share->name, database_text(statement, 0));
        share->count = (uint64_t)sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    return got == -1 ? -1 : 0;
}

static bool take_row(sqlite3_stmt *statement, struct incident *incident)
{
    int64_t flags = sqlite3_column_int64(statement, 3);

    *incident = (struct incident){
        .number = (uint64_t)sqlite3_column_int64(statement, 0),
        .history = (flags & FLAG_HISTORY) != 0,
        .lasting = (flags & FLAG_LASTING) != 0,
        .everywhere = (flags & FLAG_EVERYWHERE) != 0,
        .acknowledged = (flags & FLAG_ACKNOWLEDGED) != 0,
        .closed = (flags & FLAG_CLOSED) != 0,
        .opened = sqlite3_column_int64(statement, 4),
        .last = sqlite3_column_int64(statement, 5),
        .ended = sqlite3_column_int64(statement, 6),
        .touched = sqlite3_column_int64(statement, 7),
        .count = (uint64_t)sqlite3_column_int64(statement, 8),
        .told = (uint64_t)sqlite3_column_int64(statement, 9),
        .notices = (unsigned)sqlite3_column_int64(statement, 10),
        .next_repeat = sqlite3_column_int64(statement, 11),
        .silenced_until = sqlite3_column_int64(statement, 12),
        .others = (uint64_t)sqlite3_column_int64(statement, 13),
    };
    copy_text(incident->subject, database_text(statement, 2));
    return alert_condition_parse(database_text(statement, 1), &incident->kind);
}

int ledger_incidents(struct ledger *ledger, bool open_only, uint32_t limit,
                     void (*found)(void *context, const struct incident *incident), void *context, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(
        ledger,
        "SELECT number, kind, subject, flags, opened, last, ended, touched, count, told, notices, next_repeat, "
        "silenced_until, others FROM incidents WHERE ?1 = 0 OR flags & 16 = 0 ORDER BY number DESC LIMIT ?2",
        error);
    int got = -1;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, open_only);
    sqlite3_bind_int64(statement, 2, limit);
    while ((got = database_step(ledger, statement, error)) == 1) {
        struct incident incident;

        if (!take_row(statement, &incident))
            continue; /* a condition that this version does not know */
        if (load_shares(ledger, &incident, error) == -1) {
            got = -1;
            break;
        }
        found(context, &incident);
    }
    sqlite3_finalize(statement);
    return got;
}

/* ---- notices ---- */

int ledger_add_notice(struct ledger *ledger, struct notice *notice, struct error *error)
{
    sqlite3_stmt *statement;
    int64_t waiting = 0;
    int result;

    if (database_number(ledger, "SELECT count(*) FROM notices", &waiting, error) == -1)
        return -1;
    if (waiting >= NOTICES_MAX)
        return 1;
    if (next_number(ledger, "notices", &notice->id, error) == -1)
        return -1;
    statement = database_prepare(ledger, "INSERT INTO notices (id, channel, created, body) VALUES (?, ?, ?, ?)", error);
    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, notice->id);
    database_bind_text(statement, 2, notice->channel);
    sqlite3_bind_int64(statement, 3, notice->created);
    database_bind_text(statement, 4, notice->body);
    result = database_run(ledger, statement, error);
    sqlite3_finalize(statement);
    return result;
}

int ledger_remove_notice(struct ledger *ledger, int64_t id, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(ledger, "DELETE FROM notices WHERE id = ?", error);
    int result;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, id);
    result = database_run(ledger, statement, error);
    sqlite3_finalize(statement);
    return result;
}

int ledger_notices(struct ledger *ledger, int64_t after, bool (*found)(void *context, const struct notice *notice),
                   void *context, struct error *error)
{
    sqlite3_stmt *statement =
        database_prepare(ledger, "SELECT id, channel, created, body FROM notices WHERE id > ? ORDER BY id", error);
    int got;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, after);
    while ((got = database_step(ledger, statement, error)) == 1) {
        const struct notice notice = { .id = sqlite3_column_int64(statement, 0),
                                       .channel = database_text(statement, 1),
                                       .created = sqlite3_column_int64(statement, 2),
                                       .body = database_text(statement, 3) };

        if (!found(context, &notice)) {
            got = 0;
            break;
        }
    }
    sqlite3_finalize(statement);
    return got;
}

/* ---- requests ---- */

static int add_request(struct ledger *ledger, const struct request *request, struct error *error)
{
    sqlite3_stmt *statement;
    int64_t waiting = 0;
    int result;

    if (database_number(ledger, "SELECT count(*) FROM requests", &waiting, error) == -1)
        return -1;
    if (waiting >= REQUESTS_MAX)
        return error_set(error, ERROR_LIMIT, "%s: %d requests wait already; is outward-follow running?",
                         ledger_path(ledger), REQUESTS_MAX);
    statement = database_prepare(ledger, "INSERT INTO requests (verb, subject, argument) VALUES (?, ?, ?)", error);
    if (statement == NULL)
        return -1;
    database_bind_text(statement, 1, request->verb);
    database_bind_text(statement, 2, request->subject);
    database_bind_text(statement, 3, request->argument);
    result = database_run(ledger, statement, error);
    sqlite3_finalize(statement);
    return result;
}

int ledger_request(const char *path, const struct request *request, struct error *error)
{
    struct ledger *ledger;
    int result;

    if (request->verb.n > REQUEST_TEXT_MAX || request->subject.n > REQUEST_TEXT_MAX ||
        request->argument.n > REQUEST_TEXT_MAX)
        return error_set(error, ERROR_LIMIT, "a request has at most %d octets", REQUEST_TEXT_MAX);
    if (ledger_open_beside(path, &ledger, error) == -1)
        return -1;
    result = add_request(ledger, request, error);
    ledger_close(ledger);
    return result;
}

int ledger_take_requests(struct ledger *ledger, void (*found)(void *context, const struct request *request),
                         void *context, struct error *error)
{
    sqlite3_stmt *statement =
        database_prepare(ledger, "SELECT verb, subject, argument FROM requests ORDER BY id", error);
    bool any = false;
    int got;

    if (statement == NULL)
        return -1;
    while ((got = database_step(ledger, statement, error)) == 1) {
        const struct request request = { database_text(statement, 0), database_text(statement, 1),
                                         database_text(statement, 2) };

        any = true;
        found(context, &request);
    }
    sqlite3_finalize(statement);
    if (got == -1 || !any)
        return got;
    return database_exec(ledger, "DELETE FROM requests", error);
}

/* ---- the past ---- */

int ledger_took_tls(struct ledger *ledger, struct view domain, int64_t from, int64_t until, bool *out,
                    struct error *error)
{
    sqlite3_stmt *statement = database_prepare(
        ledger,
        "SELECT 1 FROM destinations_days JOIN names ON names.id = domain WHERE begin >= ? AND begin <= ? AND "
        "names.name = ? AND encrypted > 0 LIMIT 1",
        error);
    int got;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, from);
    sqlite3_bind_int64(statement, 2, until);
    database_bind_text(statement, 3, domain);
    got = database_step(ledger, statement, error);
    sqlite3_finalize(statement);
    *out = got == 1;
    return got == -1 ? -1 : 0;
}
