/*
 * incident - one trouble from its first event to its end, however many events it has
 *
 * Opened once, counted silently, told again at growing intervals while it grows,
 * recovered once.  What happened before anybody watched becomes one note of history.
 * Pure: time comes as an argument, ms since 1970.  One thread at a time.
 */
#ifndef SHARED_INCIDENT_H
#define SHARED_INCIDENT_H

#include "shared/settings.h"

enum {
    INCIDENT_SHARES_MAX = 64,   /* names counted one by one, in the order they came; the rest is `others` */
    INCIDENT_NAME_MAX = 256,    /* octets of such a name and of a subject, with its NUL; longer ones are cut */
    INCIDENT_SETTLE_MS = 10000, /* a history is told when nothing was added for so long */
    INCIDENT_REPEAT_MAX_MS = 24 * 3600 * 1000
};

enum incident_event {
    INCIDENT_NOTHING,
    INCIDENT_OPENED,
    INCIDENT_REPEATED,
    INCIDENT_RECOVERED,
    INCIDENT_HISTORY,
    INCIDENT_TEST,
    INCIDENT_EVENT_COUNT
};

/* "opened", "repeated", "recovered", "history", "test" */
struct view incident_event_name(enum incident_event event);

/* A part of the count: a domain, a code, a client. */
struct incident_share {
    char name[INCIDENT_NAME_MAX];
    uint64_t count;
};

struct incident {
    uint64_t number; /* its reference is "outward-NUMBER"; given when it is first kept, 0 before */
    enum alert_condition_kind kind;
    char subject[INCIDENT_NAME_MAX]; /* which of its kind: "to domain google"; may be empty */
    bool history;                    /* of events that were old when they were read */
    bool everywhere;                 /* a downgrade of all destinations at once: our own path is suspect */
    bool lasting;                    /* goes on until it is called over, not until events stay away */
    int64_t opened, last;            /* time of the first and last event */
    int64_t ended;                   /* 0: goes on */
    int64_t touched;                 /* when the last event was read */
    uint64_t count, told;            /* events, and those told of so far */
    unsigned notices;                /* told so often */
    int64_t next_repeat;
    int64_t silenced_until; /* nothing is told before */
    bool acknowledged;      /* somebody knows: no repeats */
    bool closed;            /* nothing will be told any more */
    bool changed;           /* since it was kept last */
    struct incident_share shares[INCIDENT_SHARES_MAX];
    size_t share_count;
    uint64_t others; /* events of names past INCIDENT_SHARES_MAX */
};

/* A new incident at time (ms since 1970), with no event yet.  Of the subject INCIDENT_NAME_MAX - 1 octets are kept. */
void incident_begin(struct incident *incident, enum alert_condition_kind kind, struct view subject, int64_t time);

/* Count one event.  name: whose share it is.  now: when it was read. */
void incident_count(struct incident *incident, struct view name, int64_t time, int64_t now);

/*
 * The clock was set back by step ms and is now at now: the next reminder comes as long after now as it would have, and
 * events that lie ahead happened now.  step 0: how far is unknown; no reminder waits longer than a day.
 */
void incident_step_back(struct incident *incident, int64_t now, int64_t step);

/* It is over, for one that is lasting. */
void incident_end(struct incident *incident, int64_t time);

struct incident_timing {
    int64_t repeat;  /* ms to the first reminder; each further one waits twice as long, up to a day */
    int64_t recover; /* ms after its last event happened, and was read, until it is over */
    bool quiet;      /* it is a quiet hour: nothing is told now, but later */
};

/* What is to be told now; the incident is marked as told. */
enum incident_event incident_take_event(struct incident *incident, int64_t now, const struct incident_timing *timing);

/* When to ask again; INT64_MAX: only after a further event. */
int64_t incident_next(const struct incident *incident, const struct incident_timing *timing);

#endif
