/*
 * alarm - `alert { }` at work: what the live stream tells goes to the watch, incidents into the ledger, notices out
 *
 * Incidents and notices are kept in the transaction of the counts; a notice
 * is handed to its courier only after that was committed, and removed when the
 * courier has delivered it.  Without an alert block nothing happens here.
 * One thread at a time.
 */
#ifndef KEEPER_ALARM_H
#define KEEPER_ALARM_H

#include "alert/watch.h"
#include "keeper/stream.h"
#include "shared/log.h"

enum {
    ALARM_CHANNELS_MAX = 16,
    ALARM_TLS_DAYS = 14,         /* a destination that took TLS within these takes it */
    ALARM_NOTICE_DAYS = 3,       /* a notice that no channel took for so long is given up */
    ALARM_RESTART_MS = 30 * 1000 /* between starts of a courier that died */
};

struct alarm;

struct alarm_settings {
    const struct settings *settings; /* outlives the alarm, as do these */
    struct ledger *ledger;
    struct log *log;
    const char *host;                               /* this machine's name in notices */
    int64_t (*offset)(void *context, int64_t time); /* seconds that local time is east of UTC, at a time in seconds */
};

/* *out is NULL when the file has no conditions.  -1 with the reason. */
int alarm_open(const struct alarm_settings *settings, int64_t now, struct alarm **out, struct error *error);
void alarm_close(struct alarm *alarm); /* NULL is fine */

/* For the stream; its context is the alarm. */
extern const struct stream_observer alarm_observer;

/* A source cannot be read, or can be again: reason "". */
void alarm_source(struct alarm *alarm, struct view name, const char *reason);

/* What a domain or login has of the 5,000 within 24 hours, as watch_volume() takes it. */
void alarm_volume(struct alarm *alarm, struct view name, unsigned percent);

/* The time of what is read next, ms since 1970; takes what the couriers answered.  NULL is fine, here and below. */
void alarm_clock(struct alarm *alarm, int64_t now);

/* Is there something that must be kept, although nothing was read?  Also takes what the couriers answered. */
bool alarm_is_due(struct alarm *alarm, int64_t now);

/* An operator may have left requests in the ledger. */
void alarm_requests(struct alarm *alarm);

/* When to ask again; INT64_MAX: not before something is read. */
int64_t alarm_next(struct alarm *alarm);

/* Readable when a courier has answered; -1 without an alarm. */
int alarm_fd(const struct alarm *alarm);

#endif
