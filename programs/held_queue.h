/*
 * held_queue - what postqueue(1) -j lists, as far as mail on hold is concerned
 *
 * One JSON object a line (Postfix 3.1 and later): queue_name, queue_id,
 * arrival_time, message_size, sender, recipients.  Takes bytes, gives rows.
 */
#ifndef PROGRAMS_HELD_QUEUE_H
#define PROGRAMS_HELD_QUEUE_H

#include "shared/arena.h"

enum {
    HELD_MAX = 10000,     /* messages kept; more are counted */
    HELD_DOMAINS_MAX = 16 /* distinct recipient domains kept of one message; whether there are more is told */
};

/* Who put it there, as far as the logs tell. */
enum holder { HOLDER_UNKNOWN, HOLDER_OTHER, HOLDER_GATE };

struct held {
    struct view queue_id, sender; /* the null sender is empty */
    int64_t arrival;              /* seconds since 1970 */
    uint64_t size;                /* octets */
    struct view domains[HELD_DOMAINS_MAX];
    size_t domain_count, recipients;
    bool domains_more;
    enum holder holder; /* HOLDER_UNKNOWN until a log tells */
    int64_t by_hand;    /* seconds since 1970, when postsuper(1) put it there; 0: it did not */
    struct view rule;   /* HOLDER_GATE: "outward.conf:14"; empty where no rule but a setting decided */
};

struct held_queue {
    struct held *rows;
    size_t count;
    uint64_t more;    /* past HELD_MAX */
    uint64_t strange; /* lines that are no message */
};

/* Texts and rows lie in the arena.  False: out of memory. */
bool held_queue_read(struct arena *arena, struct view listing, struct held_queue *out);

/* The row of a queue ID, or NULL. */
struct held *held_queue_find(const struct held_queue *queue, struct view queue_id);

#endif
