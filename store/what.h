/* what - the numbers in the table `counts`: one row each, for writer, reader and manual.  Private to store/ */
#ifndef STORE_WHAT_H
#define STORE_WHAT_H

#include "store/totals.h"
#include "tally/put.h"

struct what {
    struct view name;
    bool of_tally; /* a field of struct tally_counts; else of struct completeness */
    size_t at;     /* offset of the field */
};

extern const struct what what_table[];
extern const size_t what_count;

/* Where the number of a row of what_table stands; which of the two is asked goes by its of_tally. */
uint64_t *what_of_tally(struct tally_counts *counts, size_t index);
uint64_t *what_of_completeness(struct completeness *counts, size_t index);

/* The name that a reason is counted under: "unknown tls-logging-unproven". */
struct view what_unknown(enum unknown_reason reason);

/* The index of a name; what_count without such a row: a later version's. */
size_t what_find(struct view name);

#endif
