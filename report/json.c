#include <stdlib.h>

#include "report/completeness.h"
#include "report/json_guidelines.h"
#include "report/json_out.h"
#include "report/order.h"
#include "report/report.h"
#include "report/words.h"

#define NO_NAME VIEW("")

/* The verdict's numbers, shared by totals, destinations, senders and hours. */
static void counts(struct json_out *json, const struct cell *cell)
{
    json_number(json, VIEW("sent"), cell->sent);
    json_number(json, VIEW("encrypted"), cell->encrypted);
    json_number(json, VIEW("plaintext"), cell->plaintext);
    json_number(json, VIEW("unknown"), cell->unknown);
}

static void failed(struct json_out *json, const struct cell *cell)
{
    json_number(json, VIEW("deferred"), cell->deferred);
    json_number(json, VIEW("bounced"), cell->bounced);
}

static void head(struct json_out *json, const struct report *report)
{
    json_number(json, VIEW("schema"), 1);
    json_line(json);
    json_open(json, VIEW("period"), '{');
    json_moment(json, VIEW("from"), report->from);
    json_moment(json, VIEW("until"), report->until);
    json_close(json, '}');
    json_line(json);
    json_open(json, VIEW("hosts"), '[');
    for (size_t i = 0; i < report->host_count; i++)
        json_text(json, NO_NAME, report->hosts[i]);
    json_close(json, ']');
    json_line(json);
}

static void completeness(struct json_out *json, const struct report *report)
{
    json_open(json, VIEW("completeness"), '{');
    for (size_t i = 0; i < completeness_count; i++)
        json_number(json, completeness_table[i].name, completeness_table[i].count(report));
    json_open(json, VIEW("reasons"), '{');
    for (int reason = UNKNOWN_NO_REASON + 1; reason < UNKNOWN_REASON_COUNT; reason++) {
        uint64_t count = tally_unknown(report->tally, (enum unknown_reason)reason);

        if (count > 0)
            json_number(json, unknown_reason_name((enum unknown_reason)reason), count);
    }
    json_close(json, '}');
    json_close(json, '}');
    json_line(json);
}

static void totals(struct json_out *json, struct view name, const struct tally *tally, enum hop hop)
{
    const struct cell *cell = tally_totals(tally, hop);

    json_open(json, name, '{');
    counts(json, cell);
    failed(json, cell);
    if (hop == HOP_DIRECT)
        json_number(json, VIEW("expired"), tally_expirations(tally));
    json_number(json, VIEW("plaintext_attempts"), cell->plaintext_attempts);
    json_close(json, '}');
    json_line(json);
}

static void words(struct json_out *json, struct view name, const struct tally *tally, enum tally_word kind)
{
    size_t rows;
    uint32_t *list = order_words(tally, kind, &rows);

    json_open(json, name, '{');
    for (size_t i = 0; i < rows; i++) {
        struct view word;
        uint64_t count;

        tally_word(tally, kind, list[i], &word, &count);
        json_foreign_number(json, word, count);
    }
    json_close(json, '}');
    json_line(json);
    free(list);
}

static void levels(struct json_out *json, const struct tally_destination *row)
{
    json_open(json, VIEW("levels"), '{');
    for (int level = PEER_ANONYMOUS; level < PEER_LEVEL_COUNT; level++)
        json_number(json, peer_level_name((enum peer_level)level), row->levels[level]);
    json_close(json, '}');
    json_open(json, VIEW("versions"), '{');
    for (int version = 0; version < VERSION_COUNT; version++) {
        if (row->versions[version] > 0)
            json_number(json, tally_version_name((enum tally_version)version), row->versions[version]);
    }
    json_close(json, '}');
}

static void failures(struct json_out *json, const struct tally_destination *row)
{
    json_open(json, VIEW("failures"), '{');
    for (int failure = TLS_FAILURE_NONE + 1; failure < TLS_FAILURE_COUNT; failure++) {
        if (row->failures[failure] > 0)
            json_number(json, tls_failure_name((enum tls_failure)failure), row->failures[failure]);
    }
    json_close(json, '}');
}

static void destination(struct json_out *json, const struct tally *tally, size_t index)
{
    struct tally_destination row;

    tally_destination(tally, index, &row);
    json_text(json, VIEW("domain"), row.domain);
    counts(json, row.cell);
    failed(json, row.cell);
    levels(json, &row);
    failures(json, &row);
    json_moment(json, VIEW("last_plaintext"), row.cell->last_plaintext);
    json_flag(json, VIEW("downgraded"), row.downgraded);
}

static void refusals(struct json_out *json, const struct tally *tally, size_t sender)
{
    size_t rows;
    uint32_t *list = order_refusals(tally, sender, &rows);

    json_open(json, VIEW("refusals"), '{');
    for (size_t i = 0; i < rows; i++) {
        struct view code;
        uint64_t count;

        tally_refusal(tally, sender, list[i], &code, &count);
        json_foreign_number(json, code, count);
    }
    json_close(json, '}');
    free(list);
}

/* Gmail's rule for all senders, a TLS connection for transmitting mail, as far as deliveries to Gmail show. */
static struct view tls_guideline(const struct tally_sender *row)
{
    if (row->gmail == 0)
        return VIEW("no-data");
    if (row->gmail_cell->plaintext + row->gmail_cell->plaintext_attempts > 0)
        return VIEW("needs-work");
    return row->gmail_cell->unknown > 0 || row->gmail_cell->sent < row->gmail ? VIEW("unknown") : VIEW("compliant");
}

static void sender(struct json_out *json, const struct tally *tally, size_t index)
{
    struct gmail_peak peak = tally_gmail_peak(tally, index);
    struct tally_sender row;

    tally_sender(tally, index, &row);
    json_text(json, VIEW("domain"), row.domain);
    json_text(json, VIEW("origin"), origin_name(row.origin));
    counts(json, row.cell);
    json_number(json, VIEW("via_smarthost"), row.via_smarthost);
    json_number(json, VIEW("gmail"), row.gmail);
    json_number(json, VIEW("gmail_peak_24h"), peak.recipients);
    json_moment(json, VIEW("bulk_since"), peak.bulk_since);
    refusals(json, tally, index);
    json_open(json, VIEW("guidelines"), '{');
    json_text(json, VIEW("tls"), tls_guideline(&row));
    json_close(json, '}');
}

static void submission(struct json_out *json, const struct tally *tally, size_t index)
{
    struct tally_submission row;

    tally_submission(tally, index, &row);
    json_text(json, VIEW("listener"), row.listener);
    if (view_eq(row.login, VIEW("none")))
        json_absent(json, VIEW("login"));
    else
        json_text(json, VIEW("login"), row.login);
    json_text(json, VIEW("client"), row.client);
    json_text(json, VIEW("tls"), row.tls);
    json_text(json, VIEW("auth"), row.mechanism);
    json_number(json, VIEW("accepted"), row.accepted);
    json_number(json, VIEW("tagged"), row.tagged);
    json_number(json, VIEW("held"), row.held);
    json_number(json, VIEW("deferred"), row.deferred);
    json_number(json, VIEW("rejected"), row.rejected);
    json_number(json, VIEW("would"), row.would);
    json_moment(json, VIEW("last"), row.last);
}

static void series(struct json_out *json, const struct report *report)
{
    size_t count;
    struct stretch_sum *sums = sum_series(report, report->series, &count);

    json_open(json, report->series == SERIES_DAY ? VIEW("days") : VIEW("hours"), '[');
    for (size_t i = 0; i < count; i++) {
        json_line(json);
        json_open(json, NO_NAME, '{');
        json_moment(json, VIEW("begin"), sums[i].begin);
        counts(json, &sums[i].sum);
        failed(json, &sums[i].sum);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_line(json);
    free(sums);
}

/* "outward.conf:27"; several rules beyond the limit have none. */
static void rule_place(struct json_out *json, const struct delivery_rule *rule)
{
    char text[512];
    struct buf buf = BUF(text);

    if (rule == NULL) {
        json_absent(json, VIEW("rule"));
        return;
    }
    buf_add(&buf, view_slice(rule->place.file, 0, sizeof(text) - 24));
    buf_addf(&buf, ":%u", rule->place.line);
    json_text(json, VIEW("rule"), buf_view(&buf));
}

static void violations(struct json_out *json, const struct violations *violations)
{
    size_t count;
    uint32_t *list = order_violations(violations, &count);

    json_open(json, VIEW("violations"), '[');
    for (size_t i = 0; i < count; i++) {
        struct violation row;

        violation_at(violations, list[i], &row);
        json_line(json);
        json_open(json, NO_NAME, '{');
        rule_place(json, row.rule);
        json_text(json, VIEW("domain"), row.domain);
        json_number(json, VIEW("count"), row.count);
        json_moment(json, VIEW("last"), row.last);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_line(json);
    free(list);
}

/* Each row of a table as one object on a line. */
static void rows(struct json_out *json, struct view name, const struct tally *tally,
                 uint32_t *(*order)(const struct tally *, size_t *),
                 void (*row)(struct json_out *, const struct tally *, size_t))
{
    size_t count;
    uint32_t *list = order(tally, &count);

    json_open(json, name, '[');
    for (size_t i = 0; i < count; i++) {
        json_line(json);
        json_open(json, NO_NAME, '{');
        row(json, tally, list[i]);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_line(json);
    free(list);
}

void report_json(const struct report *report, FILE *out)
{
    const struct tally *tally = report->tally;
    struct json_out json = { .out = out };

    json_open(&json, NO_NAME, '{');
    head(&json, report);
    completeness(&json, report);
    totals(&json, VIEW("totals"), tally, HOP_DIRECT);
    totals(&json, VIEW("lmtp"), tally, HOP_LMTP);
    totals(&json, VIEW("via_smarthost"), tally, HOP_SMARTHOST);
    json_number(&json, VIEW("internal"), tally_internal(tally));
    json_number(&json, VIEW("downgrades"), tally_downgrades(tally));
    if (report->main_relay.n > 0)
        json_text(&json, VIEW("main_relay"), report->main_relay);
    else
        json_absent(&json, VIEW("main_relay"));
    json_line(&json);
    words(&json, VIEW("ciphers"), tally, WORD_CIPHER);
    words(&json, VIEW("key_exchanges"), tally, WORD_KEY_EXCHANGE);
    rows(&json, VIEW("destinations"), tally, order_destinations, destination);
    rows(&json, VIEW("senders"), tally, order_senders, sender);
    rows(&json, VIEW("submission"), tally, order_submissions, submission);
    violations(&json, report->violations);
    json_guidelines(&json, report);
    if (report->series != SERIES_NONE)
        series(&json, report);
    json_close(&json, '}');
    json_finish(&json);
}
