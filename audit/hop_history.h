/*
 * hop_history - how mail to each next hop was encrypted, day by day
 *
 * What a TLS policy line can rest on: since which day was all mail to a next
 * hop encrypted, how much of it was there, and what servers took it.
 * Pure.  Days are given in their order.
 */
#ifndef AUDIT_HOP_HISTORY_H
#define AUDIT_HOP_HISTORY_H

#include "shared/arena.h"
#include "shared/delivery.h"
#include "shared/names.h"

enum {
    HOPS_MAX = 1048576,  /* next hops; further ones are counted in hop_history_dropped() */
    HOP_RELAYS_MAX = 32, /* servers of one that are told by name */
    HOP_RECENT_DAYS = 2  /* with the last one: what counts as now */
};

/* One next hop on one UTC day: recipients. */
struct hop_day {
    uint32_t day;                           /* since 1970-01-01 */
    uint64_t encrypted, plaintext, unknown; /* sent */
    uint64_t plaintext_attempts;            /* failed ones */
    uint64_t failures[TLS_FAILURE_COUNT];   /* attempts */
    uint64_t levels[PEER_LEVEL_COUNT];      /* of encrypted */
};

struct hop_evidence {
    struct view hop;
    /* The days without an exception: everything since the last one. */
    uint32_t since, last_encrypted; /* days; last_encrypted 0: never */
    uint64_t deliveries;            /* encrypted ones since then */
    uint64_t levels[PEER_LEVEL_COUNT];
    uint32_t exception_day; /* the last; 0: none */
    uint64_t exceptions;    /* of that day: not proven to be encrypted, or TLS not reached */
    /* All days together. */
    uint64_t encrypted, plaintext, unknown;
    uint32_t last_plaintext; /* day; 0: never */
    /* The last HOP_RECENT_DAYS of all that was given. */
    uint64_t recent_sent, recent_failures[TLS_FAILURE_COUNT];
    uint32_t recent_day; /* of the last failure */
    struct view relays[HOP_RELAYS_MAX];
    size_t relay_count; /* may pass HOP_RELAYS_MAX; 0: not known */
};

struct hop_history;

/* until: the day that counts as today.  seed: shared/hash.h.  NULL: out of memory. */
struct hop_history *hop_history_new(uint32_t until, uint64_t seed);
void hop_history_free(struct hop_history *history); /* NULL is fine */

/* Add a day of a next hop; days of one hop come in their order.  Without room or memory it is dropped, and counted. */
void hop_history_add(struct hop_history *history, struct view hop, const struct hop_day *day);

/* A server that took mail for this next hop, by name as logged. */
void hop_history_relay(struct hop_history *history, struct view hop, struct view relay);

/* NULL: nothing was ever seen of it.  Until the next call that adds. */
const struct hop_evidence *hop_history_find(const struct hop_history *history, struct view hop);

/* By index from 0, in the order they came; NULL past the last. */
const struct hop_evidence *hop_history_at(const struct hop_history *history, size_t index);

/* Days that were dropped. */
uint64_t hop_history_dropped(const struct hop_history *history);

/* Failures to reach TLS at all, or to reach what the level demands, of a list of causes. */
uint64_t hop_failures(const uint64_t failures[TLS_FAILURE_COUNT]);

#endif
