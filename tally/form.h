/*
 * form - what the headers of messages showed, in counts that add up
 *
 * Pure.
 */
#ifndef TALLY_FORM_H
#define TALLY_FORM_H

#include <stdint.h>

enum { TALLY_FAULTS_MAX = 16 /* rows of format_fault_table that are counted */ };

struct form {
    uint64_t messages;
    uint64_t unsigned_ones; /* without any DKIM signature */
    uint64_t unaligned;     /* signed, but From: shares its registrable domain with neither signature nor envelope */
    uint64_t unaligned_unsigned; /* not signed, and the envelope is of another registrable domain */
    uint64_t without_one_click;
    uint64_t faulty;                   /* with any fault of form */
    uint64_t faults[TALLY_FAULTS_MAX]; /* by format_fault_table */
};

/* Add all counts of one to another. */
void form_add(struct form *into, const struct form *more);

#endif
