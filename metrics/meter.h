/*
 * meter - what the live stream tells, as counters with few labels
 *
 * Between two commits it counts in memory; meter_save() adds that to the
 * ledger within the caller's transaction.  Label values come from the tables of
 * this program, from the rule file or from one list of destinations, so that no
 * stranger can make series: the rest is "other".
 * One thread at a time.
 */
#ifndef METRICS_METER_H
#define METRICS_METER_H

#include "shared/delivery.h"
#include "shared/record.h"
#include "shared/settings.h"
#include "store/meter.h"

struct meter;

struct meter_settings {
    const struct settings *settings; /* outlives the meter */
    uint64_t seed;
};

/* NULL: out of memory. */
struct meter *meter_new(const struct meter_settings *settings);
void meter_free(struct meter *meter); /* NULL is fine */

/*
 * Count what the live stream told: a delivery, the verdict of its stretch, a decision of the gate, a line of the log.
 * What has no room until the next meter_save() is counted as lost.
 */
void meter_delivery(struct meter *meter, const struct delivery *delivery);
void meter_settle(struct meter *meter, uint32_t stretch, bool proven);
void meter_record(struct meter *meter, const struct record *record);
void meter_line(struct meter *meter);

/* Within a transaction; meter_saved() once it is committed. */
int meter_save(struct meter *meter, struct ledger *ledger, struct error *error);
void meter_saved(struct meter *meter);

#endif
