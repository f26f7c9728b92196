#include "keeper/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "follow/message.h"
#include "shared/civil.h"
#include "store/image.h"

enum {
    NAMES_LIMIT_FIRST = 65536, /* sender domains known before those of no message are forgotten */
    NAMES_LIMIT_MAX = MESSAGE_NAMES_MAX / 4 * 3
};

/* Completeness of the hour at hand, before it goes to the batch. */
struct present {
    struct view host; /* a writer's: lives as long as the writers */
    int64_t hour;
    struct completeness counts;
};

struct stream {
    struct stream_settings settings;
    struct stream_observer observer;
    struct correlate *correlate;
    struct writers *writers;
    struct batch *batch;
    uint32_t generation;
    bool ended, touched;
    const struct log_line *line; /* at hand */
    struct present present;
    struct correlate_counts seen; /* up to the line before */
    uint64_t refused;             /* likewise: lines of writers past the limit */
    uint64_t strange, gaps, cut;  /* not yet counted for want of an hour */
    int64_t newest;
    uint32_t names_limit;
    struct state parts[STATE_PARTS];
};

/* ---- what the correlation tells ---- */

static void on_delivery(void *context, const struct delivery *delivery)
{
    const struct stream *stream = context;

    batch_delivery(stream->batch, delivery);
    if (stream->observer.delivery != NULL)
        stream->observer.delivery(stream->settings.observer_context, delivery);
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    const struct stream *stream = context;

    batch_settle(stream->batch, stretch, proven);
    if (stream->observer.settle != NULL)
        stream->observer.settle(stream->settings.observer_context, stretch, proven);
}

static void on_expired(void *context, int64_t time, struct view sender_domain)
{
    const struct stream *stream = context;

    batch_expired(stream->batch, stream->line->writer->host, time, sender_domain);
}

static void on_submitted(void *context, int64_t time, struct view login, unsigned recipients)
{
    const struct stream *stream = context;

    batch_submitted(stream->batch, stream->line->writer->host, time, login, recipients);
}

static void keep_login(void *context, struct view login, struct buf *out)
{
    privacy_address(((const struct stream *)context)->settings.privacy, login, out);
}

static void on_record(void *context, int64_t time, const struct record *record)
{
    const struct stream *stream = context;

    batch_record(stream->batch, stream->line->writer->host, time, record);
    if (stream->observer.record != NULL)
        stream->observer.record(stream->settings.observer_context, time, record);
}

/* ---- open ---- */

static int64_t seed_of(struct ledger *ledger, struct error *error)
{
    int64_t seed = 0;

    return ledger_get(ledger, LEDGER_SEED, &seed, error) == -1 ? 0 : seed;
}

static const char *key_of(const char *what, uint32_t number, char key[32])
{
    snprintf(key, 32, "%s %u", what, (unsigned)number);
    return key;
}

static bool make_parts(struct stream *stream)
{
    struct correlate_sink sink = { .delivery = on_delivery,
                                   .settle = on_settle,
                                   .expired = on_expired,
                                   .submitted = on_submitted,
                                   .keep_login = keep_login,
                                   .record = on_record,
                                   .context = stream };
    uint64_t seed = stream->settings.correlate.seed;

    correlate_free(stream->correlate);
    writers_free(stream->writers);
    stream->writers = writers_new(seed);
    stream->correlate = correlate_new(&stream->settings.correlate, &sink);
    return stream->writers != NULL && stream->correlate != NULL;
}

/* 1: taken up; 0: there is nothing that can be used, *damaged says that there was something; -1 with the reason. */
static int take_up(struct stream *stream, bool *damaged, struct error *error)
{
    struct view parts[STATE_PARTS];
    char *images[STATE_PARTS] = { NULL };
    bool any = false, loaded;
    int result = 0;

    for (uint32_t part = 0; part < STATE_PARTS && result == 0; part++) {
        size_t size;

        result = ledger_load_image(stream->settings.ledger, stream->settings.number, part, &images[part], &size, error);
        parts[part] = (struct view){ images[part], images[part] == NULL ? 0 : size };
        any |= images[part] != NULL;
    }
    loaded = result == 0 && any && state_load(stream->correlate, stream->writers, parts);
    *damaged = any && !loaded;
    for (uint32_t part = 0; part < STATE_PARTS; part++)
        free(images[part]);
    return result == -1 ? -1 : loaded;
}

/* The next generation; the one before keeps its open verdicts for good. */
static int begin_anew(struct stream *stream, struct error *error)
{
    struct ledger *ledger = stream->settings.ledger;
    int64_t generation = 0;
    char key[32];

    if (!make_parts(stream))
        return error_set(error, ERROR_MEMORY, "out of memory");
    if (ledger_begin(ledger, error) == -1)
        return -1;
    if (stream_drop(ledger, stream->settings.number, error) == -1 ||
        ledger_get(ledger, LEDGER_GENERATION, &generation, error) == -1 ||
        ledger_set(ledger, LEDGER_GENERATION, generation + 1, error) == -1 ||
        ledger_set(ledger, key_of("generation", stream->settings.number, key), generation + 1, error) == -1 ||
        ledger_commit(ledger, error) == -1) {
        ledger_rollback(ledger);
        return -1;
    }
    stream->generation = (uint32_t)(generation + 1);
    return 0;
}

static int open_stream(struct stream *stream, bool *anew, struct error *error)
{
    struct ledger *ledger = stream->settings.ledger;
    int64_t generation = 0;
    char key[32];
    int result;

    stream->settings.correlate.seed = (uint64_t)seed_of(ledger, error);
    if (stream->settings.correlate.seed == 0)
        return -1;
    stream->batch = batch_new(stream->settings.correlate.seed, stream->settings.privacy, stream->settings.rules);
    if (stream->batch == NULL || !make_parts(stream))
        return error_set(error, ERROR_MEMORY, "out of memory");
    result = take_up(stream, anew, error);
    if (result == -1 ||
        ledger_get(ledger, key_of("generation", stream->settings.number, key), &generation, error) == -1 ||
        ledger_get(ledger, key_of(LEDGER_NEWEST, stream->settings.number, key), &stream->newest, error) == -1)
        return -1;
    stream->generation = (uint32_t)generation;
    if (result == 1 && generation != 0)
        return 0;
    if (begin_anew(stream, error) == -1)
        return -1;
    stream->gaps += *anew;
    return 0;
}

int stream_open(const struct stream_settings *settings, struct stream **out, bool *anew, struct error *error)
{
    struct stream *stream = calloc(1, sizeof(*stream));

    *anew = false;
    if (stream == NULL)
        return error_set(error, ERROR_MEMORY, "out of memory");
    stream->settings = *settings;
    if (settings->observer != NULL)
        stream->observer = *settings->observer;
    stream->names_limit = NAMES_LIMIT_FIRST;
    if (open_stream(stream, anew, error) == -1) {
        stream_free(stream);
        return -1;
    }
    *out = stream;
    return 0;
}

void stream_free(struct stream *stream)
{
    if (stream == NULL)
        return;
    for (size_t part = 0; part < STATE_PARTS; part++)
        state_done(&stream->parts[part]);
    correlate_free(stream->correlate);
    writers_free(stream->writers);
    batch_free(stream->batch);
    free(stream);
}

struct writers *stream_writers(const struct stream *stream)
{
    return stream->writers;
}

int64_t stream_newest(const struct stream *stream)
{
    return stream->newest;
}

/* ---- lines ---- */

static void flush_present(struct stream *stream)
{
    static const struct completeness none;

    if (memcmp(&stream->present.counts, &none, sizeof(none)) != 0)
        batch_completeness(stream->batch, stream->present.host, stream->present.hour, &stream->present.counts);
    stream->present.counts = none;
}

static void set_present(struct stream *stream, const struct log_line *line)
{
    struct present *present = &stream->present;

    if (line->time >= present->hour && line->time < present->hour + HOUR_MS &&
        view_eq(present->host, line->writer->host))
        return;
    flush_present(stream);
    present->host = line->writer->host;
    present->hour = floor_to(line->time, HOUR_MS);
}

/* What the correlation counts by itself, as far as it grew. */
static void count_new(struct stream *stream)
{
    struct correlate_counts now = correlate_counts(stream->correlate);
    struct completeness *counts = &stream->present.counts;

    counts->unparsed += now.strange - stream->seen.strange;
    counts->gaps += now.gaps - stream->seen.gaps;
    if (now.gaps > stream->seen.gaps && stream->observer.gap != NULL)
        stream->observer.gap(stream->settings.observer_context, stream->line->time, now.gaps - stream->seen.gaps);
    counts->evicted += now.processes_evicted - stream->seen.processes_evicted;
    counts->evicted += now.messages_evicted - stream->seen.messages_evicted;
    counts->evicted += writers_refused(stream->writers) - stream->refused;
    counts->names_refused += now.names_refused - stream->seen.names_refused;
    stream->refused = writers_refused(stream->writers);
    stream->seen = now;
}

static void apply_gap(struct stream *stream, const struct log_line *line)
{
    enum { SECOND_MS = 999 }; /* stamps without fractions */

    state_gap(stream->correlate, stream->writers, line->writer->host, line->time + SECOND_MS);
    stream->present.counts.gaps += stream->gaps;
    if (stream->observer.gap != NULL)
        stream->observer.gap(stream->settings.observer_context, line->time, stream->gaps);
    stream->gaps = 0;
}

void stream_line(struct stream *stream, const struct log_line *line)
{
    set_present(stream, line);
    stream->line = line;
    stream->touched = true;
    stream->present.counts.lines += 1 + stream->strange;
    stream->present.counts.of_mail += line->writer->program != PROGRAM_OTHER && line->writer->program != PROGRAM_LOGGER;
    stream->present.counts.unparsed += stream->strange;
    stream->present.counts.cut += stream->cut;
    stream->strange = stream->cut = 0;
    if (stream->gaps > 0)
        apply_gap(stream, line);
    correlate_line(stream->correlate, line);
    if (stream->observer.line != NULL)
        stream->observer.line(stream->settings.observer_context, line);
    count_new(stream);
    if (line->time > stream->newest)
        stream->newest = line->time;
}

void stream_strange(struct stream *stream, uint64_t lines)
{
    stream->strange += lines;
    stream->touched |= lines > 0;
}

void stream_cut(struct stream *stream, uint64_t lines)
{
    stream->cut += lines;
}

void stream_gap(struct stream *stream, uint64_t gaps)
{
    stream->gaps += gaps;
}

void stream_end(struct stream *stream)
{
    correlate_end(stream->correlate);
    stream->ended = stream->touched = true;
}

bool stream_is_empty(const struct stream *stream)
{
    return !stream->touched;
}

bool stream_is_full(const struct stream *stream)
{
    return batch_is_full(stream->batch);
}

/* ---- saving ---- */

static int save_parts(struct stream *stream, struct error *error)
{
    for (enum state_part part = STATE_WRITERS; part < STATE_PARTS; part++) {
        struct state *octets = &stream->parts[part];

        if (!state_save(stream->correlate, stream->writers, part, octets))
            return error_set(error, ERROR_MEMORY, "out of memory");
        if (ledger_save_image(stream->settings.ledger, stream->settings.number, part,
                              (struct view){ octets->p, octets->n }, error) == -1)
            return -1;
    }
    return 0;
}

int stream_save(struct stream *stream, struct error *error)
{
    struct ledger *ledger = stream->settings.ledger;
    char key[32];

    flush_present(stream);
    if (batch_save(stream->batch, ledger, stream->generation, error) == -1 ||
        ledger_set(ledger, key_of(LEDGER_NEWEST, stream->settings.number, key), stream->newest, error) == -1)
        return -1;
    if (stream->observer.save != NULL && stream->observer.save(stream->settings.observer_context, error) == -1)
        return -1;
    return stream->ended ? stream_drop(ledger, stream->settings.number, error) : save_parts(stream, error);
}

/* Names that are in use are not looked through again at each commit. */
static uint32_t next_limit(uint32_t names, uint32_t limit)
{
    if (names <= limit / 2)
        return limit;
    return names < NAMES_LIMIT_MAX / 2 ? names * 2 : NAMES_LIMIT_MAX;
}

void stream_saved(struct stream *stream)
{
    batch_clear(stream->batch);
    stream->touched = false;
    if (stream->observer.saved != NULL)
        stream->observer.saved(stream->settings.observer_context);
    stream->names_limit = next_limit(state_tidy(stream->correlate, stream->names_limit), stream->names_limit);
}

int stream_drop(struct ledger *ledger, uint32_t number, struct error *error)
{
    int64_t generation = 0;
    char key[32];

    if (ledger_get(ledger, key_of("generation", number, key), &generation, error) == -1)
        return -1;
    if (generation != 0 && (ledger_settle_generation(ledger, (uint32_t)generation, error) == -1 ||
                            ledger_set(ledger, key, 0, error) == -1))
        return -1;
    return ledger_drop_images(ledger, number, error);
}
