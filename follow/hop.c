#include "follow/hop.h"

enum { PORT_SUBMISSIONS = 465, PORT_SUBMISSION = 587 };

void hops_init(struct hops *hops, const struct correlate_settings *settings)
{
    *hops = (struct hops){ .settings = settings };
}

static bool is_in(const struct network_set *networks, const struct domain_set *names, const struct server *relay)
{
    struct address address;
    char text[DOMAIN_MAX];
    struct buf name = BUF(text);

    if (networks != NULL && address_parse(relay->address, &address) && network_set_has(networks, &address))
        return true;
    return names != NULL && domain_normalize(relay->name, &name) && domain_set_has(names, buf_view(&name));
}

static enum hop look_up(const struct correlate_settings *settings, const struct server *relay)
{
    if (is_in(settings->internal, settings->internal_names, relay))
        return HOP_INTERNAL;
    if (relay->port == PORT_SUBMISSION || relay->port == PORT_SUBMISSIONS ||
        is_in(settings->smarthosts, settings->smarthost_names, relay))
        return HOP_SMARTHOST;
    return HOP_DIRECT;
}

enum hop hop_of(struct hops *hops, const struct relay *relay)
{
    uint64_t hash = relay->hash | 1;
    size_t slot = (hash >> 8) % HOPS_KNOWN;

    if (hops->known[slot].hash != hash) {
        hops->known[slot].hop = look_up(hops->settings, relay->server);
        hops->known[slot].hash = hash;
    }
    return hops->known[slot].hop;
}
