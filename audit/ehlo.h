/*
 * ehlo - what a server offers
 *
 * RFC 5321 section 4.1.1.1: the first line is its name, each other one a
 * keyword with parameters.  Pure; the views point into the reply's bytes.
 */
#ifndef AUDIT_EHLO_H
#define AUDIT_EHLO_H

#include "audit/smtp_reply.h"

enum { EHLO_KEYWORDS_MAX = REPLY_LINES_MAX };

struct ehlo {
    bool answered;    /* with 250 */
    struct view name; /* what it calls itself */
    struct view keywords[EHLO_KEYWORDS_MAX];
    size_t keyword_count;
    bool starttls;
    bool overwritten; /* a keyword of X only, as boxes on the way make of STARTTLS: XXXXXXXX, XXXXXXXA */
    struct view auth; /* mechanisms, also of the old form "AUTH=LOGIN"; empty: none offered */
};

/* What the lines of a 250 reply to EHLO offer.  The views lie in the reply. */
struct ehlo ehlo_read(const struct smtp_reply *reply);

#endif
