#include "follow/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "follow/ahead.h"

/* Octets are read to a place that begins a page, from one: the system copies them faster so. */
enum { PAGE = 4096, READ_AT = SOURCE_BUFFER };

struct source {
    struct inflate *inflate;
    struct ahead *ahead; /* NULL: the inflate is read directly */
    bool reading;        /* more than the first buffer was asked for */
    char *name;
    size_t begin, end;    /* unread octets in buffer */
    bool ended, skipping; /* skipping: the rest of a line whose beginning was given */
    struct stat stat;
    char *buffer; /* what is left of a line stands in front of READ_AT, what is read behind it */
};

static int open_path(const char *path, struct error *error)
{
    int fd = strcmp(path, "-") == 0 ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC);

    return fd != -1 ? fd : error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
}

/* NULL: out of memory. */
static struct source *new_source(const char *path)
{
    struct source *source = calloc(1, sizeof(*source));

    if (source == NULL)
        return NULL;
    source->name = strdup(strcmp(path, "-") == 0 ? "standard input" : path);
    source->buffer = aligned_alloc(PAGE, READ_AT + SOURCE_BUFFER);
    if (source->name == NULL || source->buffer == NULL) {
        source_close(source);
        return NULL;
    }
    return source;
}

int source_open(const char *path, struct source **out, struct error *error)
{
    struct source *source = new_source(path);
    int fd;

    if (source == NULL)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    fd = open_path(path, error);
    if (fd == -1)
        goto fail;
    if (fstat(fd, &source->stat) == -1 || S_ISDIR(source->stat.st_mode)) {
        error_set(error, ERROR_SYSTEM, "%s: %s", source->name,
                  S_ISDIR(source->stat.st_mode) ? "is a directory" : strerror(errno));
        close(fd);
        goto fail;
    }
    if (inflate_open(fd, source->name, &source->inflate, error) == -1)
        goto fail;
    *out = source;
    return 0;
fail:
    source_close(source);
    return -1;
}

void source_close(struct source *source)
{
    if (source == NULL)
        return;
    ahead_stop(source->ahead);
    inflate_close(source->inflate);
    free(source->buffer);
    free(source->name);
    free(source);
}

/* Who only looks at the first lines, to find the order of files, needs no thread. */
static ssize_t read_more(struct source *source, char *p, size_t size, struct error *error)
{
    if (source->reading && source->ahead == NULL && inflate_is_packed(source->inflate))
        source->ahead = ahead_start(source->inflate);
    source->reading = true;
    return source->ahead != NULL ? ahead_read(source->ahead, p, size, error)
                                 : inflate_read(source->inflate, p, size, error);
}

/* Move what is left in front of READ_AT and read more behind it.  0 when nothing more comes. */
static int refill(struct source *source, struct error *error)
{
    size_t left = source->end - source->begin, room = SOURCE_BUFFER - left;
    ssize_t got;

    memmove(source->buffer + READ_AT - left, source->buffer + source->begin, left);
    source->begin = READ_AT - left;
    source->end = READ_AT;
    got = read_more(source, source->buffer + READ_AT, room < PAGE ? room : room - room % PAGE, error);
    if (got == -1)
        return -1;
    source->end += (size_t)got;
    source->ended = got == 0;
    return got > 0;
}

/* The rest of a line that was given cut: false when more of it is to be read. */
static bool skip_rest(struct source *source)
{
    const char *from = source->buffer + source->begin;
    const char *end = source->begin == source->end ? NULL : memchr(from, '\n', source->end - source->begin);

    if (end == NULL) {
        source->begin = source->end;
        return false;
    }
    source->begin += (size_t)(end - from) + 1;
    source->skipping = false;
    return true;
}

/* What can be given of the buffer: all whole lines; the beginning of one that fills it; what ends the file. */
static size_t measure(struct source *source)
{
    const char *from = source->buffer + source->begin;
    size_t left = source->end - source->begin;
    const char *last = left == 0 ? NULL : memrchr(from, '\n', left);

    if (last != NULL)
        return (size_t)(last - from) + 1;
    source->skipping = left == SOURCE_BUFFER;
    return source->skipping || source->ended ? left : 0;
}

int source_lines(struct source *source, struct view *lines, struct error *error)
{
    for (;;) {
        size_t n = source->skipping && !skip_rest(source) ? 0 : measure(source);

        if (n > 0) {
            *lines = (struct view){ source->buffer + source->begin, n };
            source->begin += n;
            return 1;
        }
        if (source->ended)
            return 0;
        if (refill(source, error) == -1)
            return -1;
    }
}

const char *source_name(const struct source *source)
{
    return source->name;
}

int64_t source_written(const struct source *source)
{
    return S_ISREG(source->stat.st_mode) ? (int64_t)source->stat.st_mtime : 0;
}

int64_t source_size(const struct source *source)
{
    return S_ISREG(source->stat.st_mode) ? (int64_t)source->stat.st_size : 0;
}

bool source_rereadable(const struct source *source)
{
    return S_ISREG(source->stat.st_mode) && strcmp(source->name, "standard input") != 0;
}
