/*
 * incident - incidents and the notices that no channel has taken yet, kept with the counts they stand on
 *
 * Written in the transaction of the counts, so that a kill neither forgets an
 * incident nor opens one twice.  What an operator asks for while the follower
 * runs is left as a request, which the follower takes up.
 */
#ifndef STORE_INCIDENT_H
#define STORE_INCIDENT_H

#include "shared/incident.h"
#include "store/ledger.h"

enum {
    NOTICES_MAX = 10000,    /* waiting ones; further ones are lost, and counted */
    REQUESTS_MAX = 1000,    /* that wait for the follower */
    REQUEST_TEXT_MAX = 4096 /* octets of one's text */
};

/* A new incident gets its number.  Within a transaction. */
int ledger_save_incident(struct ledger *ledger, struct incident *incident, struct error *error);

/* Calls found() for each of at most limit incidents, the newest first; open_only: those that are not closed. */
int ledger_incidents(struct ledger *ledger, bool open_only, uint32_t limit,
                     void (*found)(void *context, const struct incident *incident), void *context, struct error *error);

/* One that waits for a channel. */
struct notice {
    int64_t id;      /* never used again */
    int64_t created; /* ms */
    struct view channel, body;
};

/* Within a transaction.  1: there is no room for it; notice->id is set otherwise. */
int ledger_add_notice(struct ledger *ledger, struct notice *notice, struct error *error);
int ledger_remove_notice(struct ledger *ledger, int64_t id, struct error *error);

/* Calls found() for each with an id above `after`, oldest first; false ends it.  Its views are gone after the call. */
int ledger_notices(struct ledger *ledger, int64_t after, bool (*found)(void *context, const struct notice *notice),
                   void *context, struct error *error);

/*
 * What an operator wants of a ledger that another process may be writing: "silence", "outward-17", "1793000000000".
 * Kept at once, in a transaction of its own, without the writer's lock.
 */
struct request {
    struct view verb, subject, argument;
};
int ledger_request(const char *path, const struct request *request, struct error *error);

/* Calls found() for each, oldest first, and removes them.  Within a transaction. */
int ledger_take_requests(struct ledger *ledger, void (*found)(void *context, const struct request *request),
                         void *context, struct error *error);

/* Was mail to this domain encrypted on a day that began between these times (ms)? */
int ledger_took_tls(struct ledger *ledger, struct view domain, int64_t from, int64_t until, bool *out,
                    struct error *error);

#endif
