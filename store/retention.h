/*
 * retention - which moment the ledger's retention takes for now
 *
 * A clock that is set far ahead by mistake, for a minute or for an evening, must not empty the ledger.  So retention
 * has a clock of its own, kept in the ledger: it follows the system's, but a jump of more than RETENTION_JUMP_SECONDS
 * ahead is believed only when the system's clock has stood beyond it for as long.  A follower that was away for days
 * removes old rows a day later; nothing else changes.  A clock that was set back is followed at once: that removes less.
 */
#ifndef STORE_RETENTION_H
#define STORE_RETENTION_H

#include <stdint.h>

#include "store/ledger.h"

enum { RETENTION_JUMP_SECONDS = 86400 };

/* Both in seconds since 1970. */
struct retention_clock {
    int64_t now;         /* 0: it was never asked */
    int64_t ahead_since; /* the system's clock when it was first found too far ahead; 0: it is not */
};

/* The system's clock says this.  True when it is not believed: clock->now is what holds.  Pure. */
bool retention_step(struct retention_clock *clock, int64_t system_now);

/*
 * What ledger_expire() is to take for now; kept in the ledger in a transaction of its own when it changed.
 * 1: the system's clock is not believed; 0: it is; -1 with the reason.
 */
int retention_now(struct ledger *ledger, int64_t system_now, int64_t *now, struct error *error);

#endif
