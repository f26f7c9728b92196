#include "programs/egress.h"

#include <string.h>

#include "audit/networks.h"
#include "audit/read_config.h"
#include "audit/words.h"

const char *egress_source_name(enum egress_source source)
{
    static const char *const names[] = { "none", "option", "file", "postfix" };

    return names[source];
}

void egress_add(struct egress *egress, const struct address *address)
{
    for (size_t i = 0; i < egress->count; i++) {
        if (memcmp(&egress->list[i], address, sizeof(*address)) == 0)
            return;
    }
    if (egress->count == SENDER_ADDRESSES_MAX)
        egress->dropped++;
    else
        egress->list[egress->count++] = *address;
}

int option_egress(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct egress *egress = field;
    struct address address;

    if (!address_parse(view_of(value), &address))
        return error_set(error, ERROR_USAGE, "--%s wants an address, not \"%.100s\"", row->name, value);
    egress->source = EGRESS_OPTION;
    egress_add(egress, &address);
    return egress->dropped == 0 ? 0 : error_set(error, ERROR_USAGE, "at most %d addresses", SENDER_ADDRESSES_MAX);
}

void egress_of_settings(const struct guidelines_settings *settings, struct egress *out)
{
    for (size_t i = 0; i < settings->egress_count; i++) {
        if (settings->egress[i].prefix == 128)
            egress_add(out, &settings->egress[i].base);
        else
            out->networks++;
    }
    if (settings->egress_count > 0)
        out->source = EGRESS_FILE;
}

/* RFC 1918, RFC 6598, RFC 3927, RFC 4193, RFC 4291: seen inside only. */
static bool is_private(const struct address *address)
{
    static const struct view private[] = { VIEW_INIT("10.0.0.0/8"),     VIEW_INIT("172.16.0.0/12"),
                                           VIEW_INIT("192.168.0.0/16"), VIEW_INIT("100.64.0.0/10"),
                                           VIEW_INIT("169.254.0.0/16"), VIEW_INIT("fc00::/7"),
                                           VIEW_INIT("fe80::/10") };
    const struct network one = { *address, 128 };

    for (size_t i = 0; i < sizeof(private) / sizeof(private[0]); i++) {
        struct network network;

        if (network_parse(private[i], &network) == NETWORK_FINE && network_covers(&network, &one))
            return true;
    }
    return false;
}

static void add_bound(struct egress *egress, const struct address *address)
{
    if (is_private(address))
        egress->private ++;
    else
        egress_add(egress, address);
}

/* The one address of a family that inet_interfaces names; false when it names none or several. */
static bool only_interface(struct view interfaces, bool four, struct address *out)
{
    struct view word;
    unsigned count = 0;

    while (words_next(&interfaces, &word)) {
        struct address address;

        if (!address_parse(word, &address))
            return false; /* all, loopback-only, or a name */
        if (address_is_ipv4(&address) != four || address_is_loopback(&address))
            continue;
        *out = address;
        count++;
    }
    return count == 1;
}

static void take_family(const struct postfix_config *config, const char *parameter, bool four, struct egress *out)
{
    struct address address;

    if (address_parse(config_value(config, NULL, view_of(parameter)), &address) ||
        only_interface(config_value(config, NULL, VIEW("inet_interfaces")), four, &address))
        add_bound(out, &address);
}

int egress_of_postfix(const char *postconf, const char *directory, struct egress *out, struct error *error)
{
    struct arena arena;
    struct postfix_config config;
    int result;

    arena_init(&arena, 0);
    result = read_postfix_config(&arena, postconf, directory, &config, error);
    if (result == 0) {
        take_family(&config, "smtp_bind_address", true, out);
        take_family(&config, "smtp_bind_address6", false, out);
        if (out->count > 0)
            out->source = EGRESS_POSTFIX;
    }
    arena_done(&arena);
    return result;
}
