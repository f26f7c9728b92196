/*
 * public_suffix - the registrable part of a domain, by the distribution's Public Suffix List
 *
 * What shares a registrable domain belongs to one owner: Gmail counts and
 * aligns by it, DMARC's relaxed alignment too (RFC 7489 section 3.2).
 * The list is read once, by the shell; afterwards it is only looked at.
 * Threads: any number may ask an open list, which remembers some of its answers.
 */
#ifndef SHARED_PUBLIC_SUFFIX_H
#define SHARED_PUBLIC_SUFFIX_H

#include "shared/view.h"

struct public_suffix;

/* The distribution's list, else the one libpsl was built with.  NULL when there is neither, or no memory. */
struct public_suffix *public_suffix_open(void);
void public_suffix_close(struct public_suffix *list); /* NULL is fine */

/*
 * The registrable part of a normalized domain (see shared/domain.h), a view into it.
 * Empty for a public suffix itself, an address literal, a domain longer than 255 octets.
 */
struct view public_suffix_registrable(struct public_suffix *list, struct view domain);

/* Both are the same domain, or have the same registrable part.  Empty domains share nothing. */
bool public_suffix_shared(struct public_suffix *list, struct view a, struct view b);

#endif
