/* The report as a postmaster reads it at breakfast: the verdict first, completeness last but never left out. */
#include <inttypes.h>
#include <stdlib.h>

#include "report/order.h"
#include "report/report.h"
#include "report/stamp.h"
#include "shared/printable.h"

enum { DOMAIN_COLUMN = 30, TEXT_MAX = 512 };

static struct view clean(struct view text, struct buf *buf)
{
    buf_reset(buf);
    printable_add(buf, view_slice(text, 0, buf->cap));
    return buf_view(buf);
}

static void put(FILE *out, struct view text)
{
    char storage[TEXT_MAX];
    struct buf buf = BUF(storage);
    struct view shown = clean(text, &buf);

    (void)fwrite(shown.p, 1, shown.n, out);
}

/* Padded with blanks to a number of columns; longer text is not cut. */
static void put_column(FILE *out, struct view text, size_t columns)
{
    char storage[TEXT_MAX];
    struct buf buf = BUF(storage);
    struct view shown = clean(text, &buf);
    size_t used = printable_columns(shown);

    (void)fwrite(shown.p, 1, shown.n, out);
    fprintf(out, "%*s", used < columns ? (int)(columns - used) : 0, "");
}

static void put_number(FILE *out, uint64_t number, int columns)
{
    fprintf(out, "%*" PRIu64, columns, number);
}

static int64_t offset_at(const struct report *report, int64_t millis)
{
    return report->offset == NULL ? 0 : report->offset(report->context, millis / 1000);
}

static void put_moment(const struct report *report, FILE *out, int64_t millis)
{
    char storage[32];
    struct buf buf = BUF(storage);

    if (millis == 0)
        buf_add(&buf, VIEW("-"));
    else
        stamp_short(&buf, millis, offset_at(report, millis));
    put_column(out, buf_view(&buf), 16);
}

/* "12.3 %", "under 0.1 %": rounded towards what is worse, so that a share never looks like all or nothing. */
static void put_share(FILE *out, uint64_t part, uint64_t whole)
{
    uint64_t tenths = whole == 0 ? 0 : (uint64_t)((double)part * 1000.0 / (double)whole);

    if (part > 0 && tenths == 0)
        fputs("under 0.1 %", out);
    else
        fprintf(out, "%" PRIu64 ".%" PRIu64 " %%", (tenths / 10), (tenths % 10));
}

static const char *plural(uint64_t number)
{
    return number == 1 ? "" : "s";
}

static size_t shown_rows(const struct report *report, size_t count)
{
    return report->top != 0 && report->top < count ? report->top : count;
}

static void put_rest(FILE *out, size_t shown, size_t count)
{
    if (shown < count)
        fprintf(out, "  ... and %zu more; --top 0 shows all\n", count - shown);
}

static void heading(FILE *out, const char *text)
{
    fprintf(out, "\n%s\n", text);
}

static void put_head(const struct report *report, FILE *out)
{
    fputs("Outbound mail", out);
    for (size_t i = 0; i < report->host_count && i < 5; i++) {
        fputs(i == 0 ? " of " : ", ", out);
        put(out, report->hosts[i]);
    }
    if (report->host_count > 5)
        fprintf(out, " and %zu more hosts", report->host_count - 5);
    if (report->from != 0) {
        fputs("\nfrom ", out);
        put_moment(report, out, report->from);
        fputs(" to ", out);
        put_moment(report, out, report->until);
    }
    fputs("\n\n", out);
}

static size_t count_plaintext_domains(const struct tally *tally)
{
    struct tally_destination row;
    size_t count = 0;

    for (size_t i = 0; tally_destination(tally, i, &row); i++)
        count += row.cell->plaintext > 0;
    return count;
}

static void put_plaintext_verdict(const struct report *report, const struct cell *totals, FILE *out)
{
    size_t domains = count_plaintext_domains(report->tally);

    fprintf(out, "PLAINTEXT: %" PRIu64 " of %" PRIu64 " messages left in plaintext (", totals->plaintext, totals->sent);
    put_share(out, totals->plaintext, totals->sent);
    fprintf(out, "), to %zu domain%s.", domains, plural(domains));
}

static void put_verdict(const struct report *report, FILE *out)
{
    const struct cell *totals = tally_totals(report->tally, HOP_DIRECT);
    uint64_t sent = totals->sent, unknown = totals->unknown;

    if (report->colour)
        fputs(totals->plaintext > 0 ? "\033[1;31m" : unknown > 0 ? "\033[1;33m" : "\033[1;32m", out);
    if (totals->plaintext > 0)
        put_plaintext_verdict(report, totals, out);
    else if (sent == 0)
        fputs("NO MAIL: no message was sent to another domain.", out);
    else if (unknown == 0)
        fprintf(out, "ENCRYPTED: all %" PRIu64 " messages left encrypted.", sent);
    else
        fprintf(out, "UNKNOWN: no message is known to have left in plaintext, but of %" PRIu64 " sent", sent);
    if (report->colour)
        fputs("\033[0m", out);
    if (unknown > 0)
        fprintf(out, "%s %" PRIu64 " cannot be judged (see Completeness).", totals->plaintext > 0 ? " A further" : "",
                unknown);
    fputs("\n", out);
}

static void put_totals(const struct report *report, FILE *out)
{
    const struct cell *totals = tally_totals(report->tally, HOP_DIRECT);
    const struct cell *lmtp = tally_totals(report->tally, HOP_LMTP);
    const struct cell *smarthost = tally_totals(report->tally, HOP_SMARTHOST);

    fprintf(out, "  sent %" PRIu64 ": encrypted %" PRIu64 ", plaintext %" PRIu64 ", unknown %" PRIu64 "\n",
            totals->sent, totals->encrypted, totals->plaintext, totals->unknown);
    fprintf(out, "  deferred %" PRIu64 " attempt%s, bounced %" PRIu64 ", expired %" PRIu64, totals->deferred,
            plural(totals->deferred), totals->bounced, tally_expirations(report->tally));
    if (totals->plaintext_attempts > 0)
        fprintf(out, "; %" PRIu64 " failed attempt%s had mail on the way in plaintext", totals->plaintext_attempts,
                plural(totals->plaintext_attempts));
    fputs("\n", out);
    if (smarthost->sent + smarthost->deferred + smarthost->bounced > 0)
        fprintf(out,
                "  through a smarthost %" PRIu64 " more (encrypted that far %" PRIu64 ", plaintext %" PRIu64
                ", unknown %" PRIu64 "): "
                "it decides the rest of the way\n",
                smarthost->sent, smarthost->encrypted, smarthost->plaintext, smarthost->unknown);
    if (lmtp->sent + lmtp->deferred + lmtp->bounced > 0)
        fprintf(out,
                "  to mail stores by LMTP %" PRIu64 " (encrypted %" PRIu64 ", plaintext %" PRIu64 ", unknown %" PRIu64
                ")\n",
                lmtp->sent, lmtp->encrypted, lmtp->plaintext, lmtp->unknown);
    if (report->only_relay.n > 0) {
        fputs("  hint: all of it went through ", out);
        put(out, report->only_relay);
        fputs("; if that sends on for you, say --smarthost with its name\n", out);
    }
    if (tally_internal(report->tally) > 0)
        fprintf(out, "  hops within our own hosts %" PRIu64 ", counted where they leave\n",
                tally_internal(report->tally));
}

static void put_leak(const struct report *report, const struct tally_leak *row, FILE *out)
{
    fputs("  ", out);
    put_moment(report, out, row->cell->last_plaintext);
    put_number(out, row->cell->plaintext, 8);
    fputs("  ", out);
    put_column(out, row->domain, DOMAIN_COLUMN);
    fputs(" from ", out);
    put_column(out, row->sender.n > 0 ? row->sender : VIEW("(unknown)"), 20);
    fprintf(out, "  %s\n", plaintext_cause_help(row->cause));
}

static void put_leaks(const struct report *report, FILE *out)
{
    size_t count, shown;
    uint32_t *list = order_leaks(report->tally, &count);

    if (count > 0)
        heading(out, "What left in plaintext (last time, messages, to, from, why)");
    shown = shown_rows(report, count);
    for (size_t i = 0; i < shown; i++) {
        struct tally_leak row;

        tally_leak(report->tally, list[i], &row);
        put_leak(report, &row, out);
    }
    put_rest(out, shown, count);
    free(list);
}

static void put_downgraded(const struct report *report, FILE *out)
{
    struct tally_destination row;
    size_t count = 0;

    for (size_t i = 0; tally_destination(report->tally, i, &row); i++) {
        if (!row.downgraded)
            continue;
        if (count++ == 0)
            heading(out, "Domains that had TLS before and now have not (last with TLS, last in plaintext)");
        if (report->top != 0 && count > report->top)
            continue;
        fputs("  ", out);
        put_column(out, row.domain, DOMAIN_COLUMN);
        fputs(" ", out);
        put_moment(report, out, row.cell->last_encrypted);
        fputs("  ", out);
        put_moment(report, out, row.cell->last_plaintext);
        fputs("\n", out);
    }
    put_rest(out, shown_rows(report, count), count);
}

static void put_violation(const struct report *report, const struct violation *row, FILE *out)
{
    fputs("  ", out);
    put_moment(report, out, row->last);
    put_number(out, row->count, 8);
    fputs("  ", out);
    put_column(out, row->domain, DOMAIN_COLUMN);
    if (row->rule != NULL) {
        fprintf(out, " %s %s, ", row->rule->require ? "require" : "expect",
                row->rule->demand == DEMAND_VERIFIED ? "verified" : "encrypted");
        put(out, row->rule->place.file);
        fprintf(out, ":%u", row->rule->place.line);
    }
    fputs("\n", out);
}

static void put_violations(const struct report *report, FILE *out)
{
    size_t count, shown;
    uint32_t *list = order_violations(report->violations, &count);

    if (count > 0)
        heading(out, "Delivery rules violated (last time, messages, to, rule)");
    shown = shown_rows(report, count);
    for (size_t i = 0; i < shown; i++) {
        struct violation row;

        violation_at(report->violations, list[i], &row);
        put_violation(report, &row, out);
    }
    put_rest(out, shown, count);
    free(list);
}

static uint64_t count_failures(const struct tally *tally, enum tls_failure failure, struct view *worst)
{
    struct tally_destination row;
    uint64_t count = 0;
    uint32_t most = 0;

    for (size_t i = 0; tally_destination(tally, i, &row); i++) {
        count += row.failures[failure];
        if (row.failures[failure] > most) {
            most = row.failures[failure];
            *worst = row.domain;
        }
    }
    return count;
}

static void put_failures(const struct report *report, FILE *out)
{
    bool first = true;

    for (int i = TLS_FAILURE_NONE + 1; i < TLS_FAILURE_COUNT; i++) {
        enum tls_failure failure = (enum tls_failure)i;
        struct view worst = { NULL, 0 };
        uint64_t count = count_failures(report->tally, failure, &worst);

        if (count == 0)
            continue;
        if (first)
            heading(out, "TLS failures (attempts, why, most of them at)");
        first = false;
        put_number(out, count, 8);
        fprintf(out, "  %-58s ", tls_failure_help(failure));
        put(out, worst);
        fputs("\n", out);
    }
}

static void put_destinations(const struct report *report, FILE *out)
{
    size_t count, shown;
    uint32_t *list = order_destinations(report->tally, &count);

    shown = shown_rows(report, count);
    if (count > 0) {
        heading(out, "Destinations");
        fprintf(out, "  %-*s %9s %9s %9s %9s %9s %9s\n", DOMAIN_COLUMN, "domain", "sent", "encrypted", "plaintext",
                "unknown", "deferred", "bounced");
    }
    for (size_t i = 0; i < shown; i++) {
        struct tally_destination row;

        tally_destination(report->tally, list[i], &row);
        fputs("  ", out);
        put_column(out, row.domain, DOMAIN_COLUMN);
        fprintf(out, " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 "\n", row.cell->sent,
                row.cell->encrypted, row.cell->plaintext, row.cell->unknown, row.cell->deferred, row.cell->bounced);
    }
    put_rest(out, shown, count);
    free(list);
}

static bool is_bad(const struct tally_submission *row)
{
    return row->rejected + row->held + row->deferred + row->would > 0 || view_eq(row->tls, VIEW("none"));
}

static void put_submission(const struct report *report, const struct tally_submission *row, FILE *out)
{
    fputs("  ", out);
    put_moment(report, out, row->last);
    fputs("  ", out);
    put_column(out, row->listener, 12);
    fputs(" login ", out);
    put_column(out, row->login, 20);
    fputs(" ", out);
    put_column(out, row->client, 40);
    fputs(" tls ", out);
    put_column(out, row->tls, 8);
    fprintf(out, " accepted %" PRIu64 ", refused %" PRIu64 ", held %" PRIu64 ", would be refused %" PRIu64 "\n",
            row->accepted, (row->rejected + row->deferred), row->held, row->would);
}

static void put_submissions(const struct report *report, FILE *out)
{
    size_t count, shown = 0, bad = 0;
    uint32_t *list = order_submissions(report->tally, &count);

    for (size_t i = 0; i < count; i++) {
        struct tally_submission row;

        tally_submission(report->tally, list[i], &row);
        if (!is_bad(&row))
            continue;
        if (bad++ == 0)
            heading(out, "Who still submits badly (last seen, listener, login, client)");
        if (report->top != 0 && bad > report->top)
            continue;
        shown++;
        put_submission(report, &row, out);
    }
    put_rest(out, shown, bad);
    free(list);
}

static void put_versions(const struct report *report, FILE *out)
{
    uint64_t totals[VERSION_COUNT] = { 0 };
    struct tally_destination row;
    bool first = true;

    for (size_t i = 0; tally_destination(report->tally, i, &row); i++) {
        for (int version = 0; version < VERSION_COUNT; version++)
            totals[version] += row.versions[version];
    }
    for (int version = VERSION_COUNT - 1; version >= 0; version--) {
        if (totals[version] == 0)
            continue;
        fputs(first ? "  versions      " : ", ", out);
        first = false;
        put(out, tally_version_name((enum tally_version)version));
        fprintf(out, " %" PRIu64, totals[version]);
    }
    if (!first)
        fputs("\n", out);
}

static void put_words(const struct report *report, enum tally_word kind, const char *label, FILE *out)
{
    struct view word;
    uint64_t count;
    size_t i;

    for (i = 0; tally_word(report->tally, kind, i, &word, &count); i++) {
        fputs(i == 0 ? label : ", ", out);
        put(out, word);
        fprintf(out, " %" PRIu64, count);
    }
    if (i > 0)
        fputs("\n", out);
}

static void put_post_quantum(const struct report *report, FILE *out)
{
    uint64_t with = 0, all = 0, count;
    struct view word;

    for (size_t i = 0; tally_word(report->tally, WORD_KEY_EXCHANGE, i, &word, &count); i++) {
        all += count;
        with += key_exchange_is_post_quantum(word) ? count : 0;
    }
    if (all > 0)
        fprintf(out, "  post-quantum  %" PRIu64 " of %" PRIu64 " messages whose key exchange is logged\n", with, all);
}

static void put_tls_in_use(const struct report *report, FILE *out)
{
    if (tally_totals(report->tally, HOP_DIRECT)->encrypted == 0)
        return;
    heading(out, "TLS in use (messages)");
    put_versions(report, out);
    put_words(report, WORD_CIPHER, "  ciphers       ", out);
    put_words(report, WORD_KEY_EXCHANGE, "  key exchange  ", out);
    put_post_quantum(report, out);
}

static void put_senders(const struct report *report, FILE *out)
{
    size_t count, shown;
    uint32_t *list = order_senders(report->tally, &count);

    shown = shown_rows(report, count);
    if (count > 0) {
        heading(out, "Senders");
        fprintf(out, "  %-*s %-9s %9s %9s %9s %9s %9s %9s\n", DOMAIN_COLUMN, "domain", "origin", "sent", "encrypted",
                "plaintext", "unknown", "to Gmail", "peak 24 h");
    }
    for (size_t i = 0; i < shown; i++) {
        struct gmail_peak peak = tally_gmail_peak(report->tally, list[i]);
        struct tally_sender row;

        tally_sender(report->tally, list[i], &row);
        fputs("  ", out);
        put_column(out, row.domain.n > 0 ? row.domain : VIEW("(unknown)"), DOMAIN_COLUMN);
        fputs(" ", out);
        put_column(out, origin_name(row.origin), 9);
        fprintf(out, " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 "\n",
                (row.cell->sent + row.via_smarthost), row.cell->encrypted, row.cell->plaintext, row.cell->unknown,
                row.gmail, peak.recipients);
    }
    put_rest(out, shown, count);
    free(list);
}

static void put_period(const struct report *report, int64_t begin, const struct cell *sum, FILE *out)
{
    fputs("  ", out);
    put_moment(report, out, begin);
    fprintf(out, " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 " %9" PRIu64 "\n", sum->sent,
            sum->encrypted, sum->plaintext, sum->unknown, sum->deferred, sum->bounced);
}

/* When the local hour or day of a moment began. */
static int64_t begin_of(const struct report *report, int64_t millis)
{
    int64_t offset = offset_at(report, millis) * 1000;
    int64_t unit = report->series == SERIES_DAY ? 86400 * 1000 : 3600 * 1000;

    return (millis + offset) / unit * unit - offset;
}

static void put_series(const struct report *report, FILE *out)
{
    struct cell sum = { 0 };
    int64_t current = 0;
    size_t count;
    uint32_t *list = report->series == SERIES_NONE ? NULL : order_hours(report->tally, &count);

    if (list == NULL)
        return;
    heading(out, report->series == SERIES_DAY ? "By day" : "By hour");
    fprintf(out, "  %-16s %9s %9s %9s %9s %9s %9s\n", "begin", "sent", "encrypted", "plaintext", "unknown", "deferred",
            "bounced");
    for (size_t i = 0; i < count; i++) {
        const struct cell *cell;
        int64_t begin;

        tally_hour(report->tally, list[i], &begin, &cell);
        begin = begin_of(report, begin);
        if (i > 0 && begin != current) {
            put_period(report, current, &sum, out);
            sum = (struct cell){ 0 };
        }
        current = begin;
        cell_add(&sum, cell);
    }
    if (count > 0)
        put_period(report, current, &sum, out);
    free(list);
}

static void put_completeness(const struct report *report, FILE *out)
{
    const struct cell *totals = tally_totals(report->tally, HOP_DIRECT);

    heading(out, "Completeness");
    fprintf(out,
            "  %" PRIu64 " lines read, %" PRIu64 " deliveries and attempts found, %" PRIu64
            " line%s not understood, %" PRIu64 " gap%s\n",
            report->lines, (totals->sent + totals->deferred + totals->bounced), report->unparsed,
            plural(report->unparsed), report->gaps, plural(report->gaps));
    for (int reason = UNKNOWN_NO_REASON + 1; reason < UNKNOWN_REASON_COUNT; reason++) {
        uint64_t count = tally_unknown(report->tally, (enum unknown_reason)reason);

        if (count > 0)
            fprintf(out, "  %" PRIu64 " sent message%s unknown: %s\n", count, plural(count),
                    unknown_reason_help((enum unknown_reason)reason));
    }
    if (report->evicted + tally_dropped(report->tally) > 0)
        fprintf(out,
                "  limits were reached: %" PRIu64 " times something was forgotten, %" PRIu64
                " counts are in the totals only\n",
                report->evicted, tally_dropped(report->tally));
    for (size_t i = 0; i < report->sample_count; i++) {
        fputs("  not understood: ", out);
        put(out, report->samples[i]);
        fputs("\n", out);
    }
}

void report_text(const struct report *report, FILE *out)
{
    put_head(report, out);
    put_verdict(report, out);
    put_totals(report, out);
    put_leaks(report, out);
    put_violations(report, out);
    put_downgraded(report, out);
    put_failures(report, out);
    put_submissions(report, out);
    put_destinations(report, out);
    put_senders(report, out);
    put_tls_in_use(report, out);
    put_series(report, out);
    put_completeness(report, out);
}
