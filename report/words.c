#include "report/words.h"

#include <inttypes.h>
#include <stdlib.h>

#include "report/order.h"
#include "shared/stamp.h"

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

/* What one way of the mail comes to; encrypted says what that is worth on this way. */
static enum summary summary_of(const struct cell *cell, enum summary encrypted)
{
    if (cell->plaintext > 0)
        return SUMMARY_PLAINTEXT;
    if (cell->sent == 0)
        return SUMMARY_NO_MAIL;
    return cell->unknown > 0 ? SUMMARY_UNKNOWN : encrypted;
}

static enum summary summary_direct(const struct report *report)
{
    return summary_of(tally_totals(report->tally, HOP_DIRECT),
                      report->main_relay.n > 0 ? SUMMARY_TO_RELAY : SUMMARY_ENCRYPTED);
}

static enum summary summary_smarthost(const struct report *report)
{
    return summary_of(tally_totals(report->tally, HOP_SMARTHOST), SUMMARY_TO_RELAY);
}

enum summary report_summary(const struct report *report)
{
    enum summary direct = summary_direct(report), smarthost = summary_smarthost(report);

    return smarthost > direct ? smarthost : direct;
}

static size_t count_plaintext_domains(const struct tally *tally)
{
    struct tally_destination row;
    size_t count = 0;

    for (size_t i = 0; tally_destination(tally, i, &row); i++)
        count += row.cell->plaintext > 0;
    return count;
}

/* What is told, and how its numbers are written. */
struct telling {
    const struct report *report;
    struct number (*format)(uint64_t);
    struct summary_words *words;
};

static void say_plaintext(const struct telling *telling, const struct cell *cell)
{
    const struct report *report = telling->report;
    struct summary_words *words = telling->words;
    size_t domains = count_plaintext_domains(report->tally);
    uint64_t all = tally_totals(report->tally, HOP_DIRECT)->sent + tally_totals(report->tally, HOP_SMARTHOST)->sent;

    if (all == 1)
        snprintf(words->sentence, sizeof(words->sentence), "%s",
                 say(report, "the only message that was sent left in plaintext."));
    else if (cell == tally_totals(report->tally, HOP_SMARTHOST))
        snprintf(words->sentence, sizeof(words->sentence),
                 say(report, "%1$s of %2$s messages left in plaintext (%3$s), to the smarthost."),
                 telling->format(cell->plaintext).text, telling->format(cell->sent).text,
                 share_of(report, cell->plaintext, cell->sent).text);
    else
        snprintf(words->sentence, sizeof(words->sentence),
                 say_count(report, "%1$s of %2$s messages left in plaintext (%3$s), to %4$s domain.",
                           "%1$s of %2$s messages left in plaintext (%3$s), to %4$s domains.", domains),
                 telling->format(cell->plaintext).text, telling->format(cell->sent).text,
                 share_of(report, cell->plaintext, cell->sent).text, telling->format(domains).text);
    if (cell->unknown > 0)
        snprintf(words->addition, sizeof(words->addition),
                 say(report, "A further %s cannot be judged (see Completeness)."), telling->format(cell->unknown).text);
}

static void say_unknown(const struct telling *telling, uint64_t sent, uint64_t unknown)
{
    struct summary_words *words = telling->words;

    if (sent == 1)
        snprintf(words->sentence, sizeof(words->sentence), "%s",
                 say(telling->report, "the only message that was sent cannot be judged (see Completeness)."));
    else
        snprintf(words->sentence, sizeof(words->sentence),
                 say(telling->report, "no message is known to have left in plaintext, but of %1$s sent %2$s cannot be "
                                      "judged (see Completeness)."),
                 telling->format(sent).text, telling->format(unknown).text);
}

static void say_encrypted(const struct telling *telling, uint64_t sent)
{
    struct summary_words *words = telling->words;

    if (sent == 1)
        snprintf(words->sentence, sizeof(words->sentence), "%s",
                 say(telling->report, "the only message that was sent left encrypted."));
    else
        snprintf(words->sentence, sizeof(words->sentence), say(telling->report, "all %s messages left encrypted."),
                 telling->format(sent).text);
}

/* One more sentence behind those that are there. */
static void add_words(struct summary_words *words, const char *sentence)
{
    size_t used = strlen(words->addition);

    snprintf(words->addition + used, sizeof(words->addition) - used, "%s%s", used > 0 ? " " : "", sentence);
}

/* Where the proof ends before the recipients' servers. */
static void say_relay(const struct telling *telling, enum summary summary)
{
    const struct report *report = telling->report;
    const struct cell *smarthost = tally_totals(report->tally, HOP_SMARTHOST);
    bool told = tally_totals(report->tally, HOP_DIRECT)->plaintext == 0;
    char sentence[sizeof(telling->words->addition)] = "";

    if (summary == SUMMARY_PLAINTEXT && !told && smarthost->plaintext > 0)
        snprintf(sentence, sizeof(sentence), say(report, "A further %s left in plaintext, to the smarthost."),
                 telling->format(smarthost->plaintext).text);
    else if (smarthost->sent > 0 && told)
        snprintf(sentence, sizeof(sentence),
                 say_count(report, "%s message went through a smarthost: the proof ends there.",
                           "%s messages went through a smarthost: the proof ends there.", smarthost->sent),
                 telling->format(smarthost->sent).text);
    else if (report->main_relay.n > 0)
        snprintf(sentence, sizeof(sentence),
                 say(report, "Nearly all of it went through %.*s: if that is a smarthost, the proof ends there."),
                 VIEW_ARG(report->main_relay));
    if (sentence[0] != '\0')
        add_words(telling->words, sentence);
}

/* Nothing bad was found; that says little where lines went unread. */
static void say_unread(const struct telling *telling)
{
    const struct report *report = telling->report;
    char sentence[256] = "";

    if (report->lines > 0 && report->host_count == 0)
        snprintf(sentence, sizeof(sentence),
                 say_count(report, "The %s line read is not known as one of Postfix: is this the right log?",
                           "None of the %s lines read is known as one of Postfix: is this the right log?",
                           report->lines),
                 telling->format(report->lines).text);
    else if (report->unparsed > 0)
        snprintf(sentence, sizeof(sentence),
                 say_count(report, "%s line was not understood (see Completeness).",
                           "%s lines were not understood (see Completeness).", report->unparsed),
                 telling->format(report->unparsed).text);
    if (sentence[0] != '\0')
        add_words(telling->words, sentence);
}

void summary_say(const struct report *report, struct number (*format)(uint64_t), struct summary_words *words)
{
    static const char *const names[] = {
        [SUMMARY_NO_MAIL] = N_("NO MAIL"),
        [SUMMARY_ENCRYPTED] = N_("ENCRYPTED"),
        [SUMMARY_TO_RELAY] = N_("ENCRYPTED AS FAR AS THE RELAY"),
        [SUMMARY_UNKNOWN] = N_("UNKNOWN"),
        [SUMMARY_PLAINTEXT] = N_("PLAINTEXT"),
    };
    enum summary summary = report_summary(report);
    const struct cell *direct = tally_totals(report->tally, HOP_DIRECT);
    const struct cell *smarthost = tally_totals(report->tally, HOP_SMARTHOST);

    *words = (struct summary_words){ .word = say(report, names[summary]) };

    struct telling telling = { report, format, words };

    if (summary == SUMMARY_PLAINTEXT)
        say_plaintext(&telling, direct->plaintext > 0 ? direct : smarthost);
    else if (summary == SUMMARY_NO_MAIL)
        snprintf(words->sentence, sizeof(words->sentence), "%s", say(report, "no message was sent to another domain."));
    else if (summary == SUMMARY_UNKNOWN)
        say_unknown(&telling, direct->sent + smarthost->sent, direct->unknown + smarthost->unknown);
    else
        say_encrypted(&telling, direct->sent + smarthost->sent);
    say_relay(&telling, summary);
    if (summary < SUMMARY_UNKNOWN)
        say_unread(&telling);
}

void failed_say(const struct report *report, struct number (*format)(uint64_t), struct buf *out)
{
    const struct cell *totals = tally_totals(report->tally, HOP_DIRECT);

    buf_addf(out, say_count(report, "deferred %s attempt", "deferred %s attempts", totals->deferred),
             format(totals->deferred).text);
    buf_addf(out, say(report, ", bounced %1$s, expired %2$s"), format(totals->bounced).text,
             format(tally_expirations(report->tally)).text);
    if (totals->plaintext_attempts > 0)
        buf_addf(out,
                 say_count(report, "; %s failed attempt had mail on the way in plaintext",
                           "; %s failed attempts had mail on the way in plaintext", totals->plaintext_attempts),
                 format(totals->plaintext_attempts).text);
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

struct view submission_say(const struct report *report, struct view value)
{
    return view_eq(value, VIEW("none")) ? view_of(say(report, "none")) : value;
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

uint64_t count_without_version(const struct tally *tally)
{
    uint64_t totals[VERSION_COUNT], encrypted = tally_totals(tally, HOP_DIRECT)->encrypted;

    count_versions(tally, totals);
    for (int version = 0; version < VERSION_COUNT; version++)
        encrypted -= totals[version] < encrypted ? totals[version] : encrypted;
    return encrypted;
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
