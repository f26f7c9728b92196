/*
 * volume_source - the follower's volume file, read when the gate starts and when it reloads
 *
 * The file lies beside the ledger, under VOLUME_FILE_NAME.  Without it, or with
 * one that is not whole, the gate counts from 0; the log says which.  Not pure.
 */
#ifndef MILTER_VOLUME_SOURCE_H
#define MILTER_VOLUME_SOURCE_H

#include "milter/volume_table.h"
#include "shared/log.h"

/*
 * with_counts: at the start; later only the bulk senders are taken, for the gate has counted by itself since.
 * ledger: path of the ledger.  The file must be regular and writable by its owner alone.  now: ms since 1970.
 */
void volume_source_load(struct volume_table *table, struct view ledger, bool with_counts, int64_t now, struct log *log);

#endif
