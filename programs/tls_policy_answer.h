/*
 * tls_policy_answer - what `outward tls-policy` says
 */
#ifndef PROGRAMS_TLS_POLICY_ANSWER_H
#define PROGRAMS_TLS_POLICY_ANSWER_H

#include <stdio.h>

#include "audit/policy_plan.h"
#include "tally/tally.h"

struct policy_answer {
    const struct policy_plan *plan;
    const struct routes *routes;
    const struct tally *recent; /* --dry-run: what went the last 30 days; NULL otherwise */
    struct view table;          /* "texthash:/etc/postfix/outward_tls_policy" */
    const char *directory;      /* of main.cf, for commands; NULL: Postfix's own */
    bool written, in_use;       /* smtp_tls_policy_maps names the table */
    struct view maps;           /* smtp_tls_policy_maps as it is */
};

/* Lines, or what would have been deferred, to out; notes to standard error. */
void policy_print_text(FILE *out, const struct policy_answer *answer);

/* All of it as one object.  -1 when out of memory. */
int policy_print_json(FILE *out, const struct policy_answer *answer);

#endif
