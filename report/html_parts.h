/* html_parts - the sections of the HTML report, each of which writes nothing when it has nothing to show */
#ifndef REPORT_HTML_PARTS_H
#define REPORT_HTML_PARTS_H

#include "report/html_out.h"

/* The style sheet, from html.css. */
extern const char html_style[];

/* What went wrong: html_trouble.c. */
void html_leaks(const struct html *html);
void html_security(const struct html *html); /* blocked by reason, domains without TLS */
void html_downgrades(const struct html *html);
void html_violations(const struct html *html);
void html_submissions(const struct html *html);

/* The tables of everything: html_tables.c. */
void html_senders(const struct html *html);
void html_destinations(const struct html *html);
void html_tls_in_use(const struct html *html);
void html_elsewhere(const struct html *html); /* smarthosts, mail stores, own hosts */
void html_completeness(const struct html *html);

/* Sender domains against the receivers' guidelines: html_guidelines.c. */
void html_guidelines(const struct html *html);

/* Rows of a table that are shown, and the sentence for the others. */
size_t html_shown_rows(const struct html *html, size_t count);
void html_rest(const struct html *html, size_t shown, size_t count);

#endif
