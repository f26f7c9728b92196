/*
 * doctor_evidence - the ledger, as the doctor holds it against the configuration
 */
#ifndef PROGRAMS_DOCTOR_EVIDENCE_H
#define PROGRAMS_DOCTOR_EVIDENCE_H

#include "audit/evidence.h"
#include "policy/policy.h"
#include "programs/tls_policy_evidence.h"

struct doctor_evidence {
    const struct policy *policy; /* NULL: the defaults */
    const char *path;            /* of the ledger */
    int64_t now;                 /* seconds since 1970 */
    struct arena arena;
    struct tally *tally;
    struct policy_evidence hops;
    struct evidence_source source; /* for struct doctor_request */
};

/* policy must outlive it. */
void doctor_evidence_init(struct doctor_evidence *evidence, const struct policy *policy, int64_t now);
void doctor_evidence_done(struct doctor_evidence *evidence);

#endif
