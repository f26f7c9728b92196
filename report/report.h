/*
 * report - what a tally says, for people and for programs
 *
 * Text, HTML, JSON (man/outward-report.schema.json is its contract) and CSV are
 * views of the same totals; none of them computes anything that the others do not show.
 * Nothing here reads a clock or a file; the caller gives the stream to write to.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdio.h>

#include "shared/catalog.h"
#include "tally/tally.h"
#include "tally/violation.h"

struct compliance; /* guidelines/compliance.h */

enum report_series { SERIES_NONE, SERIES_HOUR, SERIES_DAY };

struct report {
    const struct tally *tally;           /* all stretches settled */
    const struct violations *violations; /* of the delivery rules; NULL without any */
    const struct compliance *compliance; /* of the same tally; NULL: senders are not assessed */
    int64_t from, until;                 /* ms; the period asked for, or what the log holds; 0: nothing */
    const struct view *hosts;
    size_t host_count;
    /* Completeness, as the reader of the log counted it. */
    uint64_t lines, unparsed, gaps, evicted;
    uint64_t names_refused; /* times that a name found no room and stayed unknown */
    uint64_t duplicates;    /* lines that another log had, too: counted once */
    uint64_t cut;           /* lines that are longer than any that is read whole */
    struct view main_relay; /* the relay that took nearly everything, if there is such: a smarthost nobody declared? */
    const struct view *samples; /* of unparsed lines, for the text; may be none */
    size_t sample_count;
    size_t top; /* rows of each table in the text; 0: all */
    enum report_series series;
    const struct catalog *catalog; /* of the language that people read; NULL: English */
    bool colour;                   /* of the verdict; never the only sign */
    /* Seconds east of UTC at a moment (seconds since 1970), for what people read; NULL: UTC. */
    int64_t (*offset)(void *context, int64_t time);
    void *context;
};

/* Each writes all of it to out; write errors stay in the stream for the caller's ferror(3). */
void report_text(const struct report *report, FILE *out);
void report_json(const struct report *report, FILE *out);
/* In the language of the catalog; one page that needs nothing else. */
void report_html(const struct report *report, FILE *out);
void report_csv(const struct report *report, FILE *out);

#endif
