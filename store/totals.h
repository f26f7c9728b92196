/*
 * totals - tallies saved into a ledger, and read back as one
 *
 * A tally of one host and one hour is added to the rows of that hour and of its
 * day; saved in any number of pieces, what is read back equals one tally over all of it.
 * What waits for the verdict of a stretch is kept beside it, under the
 * stretch's number and the generation of the correlation that gave it, and
 * counts as unknown until ledger_settle() tells.
 */
#ifndef STORE_TOTALS_H
#define STORE_TOTALS_H

#include "shared/arena.h"
#include "store/ledger.h"
#include "tally/tally.h"

/* Rows of what left in plaintext, of one host and day, before new pairs of domains share the row "(other)", as in a tally. */
enum { LEDGER_LEAKS_A_DAY = TALLY_LEAKS_MAX };

/* What is known of how whole the counts are. */
struct completeness {
    uint64_t lines;         /* read */
    uint64_t of_mail;       /* of these, of programs that are looked at: hosts without any are not told */
    uint64_t unparsed;      /* that should have been understood and were not */
    uint64_t gaps;          /* places where lines are missing */
    uint64_t evicted;       /* entries given up for want of room */
    uint64_t cut;           /* lines longer than any that is read whole */
    uint64_t names_refused; /* times that a name found no room and stayed unknown */
};

/* Add all numbers of one to another. */
void completeness_add(struct completeness *into, const struct completeness *more);

/* The hour is the ms at which it begins.  Within a transaction. */
int ledger_save_tally(struct ledger *ledger, struct view host, int64_t hour, const struct tally *tally,
                      uint32_t generation, struct error *error);
int ledger_save_completeness(struct ledger *ledger, struct view host, int64_t hour, const struct completeness *more,
                             struct error *error);

/* The verdict of a stretch, for what was saved before.  Within a transaction. */
int ledger_settle(struct ledger *ledger, uint32_t generation, uint32_t stretch, bool proven, struct error *error);

/* A correlation ends without its verdicts: all its stretches stay unknown.  Within a transaction. */
int ledger_settle_generation(struct ledger *ledger, uint32_t generation, struct error *error);

struct ledger_period {
    int64_t from, until; /* ms since 1970; until is not part of it; 0: open */
};

struct ledger_loaded {
    struct ledger_period period; /* what was read: whole hours, whole UTC days where hours are kept no more */
    struct completeness completeness;
    struct view *hosts; /* in arena */
    size_t host_count;
    struct arena arena;
};

/* Hosts told by name in struct ledger_loaded; rows of further ones are counted as names refused. */
enum { LEDGER_HOSTS_MAX = 4096 };

/*
 * Add a period to a tally.  *out is the caller's to end with ledger_loaded_done(), also after -1.
 * Names in the tally are its own.
 */
int ledger_load(struct ledger *ledger, struct ledger_period period, struct tally *tally, struct ledger_loaded *out,
                struct error *error);
void ledger_loaded_done(struct ledger_loaded *loaded);

#endif
