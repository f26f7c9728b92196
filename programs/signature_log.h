/*
 * signature_log - the DKIM selectors that a mail log shows in use for a domain
 *
 * A signature counts when its d= shares the domain's registrable part: what
 * others sign is no evidence for this sender.
 */
#ifndef PROGRAMS_SIGNATURE_LOG_H
#define PROGRAMS_SIGNATURE_LOG_H

#include "dns/sender.h"
#include "shared/error.h"

struct signature_log {
    struct signature rows[SENDER_SIGNATURES_MAX]; /* distinct, in the arena; there may be some already */
    size_t count;
    size_t dropped; /* signatures past SENDER_SIGNATURES_MAX */
};

/* Add those of logs in any form that outward report reads.  -1 when one cannot be read. */
int signature_log_read(struct arena *arena, const char *const *paths, size_t path_count, struct view domain,
                       struct signature_log *log, struct error *error);

#endif
