/*
 * spf_term - the terms of an SPF record, and the macros in them
 *
 * RFC 7208 sections 5 to 7 and 12.  Pure, without memory of its own.
 */
#ifndef DNS_SPF_TERM_H
#define DNS_SPF_TERM_H

#include "shared/buf.h"
#include "shared/network.h"

enum spf_kind {
    SPF_ALL,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    SPF_REDIRECT,
    SPF_EXPLANATION,
    SPF_OTHER_MODIFIER /* section 6: unknown ones are ignored */
};

struct spf_term {
    enum spf_kind kind;
    struct view text;      /* as it stands in the record */
    char qualifier;        /* '+', '-', '~', '?'; 0 for a modifier */
    struct view domain;    /* domain-spec with its macros; empty: the current domain */
    struct address base;   /* SPF_IP4, SPF_IP6 */
    unsigned bits4, bits6; /* what of an address must agree: to 32, to 128 */
};

/* "v=spf1" alone or before a blank, in any case: section 4.5. */
bool spf_is_record(struct view text);

/*
 * The next term of what stands behind "v=spf1"; *record moves past it.
 * 1: a term; 0: the record ends; -1: a syntax error, and out->text is the term at fault.
 */
int spf_term_next(struct view *record, struct spf_term *out);

/* What macros stand for, section 7.2.  validated: for %{p}; "unknown" where there is none. */
struct spf_macros {
    struct view sender_local, sender_domain, domain, helo, validated;
    const struct address *client;
};

/* It needs the validated name: %{p}. */
bool spf_needs_validated(struct view text);

/*
 * Append the text with its macros expanded; the whole must be checked already.
 * A name of more than 253 octets loses labels on its left (section 7.3).
 */
void spf_expand(struct view text, const struct spf_macros *macros, struct buf *out);

#endif
