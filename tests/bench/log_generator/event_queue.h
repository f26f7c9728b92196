/*
 * event_queue - what happens next
 *
 * A binary heap by time; what was added first comes first among equals.
 */
#ifndef LOG_GENERATOR_EVENT_QUEUE_H
#define LOG_GENERATOR_EVENT_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum happening {
    HAPPENS_LINE,        /* struct line: it reaches the log */
    HAPPENS_ARRIVAL,     /* struct instance: somebody hands a message in */
    HAPPENS_DELIVERY,    /* struct message: qmgr takes it up */
    HAPPENS_OUTCOME,     /* struct message: all attempts of this round are through */
    HAPPENS_MAINTENANCE, /* struct instance: its operator wants a reload or a restart */
    HAPPENS_RELOAD,      /* struct instance */
    HAPPENS_STOP,        /* struct instance */
    HAPPENS_START,       /* struct instance */
    HAPPENS_NOISE        /* NULL: another program speaks */
};

struct event {
    int64_t time; /* microseconds since 1970, UTC */
    uint64_t number;
    enum happening happening;
    void *subject;
};

struct event_queue {
    struct event *events;
    size_t count, room;
    uint64_t number;
};

/* Exits when memory ends, as everything here does: there is no half a log. */
void event_queue_add(struct event_queue *queue, int64_t time, enum happening happening, void *subject);

/* The next event; false when there is none. */
bool event_queue_take(struct event_queue *queue, struct event *out);

#endif
