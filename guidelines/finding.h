/*
 * finding - everything that can be found about a requirement, one row each: verdict, source, sentence, next step
 *
 * Who assesses picks a finding and gives it its numbers; who shows it prints
 * the row's sentences.  So text, JSON, HTML, their translations and the tests
 * read one table.  The order within a requirement means nothing.
 * Pure.
 */
#ifndef GUIDELINES_FINDING_H
#define GUIDELINES_FINDING_H

#include "guidelines/profile.h"
#include "shared/buf.h"
#include "shared/catalog.h"

/* Least telling first: code may compare with <. */
enum compliance_verdict {
    COMPLIANCE_NO_DATA,
    COMPLIANCE_COMPLIANT,
    COMPLIANCE_UNKNOWN,
    COMPLIANCE_NEEDS_WORK,
    COMPLIANCE_COUNT
};

/* Where a finding comes from. */
enum finding_source {
    SOURCE_NOTHING, /* nobody here can know */
    SOURCE_GATE,    /* records of outward-milter */
    SOURCE_LOG,     /* Postfix's delivery lines */
    SOURCE_DNS,
    SOURCE_RECEIVER, /* the reply of a receiver's server */
    SOURCE_COUNT
};

enum finding {
    /* REQUIREMENT_TLS */
    FINDING_TLS_ENCRYPTED,
    FINDING_TLS_PLAINTEXT,
    FINDING_TLS_REFUSED,
    FINDING_TLS_UNKNOWN,
    FINDING_TLS_SMARTHOST,
    /* REQUIREMENT_SPF */
    FINDING_SPF_REFUSED,
    FINDING_SPF_NOT_LOOKED_UP,
    FINDING_SPF_PASSES,
    FINDING_SPF_FAILS,
    FINDING_SPF_BROKEN,
    FINDING_SPF_ABSENT,
    FINDING_SPF_NO_ANSWER,
    FINDING_SPF_NO_ADDRESS,
    /* REQUIREMENT_DKIM */
    FINDING_DKIM_REFUSED,
    FINDING_DKIM_SOME_UNSIGNED,
    FINDING_DKIM_SIGNED,
    FINDING_DKIM_NONE_SEEN,
    FINDING_DKIM_NOT_LOOKED_UP,
    FINDING_DKIM_KEYS_GOOD,
    FINDING_DKIM_KEYS_BAD,
    FINDING_DKIM_KEYS_SHORT,
    FINDING_DKIM_NO_ANSWER,
    FINDING_DKIM_NO_SELECTOR,
    /* REQUIREMENT_DMARC_POLICY */
    FINDING_DMARC_REFUSED,
    FINDING_DMARC_NOT_LOOKED_UP,
    FINDING_DMARC_FOUND,
    FINDING_DMARC_ABSENT,
    FINDING_DMARC_SEVERAL,
    FINDING_DMARC_INVALID,
    FINDING_DMARC_NO_ANSWER,
    /* REQUIREMENT_ALIGNMENT */
    FINDING_ALIGNMENT_REFUSED,
    FINDING_ALIGNMENT_ALIGNED,
    FINDING_ALIGNMENT_UNALIGNED,
    FINDING_ALIGNMENT_NOT_SEEN,
    FINDING_ALIGNMENT_UNSIGNED,
    FINDING_ALIGNMENT_DOMAINS_FIT,
    FINDING_ALIGNMENT_DOMAINS_DIFFER,
    FINDING_ALIGNMENT_NO_ANSWER,
    /* REQUIREMENT_DNS_RECORDS */
    FINDING_PTR_REFUSED,
    FINDING_PTR_NOT_LOOKED_UP,
    FINDING_PTR_CONFIRMED,
    FINDING_PTR_ABSENT,
    FINDING_PTR_MISMATCH,
    FINDING_PTR_NO_ANSWER,
    FINDING_PTR_NO_ADDRESS,
    FINDING_PTR_NO_SUCH_DOMAIN,
    /* REQUIREMENT_FORMATTING */
    FINDING_FORMAT_REFUSED,
    FINDING_FORMAT_FAULTS,
    FINDING_FORMAT_FINE,
    FINDING_FORMAT_NOT_SEEN,
    /* REQUIREMENT_ONE_CLICK */
    FINDING_ONE_CLICK_ALL,
    FINDING_ONE_CLICK_EXEMPT,
    FINDING_ONE_CLICK_MISSING,
    FINDING_ONE_CLICK_CLASS_UNKNOWN,
    FINDING_ONE_CLICK_NOT_SEEN,
    /* REQUIREMENT_GMAIL_FROM */
    FINDING_GMAIL_FROM_USED,
    FINDING_GMAIL_FROM_NOT_USED,
    FINDING_GMAIL_FROM_NOT_SEEN,
    /* REQUIREMENT_SPAM_RATE, REQUIREMENT_HONOR_UNSUBSCRIBE */
    FINDING_SPAM_RATE_LIMITED,
    FINDING_SPAM_RATE_ELSEWHERE,
    FINDING_HONOR_ELSEWHERE,
    /* REQUIREMENT_FORWARDED */
    FINDING_FORWARDED_NONE,
    FINDING_FORWARDED_ENCRYPTED,
    FINDING_FORWARDED_PLAINTEXT,
    FINDING_FORWARDED_UNKNOWN,
    FINDING_FORWARDED_REFUSED,
    /* any */
    FINDING_NO_MAIL,
    FINDING_COUNT
};

/* Templates by number, which is {count}, or {of} where the sentence has no {count}. */
struct finding_sentence {
    const char *one;  /* where the number is 1; NULL: many serves it, too */
    const char *many; /* with places: {count}, {of}, {receiver}, {detail} */
};

struct finding_row {
    struct view name; /* "tls-plaintext", as JSON says it */
    enum compliance_verdict verdict;
    enum finding_source source;
    struct finding_sentence evidence;
    const char *next; /* what to do, one sentence; "" when there is nothing to do */
};
extern const struct finding_row finding_table[FINDING_COUNT];

/* What DNS said of one requirement. */
struct dns_finding {
    bool asked; /* false: nobody asked, the other fields mean nothing */
    enum finding finding;
    uint64_t count, of;
    struct view detail; /* the record found */
};

/* What a template's places are filled with. */
struct finding_facts {
    uint64_t count, of;
    struct view receiver; /* "Gmail" */
    struct view detail;   /* foreign octets; who prints to a terminal or a page cleans the result */
};

/* The template of the evidence by its number, in the catalog's language; English where catalog is NULL. */
const char *finding_evidence(const struct catalog *catalog, const struct finding_row *row,
                             const struct finding_facts *facts);

/* Append a template with its places filled; also a translated one, in any order. */
void finding_print(struct buf *out, const char *template, const struct finding_facts *facts);

struct view compliance_name(enum compliance_verdict verdict);  /* "needs-work" */
const char *compliance_title(enum compliance_verdict verdict); /* "needs work" */
struct view finding_source_name(enum finding_source source);   /* "receiver" */

#endif
