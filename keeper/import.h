/*
 * import - old logs, plain or packed, read once into the ledger
 *
 * A file that was read before, under any name, is gone on with where it was
 * left, so the same file again counts nothing.  Files that begin where the live
 * stream stands go on with it; older ones are a stream of their own, whose open
 * verdicts are settled at its end.
 */
#ifndef KEEPER_IMPORT_H
#define KEEPER_IMPORT_H

#include "keeper/live.h"

struct import_counts {
    uint64_t files, known; /* read; of them already read to their end before */
    uint64_t lines;        /* counted now */
};

/* Read files ("-" is standard input) in the order of their first new lines.  -1 with the reason; what was committed stays. */
int import_files(struct live *live, const struct live_settings *settings, const char *const *paths, size_t count,
                 struct import_counts *counts, struct error *error);

#endif
