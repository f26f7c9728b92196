#include "follow/only_relay.h"

#include "shared/hash.h"

static void note_domain(struct only_relay *only, struct view domain)
{
    uint64_t hash = hash_view(domain, 0);

    for (size_t i = 0; i < only->domain_count; i++) {
        if (only->domains[i] == hash)
            return;
    }
    only->domains[only->domain_count++] = hash;
}

void only_relay_note(struct only_relay *only, struct view relay, struct view domain)
{
    if (only->several)
        return;
    if (only->deliveries++ == 0) {
        only->name = (struct view){ only->text, relay.n < sizeof(only->text) ? relay.n : sizeof(only->text) };
        memcpy(only->text, relay.p, only->name.n);
    }
    only->several = !view_eq(only->name, relay);
    if (only->domain_count < ONLY_RELAY_DOMAINS)
        note_domain(only, domain);
}

struct view only_relay_name(const struct only_relay *only)
{
    if (only->several || only->deliveries < ONLY_RELAY_DELIVERIES || only->domain_count < ONLY_RELAY_DOMAINS)
        return (struct view){ NULL, 0 };
    return only->name;
}
