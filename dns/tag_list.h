/*
 * tag_list - "v=DKIM1; k=rsa; p=...": the records of DKIM and DMARC
 *
 * RFC 6376 section 3.2, which RFC 9989 section 4.7 follows.  Pure: views into the record.
 */
#ifndef DNS_TAG_LIST_H
#define DNS_TAG_LIST_H

#include "shared/view.h"

struct tag_value {
    struct view name, value; /* without white space at their ends */
};

/* The next tag; *list moves past it.  1: a tag; 0: the list ends; -1: no "name=value". */
int tag_list_next(struct view *list, struct tag_value *out);

/* Is one of the words between colons this one, in any case? */
bool tag_words_have(struct view words, struct view word);

#endif
