#include "follow/partition.h"

#include <stdlib.h>

#include "follow/source.h"
#include "shared/names.h"

/* A set of logs that share hosts, by the first of them. */
struct log {
    size_t set; /* index of another log of the set; its own: the first */
    int64_t size;
};

struct sets {
    struct log *logs;
    size_t count;
    size_t first_with[WRITERS_MAX]; /* by host number - 1: a log that names it, + 1; 0: none yet */
};

static size_t first_of(const struct sets *sets, size_t log)
{
    while (sets->logs[log].set != log)
        log = sets->logs[log].set;
    return log;
}

/* The log with the lower index stays the first. */
static void join(struct sets *sets, size_t a, size_t b)
{
    a = first_of(sets, a);
    b = first_of(sets, b);
    if (a < b)
        sets->logs[b].set = a;
    else
        sets->logs[a].set = b;
}

static void note_host(struct sets *sets, size_t log, const struct writer *writer)
{
    size_t *first;

    if (writer->host_number == 0)
        return;
    first = &sets->first_with[writer->host_number - 1];
    if (*first == 0)
        *first = log + 1;
    else
        join(sets, *first - 1, log);
}

static void note_lines(struct sets *sets, size_t log, struct prefix *prefix, struct view lines)
{
    struct log_line line;
    struct view text;

    while (view_cut_char(&lines, '\n', &text)) {
        if (prefix_parse(prefix, text, &line) == PREFIX_FOUND)
            note_host(sets, log, line.writer);
    }
}

/* 1; 0 for a log that can be read once only; -1 with the reason. */
static int look_at(struct sets *sets, size_t log, const char *path, const struct prefix_settings *settings,
                   struct error *error)
{
    struct source *source;
    struct prefix prefix;
    struct view lines;
    int result;

    if (source_open(path, &source, error) == -1)
        return -1;
    sets->logs[log] = (struct log){ .set = log, .size = source_size(source) };
    result = source_rereadable(source) ? source_lines(source, &lines, error) : 2;
    if (result == 1) {
        prefix_init(&prefix, settings);
        note_lines(sets, log, &prefix, lines);
        prefix_done(&prefix);
    }
    source_close(source);
    return result == -1 ? -1 : result != 2;
}

static int64_t size_of(const struct sets *sets, size_t first)
{
    int64_t size = 0;

    for (size_t log = first; log < sets->count; log++)
        size += first_of(sets, log) == first ? sets->logs[log].size : 0;
    return size;
}

/* The largest set that is in no part yet; count without one. */
static size_t largest(const struct sets *sets, const unsigned *part_of)
{
    size_t best = sets->count;
    int64_t most = -1;

    for (size_t log = 0; log < sets->count; log++) {
        int64_t size = sets->logs[log].set == log && part_of[log] == PARTS_MAX ? size_of(sets, log) : -1;

        if (size > most) {
            most = size;
            best = log;
        }
    }
    return best;
}

static unsigned smallest_part(const int64_t *sizes, unsigned most)
{
    unsigned best = 0;

    for (unsigned part = 1; part < most; part++)
        best = sizes[part] < sizes[best] ? part : best;
    return best;
}

/* Largest set first, each to the part that has least. */
static int divide(const struct sets *sets, unsigned most, unsigned *part_of)
{
    int64_t sizes[PARTS_MAX] = { 0 };
    unsigned parts = 0;
    size_t first;

    for (size_t log = 0; log < sets->count; log++)
        part_of[log] = PARTS_MAX;
    while ((first = largest(sets, part_of)) != sets->count) {
        unsigned part = smallest_part(sizes, most);

        sizes[part] += size_of(sets, first) + 1;
        parts = part + 1 > parts ? part + 1 : parts;
        for (size_t log = first; log < sets->count; log++)
            part_of[log] = first_of(sets, log) == first ? part : part_of[log];
    }
    return (int)parts;
}

static int partition(struct sets *sets, const char *const *paths, const struct prefix_settings *settings, unsigned most,
                     unsigned *part_of, struct error *error)
{
    int result = 1;

    for (size_t log = 0; log < sets->count && result == 1; log++)
        result = look_at(sets, log, paths[log], settings, error);
    if (result == 1)
        return divide(sets, most, part_of);
    for (size_t log = 0; log < sets->count; log++)
        part_of[log] = 0;
    return result == 0 ? 1 : -1;
}

int partition_logs(const char *const *paths, size_t count, const struct prefix_settings *settings, unsigned most,
                   unsigned *part_of, struct error *error)
{
    struct prefix_settings mine = *settings;
    struct sets *sets = calloc(1, sizeof(*sets));
    int parts = -1;

    mine.writers = writers_new(0);
    if (sets != NULL && mine.writers != NULL && (sets->logs = calloc(count, sizeof(*sets->logs))) != NULL) {
        sets->count = count;
        parts = partition(sets, paths, &mine, most < PARTS_MAX ? most : PARTS_MAX, part_of, error);
    } else {
        error_set(error, ERROR_MEMORY, "out of memory");
    }
    writers_free(mine.writers);
    if (sets != NULL)
        free(sets->logs);
    free(sets);
    return parts;
}
