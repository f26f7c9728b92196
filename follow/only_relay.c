#include "follow/only_relay.h"

#include "shared/hash.h"

static void note_domain(struct only_relay *only, uint64_t hash)
{
    for (size_t i = 0; i < only->domain_count; i++) {
        if (only->domains[i] == hash)
            return;
    }
    if (only->domain_count < ONLY_RELAY_DOMAINS)
        only->domains[only->domain_count++] = hash;
}

static void note_relay(struct only_relay *only, struct view relay)
{
    if (only->name.n == 0) {
        only->name = (struct view){ only->text, relay.n < sizeof(only->text) ? relay.n : sizeof(only->text) };
        memcpy(only->text, relay.p, only->name.n);
    }
    only->several = only->several || !view_eq(only->name, relay);
}

void only_relay_note(struct only_relay *only, struct view relay, struct view domain)
{
    if (only->several)
        return;
    only->deliveries++;
    note_relay(only, relay);
    if (only->domain_count < ONLY_RELAY_DOMAINS)
        note_domain(only, hash_view(domain, 0));
}

void only_relay_merge(struct only_relay *into, const struct only_relay *from)
{
    if (from->deliveries == 0)
        return;
    into->deliveries += from->deliveries;
    note_relay(into, from->name);
    into->several = into->several || from->several;
    for (size_t i = 0; i < from->domain_count; i++)
        note_domain(into, from->domains[i]);
}

struct view only_relay_name(const struct only_relay *only)
{
    if (only->several || only->deliveries < ONLY_RELAY_DELIVERIES || only->domain_count < ONLY_RELAY_DOMAINS)
        return (struct view){ NULL, 0 };
    return only->name;
}
