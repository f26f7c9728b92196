/*
 * dmarc - which DMARC policy holds for a domain, and which domain is its organization's
 *
 * By the DNS tree walk that took the place of the Public Suffix List: RFC 9989
 * section 4.10.  The 5,000 a day are counted by the list all the same, see
 * shared/public_suffix.h: the two are kept apart.  Pure.
 */
#ifndef DNS_DMARC_H
#define DNS_DMARC_H

#include "dns/answers.h"

enum { DMARC_WALK_MAX = 8 }; /* questions of one walk, section 4.10 */

enum dmarc_policy { DMARC_NO_POLICY, DMARC_POLICY_NONE, DMARC_POLICY_QUARANTINE, DMARC_POLICY_REJECT };
enum dmarc_psd { DMARC_PSD_UNSAID, DMARC_PSD_NO, DMARC_PSD_YES };

struct dmarc_record {
    bool valid;                                        /* it begins with v=DMARC1 and is a list of tags */
    enum dmarc_policy policy, subdomains, nonexistent; /* p, sp, np; DMARC_NO_POLICY where absent or no policy's name */
    bool broken_policy;                                /* p is missing, or p, sp or np is no policy's name */
    bool has_reports;                                  /* rua has a URI */
    enum dmarc_psd psd;
    bool testing;                 /* t=y */
    bool strict_dkim, strict_spf; /* adkim=s, aspf=s */
    struct view text;
};

/* One TXT record of _dmarc.DOMAIN (RFC 9989 section 4.7).  Cannot fail: see valid.  It keeps a view of the text. */
struct dmarc_record dmarc_record_parse(struct view text);

enum dmarc_state {
    DMARC_PENDING,
    DMARC_UNKNOWN, /* DNS gives no answer for a name that would decide */
    DMARC_ABSENT,  /* no record anywhere on the walk */
    DMARC_INVALID, /* the record that holds has no policy and nowhere to report to: it is not applied */
    DMARC_FOUND
};

struct dmarc {
    enum dmarc_state state;
    enum dns_fault fault;
    struct dmarc_record record;
    struct view place;        /* the domain whose record holds */
    enum dmarc_policy policy; /* what it asks for mail of the domain asked about */
    struct view organization; /* the organizational domain; the domain itself where no record tells */
    bool several;             /* a name has more than one record: they do not count */
    bool secure;
};

/* domain: normalized.  Views point into it and into answers. */
struct dmarc dmarc_find(struct dns_answers *answers, struct view domain);

/*
 * The organizational domain alone.  False while pending, or when DNS does not tell: *fault says which
 * (DNS_FAULT_NONE: pending).
 */
bool dmarc_organization(struct dns_answers *answers, struct view domain, struct view *out, enum dns_fault *fault);

/* none, quarantine, reject; "" for no policy. */
struct view dmarc_policy_name(enum dmarc_policy policy);

#endif
