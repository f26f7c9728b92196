/* What went wrong: mail in plaintext, blocked mail, lost TLS, broken rules, bad submissions. */
#include <stdlib.h>

#include "report/html_chart.h"
#include "report/html_parts.h"
#include "report/order.h"

#define COLUMNS(columns) (columns), sizeof(columns) / sizeof((columns)[0])

static struct view or_unknown(const struct html *html, struct view text)
{
    return text.n > 0 ? text : view_of(say(html->report, "(unknown)"));
}

void html_leaks(const struct html *html)
{
    static const struct html_column columns[] = { { N_("to"), HTML_START },
                                                  { N_("from"), HTML_START },
                                                  { N_("messages"), HTML_END },
                                                  { N_("last time"), HTML_START },
                                                  { N_("why"), HTML_START } };
    size_t count, shown;
    uint32_t *list = order_leaks(html->report->tally, &count);
    struct html_table table;

    if (count == 0) {
        free(list);
        return;
    }
    shown = html_shown_rows(html, count);
    html_section_open(html, "plaintext", N_("What left in plaintext"), NULL);
    table = html_table_open(html, N_("Messages that left in plaintext"), COLUMNS(columns));
    for (size_t i = 0; i < shown; i++) {
        struct tally_leak row;

        tally_leak(html->report->tally, list[i], &row);
        html_row_open(&table);
        html_cell(&table, row.domain);
        html_cell(&table, or_unknown(html, row.sender));
        html_cell_number(&table, row.cell->plaintext);
        html_cell_moment(&table, row.cell->last_plaintext);
        html_cell(&table, view_of(cause_say(html->report, row.cause)));
        html_row_close(&table);
    }
    html_table_close(&table);
    html_rest(html, shown, count);
    html_section_close(html);
    free(list);
}

/* A table that would have no rows: its title, and that. */
static void put_none(const struct html *html, const char *title, const char *text)
{
    html_markup(html, "<p class=\"empty-title\">");
    html_say(html, title);
    html_markup(html, "</p>\n<p class=\"none\">");
    html_say(html, text);
    html_markup(html, "</p>\n");
}

static void put_failures(struct html_table *table)
{
    const struct report *report = table->html->report;

    for (int i = TLS_FAILURE_NONE + 1; i < TLS_FAILURE_COUNT; i++) {
        struct view worst = { NULL, 0 };
        uint64_t count = count_failures(report->tally, (enum tls_failure)i, &worst);

        if (count == 0)
            continue;
        html_row_open(table);
        html_cell(table, view_of(failure_say(report, (enum tls_failure)i)));
        html_cell_number(table, count);
        html_cell(table, worst);
        html_row_close(table);
    }
}

static void put_blocked(const struct html *html)
{
    static const struct html_column columns[] = { { N_("reason"), HTML_START },
                                                  { N_("attempts"), HTML_END },
                                                  { N_("most of them at"), HTML_START } };
    const char *title = N_("Attempts that TLS stopped or changed, by reason");
    struct html_table table;

    if (!has_failures(html->report->tally)) {
        put_none(html, title, N_("None: no attempt failed or fell back for want of TLS."));
        return;
    }
    table = html_table_open(html, title, COLUMNS(columns));
    put_failures(&table);
    html_table_close(&table);
}

/* Domains that took mail, none of it encrypted. */
static bool is_without_tls(const struct tally_destination *row)
{
    return row->cell->plaintext > 0 && row->cell->encrypted == 0;
}

static void put_without_tls(const struct html *html)
{
    static const struct html_column columns[] = { { N_("domain"), HTML_START },
                                                  { N_("plaintext"), HTML_END },
                                                  { N_("last time"), HTML_START } };
    const char *title = N_("Domains that never took mail over TLS");
    size_t count, found = 0, shown = 0;
    uint32_t *list = order_destinations(html->report->tally, &count);
    struct html_table table;

    for (size_t i = 0; i < count; i++) {
        struct tally_destination row;

        tally_destination(html->report->tally, list[i], &row);
        if (!is_without_tls(&row))
            continue;
        if (found++ == 0)
            table = html_table_open(html, title, COLUMNS(columns));
        if (html_shown_rows(html, found) < found)
            continue;
        shown++;
        html_row_open(&table);
        html_cell(&table, row.domain);
        html_cell_number(&table, row.cell->plaintext);
        html_cell_moment(&table, row.cell->last_plaintext);
        html_row_close(&table);
    }
    if (found > 0)
        html_table_close(&table);
    else
        put_none(html, title, N_("None: TLS worked at least once at every domain that took mail in plaintext."));
    html_rest(html, shown, found);
    free(list);
}

void html_security(const struct html *html)
{
    if (tally_totals(html->report->tally, HOP_DIRECT)->sent + tally_totals(html->report->tally, HOP_DIRECT)->deferred ==
        0)
        return;
    html_section_open(html, "blocked", N_("Blocked, and without TLS"), NULL);
    html_markup(html, "<div class=\"pair\">\n<div>\n");
    put_blocked(html);
    html_markup(html, "</div>\n<div>\n");
    put_without_tls(html);
    html_markup(html, "</div>\n</div>\n");
    html_section_close(html);
}

static void open_downgrades(const struct html *html, struct html_table *table)
{
    static const struct html_column columns[] = { { N_("domain"), HTML_START },
                                                  { N_("last with TLS"), HTML_START },
                                                  { N_("last in plaintext"), HTML_START },
                                                  { N_("protection"), HTML_START } };

    html_section_open(html, "downgrades", N_("Downgrades"),
                      N_("TLS worked there before, and the last message went in plaintext: something on the way may "
                         "take STARTTLS away."));
    *table = html_table_open(html, N_("Domains that had TLS before and now have not"), COLUMNS(columns));
}

static void put_downgrade(struct html_table *table, const struct tally_destination *row)
{
    html_row_open(table);
    html_cell(table, row->domain);
    html_cell_moment(table, row->cell->last_encrypted);
    html_cell_moment(table, row->cell->last_plaintext);
    html_cell_open(table);
    html_share_bar(table->html, row->cell);
    html_cell_close(table);
    html_row_close(table);
}

void html_downgrades(const struct html *html)
{
    size_t count, shown;
    uint32_t *list = order_downgraded(html->report->tally, &count);
    struct html_table table;

    if (count > 0) {
        open_downgrades(html, &table);
        shown = html_shown_rows(html, count);
        for (size_t i = 0; i < shown; i++) {
            struct tally_destination row;

            tally_destination(html->report->tally, list[i], &row);
            put_downgrade(&table, &row);
        }
        html_table_close(&table);
        html_rest(html, shown, count);
        html_section_close(html);
    }
    free(list);
}

static void put_rule(const struct html *html, const struct delivery_rule *rule)
{
    if (rule == NULL) {
        html_say(html, N_("several"));
        return;
    }
    html_markupf(html, "<code>%s %s</code> ", rule->require ? "require" : "expect",
                 rule->demand == DEMAND_VERIFIED ? "verified" : "encrypted");
    html_markup(html, "<span class=\"quiet\">");
    html_escape(html, rule->place.file);
    html_markupf(html, ":%u</span>", rule->place.line);
}

void html_violations(const struct html *html)
{
    static const struct html_column columns[] = { { N_("to"), HTML_START },
                                                  { N_("messages"), HTML_END },
                                                  { N_("last time"), HTML_START },
                                                  { N_("rule"), HTML_START } };
    size_t count, shown;
    uint32_t *list = order_violations(html->report->violations, &count);
    struct html_table table;

    if (count == 0) {
        free(list);
        return;
    }
    shown = html_shown_rows(html, count);
    html_section_open(html, "violations", N_("Delivery rules violated"), NULL);
    table = html_table_open(html, N_("Messages sent with less than a rule demands"), COLUMNS(columns));
    for (size_t i = 0; i < shown; i++) {
        struct violation row;

        violation_at(html->report->violations, list[i], &row);
        html_row_open(&table);
        html_cell(&table, row.domain);
        html_cell_number(&table, row.count);
        html_cell_moment(&table, row.last);
        html_cell_open(&table);
        put_rule(html, row.rule);
        html_cell_close(&table);
        html_row_close(&table);
    }
    html_table_close(&table);
    html_rest(html, shown, count);
    html_section_close(html);
    free(list);
}

static void put_submission(struct html_table *table, const struct tally_submission *row)
{
    const uint64_t numbers[] = { row->accepted, row->rejected + row->deferred, row->held, row->would };
    const struct report *report = table->html->report;

    html_row_open(table);
    html_cell(table, submission_say(report, row->client));
    html_cell(table, submission_say(report, row->login));
    html_cell(table, submission_say(report, row->listener));
    html_cell(table, submission_say(report, row->tls));
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        html_cell_number(table, numbers[i]);
    html_cell_moment(table, row->last);
    html_row_close(table);
}

static void open_submissions(const struct html *html, struct html_table *table)
{
    static const struct html_column columns[] = {
        { N_("client"), HTML_START }, { N_("login"), HTML_START },  { N_("listener"), HTML_START },
        { N_("TLS"), HTML_START },    { N_("accepted"), HTML_END }, { N_("refused"), HTML_END },
        { N_("held"), HTML_END },     { N_("would be"), HTML_END }, { N_("last seen"), HTML_START },
    };

    html_section_open(html, "submission", N_("Who still submits badly"),
                      N_("In plaintext, or refused, held, or (\"would be\") only noted because the gate monitors."));
    *table = html_table_open(html, N_("Clients that submit in plaintext or against the rules"), COLUMNS(columns));
}

void html_submissions(const struct html *html)
{
    size_t count, bad = 0, shown = 0;
    uint32_t *list = order_submissions(html->report->tally, &count);
    struct html_table table;

    for (size_t i = 0; i < count; i++) {
        struct tally_submission row;

        tally_submission(html->report->tally, list[i], &row);
        if (!submission_is_bad(&row))
            continue;
        if (bad++ == 0)
            open_submissions(html, &table);
        if (html_shown_rows(html, bad) < bad)
            continue;
        shown++;
        put_submission(&table, &row);
    }
    if (bad > 0) {
        html_table_close(&table);
        html_rest(html, shown, bad);
        html_section_close(html);
    }
    free(list);
}
