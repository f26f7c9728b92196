/*
 * refusal - the codes by which the large receivers say what a message lacked: one row each
 *
 * Enhanced codes (RFC 3463) mean what the receiver says they mean: 5.7.30 of
 * Gmail is DKIM, by IANA's registry it is REQUIRETLS.  So a row belongs to a
 * receiver, and who looks one up has made sure that the receiver's own server spoke.
 * Pure.
 */
#ifndef SHARED_REFUSAL_H
#define SHARED_REFUSAL_H

#include "shared/buf.h"
#include "shared/receiver.h"
#include "shared/requirement.h"

enum { REFUSAL_LABEL_MAX = 48 /* octets */ };

#define REQUIREMENT_BIT(requirement) (1u << (requirement))

struct refusal_row {
    enum receiver receiver;
    unsigned reply;        /* 421, 550; 0: any */
    unsigned subject;      /* of X.subject.detail; 0: the code does not matter, the mark does */
    unsigned detail, upto; /* from detail to upto, both of them */
    struct view mark;      /* must stand in the text, in any case of letters; empty: no matter */
    struct view tag;       /* tells the row from others of the same code; empty where there is none */
    unsigned requirements; /* REQUIREMENT_BIT()s; 0: not one of the guidelines */
    const char *meaning;
};
extern const struct refusal_row refusal_table[];
extern const size_t refusal_count;

/* A refusal as the server said it. */
struct refusal {
    enum receiver receiver;        /* RECEIVER_OTHER: none of those we know, or no refusal */
    struct view code;              /* "4.7.29", where it gave none the reply code "554"; a view into the text */
    const struct refusal_row *row; /* NULL: a code without a row */
};

/* text begins with the reply code, as behind Postfix's "said: ".  False: no 4xx or 5xx code stands there. */
bool refusal_read(enum receiver receiver, struct view text, struct refusal *out);

/* Append "gmail 4.7.29", "yahoo 4.7.0 TSS04": how totals and JSON call it.  At most REFUSAL_LABEL_MAX. */
void refusal_label(struct buf *out, enum receiver receiver, struct view code, struct view tag);

/* Who refused, and the row (NULL: none), of a label.  RECEIVER_OTHER for what is no label. */
enum receiver refusal_of_label(struct view label, const struct refusal_row **row);

#endif
