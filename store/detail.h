/*
 * detail - single deliveries that somebody may ask for
 *
 * Kept are those that went in plaintext, failed over TLS, were refused by
 * Gmail's rules, or bounced; and those that violate a delivery rule, which the caller knows.  Those that wait for their verdict are kept until
 * it comes, and stay when it is plaintext.
 */
#ifndef STORE_DETAIL_H
#define STORE_DETAIL_H

#include "shared/delivery.h"
#include "store/ledger.h"

enum {
    DETAILS_MAX = 1000000, /* rows; the oldest leave first */
    DETAIL_REPLY_MAX = 300 /* octets of a server's reply that are kept */
};

/*
 * Is the delivery kept for itself?  What is or may be plaintext, failed over TLS, was refused by a large receiver, or
 * bounced.
 */
bool detail_wanted(const struct delivery *delivery);

/*
 * generation: as in totals.h.  The recipient is kept as the struct has it: what
 * may not be kept must be gone from it.  Within a transaction.
 */
int ledger_save_detail(struct ledger *ledger, const struct delivery *delivery, uint32_t generation,
                       struct error *error);

struct detail {
    int64_t time; /* ms */
    struct view host, queue_id, sender_domain, recipient, domain, relay, relay_address;
    unsigned port;
    enum delivery_status status;
    enum protection protection; /* PROTECTION_UNDECIDED: waits for its verdict */
    enum evidence evidence;
    enum plaintext_cause cause; /* for what is in plaintext or undecided */
    enum tls_failure failure;
    struct view refusal, dsn, reply;
};

struct detail_question {
    int64_t from, until;  /* ms; until is not part of it; 0: open */
    struct view queue_id; /* empty: any */
    uint32_t limit;       /* rows at most, the newest; 0: all */
};

/* Calls found() for each, oldest first; its views are gone after the call. */
int ledger_details(struct ledger *ledger, const struct detail_question *question,
                   void (*found)(void *context, const struct detail *detail), void *context, struct error *error);

#endif
