/*
 * sts_fetch - get a domain's MTA-STS policy over HTTPS: RFC 8461 section 3.3
 *
 * No redirect is followed, no proxy or cookie used, nothing but 200 counts, the
 * certificate must be one for mta-sts.DOMAIN.  Not pure.
 */
#ifndef AUDIT_STS_FETCH_H
#define AUDIT_STS_FETCH_H

#include "shared/arena.h"
#include "shared/error.h"
#include "shared/network.h"

struct sts_request {
    const char *domain;
    const struct address *addresses; /* of mta-sts.DOMAIN */
    size_t address_count;
    unsigned port;           /* 443 */
    const char *authorities; /* a PEM file; NULL: the system's */
    unsigned timeout_ms;     /* for all of it */
};

/* The text lies in the arena.  -1 with what went wrong. */
int sts_fetch(struct arena *arena, const struct sts_request *request, struct view *text, struct error *error);

#endif
