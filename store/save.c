/* Tallies into the ledger, and the verdicts on what waited. */
#include <string.h>

#include "store/row.h"
#include "store/totals.h"
#include "store/what.h"
#include "tally/rows.h"

struct saving {
    struct ledger *ledger;
    struct error *error;
    const struct tally *tally;
    int64_t hour, host, generation;
};

static struct row begin(const struct saving *saving, enum shelf_id shelf)
{
    return row_begin(saving->ledger, shelf, saving->hour, saving->host, saving->error);
}

/* The number of a stretch among those of all generations; 0 is none. */
static int64_t stretch_number(int64_t generation, uint32_t stretch)
{
    return generation << 32 | stretch;
}

/* A row for each stretch that something of a cell waits for; *decided is the rest of it. */
static int add_waiting(const struct saving *saving, const struct row *keys, const struct cell *cell,
                       struct cell *decided)
{
    *decided = *cell;
    for (uint32_t place = cell->waiting; place != 0;) {
        struct waiting waiting;
        struct row row = *keys;
        struct cell part;

        place = tally_waiting(saving->tally, place, &waiting);
        part = (struct cell){ .sent = waiting.sent, .unknown = waiting.sent };
        row_cell(&row, stretch_number(saving->generation, waiting.stretch), &part);
        row.values[shelves[row.shelf].cell + CELL_WAITING_ATTEMPTS] = waiting.attempts;
        row.values[shelves[row.shelf].cell + CELL_WAITING_LAST] = waiting.last;
        if (row_add(&row) == -1)
            return -1;
        decided->sent -= waiting.sent;
    }
    return 0;
}

/* A row that is its keys and a cell. */
static int add_cell(const struct saving *saving, struct row *row, const struct cell *cell)
{
    struct cell decided;

    if (add_waiting(saving, row, cell, &decided) == -1)
        return -1;
    row_cell(row, 0, &decided);
    return row_add(row);
}

static bool is_empty(const struct cell *cell)
{
    return cell->sent == 0 && cell->deferred == 0 && cell->bounced == 0;
}

static int save_totals(const struct saving *saving)
{
    static const enum hop hops[] = { HOP_DIRECT, HOP_LMTP, HOP_SMARTHOST };

    for (size_t i = 0; i < sizeof(hops) / sizeof(hops[0]); i++) {
        const struct cell *cell = tally_totals(saving->tally, hops[i]);
        struct row row = begin(saving, SHELF_TOTALS);

        row_number(&row, hops[i]);
        if (!is_empty(cell) && add_cell(saving, &row, cell) == -1)
            return -1;
    }
    return 0;
}

static int save_count(const struct saving *saving, struct view what, uint64_t count)
{
    struct row row = begin(saving, SHELF_COUNTS);

    if (count == 0)
        return 0;
    row_name(&row, what);
    row_number(&row, (int64_t)count);
    return row_add(&row);
}

static int save_counts(const struct saving *saving)
{
    struct tally_counts counts = tally_counts(saving->tally);
    struct row span = begin(saving, SHELF_SPANS);

    for (size_t i = 0; i < what_count; i++) {
        if (!what_table[i].of_tally)
            continue;
        if (save_count(saving, what_table[i].name, *what_of_tally(&counts, i)) == -1)
            return -1;
    }
    if (counts.last == 0)
        return 0;
    row_number(&span, counts.first);
    row_number(&span, counts.last);
    return row_add(&span);
}

static void put_counts(struct row *row, const uint32_t *counts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        row_number(row, counts[i]);
}

static int save_destinations(const struct saving *saving)
{
    struct tally_destination destination;

    for (size_t i = 0; tally_destination(saving->tally, i, &destination); i++) {
        struct row row = begin(saving, SHELF_DESTINATIONS);
        struct cell decided;

        row_name(&row, destination.domain);
        if (add_waiting(saving, &row, destination.cell, &decided) == -1)
            return -1;
        row_cell(&row, 0, &decided);
        put_counts(&row, destination.levels, PEER_LEVEL_COUNT);
        put_counts(&row, destination.versions, VERSION_COUNT);
        put_counts(&row, destination.failures, TLS_FAILURE_COUNT);
        if (row_add(&row) == -1)
            return -1;
    }
    return 0;
}

static struct row sender_row(const struct saving *saving, enum shelf_id shelf, const struct tally_sender *sender)
{
    struct row row = begin(saving, shelf);

    row_number(&row, sender->origin);
    row_name(&row, sender->domain);
    return row;
}

static int save_refusals(const struct saving *saving, const struct tally_sender *sender, size_t index)
{
    struct view code;
    uint64_t count;

    for (size_t i = 0; tally_refusal(saving->tally, index, i, &code, &count); i++) {
        struct row row = sender_row(saving, SHELF_REFUSALS, sender);

        row_name(&row, code);
        row_number(&row, (int64_t)count);
        if (row_add(&row) == -1)
            return -1;
    }
    return 0;
}

static int save_sender(const struct saving *saving, const struct tally_sender *sender)
{
    struct row row = sender_row(saving, SHELF_SENDERS, sender), gmail = row;
    struct cell decided;

    row_number(&row, 0);
    row_number(&gmail, 1);
    if (add_waiting(saving, &row, sender->cell, &decided) == -1)
        return -1;
    row_cell(&row, 0, &decided);
    row_number(&row, (int64_t)sender->via_smarthost);
    row_number(&row, (int64_t)sender->gmail);
    if (row_add(&row) == -1)
        return -1;
    return is_empty(sender->gmail_cell) ? 0 : add_cell(saving, &gmail, sender->gmail_cell);
}

static int save_senders(const struct saving *saving)
{
    struct tally_sender sender;

    for (size_t i = 0; tally_sender(saving->tally, i, &sender); i++) {
        if (save_sender(saving, &sender) == -1 || save_refusals(saving, &sender, i) == -1)
            return -1;
    }
    return 0;
}

static struct row volume_row(const struct saving *saving, const struct tally_volume *volume, int64_t day)
{
    struct row row = begin(saving, SHELF_VOLUMES);

    row.values[SHELF_BEGIN] = day * DAY_MS;
    row_number(&row, volume->by);
    row_number(&row, volume->receiver);
    row_number(&row, volume->origin);
    row_name(&row, volume->name);
    row.count += VOLUME_BUCKETS; /* all 0 so far */
    return row;
}

/* A row for each day of the series. */
static int save_volume(const struct saving *saving, const struct tally_volume *volume)
{
    const struct volume_series *series = volume->series;

    for (uint32_t i = 0; i < series->count;) {
        uint32_t day = series->list[i].quarter / VOLUME_BUCKETS;
        struct row row = volume_row(saving, volume, day);

        for (; i < series->count && series->list[i].quarter / VOLUME_BUCKETS == day; i++)
            row.values[VOLUME_QUARTERS + series->list[i].quarter % VOLUME_BUCKETS] = series->list[i].count;
        if (row_add(&row) == -1)
            return -1;
    }
    return 0;
}

static int save_volumes(const struct saving *saving)
{
    struct tally_volume volume;

    for (size_t i = 0; tally_volume(saving->tally, i, &volume); i++) {
        if (volume.by != VOLUME_BY_COUNT && save_volume(saving, &volume) == -1)
            return -1;
    }
    return 0;
}

static int save_forms(const struct saving *saving)
{
    struct tally_form form;

    for (size_t i = 0; tally_form(saving->tally, i, &form); i++) {
        const struct form *seen = form.counts;
        const uint64_t counts[] = { seen->messages,           seen->unsigned_ones,     seen->unaligned,
                                    seen->unaligned_unsigned, seen->without_one_click, seen->faulty };
        struct row row = begin(saving, SHELF_FORMS);

        row_number(&row, form.receiver);
        row_name(&row, form.domain);
        for (size_t n = 0; n < sizeof(counts) / sizeof(counts[0]); n++)
            row_number(&row, (int64_t)counts[n]);
        for (size_t n = 0; n < format_fault_count; n++)
            row_number(&row, (int64_t)seen->faults[n]);
        if (row_add(&row) == -1)
            return -1;
    }
    return 0;
}

/* 1: the day has no room for a new row of leaks; 0; -1. */
static int is_full_of_leaks(const struct saving *saving)
{
    sqlite3_stmt *statement =
        database_statement(saving->ledger, STATEMENT_LEAK_COUNT,
                           "SELECT count(*) >= ?3 FROM leaks_days WHERE begin = ?1 AND host = ?2", saving->error);
    int got;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, floor_to(saving->hour, DAY_MS));
    sqlite3_bind_int64(statement, 2, saving->host);
    sqlite3_bind_int64(statement, 3, LEDGER_LEAKS_A_DAY);
    got = database_step(saving->ledger, statement, saving->error);
    if (got == 1)
        got = sqlite3_column_int(statement, 0);
    sqlite3_reset(statement);
    return got;
}

/* 1: its day has a row of this leak; 0; -1. */
static int has_leak(const struct saving *saving, const struct tally_leak *leak)
{
    sqlite3_stmt *statement = database_statement(
        saving->ledger, STATEMENT_LEAK_FIND,
        "SELECT 1 FROM leaks_days WHERE begin = ? AND host = ? AND domain = ? AND cause = ? AND sender = ? LIMIT 1",
        saving->error);
    int64_t domain = database_name(saving->ledger, leak->domain, saving->error);
    int64_t sender = domain == 0 ? 0 : database_name(saving->ledger, leak->sender, saving->error);
    int got;

    if (statement == NULL || sender == 0)
        return -1;
    sqlite3_bind_int64(statement, 1, floor_to(saving->hour, DAY_MS));
    sqlite3_bind_int64(statement, 2, saving->host);
    sqlite3_bind_int64(statement, 3, domain);
    sqlite3_bind_int64(statement, 4, leak->cause);
    sqlite3_bind_int64(statement, 5, sender);
    got = database_step(saving->ledger, statement, saving->error);
    sqlite3_reset(statement);
    return got;
}

static int save_leak(const struct saving *saving, const struct tally_leak *leak, bool is_full)
{
    int known = is_full ? has_leak(saving, leak) : 1;
    bool folded = known == 0;
    struct row row = begin(saving, SHELF_LEAKS);

    if (known == -1)
        return -1;
    row_name(&row, folded ? ROWS_OTHER : leak->domain);
    row_number(&row, folded ? 0 : leak->cause);
    row_name(&row, folded ? (struct view){ "", 0 } : leak->sender);
    return add_cell(saving, &row, leak->cell);
}

static int save_leaks(const struct saving *saving)
{
    struct tally_leak leak;
    int is_full = tally_leak(saving->tally, 0, &leak) ? is_full_of_leaks(saving) : 0;

    if (is_full == -1)
        return -1;
    for (size_t i = 0; tally_leak(saving->tally, i, &leak); i++) {
        if (save_leak(saving, &leak, is_full == 1) == -1)
            return -1;
    }
    return 0;
}

static int save_words(const struct saving *saving)
{
    for (enum tally_word kind = WORD_CIPHER; kind < WORD_KINDS; kind++) {
        struct view word;
        uint64_t count;

        for (size_t i = 0; tally_word(saving->tally, kind, i, &word, &count); i++) {
            struct row row = begin(saving, SHELF_WORDS);

            row_number(&row, kind);
            row_name(&row, word);
            row_number(&row, (int64_t)count);
            if (row_add(&row) == -1)
                return -1;
        }
    }
    return 0;
}

static int save_submissions(const struct saving *saving)
{
    struct tally_submission submission;

    for (size_t i = 0; tally_submission(saving->tally, i, &submission); i++) {
        const struct view names[] = { submission.listener, submission.login, submission.client, submission.tls,
                                      submission.mechanism };
        const uint64_t counts[] = { submission.accepted, submission.tagged,   submission.held,
                                    submission.rejected, submission.deferred, submission.would };
        struct row row = begin(saving, SHELF_SUBMISSIONS);

        for (size_t n = 0; n < sizeof(names) / sizeof(names[0]); n++)
            row_name(&row, names[n]);
        for (size_t n = 0; n < sizeof(counts) / sizeof(counts[0]); n++)
            row_number(&row, (int64_t)counts[n]);
        row_number(&row, submission.last);
        if (row_add(&row) == -1)
            return -1;
    }
    return 0;
}

int ledger_save_tally(struct ledger *ledger, struct view host, int64_t hour, const struct tally *tally,
                      uint32_t generation, struct error *error)
{
    static int (*const savers[])(const struct saving *) = { save_totals,  save_counts, save_destinations,
                                                            save_senders, save_leaks,  save_words,
                                                            save_volumes, save_forms,  save_submissions };
    const struct saving saving = { ledger, error, tally, hour, database_name(ledger, host, error), generation };

    for (size_t i = 0; i < sizeof(savers) / sizeof(savers[0]); i++) {
        if (saving.host == 0 || savers[i](&saving) == -1)
            return -1;
    }
    return 0;
}

int ledger_save_completeness(struct ledger *ledger, struct view host, int64_t hour, const struct completeness *more,
                             struct error *error)
{
    const struct saving saving = { ledger, error, NULL, hour, database_name(ledger, host, error), 0 };
    struct completeness counts = *more;

    for (size_t i = 0; i < what_count; i++) {
        if (what_table[i].of_tally)
            continue;
        if (saving.host == 0 || save_count(&saving, what_table[i].name, *what_of_completeness(&counts, i)) == -1)
            return -1;
    }
    return 0;
}

/* ---- verdicts ---- */

static int run_settle(struct ledger *ledger, const char *sql, const int64_t *parameters, size_t count,
                      struct error *error)
{
    sqlite3_stmt *statement = database_prepare(ledger, sql, error);
    int result;

    if (statement == NULL)
        return -1;
    for (size_t i = 0; i < count; i++)
        sqlite3_bind_int64(statement, (int)i + 1, parameters[i]);
    result = database_run(ledger, statement, error);
    sqlite3_finalize(statement);
    return result;
}

static int settle_shelf(struct ledger *ledger, const struct shelf *shelf, enum span span, const int64_t *range,
                        struct error *error)
{
    char sql[SHELF_SQL_MAX];
    struct buf text = BUF(sql);

    shelf_settle_sql(&text, shelf, span);
    if (run_settle(ledger, buf_text(&text), range, 3, error) == -1)
        return -1;
    buf_reset(&text);
    buf_add(&text, VIEW("DELETE FROM "));
    shelf_table(&text, shelf, span);
    buf_add(&text, VIEW(" WHERE stretch > 0 AND stretch BETWEEN ?1 AND ?2"));
    return run_settle(ledger, buf_text(&text), range, 2, error);
}

/* What stays unknown gets its reason. */
static int count_unproven(struct ledger *ledger, const int64_t *range, struct error *error)
{
    char sql[SHELF_SQL_MAX];
    struct buf text = BUF(sql);
    const int64_t parameters[] = { range[0], range[1],
                                   database_name(ledger, what_unknown(UNKNOWN_LOGGING_UNPROVEN), error) };

    if (parameters[2] == 0)
        return -1;
    buf_addf(&text,
             "INSERT INTO counts (begin, host, what, count) SELECT begin, host, ?3, unknown FROM totals "
             "WHERE stretch > 0 AND stretch BETWEEN ?1 AND ?2 AND hop = %d AND unknown > 0",
             HOP_DIRECT);
    shelf_conflict_sql(&text, &shelves[SHELF_COUNTS]);
    return run_settle(ledger, buf_text(&text), parameters, 3, error);
}

/* What waited for nothing else than a verdict that never came is no detail any more. */
static int settle_details(struct ledger *ledger, const int64_t *range, struct error *error)
{
    char sql[256];
    struct buf text = BUF(sql);

    buf_addf(&text,
             "DELETE FROM details WHERE stretch > 0 AND stretch BETWEEN ?1 AND ?2 AND ?3 = 0 AND status <> %d "
             "AND failure = 0 AND refusal = ''",
             DELIVERY_BOUNCED);
    if (run_settle(ledger, buf_text(&text), range, 3, error) == -1)
        return -1;
    buf_reset(&text);
    buf_addf(&text,
             "UPDATE details SET stretch = 0, protection = CASE ?3 WHEN 1 THEN %d ELSE %d END "
             "WHERE stretch > 0 AND stretch BETWEEN ?1 AND ?2",
             PROTECTION_PLAINTEXT, PROTECTION_UNKNOWN);
    return run_settle(ledger, buf_text(&text), range, 3, error);
}

static int settle_range(struct ledger *ledger, const int64_t *range, struct error *error)
{
    if (range[2] == 0 && count_unproven(ledger, range, error) == -1)
        return -1;
    for (size_t i = 0; i < SHELF_COUNT; i++) {
        for (enum span span = SPAN_HOURS; span < SPAN_COUNT; span++) {
            if (shelves[i].cell != 0 && shelf_has(&shelves[i], span) &&
                settle_shelf(ledger, &shelves[i], span, range, error) == -1)
                return -1;
        }
    }
    return settle_details(ledger, range, error);
}

int ledger_settle(struct ledger *ledger, uint32_t generation, uint32_t stretch, bool proven, struct error *error)
{
    int64_t number = stretch_number(generation, stretch);
    const int64_t range[] = { number, number, proven };

    return settle_range(ledger, range, error);
}

int ledger_settle_generation(struct ledger *ledger, uint32_t generation, struct error *error)
{
    const int64_t range[] = { stretch_number(generation, 0), stretch_number(generation, UINT32_MAX), 0 };

    return settle_range(ledger, range, error);
}
