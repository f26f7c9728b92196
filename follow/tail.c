#include "follow/tail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <time.h>

#include "follow/rotated.h"

enum { DRAIN_SECONDS = 60 /* that a writer may go on with a file it renamed */ };

/* Whatever the clock is set to meanwhile. */
static time_t monotonic(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

struct tail {
    char *path;
    uint64_t seed;
    struct positions *positions;
    struct log_file *file;     /* the one that is read now; NULL: none */
    ptrdiff_t position;        /* of it */
    struct log_file *previous; /* the one before it, which its writer may still hold */
    ptrdiff_t previous_position;
    time_t previous_since;
    /* What the path named, truncated since it was read: lines of it are missing where it is read anew.  Kept open, so
     * that no other file gets its inode.  NULL: none. */
    struct log_file *truncated;
    ptrdiff_t last;     /* the position of what was read last */
    bool ask_previous;  /* it may have more */
    bool from_previous; /* it gave the last line */
    bool at_path;       /* the present file is what the path named when it was opened; else a rotated one */
    bool started;       /* a file was opened */
    bool hidden;        /* what the path names now cannot be seen: that is the trouble */
    ptrdiff_t emptied;  /* the packed file that was read to its end */
    bool look;          /* the directory was not looked at since the last wake */
    uint64_t gaps, cut;
    struct error trouble;
};

struct tail *tail_new(const char *path, uint64_t seed, struct positions *positions)
{
    struct tail *tail = calloc(1, sizeof(*tail));

    if (tail == NULL || (tail->path = strdup(path)) == NULL) {
        tail_free(tail);
        return NULL;
    }
    tail->seed = seed;
    tail->positions = positions;
    tail->position = tail->previous_position = tail->emptied = tail->last = POSITION_UNKNOWN;
    tail->look = true;
    return tail;
}

void tail_free(struct tail *tail)
{
    if (tail == NULL)
        return;
    log_file_close(tail->file);
    log_file_close(tail->previous);
    log_file_close(tail->truncated);
    free(tail->path);
    free(tail);
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

uint64_t tail_take_cut(struct tail *tail)
{
    uint64_t cut = tail->cut;

    tail->cut = 0;
    return cut;
}

/* What is there now, with nothing read of it. */
static void describe_beginning(const struct tail *tail, struct position *position)
{
    struct log_file *file;
    struct error ignored;
    uint32_t length = POSITION_HEAD_MAX;

    if (log_file_open(tail->path, tail->seed, &file, &ignored) == -1)
        return;
    while (length > 0 && log_file_head(file, length, &position->head, &ignored) != 1)
        length--;
    position->head_length = length;
    log_file_close(file);
}

bool tail_register(struct tail *tail, int64_t now)
{
    struct position position = { .source = view_of(tail->path), .seen = now };

    if (positions_latest(tail->positions, position.source) != POSITION_UNKNOWN)
        return false;
    describe_beginning(tail, &position);
    if (!positions_add(tail->positions, &position))
        return false;
    tail->positions->changed[tail->positions->count - 1] = true;
    return true;
}

void tail_wake(struct tail *tail)
{
    tail->look = tail->ask_previous = true;
}

/* ---- what lies beside the file ---- */

struct candidate {
    struct rotated_file file;
    ptrdiff_t position;
    bool has_more; /* than was read of it; of a packed one this is not known */
    bool is_packed;
};

struct candidates {
    struct candidate *list;
    size_t count;
};

/* A copy that was made when little was written has less text than a position is known by. */
static ptrdiff_t identify(const struct tail *tail, struct log_file *file)
{
    ptrdiff_t position = positions_find(tail->positions, file);

    if (position == POSITION_UNKNOWN && tail->truncated != NULL && log_file_is_beginning(file, tail->truncated))
        position = tail->last;
    return position;
}

/* Which of them are known, by their beginnings. */
static void recognize(const struct tail *tail, struct candidate *candidate)
{
    struct log_file *file;
    struct error ignored;

    candidate->position = POSITION_UNKNOWN;
    if (log_file_open(candidate->file.path, tail->seed, &file, &ignored) == -1)
        return;
    candidate->position = identify(tail, file);
    candidate->is_packed = log_file_is_packed(file);
    if (candidate->position != POSITION_UNKNOWN && !candidate->is_packed)
        candidate->has_more = log_file_skip(file, tail->positions->list[candidate->position].offset, &ignored) == 1 &&
                              log_file_has_more(file);
    log_file_close(file);
}

static void add_path_last(const struct tail *tail, struct candidates *candidates)
{
    struct candidate *last = &candidates->list[candidates->count++];
    struct stat stat_of_path;

    snprintf(last->file.path, sizeof(last->file.path), "%s", tail->path);
    if (stat(tail->path, &stat_of_path) == -1)
        return;
    last->file.device = stat_of_path.st_dev;
    last->file.inode = stat_of_path.st_ino;
}

/* Rotated files, oldest first, and the path itself; list is for free(3), NULL without memory. */
static struct candidates find_candidates(const struct tail *tail)
{
    struct rotated_files files = rotated_find(tail->path);
    struct candidates candidates = { files.list == NULL ? NULL : calloc(files.count + 1, sizeof(*candidates.list)), 0 };

    for (; candidates.list != NULL && candidates.count < files.count; candidates.count++)
        candidates.list[candidates.count].file = files.list[candidates.count];
    free(files.list);
    if (candidates.list == NULL)
        return candidates;
    add_path_last(tail, &candidates);
    for (size_t i = 0; i < candidates.count; i++)
        recognize(tail, &candidates.list[i]);
    return candidates;
}

/* ---- what to read next ---- */

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
    return file != NULL && log_file_is(file, (uint64_t)candidate->file.device, (uint64_t)candidate->file.inode);
}

/* The first start found nothing there: all that was written since is to be read.  INT64_MAX: it was not so. */
static int64_t began_without_file(const struct tail *tail)
{
    ptrdiff_t latest = positions_latest(tail->positions, view_of(tail->path));
    const struct position *position = latest == POSITION_UNKNOWN ? NULL : &tail->positions->list[latest];

    return position != NULL && position->head_length == 0 ? position->seen : INT64_MAX;
}

/* A file that nobody read: written since the last one that was. */
static bool is_new(const struct tail *tail, const struct candidates *candidates, size_t i)
{
    size_t known = find_youngest_known(candidates);

    return (known > 0 && i >= known) || (int64_t)candidates->list[i].file.written.tv_sec >= began_without_file(tail);
}

/*
 * A rotated file that has lines for us: what was left of one that was read for this path; or one that was written
 * since.  A known packed file can only be the one that was read last: it was packed when its writer had left it.
 */
static bool is_due(const struct tail *tail, const struct candidates *candidates, size_t i)
{
    const struct candidate *candidate = &candidates->list[i];
    bool known = candidate->position != POSITION_UNKNOWN;
    bool mine = known && view_eq(tail->positions->list[candidate->position].source, view_of(tail->path));

    if (is_open(tail->file, candidate) || is_open(tail->previous, candidate))
        return false;
    if (is_open(tail->truncated, candidate))
        return true;
    if (!known)
        return is_new(tail, candidates, i);
    if (!candidate->is_packed)
        return mine && candidate->has_more;
    return candidate->position != tail->emptied &&
           candidate->position == positions_latest(tail->positions, view_of(tail->path));
}

/* The path itself when nothing else is due. */
static const struct candidate *choose(const struct tail *tail, const struct candidates *candidates)
{
    size_t i = 0;

    while (i + 1 < candidates->count && !is_due(tail, candidates, i))
        i++;
    return &candidates->list[i];
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

/* What was read so far is known to all from here on. */
static void note_last(struct tail *tail)
{
    struct error ignored;

    (void)tail_note(tail, false, &ignored);
    if (tail->file != NULL)
        tail->last = tail->position;
}

static void drop_previous(struct tail *tail)
{
    struct error ignored;

    (void)note_one(tail, tail->previous, false, &tail->previous_position, &ignored);
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
    tail->previous_since = monotonic();
    tail->previous_position = tail->position;
    tail->file = NULL;
    tail->position = POSITION_UNKNOWN;
    (void)note_one(tail, tail->previous, false, &tail->previous_position, &ignored);
}

/* A file that is not there yet is no trouble. */
static void tell_trouble(struct tail *tail, const struct error *error)
{
    struct stat ignored;

    tail->trouble = *error;
    if (stat(tail->path, &ignored) == -1 && errno == ENOENT)
        tail->trouble.text[0] = '\0';
}

/* Behind what was read of it.  A file that became shorter but begins as it did holds nothing new. */
static bool go_behind(struct log_file *file, int64_t from, bool *is_shorter, struct error *error)
{
    int result = log_file_skip(file, from, error);

    *is_shorter = result == 0;
    if (result == 0)
        result = log_file_skip_all(file, error);
    return result == 1;
}

/* NULL: not now.  *is_shorter: than what was read of it. */
static struct log_file *open_candidate(struct tail *tail, const struct candidate *candidate, bool *is_shorter)
{
    struct error error = { ERROR_NONE, "" };
    struct log_file *file = NULL;
    bool fine = log_file_open(candidate->file.path, tail->seed, &file, &error) == 0;

    /* Names move while a log is rotated: under this one now may lie another file. */
    fine = fine && log_file_is(file, (uint64_t)candidate->file.device, (uint64_t)candidate->file.inode);
    /* And a file may have been truncated since it was recognized. */
    fine = fine && identify(tail, file) == candidate->position;
    if (fine && candidate->position != POSITION_UNKNOWN)
        fine = go_behind(file, tail->positions->list[candidate->position].offset, is_shorter, &error);
    if (fine)
        return file;
    tell_trouble(tail, &error);
    log_file_close(file);
    return NULL;
}

static void drop_truncated(struct tail *tail)
{
    log_file_close(tail->truncated);
    tail->truncated = NULL;
}

static bool is_path(const struct tail *tail, const struct candidate *candidate)
{
    return strcmp(candidate->file.path, tail->path) == 0;
}

static void take_file(struct tail *tail, struct log_file *file, const struct candidate *candidate)
{
    keep_previous(tail);
    tail->file = file;
    tail->position = candidate->position;
    tail->at_path = is_path(tail, candidate);
    if (candidate->is_packed)
        tail->emptied = candidate->position;
    tail->hidden = false;
    tail->trouble.text[0] = '\0';
}

/* What was read last when nobody looked is not there any more: what else was written to it is missing. */
static bool is_lost(const struct tail *tail, const struct candidates *candidates)
{
    ptrdiff_t latest = positions_latest(tail->positions, view_of(tail->path));

    return !tail->started && latest != POSITION_UNKNOWN && tail->positions->list[latest].head_length > 0 &&
           !holds(candidates, latest);
}

/* The same file on the disk with another text, as far as can be seen from outside; packing makes another file. */
static bool looks_truncated(const struct tail *tail, const struct candidate *candidate, ptrdiff_t latest)
{
    const struct position *before = &tail->positions->list[latest];

    return before->inode != 0 && (uint64_t)candidate->file.device == before->device &&
           (uint64_t)candidate->file.inode == before->inode && candidate->position != latest && !candidate->is_packed;
}

/* Was what was read last truncated while nobody looked?  Inodes are used again: by files that were made later. */
static void find_truncation(struct tail *tail, const struct candidates *candidates)
{
    ptrdiff_t latest = positions_latest(tail->positions, view_of(tail->path));
    struct error ignored;
    size_t i = 0;

    while (latest != POSITION_UNKNOWN && i < candidates->count && !looks_truncated(tail, &candidates->list[i], latest))
        i++;
    if (latest == POSITION_UNKNOWN || i == candidates->count || tail->truncated != NULL ||
        log_file_open(candidates->list[i].file.path, tail->seed, &tail->truncated, &ignored) == -1)
        return;
    tail->last = latest;
    if (positions_find(tail->positions, tail->truncated) == latest ||
        log_file_made(tail->truncated) >= tail->positions->list[latest].seen)
        drop_truncated(tail);
}

/* What was read last, under another name and longer perhaps: the lines that are missing come behind it. */
static bool is_copy(const struct tail *tail, const struct candidate *candidate)
{
    return !is_path(tail, candidate) && !is_open(tail->truncated, candidate) && candidate->position == tail->last;
}

/*
 * Tell what is missing before the first line that this file has for us: one place where lines are missing is one gap,
 * by however many signs it is known.  Each copy of a file that is truncated again and again ends with a truncation.
 */
static void tell_gap(struct tail *tail, const struct candidates *candidates, const struct candidate *candidate,
                     bool is_shorter)
{
    tail->gaps += tail->truncated != NULL ? !is_copy(tail, candidate) : is_shorter || is_lost(tail, candidates);
    if (is_path(tail, candidate) || is_open(tail->truncated, candidate))
        drop_truncated(tail);
}

/* Go on with the file that is due now.  False: there is none, or it cannot be opened now. */
static bool next_file(struct tail *tail)
{
    struct candidates candidates;
    const struct candidate *candidate;
    struct log_file *file;
    bool is_shorter = false;

    note_last(tail);
    candidates = find_candidates(tail);
    if (candidates.list == NULL)
        return false;
    if (!tail->started)
        find_truncation(tail, &candidates);
    candidate = choose(tail, &candidates);
    file = is_open(tail->file, candidate) ? NULL : open_candidate(tail, candidate, &is_shorter);
    if (file != NULL) {
        tell_gap(tail, &candidates, candidate, is_shorter);
        tail->started = true;
        take_file(tail, file, candidate);
    }
    free(candidates.list);
    return file != NULL;
}

static bool is_current(const struct tail *tail, const struct stat *stat_of_path)
{
    return log_file_is(tail->file, (uint64_t)stat_of_path->st_dev, (uint64_t)stat_of_path->st_ino);
}

/* What is open is read on behind a directory that was closed, but nobody knows if it still is the log. */
static void tell_hidden(struct tail *tail, int why)
{
    bool was_hidden = tail->hidden;

    tail->hidden = why != 0 && why != ENOENT;
    if (tail->hidden)
        error_set(&tail->trouble, ERROR_SYSTEM, "%s: %s", tail->path, strerror(why));
    else if (was_hidden)
        tail->trouble.text[0] = '\0';
}

/* Has the path become another file, and has its writer moved there? */
static bool is_rotated(struct tail *tail)
{
    struct stat stat_of_path;
    int result = stat(tail->path, &stat_of_path);

    tell_hidden(tail, result == -1 ? errno : 0);
    return result == 0 && !is_current(tail, &stat_of_path) && stat_of_path.st_size > 0;
}

/* Behind the last line end of a file that nobody writes any more. */
static bool last_piece(struct tail *tail, struct view *line)
{
    tail->from_previous = false;
    return tail->file != NULL && log_file_rest(tail->file, line) == 1;
}

/* The file, which is for the caller to close. */
static struct log_file *leave_file(struct tail *tail)
{
    struct log_file *file = tail->file;

    note_last(tail);
    tail->file = NULL;
    tail->position = POSITION_UNKNOWN;
    return file;
}

/* Truncated in place: what was written and not read before is missing, but for what a copy beside it still has. */
static void look_for_truncation(struct tail *tail)
{
    if (tail->file == NULL || !log_file_is_truncated(tail->file))
        return;
    tail->look = true;
    if (tail->at_path) {
        tail->truncated = leave_file(tail);
    } else {
        tail->gaps++;
        log_file_close(leave_file(tail));
    }
}

/* A damaged packed file gives no more; a plain one that cannot be read now is tried again at the next wake. */
static void on_failed(struct tail *tail)
{
    if (!log_file_is_packed(tail->file))
        return;
    tail->gaps += tail->truncated == NULL;
    log_file_close(leave_file(tail));
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

/* The present file is what there is, or there was no sign that it is not. */
static bool stays(struct tail *tail)
{
    if (!tail->look)
        return true;
    if (tail->previous != NULL && monotonic() - tail->previous_since > DRAIN_SECONDS)
        drop_previous(tail);
    return tail->file != NULL && tail->at_path && !is_rotated(tail);
}

static bool next_line(struct tail *tail, struct view *line)
{
    for (;;) {
        if (line_of_previous(tail, line) || line_of_file(tail, line))
            return true;
        look_for_truncation(tail);
        if (stays(tail))
            return false;
        if (last_piece(tail, line))
            return true;
        tail->look = next_file(tail);
        if (!tail->look)
            return false;
    }
}

int tail_line(struct tail *tail, struct view *line)
{
    if (!next_line(tail, line))
        return 0;
    tail->cut += log_file_is_cut(tail->from_previous ? tail->previous : tail->file);
    return 1;
}

/* ---- waiting ---- */

/* What is not there, or not ours to read, is told by the directory that it is in. */
static bool watch_path(int fd, const char *path, uint32_t events)
{
    return inotify_add_watch(fd, path, events) != -1 || errno == ENOENT || errno == EACCES;
}

/* The nearest directory that can be watched.  False: there is a nearer one. */
static bool watch_folder(int fd, const char *path)
{
    char folder[ROTATED_PATH_ROOM];
    const char *base;
    bool nearest = true;

    rotated_split(path, folder, &base);
    while (inotify_add_watch(fd, folder,
                             IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE | IN_ATTRIB | IN_ONLYDIR) == -1) {
        char *slash = strrchr(folder, '/');

        nearest = nearest && errno == ENOENT;
        if (slash == NULL || strcmp(folder, "/") == 0)
            return false;
        slash[slash == folder] = '\0';
    }
    return nearest;
}

bool tail_watch(struct tail *tail, int fd)
{
    bool all = watch_folder(fd, tail->path);

    return watch_path(fd, tail->path, IN_MODIFY | IN_ATTRIB | IN_MOVE_SELF | IN_DELETE_SELF) && all;
}
