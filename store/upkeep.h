/*
 * upkeep - what keeps a ledger small and whole: retention, check, backup, merging
 */
#ifndef STORE_UPKEEP_H
#define STORE_UPKEEP_H

#include "shared/settings.h"
#include "store/ledger.h"

/*
 * One step of removing what is older than it may get, in a transaction of its own, short enough that counting hardly waits: hours
 * `keep_hours` days after their UTC day, days likewise, details by their time.  now: s since 1970, see retention.h.
 * 1: call again, there is more; 0: done; -1 with the reason.
 */
int ledger_expire(struct ledger *ledger, int64_t now, const struct ledger_settings *settings, struct error *error);

/*
 * Remove the oldest single deliveries past their greatest number, all at once and within the caller's transaction: for
 * who reads months of logs without any upkeep in between.  0, or -1 with the reason.
 */
int ledger_limit(struct ledger *ledger, struct error *error);

/*
 * Is the ledger whole?  SQLite's own integrity check, then the sums: in every row sent = encrypted + plaintext +
 * unknown, and every day equals its hours.  Reads everything.  0: whole; 1: it is not, *error says what; -1: could not look.
 */
int ledger_verify(struct ledger *ledger, struct error *error);

/* A copy of the ledger as it is at this moment, also while a follower writes it.  to must not exist; after -1 it does not. */
int ledger_backup(struct ledger *ledger, const char *to, struct error *error);

/*
 * Add another ledger's counts and details to this one, all or nothing.  Positions and images stay behind; what waits
 * there for a verdict is unknown here.  -1 with ERROR_USAGE when both hold the same hour of the same host.
 */
int ledger_merge(struct ledger *into, const char *from, struct error *error);

/* Octets of the ledger's file, of its log, and of unused pages within. */
struct ledger_size {
    int64_t file, log, unused;
};
int ledger_size(struct ledger *ledger, struct ledger_size *out, struct error *error);

#endif
