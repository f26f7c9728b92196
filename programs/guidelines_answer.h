/*
 * guidelines_answer - what DNS says of a sender domain, as outward guidelines shows it
 */
#ifndef PROGRAMS_GUIDELINES_ANSWER_H
#define PROGRAMS_GUIDELINES_ANSWER_H

#include <stdio.h>

#include "guidelines/dns_findings.h"
#include "programs/egress.h"

struct guidelines_answer {
    const struct sender_question *question;
    const struct sender_facts *facts;
    const struct dns_findings *findings;
    const struct egress *egress;
    const char *egress_trouble; /* why Postfix could not be asked; NULL: it could, or was not */
    bool validated;             /* with DNSSEC */
};

/* The worst of the rows. */
enum compliance_verdict guidelines_verdict(const struct dns_findings *findings);

/* The same facts and findings as sentences, and as one JSON object. */
void guidelines_print_text(FILE *out, const struct guidelines_answer *answer);
int guidelines_print_json(FILE *out, const struct guidelines_answer *answer); /* -1: out of memory */

#endif
