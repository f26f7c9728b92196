#include "audit/route.h"

#include <stdlib.h>

#include "audit/words.h"

struct reading {
    struct arena *arena;
    struct routes *routes;
};

static bool grow(struct arena *arena, struct routes *routes)
{
    size_t room = routes->room == 0 ? 64 : routes->room * 2;
    struct table_entry *rows = arena_alloc(arena, room * sizeof(*rows));

    if (rows == NULL)
        return false;
    if (routes->count > 0)
        memcpy(rows, routes->rows, routes->count * sizeof(*rows));
    routes->rows = rows;
    routes->room = room;
    return true;
}

static void keep_entry(void *to, const struct table_entry *entry)
{
    struct reading *reading = to;
    struct routes *routes = reading->routes;

    if (view_eq(entry->key, VIEW("*")) || view_eq(entry->key, TABLE_EVERY_KEY)) {
        if (routes->everything.n == 0)
            routes->everything = entry->value;
        return;
    }
    if (routes->count == routes->room && !grow(reading->arena, routes)) {
        routes->full = true;
        return;
    }
    routes->rows[routes->count++] = *entry;
}

static void doubt(struct reading *reading, const char *parameter)
{
    if (reading->routes->uncertain.n == 0)
        reading->routes->uncertain = view_of(parameter);
}

static void note_table(void *to, struct view table, enum table_state state, const char *reason)
{
    (void)table; /* what follows its type may hold a password */
    (void)reason;
    if (state != TABLE_READ)
        doubt(to, "transport_maps has a table that cannot be listed");
}

static int compare_keys(const void *left, const void *right)
{
    return view_cmp(((const struct table_entry *)left)->key, ((const struct table_entry *)right)->key);
}

int routes_read(struct arena *arena, struct inspector *inspector, const struct postfix_config *config,
                const struct own_hosts *own, struct routes *out)
{
    struct reading reading = { arena, out };

    *out = (struct routes){ .config = config, .own = *own };
    tables_visit(inspector, config_value(config, NULL, VIEW("transport_maps")),
                 &(struct table_visitor){ &reading, keep_entry, note_table });
    if (config_value(config, NULL, VIEW("sender_dependent_relayhost_maps")).n > 0)
        doubt(&reading, "sender_dependent_relayhost_maps chooses by the sender");
    if (config_value(config, NULL, VIEW("sender_dependent_default_transport_maps")).n > 0)
        doubt(&reading, "sender_dependent_default_transport_maps chooses by the sender");
    if (out->count > 0)
        qsort(out->rows, out->count, sizeof(*out->rows), compare_keys);
    return out->full ? -1 : 0;
}

/* The first of equal keys need not be the first of the file; Postfix warns of those. */
static bool find_exactly(const struct routes *routes, struct view key, struct view *value)
{
    const struct table_entry wanted = { .key = key }, *found;

    if (routes->count == 0)
        return false;
    found = bsearch(&wanted, routes->rows, routes->count, sizeof(*routes->rows), compare_keys);
    if (found != NULL)
        *value = found->value;
    return found != NULL;
}

/* transport(5), TABLE SEARCH ORDER: the domain, .parents (or parents, if parent_domain_matches_subdomains says so). */
static bool find_entry(const struct routes *routes, struct view domain, struct view *value)
{
    bool without_dot = words_have(config_value(routes->config, NULL, VIEW("parent_domain_matches_subdomains")),
                                  VIEW("transport_maps"));

    if (find_exactly(routes, domain, value))
        return true;
    for (size_t i = 1; i < domain.n; i++) {
        if (domain.p[i] == '.' && find_exactly(routes, view_slice(domain, without_dot ? i + 1 : i, domain.n), value))
            return true;
    }
    return false;
}

static const struct service *find_client(const struct postfix_config *config, struct view transport)
{
    for (size_t i = 0; i < config->services.count; i++) {
        const struct service *service = &config->services.rows[i];

        if (view_eq(service->name, transport) && view_eq(service->type, VIEW("unix")))
            return service;
    }
    return NULL;
}

/* "[127.0.0.1]:10024", "[filter.example.com]:10024" */
static bool is_own(const struct own_hosts *own, struct view hop)
{
    char storage[DOMAIN_MAX];
    struct buf name = BUF(storage);
    struct address address;
    struct view host;

    if (!view_skip(&hop, VIEW("[")) || !view_cut(&hop, VIEW("]"), &host))
        return false;
    if (address_parse(host, &address))
        return network_set_has(own->networks, &address);
    return view_eq_nocase(host, VIEW("localhost")) ||
           (domain_normalize(host, &name) && domain_set_has(own->names, buf_view(&name)));
}

/* transport and next hop of "transport:nexthop"; either may be empty and then leaves what *transport, *hop had. */
static void take_target(struct view target, struct view domain, struct view *transport, struct view *hop)
{
    struct view name;

    if (view_next(&target, ':', &name) && name.n > 0) {
        *transport = name;
        *hop = domain; /* a transport without a next hop takes the domain itself */
    }
    if (target.n > 0)
        *hop = target;
}

struct route route_of(const struct routes *routes, struct view domain)
{
    const struct postfix_config *config = routes->config;
    struct view transport = VIEW("smtp"), hop = domain, relay = config_value(config, NULL, VIEW("relayhost")), entry;
    struct route route = { .kind = ROUTE_RELAY };

    take_target(config_value(config, NULL, VIEW("default_transport")), domain, &transport, &hop);
    if (relay.n > 0)
        hop = relay;
    route.by_table = find_entry(routes, domain, &entry);
    if (route.by_table)
        take_target(entry, domain, &transport, &hop);
    else
        take_target(routes->everything, domain, &transport, &hop);
    route.hop = hop;
    route.client = find_client(config, transport);
    if (route.client == NULL || !view_eq(route.client->program, VIEW("smtp")))
        route.kind = ROUTE_NONE;
    else if (is_own(&routes->own, hop))
        route.kind = ROUTE_INTERNAL;
    else if (view_eq(hop, domain))
        route.kind = ROUTE_DIRECT;
    return route;
}

size_t routes_sharing(const struct routes *routes, struct view hop)
{
    size_t count = view_eq(config_value(routes->config, NULL, VIEW("relayhost")), hop);

    for (size_t i = 0; i < routes->count; i++) {
        struct view transport = { "", 0 }, taken = { "", 0 };

        take_target(routes->rows[i].value, routes->rows[i].key, &transport, &taken);
        count += view_eq(taken, hop);
    }
    return count;
}
