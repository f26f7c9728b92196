#include "tests/unit/store/bed.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tally/put.h"

enum { TEXT_MAX = 4 << 20, SEED = BED_SEED };

/* ---- the directory ---- */

void bed_init(struct bed *bed)
{
    *bed = (struct bed){ .folder = "/tmp/outward-store.XXXXXX" };
    ck_assert_ptr_nonnull(mkdtemp(bed->folder));
    snprintf(bed->path, sizeof(bed->path), "%s/ledger.db", bed->folder);
    bed_open(bed);
}

void bed_open(struct bed *bed)
{
    ck_assert_msg(ledger_open(bed->path, &bed->ledger, &bed->error) == 0, "%s", bed->error.text);
}

void bed_close(struct bed *bed)
{
    ledger_close(bed->ledger);
    bed->ledger = NULL;
}

void bed_done(struct bed *bed)
{
    DIR *folder;

    bed_close(bed);
    folder = opendir(bed->folder);
    ck_assert_ptr_nonnull(folder);
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(bed->folder);
}

void bed_exec(struct bed *bed, const char *sql)
{
    sqlite3 *db;
    char *message = NULL;

    ck_assert_int_eq(sqlite3_open(bed->path, &db), SQLITE_OK);
    ck_assert_msg(sqlite3_exec(db, sql, NULL, NULL, &message) == SQLITE_OK, "%s: %s", sql, message);
    sqlite3_close(db);
}

/* The first row of a query. */
static sqlite3_stmt *ask(struct bed *bed, const char *sql, sqlite3 **db)
{
    sqlite3_stmt *statement;

    ck_assert_int_eq(sqlite3_open(bed->path, db), SQLITE_OK);
    ck_assert_msg(sqlite3_prepare_v2(*db, sql, -1, &statement, NULL) == SQLITE_OK, "%s: %s", sql, sqlite3_errmsg(*db));
    ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
    return statement;
}

int64_t bed_number(struct bed *bed, const char *sql)
{
    sqlite3 *db;
    sqlite3_stmt *statement = ask(bed, sql, &db);
    int64_t number = sqlite3_column_int64(statement, 0);

    sqlite3_finalize(statement);
    sqlite3_close(db);
    return number;
}

void bed_text(struct bed *bed, const char *sql, char *out, size_t size)
{
    sqlite3 *db;
    sqlite3_stmt *statement = ask(bed, sql, &db);

    snprintf(out, size, "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    sqlite3_close(db);
}

/* ---- tallies as text ---- */

static void add_cell(struct buf *out, const struct cell *cell)
{
    buf_addf(out, " sent=%lu enc=%lu plain=%lu unk=%lu def=%lu bou=%lu att=%lu lastp=%ld laste=%ld", cell->sent,
             cell->encrypted, cell->plaintext, cell->unknown, cell->deferred, cell->bounced, cell->plaintext_attempts,
             cell->last_plaintext, cell->last_encrypted);
}

static void add_counts(struct buf *out, const char *name, const uint32_t *counts, size_t number)
{
    buf_addf(out, " %s", name);
    for (size_t i = 0; i < number; i++)
        buf_addf(out, ":%u", counts[i]);
}

static void add_scalars(struct buf *out, const struct tally *tally)
{
    struct tally_counts counts = tally_counts(tally);

    buf_addf(out, "counts internal=%lu expired=%lu dropped=%lu downgrades=%lu first=%ld last=%ld", counts.internal,
             counts.expired, counts.dropped, counts.downgrades, counts.first, counts.last);
    for (size_t i = 0; i < UNKNOWN_REASON_COUNT; i++)
        buf_addf(out, ":%lu", counts.unknown[i]);
    buf_add_char(out, '\n');
    for (enum hop hop = HOP_DIRECT; hop < HOP_INTERNAL; hop++) {
        buf_addf(out, "hop %d", (int)hop);
        add_cell(out, tally_totals(tally, hop));
        buf_add_char(out, '\n');
    }
}

static void add_destinations(struct buf *out, const struct tally *tally)
{
    struct tally_destination row;

    for (size_t i = 0; tally_destination(tally, i, &row); i++) {
        buf_addf(out, "destination %.*s", VIEW_ARG(row.domain));
        add_cell(out, row.cell);
        add_counts(out, "levels", row.levels, PEER_LEVEL_COUNT);
        add_counts(out, "versions", row.versions, VERSION_COUNT);
        add_counts(out, "failures", row.failures, TLS_FAILURE_COUNT);
        buf_add_char(out, '\n');
    }
}

static void add_senders(struct buf *out, const struct tally *tally)
{
    struct tally_sender row;

    for (size_t i = 0; tally_sender(tally, i, &row); i++) {
        struct gmail_peak peak = tally_gmail_peak(tally, i);
        struct view code;
        uint64_t count;

        buf_addf(out, "sender %.*s %d smarthost=%lu gmail=%lu peak=%lu", VIEW_ARG(row.domain), (int)row.origin,
                 row.via_smarthost, row.gmail, peak.recipients);
        add_cell(out, row.cell);
        add_cell(out, row.gmail_cell);
        buf_add_char(out, '\n');
        for (size_t n = 0; tally_refusal(tally, i, n, &code, &count); n++)
            buf_addf(out, "refusal %.*s %d %.*s %lu\n", VIEW_ARG(row.domain), (int)row.origin, VIEW_ARG(code), count);
    }
}

/* Quarters that were saved in pieces are whole again. */
static void add_volumes(struct buf *out, const struct tally *tally)
{
    struct tally_volume row;

    for (size_t i = 0; tally_volume(tally, i, &row); i++) {
        buf_addf(out, "volume %d %d %d %.*s", (int)row.by, (int)row.receiver, (int)row.origin, VIEW_ARG(row.name));
        for (uint32_t n = 0; n < row.series->count; n++)
            buf_addf(out, " %u:%u", row.series->list[n].quarter, row.series->list[n].count);
        buf_add_char(out, '\n');
    }
}

static void add_forms(struct buf *out, const struct tally *tally)
{
    struct tally_form row;

    for (size_t i = 0; tally_form(tally, i, &row); i++) {
        const struct form *form = row.counts;

        buf_addf(out, "form %d %.*s %lu %lu %lu %lu %lu %lu", (int)row.receiver, VIEW_ARG(row.domain), form->messages,
                 form->unsigned_ones, form->unaligned, form->unaligned_unsigned, form->without_one_click, form->faulty);
        for (size_t n = 0; n < format_fault_count; n++)
            buf_addf(out, " %lu", form->faults[n]);
        buf_add_char(out, '\n');
    }
}

static void add_rest(struct buf *out, const struct tally *tally)
{
    const struct cell *cell;
    int64_t begin;
    struct tally_leak leak;
    struct tally_submission row;

    for (size_t i = 0; tally_leak(tally, i, &leak); i++) {
        buf_addf(out, "leak %.*s %d %.*s", VIEW_ARG(leak.domain), (int)leak.cause, VIEW_ARG(leak.sender));
        add_cell(out, leak.cell);
        buf_add_char(out, '\n');
    }
    for (size_t i = 0; tally_hour(tally, i, &begin, &cell); i++) {
        buf_addf(out, "hour %ld", begin);
        add_cell(out, cell);
        buf_add_char(out, '\n');
    }
    for (enum tally_word kind = WORD_CIPHER; kind < WORD_KINDS; kind++) {
        struct view word;
        uint64_t count;

        for (size_t i = 0; tally_word(tally, kind, i, &word, &count); i++)
            buf_addf(out, "word %d %.*s %lu\n", (int)kind, VIEW_ARG(word), count);
    }
    for (size_t i = 0; tally_submission(tally, i, &row); i++)
        buf_addf(out, "submission %.*s %.*s %.*s %.*s %.*s a=%lu t=%lu h=%lu r=%lu d=%lu w=%lu last=%ld\n",
                 VIEW_ARG(row.listener), VIEW_ARG(row.login), VIEW_ARG(row.client), VIEW_ARG(row.tls),
                 VIEW_ARG(row.mechanism), row.accepted, row.tagged, row.held, row.rejected, row.deferred, row.would,
                 row.last);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Rows come in the order of their keys' arrival, which pieces do not keep. */
static char *sort_lines(char *text)
{
    size_t count = 0, room = strlen(text) + 1;
    char **lines = calloc(room, sizeof(*lines)), *sorted = calloc(1, room + 1), *rest = text;
    struct buf out;

    for (char *line; (line = strsep(&rest, "\n")) != NULL && line[0] != '\0';)
        lines[count++] = line;
    qsort(lines, count, sizeof(*lines), by_text);
    out = buf_over(sorted, room + 1);
    for (size_t i = 0; i < count; i++) {
        buf_add(&out, view_of(lines[i]));
        buf_add_char(&out, '\n');
    }
    (void)buf_text(&out);
    free(lines);
    free(text);
    return sorted;
}

char *tally_text(const struct tally *tally)
{
    char *text = malloc(TEXT_MAX);
    struct buf out = buf_over(text, TEXT_MAX);

    add_scalars(&out, tally);
    add_destinations(&out, tally);
    add_senders(&out, tally);
    add_volumes(&out, tally);
    add_forms(&out, tally);
    add_rest(&out, tally);
    ck_assert(!out.full);
    (void)buf_text(&out);
    return sort_lines(text);
}

char *ledger_text(struct ledger *ledger, struct ledger_period period)
{
    struct tally *tally = tally_new(SEED);
    struct ledger_loaded loaded;
    struct error error;
    char *text;

    ck_assert_msg(ledger_load(ledger, period, tally, &loaded, &error) == 0, "%s", error.text);
    text = tally_text(tally);
    ledger_loaded_done(&loaded);
    tally_free(tally);
    return text;
}

/* ---- files ---- */

struct view read_data(const char *name)
{
    char path[512];
    char *room = malloc(TEXT_MAX);
    struct view text = { room, 0 };
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", TEST_DATA, name);
    file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is missing", path);
    text.n = fread(room, 1, TEXT_MAX, file);
    ck_assert_uint_lt(text.n, TEXT_MAX);
    fclose(file);
    return text;
}

/* ---- into one tally ---- */

static void count_delivery(void *context, const struct delivery *delivery)
{
    tally_add(context, delivery);
}

static void count_settle(void *context, uint32_t stretch, bool proven)
{
    tally_settle(context, stretch, proven);
}

static void count_expired(void *context, int64_t time, struct view sender_domain)
{
    tally_expired(context, time, sender_domain);
}

static void count_submitted(void *context, int64_t time, struct view login, unsigned recipients)
{
    tally_submitted(context, time, login, recipients);
}

static void count_record(void *context, int64_t time, const struct record *record)
{
    tally_record(context, time, record);
}

struct correlate_sink sink_of_tally(struct tally *tally)
{
    return (struct correlate_sink){ .delivery = count_delivery,
                                    .settle = count_settle,
                                    .expired = count_expired,
                                    .submitted = count_submitted,
                                    .record = count_record,
                                    .context = tally };
}

/* ---- into a ledger ---- */

struct run {
    struct batch *batch;
    struct log_line line;
};

static void on_delivery(void *context, const struct delivery *delivery)
{
    batch_delivery(((struct run *)context)->batch, delivery);
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    batch_settle(((struct run *)context)->batch, stretch, proven);
}

static void on_expired(void *context, int64_t time, struct view sender_domain)
{
    struct run *run = context;

    batch_expired(run->batch, run->line.writer->host, time, sender_domain);
}

static void on_submitted(void *context, int64_t time, struct view login, unsigned recipients)
{
    struct run *run = context;

    batch_submitted(run->batch, run->line.writer->host, time, login, recipients);
}

static void on_record(void *context, int64_t time, const struct record *record)
{
    struct run *run = context;

    batch_record(run->batch, run->line.writer->host, time, record);
}

static void commit(struct run *run, struct ledger *ledger)
{
    struct error error;

    ck_assert_msg(ledger_begin(ledger, &error) == 0, "%s", error.text);
    ck_assert_msg(batch_save(run->batch, ledger, 7, &error) == 0, "%s", error.text);
    ck_assert_msg(ledger_commit(ledger, &error) == 0, "%s", error.text);
    batch_clear(run->batch);
}

/* ---- logs ---- */

void reading_init(struct reading *reading, const char *name, const struct correlate_sink *sink)
{
    struct correlate_settings settings = { .seed = SEED };
    struct prefix_settings prefix = { .writers = writers_new(SEED), .newest = BED_NOW };

    *reading = (struct reading){ .text = read_data(name), .writers = prefix.writers };
    reading->rest = reading->text;
    reading->correlate = correlate_new(&settings, sink);
    ck_assert_ptr_nonnull(reading->writers);
    ck_assert_ptr_nonnull(reading->correlate);
    prefix_init(&reading->prefix, &prefix);
}

void reading_done(struct reading *reading)
{
    prefix_done(&reading->prefix);
    correlate_free(reading->correlate);
    writers_free(reading->writers);
    free((char *)(uintptr_t)reading->text.p);
}

bool reading_line(struct reading *reading, struct log_line *out)
{
    struct view line;

    if (!view_cut(&reading->rest, VIEW("\n"), &line))
        return false;
    if (prefix_parse(&reading->prefix, line, out) == PREFIX_FOUND)
        correlate_line(reading->correlate, out);
    return true;
}

char *text_of_log(const char *name)
{
    struct tally *tally = tally_new(SEED);
    struct correlate_sink sink = sink_of_tally(tally);
    struct reading reading;
    struct log_line line;
    char *text;

    reading_init(&reading, name, &sink);
    while (reading_line(&reading, &line)) {
    }
    correlate_end(reading.correlate);
    text = tally_text(tally);
    reading_done(&reading);
    tally_free(tally);
    return text;
}

void save_log(struct ledger *ledger, const char *name, size_t lines_a_piece, bool end)
{
    static const struct privacy privacy = { .addresses = ADDRESSES_YES };
    struct run run = { .batch = batch_new(SEED, &privacy, (struct batch_rules){ NULL, 0 }) };
    struct correlate_sink sink = { .delivery = on_delivery,
                                   .settle = on_settle,
                                   .expired = on_expired,
                                   .submitted = on_submitted,
                                   .record = on_record,
                                   .context = &run };
    struct reading reading;
    size_t lines = 0;

    reading_init(&reading, name, &sink);
    while (reading_line(&reading, &run.line)) {
        if (++lines % lines_a_piece == 0)
            commit(&run, ledger);
    }
    if (end)
        correlate_end(reading.correlate);
    commit(&run, ledger);
    reading_done(&reading);
    batch_free(run.batch);
}
