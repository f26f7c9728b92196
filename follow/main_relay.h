/*
 * main_relay - does nearly all mail go through one relay?
 *
 * A smarthost on port 25 looks like any MX, except that it takes mail for every
 * domain.  It is told and never assumed: the mail store behind an inbound
 * gateway looks the same.  Relays whose names differ in the first label alone,
 * mx1.relay.example and mx2.relay.example, are one.
 *
 * The most frequent names are found in one pass with a fixed number of counters
 * (Misra and Gries, Finding repeated elements, 1982): what is counted for a relay
 * is never more than it took, and less by at most a quarter of what the others took:
 * a relay of 92 in a hundred is always found, one of less than 90 never.
 * Pure.
 */
#ifndef FOLLOW_MAIN_RELAY_H
#define FOLLOW_MAIN_RELAY_H

#include "shared/domain.h"

enum {
    MAIN_RELAYS = 4,         /* names counted at once */
    MAIN_RELAY_DOMAINS = 10, /* a relay that takes mail for so many may send it on */
    MAIN_RELAY_OTHERS = 10   /* nearly all: of so many deliveries at most one goes elsewhere, as far as is counted */
};

struct main_relay_name {
    char text[DOMAIN_MAX];
    size_t length;
    uint64_t deliveries;                  /* at least so many; 0: not in use */
    uint64_t domains[MAIN_RELAY_DOMAINS]; /* hashes of the first distinct ones */
    size_t domain_count;
};

struct main_relay {
    uint64_t marks[MAIN_RELAYS]; /* of the names: two with different ones differ; 0: not in use */
    struct main_relay_name names[MAIN_RELAYS];
    uint64_t deliveries; /* of all relays */
};

/* Zero-initialised at first.  A delivery that reached a relay. */
void main_relay_note(struct main_relay *main, struct view relay, struct view domain);

/* Add what was noted of other deliveries. */
void main_relay_merge(struct main_relay *into, const struct main_relay *from);

/* Add what a main_relay_name had that was kept elsewhere; a text of no octets: deliveries to all relays. */
void main_relay_add(struct main_relay *into, const struct main_relay_name *kept);

/*
 * The relay's name; ".relay.example" for several hosts of it, as lists of names
 * spell it; the empty view without one, and for servers that are known to take
 * mail for their own mailboxes (shared/receiver.h).  Lives as long as the struct.
 */
struct view main_relay_find(const struct main_relay *main);

#endif
