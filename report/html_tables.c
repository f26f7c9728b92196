/* The tables of everything: senders, destinations, TLS in use, other ways, completeness. */
#include <stdlib.h>
#include <string.h>

#include "report/completeness.h"
#include "report/html_chart.h"
#include "report/html_parts.h"
#include "report/order.h"
#include "shared/domain.h"

#define COLUMNS(columns) (columns), sizeof(columns) / sizeof((columns)[0])

enum { GMAIL_LIMIT = 5000, WORDS_SHOWN = 12 };

static bool has_smarthost(const struct report *report)
{
    return tally_totals(report->tally, HOP_SMARTHOST)->sent > 0;
}

static void put_sender(struct html_table *table, size_t index)
{
    const struct report *report = table->html->report;
    struct tally_sender row;

    tally_sender(report->tally, index, &row);
    html_row_open(table);
    html_cell(table, row.domain.n > 0 ? row.domain : view_of(say(report, "(unknown)")));
    html_cell(table, view_of(origin_say(report, row.origin)));
    html_cell_number(table, row.cell->sent);
    html_cell_open(table);
    html_share_bar(table->html, row.cell);
    html_cell_close(table);
    html_cell_number(table, row.cell->plaintext);
    html_cell_number(table, row.cell->unknown);
    if (has_smarthost(report))
        html_cell_number(table, row.via_smarthost);
    html_cell_number(table, row.gmail);
    if (table->at < table->count) {
        html_cell_open(table);
        if (row.gmail > 0)
            html_limit_gauge(table->html, tally_gmail_peak(report->tally, index).recipients, GMAIL_LIMIT);
        html_cell_close(table);
    }
    html_row_close(table);
}

void html_senders(const struct html *html)
{
    struct html_column columns[] = {
        { N_("domain"), HTML_START },     { N_("origin"), HTML_START },  { N_("sent"), HTML_END },
        { N_("protection"), HTML_START }, { N_("plaintext"), HTML_END }, { N_("unknown"), HTML_END },
        { N_("smarthost"), HTML_END },    { N_("to Gmail"), HTML_END },  { N_("Gmail, peak in 24 hours"), HTML_START }
    };
    enum { SMARTHOST = 6, ALL = sizeof(columns) / sizeof(columns[0]) };
    /* The guidelines have the gauge, by registrable domain, where they are assessed. */
    size_t column_count = ALL - (html->report->compliance == NULL ? 0 : 1);
    size_t count, shown;
    uint32_t *list = order_senders(html->report->tally, &count);
    struct html_table table;

    if (count > 0) {
        shown = html_shown_rows(html, count);
        html_section_open(html, "senders", N_("Senders"), NULL);
        if (!has_smarthost(html->report)) {
            memmove(columns + SMARTHOST, columns + SMARTHOST + 1, (ALL - SMARTHOST - 1) * sizeof(columns[0]));
            column_count--;
        }
        table = html_table_open(html, N_("Mail by sender domain"), columns, column_count);
        for (size_t i = 0; i < shown; i++)
            put_sender(&table, list[i]);
        html_table_close(&table);
        html_rest(html, shown, count);
        html_section_close(html);
    }
    free(list);
}

static void put_destination(struct html_table *table, struct view name, const struct cell *cell)
{
    const uint64_t numbers[] = { cell->encrypted, cell->plaintext, cell->unknown, cell->deferred, cell->bounced };

    html_row_open(table);
    html_cell(table, name);
    html_cell_number(table, cell->sent);
    html_cell_open(table);
    if (cell->sent > 0)
        html_share_bar(table->html, cell);
    html_cell_close(table);
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        html_cell_number(table, numbers[i]);
    html_row_close(table);
}

/* All the others in one row, so that the table adds up. */
static void put_other_destinations(struct html_table *table, const uint32_t *list, size_t shown, size_t count)
{
    struct cell sum = { 0 };
    char name[128];

    if (shown == count)
        return;
    for (size_t i = shown; i < count; i++) {
        struct tally_destination row;

        tally_destination(table->html->report->tally, list[i], &row);
        cell_add(&sum, row.cell);
    }
    snprintf(name, sizeof(name), say(table->html->report, "%s other domains"), number_grouped(count - shown).text);
    put_destination(table, view_of(name), &sum);
}

void html_destinations(const struct html *html)
{
    static const struct html_column columns[] = {
        { N_("domain"), HTML_START },  { N_("sent"), HTML_END },      { N_("protection"), HTML_START },
        { N_("encrypted"), HTML_END }, { N_("plaintext"), HTML_END }, { N_("unknown"), HTML_END },
        { N_("deferred"), HTML_END },  { N_("bounced"), HTML_END },
    };
    size_t count, shown;
    uint32_t *list = order_destinations(html->report->tally, &count);
    struct html_table table;

    if (count > 0) {
        shown = html_shown_rows(html, count);
        html_section_open(html, "destinations", N_("Destinations"), NULL);
        table = html_table_open(html, N_("Mail by destination domain"), COLUMNS(columns));
        for (size_t i = 0; i < shown; i++) {
            struct tally_destination row;

            tally_destination(html->report->tally, list[i], &row);
            put_destination(&table, row.domain, row.cell);
        }
        put_other_destinations(&table, list, shown, count);
        html_table_close(&table);
        html_section_close(html);
    }
    free(list);
}

static const struct html_column share_columns[] = { { N_("kind"), HTML_START },
                                                    { N_("share"), HTML_START },
                                                    { N_("messages"), HTML_END } };

static void put_share_row(struct html_table *table, struct view name, uint64_t part, uint64_t whole)
{
    html_row_open(table);
    html_cell(table, name);
    html_cell_open(table);
    html_part_bar(table->html, part, whole);
    html_cell_close(table);
    html_cell_number(table, part);
    html_row_close(table);
}

static void put_versions(const struct html *html)
{
    struct html_table table = html_table_open(html, N_("Versions"), COLUMNS(share_columns));
    uint64_t totals[VERSION_COUNT], without = count_without_version(html->report->tally), all = without;

    count_versions(html->report->tally, totals);
    for (int version = 0; version < VERSION_COUNT; version++)
        all += totals[version];
    for (int version = VERSION_COUNT - 1; version >= 0; version--) {
        if (totals[version] > 0)
            put_share_row(&table, tally_version_name((enum tally_version)version), totals[version], all);
    }
    if (without > 0 && without < all)
        put_share_row(&table, view_of(say(html->report, "not logged")), without, all);
    html_table_close(&table);
}

struct counted_word {
    struct view word;
    uint64_t count;
};

static int by_count(const void *a, const void *b)
{
    const struct counted_word *left = a, *right = b;

    if (left->count != right->count)
        return left->count > right->count ? -1 : 1;
    return view_cmp(left->word, right->word);
}

/* The most used first. */
static struct counted_word *sort_words(const struct tally *tally, enum tally_word kind, size_t *count)
{
    struct counted_word *words = calloc(TALLY_WORDS_MAX + 1, sizeof(*words));

    *count = 0;
    while (words != NULL && *count <= TALLY_WORDS_MAX &&
           tally_word(tally, kind, *count, &words[*count].word, &words[*count].count))
        (*count)++;
    if (words != NULL)
        qsort(words, *count, sizeof(*words), by_count);
    return words;
}

static void put_words(const struct html *html, enum tally_word kind, const char *title)
{
    size_t count;
    struct counted_word *words = sort_words(html->report->tally, kind, &count);
    uint64_t all = 0, others = 0;
    struct html_table table;

    for (size_t i = 0; i < count; i++) {
        all += words[i].count;
        others += i < WORDS_SHOWN ? 0 : words[i].count;
    }
    if (count > 0) {
        table = html_table_open(html, title, COLUMNS(share_columns));
        for (size_t i = 0; i < count && i < WORDS_SHOWN; i++)
            put_share_row(&table, words[i].word, words[i].count, all);
        if (others > 0)
            put_share_row(&table, view_of(say(html->report, "others")), others, all);
        html_table_close(&table);
    }
    free(words);
}

static void put_post_quantum(const struct html *html)
{
    struct post_quantum counts = count_post_quantum(html->report->tally);
    struct html_table table;

    if (counts.all == 0)
        return;
    table = html_table_open(html, N_("Post-quantum"), COLUMNS(share_columns));
    put_share_row(&table, view_of(say(html->report, "key exchange that a quantum computer does not break")),
                  counts.with, counts.all);
    html_table_close(&table);
    html_markup(html, "<p class=\"note\">");
    html_sayf(html,
              say_count(html->report, "%1$s of %2$s message whose key exchange is logged",
                        "%1$s of %2$s messages whose key exchange is logged", counts.all),
              number_grouped(counts.with).text, number_grouped(counts.all).text);
    html_markup(html, "</p>\n");
}

void html_tls_in_use(const struct html *html)
{
    if (tally_totals(html->report->tally, HOP_DIRECT)->encrypted == 0)
        return;
    html_section_open(html, "tls", N_("TLS in use"), NULL);
    html_markup(html, "<div class=\"pair\">\n<div>\n");
    put_versions(html);
    put_words(html, WORD_KEY_EXCHANGE, N_("Key exchange"));
    html_markup(html, "</div>\n<div>\n");
    put_post_quantum(html);
    put_words(html, WORD_CIPHER, N_("Ciphers"));
    html_markup(html, "</div>\n</div>\n");
    html_section_close(html);
}

static void put_hint(const struct html *html)
{
    char storage[HTML_TEXT_MAX];
    struct buf relay = BUF(storage);

    if (html->report->main_relay.n == 0)
        return;
    buf_add(&relay, view_slice(html->report->main_relay, 0, DOMAIN_MAX));
    html_markup(html, "<p class=\"note\">");
    html_sayf(html,
              say(html->report,
                  "hint: if %s sends on for you, say --smarthost with its name; if it is a host of yours, --internal"),
              buf_text(&relay));
    html_markup(html, "</p>\n");
}

void html_elsewhere(const struct html *html)
{
    static const struct html_column columns[] = {
        { N_("way"), HTML_START },     { N_("sent"), HTML_END },    { N_("encrypted"), HTML_END },
        { N_("plaintext"), HTML_END }, { N_("unknown"), HTML_END }, { N_("deferred"), HTML_END },
        { N_("bounced"), HTML_END },
    };
    static const struct {
        enum hop hop;
        const char *title;
    } ways[] = {
        { HOP_SMARTHOST, N_("through a smarthost, which decides the rest of the way") },
        { HOP_LMTP, N_("to mail stores by LMTP") },
    };
    const struct report *report = html->report;
    struct html_table table;

    html_section_open(html, "elsewhere", N_("Smarthosts and mail stores"),
                      N_("Not among the numbers above: encryption is known only as far as the next server."));
    table = html_table_open(html, N_("Mail that went elsewhere than to its recipients' servers"), COLUMNS(columns));
    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        const struct cell *cell = tally_totals(report->tally, ways[i].hop);
        const uint64_t numbers[] = { cell->sent,    cell->encrypted, cell->plaintext,
                                     cell->unknown, cell->deferred,  cell->bounced };

        html_row_open(&table);
        html_cell(&table, view_of(say(report, ways[i].title)));
        for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++)
            html_cell_number(&table, numbers[n]);
        html_row_close(&table);
    }
    html_table_close(&table);
    html_markup(html, "<p class=\"note\">");
    html_sayf(html, say(report, "hops within our own hosts %s, counted where they leave"),
              number_grouped(tally_internal(report->tally)).text);
    html_markup(html, "</p>\n");
    put_hint(html);
    html_section_close(html);
}

static void put_fact(const struct html *html, const char *title, uint64_t number)
{
    html_markup(html, "<div><dt>");
    html_say(html, title);
    html_markup(html, "</dt><dd>");
    html_number(html, number);
    html_markup(html, "</dd></div>\n");
}

static void put_unknown(const struct html *html)
{
    const struct report *report = html->report;

    for (int reason = UNKNOWN_NO_REASON + 1; reason < UNKNOWN_REASON_COUNT; reason++) {
        uint64_t count = tally_unknown(report->tally, (enum unknown_reason)reason);

        if (count == 0)
            continue;
        html_markup(html, "<p>");
        html_sayf(html, say_count(report, "%1$s sent message unknown: %2$s", "%1$s sent messages unknown: %2$s", count),
                  number_grouped(count).text, reason_say(report, (enum unknown_reason)reason));
        html_markup(html, "</p>\n");
    }
}

static void put_samples(const struct html *html)
{
    if (html->report->sample_count == 0)
        return;
    html_markup(html, "<details><summary>");
    html_say(html, N_("Lines that were not understood"));
    html_markup(html, "</summary>\n<ul class=\"lines\">");
    for (size_t i = 0; i < html->report->sample_count; i++) {
        html_markup(html, "<li>");
        html_escape(html, html->report->samples[i]);
        html_markup(html, "</li>");
    }
    html_markup(html, "</ul></details>\n");
}

void html_completeness(const struct html *html)
{
    html_section_open(html, "completeness", N_("Completeness"),
                      N_("What is not known is counted as unknown, never guessed."));
    html_markup(html, "<dl class=\"facts\">\n");
    for (size_t i = 0; i < completeness_count; i++)
        put_fact(html, completeness_table[i].title, completeness_table[i].count(html->report));
    html_markup(html, "</dl>\n");
    put_unknown(html);
    put_samples(html);
    html_section_close(html);
}
