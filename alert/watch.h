/*
 * watch - the conditions of `alert { on ... }`: deliveries and decisions in, incidents out
 *
 * Every condition is a function of what happened and when, so a test can script
 * both.  Events older than WATCH_FRESH_MS when they are read open nothing: they
 * are gathered into one history for each condition.
 * Pure: no clock, no I/O; watch_clock() brings the time.  One thread at a time.
 */
#ifndef ALERT_WATCH_H
#define ALERT_WATCH_H

#include "shared/delivery.h"
#include "shared/incident.h"
#include "shared/record.h"

enum {
    WATCH_FRESH_MS = 15 * 60 * 1000,
    WATCH_INCIDENTS_MAX = 1024, /* at once; events past it are counted in watch_lost() */
    WATCH_WAITING_MAX = 4096,   /* deliveries whose verdict waits for its stretch; the oldest leaves, likewise */
    WATCH_EVERYWHERE_MIN = 3,   /* destinations downgraded at once, and none encrypted, that make it our own path */
    WATCH_UNKNOWN_MIN = 20,     /* sent messages in WATCH_SHARE_MS before their unknown share is judged */
    WATCH_UNKNOWN_PERCENT = 10,
    WATCH_SHARE_MS = 10 * 60 * 1000
};

struct watch;

struct watch_settings {
    const struct alert_settings *alert; /* these outlive the watch */
    const struct delivery_rule *rules;
    size_t rule_count;
    /* Did this domain take TLS before, within the days that count?  NULL: never known. */
    bool (*took_tls)(void *context, struct view domain, int64_t time);
    void *context;
};

/* NULL: out of memory. */
struct watch *watch_new(const struct watch_settings *settings);
void watch_free(struct watch *watch); /* NULL is fine */

/* The time at which what follows is read. */
void watch_clock(struct watch *watch, int64_t now);

/* One recipient's delivery or attempt; what waits for the verdict of its stretch is judged by watch_settle(). */
void watch_delivery(struct watch *watch, const struct delivery *delivery);

/* The verdict of a stretch: what waited for it was plaintext (proven), or stays unknown. */
void watch_settle(struct watch *watch, uint32_t stretch, bool proven);

/* What the gate decided of a submission, and when: ms since 1970, of the log line. */
void watch_record(struct watch *watch, int64_t time, const struct record *record);

/* We see nothing of this, or see it again: "the journal", "the gate".  reason: for people; NULL: it is over. */
void watch_blind(struct watch *watch, struct view what, const char *reason);

/* One sign that we see less than there is: which kind, and what it was. */
void watch_blind_sign(struct watch *watch, struct view kind, struct view what, int64_t time);

/*
 * The volume of a domain or login within 24 hours.  percent: of the profile's threshold; an incident of
 * `volume over N%` lasts while it is more than N.
 */
void watch_volume(struct watch *watch, struct view name, unsigned percent);

/* Take up an incident that was kept.  False: no room or memory. */
bool watch_restore(struct watch *watch, const struct incident *incident);

/* By index from 0; NULL past the last.  Open ones and those that are not kept yet. */
struct incident *watch_incident(struct watch *watch, size_t index);

/* Forget incidents that are closed and kept.  Indexes change. */
void watch_tidy(struct watch *watch);

/* Events that no incident had room for. */
uint64_t watch_lost(const struct watch *watch);

#endif
