/*
 * evidence - what the ledger counted while this configuration was in force
 *
 * What a configuration promises and what the log proved need not agree: a
 * reload that was forgotten, a table, another instance.  Evidence goes first.
 */
#ifndef AUDIT_EVIDENCE_H
#define AUDIT_EVIDENCE_H

#include "audit/config.h"
#include "audit/hop_history.h"

enum { EVIDENCE_DAYS = 7 }; /* at most so far back */

struct ledger_evidence {
    int64_t since; /* ms since 1970: main.cf and master.cf are older than that */
    uint64_t encrypted, plaintext,
        unproven;                      /* recipients of direct messages; unproven: no TLS line proves the logging */
    uint64_t submitted;                /* messages of our users that left directly, recipients */
    uint64_t judged;                   /* submissions that the gate recorded */
    struct view plaintext_domain;      /* one that got a message in plaintext */
    const struct hop_history *history; /* by next hop, of the last days; NULL: not asked */
};

/* Where evidence comes from; audit/ knows no ledger. */
struct evidence_source {
    /*
     * since: ms, nothing older counts.  False: there is none, or it is not of this host alone.
     * What it gives lives until the examination is over.
     */
    bool (*read)(void *context, const struct postfix_config *config, int64_t since, struct ledger_evidence *out);
    void *context;
};

#endif
