#include "programs/tls_policy_evidence.h"

#include <stdlib.h>

#include "audit/policy_plan.h"
#include "shared/civil.h"
#include "store/totals.h"

bool policy_evidence_key(const struct routes *routes, struct view domain, struct buf *out)
{
    struct route route = route_of(routes, domain);

    return (route.kind == ROUTE_DIRECT || route.kind == ROUTE_RELAY) && policy_key(route.hop, out);
}

void policy_evidence_done(struct policy_evidence *evidence)
{
    hop_history_free(evidence->history);
    tally_free(evidence->recent);
}

/* ---- a day's totals become the hops' day ---- */

static void count_cell(struct hop_day *day, const struct cell *cell)
{
    day->encrypted = cell->encrypted;
    day->plaintext = cell->plaintext;
    day->unknown = cell->sent - cell->encrypted - cell->plaintext;
    day->plaintext_attempts = cell->plaintext_attempts;
}

static void add_destination(const struct evidence_question *question, struct hop_history *history, uint32_t day,
                            const struct tally_destination *destination)
{
    char storage[POLICY_KEY_MAX];
    struct buf key = BUF(storage);
    struct hop_day counts = { .day = day };

    if (!policy_evidence_key(question->routes, destination->domain, &key))
        return;
    count_cell(&counts, destination->cell);
    for (size_t i = 0; i < TLS_FAILURE_COUNT; i++)
        counts.failures[i] = destination->failures[i];
    for (size_t i = 0; i < PEER_LEVEL_COUNT; i++)
        counts.levels[i] = destination->levels[i];
    hop_history_add(history, buf_view(&key), &counts);
}

/* Declared smarthosts are one number: it belongs to relayhost, if that is what is declared. */
static void add_smarthosts(const struct evidence_question *question, struct hop_history *history, uint32_t day,
                           const struct cell *cell)
{
    char storage[POLICY_KEY_MAX];
    struct buf key = BUF(storage);
    struct hop_day counts = { .day = day };

    if (cell->sent + cell->plaintext_attempts == 0 ||
        !policy_key(config_value(question->routes->config, NULL, VIEW("relayhost")), &key))
        return;
    count_cell(&counts, cell);
    hop_history_add(history, buf_view(&key), &counts);
}

static void add_day(const struct evidence_question *question, struct hop_history *history, uint32_t day,
                    const struct tally *tally)
{
    struct tally_destination destination;

    for (size_t i = 0; tally_destination(tally, i, &destination); i++)
        add_destination(question, history, day, &destination);
    add_smarthosts(question, history, day, tally_totals(tally, HOP_SMARTHOST));
}

/* ---- from logs ---- */

struct days {
    const struct evidence_question *question;
    struct policy_evidence *evidence;
    struct tally *rows[EVIDENCE_DAYS_MAX + 1]; /* the last is today */
    bool full;
};

/* NULL: not within the days, or no memory. */
static struct tally *tally_of(struct days *days, int64_t time)
{
    int64_t age = (int64_t)days->question->today - time / DAY_MS;
    struct tally **row;

    if (age < 0 || age > days->question->days || time < days->question->log->since ||
        time >= days->question->log->until) {
        days->evidence->late++;
        return NULL;
    }
    row = &days->rows[EVIDENCE_DAYS_MAX - age];
    if (*row == NULL)
        *row = tally_new(days->question->seed);
    days->full |= *row == NULL;
    return *row;
}

static void on_delivery(void *context, const struct delivery *delivery)
{
    struct days *days = context;
    struct tally *tally = tally_of(days, delivery->time);
    char storage[POLICY_KEY_MAX];
    struct buf key = BUF(storage);

    if (tally == NULL)
        return;
    tally_add(tally, delivery);
    if (days->question->today - (uint32_t)(delivery->time / DAY_MS) <= EVIDENCE_LOSS_DAYS)
        tally_add(days->evidence->recent, delivery);
    if (delivery->status == DELIVERY_SENT && delivery->hop == HOP_DIRECT && delivery->relay.n > 0 &&
        policy_evidence_key(days->question->routes, delivery->domain, &key))
        hop_history_relay(days->evidence->history, buf_view(&key), delivery->relay);
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    struct days *days = context;

    for (size_t i = 0; i <= EVIDENCE_DAYS_MAX; i++) {
        if (days->rows[i] != NULL)
            tally_settle(days->rows[i], stretch, proven);
    }
    tally_settle(days->evidence->recent, stretch, proven);
}

static void on_expired(void *context, int64_t time, struct view sender_domain)
{
    (void)context;
    (void)time;
    (void)sender_domain;
}

static bool feed_lines(struct days *days, struct correlate *correlate, struct error *error)
{
    const struct log_options *log = days->question->log;
    struct prefix_settings prefix = log_options_prefix(log);
    const struct log_line *line;
    struct feed *feed = NULL;
    int result = feed_open(log->paths, log->path_count, &prefix, NULL, &feed, error);

    while (result != -1 && (result = feed_next(feed, &line, error)) == 1)
        correlate_line(correlate, line);
    feed_close(feed);
    if (result == 0)
        correlate_end(correlate);
    return result == 0;
}

static bool read_days(struct days *days, struct error *error)
{
    struct correlate_sink sink = {
        .delivery = on_delivery, .settle = on_settle, .expired = on_expired, .context = days
    };
    struct correlate *correlate = correlate_new(&days->question->log->correlate, &sink);
    bool fine = correlate != NULL && feed_lines(days, correlate, error);

    if (correlate == NULL || (fine && days->full)) {
        error_set(error, ERROR_MEMORY, "out of memory");
        fine = false;
    }
    correlate_free(correlate);
    return fine;
}

static bool read_logs(const struct evidence_question *question, struct policy_evidence *out, struct error *error)
{
    struct days *days = calloc(1, sizeof(*days));
    bool fine;

    if (days == NULL) {
        error_set(error, ERROR_MEMORY, "out of memory");
        return false;
    }
    days->question = question;
    days->evidence = out;
    fine = read_days(days, error);
    for (size_t i = 0; i <= EVIDENCE_DAYS_MAX; i++) {
        if (fine && days->rows[i] != NULL)
            add_day(question, out->history, question->today - (uint32_t)(EVIDENCE_DAYS_MAX - i), days->rows[i]);
        tally_free(days->rows[i]);
    }
    free(days);
    return fine;
}

/* ---- from the ledger ---- */

static bool load_day(const struct evidence_question *question, struct policy_evidence *out, struct ledger *ledger,
                     uint32_t day, struct error *error)
{
    struct ledger_period period = { (int64_t)day * DAY_MS, ((int64_t)day + 1) * DAY_MS };
    struct tally *tally = tally_new(question->seed);
    struct ledger_loaded loaded = { .host_count = 0 };
    bool fine = tally != NULL && ledger_load(ledger, period, tally, &loaded, error) == 0;

    if (tally == NULL)
        error_set(error, ERROR_MEMORY, "out of memory");
    if (fine)
        add_day(question, out->history, day, tally);
    if (fine && question->today - day <= EVIDENCE_LOSS_DAYS && !tally_merge(out->recent, tally)) {
        error_set(error, ERROR_MEMORY, "out of memory");
        fine = false;
    }
    ledger_loaded_done(&loaded);
    tally_free(tally);
    return fine;
}

/* A whole day within --since and --until. */
static bool is_asked_for(const struct evidence_question *question, uint32_t day)
{
    const struct log_options *log = question->log;

    return log == NULL || ((int64_t)day * DAY_MS >= log->since && (int64_t)day * DAY_MS < log->until);
}

static bool read_ledger(const struct evidence_question *question, struct policy_evidence *out, struct error *error)
{
    struct ledger *ledger;
    bool fine = true;

    if (ledger_open_readonly(question->ledger, &ledger, error) == -1)
        return false;
    for (uint32_t age = question->days + 1; fine && age-- > 0;) {
        if (is_asked_for(question, question->today - age))
            fine = load_day(question, out, ledger, question->today - age, error);
    }
    ledger_close(ledger);
    return fine;
}

bool policy_evidence_read(const struct evidence_question *question, struct policy_evidence *out, struct error *error)
{
    bool logs = question->log != NULL && question->log->path_count > 0;

    *out = (struct policy_evidence){ hop_history_new(question->today, question->seed), tally_new(question->seed), 0 };
    if (out->history == NULL || out->recent == NULL) {
        error_set(error, ERROR_MEMORY, "out of memory");
        return false;
    }
    return logs ? read_logs(question, out, error) : read_ledger(question, out, error);
}
