/*
 * bulk - the bulk senders, and the recipients by quarters of an hour that make one
 */
#ifndef STORE_BULK_H
#define STORE_BULK_H

#include "shared/arena.h"
#include "shared/bulk_flag.h"
#include "store/ledger.h"
#include "tally/tally.h"

enum { BULK_FLAGS_MAX = 65536 /* domains; further ones are not kept, and told by an error */ };

struct bulk_flags {
    struct bulk_flag *list; /* by domain; texts in arena */
    size_t count;
    struct arena arena;
};

/* All flags; end them with bulk_flags_done(), also after -1. */
int ledger_bulk_flags(struct ledger *ledger, struct bulk_flags *out, struct error *error);
void bulk_flags_done(struct bulk_flags *flags);

/* The flag of a domain; NULL without one. */
const struct bulk_flag *bulk_flags_find(const struct bulk_flags *flags, struct view domain);

/* Set a flag, whatever it was.  now: ms.  Also beside the process that writes the ledger, see ledger_open_beside(). */
int ledger_save_bulk(struct ledger *ledger, const struct bulk_flag *flag, int64_t now, struct error *error);

/* One quarter of an hour; key->series is NULL, its name is gone after the call.  False: out of memory. */
typedef bool volume_found(void *context, const struct tally_volume *key, int64_t begin, uint32_t recipients);

/* Calls found() for each quarter of an hour from `from` (ms) on in which something was counted. */
int ledger_volumes(struct ledger *ledger, int64_t from, volume_found *found, void *context, struct error *error);

/* A step of table_steps[]: the rows of the table `volumes`, a quarter each, become days; the table goes.  Within a transaction. */
int bulk_gather_quarters(struct ledger *ledger, struct error *error);

#endif
