/* Destinations as RFC 4180 CSV, for spreadsheets. */
#include <inttypes.h>
#include <stdlib.h>

#include "report/order.h"
#include "report/report.h"
#include "shared/printable.h"
#include "shared/stamp.h"

/* One character, and how many octets it had.  What is no UTF-8 and what steers a terminal is U+FFFD, as in JSON. */
static size_t put_character(FILE *out, struct view text)
{
    uint32_t point;
    size_t n = utf8_decode(text, &point);

    if (n == 0 || point < 0x20 || (point >= 0x7f && point < 0xa0))
        fputs("\xef\xbf\xbd", out);
    else
        (void)fwrite(text.p, 1, n, out);
    return n == 0 ? 1 : n;
}

/* Always in quotes; a cell that a spreadsheet would take for a formula begins with an apostrophe. */
static void put_text(FILE *out, struct view text)
{
    fputc('"', out);
    if (text.n > 0 && view_find_char(VIEW("=+-@\t\r"), text.p[0]) >= 0)
        fputc('\'', out);
    for (size_t i = 0; i < text.n;) {
        if (text.p[i] == '"')
            fputc('"', out);
        i += put_character(out, view_slice(text, i, text.n));
    }
    fputc('"', out);
}

static void put_moment(FILE *out, int64_t millis)
{
    char storage[64];
    struct buf buf = BUF(storage);

    if (millis != 0)
        stamp_rfc3339(&buf, millis, 0);
    (void)fwrite(buf.p, 1, buf.len, out);
}

static void put_header(FILE *out)
{
    fputs("domain,sent,encrypted,plaintext,unknown,deferred,bounced,plaintext_attempts", out);
    for (int level = PEER_ANONYMOUS; level < PEER_LEVEL_COUNT; level++)
        fprintf(out, ",%.*s", VIEW_ARG(peer_level_name((enum peer_level)level)));
    for (int version = 0; version < VERSION_COUNT; version++)
        fprintf(out, ",%.*s", VIEW_ARG(tally_version_name((enum tally_version)version)));
    for (int failure = TLS_FAILURE_NONE + 1; failure < TLS_FAILURE_COUNT; failure++)
        fprintf(out, ",failed_%.*s", VIEW_ARG(tls_failure_name((enum tls_failure)failure)));
    fputs(",last_plaintext,downgraded\r\n", out);
}

static void put_row(FILE *out, const struct tally_destination *row)
{
    const uint64_t counts[] = {
        row->cell->sent,     row->cell->encrypted, row->cell->plaintext,         row->cell->unknown,
        row->cell->deferred, row->cell->bounced,   row->cell->plaintext_attempts
    };

    put_text(out, row->domain);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        fprintf(out, ",%" PRIu64, counts[i]);
    for (int level = PEER_ANONYMOUS; level < PEER_LEVEL_COUNT; level++)
        fprintf(out, ",%u", row->levels[level]);
    for (int version = 0; version < VERSION_COUNT; version++)
        fprintf(out, ",%u", row->versions[version]);
    for (int failure = TLS_FAILURE_NONE + 1; failure < TLS_FAILURE_COUNT; failure++)
        fprintf(out, ",%u", row->failures[failure]);
    fputc(',', out);
    put_moment(out, row->cell->last_plaintext);
    fprintf(out, ",%s\r\n", row->downgraded ? "yes" : "no");
}

void report_csv(const struct report *report, FILE *out)
{
    size_t count;
    uint32_t *list = order_destinations(report->tally, &count);

    put_header(out);
    for (size_t i = 0; i < count; i++) {
        struct tally_destination row;

        tally_destination(report->tally, list[i], &row);
        put_row(out, &row);
    }
    free(list);
}
