/*
 * put - rows of a kept ledger added to a tally, and a tally's rows told apart for keeping
 *
 * What tally_add() counts one by one, a ledger keeps as sums.  Each tally_put_*()
 * adds one kept row to the row of the same key; put everything of one tally into
 * an empty one and they are equal.
 * All return false when memory is out; the tally is then incomplete.
 * Pure.  One thread at a time.
 */
#ifndef TALLY_PUT_H
#define TALLY_PUT_H

#include "tally/tally.h"

/* What a tally counts beside its rows. */
struct tally_counts {
    uint64_t internal, expired, dropped, downgrades;
    uint64_t unknown[UNKNOWN_REASON_COUNT]; /* direct sent messages */
    int64_t first, last;                    /* ms; 0: never */
};
struct tally_counts tally_counts(const struct tally *tally);
void tally_put_counts(struct tally *tally, const struct tally_counts *counts);

/* hop is HOP_DIRECT, HOP_LMTP or HOP_SMARTHOST. */
void tally_put_totals(struct tally *tally, enum hop hop, const struct cell *cell);

/* Arrays as in struct tally_destination. */
bool tally_put_destination(struct tally *tally, const struct tally_destination *row);

/* gmail_cell NULL: nothing went to Gmail directly. */
bool tally_put_sender(struct tally *tally, const struct tally_sender *row);

/* Recipients of a series in the quarter of an hour that begins at begin (ms); key's own series is not looked at. */
bool tally_put_volume(struct tally *tally, const struct tally_volume *key, int64_t begin, uint32_t count);

/* The same for several quarters, one after the other from begin on.  A name longer than a domain is left out. */
bool tally_put_volumes(struct tally *tally, const struct tally_volume *key, int64_t begin, const uint32_t *counts,
                       size_t number);

/* A label of shared/refusal.h; a bare "4.7.29" is Gmail's. */
bool tally_put_refusal(struct tally *tally, enum origin origin, struct view domain, struct view label, uint64_t count);

/* The counts of messages in the name of a domain to one receiver. */
bool tally_put_form(struct tally *tally, const struct tally_form *row);

/* A queue ID and its time (ms); the row's own are not looked at. */
void tally_put_sample(struct tally *tally, const struct tally_sample *row, struct view queue_id, int64_t time);
bool tally_put_leak(struct tally *tally, const struct tally_leak *row);
bool tally_put_hour(struct tally *tally, int64_t begin, const struct cell *cell);
bool tally_put_word(struct tally *tally, enum tally_word kind, struct view word, uint64_t count);
bool tally_put_submission(struct tally *tally, const struct tally_submission *row);

/* Only the queue IDs of a delivery that violates a requirement, as tally_add() keeps them. */
void tally_put_samples_of(struct tally *tally, const struct delivery *delivery);

/*
 * What waits in a cell for the verdict of its stretches: begin with cell->waiting,
 * go on with what is returned until that is 0.
 */
uint32_t tally_waiting(const struct tally *tally, uint32_t place, struct waiting *out);

#endif
