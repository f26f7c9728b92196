#include "store/position.h"

#include <stdio.h>

#include "store/database.h"

enum { TROUBLE_KEY_MAX = 4096 + 16 /* a path, and what it is for */ };

int ledger_save_position(struct ledger *ledger, struct position *position, struct error *error)
{
    sqlite3_stmt *statement = database_statement(
        ledger, STATEMENT_POSITION_SET,
        "INSERT INTO positions (id, source, device, inode, head_length, head, offset, seen) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET source = excluded.source, "
        "device = excluded.device, inode = excluded.inode, head_length = excluded.head_length, head = excluded.head, "
        "offset = excluded.offset, seen = excluded.seen",
        error);

    if (statement == NULL)
        return -1;
    if (position->id == 0)
        sqlite3_bind_null(statement, 1);
    else
        sqlite3_bind_int64(statement, 1, position->id);
    database_bind_text(statement, 2, position->source);
    sqlite3_bind_int64(statement, 3, (int64_t)position->device);
    sqlite3_bind_int64(statement, 4, (int64_t)position->inode);
    sqlite3_bind_int64(statement, 5, position->head_length);
    sqlite3_bind_int64(statement, 6, (int64_t)position->head);
    sqlite3_bind_int64(statement, 7, position->offset);
    sqlite3_bind_int64(statement, 8, position->seen);
    if (database_run(ledger, statement, error) == -1)
        return -1;
    if (position->id == 0)
        position->id = sqlite3_last_insert_rowid(ledger->db);
    return 0;
}

int ledger_positions(struct ledger *ledger, void (*found)(void *context, const struct position *position),
                     void *context, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(
        ledger, "SELECT id, source, device, inode, head_length, head, offset, seen FROM positions ORDER BY id", error);
    int got;

    if (statement == NULL)
        return -1;
    while ((got = database_step(ledger, statement, error)) == 1) {
        const struct position position = {
            .id = sqlite3_column_int64(statement, 0),
            .source = database_text(statement, 1),
            .device = (uint64_t)sqlite3_column_int64(statement, 2),
            .inode = (uint64_t)sqlite3_column_int64(statement, 3),
            .head_length = (uint32_t)sqlite3_column_int64(statement, 4),
            .head = (uint64_t)sqlite3_column_int64(statement, 5),
            .offset = sqlite3_column_int64(statement, 6),
            .seen = sqlite3_column_int64(statement, 7),
        };

        if (position.head_length <= POSITION_HEAD_MAX && position.offset >= 0)
            found(context, &position);
    }
    sqlite3_finalize(statement);
    return got;
}

static const char *trouble_key(struct view source, char key[TROUBLE_KEY_MAX])
{
    snprintf(key, TROUBLE_KEY_MAX, "trouble %.*s", VIEW_ARG(source));
    return key;
}

int ledger_set_trouble(struct ledger *ledger, struct view source, struct view why, struct error *error)
{
    char key[TROUBLE_KEY_MAX];

    return ledger_set_text(ledger, trouble_key(source, key), why, error);
}

int ledger_get_trouble(struct ledger *ledger, struct view source, struct view *why, struct error *error)
{
    char key[TROUBLE_KEY_MAX];

    return ledger_get_text(ledger, trouble_key(source, key), why, error);
}
