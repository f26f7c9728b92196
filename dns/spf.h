/*
 * spf - may this address send mail of this domain?
 *
 * check_host() of RFC 7208 section 4, on answers that are there: see
 * dns/answers.h.  All its limits hold: ten terms that need look-ups, two void
 * look-ups, ten hosts of an mx, ten names of a ptr.  Void look-ups are counted
 * for the names that terms themselves ask about, not for the hosts that an mx
 * or ptr leads to, which have limits of their own.  Explanations (exp=) are
 * checked for syntax and not fetched.
 * Pure.
 */
#ifndef DNS_SPF_H
#define DNS_SPF_H

#include "dns/answers.h"

enum { SPF_LOOKUPS_MAX = 10, SPF_VOIDS_MAX = 2, SPF_HOSTS_MAX = 10, SPF_COUNTED_MAX = 40, SPF_PROBLEM_MAX = 200 };

enum spf_verdict {
    SPF_PENDING, /* questions are open */
    SPF_NONE,
    SPF_NEUTRAL,
    SPF_PASS,
    SPF_FAIL,
    SPF_SOFTFAIL,
    SPF_TEMPERROR, /* DNS gives no answer: nothing is known */
    SPF_PERMERROR,
    SPF_VERDICTS
};

struct spf_question {
    const struct address *client;
    struct view domain;       /* of the envelope sender, or the HELO name for a null sender; normalized */
    struct view sender_local; /* empty: postmaster, section 4.3 */
    struct view helo;         /* for %{h}; may be empty */
    bool exhaust; /* walk the whole record as for an address that no term matches, to count what it costs at most:
                     the limits of 10 and 2 do not end it, SPF_COUNTED_MAX does */
};

struct spf_result {
    enum spf_verdict verdict;
    unsigned lookups, voids;       /* as section 4.6.4 counts them */
    struct view record;            /* the domain's own; empty: none */
    struct view term;              /* of that record, which decided; empty: none matched */
    char problem[SPF_PROBLEM_MAX]; /* of temperror and permerror: what is wrong and where */
};

/*
 * check_host() of RFC 7208 section 4, as far as the answers go: call it again, with more of them, while it says
 * SPF_PENDING.  SPF_NONE where the domain is no name that DNS may be asked about.
 */
struct spf_result spf_check(struct dns_answers *answers, const struct spf_question *question);

/* pass, fail, ... as RFC 8601 section 2.7.2 spells them; "pending". */
struct view spf_verdict_name(enum spf_verdict verdict);

#endif
