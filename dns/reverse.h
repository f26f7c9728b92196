/*
 * reverse - does an address have a name, and does the name lead back to it?
 *
 * What receivers ask of every address that sends mail: a PTR record whose
 * host has an A or AAAA record with the same address (RFC 8601 section
 * 2.7.3, iprev).  Pure.
 */
#ifndef DNS_REVERSE_H
#define DNS_REVERSE_H

#include "dns/answers.h"

enum { REVERSE_NAMES_MAX = 10 }; /* names that are led back, as receivers do */

enum reverse_state {
    REVERSE_PENDING,
    REVERSE_UNKNOWN,  /* DNS gives no answer, and none of the others leads back */
    REVERSE_ABSENT,   /* no PTR record */
    REVERSE_MISMATCH, /* none of its names leads back */
    REVERSE_CONFIRMED
};

struct reverse {
    enum reverse_state state;
    enum dns_fault fault;
    struct view name; /* the one that leads back; of a mismatch the first */
    bool secure;      /* PTR and the way back */
};

/*
 * Ask for the PTR records and for the way back of up to REVERSE_NAMES_MAX names; REVERSE_PENDING while an answer is
 * open that may still confirm it.  The name lives as long as the answers.
 */
struct reverse reverse_find(struct dns_answers *answers, const struct address *address);

#endif
