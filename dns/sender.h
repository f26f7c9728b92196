/*
 * sender - all that DNS says of a domain that sends mail from certain addresses
 *
 * Runs the checks of this folder on the answers that there are.  While a
 * question is open `pending` is set; answer it and ask again.  Pure.
 */
#ifndef DNS_SENDER_H
#define DNS_SENDER_H

#include "dns/dkim_key.h"
#include "dns/dmarc.h"
#include "dns/reverse.h"
#include "dns/spf.h"

enum { SENDER_ADDRESSES_MAX = 32, SENDER_SIGNATURES_MAX = 16, SENDER_SELECTOR_MAX = 190 };

/* What a DKIM signature names. */
struct signature {
    struct view selector, domain; /* s=, d=; normalized */
};

struct sender_question {
    struct view domain;              /* of the header From, normalized */
    struct view envelope;            /* of the envelope sender, normalized; SPF is about this one */
    struct view helo;                /* may be empty */
    const struct address *addresses; /* that the mail leaves from; at most SENDER_ADDRESSES_MAX */
    size_t address_count;
    const struct signature *signatures; /* at most SENDER_SIGNATURES_MAX */
    size_t signature_count;
};

/* Do two domains belong to one organization: RFC 9989, relaxed alignment, or strict where the record says so? */
enum alignment { ALIGNMENT_PENDING, ALIGNMENT_UNKNOWN, ALIGNMENT_NO, ALIGNMENT_YES };

enum existence { EXISTENCE_PENDING, EXISTENCE_UNKNOWN, EXISTENCE_NO, EXISTENCE_YES };

struct sender_address {
    struct address address;
    struct spf_result spf;
    struct reverse reverse;
};

struct sender_key {
    struct signature signature;
    struct dkim_key key;
    enum alignment alignment;
};

struct sender_facts {
    bool pending;
    struct sender_address addresses[SENDER_ADDRESSES_MAX];
    size_t address_count;
    struct spf_result spf_cost; /* of an address that no term matches: what the record costs at most */
    struct sender_key keys[SENDER_SIGNATURES_MAX];
    size_t key_count;
    struct dmarc dmarc;
    enum alignment spf_alignment;
    enum existence existence; /* the From's domain has an A, AAAA or MX record: mail can come back */
};

/* The views in facts point into question and answers. */
void sender_find(struct dns_answers *answers, const struct sender_question *question, struct sender_facts *facts);

#endif
