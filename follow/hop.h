/*
 * hop - where a relay stands: a server of the recipient, our smarthost, or one of our own
 *
 * Pure.
 */
#ifndef FOLLOW_HOP_H
#define FOLLOW_HOP_H

#include "follow/correlate.h"
#include "follow/server.h"

enum { HOPS_KNOWN = 4096 }; /* answers kept, so that a busy relay is not looked up for each delivery */

struct hops {
    const struct correlate_settings *settings;
    bool octets[256]; /* with which IPv4 addresses of the networks begin: nearly every relay's is another */
    struct {
        uint64_t hash; /* 0: none */
        enum hop hop;
    } known[HOPS_KNOWN];
};

/* No answer kept yet.  The settings must outlive it. */
void hops_init(struct hops *hops, const struct correlate_settings *settings);

/*
 * The hop behind a relay of smtp(8).  Ports 465 and 587 take submissions: no MX
 * listens there, so a relay on one of them sends on for us.
 */
enum hop hop_of(struct hops *hops, const struct server *relay);

#endif
