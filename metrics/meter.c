#include "metrics/meter.h"

#include <stdlib.h>
#include <string.h>

#include "shared/names.h"

enum { SERIES_MAX = 4096, SERIES_TEXT_MAX = 512, SETTLES_MAX = 65536 };

struct stretch_verdict {
    uint32_t stretch;
    bool proven;
};

/* Series are named; a number before the first letter is the stretch that its verdict waits for. */
struct meter {
    const struct settings *settings;
    struct names *series;
    uint64_t more[SERIES_MAX + 1];
    struct stretch_verdict *verdicts;
    size_t verdict_count;
    uint64_t lines, lost, seed;
};

struct meter *meter_new(const struct meter_settings *settings)
{
    struct meter *meter = calloc(1, sizeof(*meter));

    if (meter == NULL)
        return NULL;
    meter->settings = settings->settings;
    meter->seed = settings->seed;
    meter->series = names_new(SERIES_MAX, settings->seed);
    meter->verdicts = calloc(SETTLES_MAX, sizeof(*meter->verdicts));
    if (meter->series != NULL && meter->verdicts != NULL)
        return meter;
    meter_free(meter);
    return NULL;
}

void meter_free(struct meter *meter)
{
    if (meter == NULL)
        return;
    names_free(meter->series);
    free(meter->verdicts);
    free(meter);
}

static void count(struct meter *meter, const struct buf *series)
{
    uint32_t id = series->full ? 0 : names_add(meter->series, buf_view(series));

    if (id == 0)
        meter->lost++;
    else
        meter->more[id]++;
}

/* The stretch goes before the name, where the verdict waits. */
static void begin(struct buf *out, const struct delivery *delivery, const char *name)
{
    if (delivery->protection == PROTECTION_UNDECIDED)
        buf_addf(out, "%u~", (unsigned)delivery->stretch);
    buf_addf(out, "%s{", name);
}

static struct view protection_label(const struct delivery *delivery)
{
    return delivery->protection == PROTECTION_UNDECIDED ? VIEW(METER_PENDING) : protection_name(delivery->protection);
}

static void count_outcome(struct meter *meter, const struct delivery *delivery)
{
    char text[SERIES_TEXT_MAX];
    struct buf out = BUF(text);

    begin(&out, delivery, "outward_deliveries_total");
    buf_addf(&out, "hop=\"%.*s\",outcome=\"%.*s\",protection=\"%.*s\"}", VIEW_ARG(hop_name(delivery->hop)),
             VIEW_ARG(delivery_status_name(delivery->status)), VIEW_ARG(protection_label(delivery)));
    count(meter, &out);
}

static void count_destination(struct meter *meter, const struct delivery *delivery)
{
    const struct domain_set *named = meter->settings->metrics.destinations;
    bool known = named != NULL && domain_set_has(named, delivery->domain);
    char text[SERIES_TEXT_MAX];
    struct buf out = BUF(text);

    begin(&out, delivery, "outward_destination_deliveries_total");
    buf_addf(&out, "destination=\"%.*s\",protection=\"%.*s\"}", VIEW_ARG(known ? delivery->domain : VIEW("other")),
             VIEW_ARG(protection_label(delivery)));
    count(meter, &out);
}

/* Versions as OpenSSL names them; anything else a log may say is "other". */
static struct view version_label(struct view version)
{
    static const struct view known[] = { VIEW_INIT("SSLv3"), VIEW_INIT("TLSv1"), VIEW_INIT("TLSv1.1"),
                                         VIEW_INIT("TLSv1.2"), VIEW_INIT("TLSv1.3") };

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (view_eq(known[i], version))
            return known[i];
    }
    return VIEW("other");
}

static void count_session(struct meter *meter, const struct delivery *delivery)
{
    bool post_quantum = key_exchange_is_post_quantum(delivery->key_exchange);
    char text[SERIES_TEXT_MAX];
    struct buf out = BUF(text);

    buf_addf(&out, "outward_encrypted_total{level=\"%.*s\",post_quantum=\"%s\",version=\"%.*s\"}",
             VIEW_ARG(peer_level_name(delivery->level)),
             delivery->key_exchange.n == 0 ? "unknown"
             : post_quantum                ? "yes"
                                           : "no",
             VIEW_ARG(version_label(delivery->version)));
    count(meter, &out);
}

static void count_one(struct meter *meter, const char *name, const char *label, struct view value)
{
    char text[SERIES_TEXT_MAX];
    struct buf out = BUF(text);

    buf_addf(&out, "%s{%s=\"%.*s\"}", name, label, VIEW_ARG(value));
    count(meter, &out);
}

static void count_sent(struct meter *meter, const struct delivery *delivery)
{
    count_destination(meter, delivery);
    if (delivery->protection == PROTECTION_ENCRYPTED)
        count_session(meter, delivery);
    if (delivery->protection == PROTECTION_UNKNOWN)
        count_one(meter, "outward_unknown_total", "reason", unknown_reason_name(delivery->reason));
}

/* "gmail 4.7.29": codes are the servers' to choose, receivers are not. */
static void count_refusal(struct meter *meter, struct view refusal)
{
    struct view receiver;

    if (view_cut(&refusal, VIEW(" "), &receiver))
        count_one(meter, "outward_refusals_total", "receiver", receiver);
}

void meter_delivery(struct meter *meter, const struct delivery *delivery)
{
    count_outcome(meter, delivery);
    if (delivery->hop != HOP_DIRECT)
        return;
    if (delivery->status == DELIVERY_SENT)
        count_sent(meter, delivery);
    if (delivery->failure != TLS_FAILURE_NONE)
        count_one(meter, "outward_tls_failures_total", "reason", tls_failure_name(delivery->failure));
    if (delivery->refusal.n > 0)
        count_refusal(meter, delivery->refusal);
}

void meter_settle(struct meter *meter, uint32_t stretch, bool proven)
{
    if (meter->verdict_count < SETTLES_MAX)
        meter->verdicts[meter->verdict_count++] = (struct stretch_verdict){ stretch, proven };
    else
        meter->lost++;
}

/* A listener that the rule file names, or that is built in. */
static struct view listener_label(const struct meter *meter, const struct record *record)
{
    const struct fact *fact = &record->sub.facts[FACT_LISTENER];
    const struct fact *local = &record->sub.facts[FACT_LOCAL];

    if (local->state == FACT_KNOWN && local->number == 1)
        return VIEW("local");
    if (fact->state != FACT_KNOWN)
        return VIEW("none");
    if (meter->settings->listener_count == 0 && view_eq(fact->text, VIEW("submission")))
        return VIEW("submission");
    for (size_t i = 0; i < meter->settings->listener_count; i++) {
        if (view_eq(meter->settings->listeners[i].name, fact->text))
            return meter->settings->listeners[i].name;
    }
    return VIEW("other");
}

void meter_record(struct meter *meter, const struct record *record)
{
    const struct decision *decision = &record->decision;
    char text[SERIES_TEXT_MAX];
    struct buf out = BUF(text);

    buf_addf(&out, "outward_submissions_total{direction=\"%.*s\",listener=\"%.*s\",verdict=\"%.*s\",would=\"%.*s\"}",
             VIEW_ARG(direction_name(decision->direction)), VIEW_ARG(listener_label(meter, record)),
             VIEW_ARG(verdict_name(decision->now.verdict)), VIEW_ARG(verdict_name(decision->would.verdict)));
    count(meter, &out);
}

void meter_line(struct meter *meter)
{
    meter->lines++;
}

/* ---- keeping ---- */

/* Where the series waits for a stretch its number stands first. */
static int save_series(struct meter *meter, struct ledger *ledger, uint32_t id, struct error *error)
{
    struct view text = names_text(meter->series, id), number;
    uint64_t stretch;

    if (!view_cut(&text, VIEW("~"), &number))
        return ledger_add_meter(ledger, text, meter->more[id], error);
    if (!view_number(number, UINT32_MAX, &stretch))
        return 1;
    return ledger_add_pending_meter(ledger, (uint32_t)stretch, text, meter->more[id], error);
}

static int save_all_series(struct meter *meter, struct ledger *ledger, uint64_t *lost, struct error *error)
{
    uint32_t series = names_count(meter->series);

    for (uint32_t id = 1; id <= series; id++) {
        int saved = meter->more[id] == 0 ? 0 : save_series(meter, ledger, id, error);

        if (saved == -1)
            return -1;
        *lost += saved == 1 ? meter->more[id] : 0;
    }
    return 0;
}

int meter_save(struct meter *meter, struct ledger *ledger, struct error *error)
{
    uint64_t lost = meter->lost;

    if (save_all_series(meter, ledger, &lost, error) == -1)
        return -1;
    for (size_t i = 0; i < meter->verdict_count; i++) {
        if (ledger_settle_meters(ledger, meter->verdicts[i].stretch,
                                 meter->verdicts[i].proven ? "plaintext" : "unknown", error) == -1)
            return -1;
    }
    if (meter->lines > 0 && ledger_add_meter(ledger, VIEW("outward_lines_total"), meter->lines, error) == -1)
        return -1;
    return lost > 0 && ledger_add_meter(ledger, VIEW("outward_series_refused_total"), lost, error) == -1 ? -1 : 0;
}

/* Names of stretches that were settled come no more: begin the table anew before it is full of them. */
void meter_saved(struct meter *meter)
{
    struct names *fresh;

    memset(meter->more, 0, sizeof(meter->more));
    meter->verdict_count = 0;
    meter->lines = meter->lost = 0;
    if (names_count(meter->series) < SERIES_MAX / 2 || (fresh = names_new(SERIES_MAX, meter->seed)) == NULL)
        return;
    names_free(meter->series);
    meter->series = fresh;
}
