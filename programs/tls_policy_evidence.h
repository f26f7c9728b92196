/*
 * tls_policy_evidence - what logs or the ledger tell of each next hop, day by day
 */
#ifndef PROGRAMS_TLS_POLICY_EVIDENCE_H
#define PROGRAMS_TLS_POLICY_EVIDENCE_H

#include "audit/hop_history.h"
#include "audit/route.h"
#include "programs/log_options.h"
#include "tally/tally.h"

enum { EVIDENCE_DAYS_MAX = 400, EVIDENCE_LOSS_DAYS = 30 };

struct evidence_question {
    const struct log_options *log; /* whose paths are read; NULL or without paths: the ledger */
    const char *ledger;
    const struct routes *routes;
    uint64_t seed;  /* shared/hash.h */
    uint32_t today; /* days since 1970-01-01, UTC */
    uint32_t days;  /* how far back, at most EVIDENCE_DAYS_MAX */
};

struct policy_evidence {
    struct hop_history *history;
    struct tally *recent; /* of the last EVIDENCE_LOSS_DAYS */
    uint64_t late;        /* deliveries before or after the days asked for */
};

/* *out is to be ended with policy_evidence_done(), also after false.  False with the reason. */
bool policy_evidence_read(const struct evidence_question *question, struct policy_evidence *out, struct error *error);
void policy_evidence_done(struct policy_evidence *evidence);

/* The key under which the policy for this domain's mail is asked; false where none is. */
bool policy_evidence_key(const struct routes *routes, struct view domain, struct buf *out);

#endif
