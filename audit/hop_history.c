#include "audit/hop_history.h"

#include <stdlib.h>

struct hop_history {
    struct names *names;
    struct hop_evidence *rows; /* by id of names, minus 1 */
    uint32_t room, until;
    struct arena arena; /* relays' names */
    uint64_t dropped;
};

struct hop_history *hop_history_new(uint32_t until, uint64_t seed)
{
    struct hop_history *history = calloc(1, sizeof(*history));

    if (history == NULL)
        return NULL;
    arena_init(&history->arena, 0);
    history->until = until;
    history->names = names_new(HOPS_MAX, seed);
    if (history->names == NULL) {
        hop_history_free(history);
        return NULL;
    }
    return history;
}

void hop_history_free(struct hop_history *history)
{
    if (history == NULL)
        return;
    names_free(history->names);
    arena_done(&history->arena);
    free(history->rows);
    free(history);
}

static bool make_room(struct hop_history *history, uint32_t id)
{
    uint32_t room = history->room == 0 ? 64 : history->room;
    struct hop_evidence *rows;

    while (room < id)
        room *= 2;
    if (room == history->room)
        return true;
    rows = realloc(history->rows, room * sizeof(*rows));
    if (rows == NULL)
        return false;
    memset(rows + history->room, 0, (room - history->room) * sizeof(*rows));
    history->rows = rows;
    history->room = room;
    return true;
}

static struct hop_evidence *find_or_make(struct hop_history *history, struct view hop)
{
    uint32_t id = names_add(history->names, hop);

    if (id == 0 || !make_room(history, id)) {
        history->dropped++;
        return NULL;
    }
    history->rows[id - 1].hop = names_text(history->names, id);
    return &history->rows[id - 1];
}

uint64_t hop_failures(const uint64_t failures[TLS_FAILURE_COUNT])
{
    return failures[TLS_FAILURE_NOT_OFFERED] + failures[TLS_FAILURE_REFUSED] + failures[TLS_FAILURE_HANDSHAKE] +
           failures[TLS_FAILURE_CERTIFICATE] + failures[TLS_FAILURE_LOCAL];
}

/* A certificate that a stricter level refused is no exception: the session was encrypted. */
static uint64_t exceptions_of(const struct hop_day *day)
{
    return day->plaintext + day->unknown + day->plaintext_attempts + day->failures[TLS_FAILURE_NOT_OFFERED] +
           day->failures[TLS_FAILURE_REFUSED] + day->failures[TLS_FAILURE_HANDSHAKE];
}

static void begin_again(struct hop_evidence *row, const struct hop_day *day)
{
    row->exceptions = (row->exception_day == day->day ? row->exceptions : 0) + exceptions_of(day);
    row->exception_day = day->day;
    row->since = 0;
    row->deliveries = 0;
    memset(row->levels, 0, sizeof(row->levels));
}

static void go_on(struct hop_evidence *row, const struct hop_day *day)
{
    if (row->since == 0)
        row->since = day->day;
    row->deliveries += day->encrypted;
    for (size_t i = 0; i < PEER_LEVEL_COUNT; i++)
        row->levels[i] += day->levels[i];
}

static void add_recent(struct hop_evidence *row, const struct hop_day *day)
{
    row->recent_sent += day->encrypted + day->plaintext + day->unknown;
    for (size_t i = 0; i < TLS_FAILURE_COUNT; i++)
        row->recent_failures[i] += day->failures[i];
    if (hop_failures(day->failures) > 0)
        row->recent_day = day->day;
}

void hop_history_add(struct hop_history *history, struct view hop, const struct hop_day *day)
{
    struct hop_evidence *row = find_or_make(history, hop);

    if (row == NULL)
        return;
    if (exceptions_of(day) > 0)
        begin_again(row, day);
    else if (day->encrypted > 0 && row->exception_day != day->day) /* also of another domain by the same hop */
        go_on(row, day);
    if (day->encrypted > 0)
        row->last_encrypted = day->day;
    if (day->plaintext > 0)
        row->last_plaintext = day->day;
    row->encrypted += day->encrypted;
    row->plaintext += day->plaintext;
    row->unknown += day->unknown;
    if (day->day + HOP_RECENT_DAYS > history->until)
        add_recent(row, day);
}

void hop_history_relay(struct hop_history *history, struct view hop, struct view relay)
{
    struct hop_evidence *row = find_or_make(history, hop);

    if (row == NULL)
        return;
    for (size_t i = 0; i < row->relay_count && i < HOP_RELAYS_MAX; i++) {
        if (view_eq_nocase(row->relays[i], relay))
            return;
    }
    if (row->relay_count < HOP_RELAYS_MAX) {
        row->relays[row->relay_count] = arena_copy(&history->arena, relay);
        if (row->relays[row->relay_count].p == NULL)
            return;
    }
    row->relay_count++;
}

const struct hop_evidence *hop_history_find(const struct hop_history *history, struct view hop)
{
    uint32_t id = names_find(history->names, hop);

    return id == 0 || id > history->room ? NULL : &history->rows[id - 1];
}

const struct hop_evidence *hop_history_at(const struct hop_history *history, size_t index)
{
    return index < names_count(history->names) && index < history->room ? &history->rows[index] : NULL;
}

uint64_t hop_history_dropped(const struct hop_history *history)
{
    return history->dropped;
}
