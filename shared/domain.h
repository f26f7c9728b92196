/*
 * domain - mail domains in one spelling, and sets of them
 *
 * The one spelling is lower-case A-labels without a final dot: IDNA by
 * libidn2 (UTS 46, non-transitional).  Address literals "[192.0.2.1]" stay,
 * in lower case.  Pure: no look-up is made.
 * Threads: a finished set never changes; any number of threads may ask it.
 */
#ifndef SHARED_DOMAIN_H
#define SHARED_DOMAIN_H

#include "shared/arena.h"
#include "shared/buf.h"

enum { DOMAIN_MAX = 255 }; /* octets, RFC 5321 4.5.3.1.2 */

/* What stands after the last '@' of an address without brackets; empty without one. */
struct view domain_of_address(struct view address);

/*
 * Append the one spelling of a domain to out.
 * False (out unchanged) if it is empty, too long, or no domain at all.  What
 * IDNA refuses but SMTP carries (underscores, odd labels) is kept in lower case.
 */
bool domain_normalize(struct view domain, struct buf *out);

/* Is it in that spelling already?  Then it need not be copied. */
bool domain_is_normalized(struct view domain);

/* A normalized domain that an operator may have meant: letters, digits, hyphens, dots that part labels, underscores, and
 * the brackets and colons of an address literal. */
bool domain_is_plain(struct view domain);

/* A set of domains; ".example.com" in a list takes all below example.com, not itself.  Asked in constant time. */
struct domain_set;

/*
 * From normalized names, each with an optional leading dot.  Everything,
 * copies of the names included, lies in the arena; NULL when it is out of memory.
 */
struct domain_set *domain_set_new(struct arena *arena, const struct view *names, size_t count);

/* domain must be normalized.  A NULL set holds nothing. */
bool domain_set_has(const struct domain_set *set, struct view domain);

/* Is some domain in both sets?  Is all of part in set?  Time grows with the names of both, of part. */
bool domain_set_meets(const struct domain_set *a, const struct domain_set *b);
bool domain_set_covers(const struct domain_set *set, const struct domain_set *part);

/* The names one after the other, in no order, with their leading dots: start with *at = 0; false behind the last. */
bool domain_set_next(const struct domain_set *set, size_t *at, struct view *name);

#endif
