#include "follow/hop.h"

#include "shared/ascii.h"
#include "shared/hash.h"

enum { PORT_SUBMISSIONS = 465, PORT_SUBMISSION = 587 };

void hops_init(struct hops *hops, const struct correlate_settings *settings)
{
    *hops = (struct hops){ .settings = settings };
    network_set_first_octets(settings->internal, hops->octets);
    network_set_first_octets(settings->smarthosts, hops->octets);
}

static bool has_address(const struct network_set *networks, const struct address *address)
{
    return networks != NULL && network_set_has(networks, address);
}

static bool has_name(const struct domain_set *names, struct view relay)
{
    char text[DOMAIN_MAX];
    struct buf name = BUF(text);

    return domain_normalize(relay, &name) && domain_set_has(names, buf_view(&name));
}

static enum hop look_up_address(const struct correlate_settings *settings, struct view text)
{
    struct address address;

    if ((settings->internal == NULL && settings->smarthosts == NULL) || !address_parse(text, &address))
        return HOP_DIRECT;
    if (has_address(settings->internal, &address))
        return HOP_INTERNAL;
    return has_address(settings->smarthosts, &address) ? HOP_SMARTHOST : HOP_DIRECT;
}

/* "192." in front: an IPv4 address that lies in none of the networks, for none begins so. */
static bool is_elsewhere(const struct hops *hops, struct view address)
{
    enum { DIGITS_MAX = 3 };
    unsigned octet = 0;
    size_t i = 0;

    for (; i < address.n && i < DIGITS_MAX && ascii_is_digit(address.p[i]); i++)
        octet = octet * 10 + (unsigned)(address.p[i] - '0');
    return i > 0 && i < address.n && address.p[i] == '.' && octet < sizeof(hops->octets) && !hops->octets[octet];
}

/* Addresses are few beside relays' names; what was found for one is kept. */
static enum hop hop_of_address(struct hops *hops, struct view address)
{
    uint64_t hash;
    size_t slot;

    if (is_elsewhere(hops, address))
        return HOP_DIRECT;
    hash = hash_view(address, hops->settings->seed) | 1;
    slot = (hash >> 8) % HOPS_KNOWN;
    if (hops->known[slot].hash != hash) {
        hops->known[slot].hop = look_up_address(hops->settings, address);
        hops->known[slot].hash = hash;
    }
    return hops->known[slot].hop;
}

enum hop hop_of(struct hops *hops, const struct server *relay)
{
    const struct correlate_settings *settings = hops->settings;
    enum hop hop = relay->address.n == 0 ? HOP_DIRECT : hop_of_address(hops, relay->address);

    if (hop == HOP_INTERNAL || (settings->internal_names != NULL && has_name(settings->internal_names, relay->name)))
        return HOP_INTERNAL;
    if (hop == HOP_SMARTHOST || relay->port == PORT_SUBMISSION || relay->port == PORT_SUBMISSIONS)
        return HOP_SMARTHOST;
    return settings->smarthost_names != NULL && has_name(settings->smarthost_names, relay->name) ? HOP_SMARTHOST
                                                                                                 : HOP_DIRECT;
}
