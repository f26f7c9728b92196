#include "milter/volume_source.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void make_path(struct view ledger, struct buf *out)
{
    ptrdiff_t slash = view_find_last_char(ledger, '/');

    buf_add(out, view_slice(ledger, 0, (size_t)(slash + 1)));
    buf_add(out, VIEW(VOLUME_FILE_NAME));
}

/* All of an open file; *text is malloc'd.  -1 with the reason. */
static int read_open(int fd, char **text, size_t *size, struct error *error)
{
    struct stat status;
    ssize_t got = 0;

    if (fstat(fd, &status) == -1)
        return error_set(error, ERROR_SYSTEM, "%s", strerror(errno));
    if (!S_ISREG(status.st_mode) || (status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return error_set(error, ERROR_SYSTEM, "no regular file, or others than its owner can write it");
    if (status.st_size > VOLUME_FILE_MAX)
        return error_set(error, ERROR_LIMIT, "larger than %d octets", VOLUME_FILE_MAX);
    *text = malloc((size_t)status.st_size + 1);
    if (*text == NULL)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (*size = 0; *size < (size_t)status.st_size; *size += (size_t)got) {
        got = read(fd, *text + *size, (size_t)status.st_size - *size);
        if (got <= 0)
            return error_set(error, ERROR_SYSTEM, "%s", got == 0 ? "it shrank while it was read" : strerror(errno));
    }
    return 0;
}

static void tell(const char *path, const struct volume_head *head, size_t domains, bool with_counts, int64_t now,
                 struct log *log)
{
    log_writef(log, LOG_LEVEL_INFO, "volume: %s%zu sender domains taken from %s, written %lld s ago",
               with_counts ? "" : "bulk senders among ", domains, path, (long long)((now - head->written) / 1000));
}

static int take(struct volume_table *table, int fd, const char *path, bool with_counts, int64_t now, struct log *log,
                struct error *error)
{
    struct volume_head head;
    char *text = NULL;
    size_t size = 0, domains = 0;
    int result = read_open(fd, &text, &size, error);

    if (result == 0)
        result = volume_table_load(table, (struct view){ text, size }, with_counts, now, &head, &domains, error);
    if (result == 0)
        tell(path, &head, domains, with_counts, now, log);
    free(text);
    return result;
}

void volume_source_load(struct volume_table *table, struct view ledger, bool with_counts, int64_t now, struct log *log)
{
    const char *otherwise = with_counts ? "volumes are counted from 0" : "volumes go on as they are";
    char storage[PATH_MAX];
    struct buf path = BUF(storage);
    struct error error;
    int fd;

    make_path(ledger, &path);
    fd = open(buf_text(&path), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd == -1 && errno == ENOENT) {
        log_writef(log, LOG_LEVEL_INFO, "volume: %s is not there: %s", buf_text(&path), otherwise);
        return;
    }
    if (fd == -1)
        error_set(&error, ERROR_SYSTEM, "%s", strerror(errno));
    if (fd == -1 || take(table, fd, buf_text(&path), with_counts, now, log, &error) == -1)
        log_writef(log, LOG_LEVEL_WARNING, "warning: volume: %s: %s: %s", buf_text(&path), error.text, otherwise);
    if (fd != -1)
        close(fd);
}
