/*
 * requirement - what receivers ask of senders, in the words of Gmail's Postmaster Tools
 *
 * Pure.
 */
#ifndef SHARED_REQUIREMENT_H
#define SHARED_REQUIREMENT_H

#include "shared/view.h"

enum requirement {
    REQUIREMENT_TLS,
    REQUIREMENT_SPF,
    REQUIREMENT_DKIM,
    REQUIREMENT_DMARC_POLICY,
    REQUIREMENT_ALIGNMENT,
    REQUIREMENT_DNS_RECORDS, /* PTR and back, of the addresses that mail leaves from */
    REQUIREMENT_FORMATTING,
    REQUIREMENT_ONE_CLICK,
    REQUIREMENT_GMAIL_FROM, /* nobody but Google sends as gmail.com */
    REQUIREMENT_SPAM_RATE,
    REQUIREMENT_HONOR_UNSUBSCRIBE,
    REQUIREMENT_FORWARDED, /* mail that is passed on for others; never of one sender domain */
    REQUIREMENT_COUNT
};

/* "tls", "dmarc-policy": as JSON and the manual spell it. */
struct view requirement_name(enum requirement requirement);
const char *requirement_title(enum requirement requirement); /* "DMARC policy" */

#endif
