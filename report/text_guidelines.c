/* Sender domains against the receivers' guidelines: what needs work with its evidence, the rest by name. */
#include <stdlib.h>

#include "guidelines/compliance.h"
#include "report/order.h"
#include "report/text_out.h"

enum { SENTENCE_MAX = 2048, PIECE_MAX = 256, VERDICT_COLUMN = 11, RECEIVER_COLUMN = 10, LOGIN_COLUMN = 40 };

static const char *verdict_say(const struct report *report, enum compliance_verdict verdict)
{
    return say(report, compliance_title(verdict));
}

/* Lines below a sender are indented once more than text_line() does. */
static void put_bulk(const struct report *report, const struct bulk_flag *bulk, FILE *out)
{
    char storage[32];
    struct buf moment = BUF(storage);

    if (bulk->origin == BULK_NO)
        return;
    moment_add(report, &moment, bulk->since);
    fputs("  ", out);
    if (bulk->origin == BULK_CLEARED)
        text_line(out, say(report, "no bulk sender: cleared by hand on %s"), buf_text(&moment));
    else
        text_line(out, say(report, "a bulk sender since %s"), buf_text(&moment));
    if (bulk->reason.n == 0)
        return;
    fputs("      ", out);
    text_put(out, bulk->reason);
    fputs("\n", out);
}

static void put_expected(const struct report *report, const struct volume_figures *volume, FILE *out)
{
    char storage[32];
    struct buf moment = BUF(storage);

    if (volume->expected == 0)
        return;
    moment_add(report, &moment, volume->expected);
    fputs("  ", out);
    text_line(out, say(report, "at this pace 5,000 within 24 hours are reached about %s"), buf_text(&moment));
}

static void put_notes(const struct report *report, const struct compliance_sender *sender, FILE *out)
{
    const struct volume_figures *volume = &sender->volumes[RECEIVER_GMAIL];
    uint64_t hosted = sender->volumes[RECEIVER_GOOGLE_HOSTED].total;

    if (volume->instead > 0) {
        fputs("  ", out);
        text_line(out,
                  say_count(report, "%s recipient counted by the envelope sender: no record told the header From",
                            "%s recipients counted by the envelope sender: no record told the header From",
                            volume->instead),
                  number_plain(volume->instead).text);
    }
    if (volume->unsure > 0) {
        fputs("  ", out);
        text_line(out,
                  say_count(report, "%s more recipient is not counted: who submitted it is unknown",
                            "%s more recipients are not counted: who submitted them is unknown", volume->unsure),
                  number_plain(volume->unsure).text);
    }
    if (hosted > 0) {
        fputs("  ", out);
        text_line(out, say(report, "%s more at domains that Google hosts"), number_plain(hosted).text);
    }
}

/* In pieces that text_put() takes whole, none of which ends inside a character. */
static void put_sentence(FILE *out, const struct buf *sentence)
{
    struct view rest = buf_view(sentence);

    while (rest.n > 0) {
        size_t length = rest.n < PIECE_MAX ? rest.n : PIECE_MAX;

        while (length > 1 && length < rest.n && ((unsigned char)rest.p[length] & 0xc0) == 0x80)
            length--;
        text_put(out, view_slice(rest, 0, length));
        rest = view_slice(rest, length, rest.n);
    }
}

static void put_queue_ids(const struct compliance_row *row, FILE *out)
{
    for (size_t i = 0; i < row->queue_id_count; i++) {
        fputs(i == 0 ? " (" : ", ", out);
        text_put(out, row->queue_ids[i]);
    }
    if (row->queue_id_count > 0)
        fputs(")", out);
}

/* "    Gmail     TLS: 3 of 312 messages ... (4Rk2x1)", and below it what to do. */
static void put_needed(const struct report *report, enum receiver receiver, const struct compliance_row *row, FILE *out)
{
    const struct finding_row *finding = &finding_table[row->finding];
    const struct finding_facts facts = { row->count, row->of, view_of(receiver_title(receiver)), view_of(row->detail) };
    char storage[SENTENCE_MAX];
    struct buf sentence = BUF(storage);

    fputs("    ", out);
    text_column(out, view_of(receiver_title(receiver)), RECEIVER_COLUMN);
    fprintf(out, "%s: ", say(report, requirement_title(row->requirement)));
    finding_print(&sentence, finding_evidence(report->catalog, finding, &facts), &facts);
    put_sentence(out, &sentence);
    put_queue_ids(row, out);
    buf_reset(&sentence);
    finding_print(&sentence, say(report, finding->next), &facts);
    fputs("\n      -> ", out);
    put_sentence(out, &sentence);
    fputs("\n", out);
}

/* The requirements of one verdict, by name; *begun tells that others stand before them. */
static void put_names(const struct report *report, enum compliance_verdict verdict, const struct compliance_row *rows,
                      size_t count, bool *begun, FILE *out)
{
    bool first = true;

    for (size_t i = 0; i < count; i++) {
        if (finding_table[rows[i].finding].verdict != verdict)
            continue;
        if (first)
            fprintf(out, "%s%s: ", *begun ? "; " : "", verdict_say(report, verdict));
        fprintf(out, "%s%s", first ? "" : ", ", say(report, requirement_title(rows[i].requirement)));
        first = false;
        *begun = true;
    }
}

static void put_profile(const struct report *report, const struct compliance_sender *sender, enum receiver receiver,
                        FILE *out)
{
    struct compliance_row rows[REQUIREMENT_COUNT];
    size_t count = compliance_rows(report->compliance, sender, receiver, rows);
    bool begun = false;

    if (!compliance_is_known(rows, count))
        return;
    for (size_t i = 0; i < count; i++) {
        const struct finding_row *finding = &finding_table[rows[i].finding];

        if (finding->verdict == COMPLIANCE_NEEDS_WORK || finding->source == SOURCE_RECEIVER)
            put_needed(report, receiver, &rows[i], out);
    }
    fputs("    ", out);
    text_column(out, view_of(receiver_title(receiver)), RECEIVER_COLUMN);
    put_names(report, COMPLIANCE_COMPLIANT, rows, count, &begun, out);
    put_names(report, COMPLIANCE_UNKNOWN, rows, count, &begun, out);
    put_names(report, COMPLIANCE_NO_DATA, rows, count, &begun, out);
    fputs("\n", out);
}

/* At all receivers. */
static enum compliance_verdict worst_of(const struct report *report, const struct compliance_sender *sender)
{
    struct compliance_row rows[REQUIREMENT_COUNT];
    enum compliance_verdict worst = COMPLIANCE_NO_DATA;

    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        size_t count = compliance_rows(report->compliance, sender, profile_table[i].receiver, rows);

        if (compliance_worst(rows, count) > worst)
            worst = compliance_worst(rows, count);
    }
    return worst;
}

static void put_guideline_sender(const struct report *report, const struct compliance_sender *sender, FILE *out)
{
    const struct volume_figures *volume = &sender->volumes[RECEIVER_GMAIL];

    fputs("  ", out);
    text_column(out, sender->domain, DOMAIN_COLUMN);
    fputs(" ", out);
    text_column(out, view_of(verdict_say(report, worst_of(report, sender))), VERDICT_COLUMN);
    text_number(out, volume->current, NUMBER_COLUMN);
    text_number(out, volume->peak, NUMBER_COLUMN);
    text_number(out, volume->forecast, NUMBER_COLUMN);
    fputs("\n", out);
    put_bulk(report, &sender->bulk, out);
    put_expected(report, volume, out);
    put_notes(report, sender, out);
    for (size_t i = 0; i < PROFILE_COUNT; i++)
        put_profile(report, sender, profile_table[i].receiver, out);
}

static void put_forwarded(const struct report *report, FILE *out)
{
    struct compliance_row row = compliance_forwarded(report->compliance);
    char storage[SENTENCE_MAX];
    struct buf sentence = BUF(storage);
    const struct finding_facts facts = { row.count, row.of, view_of(receiver_title(RECEIVER_GMAIL)),
                                         view_of(row.detail) };

    if (row.finding == FINDING_FORWARDED_NONE)
        return;
    fputs("  ", out);
    text_column(out, view_of(say(report, requirement_title(row.requirement))), DOMAIN_COLUMN);
    fprintf(out, " %s: ", verdict_say(report, finding_table[row.finding].verdict));
    finding_print(&sentence, finding_evidence(report->catalog, &finding_table[row.finding], &facts), &facts);
    put_sentence(out, &sentence);
    fputs("\n", out);
}

static void put_compliance(const struct report *report, FILE *out)
{
    static const char *const titles[] = { N_("now"), N_("most"), N_("forecast") };
    const struct compliance_sender *sender;
    size_t count = 0, shown = 0;

    for (size_t i = 0; (sender = compliance_at(report->compliance, i)) != NULL; i++) {
        if (!compliance_has_data(report->compliance, sender))
            continue;
        if (count++ == 0) {
            text_heading(report, out, N_("Sender guidelines (recipients at Gmail within 24 hours)"));
            fprintf(out, "  %*s", DOMAIN_COLUMN + 1 + VERDICT_COLUMN, "");
            text_titles(report, out, titles, sizeof(titles) / sizeof(titles[0]));
        }
        if (report->top != 0 && shown == report->top)
            continue;
        shown++;
        put_guideline_sender(report, sender, out);
    }
    text_rest(report, out, shown, count);
    if (count > 0)
        put_forwarded(report, out);
}

static void put_login(const struct report *report, uint32_t index, FILE *out)
{
    struct volume_figures figures;
    struct tally_volume row;

    tally_volume(report->tally, index, &row);
    figures = volume_figures(row.series, report->until, 0);
    fputs("  ", out);
    text_column(out, row.name, LOGIN_COLUMN);
    text_number(out, figures.current, NUMBER_COLUMN);
    text_number(out, figures.peak, NUMBER_COLUMN);
    fputs("\n", out);
}

static void put_logins(const struct report *report, FILE *out)
{
    size_t count;
    uint32_t *list = order_logins(report->tally, &count);

    if (count > 0)
        text_heading(report, out, N_("Logins (recipients submitted within 24 hours: now, most)"));
    text_rows(report, out, list, count, put_login);
}

void text_guidelines(const struct report *report, FILE *out)
{
    if (report->compliance != NULL)
        put_compliance(report, out);
    put_logins(report, out);
}
