/*
 * only_relay - do all deliveries go through one server?
 *
 * A smarthost on port 25 looks like any MX, except that it takes mail for every
 * domain.  That is told as a hint and never assumed: an inbound gateway's mail store looks the same.
 * Pure.
 */
#ifndef FOLLOW_ONLY_RELAY_H
#define FOLLOW_ONLY_RELAY_H

#include "shared/domain.h"

enum { ONLY_RELAY_DELIVERIES = 50, ONLY_RELAY_DOMAINS = 10 /* at least so many make the hint */ };

struct only_relay {
    char text[DOMAIN_MAX];
    struct view name;
    uint64_t deliveries, domains[ONLY_RELAY_DOMAINS]; /* hashes of the first distinct ones */
    size_t domain_count;
    bool several;
};

/* Zero-initialised at first.  A delivery that reached a relay. */
void only_relay_note(struct only_relay *only, struct view relay, struct view domain);

/* Add what was noted of other deliveries. */
void only_relay_merge(struct only_relay *into, const struct only_relay *from);

/* The relay's name, or the empty view; as long as the struct lives. */
struct view only_relay_name(const struct only_relay *only);

#endif
