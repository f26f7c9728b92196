#include "keeper/import.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "store/upkeep.h"

#define READ_LIVE VIEW("@live")     /* source of a position: read by the live stream from the command line */
#define READ_IMPORT VIEW("@import") /* read by the import stream */

enum {
    ORDER_MS = 2000, /* that lines of one time may be apart in several files */
    /* After so many, commit.  More than live: nobody waits for one line of an old log, and each commit writes a row for
     * every domain that it met. */
    IMPORT_BATCH_LINES = 1000000
};

/* A file on its way in. */
struct entry {
    const char *path;
    struct log_file *file; /* open while it is read; standard input from the first look on */
    ptrdiff_t position;
    bool has_line; /* that is new */
    int64_t time;  /* of that line, ms */
    /* What was read with the first look cannot be read again where the file is a pipe. */
    char *first;
    size_t first_length;
    uint64_t strange,
        cut; /* lines before it that are none of a log, or only the beginnings of lines; not counted yet */
};

struct import {
    struct live *live;
    const struct live_settings *settings;
    struct import_counts *counts;
    struct stream *stream; /* that of imports, while it is open */
    struct entry *entries;
    size_t count;
    uint64_t seed;
    struct error *error;
};

static int no_memory(const struct import *import)
{
    return error_set(import->error, ERROR_MEMORY, "out of memory");
}

/* ---- a look at the files ---- */

/* A line, or what stands at the end of a file that nobody writes any more: 1; 0 at the end; -1. */
static int next_text(const struct import *import, struct entry *entry, struct view *text)
{
    int result = log_file_line(entry->file, text, import->error);

    if (result == 0 && log_file_is_packed(entry->file))
        result = log_file_rest(entry->file, text);
    entry->cut += result == 1 && log_file_is_cut(entry->file);
    return result;
}

static struct prefix_settings prefix_of(const struct import *import, const struct entry *entry, struct writers *writers)
{
    int64_t written = log_file_written(entry->file);

    return (struct prefix_settings){ .writers = writers,
                                     .utc = import->settings->utc,
                                     .newest = written != 0 ? written : (int64_t)time(NULL) };
}

static int keep_first(const struct import *import, struct entry *entry, struct view text, int64_t time)
{
    entry->first = malloc(text.n + 1);
    if (entry->first == NULL)
        return no_memory(import);
    memcpy(entry->first, text.p, text.n);
    entry->first_length = text.n;
    entry->time = time;
    entry->has_line = true;
    return 0;
}

static int find_first(const struct import *import, struct entry *entry, struct prefix *prefix)
{
    struct view text;
    int result;

    while ((result = next_text(import, entry, &text)) == 1) {
        struct log_line line;
        enum prefix_result found = prefix_parse(prefix, text, &line);

        if (found == PREFIX_FOUND)
            return keep_first(import, entry, text, line.time);
        entry->strange += found == PREFIX_STRANGE;
    }
    return result;
}

/* The first new line decides order and stream.  Its writer belongs to no stream yet. */
static int look_at(const struct import *import, struct entry *entry)
{
    struct writers *writers = writers_new(1);
    struct prefix_settings settings = prefix_of(import, entry, writers);
    struct prefix prefix;
    int result;

    if (writers == NULL)
        return no_memory(import);
    prefix_init(&prefix, &settings);
    result = find_first(import, entry, &prefix);
    prefix_done(&prefix);
    writers_free(writers);
    return result;
}

/* Behind what was read of it before.  0: it is shorter, a part of a known file. */
static int open_file(const struct import *import, struct entry *entry, uint64_t seed)
{
    const struct positions *positions = &import->live->positions;

    if (log_file_open(entry->path, seed, &entry->file, import->error) == -1)
        return -1;
    entry->position = positions_find(positions, entry->file);
    if (entry->position == POSITION_UNKNOWN)
        return 1;
    return log_file_skip(entry->file, positions->list[entry->position].offset, import->error);
}

/* Many packed files at once would need much memory: what can be opened again is closed until its turn comes. */
static void put_away(struct entry *entry)
{
    if (log_file_written(entry->file) == 0)
        return;
    log_file_close(entry->file);
    free(entry->first);
    entry->file = NULL;
    entry->first = NULL;
    entry->strange = entry->cut = 0;
}

static int open_entry(const struct import *import, struct entry *entry)
{
    int result = open_file(import, entry, import->seed);

    if (result == 1)
        result = look_at(import, entry);
    if (result == -1)
        return -1;
    import->counts->files++;
    import->counts->known += !entry->has_line && entry->position != POSITION_UNKNOWN;
    put_away(entry);
    return 0;
}

static int by_first_line(const void *a, const void *b)
{
    const struct entry *one = a, *other = b;

    return (one->time > other->time) - (one->time < other->time);
}

static int open_entries(struct import *import, const char *const *paths, size_t count)
{
    int64_t seed = 0;

    if (ledger_get(import->live->ledger, LEDGER_SEED, &seed, import->error) == -1)
        return -1;
    import->seed = (uint64_t)seed;
    import->entries = calloc(count, sizeof(*import->entries));
    if (import->entries == NULL)
        return no_memory(import);
    while (import->count < count) {
        struct entry *entry = &import->entries[import->count];

        entry->path = paths[import->count++];
        if (open_entry(import, entry) == -1)
            return -1;
    }
    qsort(import->entries, import->count, sizeof(*import->entries), by_first_line);
    return 0;
}

static void close_entries(struct import *import)
{
    for (size_t i = 0; i < import->count; i++) {
        log_file_close(import->entries[i].file);
        free(import->entries[i].first);
    }
    free(import->entries);
}

/* ---- which stream ---- */

static struct view source_of(const struct import *import, const struct entry *entry)
{
    static const struct view none;

    return entry->position == POSITION_UNKNOWN ? none : import->live->positions.list[entry->position].source;
}

/* Some of these files were read by an import that did not come to its end. */
static bool goes_on_with_import(const struct import *import)
{
    for (size_t i = 0; i < import->count; i++) {
        if (view_eq(source_of(import, &import->entries[i]), READ_IMPORT))
            return true;
    }
    return false;
}

/* Behind all that was counted: the live stream goes on with them. */
static bool is_live(const struct import *import)
{
    int64_t newest = stream_newest(import->live->stream);

    for (size_t i = 0; i < import->count; i++) {
        const struct entry *entry = &import->entries[i];

        if (entry->has_line && view_eq(source_of(import, entry), READ_LIVE))
            return true;
        if (entry->has_line)
            return newest == 0 || entry->time >= newest - ORDER_MS;
    }
    return true;
}

static int open_import_stream(struct import *import, bool go_on)
{
    const struct stream_settings settings = { .ledger = import->live->ledger,
                                              .number = STREAM_IMPORT,
                                              .correlate = import->settings->correlate,
                                              .privacy = import->settings->privacy,
                                              .rules = import->settings->rules };
    struct ledger *ledger = import->live->ledger;
    bool anew;

    if (!go_on) {
        if (ledger_begin(ledger, import->error) == -1)
            return -1;
        if (stream_drop(ledger, STREAM_IMPORT, import->error) == -1 || ledger_commit(ledger, import->error) == -1) {
            ledger_rollback(ledger);
            return -1;
        }
    }
    return stream_open(&settings, &import->stream, &anew, import->error);
}

/* ---- reading ---- */

static int save_all(struct import *import, struct stream *stream, struct entry *entry)
{
    struct live *live = import->live;

    if (stream_save(stream, import->error) == -1)
        return -1;
    if (entry != NULL &&
        positions_note(&live->positions, entry->file, false, stream == live->stream ? READ_LIVE : READ_IMPORT,
                       &entry->position, import->error) == -1)
        return -1;
    if (live_save_positions(live, import->error) == -1 || ledger_limit(live->ledger, import->error) == -1)
        return -1;
    return ledger_set(live->ledger, LEDGER_WRITTEN, (int64_t)time(NULL) * 1000, import->error);
}

static int commit(struct import *import, struct stream *stream, struct entry *entry)
{
    struct ledger *ledger = import->live->ledger;

    if (ledger_begin(ledger, import->error) == -1)
        return -1;
    if (save_all(import, stream, entry) == -1 || ledger_commit(ledger, import->error) == -1) {
        ledger_rollback(ledger);
        return -1;
    }
    stream_saved(stream);
    live_positions_saved(import->live);
    return 0;
}

/* Losses are known before the line behind them is counted. */
static void take_losses(struct entry *entry, struct stream *stream)
{
    stream_strange(stream, entry->strange);
    stream_cut(stream, entry->cut);
    entry->strange = entry->cut = 0;
}

static void take_line(struct import *import, struct stream *stream, struct prefix *prefix, struct view text)
{
    struct log_line line;
    enum prefix_result found = prefix_parse(prefix, text, &line);

    if (found == PREFIX_FOUND) {
        stream_line(stream, &line);
        import->counts->lines++;
    } else {
        stream_strange(stream, found == PREFIX_STRANGE);
    }
}

static int read_lines(struct import *import, struct entry *entry, struct stream *stream, struct prefix *prefix)
{
    struct view text = { entry->first, entry->first_length };
    int result = entry->first != NULL ? 1 : next_text(import, entry, &text);
    uint64_t lines = 0;

    for (; result == 1; result = next_text(import, entry, &text)) {
        take_losses(entry, stream);
        take_line(import, stream, prefix, text);
        if (++lines % IMPORT_BATCH_LINES != 0 && !stream_is_full(stream))
            continue;
        if (commit(import, stream, entry) == -1)
            return -1;
    }
    return result == -1 ? -1 : commit(import, stream, entry);
}

static int read_entry(struct import *import, struct entry *entry, struct stream *stream)
{
    struct prefix_settings settings;
    struct prefix prefix;
    int result = entry->file != NULL ? 1 : open_file(import, entry, import->seed);

    if (result != 1)
        return result;
    settings = prefix_of(import, entry, stream_writers(stream));
    prefix_init(&prefix, &settings);
    result = read_lines(import, entry, stream, &prefix);
    prefix_done(&prefix);
    log_file_close(entry->file);
    entry->file = NULL;
    return result;
}

/* A file that is also read live stays with its stream. */
static struct stream *stream_of(const struct import *import, const struct entry *entry)
{
    struct view source = source_of(import, entry);
    bool is_tailed = source.n > 0 && !view_eq(source, READ_LIVE) && !view_eq(source, READ_IMPORT);

    return import->stream == NULL || is_tailed ? import->live->stream : import->stream;
}

static int read_entries(struct import *import)
{
    bool go_on = goes_on_with_import(import);

    if ((go_on || !is_live(import)) && open_import_stream(import, go_on) == -1)
        return -1;
    for (size_t i = 0; i < import->count; i++) {
        struct entry *entry = &import->entries[i];

        if (entry->has_line && read_entry(import, entry, stream_of(import, entry)) == -1)
            return -1;
    }
    if (import->stream == NULL)
        return 0;
    stream_end(import->stream);
    return commit(import, import->stream, NULL);
}

int import_files(struct live *live, const struct live_settings *settings, const char *const *paths, size_t count,
                 struct import_counts *counts, struct error *error)
{
    struct import import = { .live = live, .settings = settings, .counts = counts, .error = error };
    int result;

    *counts = (struct import_counts){ 0 };
    result = open_entries(&import, paths, count);
    if (result == 0)
        result = read_entries(&import);
    stream_free(import.stream);
    close_entries(&import);
    return result;
}
