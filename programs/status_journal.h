/*
 * status_journal - how far the follower is behind the journal
 */
#ifndef PROGRAMS_STATUS_JOURNAL_H
#define PROGRAMS_STATUS_JOURNAL_H

#include "policy/policy.h"
#include "store/ledger.h"

/*
 * Seconds since the first mail entry was written that is not counted yet: 0 when there is none; -1 when the journal
 * may not be read by this process, which is no fault of the follower.
 * directory: as in struct journal_settings.  now: s since 1970.
 */
int64_t status_journal_waits(struct ledger *ledger, const char *directory, const struct policy *policy, int64_t now);

#endif
