/*
 * profile - what the large receivers ask of senders: one row for each rule, with its source and date
 *
 * Rows speak the words of Postmaster Tools where Gmail has them.  What a
 * receiver does not ask has no row.  A rule that changes is one row that changes.
 * Pure.
 */
#ifndef GUIDELINES_PROFILE_H
#define GUIDELINES_PROFILE_H

#include "shared/receiver.h"
#include "shared/requirement.h"

enum sender_class {
    SENDERS_ALL, /* asked of everybody */
    SENDERS_BULK /* asked of bulk senders, see struct profile */
};

struct rule_row {
    enum receiver receiver;
    enum requirement requirement;
    enum sender_class asked_of;
    const char *text;   /* what is asked, one sentence */
    const char *source; /* where the receiver says so; no address that anything would fetch */
    const char *date;   /* as of when, YYYY-MM-DD or YYYY-MM */
};
extern const struct rule_row rule_table[];
extern const size_t rule_count;

/* A receiver's rule; NULL when it has none. */
const struct rule_row *rule_of(enum receiver receiver, enum requirement requirement);

/* A receiver that has rules. */
struct profile {
    enum receiver receiver;
    unsigned bulk; /* recipients within 24 hours that make a sender a bulk sender; 0: not published */
};
enum { PROFILE_COUNT = 3 };
extern const struct profile profile_table[PROFILE_COUNT];

#endif
