/*
 * reply - from a decision's outcome to the SMTP reply that libmilter and Postfix take
 *
 * Postfix refuses a reply whose enhanced code is of another class than its
 * code, and deletes a single '%' (src/milter/milter8.c); libmilter refuses
 * line ends.  So what leaves here is whole or replaced by the verdict's own.
 * Pure.
 */
#ifndef MILTER_REPLY_H
#define MILTER_REPLY_H

#include "shared/decision.h"

/* NUL-terminated, as smfi_setreply() takes them. */
struct smtp_reply {
    char code[4];
    char dsn[12];
    char text[2 * REPLY_TEXT_MAX + 1]; /* every '%' twice */
};

/* What may leave at MAIL, RCPT and end of message, and nowhere else. */
struct answer {
    enum verdict verdict; /* accept: go on.  tempfail, reject: send the reply.  Never hold: that is done before */
    struct smtp_reply reply;
};

/* The reply a gate gives that cannot decide. */
extern const struct outcome outcome_undecided; /* tempfail, 451 4.3.0 */

/* What it says to a message with more copies of the tag header than it removes. */
extern const struct outcome outcome_forged_tags; /* reject, 550 5.7.1 */

/*
 * Fill in an answer from an outcome: accept and hold go on.
 * A reply that no MTA would take (codes of the wrong form or class, no text)
 * is replaced by 451 4.7.1 or 550 5.7.1.
 */
void answer_make(const struct outcome *outcome, struct answer *out);

#endif
