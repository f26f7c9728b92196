/* database - what the parts of store/ share: the open SQLite database and its prepared statements.  Private to store/ */
#ifndef STORE_DATABASE_H
#define STORE_DATABASE_H

#include <sqlite3.h>

#include "shared/arena.h"
#include "shared/names.h"
#include "store/ledger.h"
#include "store/shelf.h"
#include "store/table.h"

enum {
    LEDGER_APPLICATION = 0x4f575244, /* application_id of the file: "OWRD" */
    NAMES_CACHED_MAX = 131072        /* names whose ids are remembered; then all are forgotten */
};

/* Statements that are prepared once. */
enum statement {
    STATEMENT_NAME_FIND,
    STATEMENT_NAME_ADD,
    STATEMENT_NAME_TEXT,
    STATEMENT_META_GET,
    STATEMENT_META_SET,
    STATEMENT_DETAIL_ADD,
    STATEMENT_POSITION_SET,
    STATEMENT_IMAGE_SET,
    STATEMENT_LEAK_COUNT,
    STATEMENT_LEAK_FIND,
    STATEMENT_ADD, /* for each shelf and span; the last of this list */
    STATEMENT_COUNT = STATEMENT_ADD + SHELF_COUNT * SPAN_COUNT
};

struct ledger {
    sqlite3 *db;
    char *path;
    int lock; /* descriptor of the lock file; -1: open for reading */
    bool begun;
    sqlite3_stmt *statements[STATEMENT_COUNT];
    /* Names to ids, for writing. */
    struct names *known;
    int64_t *ids; /* by id of known, minus 1 */
    uint32_t ids_room;
    /* Ids to names, for reading. */
    struct arena texts;
    struct view *text_list;
    size_t text_room;
    int64_t hours_since; /* ms */
    struct image_shadow *shadows;
};

/* Word SQLite's reason and choose the kind of the error.  Returns -1. */
int database_fail(const struct ledger *ledger, struct error *error);

/* Statements without parameters or rows.  -1 with SQLite's reason. */
int database_exec(struct ledger *ledger, const char *sql, struct error *error);

/* The prepared statement, ready for its parameters; NULL with the reason. */
sqlite3_stmt *database_statement(struct ledger *ledger, enum statement which, const char *sql, struct error *error);

/* A statement for one use; the caller finalizes it.  NULL with the reason. */
sqlite3_stmt *database_prepare(struct ledger *ledger, const char *sql, struct error *error);

/* 1: a row is there; 0: done; -1 with the reason.  After 0 and -1 the statement is ready for its next use. */
int database_step(struct ledger *ledger, sqlite3_stmt *statement, struct error *error);

/* Run a statement that gives no rows. */
int database_run(struct ledger *ledger, sqlite3_stmt *statement, struct error *error);

/* The number that a query answers, once; *out is left alone without a row. */
int database_number(struct ledger *ledger, const char *sql, int64_t *out, struct error *error);

/* An empty view binds an empty text, not NULL.  The octets must outlive the next step. */
void database_bind_text(sqlite3_stmt *statement, int parameter, struct view text);
struct view database_text(sqlite3_stmt *statement, int column); /* valid until the next step */

/* The id of a name, made at need; 0 with the reason. */
int64_t database_name(struct ledger *ledger, struct view name, struct error *error);

/* The text of an id, kept as long as the ledger is open; the empty view for what is unknown. */
int database_name_text(struct ledger *ledger, int64_t id, struct view *text, struct error *error);

/* After a rollback, ids that were given within it mean nothing. */
void database_forget_names(struct ledger *ledger);

/* A path as a URI that opens it for reading; what would end the path is escaped.  ledger.c */
void database_uri(struct buf *uri, const char *path);

/* The tables: made and brought up to this version, by table_steps but in tests, or found unfit.  schema.c */
int schema_prepare(struct ledger *ledger, const struct table_step *steps, struct error *error);
int schema_check(struct ledger *ledger, struct error *error);

/* Was it made by an earlier version?  1, 0, or -1 with the reason. */
int schema_is_older(struct ledger *ledger, struct error *error);

/* The shadows of what image.c wrote. */
void image_forget(struct ledger *ledger);

#endif
