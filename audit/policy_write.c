#include "audit/policy_write.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "audit/inspect.h"
#include "shared/buf.h"
#include "shared/child.h"

enum { ARGUMENTS_MAX = 5 };

int policy_table_parse(struct view text, struct policy_table *out, struct error *error)
{
    struct view path = text;
    struct buf name = BUF(out->path);

    if (!view_cut(&path, VIEW(":"), &out->type) || !view_starts(path, VIEW("/")))
        return error_set(error, ERROR_USAGE, "\"%.*s\" is no table; write TYPE:/PATH", VIEW_ARG(text));
    if (!view_eq(out->type, VIEW("texthash")) && !view_eq(out->type, VIEW("cdb")) && !view_eq(out->type, VIEW("lmdb")))
        return error_set(error, ERROR_USAGE, "%.*s: tables are written as texthash, cdb or lmdb", VIEW_ARG(out->type));
    buf_add(&name, path);
    (void)buf_text(&name);
    if (name.full)
        return error_set(error, ERROR_LIMIT, "the table's name is longer than %d octets", POLICY_PATH_MAX - 1);
    return 0;
}

static int open_folder(const struct policy_table *table)
{
    char path[POLICY_PATH_MAX];

    memcpy(path, table->path, sizeof(path));
    return open(dirname(path), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int policy_table_lock(const struct policy_table *table, struct error *error)
{
    int folder = open_folder(table);

    if (folder != -1 && flock(folder, LOCK_EX | LOCK_NB) == 0)
        return folder;
    error_set(error, ERROR_SYSTEM, "%s: %s", table->path,
              errno == EWOULDBLOCK ? "another outward tls-policy writes it" : strerror(errno));
    if (folder != -1)
        (void)close(folder);
    return -1;
}

int policy_table_read(struct arena *arena, const struct policy_table *table, struct view *text, struct error *error)
{
    struct inspector inspector = { arena };

    switch (inspect_read(&inspector, view_of(table->path), text, error)) {
    case INSPECT_FINE:
        return 0;
    case INSPECT_ABSENT:
        *text = (struct view){ "", 0 };
        return 0;
    case INSPECT_FORBIDDEN:
    case INSPECT_UNFIT:
        break;
    }
    return -1;
}

static bool write_all(int fd, struct view text)
{
    while (text.n > 0) {
        ssize_t put = write(fd, text.p, text.n);

        if (put == -1 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        text = view_slice(text, (size_t)put, text.n);
    }
    return fsync(fd) == 0;
}

/* Postfix's daemons read it as themselves when they are not root: it is open to all, and holds no secret. */
static bool write_new(const char *path, struct view text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    bool fine;

    if (fd == -1)
        return false;
    fine = fchmod(fd, 0644) == 0 && write_all(fd, text);
    return close(fd) == 0 && fine;
}

/* The rename itself must last, too. */
static bool sync_folder(const struct policy_table *table)
{
    int folder = open_folder(table);
    bool fine = folder != -1 && fsync(folder) == 0;

    if (folder != -1)
        (void)close(folder);
    return fine;
}

static int replace(const struct policy_table *table, struct view text, struct error *error)
{
    char beside[POLICY_PATH_MAX + 24];
    int failure;

    (void)snprintf(beside, sizeof(beside), "%s.%ld", table->path, (long)getpid());
    (void)unlink(beside);
    if (write_new(beside, text) && rename(beside, table->path) == 0 && sync_folder(table))
        return 0;
    failure = errno;
    (void)unlink(beside);
    return error_set(error, ERROR_SYSTEM, "%s: %s", table->path, strerror(failure));
}

static int make_database(struct arena *arena, const struct policy_table *table, const char *postmap,
                         const char *directory, struct error *error)
{
    char name[POLICY_PATH_MAX + 16];
    const char *argv[ARGUMENTS_MAX] = { postmap };
    struct child_result result;
    size_t count = 1;

    (void)snprintf(name, sizeof(name), "%.*s:%s", VIEW_ARG(table->type), table->path);
    if (directory != NULL) {
        argv[count++] = "-c";
        argv[count++] = directory;
    }
    argv[count] = name;
    if (child_run(arena, &(struct child_command){ .argv = argv, .keep_rights = true }, &result, error) == -1)
        return -1;
    if (result.status == 0)
        return 0;
    return error_set(error, ERROR_SYSTEM, "%s %s: exit %d: %.150s", postmap, name, result.status,
                     view_trim(result.err).n > 0 ? arena_copy(arena, result.err).p : "");
}

int policy_table_write(struct arena *arena, const struct policy_table *table, struct view text, const char *postmap,
                       const char *directory, struct error *error)
{
    if (replace(table, text, error) == -1)
        return -1;
    if (view_eq(table->type, VIEW("texthash")))
        return 0;
    return make_database(arena, table, postmap, directory, error);
}
