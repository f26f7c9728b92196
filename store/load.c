/* Totals of a period, out of the ledger into a tally. */
#include <string.h>

#include "store/row.h"
#include "store/totals.h"
#include "store/what.h"

enum { UNTIL_MAX_DAYS = 4000000 }; /* an open end lies here: no stamp reaches it, and no product overflows */

struct loading {
    struct ledger *ledger;
    struct error *error;
    struct tally *tally;
    struct ledger_loaded *out;
    struct tally_counts counts;
    int64_t values[SHELF_COLUMNS_MAX]; /* of the row at hand */
    const struct shelf *shelf;
    struct names *hosts;
};

/* ---- columns ---- */

static uint64_t count_at(const struct loading *loading, size_t column)
{
    int64_t value = loading->values[column];

    return value < 0 ? 0 : (uint64_t)value; /* below 0 only in a ledger that someone else wrote */
}

static struct cell cell_of(const struct loading *loading)
{
    size_t at = loading->shelf->cell;

    return (struct cell){
        .sent = count_at(loading, at + CELL_SENT),
        .encrypted = count_at(loading, at + CELL_ENCRYPTED),
        .plaintext = count_at(loading, at + CELL_PLAINTEXT),
        .unknown = count_at(loading, at + CELL_UNKNOWN),
        .deferred = count_at(loading, at + CELL_DEFERRED),
        .bounced = count_at(loading, at + CELL_BOUNCED),
        .plaintext_attempts = count_at(loading, at + CELL_PLAINTEXT_ATTEMPTS),
        .last_plaintext = loading->values[at + CELL_LAST_PLAINTEXT],
        .last_encrypted = loading->values[at + CELL_LAST_ENCRYPTED],
    };
}

static int name_at(const struct loading *loading, size_t column, struct view *out)
{
    return database_name_text(loading->ledger, loading->values[column], out, loading->error);
}

/* A number that names one of `limit` things. */
static unsigned choice_at(const struct loading *loading, size_t column, unsigned limit)
{
    uint64_t value = count_at(loading, column);

    return value < limit ? (unsigned)value : 0;
}

static void counts_at(const struct loading *loading, size_t column, uint32_t *counts, size_t number)
{
    for (size_t i = 0; i < number; i++)
        counts[i] = (uint32_t)count_at(loading, column + i);
}

static int no_memory(const struct loading *loading)
{
    return error_set(loading->error, ERROR_MEMORY, "%s: out of memory", loading->ledger->path);
}

/* ---- one function for each shelf ---- */

static int take_total(struct loading *loading)
{
    enum hop hop = (enum hop)choice_at(loading, SHELF_KEYS, HOP_COUNT);
    struct cell cell = cell_of(loading);

    tally_put_totals(loading->tally, hop, &cell);
    if (hop != HOP_DIRECT)
        return 0;
    if (loading->values[SHELF_KEYS + 1] != 0)
        loading->counts.unknown[UNKNOWN_LOGGING_UNPROVEN] += cell.unknown;
    return tally_put_hour(loading->tally, loading->values[SHELF_BEGIN], &cell) ? 0 : no_memory(loading);
}

static int keep_host(struct loading *loading)
{
    struct view host;

    if (name_at(loading, SHELF_HOST, &host) == -1)
        return -1;
    if (loading->hosts == NULL && (loading->hosts = names_new(LEDGER_HOSTS_MAX, tally_seed(loading->tally))) == NULL)
        return no_memory(loading);
    names_add(loading->hosts, host);
    return 0;
}

static int take_count(struct loading *loading)
{
    struct view what;
    size_t index;
    uint64_t *to;

    if (name_at(loading, SHELF_KEYS, &what) == -1)
        return -1;
    index = what_find(what);
    if (index == what_count)
        return 0;
    if (what_table[index].at == offsetof(struct completeness, of_mail) && !what_table[index].of_tally &&
        keep_host(loading) == -1)
        return -1;
    to = what_table[index].of_tally ? what_of_tally(&loading->counts, index)
                                    : what_of_completeness(&loading->out->completeness, index);
    *to += count_at(loading, SHELF_KEYS + 1);
    return 0;
}

static int take_span(struct loading *loading)
{
    struct tally_counts *counts = &loading->counts;
    int64_t first = loading->values[SHELF_KEYS], last = loading->values[SHELF_KEYS + 1];

    if (first != 0 && (counts->first == 0 || first < counts->first))
        counts->first = first;
    if (last > counts->last)
        counts->last = last;
    return keep_host(loading);
}

/* A day's row, of which only the quarters within the period count. */
static bool put_quarters(const struct loading *loading, const struct tally_volume *key)
{
    const struct ledger_period *period = &loading->out->period;
    int64_t begin = loading->values[SHELF_BEGIN];
    uint32_t counts[VOLUME_BUCKETS];

    for (size_t i = 0; i < VOLUME_BUCKETS; i++) {
        int64_t quarter = begin + (int64_t)i * VOLUME_BUCKET_MS;
        uint64_t count = count_at(loading, VOLUME_QUARTERS + i);

        counts[i] = count < UINT32_MAX ? (uint32_t)count : UINT32_MAX;
        if (quarter < period->from || quarter >= period->until)
            counts[i] = 0;
    }
    return tally_put_volumes(loading->tally, key, begin, counts, VOLUME_BUCKETS);
}

/* Kinds of a later version are left out. */
static int take_volume(struct loading *loading)
{
    int64_t by = loading->values[VOLUME_KIND];
    struct tally_volume key = { .receiver = (enum receiver)choice_at(loading, VOLUME_RECEIVER, RECEIVER_COUNT),
                                .origin = (enum origin)choice_at(loading, VOLUME_ORIGIN, ORIGIN_COUNT) };

    if (by < 0 || by >= VOLUME_BY_COUNT)
        return 0;
    key.by = (enum volume_by)by;
    if (name_at(loading, VOLUME_NAME, &key.name) == -1)
        return -1;
    return put_quarters(loading, &key) ? 0 : no_memory(loading);
}

static int take_form(struct loading *loading)
{
    size_t at = SHELF_KEYS + 2;
    struct form seen = { 0 };
    struct tally_form form = { .receiver = (enum receiver)choice_at(loading, SHELF_KEYS, RECEIVER_COUNT),
                               .counts = &seen };
    uint64_t *const counts[] = { &seen.messages,           &seen.unsigned_ones,     &seen.unaligned,
                                 &seen.unaligned_unsigned, &seen.without_one_click, &seen.faulty };

    if (name_at(loading, SHELF_KEYS + 1, &form.domain) == -1)
        return -1;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        *counts[i] = count_at(loading, at++);
    for (size_t i = 0; i < format_fault_count && i < TALLY_FAULTS_MAX; i++)
        seen.faults[i] = count_at(loading, at++);
    return tally_put_form(loading->tally, &form) ? 0 : no_memory(loading);
}

static int take_destination(struct loading *loading)
{
    uint32_t levels[PEER_LEVEL_COUNT], versions[VERSION_COUNT], failures[TLS_FAILURE_COUNT];
    size_t at = loading->shelf->cell + CELL_COLUMNS;
    struct cell cell = cell_of(loading);
    struct tally_destination row = { .cell = &cell, .levels = levels, .versions = versions, .failures = failures };

    if (name_at(loading, SHELF_KEYS, &row.domain) == -1)
        return -1;
    counts_at(loading, at, levels, PEER_LEVEL_COUNT);
    counts_at(loading, at + PEER_LEVEL_COUNT, versions, VERSION_COUNT);
    counts_at(loading, at + PEER_LEVEL_COUNT + VERSION_COUNT, failures, TLS_FAILURE_COUNT);
    return tally_put_destination(loading->tally, &row) ? 0 : no_memory(loading);
}

static int take_sender(struct loading *loading)
{
    struct cell cell = cell_of(loading);
    static const struct cell none;
    size_t at = loading->shelf->cell + CELL_COLUMNS;
    bool to_gmail = loading->values[SHELF_KEYS + 2] != 0;
    struct tally_sender row = {
        .origin = (enum origin)choice_at(loading, SHELF_KEYS, ORIGIN_COUNT),
        .cell = to_gmail ? &none : &cell,
        .gmail_cell = to_gmail ? &cell : NULL,
        .via_smarthost = count_at(loading, at),
        .gmail = count_at(loading, at + 1),
    };

    if (name_at(loading, SHELF_KEYS + 1, &row.domain) == -1)
        return -1;
    return tally_put_sender(loading->tally, &row) ? 0 : no_memory(loading);
}

static int take_refusal(struct loading *loading)
{
    enum origin origin = (enum origin)choice_at(loading, SHELF_KEYS, ORIGIN_COUNT);
    struct view domain, code;

    if (name_at(loading, SHELF_KEYS + 1, &domain) == -1 || name_at(loading, SHELF_KEYS + 2, &code) == -1)
        return -1;
    return tally_put_refusal(loading->tally, origin, domain, code, count_at(loading, SHELF_KEYS + 3))
               ? 0
               : no_memory(loading);
}

static int take_leak(struct loading *loading)
{
    struct cell cell = cell_of(loading);
    struct tally_leak row = { .cause = (enum plaintext_cause)choice_at(loading, SHELF_KEYS + 1, CAUSE_COUNT),
                              .cell = &cell };

    if (name_at(loading, SHELF_KEYS, &row.domain) == -1 || name_at(loading, SHELF_KEYS + 2, &row.sender) == -1)
        return -1;
    return tally_put_leak(loading->tally, &row) ? 0 : no_memory(loading);
}

static int take_word(struct loading *loading)
{
    struct view word;

    if (name_at(loading, SHELF_KEYS + 1, &word) == -1)
        return -1;
    return tally_put_word(loading->tally, (enum tally_word)choice_at(loading, SHELF_KEYS, WORD_KINDS), word,
                          count_at(loading, SHELF_KEYS + 2))
               ? 0
               : no_memory(loading);
}

static int take_submission(struct loading *loading)
{
    struct tally_submission row = { .last = loading->values[SHELF_KEYS + 11] };
    struct view *const names[] = { &row.listener, &row.login, &row.client, &row.tls, &row.mechanism };
    uint64_t *const counts[] = { &row.accepted, &row.tagged, &row.held, &row.rejected, &row.deferred, &row.would };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (name_at(loading, SHELF_KEYS + i, names[i]) == -1)
            return -1;
    }
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        *counts[i] = count_at(loading, SHELF_KEYS + 5 + i);
    return tally_put_submission(loading->tally, &row) ? 0 : no_memory(loading);
}

static int (*const takers[SHELF_COUNT])(struct loading *) = {
    [SHELF_TOTALS] = take_total,
    [SHELF_COUNTS] = take_count,
    [SHELF_SPANS] = take_span,
    [SHELF_VOLUMES] = take_volume,
    [SHELF_DESTINATIONS] = take_destination,
    [SHELF_SENDERS] = take_sender,
    [SHELF_REFUSALS] = take_refusal,
    [SHELF_LEAKS] = take_leak,
    [SHELF_WORDS] = take_word,
    [SHELF_SUBMISSIONS] = take_submission,
    [SHELF_FORMS] = take_form,
};

/* ---- which tables hold a period ---- */

static int read_rows(struct loading *loading, enum shelf_id id, sqlite3_stmt *statement)
{
    int got;

    loading->shelf = &shelves[id];
    while ((got = database_step(loading->ledger, statement, loading->error)) == 1) {
        for (size_t i = 0; i < loading->shelf->count; i++)
            loading->values[i] = sqlite3_column_int64(statement, (int)i);
        if (takers[id](loading) == -1)
            return -1;
    }
    return got;
}

static int read_shelf(struct loading *loading, enum shelf_id id, enum span span, int64_t from, int64_t until)
{
    char sql[SHELF_SQL_MAX];
    struct buf text = BUF(sql);
    sqlite3_stmt *statement;
    int result;

    if (from >= until)
        return 0;
    shelf_read_sql(&text, &shelves[id], span);
    statement = database_prepare(loading->ledger, buf_text(&text), loading->error);
    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, from);
    sqlite3_bind_int64(statement, 2, until);
    result = read_rows(loading, id, statement);
    sqlite3_finalize(statement);
    return result;
}

static int64_t ceil_to(int64_t time, int64_t unit)
{
    return -floor_to(-time, unit);
}

/* Whole hours; whole days where the ledger keeps no hours any more. */
static struct ledger_period round_out(struct ledger_period asked, int64_t hours_since)
{
    const int64_t end = (int64_t)UNTIL_MAX_DAYS * DAY_MS;
    struct ledger_period period = { floor_to(asked.from < 0 ? 0 : asked.from, HOUR_MS),
                                    asked.until == 0 || asked.until > end ? end : ceil_to(asked.until, HOUR_MS) };

    if (period.from < hours_since)
        period.from = floor_to(period.from, DAY_MS);
    if (period.until < hours_since)
        period.until = ceil_to(period.until, DAY_MS);
    return period;
}

/* The whole days of a period are read as days, what is left at its ends as hours. */
static int read_both(struct loading *loading, enum shelf_id id, struct ledger_period period)
{
    int64_t first = ceil_to(period.from, DAY_MS), last = floor_to(period.until, DAY_MS);

    if (first >= last)
        return read_shelf(loading, id, SPAN_HOURS, period.from, period.until);
    if (read_shelf(loading, id, SPAN_HOURS, period.from, first) == -1 ||
        read_shelf(loading, id, SPAN_DAYS, first, last) == -1)
        return -1;
    return read_shelf(loading, id, SPAN_HOURS, last, period.until);
}

static int read_all(struct loading *loading, struct ledger_period period)
{
    for (enum shelf_id id = SHELF_TOTALS; id < SHELF_COUNT; id++) {
        /* Rows of volumes are of whole days. */
        int64_t from = id == SHELF_VOLUMES ? floor_to(period.from, DAY_MS) : period.from;
        int result = shelves[id].has_days ? read_both(loading, id, period)
                                          : read_shelf(loading, id, SPAN_HOURS, from, period.until);

        if (result == -1)
            return -1;
    }
    return 0;
}

static int tell_hosts(const struct loading *loading)
{
    struct ledger_loaded *out = loading->out;
    uint32_t count = loading->hosts == NULL ? 0 : names_count(loading->hosts);

    if (count == 0)
        return 0;
    out->completeness.names_refused += names_refused(loading->hosts);
    out->hosts = arena_alloc(&out->arena, count * sizeof(*out->hosts));
    if (out->hosts == NULL)
        return no_memory(loading);
    for (uint32_t id = 1; id <= count; id++) {
        out->hosts[id - 1] = arena_copy(&out->arena, names_text(loading->hosts, id));
        if (out->hosts[id - 1].p == NULL)
            return no_memory(loading);
    }
    out->host_count = count;
    return 0;
}

/* One transaction: the follower may write and remove rows meanwhile. */
static int load_all(struct loading *loading, struct ledger_period asked)
{
    struct ledger *ledger = loading->ledger;
    int result;

    if (database_exec(ledger, "BEGIN", loading->error) == -1)
        return -1;
    ledger->begun = true;
    result = ledger_get(ledger, LEDGER_HOURS_SINCE, &ledger->hours_since, loading->error);
    loading->out->period = round_out(asked, ledger->hours_since);
    if (result == 0)
        result = read_all(loading, loading->out->period);
    ledger_rollback(ledger);
    return result;
}

int ledger_load(struct ledger *ledger, struct ledger_period period, struct tally *tally, struct ledger_loaded *out,
                struct error *error)
{
    struct loading loading = { .ledger = ledger, .error = error, .tally = tally, .out = out };
    int result;

    *out = (struct ledger_loaded){ .host_count = 0 };
    result = load_all(&loading, period);
    if (result == 0) {
        tally_put_counts(tally, &loading.counts);
        result = tell_hosts(&loading);
    }
    names_free(loading.hosts);
    return result;
}

void ledger_loaded_done(struct ledger_loaded *loaded)
{
    arena_done(&loaded->arena);
    *loaded = (struct ledger_loaded){ .host_count = 0 };
}
