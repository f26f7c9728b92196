/* text_out - what every section of the text report writes with.  Private to report/ */
#ifndef REPORT_TEXT_OUT_H
#define REPORT_TEXT_OUT_H

#include "report/words.h"

enum { DOMAIN_COLUMN = 30, NUMBER_COLUMN = 9, ORIGIN_COLUMN = 9 }; /* columns of a terminal */

/* Foreign text, made fit for a terminal; at most 512 octets of it. */
void text_put(FILE *out, struct view text);

/* Padded with blanks to a number of columns; longer text is not cut. */
void text_column(FILE *out, struct view text, size_t columns);

/* The same, at the right of its columns; as it is. */
void text_right(FILE *out, struct view text, size_t columns);
void text_number(FILE *out, uint64_t number, size_t columns);
void text_moment(const struct report *report, FILE *out, int64_t millis);

/* A line of its own. */
void text_line(FILE *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An empty line and the title of a section. */
void text_heading(const struct report *report, FILE *out, const char *text);

/* A table's line of titles, at the right of their columns. */
void text_titles(const struct report *report, FILE *out, const char *const *titles, size_t count);

/* Rows that --top leaves of a table, and the line that tells of the others. */
size_t text_shown_rows(const struct report *report, size_t count);
void text_rest(const struct report *report, FILE *out, size_t shown, size_t count);

/* Both for a table in an order: put() writes the row of an index.  Frees list; NULL is fine without rows. */
void text_rows(const struct report *report, FILE *out, uint32_t *list, size_t count,
               void (*put)(const struct report *report, uint32_t index, FILE *out));

/* How sender domains stand against the receivers' guidelines; text_guidelines.c */
void text_guidelines(const struct report *report, FILE *out);

#endif
