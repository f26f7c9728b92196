/* Sender domains against the receivers' guidelines: a card each, with what needs work first and all rows behind. */
#include <stdarg.h>

#include "guidelines/compliance.h"
#include "report/html_chart.h"
#include "report/html_parts.h"

#define COLUMNS(columns) (columns), sizeof(columns) / sizeof((columns)[0])

enum { SENTENCE_MAX = HTML_TEXT_MAX };

/* A sign beside the word: nothing is told by colour alone. */
static const struct {
    const char *kind, *sign;
} pills[COMPLIANCE_COUNT] = {
    [COMPLIANCE_NO_DATA] = { "no-data", "–" },
    [COMPLIANCE_COMPLIANT] = { "compliant", "✓" },
    [COMPLIANCE_UNKNOWN] = { "not-known", "?" },
    [COMPLIANCE_NEEDS_WORK] = { "needs-work", "!" },
};

static void put_verdict(const struct html *html, enum compliance_verdict verdict)
{
    html_markupf(html, "<span class=\"pill %s\"><span aria-hidden=\"true\">%s</span> ", pills[verdict].kind,
                 pills[verdict].sign);
    html_say(html, compliance_title(verdict));
    html_markup(html, "</span>");
}

/* All of Gmail's requirements at a glance. */
static void put_glance(const struct html *html, const struct compliance_row *rows, size_t count)
{
    html_markup(html, "<ul class=\"glance\">\n");
    for (size_t i = 0; i < count; i++) {
        enum compliance_verdict verdict = finding_table[rows[i].finding].verdict;

        html_markupf(html, "<li class=\"pill %s\"><span aria-hidden=\"true\">%s</span> ", pills[verdict].kind,
                     pills[verdict].sign);
        html_say(html, requirement_title(rows[i].requirement));
        html_markup(html, "<span class=\"unseen\">: ");
        html_say(html, compliance_title(verdict));
        html_markup(html, "</span></li>\n");
    }
    html_markup(html, "</ul>\n");
}

static void put_sentence(const struct html *html, const char *template, const struct finding_facts *facts)
{
    char storage[SENTENCE_MAX];
    struct buf sentence = BUF(storage);

    finding_print(&sentence, template, facts);
    html_escape(html, buf_view(&sentence));
}

static void put_queue_ids(const struct html *html, const struct compliance_row *row)
{
    for (size_t i = 0; i < row->queue_id_count; i++) {
        html_markup(html, i == 0 ? " <code>" : ", <code>");
        html_escape(html, row->queue_ids[i]);
        html_markup(html, "</code>");
    }
}

/* The evidence, the messages it was seen at, and what to do about it. */
static void put_finding(const struct html *html, enum receiver receiver, const struct compliance_row *row)
{
    const struct finding_row *finding = &finding_table[row->finding];
    const struct finding_facts facts = { row->count, row->of, view_of(receiver_title(receiver)), view_of(row->detail) };

    html_markup(html, "<p>");
    put_sentence(html, finding_evidence(html->report->catalog, finding, &facts), &facts);
    put_queue_ids(html, row);
    html_markup(html, "</p>");
    if (finding->next[0] == '\0')
        return;
    html_markup(html, "<p class=\"next\"><span aria-hidden=\"true\">→</span> ");
    put_sentence(html, say(html->report, finding->next), &facts);
    html_markup(html, "</p>");
}

static void put_needed(const struct html *html, const struct compliance_sender *sender)
{
    struct compliance_row rows[REQUIREMENT_COUNT];

    html_markup(html, "<ul class=\"needed\">\n");
    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        enum receiver receiver = profile_table[i].receiver;
        size_t count = compliance_rows(html->report->compliance, sender, receiver, rows);

        for (size_t row = 0; row < count; row++) {
            if (finding_table[rows[row].finding].verdict != COMPLIANCE_NEEDS_WORK)
                continue;
            html_markup(html, "<li><b>");
            html_sayf(html, say(html->report, "%1$s: %2$s"), receiver_title(receiver),
                      say(html->report, requirement_title(rows[row].requirement)));
            html_markup(html, "</b>");
            put_finding(html, receiver, &rows[row]);
            html_markup(html, "</li>\n");
        }
    }
    html_markup(html, "</ul>\n");
}

static const char *source_words(enum finding_source source)
{
    static const char *const words[SOURCE_COUNT] = {
        [SOURCE_NOTHING] = N_("known elsewhere only"),
        [SOURCE_GATE] = N_("the gate's record"),
        [SOURCE_LOG] = N_("the mail log"),
        [SOURCE_DNS] = N_("DNS"),
        [SOURCE_RECEIVER] = N_("the receiver's reply"),
    };

    return words[source];
}

static void put_profile(const struct html *html, const struct compliance_sender *sender, enum receiver receiver)
{
    static const struct html_column columns[] = { { N_("requirement"), HTML_START },
                                                  { N_("verdict"), HTML_START },
                                                  { N_("evidence"), HTML_START },
                                                  { N_("source"), HTML_START } };
    struct compliance_row rows[REQUIREMENT_COUNT];
    size_t count = compliance_rows(html->report->compliance, sender, receiver, rows);
    struct html_table table;

    if (compliance_worst(rows, count) == COMPLIANCE_NO_DATA)
        return;
    table = html_table_open(html, receiver_title(receiver), COLUMNS(columns));
    for (size_t i = 0; i < count; i++) {
        const struct finding_row *finding = &finding_table[rows[i].finding];

        html_row_open(&table);
        html_cell(&table, view_of(say(html->report, requirement_title(rows[i].requirement))));
        html_cell_open(&table);
        put_verdict(html, finding->verdict);
        html_cell_close(&table);
        html_cell_open(&table);
        html_markup(html, "<div class=\"finding\">");
        put_finding(html, receiver, &rows[i]);
        html_markup(html, "</div>");
        html_cell_close(&table);
        html_cell(&table, view_of(say(html->report, source_words(finding->source))));
        html_row_close(&table);
    }
    html_table_close(&table);
}

/* As printf: a sentence of its own. */
__attribute__((format(printf, 2, 3))) static void put_note(const struct html *html, const char *format, ...)
{
    char text[HTML_TEXT_MAX];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    html_markup(html, "<p class=\"quiet\">");
    html_escape(html, view_of(text));
    html_markup(html, "</p>\n");
}

static void put_bulk(const struct html *html, const struct bulk_flag *bulk)
{
    char storage[32];
    struct buf moment = BUF(storage);

    moment_add(html->report, &moment, bulk->since);
    if (bulk->origin == BULK_CLEARED)
        put_note(html, say(html->report, "no bulk sender: cleared by hand on %s"), buf_text(&moment));
    else if (bulk->origin != BULK_NO)
        put_note(html, say(html->report, "a bulk sender since %s"), buf_text(&moment));
    if (bulk->origin != BULK_NO && bulk->reason.n > 0)
        put_note(html, "%.*s", VIEW_ARG(bulk->reason));
}

static void put_expected(const struct html *html, int64_t expected)
{
    char storage[32];
    struct buf moment = BUF(storage);

    if (expected == 0)
        return;
    moment_add(html->report, &moment, expected);
    put_note(html, say(html->report, "at this pace 5,000 within 24 hours are reached about %s"), buf_text(&moment));
}

static void put_notes(const struct html *html, const struct compliance_sender *sender)
{
    const struct volume_figures *volume = &sender->volumes[RECEIVER_GMAIL];
    uint64_t hosted = sender->volumes[RECEIVER_GOOGLE_HOSTED].total;

    put_bulk(html, &sender->bulk);
    put_expected(html, volume->expected);
    if (volume->instead > 0)
        put_note(html,
                 say_count(html->report, "%s recipient counted by the envelope sender: no record told the header From",
                           "%s recipients counted by the envelope sender: no record told the header From",
                           volume->instead),
                 number_grouped(volume->instead).text);
    if (volume->unsure > 0)
        put_note(html,
                 say_count(html->report, "%s more recipient is not counted: who submitted it is unknown",
                           "%s more recipients are not counted: who submitted them is unknown", volume->unsure),
                 number_grouped(volume->unsure).text);
    if (hosted > 0)
        put_note(html, say(html->report, "%s more at domains that Google hosts"), number_grouped(hosted).text);
}

static void put_volume(const struct html *html, const struct volume_figures *volume)
{
    const struct {
        const char *title;
        uint64_t number;
    } figures[] = { { N_("Gmail, last 24 hours"), volume->current },
                    { N_("most in 24 hours"), volume->peak },
                    { N_("forecast"), volume->forecast } };

    html_markup(html, "<div class=\"volume\">");
    html_limit_gauge(html, volume->peak, profile_table[0].bulk);
    html_markup(html, "<dl>");
    for (size_t i = 0; i < sizeof(figures) / sizeof(figures[0]); i++) {
        html_markup(html, "<div><dt>");
        html_say(html, figures[i].title);
        html_markup(html, "</dt><dd>");
        html_number(html, figures[i].number);
        html_markup(html, "</dd></div>");
    }
    html_markup(html, "</dl></div>\n");
}

static void put_sender(const struct html *html, const struct compliance_sender *sender)
{
    struct compliance_row rows[REQUIREMENT_COUNT];
    size_t count = compliance_rows(html->report->compliance, sender, RECEIVER_GMAIL, rows);

    html_markup(html, "<article class=\"card guideline\">\n<h3>");
    html_escape(html, sender->domain);
    html_markup(html, "</h3>\n");
    put_verdict(html, compliance_worst(rows, count));
    put_volume(html, &sender->volumes[RECEIVER_GMAIL]);
    put_glance(html, rows, count);
    put_notes(html, sender);
    put_needed(html, sender);
    html_markup(html, "<details><summary>");
    html_say(html, N_("All requirements"));
    html_markup(html, "</summary>\n");
    for (size_t i = 0; i < PROFILE_COUNT; i++)
        put_profile(html, sender, profile_table[i].receiver);
    html_markup(html, "</details>\n</article>\n");
}

static void put_forwarded(const struct html *html)
{
    struct compliance_row row = compliance_forwarded(html->report->compliance);

    if (row.finding == FINDING_FORWARDED_NONE)
        return;
    html_markup(html, "<article class=\"card guideline\">\n<h3>");
    html_say(html, requirement_title(row.requirement));
    html_markup(html, "</h3>\n");
    put_verdict(html, finding_table[row.finding].verdict);
    put_finding(html, RECEIVER_GMAIL, &row);
    html_markup(html, "</article>\n");
}

/* What is asked, by whom, said where: once for all senders. */
static void put_rules(const struct html *html)
{
    static const struct html_column columns[] = { { N_("requirement"), HTML_START },
                                                  { N_("receiver"), HTML_START },
                                                  { N_("what is asked"), HTML_START },
                                                  { N_("source"), HTML_START },
                                                  { N_("as of"), HTML_START } };
    struct html_table table;

    html_markup(html, "<details><summary>");
    html_say(html, N_("What the receivers ask, and where they say so"));
    html_markup(html, "</summary>\n");
    table = html_table_open(html, N_("What the receivers ask, and where they say so"), COLUMNS(columns));
    for (size_t i = 0; i < rule_count; i++) {
        const struct rule_row *rule = &rule_table[i];

        html_row_open(&table);
        html_cell(&table, view_of(say(html->report, requirement_title(rule->requirement))));
        html_cell(&table, view_of(receiver_title(rule->receiver)));
        html_cell(&table, view_of(say(html->report, rule->text)));
        html_cell(&table, view_of(rule->source));
        html_cell(&table, view_of(rule->date));
        html_row_close(&table);
    }
    html_table_close(&table);
    html_markup(html, "</details>\n");
}

void html_guidelines(const struct html *html)
{
    const struct compliance *compliance = html->report->compliance;
    const struct compliance_sender *sender;
    size_t count = 0;

    if (compliance == NULL)
        return;
    for (size_t i = 0; (sender = compliance_at(compliance, i)) != NULL; i++) {
        if (!compliance_has_data(compliance, sender))
            continue;
        if (count++ == 0)
            html_section_open(
                html, "guidelines", N_("Sender guidelines"),
                N_("Who sends close to 5,000 messages or more to Gmail accounts within 24 hours is a bulk "
                   "sender to Gmail from then on, for good."));
        if (html_shown_rows(html, count) == count)
            put_sender(html, sender);
    }
    if (count == 0)
        return;
    html_rest(html, html_shown_rows(html, count), count);
    put_forwarded(html);
    put_rules(html);
    html_section_close(html);
}
