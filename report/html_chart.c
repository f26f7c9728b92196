#include "report/html_chart.h"

#include <inttypes.h>
#include <stdlib.h>

/* Widths are in thousandths of the drawing; hours are shown for up to eight days, as long as a ledger keeps them. */
enum { WIDTH = 1000, HEIGHT = 100, HOURS_SHOWN = 8 * 24 };

static double scaled(uint64_t part, uint64_t whole)
{
    return whole == 0 ? 0 : (double)part * WIDTH / (double)whole;
}

static void put_piece(const struct html *html, const char *kind, double begin, double width)
{
    if (width > 0)
        html_markupf(html, "<rect class=\"%s\" x=\"%.1f\" width=\"%.1f\" height=\"10\"/>", kind, begin, width);
}

static void open_bar(const struct html *html)
{
    html_markup(html,
                "<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
}

/* After the words of aria-label: what is empty of the bar. */
static void put_trough(const struct html *html)
{
    html_markup(html, "\"><rect class=\"trough\" width=\"1000\" height=\"10\"/>");
}

static void say_parts(const struct html *html, const struct cell *cell)
{
    html_sayf(html, say(html->report, "encrypted %1$s, plaintext %2$s, unknown %3$s"),
              number_grouped(cell->encrypted).text, number_grouped(cell->plaintext).text,
              number_grouped(cell->unknown).text);
}

void html_share_bar(const struct html *html, const struct cell *cell)
{
    double encrypted = scaled(cell->encrypted, cell->sent), unknown = scaled(cell->unknown, cell->sent);
    double plaintext = scaled(cell->plaintext, cell->sent);

    open_bar(html);
    say_parts(html, cell);
    put_trough(html);
    html_markup(html, "<title>");
    say_parts(html, cell);
    html_markup(html, "</title>");
    /* The bad news stays visible, however small its part. */
    if (cell->plaintext > 0 && plaintext < 8)
        plaintext = 8;
    put_piece(html, "encrypted", 0, encrypted);
    put_piece(html, "unknown", encrypted, unknown);
    put_piece(html, "plaintext", WIDTH - plaintext, plaintext);
    html_markup(html, "</svg>");
}

void html_part_bar(const struct html *html, uint64_t part, uint64_t whole)
{
    struct number share = share_of(html->report, part, whole);

    html_markup(html, "<span class=\"share\">");
    open_bar(html);
    html_escape(html, view_of(share.text));
    put_trough(html);
    put_piece(html, "part", 0, scaled(part, whole));
    html_markup(html, "</svg>");
    html_escape(html, view_of(share.text));
    html_markup(html, "</span>");
}

static const char *limit_words(const struct html *html, uint64_t recipients, uint64_t limit)
{
    if (recipients >= limit)
        return say(html->report, "bulk sender");
    if (recipients * 5 >= limit * 4)
        return say(html->report, "close to the limit");
    return say(html->report, "below the limit");
}

void html_limit_gauge(const struct html *html, uint64_t recipients, uint64_t limit)
{
    const char *words = limit_words(html, recipients, limit);
    uint64_t shown = recipients < limit ? recipients : limit;

    html_markup(html, "<span class=\"gauge\">");
    open_bar(html);
    html_sayf(html, say(html->report, "%1$s of %2$s within 24 hours: %3$s"), number_grouped(recipients).text,
              number_grouped(limit).text, words);
    put_trough(html);
    put_piece(html, recipients * 5 >= limit * 4 ? "part warn" : "part", 0, scaled(shown, limit));
    html_markup(html, "<rect class=\"mark\" x=\"800\" width=\"2\" height=\"10\"/></svg><span class=\"gauge-words\">");
    html_number(html, recipients);
    html_markup(html, " / ");
    html_number(html, limit);
    html_markup(html, " <span class=\"quiet\">");
    html_escape(html, view_of(words));
    html_markup(html, "</span></span></span>");
}

/* The series of a chart, and which of its numbers a lane shows. */
struct chart {
    const struct stretch_sum *sums;
    size_t count;
    int64_t unit; /* ms */
    enum report_series series;
};

struct lane {
    const char *kind, *title;
    uint64_t (*value)(const struct cell *cell);
};

static uint64_t encrypted_of(const struct cell *cell)
{
    return cell->encrypted;
}

static uint64_t plaintext_of(const struct cell *cell)
{
    return cell->plaintext;
}

static uint64_t unknown_of(const struct cell *cell)
{
    return cell->unknown;
}

static const struct lane lanes[] = {
    { "encrypted", N_("Encrypted"), encrypted_of },
    { "plaintext", N_("Plaintext"), plaintext_of },
    { "unknown", N_("Unknown"), unknown_of },
};

/* Places of the drawing, of which some are empty; changes of the clock leave it at whole ones. */
static size_t place_of(const struct chart *chart, size_t index)
{
    return (size_t)((chart->sums[index].begin - chart->sums[0].begin + chart->unit / 2) / chart->unit);
}

static void put_lane_bar(const struct html *html, const struct chart *chart, const struct lane *lane, size_t index,
                         uint64_t most)
{
    uint64_t value = lane->value(&chart->sums[index].sum);
    size_t places = place_of(chart, chart->count - 1) + 1;
    char storage[32];
    struct buf begin = BUF(storage);
    double width = (double)WIDTH / (double)places, height = (double)value * HEIGHT / (double)most;

    if (value == 0)
        return;
    if (height < 3)
        height = 3;
    html_markupf(html, "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"><title>", lane->kind,
                 (double)place_of(chart, index) * width, HEIGHT - height, width * 0.86, height);
    moment_add(html->report, &begin, chart->sums[index].begin);
    html_sayf(html, say(html->report, "%1$s: %2$s"), buf_text(&begin), number_grouped(value).text);
    html_markup(html, "</title></rect>");
}

static void put_lane_label(const struct html *html, const struct chart *chart, const struct lane *lane, uint64_t total,
                           uint64_t most)
{
    html_markupf(html, "<p class=\"lane-label\"><span class=\"swatch %s\"></span><b>", lane->kind);
    html_say(html, lane->title);
    html_markup(html, "</b> ");
    html_number(html, total);
    if (most > 0) {
        html_markup(html, " <span class=\"quiet\">");
        html_sayf(html,
                  chart->series == SERIES_HOUR ? say(html->report, "most in an hour: %s")
                                               : say(html->report, "most in a day: %s"),
                  number_grouped(most).text);
        html_markup(html, "</span>");
    }
    html_markup(html, "</p>\n");
}

static void put_lane(const struct html *html, const struct chart *chart, const struct lane *lane)
{
    uint64_t total = 0, most = 0;

    for (size_t i = 0; i < chart->count; i++) {
        uint64_t value = lane->value(&chart->sums[i].sum);

        total += value;
        most = value > most ? value : most;
    }
    put_lane_label(html, chart, lane, total, most);
    html_markupf(html,
                 "<svg class=\"lane lane-%s%s\" viewBox=\"0 0 1000 100\" preserveAspectRatio=\"none\" role=\"img\" "
                 "aria-label=\"",
                 lane->kind, most == 0 ? " lane-empty" : "");
    html_sayf(html, say(html->report, "%1$s over time: %2$s messages; the numbers are in the table below"),
              say(html->report, lane->title), number_grouped(total).text);
    html_markup(html, "\">");
    for (size_t i = 0; i < chart->count; i++)
        put_lane_bar(html, chart, lane, i, most);
    html_markup(html, "</svg>\n");
}

static void put_axis(const struct html *html, const struct chart *chart)
{
    size_t places = place_of(chart, chart->count - 1) + 1;

    html_markup(html, "<p class=\"axis\">");
    html_moment(html, chart->sums[0].begin);
    if (places > 3) {
        html_markup(html, "<span class=\"middle\">");
        html_moment(html, chart->sums[0].begin + (int64_t)(places / 2) * chart->unit);
        html_markup(html, "</span>");
    }
    html_moment(html, chart->sums[0].begin + (int64_t)places * chart->unit);
    html_markup(html, "</p>\n");
}

static void put_numbers(const struct html *html, const struct chart *chart)
{
    static const struct html_column columns[] = {
        { N_("begin"), HTML_START },   { N_("sent"), HTML_END },    { N_("encrypted"), HTML_END },
        { N_("plaintext"), HTML_END }, { N_("unknown"), HTML_END }, { N_("deferred"), HTML_END },
        { N_("bounced"), HTML_END },
    };
    struct html_table table;

    html_markup(html, "<details><summary>");
    html_say(html, N_("The numbers behind it"));
    html_markup(html, "</summary>\n");
    table = html_table_open(html, chart->series == SERIES_HOUR ? N_("By hour") : N_("By day"), columns,
                            sizeof(columns) / sizeof(columns[0]));
    for (size_t i = 0; i < chart->count; i++) {
        const struct cell *sum = &chart->sums[i].sum;
        const uint64_t numbers[] = { sum->sent,    sum->encrypted, sum->plaintext,
                                     sum->unknown, sum->deferred,  sum->bounced };

        html_row_open(&table);
        html_cell_moment(&table, chart->sums[i].begin);
        for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++)
            html_cell_number(&table, numbers[n]);
        html_row_close(&table);
    }
    html_table_close(&table);
    html_markup(html, "</details>\n");
}

/* By hour where that is not too fine. */
static struct stretch_sum *choose_series(const struct html *html, struct chart *chart)
{
    struct stretch_sum *sums;

    chart->series = SERIES_HOUR;
    chart->unit = INT64_C(3600) * 1000;
    sums = sum_series(html->report, SERIES_HOUR, &chart->count);
    chart->sums = sums;
    if (sums == NULL || place_of(chart, chart->count - 1) < HOURS_SHOWN)
        return sums;
    free(sums);
    chart->series = SERIES_DAY;
    chart->unit *= 24;
    sums = sum_series(html->report, SERIES_DAY, &chart->count);
    chart->sums = sums;
    return sums;
}

void html_time_chart(const struct html *html)
{
    struct chart chart;
    struct stretch_sum *sums = choose_series(html, &chart);

    if (sums == NULL)
        return;
    html_section_open(html, "time", N_("Sent over time"),
                      N_("Each lane has a scale of its own, so that a few messages in plaintext stay visible."));
    html_markup(html, "<figure class=\"card chart\">\n");
    for (size_t i = 0; i < sizeof(lanes) / sizeof(lanes[0]); i++)
        put_lane(html, &chart, &lanes[i]);
    put_axis(html, &chart);
    put_numbers(html, &chart);
    html_markup(html, "</figure>\n");
    html_section_close(html);
    free(sums);
}
