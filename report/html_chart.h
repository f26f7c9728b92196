/*
 * html_chart - the drawings of the HTML report: inline SVG without script, style sheets of others or references
 *
 * Each has a title that says the same in words; beside each stand its numbers.
 * Meaning never hangs on colour: encrypted, plaintext and unknown have lanes
 * and labels of their own.  Text stands outside the drawings, so that it keeps its size on a phone.
 */
#ifndef REPORT_HTML_CHART_H
#define REPORT_HTML_CHART_H

#include "report/html_out.h"

/* How a number of messages was protected, as one bar of its parts. */
void html_share_bar(const struct html *html, const struct cell *cell);

/* A part of a whole as a bar; label is what it says in words. */
void html_part_bar(const struct html *html, uint64_t part, uint64_t whole);

/* Recipients within 24 hours beside the receiver's limit, and what that means in words. */
void html_limit_gauge(const struct html *html, uint64_t recipients, uint64_t limit);

/* Encrypted, plaintext and unknown over time, a lane each, and the numbers behind them. */
void html_time_chart(const struct html *html);

#endif
