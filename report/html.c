/* The report as one page: no script, nothing fetched, readable on a phone and on paper.  The verdict first. */
#include "report/html_chart.h"
#include "report/html_parts.h"

enum { HOSTS_SHOWN = 5 };

size_t html_shown_rows(const struct html *html, size_t count)
{
    return html->report->top != 0 && html->report->top < count ? html->report->top : count;
}

void html_rest(const struct html *html, size_t shown, size_t count)
{
    if (shown == count)
        return;
    html_markup(html, "<p class=\"note\">");
    html_sayf(html, say(html->report, "... and %s more; --top 0 shows all"), number_grouped(count - shown).text);
    html_markup(html, "</p>\n");
}

static void put_hosts(const struct html *html)
{
    const struct report *report = html->report;

    for (size_t i = 0; i < report->host_count && i < HOSTS_SHOWN; i++) {
        html_markup(html, i == 0 ? "<bdi>" : ", <bdi>");
        html_escape(html, report->hosts[i]);
        html_markup(html, "</bdi>");
    }
    if (report->host_count > HOSTS_SHOWN)
        html_sayf(html, say(report, " and %s more hosts"), number_plain(report->host_count - HOSTS_SHOWN).text);
}

static void put_period(const struct html *html)
{
    char from[32], until[32];
    struct buf begin = BUF(from), end = BUF(until);

    if (html->report->from == 0)
        return;
    moment_add(html->report, &begin, html->report->from);
    moment_add(html->report, &end, html->report->until);
    html_sayf(html, say(html->report, "from %1$s to %2$s"), buf_text(&begin), buf_text(&end));
}

/* A browser is told to fetch nothing, too. */
static void put_head(const struct html *html)
{
    html_markup(html, "<!DOCTYPE html>\n<html lang=\"");
    /* TRANSLATORS: the language code of this translation. */
    html_say(html, N_("en"));
    html_markup(html,
                "\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
    html_say(html, N_("Outbound mail"));
    if (html->report->host_count > 0) {
        html_markup(html, " · ");
        html_escape(html, html->report->hosts[0]);
    }
    html_markup(html, "</title>\n<style>\n");
    html_markup(html, html_style);
    html_markup(html, "</style>\n</head>\n<body>\n<main>\n");
}

static void put_masthead(const struct html *html)
{
    html_markup(html, "<header>\n<h1>");
    html_say(html, N_("Outbound mail"));
    html_markup(html, "</h1>\n<p class=\"where\">");
    put_hosts(html);
    html_markup(html, "</p>\n<p class=\"when\">");
    put_period(html);
    html_markup(html, "</p>\n</header>\n");
}

/* A padlock, closed, open or with a question; drawn in the colour of the verdict, told by its words. */
static void put_padlock(const struct html *html, enum summary summary)
{
    static const char *const shackles[] = {
        [SUMMARY_NO_MAIL] = "M16 22v-6a8 8 0 0 1 16 0v6",     [SUMMARY_ENCRYPTED] = "M16 22v-6a8 8 0 0 1 16 0v6",
        [SUMMARY_TO_RELAY] = "M16 22v-6a8 8 0 0 1 16 0v6",    [SUMMARY_UNKNOWN] = "M16 22v-6a8 8 0 0 1 16 0v6",
        [SUMMARY_PLAINTEXT] = "M16 22v-9a8 8 0 0 1 15.5-2.7",
    };
    static const char *const marks[] = {
        [SUMMARY_NO_MAIL] = "M19 31h10",
        [SUMMARY_ENCRYPTED] = "M18.5 31l4 4 7.5-8",
        [SUMMARY_TO_RELAY] = "M18.5 31l4 4 7.5-8",
        [SUMMARY_UNKNOWN] = "M20.5 28.3a3.6 3.6 0 1 1 5 3.3c-1 .5-1.5 1-1.5 2M24 37v.1",
        [SUMMARY_PLAINTEXT] = "M24 26v6M24 36v.1",
    };

    html_markupf(html,
                 "<svg class=\"padlock\" viewBox=\"0 0 48 48\" aria-hidden=\"true\"><path class=\"shackle\" "
                 "d=\"%s\"/><rect class=\"body\" x=\"10\" y=\"21\" width=\"28\" height=\"21\" rx=\"4\"/>"
                 "<path class=\"sign\" d=\"%s\"/></svg>\n",
                 shackles[summary], marks[summary]);
}

static void put_figure(const struct html *html, const char *kind, const char *title, uint64_t number, uint64_t whole)
{
    html_markupf(html, "<div class=\"figure %s\"><dt>", kind);
    html_say(html, title);
    html_markup(html, "</dt><dd>");
    html_number(html, number);
    if (whole > 0) {
        html_markup(html, "<small>");
        html_escape(html, view_of(share_of(html->report, number, whole).text));
        html_markup(html, "</small>");
    }
    html_markup(html, "</dd></div>\n");
}

static void put_figures(const struct html *html, const struct cell *totals)
{
    html_markup(html, "<dl class=\"figures\">\n");
    put_figure(html, "sent", N_("Sent"), totals->sent, 0);
    put_figure(html, "encrypted", N_("Encrypted"), totals->encrypted, totals->sent);
    put_figure(html, "plaintext", N_("Plaintext"), totals->plaintext, totals->sent);
    put_figure(html, "unknown", N_("Unknown"), totals->unknown, totals->sent);
    html_markup(html, "</dl>\n");
    if (totals->sent > 0)
        html_share_bar(html, totals);
}

static void put_failed(const struct html *html)
{
    char text[FAILED_SAY_MAX];
    struct buf failed = BUF(text);

    failed_say(html->report, number_grouped, &failed);
    html_markup(html, "<p class=\"quiet\">");
    html_escape(html, buf_view(&failed));
    html_markup(html, "</p>\n");
}

static void put_verdict(const struct html *html)
{
    static const char *const kinds[] = { [SUMMARY_NO_MAIL] = "none",
                                         [SUMMARY_ENCRYPTED] = "encrypted",
                                         [SUMMARY_TO_RELAY] = "unknown", /* of the same colour: not all is known */
                                         [SUMMARY_UNKNOWN] = "unknown",
                                         [SUMMARY_PLAINTEXT] = "plaintext" };
    const struct cell *totals = tally_totals(html->report->tally, HOP_DIRECT);
    enum summary summary = report_summary(html->report);
    struct summary_words words;

    summary_say(html->report, number_grouped, &words);
    html_markupf(html, "<section id=\"verdict\" class=\"card verdict %s\" aria-labelledby=\"verdict-title\">\n",
                 kinds[summary]);
    put_padlock(html, summary);
    html_markup(html, "<div>\n<h2 id=\"verdict-title\" class=\"word\">");
    html_escape(html, view_of(words.word));
    html_markup(html, "</h2>\n<p class=\"sentence\">");
    html_escape(html, view_of(words.sentence));
    html_markup(html, "</p>\n");
    if (words.addition[0] != '\0') {
        html_markup(html, "<p>");
        html_escape(html, view_of(words.addition));
        html_markup(html, "</p>\n");
    }
    html_markup(html, "</div>\n");
    put_figures(html, totals);
    put_failed(html);
    html_markup(html, "</section>\n");
}

static void put_foot(const struct html *html)
{
    html_markup(html, "</main>\n<footer><p>");
    html_say(html, N_("Counted are recipients of mail that was sent or bounced, and attempts that were deferred. Times "
                      "are local to the machine that made this report, unless it was told another zone."));
    html_markup(html, "</p><p>outward " OUTWARD_VERSION "</p></footer>\n</body>\n</html>\n");
}

void report_html(const struct report *report, FILE *out)
{
    static void (*const parts[])(const struct html *) = {
        put_head,        put_masthead,    put_verdict,       html_time_chart, html_leaks,       html_security,
        html_downgrades, html_violations, html_guidelines,   html_senders,    html_submissions, html_destinations,
        html_tls_in_use, html_elsewhere,  html_completeness, put_foot,
    };
    struct html html = { report, out };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
        parts[i](&html);
}
