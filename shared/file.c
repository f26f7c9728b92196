#include "shared/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct file_text {
    struct file_text *next;
    char data[];
};

void files_init(struct files *files)
{
    files->texts = NULL;
}

void files_done(struct files *files)
{
    while (files->texts != NULL) {
        struct file_text *next = files->texts->next;

        free(files->texts);
        files->texts = next;
    }
}

/* Whoever can write the rules can decide for the gate. */
static int check_file(int fd, const char *path, size_t limit, struct stat *status, struct error *error)
{
    if (fstat(fd, status) == -1)
        return error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    if (!S_ISREG(status->st_mode))
        return error_set(error, ERROR_SYSTEM, "%s: not a regular file", path);
    if (status->st_uid != 0 && status->st_uid != geteuid())
        return error_set(error, ERROR_SYSTEM, "%s: owned by user %lu, must be root or the running user", path,
                         (unsigned long)status->st_uid);
    if ((status->st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return error_set(error, ERROR_SYSTEM, "%s: writable by group or others (mode %04o)", path,
                         (unsigned)(status->st_mode & 07777U));
    if (status->st_size < 0 || (uintmax_t)status->st_size > limit)
        return error_set(error, ERROR_LIMIT, "%s: larger than %zu octets", path, limit);
    return 0;
}

/* Fills data up to room octets; the count, or -1 with errno. */
static ssize_t read_all(int fd, char *data, size_t room)
{
    size_t have = 0;

    while (have < room) {
        ssize_t got = read(fd, data + have, room - have);

        if (got == -1 && errno == EINTR)
            continue;
        if (got == -1)
            return -1;
        if (got == 0)
            break;
        have += (size_t)got;
    }
    return (ssize_t)have;
}

static int check_text(const char *path, struct view text, size_t limit, struct error *error)
{
    ptrdiff_t nul = view_find_char(text, '\0');

    if (text.n > limit)
        return error_set(error, ERROR_LIMIT, "%s: larger than %zu octets", path, limit);
    if (nul >= 0)
        return error_set(error, ERROR_SYNTAX, "%s: holds a NUL octet at offset %td", path, nul);
    return 0;
}

static int read_open_file(struct files *files, int fd, const char *path, size_t limit, struct view *out,
                          struct error *error)
{
    struct file_text *text;
    struct stat status;
    ssize_t got;
    size_t room;

    if (check_file(fd, path, limit, &status, error) == -1)
        return -1;
    /* One octet more than the size, so that a file that grows is seen to. */
    room = (size_t)status.st_size + 1;
    text = malloc(sizeof(*text) + room + 1);
    if (text == NULL)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    got = read_all(fd, text->data, room);
    if (got == -1) {
        error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
        goto fail;
    }
    if ((size_t)got == room) {
        error_set(error, ERROR_SYSTEM, "%s: changed while it was read, try again", path);
        goto fail;
    }
    text->data[got] = '\0';
    if (check_text(path, (struct view){ text->data, (size_t)got }, limit, error) == -1)
        goto fail;
    text->next = files->texts;
    files->texts = text;
    *out = (struct view){ text->data, (size_t)got };
    return 0;
fail:
    free(text);
    return -1;
}

int files_read(struct files *files, const char *path, size_t limit, struct view *text, struct error *error)
{
    /* Not blocking: opening a named pipe must not hang the check that refuses it. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int result;

    if (fd == -1)
        return error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    result = read_open_file(files, fd, path, limit, text, error);
    (void)close(fd);
    return result;
}

static int read_named(void *context, const char *name, size_t limit, struct view *text, struct error *error)
{
    return files_read(context, name, limit, text, error);
}

/* A folder that is not there holds no files; one that cannot be read may hide some. */
static int stop_at_fault(const char *path, int reason)
{
    (void)path;
    return reason != ENOENT && reason != ENOTDIR;
}

static int glob_names(void *context, const char *pattern, void (*found)(void *to, const char *name), void *to,
                      struct error *error)
{
    glob_t names = { 0 };
    int result = glob(pattern, 0, stop_at_fault, &names);

    (void)context;
    for (size_t i = 0; result == 0 && i < names.gl_pathc; i++)
        found(to, names.gl_pathv[i]);
    globfree(&names);
    if (result == GLOB_NOSPACE)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", pattern);
    if (result == GLOB_ABORTED)
        return error_set(error, ERROR_SYSTEM, "%s: a folder cannot be read", pattern);
    return 0;
}

struct reader files_reader(struct files *files)
{
    return (struct reader){ .read = read_named, .glob = glob_names, .context = files };
}
