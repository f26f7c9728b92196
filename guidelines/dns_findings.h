/*
 * dns_findings - what DNS says of a sender, as findings of the guidelines' rows
 *
 * Pure.
 */
#ifndef GUIDELINES_DNS_FINDINGS_H
#define GUIDELINES_DNS_FINDINGS_H

#include "dns/sender.h"
#include "guidelines/finding.h"

enum { DNS_DETAIL_MAX = 512 }; /* octets; what does not fit is left out */

struct dns_findings {
    struct dns_finding rows[REQUIREMENT_COUNT]; /* asked where DNS can say something */
    char details[REQUIREMENT_COUNT][DNS_DETAIL_MAX];
};

/*
 * question and facts are of sender_find(), with nothing pending.
 * Alignment is asked only where it is known who the envelope sender or the signer is: an envelope that is another
 * domain, or signatures.  The rows' views point into out.
 */
void dns_findings_of(const struct sender_question *question, const struct sender_facts *facts,
                     struct dns_findings *out);

#endif
