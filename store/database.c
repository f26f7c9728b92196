#include "store/database.h"

#include <stdlib.h>
#include <string.h>

static enum error_kind kind_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_FORMAT:
    case SQLITE_NOTADB:
        return ERROR_SYNTAX;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_BUSY:
        return ERROR_LIMIT;
    case SQLITE_NOMEM:
        return ERROR_MEMORY;
    default:
        return ERROR_SYSTEM;
    }
}

int database_fail(const struct ledger *ledger, struct error *error)
{
    int code = sqlite3_extended_errcode(ledger->db);

    return error_set(error, kind_of(code), "%s: %s", ledger->path, sqlite3_errmsg(ledger->db));
}

int database_exec(struct ledger *ledger, const char *sql, struct error *error)
{
    if (sqlite3_exec(ledger->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return database_fail(ledger, error);
    return 0;
}

sqlite3_stmt *database_prepare(struct ledger *ledger, const char *sql, struct error *error)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v3(ledger->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK) {
        database_fail(ledger, error);
        return NULL;
    }
    return statement;
}

sqlite3_stmt *database_statement(struct ledger *ledger, enum statement which, const char *sql, struct error *error)
{
    if (ledger->statements[which] == NULL)
        ledger->statements[which] = database_prepare(ledger, sql, error);
    return ledger->statements[which];
}

int database_step(struct ledger *ledger, sqlite3_stmt *statement, struct error *error)
{
    int code = sqlite3_step(statement);

    if (code == SQLITE_ROW)
        return 1;
    if (code != SQLITE_DONE)
        database_fail(ledger, error);
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? 0 : -1;
}

int database_run(struct ledger *ledger, sqlite3_stmt *statement, struct error *error)
{
    return database_step(ledger, statement, error) == -1 ? -1 : 0;
}

int database_number(struct ledger *ledger, const char *sql, int64_t *out, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(ledger, sql, error);
    int got;

    if (statement == NULL)
        return -1;
    got = database_step(ledger, statement, error);
    if (got == 1)
        *out = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return got == -1 ? -1 : 0;
}

void database_bind_text(sqlite3_stmt *statement, int parameter, struct view text)
{
    sqlite3_bind_text64(statement, parameter, text.n > 0 ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
}

struct view database_text(sqlite3_stmt *statement, int column)
{
    const void *p = sqlite3_column_blob(statement, column);

    return (struct view){ p, p == NULL ? 0 : (size_t)sqlite3_column_bytes(statement, column) };
}

void database_forget_names(struct ledger *ledger)
{
    names_free(ledger->known);
    ledger->known = NULL;
}

/* An id that is not remembered costs a look-up the next time, nothing more. */
static void remember(struct ledger *ledger, struct view name, int64_t id)
{
    uint32_t place;

    if (ledger->known != NULL && names_count(ledger->known) >= NAMES_CACHED_MAX)
        database_forget_names(ledger);
    if (ledger->known == NULL)
        ledger->known = names_new(NAMES_CACHED_MAX, (uint64_t)(uintptr_t)ledger);
    if (ledger->ids_room == 0) {
        ledger->ids = calloc(NAMES_CACHED_MAX, sizeof(*ledger->ids));
        ledger->ids_room = ledger->ids == NULL ? 0 : NAMES_CACHED_MAX;
    }
    if (ledger->known == NULL || ledger->ids == NULL)
        return;
    place = names_add(ledger->known, name);
    if (place != 0)
        ledger->ids[place - 1] = id;
}

static int64_t find_name(struct ledger *ledger, struct view name, struct error *error)
{
    sqlite3_stmt *statement =
        database_statement(ledger, STATEMENT_NAME_FIND, "SELECT id FROM names WHERE name = ?", error);
    int64_t id = 0;
    int got;

    if (statement == NULL)
        return -1;
    database_bind_text(statement, 1, name);
    got = database_step(ledger, statement, error);
    if (got == 1)
        id = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return got == -1 ? -1 : id;
}

static int64_t add_name(struct ledger *ledger, struct view name, struct error *error)
{
    sqlite3_stmt *statement =
        database_statement(ledger, STATEMENT_NAME_ADD, "INSERT INTO names (name) VALUES (?)", error);

    if (statement == NULL)
        return 0;
    database_bind_text(statement, 1, name);
    return database_run(ledger, statement, error) == -1 ? 0 : sqlite3_last_insert_rowid(ledger->db);
}

int64_t database_name(struct ledger *ledger, struct view name, struct error *error)
{
    uint32_t place = ledger->known == NULL ? 0 : names_find(ledger->known, name);
    int64_t id;

    if (place != 0)
        return ledger->ids[place - 1];
    id = find_name(ledger, name, error);
    if (id == 0)
        id = add_name(ledger, name, error);
    if (id <= 0)
        return 0;
    remember(ledger, name, id);
    return id;
}

static bool make_text_room(struct ledger *ledger, size_t index)
{
    size_t room = ledger->text_room == 0 ? 1024 : ledger->text_room;
    struct view *list;

    while (room <= index)
        room *= 2;
    if (room == ledger->text_room)
        return true;
    list = realloc(ledger->text_list, room * sizeof(*list));
    if (list == NULL)
        return false;
    memset(list + ledger->text_room, 0, (room - ledger->text_room) * sizeof(*list));
    ledger->text_list = list;
    ledger->text_room = room;
    return true;
}

static int read_text(struct ledger *ledger, int64_t id, struct view *text, struct error *error)
{
    sqlite3_stmt *statement =
        database_statement(ledger, STATEMENT_NAME_TEXT, "SELECT name FROM names WHERE id = ?", error);
    int got;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, id);
    got = database_step(ledger, statement, error);
    *text = (struct view){ "", 0 };
    if (got == 1)
        *text = arena_copy(&ledger->texts, database_text(statement, 0));
    sqlite3_reset(statement);
    if (text->p == NULL)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", ledger->path);
    return got == -1 ? -1 : 0;
}

int database_name_text(struct ledger *ledger, int64_t id, struct view *text, struct error *error)
{
    enum { IDS_MAX = 1 << 28 }; /* what only a damaged ledger has */

    if (id <= 0 || id > IDS_MAX) {
        *text = (struct view){ "", 0 };
        return 0;
    }
    if (!make_text_room(ledger, (size_t)id))
        return error_set(error, ERROR_MEMORY, "%s: out of memory", ledger->path);
    if (ledger->text_list[id].p == NULL && read_text(ledger, id, &ledger->text_list[id], error) == -1)
        return -1;
    *text = ledger->text_list[id];
    return 0;
}
