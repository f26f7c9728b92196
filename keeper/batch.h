/*
 * batch - what was counted since the last commit, by host and hour
 *
 * Between two commits everything is counted in memory; batch_save() adds it to
 * the ledger within the caller's transaction and batch_clear() forgets it once
 * that is committed.  If it is not, the batch is still whole: save it again later.
 * No I/O but through the ledger given to batch_save().  One thread at a time.
 */
#ifndef KEEPER_BATCH_H
#define KEEPER_BATCH_H

#include "keeper/privacy.h"
#include "shared/record.h"
#include "store/totals.h"
#include "tally/violation.h"

enum {
    BATCH_TALLIES_MAX = 1024,       /* hosts x hours at once: commit when batch_is_full() */
    BATCH_DETAILS_MAX = 65536,      /* rows of single deliveries, likewise */
    BATCH_DETAIL_OCTETS = 64 << 20, /* of them, likewise */
    BATCH_SETTLES_MAX = 65536       /* verdicts, likewise */
};

struct batch;

/* Which single deliveries are kept beside those of store/detail.h: what violates one of these. */
struct batch_rules {
    const struct delivery_rule *list;
    size_t count;
};

/* privacy and the rules' list must outlive the batch.  NULL: out of memory. */
struct batch *batch_new(uint64_t seed, const struct privacy *privacy, struct batch_rules rules);
void batch_free(struct batch *batch); /* NULL is fine */

/* Commit before the next line. */
bool batch_is_full(const struct batch *batch);

/* What has no room or memory is counted as evicted at the next commit. */
void batch_delivery(struct batch *batch, const struct delivery *delivery);
void batch_settle(struct batch *batch, uint32_t stretch, bool proven);
void batch_expired(struct batch *batch, struct view host, int64_t time, struct view sender_domain);
void batch_submitted(struct batch *batch, struct view host, int64_t time, struct view login, unsigned recipients);
void batch_record(struct batch *batch, struct view host, int64_t time, const struct record *record);

/* Add to what is known of an hour's completeness. */
void batch_completeness(struct batch *batch, struct view host, int64_t time, const struct completeness *more);

/* Within a transaction.  generation: as in store/totals.h. */
int batch_save(const struct batch *batch, struct ledger *ledger, uint32_t generation, struct error *error);
void batch_clear(struct batch *batch);

#endif
