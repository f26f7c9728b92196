#include "programs/selftest_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct growing {
    const char *path;
    int fd;
    dev_t device;
    ino_t inode;
    off_t offset; /* read so far */
    bool skip;    /* until the next line end: the beginning is not known, or it is too long */
    char text[GROWING_LINE_MAX];
    size_t begin, end; /* of what was read and not given yet */
};

static int open_file(struct growing *growing, struct stat *status, struct error *error)
{
    int fd = open(growing->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd == -1 || fstat(fd, status) == -1) {
        error_set(error, ERROR_SYSTEM, "%s: %s", growing->path, strerror(errno));
    } else if (!S_ISREG(status->st_mode)) {
        error_set(error, ERROR_SYSTEM, "%s: not a regular file", growing->path);
    } else {
        growing->device = status->st_dev;
        growing->inode = status->st_ino;
        return fd;
    }
    if (fd != -1)
        (void)close(fd);
    return -1;
}

struct growing *growing_open(const char *path, struct error *error)
{
    struct growing *growing = calloc(1, sizeof(*growing));
    struct stat status;

    if (growing == NULL) {
        error_set(error, ERROR_MEMORY, "%s: out of memory", path);
        return NULL;
    }
    growing->path = path;
    growing->fd = open_file(growing, &status, error);
    if (growing->fd == -1) {
        free(growing);
        return NULL;
    }
    if (status.st_size > GROWING_BACKLOG) {
        growing->offset = status.st_size - GROWING_BACKLOG;
        growing->skip = true;
    }
    return growing;
}

void growing_close(struct growing *growing)
{
    if (growing == NULL)
        return;
    (void)close(growing->fd);
    free(growing);
}

/* The rotated file was read to its end: go on in the one that has its name now, or at the start of a truncated one. */
static bool go_on(struct growing *growing)
{
    struct stat status;
    struct error ignored;
    int fd;

    if (stat(growing->path, &status) == -1)
        return false;
    if (status.st_dev == growing->device && status.st_ino == growing->inode && status.st_size >= growing->offset)
        return false;
    fd = open_file(growing, &status, &ignored);
    if (fd == -1)
        return false;
    (void)close(growing->fd);
    growing->fd = fd;
    growing->offset = 0;
    growing->begin = growing->end = 0;
    growing->skip = false;
    return true;
}

/* True with a whole line in *line. */
static bool cut_line(struct growing *growing, struct view *line)
{
    struct view rest = { growing->text + growing->begin, growing->end - growing->begin };

    while (view_cut(&rest, VIEW("\n"), line)) {
        growing->begin = growing->end - rest.n;
        if (!growing->skip)
            return true;
        growing->skip = false;
    }
    return false;
}

/* 1: there is more; 0: not now. */
static int read_more(struct growing *growing, struct error *error)
{
    ssize_t got;

    memmove(growing->text, growing->text + growing->begin, growing->end - growing->begin);
    growing->end -= growing->begin;
    growing->begin = 0;
    if (growing->end == sizeof(growing->text)) {
        growing->skip = true;
        growing->end = 0;
    }
    got = pread(growing->fd, growing->text + growing->end, sizeof(growing->text) - growing->end, growing->offset);
    if (got == -1)
        return errno == EINTR ? 1 : error_set(error, ERROR_SYSTEM, "%s: %s", growing->path, strerror(errno));
    growing->end += (size_t)got;
    growing->offset += got;
    return got > 0 || go_on(growing);
}

int growing_line(struct growing *growing, struct view *line, struct error *error)
{
    int more = 1;

    while (more == 1) {
        if (cut_line(growing, line))
            return 1;
        more = read_more(growing, error);
    }
    return more;
}
