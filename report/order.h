/* order - the rows of a tally in the order reports show them */
#ifndef REPORT_ORDER_H
#define REPORT_ORDER_H

#include "tally/tally.h"
#include "tally/violation.h"

/*
 * Indexes of the tally's rows, most sent first, then by name; the caller frees them.
 * NULL with *count 0 when there are none or memory is out.
 */
uint32_t *order_destinations(const struct tally *tally, size_t *count);
uint32_t *order_senders(const struct tally *tally, size_t *count);

/* Only those that went back to plaintext, the last one first. */
uint32_t *order_downgraded(const struct tally *tally, size_t *count);

/* Only those with plaintext, most of it first. */
uint32_t *order_leaks(const struct tally *tally, size_t *count);

/* Worst first: rejected, then would be, then last seen. */
uint32_t *order_submissions(const struct tally *tally, size_t *count);

/* Those that count something, most first. */
uint32_t *order_violations(const struct violations *violations, size_t *count);

/* Indexes of tally_volume() of logins, those with the most within 24 hours first. */
uint32_t *order_logins(const struct tally *tally, size_t *count);

/* Most first, then by name. */
uint32_t *order_words(const struct tally *tally, enum tally_word kind, size_t *count);
uint32_t *order_refusals(const struct tally *tally, size_t sender, size_t *count);

/* By time. */
uint32_t *order_hours(const struct tally *tally, size_t *count);

#endif
