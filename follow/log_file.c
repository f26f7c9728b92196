#include "follow/log_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "follow/inflate_format.h"
#include "shared/hash.h"

struct log_file {
    char *path;
    int fd;                  /* of a plain regular file, which is read by place; -1 otherwise */
    struct inflate *inflate; /* of everything else */
    struct stat stat;        /* when it was opened */
    uint64_t seed;
    size_t begin, end;    /* unread octets in buffer */
    size_t dropped;       /* octets of the line at begin that are no longer in the buffer */
    int64_t read;         /* octets of text that were read into the buffer */
    int64_t offset, last; /* behind the line that was given last, and before it */
    bool ended;           /* nothing was there to read just now */
    bool fresh;           /* nothing was given yet */
    bool cut;             /* the last line */
    size_t head_length;   /* octets in head: of the text as it was when it was read */
    char head[POSITION_HEAD_MAX];
    char buffer[LOG_FILE_BUFFER];
};

/* ---- open ---- */

static bool is_packed(int fd)
{
    static const struct inflate_format *const formats[] = { &inflate_gzip, &inflate_zstd, &inflate_xz };
    char octets[16];
    ssize_t got = pread(fd, octets, sizeof(octets), 0);

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]) && got > 0; i++) {
        if (view_starts((struct view){ octets, (size_t)got }, formats[i]->magic))
            return true;
    }
    return false;
}

static int open_text(struct log_file *file, int fd, struct error *error)
{
    if (fstat(fd, &file->stat) == -1) {
        error_set(error, ERROR_SYSTEM, "%s: %s", file->path, strerror(errno));
        close(fd);
        return -1;
    }
    if (S_ISDIR(file->stat.st_mode)) {
        close(fd);
        return error_set(error, ERROR_SYSTEM, "%s: is a directory", file->path);
    }
    if (S_ISREG(file->stat.st_mode) && !is_packed(fd)) {
        file->fd = fd;
        return 0;
    }
    return inflate_open(fd, file->path, &file->inflate, error);
}

int log_file_open(const char *path, uint64_t seed, struct log_file **out, struct error *error)
{
    bool is_input = strcmp(path, "-") == 0;
    struct log_file *file = calloc(1, sizeof(*file));
    int fd;

    if (file == NULL || (file->path = strdup(is_input ? "standard input" : path)) == NULL) {
        free(file);
        return error_set(error, ERROR_MEMORY, "%s: out of memory", path);
    }
    file->fd = -1;
    file->seed = seed;
    file->fresh = true;
    fd = is_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd == -1) {
        error_set(error, ERROR_SYSTEM, "%s: %s", file->path, strerror(errno));
    } else if (open_text(file, fd, error) == 0) {
        *out = file;
        return 0;
    }
    log_file_close(file);
    return -1;
}

void log_file_close(struct log_file *file)
{
    if (file == NULL)
        return;
    inflate_close(file->inflate);
    if (file->fd != -1)
        close(file->fd);
    free(file->path);
    free(file);
}

/* ---- octets ---- */

static ssize_t read_text(struct log_file *file, char *p, size_t size, struct error *error)
{
    ssize_t got;

    if (file->inflate != NULL)
        return inflate_read(file->inflate, p, size, error);
    do {
        got = pread(file->fd, p, size, (off_t)file->read);
    } while (got == -1 && errno == EINTR);
    return got != -1 ? got : error_set(error, ERROR_SYSTEM, "%s: %s", file->path, strerror(errno));
}

static void keep_head(struct log_file *file, const char *p, size_t n)
{
    int64_t from = (int64_t)file->head_length - file->read;
    size_t more = sizeof(file->head) - file->head_length;

    if (more == 0 || from < 0 || from >= (int64_t)n)
        return;
    if (more > n - (size_t)from)
        more = n - (size_t)from;
    memcpy(file->head + file->head_length, p + from, more);
    file->head_length += more;
}

/*
 * What was just read may be of the text that took the place of a truncated one, which has grown past this place again:
 * it is the old one's when the file still begins as it did now that it was read.
 */
static bool is_of_another_text(const struct log_file *file)
{
    return file->inflate == NULL && log_file_is_truncated(file);
}

/* Move what is left to the front and read more behind it.  0 when there is nothing (now). */
static int refill(struct log_file *file, struct error *error)
{
    ssize_t got;

    memmove(file->buffer, file->buffer + file->begin, file->end - file->begin);
    file->end -= file->begin;
    file->begin = 0;
    got = read_text(file, file->buffer + file->end, sizeof(file->buffer) - file->end, error);
    if (got == -1)
        return -1;
    keep_head(file, file->buffer + file->end, (size_t)got);
    if (got > 0 && is_of_another_text(file))
        got = 0;
    file->end += (size_t)got;
    file->read += got;
    file->ended = got == 0;
    return got > 0;
}

/* A line that fills the buffer: its beginning stays, the rest is read and dropped until it ends. */
static void shorten(struct log_file *file)
{
    size_t kept = file->begin + LOG_FILE_LINE_MAX;

    if (file->begin > 0 || file->end < sizeof(file->buffer))
        return;
    file->dropped += file->end - kept;
    file->end = kept;
}

/* ---- lines ---- */

static void give(struct log_file *file, size_t n, size_t step, struct view *line)
{
    *line = (struct view){ file->buffer + file->begin, n < LOG_FILE_LINE_MAX ? n : LOG_FILE_LINE_MAX };
    file->cut = n + file->dropped > LOG_FILE_LINE_MAX;
    file->last = file->offset;
    file->offset += (int64_t)(step + file->dropped);
    file->begin += step;
    file->dropped = 0;
    file->fresh = false;
}

static bool next_line(struct log_file *file, struct view *line)
{
    const char *from = file->buffer + file->begin;
    const char *end = file->begin == file->end ? NULL : memchr(from, '\n', file->end - file->begin);

    if (end == NULL)
        return false;
    give(file, (size_t)(end - from), (size_t)(end - from) + 1, line);
    return true;
}

int log_file_line(struct log_file *file, struct view *line, struct error *error)
{
    while (!next_line(file, line)) {
        int result;

        shorten(file);
        result = refill(file, error);
        if (result != 1)
            return result;
    }
    return 1;
}

int log_file_rest(struct log_file *file, struct view *line)
{
    size_t left = file->end - file->begin;

    if (left == 0)
        return 0;
    give(file, left, left, line);
    return 1;
}

static int64_t size_now(const struct log_file *file)
{
    struct stat now;

    return file->fd == -1 || fstat(file->fd, &now) == -1 ? -1 : (int64_t)now.st_size;
}

/* Before anything is read of it. */
static int peek_head(struct log_file *file, struct error *error)
{
    ssize_t got;

    if (file->inflate == NULL) {
        got = pread(file->fd, file->head, sizeof(file->head), 0);
        if (got == -1)
            return error_set(error, ERROR_SYSTEM, "%s: %s", file->path, strerror(errno));
        file->head_length = (size_t)got;
        return 0;
    }
    while (file->head_length < sizeof(file->head) && !file->ended) {
        if (refill(file, error) == -1)
            return -1;
    }
    return 0;
}

static int skip_by_reading(struct log_file *file, int64_t offset, struct error *error)
{
    while (file->read < offset) {
        int result;

        file->begin = file->end;
        result = refill(file, error);
        if (result != 1)
            return result;
    }
    file->begin = file->end - (size_t)(file->read - offset);
    return 1;
}

static int skip_to(struct log_file *file, int64_t offset, struct error *error)
{
    int result = 1;

    if (file->inflate != NULL) {
        result = skip_by_reading(file, offset, error);
    } else {
        file->begin = file->end = 0;
        file->read = offset;
    }
    file->offset = file->last = file->read - (int64_t)(file->end - file->begin);
    return result;
}

int log_file_skip(struct log_file *file, int64_t offset, struct error *error)
{
    if (peek_head(file, error) == -1)
        return -1;
    if (file->inflate == NULL && size_now(file) < offset)
        return 0;
    return skip_to(file, offset, error);
}

int log_file_skip_all(struct log_file *file, struct error *error)
{
    int64_t size = size_now(file);

    if (file->inflate == NULL)
        return size == -1 ? error_set(error, ERROR_SYSTEM, "%s: %s", file->path, strerror(errno))
                          : skip_to(file, size, error);
    return skip_to(file, INT64_MAX, error) == -1 ? -1 : 1;
}

bool log_file_skip_back(struct log_file *file, int64_t octets)
{
    int64_t size = size_now(file);
    struct error ignored;

    return size > octets && log_file_skip(file, size - octets, &ignored) == 1;
}

/* ---- identity ---- */

int log_file_head(struct log_file *file, uint32_t length, uint64_t *hash, struct error *error)
{
    if (length > POSITION_HEAD_MAX)
        return 0;
    if (file->head_length < length && file->fresh && peek_head(file, error) == -1)
        return -1;
    if (file->head_length < length)
        return 0;
    *hash = hash_view((struct view){ file->head, length }, file->seed);
    return 1;
}

int log_file_position(struct log_file *file, bool before_last, struct position *position, struct error *error)
{
    int64_t offset = before_last ? file->last : file->offset;
    uint32_t length = offset < POSITION_HEAD_MAX ? (uint32_t)offset : POSITION_HEAD_MAX;
    int result = log_file_head(file, length, &position->head, error);

    if (result != 1)
        return result == -1 ? -1 : error_set(error, ERROR_SYSTEM, "%s: became shorter", file->path);
    position->head_length = length;
    position->offset = offset;
    position->seen = (int64_t)time(NULL);
    position->device = S_ISREG(file->stat.st_mode) ? (uint64_t)file->stat.st_dev : 0;
    position->inode = S_ISREG(file->stat.st_mode) ? (uint64_t)file->stat.st_ino : 0;
    return 0;
}

/* Truncated and written anew, it may be longer again than what was read: then it begins otherwise. */
bool log_file_is_truncated(const struct log_file *file)
{
    char octets[POSITION_HEAD_MAX];
    int64_t size = size_now(file);
    ssize_t got = size == -1 ? -1 : pread(file->fd, octets, file->head_length, 0);

    if (got == -1)
        return false;
    return size < file->read || got != (ssize_t)file->head_length || memcmp(octets, file->head, file->head_length) != 0;
}

bool log_file_is_beginning(struct log_file *file, const struct log_file *other)
{
    struct error ignored;

    if (other->fresh || !file->fresh || (file->head_length == 0 && peek_head(file, &ignored) == -1))
        return false;
    return file->head_length > 0 && file->head_length < sizeof(file->head) && file->head_length <= other->head_length &&
           memcmp(file->head, other->head, file->head_length) == 0;
}

bool log_file_has_more(const struct log_file *file)
{
    return size_now(file) > file->offset;
}

const char *log_file_path(const struct log_file *file)
{
    return file->path;
}

bool log_file_is_packed(const struct log_file *file)
{
    return file->inflate != NULL;
}

int64_t log_file_written(const struct log_file *file)
{
    return S_ISREG(file->stat.st_mode) ? (int64_t)file->stat.st_mtime : 0;
}

int64_t log_file_made(const struct log_file *file)
{
    struct statx made;

    if (file->fd == -1 || statx(file->fd, "", AT_EMPTY_PATH, STATX_BTIME, &made) == -1 ||
        (made.stx_mask & STATX_BTIME) == 0)
        return INT64_MIN;
    return (int64_t)made.stx_btime.tv_sec;
}

bool log_file_is(const struct log_file *file, uint64_t device, uint64_t inode)
{
    return (uint64_t)file->stat.st_dev == device && (uint64_t)file->stat.st_ino == inode;
}

bool log_file_is_cut(const struct log_file *file)
{
    return file->cut;
}
