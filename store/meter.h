/*
 * meter - counters that only grow, for monitoring, kept with the counts they stand on
 *
 * One row for each series, by the name and labels that Prometheus knows it by.
 * What waits for the verdict of a stretch is kept under the stretch's number,
 * with METER_PENDING where the verdict will stand.
 */
#ifndef STORE_METER_H
#define STORE_METER_H

#include "store/ledger.h"

enum { METERS_MAX = 8192 /* series; further ones are refused */ };

#define METER_PENDING "?" /* the value of a label whose verdict waits */

/* Add to a series, begun at need.  Within a transaction, as the next two.  1: there is no room for another. */
int ledger_add_meter(struct ledger *ledger, struct view series, uint64_t more, struct error *error);

/* The same for one whose verdict waits for a stretch. */
int ledger_add_pending_meter(struct ledger *ledger, uint32_t stretch, struct view series, uint64_t more,
                             struct error *error);

/* The verdict of a stretch, as the label's value: "plaintext". */
int ledger_settle_meters(struct ledger *ledger, uint32_t stretch, const char *verdict, struct error *error);

/* The same for all stretches. */
int ledger_settle_all_meters(struct ledger *ledger, const char *verdict, struct error *error);

/* Calls found() for each series that waits for nothing, in the order of the names; its view is gone after the call. */
int ledger_meters(struct ledger *ledger, void (*found)(void *context, struct view series, uint64_t value),
                  void *context, struct error *error);

/*
 * What the table `counts` holds, summed up: lines, unparsed, gaps, evicted and others of man/outward-ledger.5.
 * Calls found() for each; its view is gone after the call.
 */
int ledger_count_sums(struct ledger *ledger, void (*found)(void *context, struct view what, uint64_t sum),
                      void *context, struct error *error);

#endif
