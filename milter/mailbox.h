/*
 * mailbox - the addresses of a From field
 *
 * RFC 5322 section 3.4 with the obsolete forms of 4.4: folding, nested
 * comments, quoted strings, groups, routes, domain literals; RFC 6532's UTF-8;
 * encoded words are opaque.  What a receiver could read in two ways is broken
 * here.  Pure, one pass, no recursion: the field is as long and as hostile as
 * the sender likes.
 */
#ifndef MILTER_MAILBOX_H
#define MILTER_MAILBOX_H

#include "shared/domain.h"

struct mailbox_list {
    unsigned count;       /* addresses; the ones of a broken list do not count for more than a guess */
    bool broken;          /* not a list of addresses */
    bool address_in_name; /* a display name shows an address other than the one behind it */
    bool encoded_address; /* an encoded word inside an address, RFC 2047 section 5 (3) */
};

/* Told of each address's domain, normalized; the view is gone after the call. */
struct mailbox_sink {
    void (*domain)(void *context, struct view domain);
    void *context;
};

/*
 * Read a field's body.  Always gives an answer; see broken.
 * A display name is no address, quoted, encoded or bare: its domain is never told of.
 */
void mailbox_list_parse(struct view body, const struct mailbox_sink *sink, struct mailbox_list *out);

#endif
