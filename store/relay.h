/*
 * relay - the relays that took most of a day's mail, which tell a smarthost that nobody declared
 *
 * For each host and UTC day a few relays with what they took at least, and the
 * deliveries to all relays under the empty name: a sketch that can be merged, see
 * follow/main_relay.h, whose numbers these are.
 */
#ifndef STORE_RELAY_H
#define STORE_RELAY_H

#include "store/ledger.h"

enum {
    RELAY_DOMAINS_MAX = 10,   /* hashes of a relay's domains that are kept */
    RELAY_NAMES_A_DAY_MAX = 5 /* rows of one host and day, the one of all relays among them */
};

struct relay_count {
    struct view name; /* empty: all relays */
    uint64_t deliveries;
    uint64_t domains[RELAY_DOMAINS_MAX]; /* hashes */
    size_t domain_count;
};

/* All rows of a host and a day, in place of what was there.  day: ms, at its beginning.  Within a transaction. */
int ledger_save_relays(struct ledger *ledger, struct view host, int64_t day, const struct relay_count *list,
                       size_t count, struct error *error);

struct relay_question {
    struct view host;    /* empty: all */
    int64_t from, until; /* ms; days that begin before until, and end behind from; 0: open */
};

/* Calls found() for each row; its name is gone after the call. */
int ledger_relays(struct ledger *ledger, const struct relay_question *question,
                  void (*found)(void *context, const struct relay_count *relay), void *context, struct error *error);

#endif
