#include "store/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "store/database.h"

enum {
    BUSY_MS = 5000,            /* that another process's lock is waited for: a backup, a check */
    CHECK_SIZE_MAX = 64 << 20, /* octets; a larger ledger is not read whole at each start */
    LOCK_PATIENCE_MS = 2000,   /* that a predecessor on its way out is waited for */
    PATH_ROOM = 4096,
    OLD_SIZE_MAX = 512 << 20 /* octets of a ledger of an earlier version that are read through memory */
};

/* What is set for each connection.  NORMAL: a commit survives the program, and the file stays whole when power fails;
 * the last commits may then be lost, but the positions with them. */
static const char settings_of_writer[] = "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL;"
                                         "PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 67108864;"
                                         "PRAGMA wal_autocheckpoint = 2000;";
static const char settings_of_all[] = "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;"
                                      "PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384;";

static struct ledger *new_ledger(const char *path)
{
    struct ledger *ledger = calloc(1, sizeof(*ledger));

    if (ledger == NULL)
        return NULL;
    ledger->lock = -1;
    ledger->path = strdup(path);
    if (ledger->path == NULL) {
        free(ledger);
        return NULL;
    }
    return ledger;
}

void ledger_close(struct ledger *ledger)
{
    if (ledger == NULL)
        return;
    ledger_rollback(ledger);
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize(ledger->statements[i]);
    image_forget(ledger);
    database_forget_names(ledger);
    arena_done(&ledger->texts);
    free(ledger->text_list);
    free(ledger->ids);
    sqlite3_close_v2(ledger->db);
    if (ledger->lock != -1)
        close(ledger->lock);
    free(ledger->path);
    free(ledger);
}

const char *ledger_path(const struct ledger *ledger)
{
    return ledger->path;
}

/* ---- the lock ---- */

static int lock_path(const char *path, char *name)
{
    int length = snprintf(name, PATH_ROOM, "%s-lock", path);

    return length > 0 && length < PATH_ROOM ? 0 : -1;
}

pid_t ledger_writer(const char *path)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    char name[PATH_ROOM];
    pid_t writer = 0;
    int fd;

    if (lock_path(path, name) == -1)
        return 0;
    fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd == -1)
        return 0;
    if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
        writer = lock.l_pid;
    close(fd);
    return writer;
}

void ledger_remove_lock(const char *path)
{
    char name[PATH_ROOM];

    if (lock_path(path, name) == 0)
        (void)unlink(name);
}

/* A predecessor that was told to stop may still be writing its last batch. */
static bool wait_for_lock(int fd)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
    const struct timespec pause = { .tv_nsec = 50 * 1000 * 1000 };

    for (int waited = 0; fcntl(fd, F_SETLK, &lock) == -1; waited += 50) {
        if ((errno != EAGAIN && errno != EACCES) || waited >= LOCK_PATIENCE_MS)
            return false;
        nanosleep(&pause, NULL);
    }
    return true;
}

static int take_lock(struct ledger *ledger, struct error *error)
{
    char name[PATH_ROOM];

    if (lock_path(ledger->path, name) == -1)
        return error_set(error, ERROR_SYSTEM, "%.200s: the path is too long", ledger->path);
    ledger->lock = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    if (ledger->lock == -1)
        return error_set(error, ERROR_SYSTEM, "%s: %s", name, strerror(errno));
    if (!wait_for_lock(ledger->lock))
        return error_set(error, ERROR_USAGE, "%s: is kept by process %ld; stop that one first", ledger->path,
                         (long)ledger_writer(ledger->path));
    return 0;
}

/* ---- open ---- */

/* The file is made here, not by SQLite: no link is followed, and the mode is ours. */
static int make_file(const struct ledger *ledger, struct error *error)
{
    int fd = open(ledger->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    struct stat stat;

    if (fd == -1 || fstat(fd, &stat) == -1) {
        error_set(error, ERROR_SYSTEM, "%s: %s", ledger->path, strerror(errno));
        if (fd != -1)
            close(fd);
        return -1;
    }
    close(fd);
    return S_ISREG(stat.st_mode) ? 0 : error_set(error, ERROR_USAGE, "%s: is no regular file", ledger->path);
}

static int connect_to(struct ledger *ledger, const char *name, int flags, struct error *error)
{
    if (sqlite3_open_v2(name, &ledger->db, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_URI,
                        NULL) != SQLITE_OK) {
        if (ledger->db == NULL)
            return error_set(error, ERROR_MEMORY, "%s: out of memory", ledger->path);
        return database_fail(ledger, error);
    }
    sqlite3_busy_timeout(ledger->db, BUSY_MS);
    sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return database_exec(ledger, settings_of_all, error);
}

static off_t size_of(const char *path)
{
    struct stat stat_of_path;

    return stat(path, &stat_of_path) == 0 ? stat_of_path.st_size : -1;
}

/* SQLite's own reading of the whole file finds what a power failure or a bad disk left behind. */
static int check_pages(struct ledger *ledger, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(ledger, "PRAGMA quick_check(1)", error);
    int got;

    if (statement == NULL)
        return -1;
    got = database_step(ledger, statement, error);
    if (got == 1 && !view_eq(database_text(statement, 0), VIEW("ok")))
        got = error_set(error, ERROR_SYNTAX, "%s: is damaged: %s", ledger->path,
                        (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return got == -1 ? -1 : 0;
}

static int load_facts(struct ledger *ledger, struct error *error)
{
    return ledger_get(ledger, LEDGER_HOURS_SINCE, &ledger->hours_since, error);
}

/* Who writes a log must not be able to aim at our hash tables. */
static int make_seed(struct ledger *ledger, struct error *error)
{
    int64_t seed = 0;

    if (ledger_get(ledger, LEDGER_SEED, &seed, error) == -1)
        return -1;
    if (seed != 0)
        return 0;
    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
        return error_set(error, ERROR_SYSTEM, "getrandom: %s", strerror(errno));
    return ledger_set(ledger, LEDGER_SEED, seed | 1, error);
}

static int open_for_writing(struct ledger *ledger, struct error *error)
{
    if (take_lock(ledger, error) == -1 || make_file(ledger, error) == -1 ||
        connect_to(ledger, ledger->path, SQLITE_OPEN_READWRITE, error) == -1 ||
        database_exec(ledger, settings_of_writer, error) == -1)
        return -1;
    if (size_of(ledger->path) <= CHECK_SIZE_MAX && check_pages(ledger, error) == -1)
        return -1;
    if (schema_prepare(ledger, table_steps, error) == -1)
        return -1;
    return make_seed(ledger, error) == -1 ? -1 : load_facts(ledger, error);
}

static int open_beside(struct ledger *ledger, struct error *error)
{
    int older;

    if (size_of(ledger->path) == -1)
        return error_set(error, ERROR_SYSTEM, "%s: %s", ledger->path, strerror(errno));
    if (connect_to(ledger, ledger->path, SQLITE_OPEN_READWRITE, error) == -1 || schema_check(ledger, error) == -1)
        return -1;
    older = schema_is_older(ledger, error);
    if (older == 1)
        return error_set(error, ERROR_USAGE,
                         "%s: was made by an older outward; start outward-follow, which brings it up", ledger->path);
    return older;
}

static int finish(struct ledger *ledger, int result, struct ledger **out)
{
    if (result == -1)
        ledger_close(ledger);
    else
        *out = ledger;
    return result;
}

int ledger_open(const char *path, struct ledger **out, struct error *error)
{
    struct ledger *ledger = new_ledger(path);

    if (ledger == NULL)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    return finish(ledger, open_for_writing(ledger, error), out);
}

int ledger_open_beside(const char *path, struct ledger **out, struct error *error)
{
    struct ledger *ledger = new_ledger(path);

    if (ledger == NULL)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    return finish(ledger, open_beside(ledger, error), out);
}

/* Without a log beside it nobody writes, and then a reader needs no right to write there either. */
static bool is_at_rest(const char *path)
{
    char name[PATH_ROOM];

    return snprintf(name, sizeof(name), "%s-wal", path) < PATH_ROOM && size_of(name) <= 0;
}

void database_uri(struct buf *uri, const char *path)
{
    bool immutable = is_at_rest(path);

    buf_add(uri, VIEW("file:"));
    for (const char *p = path; *p != '\0'; p++) {
        if (strchr("?#%", *p) != NULL)
            buf_addf(uri, "%%%02X", (unsigned)(unsigned char)*p);
        else
            buf_add_char(uri, *p);
    }
    buf_add(uri, immutable ? VIEW("?immutable=1") : VIEW("?mode=ro"));
}

static int copy_to(struct ledger *ledger, sqlite3 *memory, struct error *error)
{
    sqlite3_backup *backup = sqlite3_backup_init(memory, "main", ledger->db, "main");
    int result = backup == NULL ? SQLITE_NOMEM : sqlite3_backup_step(backup, -1);

    (void)sqlite3_backup_finish(backup);
    if (result == SQLITE_DONE)
        return 0;
    return error_set(error, result == SQLITE_NOMEM ? ERROR_MEMORY : ERROR_LIMIT, "%s: %s", ledger->path,
                     sqlite3_errstr(result));
}

/* What may not be written cannot be brought up to this version; a copy of it can. */
static int read_through_memory(struct ledger *ledger, struct error *error)
{
    sqlite3 *memory = NULL;
    int result;

    if (size_of(ledger->path) > OLD_SIZE_MAX)
        return error_set(error, ERROR_USAGE,
                         "%s: was made by an older outward; start outward-follow, which brings it up", ledger->path);
    if (sqlite3_open_v2(":memory:", &memory, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
                        NULL) != SQLITE_OK)
        result = error_set(error, ERROR_MEMORY, "%s: out of memory", ledger->path);
    else
        result = copy_to(ledger, memory, error);
    if (result == -1) {
        sqlite3_close_v2(memory);
        return -1;
    }
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        sqlite3_finalize(ledger->statements[i]);
        ledger->statements[i] = NULL;
    }
    sqlite3_close_v2(ledger->db);
    ledger->db = memory;
    return schema_prepare(ledger, table_steps, error);
}

static int open_for_reading(struct ledger *ledger, struct error *error)
{
    int older;

    char name[PATH_ROOM];
    struct buf uri = BUF(name);

    if (size_of(ledger->path) == -1)
        return error_set(error, ERROR_SYSTEM, "%s: %s", ledger->path, strerror(errno));
    database_uri(&uri, ledger->path);
    if (uri.full)
        return error_set(error, ERROR_SYSTEM, "%.200s: the path is too long", ledger->path);
    if (connect_to(ledger, buf_text(&uri), SQLITE_OPEN_READONLY, error) == -1 || schema_check(ledger, error) == -1)
        return -1;
    older = schema_is_older(ledger, error);
    if (older == -1 || (older == 1 && read_through_memory(ledger, error) == -1))
        return -1;
    return load_facts(ledger, error);
}

int ledger_open_readonly(const char *path, struct ledger **out, struct error *error)
{
    struct ledger *ledger = new_ledger(path);

    if (ledger == NULL)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    return finish(ledger, open_for_reading(ledger, error), out);
}

/* ---- damaged ---- */

static int rename_part(const char *path, const char *aside, const char *part, struct error *error)
{
    char from[PATH_ROOM], to[PATH_ROOM];

    if (snprintf(from, sizeof(from), "%s%s", path, part) >= PATH_ROOM ||
        snprintf(to, sizeof(to), "%s%s", aside, part) >= PATH_ROOM)
        return error_set(error, ERROR_SYSTEM, "%.200s: the path is too long", path);
    if (rename(from, to) == -1 && errno != ENOENT)
        return error_set(error, ERROR_SYSTEM, "%.100s: rename to %.100s: %s", from, to, strerror(errno));
    return 0;
}

int ledger_set_aside(const char *path, int64_t now, char *name, size_t size, struct error *error)
{
    time_t seconds = (time_t)now;
    char stamp[32];
    struct tm tm;

    if (gmtime_r(&seconds, &tm) == NULL || strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm) == 0 ||
        (size_t)snprintf(name, size, "%s.damaged-%s", path, stamp) >= size)
        return error_set(error, ERROR_SYSTEM, "%.200s: no name to set it aside", path);
    if (rename_part(path, name, "", error) == -1 || rename_part(path, name, "-wal", error) == -1)
        return -1;
    return rename_part(path, name, "-shm", error);
}

/* ---- transactions ---- */

int ledger_begin(struct ledger *ledger, struct error *error)
{
    if (database_exec(ledger, "BEGIN IMMEDIATE", error) == -1)
        return -1;
    ledger->begun = true;
    return 0;
}

int ledger_commit(struct ledger *ledger, struct error *error)
{
    if (database_exec(ledger, "COMMIT", error) == -1)
        return -1;
    ledger->begun = false;
    return 0;
}

void ledger_rollback(struct ledger *ledger)
{
    if (!ledger->begun)
        return;
    for (size_t i = 0; i < STATEMENT_COUNT; i++) {
        if (ledger->statements[i] != NULL)
            sqlite3_reset(ledger->statements[i]);
    }
    (void)sqlite3_exec(ledger->db, "ROLLBACK", NULL, NULL, NULL); /* SQLite may have rolled back by itself */
    ledger->begun = false;
    database_forget_names(ledger);
    image_forget(ledger);
}

/* ---- small facts ---- */

static sqlite3_stmt *find_fact(struct ledger *ledger, const char *key, int *got, struct error *error)
{
    sqlite3_stmt *statement =
        database_statement(ledger, STATEMENT_META_GET, "SELECT value FROM meta WHERE key = ?", error);

    if (statement == NULL)
        return NULL;
    sqlite3_reset(statement);
    sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    *got = database_step(ledger, statement, error);
    return *got == -1 ? NULL : statement;
}

int ledger_get(struct ledger *ledger, const char *key, int64_t *value, struct error *error)
{
    int got = 0;
    sqlite3_stmt *statement = find_fact(ledger, key, &got, error);

    if (statement == NULL)
        return -1;
    if (got == 1)
        *value = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return 0;
}

int ledger_get_text(struct ledger *ledger, const char *key, struct view *text, struct error *error)
{
    int got = 0;
    sqlite3_stmt *statement = find_fact(ledger, key, &got, error);

    if (statement == NULL)
        return -1;
    *text = (struct view){ "", 0 };
    if (got == 1)
        *text = arena_copy(&ledger->texts, database_text(statement, 0));
    sqlite3_reset(statement);
    return text->p != NULL ? 0 : error_set(error, ERROR_MEMORY, "%s: out of memory", ledger->path);
}

static sqlite3_stmt *fact_setter(struct ledger *ledger, const char *key, struct error *error)
{
    sqlite3_stmt *statement = database_statement(
        ledger, STATEMENT_META_SET,
        "INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", error);

    if (statement != NULL)
        sqlite3_bind_text(statement, 1, key, -1, SQLITE_STATIC);
    return statement;
}

int ledger_set(struct ledger *ledger, const char *key, int64_t value, struct error *error)
{
    sqlite3_stmt *statement = fact_setter(ledger, key, error);

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 2, value);
    return database_run(ledger, statement, error);
}

int ledger_set_text(struct ledger *ledger, const char *key, struct view text, struct error *error)
{
    sqlite3_stmt *statement = fact_setter(ledger, key, error);

    if (statement == NULL)
        return -1;
    database_bind_text(statement, 2, text);
    return database_run(ledger, statement, error);
}
