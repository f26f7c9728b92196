#include <stdlib.h>

#include <jansson.h>

#include "report/order.h"
#include "report/report.h"
#include "report/stamp.h"

/* Rows are written one by one: a tree of a million destinations would need gigabytes. */
enum { FLAGS = JSON_COMPACT | JSON_PRESERVE_ORDER };

/* Foreign octets that are no UTF-8 become '?': JSON has no other way to carry them (RFC 8259 section 8.1). */
static json_t *text(struct view view)
{
    json_t *value = json_stringn(view.n > 0 ? view.p : "", view.n);
    char *copy;

    if (value != NULL || (copy = malloc(view.n)) == NULL)
        return value;
    for (size_t i = 0; i < view.n; i++)
        copy[i] = (char)((unsigned char)view.p[i] < 0x80 ? view.p[i] : '?');
    value = json_stringn(copy, view.n);
    free(copy);
    return value;
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static json_t *moment(int64_t millis)
{
    char storage[64];
    struct buf buf = BUF(storage);

    if (millis == 0)
        return json_null();
    stamp_rfc3339(&buf, millis, 0);
    return text(buf_view(&buf));
}

static void set(json_t *object, struct view key, json_t *value)
{
    char name[64];
    struct buf buf = BUF(name);

    buf_add(&buf, key);
    json_object_set_new(object, buf_text(&buf), value);
}

/* The verdict's numbers, shared by totals, destinations and senders. */
static void set_counts(json_t *object, const struct cell *cell)
{
    json_object_set_new(object, "sent", number(cell->sent));
    json_object_set_new(object, "encrypted", number(cell->encrypted));
    json_object_set_new(object, "plaintext", number(cell->plaintext));
    json_object_set_new(object, "unknown", number(cell->unknown));
}

static void set_failed(json_t *object, const struct cell *cell)
{
    json_object_set_new(object, "deferred", number(cell->deferred));
    json_object_set_new(object, "bounced", number(cell->bounced));
}

static void member(FILE *out, const char *name, json_t *value)
{
    fprintf(out, ",\n\"%s\": ", name);
    json_dumpf(value, out, FLAGS | JSON_ENCODE_ANY);
    json_decref(value);
}

static json_t *period(const struct report *report)
{
    return json_pack("{s:o, s:o}", "from", moment(report->from), "until", moment(report->until));
}

static json_t *hosts(const struct report *report)
{
    json_t *list = json_array();

    for (size_t i = 0; i < report->host_count; i++)
        json_array_append_new(list, text(report->hosts[i]));
    return list;
}

static json_t *completeness(const struct report *report)
{
    const struct cell *totals = tally_totals(report->tally, HOP_DIRECT);
    json_t *object = json_object(), *reasons = json_object();

    json_object_set_new(object, "lines", number(report->lines));
    json_object_set_new(object, "deliveries", number(totals->sent + totals->deferred + totals->bounced));
    json_object_set_new(object, "unknown", number(totals->unknown));
    json_object_set_new(object, "unparsed", number(report->unparsed));
    json_object_set_new(object, "gaps", number(report->gaps));
    json_object_set_new(object, "evicted", number(report->evicted));
    json_object_set_new(object, "dropped", number(tally_dropped(report->tally)));
    for (int reason = UNKNOWN_NO_REASON + 1; reason < UNKNOWN_REASON_COUNT; reason++) {
        uint64_t count = tally_unknown(report->tally, (enum unknown_reason)reason);

        if (count > 0)
            set(reasons, unknown_reason_name((enum unknown_reason)reason), number(count));
    }
    json_object_set_new(object, "reasons", reasons);
    return object;
}

static json_t *totals(const struct cell *cell)
{
    json_t *object = json_object();

    set_counts(object, cell);
    set_failed(object, cell);
    json_object_set_new(object, "plaintext_attempts", number(cell->plaintext_attempts));
    return object;
}

static json_t *all_totals(const struct tally *tally)
{
    json_t *object = totals(tally_totals(tally, HOP_DIRECT));

    json_object_set_new(object, "expired", number(tally_expirations(tally)));
    return object;
}

static json_t *words(const struct tally *tally, enum tally_word kind)
{
    json_t *object = json_object();
    struct view word;
    uint64_t count;

    for (size_t i = 0; tally_word(tally, kind, i, &word, &count); i++)
        set(object, word, number(count));
    return object;
}

static json_t *destination(const struct tally *tally, size_t index)
{
    json_t *object = json_object(), *levels = json_object(), *used = json_object(), *failures = json_object();
    struct tally_destination row;

    tally_destination(tally, index, &row);
    json_object_set_new(object, "domain", text(row.domain));
    set_counts(object, row.cell);
    set_failed(object, row.cell);
    for (int level = PEER_ANONYMOUS; level < PEER_LEVEL_COUNT; level++)
        set(levels, peer_level_name((enum peer_level)level), number(row.levels[level]));
    for (int version = 0; version < VERSION_COUNT; version++) {
        if (row.versions[version] > 0)
            set(used, tally_version_name((enum tally_version)version), number(row.versions[version]));
    }
    for (int failure = TLS_FAILURE_NONE + 1; failure < TLS_FAILURE_COUNT; failure++) {
        if (row.failures[failure] > 0)
            set(failures, tls_failure_name((enum tls_failure)failure), number(row.failures[failure]));
    }
    json_object_set_new(object, "levels", levels);
    json_object_set_new(object, "versions", used);
    json_object_set_new(object, "failures", failures);
    json_object_set_new(object, "last_plaintext", moment(row.cell->last_plaintext));
    json_object_set_new(object, "downgraded", json_boolean(row.downgraded));
    return object;
}

static json_t *refusals(const struct tally *tally, size_t sender)
{
    json_t *object = json_object();
    struct view code;
    uint64_t count;

    for (size_t i = 0; tally_refusal(tally, sender, i, &code, &count); i++) {
        char name[32];
        struct buf buf = BUF(name);

        buf_add(&buf, VIEW("gmail "));
        buf_add(&buf, code);
        set(object, buf_view(&buf), number(count));
    }
    return object;
}

/* Gmail's rule R6, a TLS connection for transmitting mail, as far as deliveries to Gmail show. */
static const char *tls_guideline(const struct tally_sender *row)
{
    if (row->gmail == 0)
        return "no-data";
    if (row->gmail_cell->plaintext > 0)
        return "needs-work";
    return row->gmail_cell->unknown > 0 || row->gmail_cell->sent < row->gmail ? "unknown" : "compliant";
}

static json_t *sender(const struct tally *tally, size_t index)
{
    json_t *object = json_object();
    struct gmail_peak peak = tally_gmail_peak(tally, index);
    struct tally_sender row;

    tally_sender(tally, index, &row);
    json_object_set_new(object, "domain", text(row.domain));
    set(object, VIEW("origin"), text(origin_name(row.origin)));
    set_counts(object, row.cell);
    json_object_set_new(object, "via_smarthost", number(row.via_smarthost));
    json_object_set_new(object, "gmail", number(row.gmail));
    json_object_set_new(object, "gmail_peak_24h", number(peak.recipients));
    json_object_set_new(object, "bulk_since", moment(peak.bulk_since));
    json_object_set_new(object, "refusals", refusals(tally, index));
    json_object_set_new(object, "guidelines", json_pack("{s:s}", "tls", tls_guideline(&row)));
    return object;
}

/* What the record leaves out is "none"; a login is then null. */
static json_t *login(struct view name)
{
    return view_eq(name, VIEW("none")) ? json_null() : text(name);
}

static json_t *submission(const struct tally *tally, size_t index)
{
    json_t *object = json_object();
    struct tally_submission row;

    tally_submission(tally, index, &row);
    json_object_set_new(object, "listener", text(row.listener));
    json_object_set_new(object, "login", login(row.login));
    json_object_set_new(object, "client", text(row.client));
    json_object_set_new(object, "tls", text(row.tls));
    json_object_set_new(object, "auth", text(row.mechanism));
    json_object_set_new(object, "accepted", number(row.accepted));
    json_object_set_new(object, "tagged", number(row.tagged));
    json_object_set_new(object, "held", number(row.held));
    json_object_set_new(object, "deferred", number(row.deferred));
    json_object_set_new(object, "rejected", number(row.rejected));
    json_object_set_new(object, "would", number(row.would));
    json_object_set_new(object, "last", moment(row.last));
    return object;
}

static json_t *hour(const struct tally *tally, size_t index)
{
    json_t *object = json_object();
    const struct cell *cell;
    int64_t begin;

    tally_hour(tally, index, &begin, &cell);
    json_object_set_new(object, "begin", moment(begin));
    set_counts(object, cell);
    set_failed(object, cell);
    return object;
}

static void rows(FILE *out, const char *name, const struct tally *tally,
                 uint32_t *(*order)(const struct tally *, size_t *), json_t *(*row)(const struct tally *, size_t))
{
    size_t count;
    uint32_t *list = order(tally, &count);

    fprintf(out, ",\n\"%s\": [", name);
    for (size_t i = 0; i < count; i++) {
        json_t *value = row(tally, list[i]);

        fputs(i == 0 ? "\n" : ",\n", out);
        json_dumpf(value, out, FLAGS);
        json_decref(value);
    }
    fputs("]", out);
    free(list);
}

void report_json(const struct report *report, FILE *out)
{
    const struct tally *tally = report->tally;

    fputs("{\"schema\": 1", out);
    member(out, "period", period(report));
    member(out, "hosts", hosts(report));
    member(out, "completeness", completeness(report));
    member(out, "totals", all_totals(tally));
    member(out, "lmtp", totals(tally_totals(tally, HOP_LMTP)));
    member(out, "via_smarthost", totals(tally_totals(tally, HOP_SMARTHOST)));
    member(out, "only_relay", report->only_relay.n > 0 ? text(report->only_relay) : json_null());
    member(out, "internal", number(tally_internal(tally)));
    member(out, "downgrades", number(tally_downgrades(tally)));
    member(out, "ciphers", words(tally, WORD_CIPHER));
    member(out, "key_exchanges", words(tally, WORD_KEY_EXCHANGE));
    rows(out, "destinations", tally, order_destinations, destination);
    rows(out, "senders", tally, order_senders, sender);
    rows(out, "submission", tally, order_submissions, submission);
    if (report->series != SERIES_NONE)
        rows(out, "hours", tally, order_hours, hour);
    fputs("}\n", out);
}
