/*
 * selftest_answer - what a self test came to, as text or JSON
 */
#ifndef PROGRAMS_SELFTEST_ANSWER_H
#define PROGRAMS_SELFTEST_ANSWER_H

#include <stdio.h>

#include "programs/selftest_watch.h"

/* Weakest first; only the last is what a self test is for. */
enum selftest_verdict {
    SELFTEST_REFUSED,       /* the server did not take the message */
    SELFTEST_KEPT,          /* the gate's rules keep it: held, or refused at its end */
    SELFTEST_INCOMPLETE,    /* one end was not found in time */
    SELFTEST_NOT_DELIVERED, /* bounced, or it did not leave this host by SMTP */
    SELFTEST_NOT_ENCRYPTED, /* an end is in plaintext, or cannot be proven */
    SELFTEST_ENCRYPTED      /* both ends found, both encrypted */
};

struct selftest_answer {
    const char *host;
    unsigned port, timeout; /* seconds */
    bool implicit_tls, sent;
    struct view message_id;
    const char *reply;   /* the server's last line */
    const char *trouble; /* why it was not sent */
    const struct way_in *in;
    const struct way_out *out;
};

/* The weakest that holds. */
enum selftest_verdict selftest_verdict(const struct selftest_answer *answer);

/* Both ends, and the verdict as the last line. */
void selftest_text(const struct selftest_answer *answer, FILE *out);

/* False: out of memory. */
bool selftest_json(const struct selftest_answer *answer, FILE *out);

#endif
