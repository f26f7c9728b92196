/*
 * route - the next hop that Postfix takes for a domain
 *
 * TLS policies are asked by the next hop, which is the recipient's domain only
 * where nothing sends its mail another way: transport(5), relayhost,
 * default_transport.  Tables of single recipients are not looked at.
 */
#ifndef AUDIT_ROUTE_H
#define AUDIT_ROUTE_H

#include "audit/config.h"
#include "audit/table.h"
#include "shared/domain.h"
#include "shared/network.h"

enum route_kind {
    ROUTE_DIRECT,   /* by the domain's own MX: the next hop is the domain itself */
    ROUTE_RELAY,    /* by a next hop that the configuration names */
    ROUTE_INTERNAL, /* by a next hop of our own: a filter */
    ROUTE_NONE      /* not by smtp(8) at all */
};

struct route {
    enum route_kind kind;
    struct view hop;              /* as smtp_tls_policy_maps is asked: "example.com", "[mail.example.com]:587" */
    bool by_table;                /* transport_maps names this domain or one above it */
    const struct service *client; /* of master.cf; NULL: there is none of this name */
};

/* Hosts of our own, as outward.conf's `follow { internal }` has them; NULL holds nothing. */
struct own_hosts {
    const struct network_set *networks;
    const struct domain_set *names;
};

struct routes {
    const struct postfix_config *config;
    struct own_hosts own;
    struct table_entry *rows; /* of transport_maps, sorted by key */
    size_t count, room;
    struct view everything; /* what the key * says; empty without one */
    struct view uncertain;  /* why the next hop may be another; empty: it is known */
    bool full;              /* memory ran out */
};

/* Read transport_maps.  What cannot be listed is told in uncertain.  -1: out of memory. */
int routes_read(struct arena *arena, struct inspector *inspector, const struct postfix_config *config,
                const struct own_hosts *own, struct routes *out);

/* domain: normalized; ".example.com" stands for what is below example.com. */
struct route route_of(const struct routes *routes, struct view domain);

/* Names of transport_maps whose mail takes this next hop; one more if all else does. */
size_t routes_sharing(const struct routes *routes, struct view hop);

#endif
