/*
 * review - who became a bulk sender, and who sends more than usual: looked for in the ledger now and then
 *
 * A domain whose recipients at Gmail reach the 5,000 within 24 hours is a bulk
 * sender from then on; the ledger keeps that.  What each domain sent in the last
 * 24 hours goes to the volume file beside the ledger, for the gate.  Watchers are
 * told every domain's and login's share of the 5,000.
 */
#ifndef KEEPER_REVIEW_H
#define KEEPER_REVIEW_H

#include "shared/public_suffix.h"
#include "store/ledger.h"

struct review_settings {
    struct ledger *ledger;
    struct public_suffix *list;
    /* A domain became a bulk sender; since: ms.  May be NULL. */
    void (*became)(void *context, struct view domain, int64_t since);
    /* What a registrable domain, or a login, has of the 5,000 in the window that ends now, in percent.  May be NULL. */
    void (*volume)(void *context, struct view name, unsigned percent);
    void *context;
};

/*
 * Look at what was counted since the last review; all: at everything, as after old logs were read.  now: ms.
 * Writes flags in a transaction of its own, then the volume file.  -1 with the reason: nothing is lost, do it again later.
 */
int review_run(const struct review_settings *settings, bool all, int64_t now, struct error *error);

#endif
