/*
 * policy_level - the TLS level that a next hop's line may demand, from what its deliveries carry
 *
 * Levels (Postfix TLS_README): encrypt, unless the evidence carries more.
 *     secure     for a rule that demands verified, where every server seen had a
 *                certificate that our authorities vouch for; matched against the names
 *                of these servers, kept in the line, so that DNS cannot choose them (as RFC 8461 does)
 *     dane-only  where the level in force is dane and every delivery was verified by it
 * fingerprint is never chosen: no log tells one.  A line never lowers the level in force.
 *
 * Pure.
 */
#ifndef AUDIT_POLICY_LEVEL_H
#define AUDIT_POLICY_LEVEL_H

#include "audit/finding.h"
#include "audit/hop_history.h"
#include "audit/tls_level.h"
#include "shared/settings.h"

/* The value of a line, and what the operator should know of the choice. */
struct policy_choice {
    struct view value; /* "encrypt"; empty: no line; p is NULL when out of memory */
    const char *id;    /* of a note; NULL: there is nothing to say */
    enum finding_severity severity;
    const char *text;
};

/* in_force: the level that applies without a line.  evidence may be NULL: nothing was seen. */
struct policy_choice policy_choose(struct arena *arena, const struct postfix_config *config,
                                   enum security_level in_force, enum demand demand,
                                   const struct hop_evidence *evidence);

/* Does this level demand it already? */
bool policy_level_demands(enum security_level level, enum demand demand);

/* How much the value of a line asks of a server; what only a person can have chosen comes last. */
enum { POLICY_BY_HAND = 3 };
unsigned policy_strictness(struct view value);

/* Would a line of this value have stopped a message sent like this? */
bool policy_stops(struct view value, enum protection protection, enum peer_level level);

#endif
