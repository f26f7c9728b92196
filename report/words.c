#include "report/words.h"

#include <inttypes.h>
#include <stdlib.h>

#include "report/order.h"
#include "report/stamp.h"

const char *say(const struct report *report, const char *text)
{
    return catalog_say(report->catalog, text);
}

const char *say_count(const struct report *report, const char *one, const char *many, uint64_t number)
{
    return catalog_say_count(report->catalog, one, many, number);
}

struct number number_plain(uint64_t number)
{
    struct number out;

    snprintf(out.text, sizeof(out.text), "%" PRIu64, number);
    return out;
}

struct number number_grouped(uint64_t number)
{
    struct number digits = number_plain(number), out;
    size_t length = strlen(digits.text), used = 0;

    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out.text[used++] = ',';
        out.text[used++] = digits.text[i];
    }
    out.text[used] = '\0';
    return out;
}

struct number share_of(const struct report *report, uint64_t part, uint64_t whole)
{
    uint64_t tenths = whole == 0 ? 0 : (uint64_t)((double)part * 1000.0 / (double)whole);
    struct number out;

    if (part > 0 && tenths == 0)
        snprintf(out.text, sizeof(out.text), "%s", say(report, "under 0.1 %"));
    else
        snprintf(out.text, sizeof(out.text), "%" PRIu64 ".%" PRIu64 " %%", tenths / 10, tenths % 10);
    return out;
}

enum summary report_summary(const struct report *report)
{
    const struct cell *totals = tally_totals(report->tally, HOP_DIRECT);

    if (totals->plaintext > 0)
        return SUMMARY_PLAINTEXT;
    if (totals->sent == 0)
        return SUMMARY_NO_MAIL;
    return totals->unknown > 0 ? SUMMARY_UNKNOWN : SUMMARY_ENCRYPTED;
}

static size_t count_plaintext_domains(const struct tally *tally)
{
    struct tally_destination row;
    size_t count = 0;

    for (size_t i = 0; tally_destination(tally, i, &row); i++)
        count += row.cell->plaintext > 0;
    return count;
}

static void say_plaintext(const struct report *report, struct number (*format)(uint64_t), struct summary_words *words)
{
    const struct cell *totals = tally_totals(report->tally, HOP_DIRECT);
    size_t domains = count_plaintext_domains(report->tally);

    snprintf(words->sentence, sizeof(words->sentence),
             say_count(report, "%1$s of %2$s messages left in plaintext (%3$s), to %4$s domain.",
                       "%1$s of %2$s messages left in plaintext (%3$s), to %4$s domains.", domains),
             format(totals->plaintext).text, format(totals->sent).text,
             share_of(report, totals->plaintext, totals->sent).text, format(domains).text);
    if (totals->unknown > 0)
        snprintf(words->addition, sizeof(words->addition),
                 say(report, "A further %s cannot be judged (see Completeness)."), format(totals->unknown).text);
}

void summary_say(const struct report *report, struct number (*format)(uint64_t), struct summary_words *words)
{
    static const char *const names[] = {
        [SUMMARY_NO_MAIL] = N_("NO MAIL"),
        [SUMMARY_ENCRYPTED] = N_("ENCRYPTED"),
        [SUMMARY_UNKNOWN] = N_("UNKNOWN"),
        [SUMMARY_PLAINTEXT] = N_("PLAINTEXT"),
    };
    const struct cell *totals = tally_totals(report->tally, HOP_DIRECT);
    enum summary summary = report_summary(report);

    *words = (struct summary_words){ .word = say(report, names[summary]) };
    if (summary == SUMMARY_PLAINTEXT)
        say_plaintext(report, format, words);
    else if (summary == SUMMARY_NO_MAIL)
        snprintf(words->sentence, sizeof(words->sentence), "%s", say(report, "no message was sent to another domain."));
    else if (summary == SUMMARY_ENCRYPTED)
        snprintf(words->sentence, sizeof(words->sentence), say(report, "all %s messages left encrypted."),
                 format(totals->sent).text);
    else
        snprintf(words->sentence, sizeof(words->sentence),
                 say(report, "no message is known to have left in plaintext, but of %1$s sent %2$s cannot be judged "
                             "(see Completeness)."),
                 format(totals->sent).text, format(totals->unknown).text);
}

const char *origin_say(const struct report *report, enum origin origin)
{
    static const char *const names[ORIGIN_COUNT] = {
        [ORIGIN_UNKNOWN] = N_("unknown"),
        [ORIGIN_SUBMITTED] = N_("submitted"),
        [ORIGIN_FORWARDED] = N_("forwarded"),
        [ORIGIN_BOUNCE] = N_("bounce"),
    };

    return say(report, names[origin]);
}

const char *cause_say(const struct report *report, enum plaintext_cause cause)
{
    return say(report, plaintext_cause_help(cause));
}

const char *failure_say(const struct report *report, enum tls_failure failure)
{
    return say(report, tls_failure_help(failure));
}

const char *reason_say(const struct report *report, enum unknown_reason reason)
{
    return say(report, unknown_reason_help(reason));
}

static int64_t offset_at(const struct report *report, int64_t millis)
{
    return report->offset == NULL ? 0 : report->offset(report->context, millis / 1000);
}

void moment_add(const struct report *report, struct buf *out, int64_t millis)
{
    if (millis == 0)
        buf_add(out, VIEW("-"));
    else
        stamp_short(out, millis, offset_at(report, millis));
}

bool submission_is_bad(const struct tally_submission *row)
{
    return row->rejected + row->held + row->deferred + row->would > 0 || view_eq(row->tls, VIEW("none"));
}

uint64_t count_failures(const struct tally *tally, enum tls_failure failure, struct view *worst)
{
    struct tally_destination row;
    uint64_t count = 0;
    uint32_t most = 0;

    for (size_t i = 0; tally_destination(tally, i, &row); i++) {
        count += row.failures[failure];
        if (row.failures[failure] > most ||
            (row.failures[failure] == most && most > 0 && view_cmp(row.domain, *worst) < 0)) {
            most = row.failures[failure];
            *worst = row.domain;
        }
    }
    return count;
}

bool has_failures(const struct tally *tally)
{
    struct tally_destination row;

    for (size_t i = 0; tally_destination(tally, i, &row); i++) {
        for (int failure = TLS_FAILURE_NONE + 1; failure < TLS_FAILURE_COUNT; failure++) {
            if (row.failures[failure] > 0)
                return true;
        }
    }
    return false;
}

void count_versions(const struct tally *tally, uint64_t totals[VERSION_COUNT])
{
    struct tally_destination row;

    memset(totals, 0, VERSION_COUNT * sizeof(totals[0]));
    for (size_t i = 0; tally_destination(tally, i, &row); i++) {
        for (int version = 0; version < VERSION_COUNT; version++)
            totals[version] += row.versions[version];
    }
}

struct post_quantum count_post_quantum(const struct tally *tally)
{
    struct post_quantum counts = { 0 };
    struct view word;
    uint64_t count;

    for (size_t i = 0; tally_word(tally, WORD_KEY_EXCHANGE, i, &word, &count); i++) {
        counts.all += count;
        counts.with += key_exchange_is_post_quantum(word) ? count : 0;
    }
    return counts;
}

/* When the reader's hour or day of a moment began. */
static int64_t begin_of(const struct report *report, enum report_series series, int64_t millis)
{
    int64_t offset = offset_at(report, millis) * 1000;
    int64_t unit = series == SERIES_DAY ? INT64_C(86400) * 1000 : 3600 * 1000;

    return (millis + offset) / unit * unit - offset;
}

struct stretch_sum *sum_series(const struct report *report, enum report_series series, size_t *count)
{
    size_t hours, used = 0;
    uint32_t *list = order_hours(report->tally, &hours);
    struct stretch_sum *sums = list == NULL ? NULL : calloc(hours + 1, sizeof(*sums));

    for (size_t i = 0; sums != NULL && i < hours; i++) {
        const struct cell *cell;
        int64_t begin;

        tally_hour(report->tally, list[i], &begin, &cell);
        begin = begin_of(report, series, begin);
        if (used == 0 || sums[used - 1].begin != begin)
            sums[used++].begin = begin;
        cell_add(&sums[used - 1].sum, cell);
    }
    free(list);
    *count = used;
    return sums;
}
