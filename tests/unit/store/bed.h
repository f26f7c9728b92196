/* bed - a private directory for a ledger, logs run into it, and tallies as text that can be compared */
#ifndef TESTS_UNIT_STORE_BED_H
#define TESTS_UNIT_STORE_BED_H

#include "follow/correlate.h"
#include "keeper/batch.h"
#include "store/upkeep.h"
#include "tests/unit/unit.h"

enum {
    BED_NOW = 1796083200, /* 2026-12-01 00:00:00 UTC: after all logs of tests/data */
    BED_SEED = 42
};

struct bed {
    char folder[64], path[96];
    struct ledger *ledger;
    struct error error;
};

/* A ledger in a new directory; bed_done() removes both. */
void bed_init(struct bed *bed);
void bed_done(struct bed *bed);
void bed_open(struct bed *bed);
void bed_close(struct bed *bed);
void bed_exec(struct bed *bed, const char *sql); /* on the closed ledger, as somebody with sqlite3(1) would */
int64_t bed_number(struct bed *bed, const char *sql);
void bed_text(struct bed *bed, const char *sql, char *out, size_t size);

/* Everything a tally says, one row a line, sorted; for free(3). */
char *tally_text(const struct tally *tally);

/* All of a ledger as such a text. */
char *ledger_text(struct ledger *ledger, struct ledger_period period);

/* Everything that a correlation tells, counted. */
struct correlate_sink sink_of_tally(struct tally *tally);

/* A log of tests/data on its way through correlation, line by line. */
struct reading {
    struct view text, rest;
    struct writers *writers;
    struct prefix prefix;
    struct correlate *correlate;
};
void reading_init(struct reading *reading, const char *name, const struct correlate_sink *sink);
void reading_done(struct reading *reading);
bool reading_line(struct reading *reading, struct log_line *out); /* false at the end */

/* One log through correlation, into a tally at once (as a report reads it), or into a ledger in pieces of some lines. */
char *text_of_log(const char *name);
void save_log(struct ledger *ledger, const char *name, size_t lines_a_piece, bool end);

/* A file of tests/data; for free(3). */
struct view read_data(const char *name);

#endif
