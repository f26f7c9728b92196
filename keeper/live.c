#include "keeper/live.h"

#include <string.h>

#include "store/position.h"

/* ---- open ---- */

static void on_position(void *context, const struct position *position)
{
    struct live *live = context;

    if (positions_add(&live->positions, position) && position->id > live->last_position)
        live->last_position = position->id;
}

static int open_files(struct live *live, const struct live_settings *settings, struct error *error)
{
    const struct follow_settings *follow = settings->follow;
    const struct prefix_settings prefix = { .writers = stream_writers(live->stream), .utc = settings->utc };
    int64_t seed = 0;

    if (follow->file_count > LIVE_SOURCES_MAX - 1)
        return error_set(error, ERROR_LIMIT, "`follow` names more than %d files", LIVE_SOURCES_MAX - 1);
    if (ledger_get(settings->ledger, LEDGER_SEED, &seed, error) == -1)
        return -1;
    for (size_t i = 0; i < follow->file_count; i++) {
        if (inlet_open_file(&live->inlets[live->count], follow->files[i].p, &live->positions, &prefix, (uint64_t)seed,
                            error) == -1)
            return -1;
        live->count++;
    }
    return 0;
}

/* Without a word about sources it is the journal. */
static bool wants_journal(const struct live_settings *settings)
{
    return settings->follow->journal || settings->follow->file_count == 0;
}

static int open_journal(struct live *live, const struct live_settings *settings, struct error *error)
{
    const struct journal_settings journal = { .directory = settings->journal_directory,
                                              .users = settings->users,
                                              .user_count = settings->user_count,
                                              .writers = stream_writers(live->stream) };

    if (inlet_open_journal(&live->inlets[live->count++], &journal, settings->ledger, error) == -1)
        return -1;
    return 0;
}

int live_open(struct live *live, const struct live_settings *settings, bool *anew, struct error *error)
{
    const struct stream_settings stream = { .ledger = settings->ledger,
                                            .number = STREAM_LIVE,
                                            .correlate = settings->correlate,
                                            .privacy = settings->privacy,
                                            .rules = settings->rules,
                                            .observer = settings->observer,
                                            .observer_context = settings->observer_context };

    *live = (struct live){ .ledger = settings->ledger };
    positions_init(&live->positions);
    if (ledger_positions(live->ledger, on_position, live, error) == -1 ||
        stream_open(&stream, &live->stream, anew, error) == -1)
        return -1;
    if (settings->imports_only)
        return 0;
    if (wants_journal(settings) && open_journal(live, settings, error) == -1)
        return -1;
    return open_files(live, settings, error);
}

void live_close(struct live *live)
{
    for (size_t i = 0; i < live->count; i++)
        inlet_close(&live->inlets[i]);
    stream_free(live->stream);
    positions_done(&live->positions);
    *live = (struct live){ .count = 0 };
}

/* ---- lines ---- */

void live_wake(struct live *live, int64_t now)
{
    for (size_t i = 0; i < live->count; i++)
        inlet_wake(&live->inlets[i], now);
}

/* Losses are known before the line behind them is counted. */
static void take_losses(struct live *live, struct inlet *inlet)
{
    stream_gap(live->stream, inlet->gaps);
    stream_strange(live->stream, inlet->strange);
    stream_cut(live->stream, inlet->cut);
    inlet->gaps = inlet->strange = inlet->cut = 0;
}

/* The source with the oldest line; NULL when all are dry. */
static struct inlet *oldest_line(struct live *live)
{
    struct inlet *oldest = NULL;

    for (size_t i = 0; i < live->count; i++) {
        struct inlet *inlet = &live->inlets[i];

        if (inlet_next(inlet) && (oldest == NULL || log_line_is_before(&inlet->line, &oldest->line)))
            oldest = inlet;
        take_losses(live, inlet);
    }
    return oldest;
}

enum live_state live_drain(struct live *live, int64_t now_ms)
{
    for (uint64_t lines = 0; lines < LIVE_BATCH_LINES && !stream_is_full(live->stream); lines++) {
        struct inlet *inlet = oldest_line(live);

        if (inlet == NULL)
            return LIVE_DRY;
        if (live->count > 1 && now_ms != INT64_MAX && inlet->line.time > now_ms - LIVE_MERGE_MS &&
            inlet->line.time <= now_ms + LIVE_MERGE_MS)
            return LIVE_HELD;
        stream_line(live->stream, &inlet->line);
        inlet->waiting = false;
    }
    return LIVE_MORE;
}

/* ---- keeping ---- */

bool live_is_kept(const struct live *live)
{
    return stream_is_empty(live->stream);
}

int live_save_positions(struct live *live, struct error *error)
{
    for (size_t i = 0; i < live->positions.count; i++) {
        struct position *position = &live->positions.list[i];

        if (!live->positions.changed[i])
            continue;
        if (position->id == 0)
            position->id = ++live->last_position;
        if (ledger_save_position(live->ledger, position, error) == -1)
            return -1;
    }
    return 0;
}

void live_positions_saved(struct live *live)
{
    for (size_t i = 0; i < live->positions.count; i++)
        live->positions.changed[i] = false;
}

int live_register(struct live *live, int64_t now, struct error *error)
{
    bool any = false;

    for (size_t i = 0; i < live->count; i++)
        any |= inlet_register(&live->inlets[i], now);
    if (!any)
        return 0;
    if (ledger_begin(live->ledger, error) == -1)
        return -1;
    if (live_save_positions(live, error) == -1 || ledger_commit(live->ledger, error) == -1) {
        ledger_rollback(live->ledger);
        return -1;
    }
    live_positions_saved(live);
    return 0;
}

static int save_all(struct live *live, int64_t now_ms, struct error *error)
{
    if (stream_save(live->stream, error) == -1)
        return -1;
    for (size_t i = 0; i < live->count; i++) {
        if (inlet_note(&live->inlets[i], live->ledger, error) == -1)
            return -1;
    }
    if (live_save_positions(live, error) == -1)
        return -1;
    return ledger_set(live->ledger, LEDGER_WRITTEN, now_ms, error);
}

int live_commit(struct live *live, int64_t now_ms, struct error *error)
{
    if (ledger_begin(live->ledger, error) == -1)
        return -1;
    if (save_all(live, now_ms, error) == -1 || ledger_commit(live->ledger, error) == -1) {
        ledger_rollback(live->ledger);
        return -1;
    }
    stream_saved(live->stream);
    live_positions_saved(live);
    return 0;
}

bool live_watch(struct live *live, int inotify_fd)
{
    bool all = true;

    for (size_t i = 0; i < live->count; i++)
        all &= inlet_watch(&live->inlets[i], inotify_fd);
    return all;
}
