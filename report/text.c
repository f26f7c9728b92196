/* The report as a postmaster reads it at breakfast: the verdict first, completeness last but never left out. */
#include <stdlib.h>

#include "report/order.h"
#include "report/report.h"
#include "report/text_out.h"
#include "shared/printable.h"

enum { FAILURE_COLUMN = 58, LABEL_COLUMN = 14, HOSTS_SHOWN = 5, TEXT_MAX = 512 };

/* What destinations, senders and periods have in common. */
static void put_counts(FILE *out, const struct cell *cell)
{
    text_number(out, cell->encrypted, NUMBER_COLUMN);
    text_number(out, cell->plaintext, NUMBER_COLUMN);
    text_number(out, cell->unknown, NUMBER_COLUMN);
}

static void put_all_counts(FILE *out, const struct cell *cell)
{
    text_number(out, cell->sent, NUMBER_COLUMN);
    put_counts(out, cell);
    text_number(out, cell->deferred, NUMBER_COLUMN);
    text_number(out, cell->bounced, NUMBER_COLUMN);
    fputs("\n", out);
}

static const char *const count_titles[] = { N_("sent"),    N_("encrypted"), N_("plaintext"),
                                            N_("unknown"), N_("deferred"),  N_("bounced") };

static void put_head(const struct report *report, FILE *out)
{
    fputs(say(report, "Outbound mail"), out);
    for (size_t i = 0; i < report->host_count && i < HOSTS_SHOWN; i++) {
        fputs(i == 0 ? say(report, " of ") : ", ", out);
        text_put(out, report->hosts[i]);
    }
    if (report->host_count > HOSTS_SHOWN)
        fprintf(out, say(report, " and %s more hosts"), number_plain(report->host_count - HOSTS_SHOWN).text);
    if (report->from != 0) {
        char from[32], until[32];
        struct buf begin = BUF(from), end = BUF(until);

        moment_add(report, &begin, report->from);
        moment_add(report, &end, report->until);
        fputs("\n", out);
        fprintf(out, say(report, "from %1$s to %2$s"), buf_text(&begin), buf_text(&end));
    }
    fputs("\n\n", out);
}

static void put_verdict(const struct report *report, FILE *out)
{
    static const char *const colours[] = { [SUMMARY_NO_MAIL] = "\033[1;32m",
                                           [SUMMARY_ENCRYPTED] = "\033[1;32m",
                                           [SUMMARY_TO_RELAY] = "\033[1;33m",
                                           [SUMMARY_UNKNOWN] = "\033[1;33m",
                                           [SUMMARY_PLAINTEXT] = "\033[1;31m" };
    struct summary_words words;

    summary_say(report, number_plain, &words);
    if (report->colour)
        fputs(colours[report_summary(report)], out);
    fprintf(out, say(report, "%1$s: %2$s"), words.word, words.sentence);
    if (report->colour)
        fputs("\033[0m", out);
    if (words.addition[0] != '\0')
        fputs(" ", out);
    text_put(out, view_of(words.addition));
    fputs("\n", out);
}

static bool is_used(const struct cell *cell)
{
    return cell->sent + cell->deferred + cell->bounced > 0;
}

/* Mail that went elsewhere than to its recipients' servers. */
static void put_other_hops(const struct report *report, FILE *out)
{
    const struct cell *smarthost = tally_totals(report->tally, HOP_SMARTHOST);
    const struct cell *lmtp = tally_totals(report->tally, HOP_LMTP);

    if (is_used(smarthost))
        text_line(out,
                  say(report, "through a smarthost %1$s more (encrypted that far %2$s, plaintext %3$s, unknown "
                              "%4$s): it decides the rest of the way"),
                  number_plain(smarthost->sent).text, number_plain(smarthost->encrypted).text,
                  number_plain(smarthost->plaintext).text, number_plain(smarthost->unknown).text);
    if (is_used(lmtp))
        text_line(out, say(report, "to mail stores by LMTP %1$s (encrypted %2$s, plaintext %3$s, unknown %4$s)"),
                  number_plain(lmtp->sent).text, number_plain(lmtp->encrypted).text, number_plain(lmtp->plaintext).text,
                  number_plain(lmtp->unknown).text);
}

static void put_hint(const struct report *report, FILE *out)
{
    char storage[TEXT_MAX];
    struct buf buf = BUF(storage);

    if (report->main_relay.n == 0)
        return;
    printable_add(&buf, view_slice(report->main_relay, 0, TEXT_MAX));
    fputs("  ", out);
    fprintf(out,
            say(report,
                "hint: if %s sends on for you, say --smarthost with its name; if it is a host of yours, --internal"),
            buf_text(&buf));
    fputs("\n", out);
}

static void put_totals(const struct report *report, FILE *out)
{
    const struct cell *totals = tally_totals(report->tally, HOP_DIRECT);
    char text[FAILED_SAY_MAX];
    struct buf failed = BUF(text);

    text_line(out, say(report, "sent %1$s: encrypted %2$s, plaintext %3$s, unknown %4$s"),
              number_plain(totals->sent).text, number_plain(totals->encrypted).text,
              number_plain(totals->plaintext).text, number_plain(totals->unknown).text);
    failed_say(report, number_plain, &failed);
    text_line(out, "%s", buf_text(&failed));
    put_other_hops(report, out);
    put_hint(report, out);
    if (tally_internal(report->tally) > 0)
        text_line(out, say(report, "hops within our own hosts %s, counted where they leave"),
                  number_plain(tally_internal(report->tally)).text);
}

static void put_leak(const struct report *report, uint32_t index, FILE *out)
{
    struct tally_leak row;

    tally_leak(report->tally, index, &row);
    fputs("  ", out);
    text_moment(report, out, row.cell->last_plaintext);
    text_number(out, row.cell->plaintext, 7);
    fputs("  ", out);
    text_column(out, row.domain, DOMAIN_COLUMN);
    fprintf(out, " %s ", say(report, "from"));
    text_column(out, row.sender.n > 0 ? row.sender : view_of(say(report, "(unknown)")), DOMAIN_COLUMN);
    fprintf(out, "  %s\n", cause_say(report, row.cause));
}

static void put_leaks(const struct report *report, FILE *out)
{
    size_t count;
    uint32_t *list = order_leaks(report->tally, &count);

    if (count > 0)
        text_heading(report, out, N_("What left in plaintext (last time, messages, to, from, why)"));
    text_rows(report, out, list, count, put_leak);
}

static void put_downgrade(const struct report *report, uint32_t index, FILE *out)
{
    struct tally_destination row;

    tally_destination(report->tally, index, &row);
    fputs("  ", out);
    text_column(out, row.domain, DOMAIN_COLUMN);
    fputs(" ", out);
    text_moment(report, out, row.cell->last_encrypted);
    fputs("  ", out);
    text_moment(report, out, row.cell->last_plaintext);
    fputs("\n", out);
}

static void put_downgraded(const struct report *report, FILE *out)
{
    size_t count;
    uint32_t *list = order_downgraded(report->tally, &count);

    if (count > 0)
        text_heading(report, out,
                     N_("Domains that had TLS before and now have not (last with TLS, last in plaintext)"));
    text_rows(report, out, list, count, put_downgrade);
}

static void put_violation(const struct report *report, uint32_t index, FILE *out)
{
    struct violation row;

    violation_at(report->violations, index, &row);
    fputs("  ", out);
    text_moment(report, out, row.last);
    text_number(out, row.count, 7);
    fputs("  ", out);
    text_column(out, row.domain, DOMAIN_COLUMN);
    if (row.rule != NULL) {
        fprintf(out, " %s %s, ", row.rule->require ? "require" : "expect",
                row.rule->demand == DEMAND_VERIFIED ? "verified" : "encrypted");
        text_put(out, row.rule->place.file);
        fprintf(out, ":%u", row.rule->place.line);
    }
    fputs("\n", out);
}

static void put_violations(const struct report *report, FILE *out)
{
    size_t count;
    uint32_t *list = order_violations(report->violations, &count);

    if (count > 0)
        text_heading(report, out, N_("Delivery rules violated (last time, messages, to, rule)"));
    text_rows(report, out, list, count, put_violation);
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
            text_heading(report, out, N_("TLS failures (attempts, why, most of them at)"));
        first = false;
        text_number(out, count, 7);
        fputs("  ", out);
        text_column(out, view_of(failure_say(report, failure)), FAILURE_COLUMN);
        fputs(" ", out);
        text_put(out, worst);
        fputs("\n", out);
    }
}

static void put_destination(const struct report *report, uint32_t index, FILE *out)
{
    struct tally_destination row;

    tally_destination(report->tally, index, &row);
    fputs("  ", out);
    text_column(out, row.domain, DOMAIN_COLUMN);
    put_all_counts(out, row.cell);
}

static void put_destinations(const struct report *report, FILE *out)
{
    size_t count;
    uint32_t *list = order_destinations(report->tally, &count);

    if (count > 0) {
        text_heading(report, out, N_("Destinations"));
        fputs("  ", out);
        text_column(out, view_of(say(report, "domain")), DOMAIN_COLUMN);
        text_titles(report, out, count_titles, sizeof(count_titles) / sizeof(count_titles[0]));
    }
    text_rows(report, out, list, count, put_destination);
}

static void put_submission(const struct report *report, const struct tally_submission *row, FILE *out)
{
    fputs("  ", out);
    text_moment(report, out, row->last);
    fputs("  ", out);
    text_column(out, submission_say(report, row->listener), 12);
    fprintf(out, " %s ", say(report, "login"));
    text_column(out, submission_say(report, row->login), 20);
    fputs(" ", out);
    text_column(out, submission_say(report, row->client), 40);
    fputs(" tls ", out);
    text_column(out, submission_say(report, row->tls), 8);
    fputs(" ", out);
    fprintf(out, say(report, "accepted %1$s, refused %2$s, held %3$s, would be refused %4$s"),
            number_plain(row->accepted).text, number_plain(row->rejected + row->deferred).text,
            number_plain(row->held).text, number_plain(row->would).text);
    fputs("\n", out);
}

static void put_submissions(const struct report *report, FILE *out)
{
    size_t count, shown = 0, bad = 0;
    uint32_t *list = order_submissions(report->tally, &count);

    for (size_t i = 0; i < count; i++) {
        struct tally_submission row;

        tally_submission(report->tally, list[i], &row);
        if (!submission_is_bad(&row))
            continue;
        if (bad++ == 0)
            text_heading(report, out, N_("Who still submits badly (last seen, listener, login, client)"));
        if (report->top != 0 && bad > report->top)
            continue;
        shown++;
        put_submission(report, &row, out);
    }
    text_rest(report, out, shown, bad);
    free(list);
}

/* The label of a line of words, in front of its first. */
static void put_label(const struct report *report, const char *label, FILE *out)
{
    fputs("  ", out);
    text_column(out, view_of(say(report, label)), LABEL_COLUMN);
}

static void put_version(const struct report *report, struct view version, uint64_t count, bool *first, FILE *out)
{
    if (count == 0)
        return;
    if (*first)
        put_label(report, N_("versions"), out);
    else
        fputs(", ", out);
    *first = false;
    text_put(out, version);
    fprintf(out, " %s", number_plain(count).text);
}

static void put_versions(const struct report *report, FILE *out)
{
    uint64_t totals[VERSION_COUNT];
    bool first = true;

    count_versions(report->tally, totals);
    for (int version = VERSION_COUNT - 1; version >= 0; version--)
        put_version(report, tally_version_name((enum tally_version)version), totals[version], &first, out);
    put_version(report, view_of(say(report, "not logged")), count_without_version(report->tally), &first, out);
    fputs("\n", out);
}

static void put_words(const struct report *report, enum tally_word kind, const char *label, FILE *out)
{
    size_t words;
    uint32_t *list = order_words(report->tally, kind, &words);

    for (size_t i = 0; i < words; i++) {
        struct view word;
        uint64_t count;

        tally_word(report->tally, kind, list[i], &word, &count);
        if (i == 0)
            put_label(report, label, out);
        else
            fputs(", ", out);
        text_put(out, word);
        fprintf(out, " %s", number_plain(count).text);
    }
    if (words > 0)
        fputs("\n", out);
    free(list);
}

static void put_post_quantum(const struct report *report, FILE *out)
{
    struct post_quantum counts = count_post_quantum(report->tally);

    if (counts.all == 0)
        return;
    put_label(report, N_("post-quantum"), out);
    fprintf(out,
            say_count(report, "%1$s of %2$s message whose key exchange is logged",
                      "%1$s of %2$s messages whose key exchange is logged", counts.all),
            number_plain(counts.with).text, number_plain(counts.all).text);
    fputs("\n", out);
}

static void put_tls_in_use(const struct report *report, FILE *out)
{
    if (tally_totals(report->tally, HOP_DIRECT)->encrypted == 0)
        return;
    text_heading(report, out, N_("TLS in use (messages)"));
    put_versions(report, out);
    put_words(report, WORD_CIPHER, N_("ciphers"), out);
    put_words(report, WORD_KEY_EXCHANGE, N_("key exchange"), out);
    put_post_quantum(report, out);
}

static void put_sender(const struct report *report, uint32_t index, FILE *out)
{
    struct gmail_peak peak = tally_gmail_peak(report->tally, index);
    struct tally_sender row;

    tally_sender(report->tally, index, &row);
    fputs("  ", out);
    text_column(out, row.domain.n > 0 ? row.domain : view_of(say(report, "(unknown)")), DOMAIN_COLUMN);
    fputs(" ", out);
    text_column(out, view_of(origin_say(report, row.origin)), ORIGIN_COLUMN);
    text_number(out, row.cell->sent, NUMBER_COLUMN);
    put_counts(out, row.cell);
    text_number(out, row.gmail, NUMBER_COLUMN);
    text_number(out, peak.recipients, NUMBER_COLUMN);
    if (tally_totals(report->tally, HOP_SMARTHOST)->sent > 0)
        text_number(out, row.via_smarthost, NUMBER_COLUMN);
    fputs("\n", out);
}

static void put_senders(const struct report *report, FILE *out)
{
    /* The last one only where there is a smarthost: it took so many more. */
    static const char *const titles[] = { N_("sent"),     N_("encrypted"), N_("plaintext"), N_("unknown"),
                                          N_("to Gmail"), N_("peak 24 h"), N_("smarthost") };
    const size_t columns =
        sizeof(titles) / sizeof(titles[0]) - (tally_totals(report->tally, HOP_SMARTHOST)->sent > 0 ? 0 : 1);
    size_t count;
    uint32_t *list = order_senders(report->tally, &count);

    if (count > 0) {
        text_heading(report, out, N_("Senders"));
        fputs("  ", out);
        text_column(out, view_of(say(report, "domain")), DOMAIN_COLUMN);
        fputs(" ", out);
        text_column(out, view_of(say(report, "origin")), ORIGIN_COLUMN);
        text_titles(report, out, titles, columns);
    }
    text_rows(report, out, list, count, put_sender);
}

static void put_series(const struct report *report, FILE *out)
{
    size_t count = 0;
    struct stretch_sum *sums = report->series == SERIES_NONE ? NULL : sum_series(report, report->series, &count);

    if (sums == NULL)
        return;
    text_heading(report, out, report->series == SERIES_DAY ? N_("By day") : N_("By hour"));
    fputs("  ", out);
    text_column(out, view_of(say(report, "begin")), 16);
    text_titles(report, out, count_titles, sizeof(count_titles) / sizeof(count_titles[0]));
    for (size_t i = 0; i < count; i++) {
        fputs("  ", out);
        text_moment(report, out, sums[i].begin);
        put_all_counts(out, &sums[i].sum);
    }
    free(sums);
}

static void put_lines_read(const struct report *report, FILE *out)
{
    const struct cell *totals = tally_totals(report->tally, HOP_DIRECT);

    text_line(out, say(report, "lines read %1$s, not understood %2$s, deliveries and attempts %3$s, gaps %4$s"),
              number_plain(report->lines).text, number_plain(report->unparsed).text,
              number_plain(totals->sent + totals->deferred + totals->bounced).text, number_plain(report->gaps).text);
    if (report->unparsed > 0 && report->sample_count == 0)
        text_line(out, "%s", say(report, "(outward report --verbose --log FILE shows what was not understood)"));
}

static void put_duplicates(const struct report *report, FILE *out)
{
    if (report->duplicates > 0)
        text_line(out,
                  say_count(report, "%s line stood in another log, too, and was counted once",
                            "%s lines stood in another log, too, and were counted once", report->duplicates),
                  number_plain(report->duplicates).text);
}

static void put_cut(const struct report *report, FILE *out)
{
    if (report->cut > 0)
        text_line(
            out,
            say_count(report, "%s line was too long and was cut", "%s lines were too long and were cut", report->cut),
            number_plain(report->cut).text);
}

static void put_unknown(const struct report *report, enum unknown_reason reason, FILE *out)
{
    uint64_t count = tally_unknown(report->tally, reason);

    if (count == 0)
        return;
    text_line(out, say_count(report, "%1$s sent message unknown: %2$s", "%1$s sent messages unknown: %2$s", count),
              number_plain(count).text, reason_say(report, reason));
}

static void put_limits(const struct report *report, FILE *out)
{
    if (report->evicted + tally_dropped(report->tally) == 0)
        return;
    text_line(out,
              say(report, "limits were reached: %1$s times something was forgotten, %2$s counts are in the totals "
                          "only"),
              number_plain(report->evicted).text, number_plain(tally_dropped(report->tally)).text);
}

static void put_names_refused(const struct report *report, FILE *out)
{
    if (report->names_refused > 0)
        text_line(out,
                  say_count(report, "%s time a name found no room and stayed unknown",
                            "%s times a name found no room and stayed unknown", report->names_refused),
                  number_plain(report->names_refused).text);
}

static void put_completeness(const struct report *report, FILE *out)
{
    text_heading(report, out, N_("Completeness"));
    put_lines_read(report, out);
    put_duplicates(report, out);
    put_cut(report, out);
    for (int reason = UNKNOWN_NO_REASON + 1; reason < UNKNOWN_REASON_COUNT; reason++)
        put_unknown(report, (enum unknown_reason)reason, out);
    put_limits(report, out);
    put_names_refused(report, out);
    for (size_t i = 0; i < report->sample_count; i++) {
        fprintf(out, "  %s ", say(report, "not understood:"));
        text_put(out, report->samples[i]);
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
    text_guidelines(report, out);
    put_tls_in_use(report, out);
    put_series(report, out);
    put_completeness(report, out);
}
