/*
 * truth - what a condition says of a submission: yes, no, or not known yet
 *
 * Private to policy/.  Pure; allocates nothing.
 */
#ifndef POLICY_TRUTH_H
#define POLICY_TRUTH_H

#include "policy/rules.h"

/* Three-valued: smallest of all is AND, largest is OR. */
enum truth { TRUTH_NO, TRUTH_PENDING, TRUTH_YES };

/* Decided. */
static inline enum truth truth_of(bool yes)
{
    return yes ? TRUTH_YES : TRUTH_NO;
}

/* AND and OR. */
/* AND. */
static inline enum truth both(enum truth a, enum truth b)
{
    return a < b ? a : b;
}

/* OR. */
static inline enum truth either(enum truth a, enum truth b)
{
    return a > b ? a : b;
}

/* NOT; pending stays so. */
static inline enum truth opposite(enum truth truth)
{
    return (enum truth)(TRUTH_YES - truth);
}

/* Pending and absent facts decide by themselves; a known one is asked. */
static inline bool is_decided(const struct fact *fact, enum truth *out)
{
    if (fact->state == FACT_KNOWN)
        return false;
    *out = fact->state == FACT_PENDING ? TRUTH_PENDING : TRUTH_NO;
    return true;
}

/* Does it look at a list of domains, the From's?  One condition then has two readings: see condition.against. */
static inline bool condition_reads_domains(const struct condition_row *row)
{
    return row->subject == SUBJECT_FACT && row->operand == OPERAND_DOMAIN &&
           fact_table[row->fact].type == FACT_TYPE_LIST;
}

/* One evaluation's view of the world; domains are normalized once, when first asked for. */
struct evaluation {
    const struct policy *policy;
    const struct submission *sub;
    const struct recipient *recipient;
    enum truth authenticated, unauthenticated;
    struct fact recipient_domain, transport, sender_domain, client_name;
    bool have_sender_domain, have_client_name;
    char sender_domain_text[DOMAIN_MAX + 1], client_name_text[DOMAIN_MAX + 1];
};

/*
 * Policy, submission and recipient must outlive the evaluation; recipient may be NULL: not known yet.  A condition's
 * truth counts its `not`.
 */
void evaluation_begin(struct evaluation *evaluation, const struct policy *policy, const struct submission *sub,
                      const struct recipient *recipient);
enum truth condition_truth(struct evaluation *evaluation, const struct condition *condition);

/* Is the client's certificate this one, or one of all that the file names? */
enum truth certificate_truth(const struct evaluation *evaluation, const struct certificate *certificate);
enum truth any_certificate_truth(const struct evaluation *evaluation);

/* The domain of the envelope sender in its one spelling; absent for the null sender. */
const struct fact *evaluation_sender_domain(struct evaluation *evaluation);

/* The fact, or what is derived from it, that a condition looks at. */
const struct fact *condition_subject(struct evaluation *evaluation, const struct condition_row *row);

#endif
