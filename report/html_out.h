/*
 * html_out - the parts that the HTML report is put together from
 *
 * Everything that is not our own markup goes through html_escape(): names of
 * domains, clients and logins, words of the log, and the messages themselves.
 * Tables become a list of cards on a narrow screen: each cell bears its title.
 */
#ifndef REPORT_HTML_OUT_H
#define REPORT_HTML_OUT_H

#include "report/words.h"

enum { HTML_TEXT_MAX = 1024 /* octets of one foreign text; what is longer ends in an ellipsis */ };

struct html {
    const struct report *report;
    FILE *out;
};

/* Our own markup, as it is. */
void html_markup(const struct html *html, const char *markup);

/* As printf, for markup with numbers of ours in it: coordinates, classes. */
void html_markupf(const struct html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The one way for text: fit for a page's text and for attributes in quotes, without control and bidirectional characters. */
void html_escape(const struct html *html, struct view text);

/* As printf, then escaped as a whole: messages with foreign text in them. */
void html_sayf(const struct html *html, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The message in the report's language, escaped. */
void html_say(const struct html *html, const char *text);

/* A number with marks between thousands; a time in the report's zone, as moment_add() writes it. */
void html_number(const struct html *html, uint64_t number);
void html_moment(const struct html *html, int64_t millis);

/* <section id="..."> with its heading; note is a sentence below it, or NULL. */
void html_section_open(const struct html *html, const char *id, const char *title, const char *note);
void html_section_close(const struct html *html);

enum html_align { HTML_START, HTML_END }; /* HTML_END: numbers */

struct html_column {
    const char *title; /* a message */
    enum html_align align;
};

struct html_table {
    const struct html *html;
    const struct html_column *columns;
    size_t count, at; /* at: the next cell's column */
};

/* A table with its title, which readers of the screen hear first; columns must outlive it. */
struct html_table html_table_open(const struct html *html, const char *caption, const struct html_column *columns,
                                  size_t count);
void html_table_close(struct html_table *table);

/* A row, and its cells in the order of the columns; the first is the row's heading. */
void html_row_open(struct html_table *table);
void html_row_close(struct html_table *table);
void html_cell_open(struct html_table *table);
void html_cell_close(struct html_table *table);
void html_cell(struct html_table *table, struct view text);
void html_cell_number(struct html_table *table, uint64_t number);
void html_cell_moment(struct html_table *table, int64_t millis);

#endif
