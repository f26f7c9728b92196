#include "follow/tail.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>

enum { PATH_ROOM = 4096, DRAIN_SECONDS = 60 /* that a writer may go on with a file it renamed */ };

/* A file that is to be read next. */
struct turn {
    char path[PATH_ROOM];
    int64_t from;
    ptrdiff_t position;
};

struct tail {
    char *path;
    uint64_t seed;
    struct positions *positions;
    struct log_file *file;     /* the one that is read now; NULL: none */
    ptrdiff_t position;        /* of it */
    struct log_file *previous; /* the one before it, which its writer may still hold */
    ptrdiff_t previous_position;
    time_t previous_since;
    bool ask_previous;  /* it may have more */
    bool from_previous; /* it gave the last line */
    struct turn *turns; /* files before the present one, oldest first; the last is the path itself */
    size_t turn, turn_count;
    bool look;        /* the directory was not looked at since the last wake */
    bool look_inside; /* nor was the file, if it is still what was read */
    bool lost;        /* what was read last is not there any more */
    uint64_t gaps;
    struct error trouble;
};

struct tail *tail_new(const char *path, uint64_t seed, struct positions *positions)
{
    struct tail *tail = calloc(1, sizeof(*tail));

    if (tail == NULL || (tail->path = strdup(path)) == NULL ||
        (tail->turns = calloc(TAIL_ROTATED_MAX + 1, sizeof(*tail->turns))) == NULL) {
        tail_free(tail);
        return NULL;
    }
    tail->seed = seed;
    tail->positions = positions;
    tail->position = tail->previous_position = POSITION_UNKNOWN;
    tail->look = true;
    return tail;
}

void tail_free(struct tail *tail)
{
    if (tail == NULL)
        return;
    log_file_close(tail->file);
    log_file_close(tail->previous);
    free(tail->turns);
    free(tail->path);
    free(tail);
}

const char *tail_path(const struct tail *tail)
{
    return tail->path;
}

const char *tail_trouble(const struct tail *tail)
{
    return tail->trouble.text;
}

uint64_t tail_take_gaps(struct tail *tail)
{
    uint64_t gaps = tail->gaps;

    tail->gaps = 0;
    return gaps;
}

void tail_wake(struct tail *tail)
{
    tail->look = tail->look_inside = tail->ask_previous = true;
}

/* ---- what lies beside the file ---- */

struct candidate {
    char path[PATH_ROOM];
    struct timespec written;
    dev_t device;
    ino_t inode;
    ptrdiff_t position;
    bool has_more;
};

struct candidates {
    struct candidate *list;
    size_t count;
};

static bool is_younger(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static int by_age(const void *a, const void *b)
{
    const struct candidate *one = a, *other = b;

    return is_younger(&one->written, &other->written) - is_younger(&other->written, &one->written);
}

/* The oldest one makes room when there are too many. */
static struct candidate *place_for(struct candidates *candidates, const struct timespec *written)
{
    struct candidate *oldest = &candidates->list[0];

    if (candidates->count < TAIL_ROTATED_MAX)
        return &candidates->list[candidates->count++];
    for (size_t i = 1; i < candidates->count; i++) {
        if (is_younger(&oldest->written, &candidates->list[i].written))
            oldest = &candidates->list[i];
    }
    return is_younger(written, &oldest->written) ? oldest : NULL;
}

static void add_candidate(struct candidates *candidates, const char *path)
{
    struct candidate *place;
    struct stat stat_of_path;

    if (stat(path, &stat_of_path) == -1 || !S_ISREG(stat_of_path.st_mode))
        return;
    place = place_for(candidates, &stat_of_path.st_mtim);
    if (place == NULL)
        return;
    snprintf(place->path, sizeof(place->path), "%s", path);
    place->written = stat_of_path.st_mtim;
    place->device = stat_of_path.st_dev;
    place->inode = stat_of_path.st_ino;
}

/* "mail.log.1", "mail.log-20270331.gz" beside "mail.log" */
static bool is_rotated_name(const char *name, const char *base)
{
    size_t length = strlen(base);

    return strncmp(name, base, length) == 0 && (name[length] == '.' || name[length] == '-');
}

static void split_path(const char *path, char *folder, const char **base)
{
    const char *slash = strrchr(path, '/');

    *base = slash == NULL ? path : slash + 1;
    if (slash == NULL)
        snprintf(folder, PATH_ROOM, ".");
    else
        snprintf(folder, PATH_ROOM, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

static void find_rotated(const struct tail *tail, struct candidates *candidates)
{
    char folder[PATH_ROOM], path[PATH_ROOM * 2];
    const char *base;
    DIR *listing;

    split_path(tail->path, folder, &base);
    listing = opendir(folder);
    if (listing == NULL)
        return;
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (is_rotated_name(entry->d_name, base) &&
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) < PATH_ROOM)
            add_candidate(candidates, path);
    }
    closedir(listing);
    qsort(candidates->list, candidates->count, sizeof(*candidates->list), by_age);
}

/* Which of them are known, by their beginnings. */
static void recognize(const struct tail *tail, struct candidates *candidates)
{
    for (size_t i = 0; i < candidates->count; i++) {
        struct candidate *candidate = &candidates->list[i];
        struct log_file *file;
        struct error ignored;

        candidate->position = POSITION_UNKNOWN;
        candidate->has_more = false;
        if (log_file_open(candidate->path, tail->seed, &file, &ignored) == -1)
            continue;
        candidate->position = positions_find(tail->positions, file);
        if (candidate->position != POSITION_UNKNOWN && !log_file_is_packed(file))
            candidate->has_more =
                log_file_skip(file, tail->positions->list[candidate->position].offset, &ignored) == 1 &&
                log_file_has_more(file);
        log_file_close(file);
    }
}

/* ---- what to read, in which order ---- */

static void add_turn(struct tail *tail, const char *path, ptrdiff_t position)
{
    struct turn *turn = &tail->turns[tail->turn_count++];

    snprintf(turn->path, sizeof(turn->path), "%s", path);
    turn->position = position;
    turn->from = position == POSITION_UNKNOWN ? 0 : tail->positions->list[position].offset;
}

/* The youngest file that was read, whoever read it; behind it nothing was. */
static size_t find_youngest_known(const struct candidates *candidates)
{
    size_t i = candidates->count;

    while (i > 0 && candidates->list[i - 1].position == POSITION_UNKNOWN)
        i--;
    return i;
}

static bool holds(const struct candidates *candidates, ptrdiff_t position)
{
    for (size_t i = 0; i < candidates->count; i++) {
        if (candidates->list[i].position == position)
            return true;
    }
    return false;
}

static bool is_open(const struct log_file *file, const struct candidate *candidate)
{
    return file != NULL && log_file_is(file, (uint64_t)candidate->device, (uint64_t)candidate->inode);
}

/*
 * Of the files that were read for this path what was left of them; then all that were written since.  A known packed
 * file can only be the last one read: it was packed when its writer had left it.
 */
static void make_turns(struct tail *tail, const struct candidates *candidates)
{
    ptrdiff_t latest = positions_latest(tail->positions, view_of(tail->path));
    size_t known = find_youngest_known(candidates);

    tail->turn = tail->turn_count = 0;
    for (size_t i = 0; i < candidates->count; i++) {
        const struct candidate *candidate = &candidates->list[i];
        bool mine = candidate->position != POSITION_UNKNOWN &&
                    view_eq(tail->positions->list[candidate->position].source, view_of(tail->path));
        bool is_path = i + 1 == candidates->count;

        if (is_open(tail->file, candidate) || is_open(tail->previous, candidate))
            continue;

        if (is_path || (known > 0 && i >= known) || (mine && candidate->has_more) ||
            (mine && candidate->position == latest))
            add_turn(tail, candidate->path, candidate->position);
    }
    /* A file that is still open here was read to its end, wherever it went. */
    tail->lost = tail->file == NULL && latest != POSITION_UNKNOWN && !holds(candidates, latest);
}

static void add_path_last(const struct tail *tail, struct candidates *candidates)
{
    struct candidate *last = &candidates->list[candidates->count++];

    snprintf(last->path, sizeof(last->path), "%s", tail->path);
}

static void plan(struct tail *tail)
{
    struct candidates candidates = { calloc(TAIL_ROTATED_MAX + 1, sizeof(*candidates.list)), 0 };

    if (candidates.list == NULL)
        return;
    find_rotated(tail, &candidates);
    add_path_last(tail, &candidates);
    recognize(tail, &candidates);
    make_turns(tail, &candidates);
    free(candidates.list);
}

/* ---- from one file to the next ---- */

static int note_one(struct tail *tail, struct log_file *file, bool before_last, ptrdiff_t *position,
                    struct error *error)
{
    return file == NULL ? 0 : positions_note(tail->positions, file, before_last, view_of(tail->path), position, error);
}

int tail_note(struct tail *tail, bool before_last, struct error *error)
{
    if (note_one(tail, tail->previous, before_last && tail->from_previous, &tail->previous_position, error) == -1)
        return -1;
    return note_one(tail, tail->file, before_last && !tail->from_previous, &tail->position, error);
}

static void drop_previous(struct tail *tail)
{
    log_file_close(tail->previous);
    tail->previous = NULL;
    tail->previous_position = POSITION_UNKNOWN;
}

/* Whoever writes the file may hold it open for a while after it was renamed. */
static void keep_previous(struct tail *tail)
{
    struct error ignored;

    if (tail->file == NULL)
        return;
    drop_previous(tail);
    tail->previous = tail->file;
    tail->previous_since = time(NULL);
    tail->previous_position = tail->position;
    tail->file = NULL;
    tail->position = POSITION_UNKNOWN;
    (void)note_one(tail, tail->previous, false, &tail->previous_position, &ignored);
}

/* A file that is not there yet is no trouble. */
static void tell_trouble(struct tail *tail, const char *path, const struct error *error)
{
    struct stat ignored;

    tail->trouble = *error;
    if (stat(path, &ignored) == -1 && errno == ENOENT)
        tail->trouble.text[0] = '\0';
}

/* Behind what was read of it.  A file that became shorter but begins as it did holds nothing new. */
static bool go_behind(struct tail *tail, struct log_file *file, int64_t from, struct error *error)
{
    int result = log_file_skip(file, from, error);

    if (result == 0) {
        tail->gaps++;
        result = log_file_skip_all(file, error);
    }
    return result == 1;
}

/* False: not now; the turn comes again with the next wake. */
static bool open_turn(struct tail *tail, const struct turn *turn)
{
    struct log_file *file;
    struct error error = { ERROR_NONE, "" };

    if (log_file_open(turn->path, tail->seed, &file, &error) == -1) {
        tell_trouble(tail, turn->path, &error);
        return false;
    }
    if (turn->from > 0 && !go_behind(tail, file, turn->from, &error)) {
        tell_trouble(tail, turn->path, &error);
        log_file_close(file);
        return false;
    }
    tail->gaps += tail->lost;
    tail->lost = false;
    tail->trouble.text[0] = '\0';
    tail->file = file;
    tail->position = turn->position;
    return true;
}

static bool is_current(const struct tail *tail, const struct stat *stat_of_path)
{
    return log_file_is(tail->file, (uint64_t)stat_of_path->st_dev, (uint64_t)stat_of_path->st_ino);
}

/* Behind the last line end of a file that nobody writes any more. */
static int last_piece(struct tail *tail, struct view *line)
{
    tail->from_previous = false;
    return log_file_rest(tail->file, line);
}

/* The present file gave all it has: 1 with its last piece, 0 when nothing is to be done now, -1 when another is open. */
static int next_file(struct tail *tail, struct view *line)
{
    while (tail->turn < tail->turn_count) {
        const struct turn *turn = &tail->turns[tail->turn];

        if (tail->file != NULL && last_piece(tail, line) == 1)
            return 1;
        keep_previous(tail);
        tail->turn++;
        if (open_turn(tail, turn))
            return -1;
    }
    return 0;
}

/* Has the path become another file, and has its writer moved there? */
static bool is_rotated(struct tail *tail)
{
    struct stat stat_of_path;

    if (tail->file == NULL)
        return true;
    if (stat(tail->path, &stat_of_path) == -1)
        return false;
    return !is_current(tail, &stat_of_path) && stat_of_path.st_size > 0;
}

/* What was read of it so far is known to all from here on. */
static void leave_file(struct tail *tail)
{
    struct error ignored;

    (void)note_one(tail, tail->file, false, &tail->position, &ignored);
    log_file_close(tail->file);
    tail->file = NULL;
    tail->position = POSITION_UNKNOWN;
}

/* Truncated in place: what was written and not read before is missing, but for what a copy beside it still has. */
static void look_for_truncation(struct tail *tail)
{
    tail->look_inside = false;
    if (tail->file == NULL || !log_file_is_truncated(tail->file))
        return;
    tail->gaps++;
    leave_file(tail);
    plan(tail);
    tail->lost = false; /* counted already */
}

/* True when there may be more to read now. */
static bool look_around(struct tail *tail)
{
    struct error ignored;

    tail->look = false;
    if (tail->previous != NULL && time(NULL) - tail->previous_since > DRAIN_SECONDS)
        drop_previous(tail);
    if (!is_rotated(tail))
        return false;
    (void)note_one(tail, tail->file, false, &tail->position, &ignored);
    plan(tail);
    return tail->turn_count > 0;
}

/* A damaged packed file gives no more; a plain one that cannot be read now is tried again at the next wake. */
static void on_failed(struct tail *tail)
{
    if (!log_file_is_packed(tail->file))
        return;
    tail->gaps++;
    leave_file(tail);
}

static bool line_of_previous(struct tail *tail, struct view *line)
{
    struct error ignored;

    if (tail->previous == NULL || !tail->ask_previous)
        return false;
    tail->from_previous = tail->ask_previous = log_file_line(tail->previous, line, &ignored) == 1;
    return tail->from_previous;
}

static bool line_of_file(struct tail *tail, struct view *line)
{
    int result;

    if (tail->file == NULL)
        return false;
    result = log_file_line(tail->file, line, &tail->trouble);
    tail->from_previous = false;
    if (result == -1)
        on_failed(tail);
    return result == 1;
}

int tail_line(struct tail *tail, struct view *line)
{
    if (tail->look_inside)
        look_for_truncation(tail);
    for (;;) {
        int result;

        if (line_of_previous(tail, line) || line_of_file(tail, line))
            return 1;
        result = next_file(tail, line);
        if (result == 1)
            return 1;
        if (result == -1)
            continue;
        if (!tail->look || !look_around(tail))
            return 0;
    }
}

/* ---- waiting ---- */

static void watch_path(int fd, const char *path, uint32_t events)
{
    (void)inotify_add_watch(fd, path,
                            events); /* what is not there, or not ours to see, is told by what stands above it */
}

/* The nearest directory that exists. */
static void watch_folder(int fd, const char *path)
{
    char folder[PATH_ROOM];
    const char *base;

    split_path(path, folder, &base);
    while (inotify_add_watch(fd, folder,
                             IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR) == -1) {
        char *slash = strrchr(folder, '/');

        if (slash == NULL || strcmp(folder, "/") == 0)
            return;
        slash[slash == folder] = '\0';
    }
}

void tail_watch(struct tail *tail, int fd)
{
    watch_folder(fd, tail->path);
    watch_path(fd, tail->path, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF);
}
