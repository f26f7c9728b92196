#include "policy/check.h"
#include "policy/list.h"

enum { WIDE_IPV4 = 96 + 8, WIDE_IPV6 = 16 }; /* prefixes below these take in more than anyone's own network */

static void check_unused_lists(struct build *build)
{
    struct named_list *const *lists = build->lists.items;

    for (size_t i = 0; i < build->lists.count; i++) {
        if (!lists[i]->used)
            build_warning(build, lists[i]->declared, "%.*s %.*s is never used",
                          VIEW_ARG(list_kind_name(lists[i]->kind)), VIEW_ARG(lists[i]->name));
    }
}

static bool is_wide(const struct network *network)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
    bool ipv4 = network->prefix >= 96;

    for (size_t i = 0; ipv4 && i < sizeof(mapped); i++)
        ipv4 = network->base.octets[i] == mapped[i];
    return network->prefix < (ipv4 ? WIDE_IPV4 : WIDE_IPV6);
}

/* Whoever is in relay-networks is judged as one of us. */
static void check_relay_networks(struct build *build)
{
    const struct settings *settings = &build->policy->settings;

    for (size_t i = 0; build->relay_place != NULL && i < settings->relay_network_count; i++) {
        const struct network *network = &settings->relay_network_list[i];
        char text[64];
        struct buf shown = BUF(text);

        if (!is_wide(network))
            continue;
        address_add(&shown, &network->base);
        build_warning(build, build->relay_place, "relay-networks is open to others: the network of %.*s is that wide",
                      VIEW_ARG(buf_view(&shown)));
        return;
    }
}

static bool is_own_host(struct view host)
{
    struct address address;

    if (view_eq(host, VIEW("localhost")))
        return true;
    return address_parse(host, &address) && address_is_loopback(&address);
}

/* Whoever reaches the socket can ask for decisions and fill the log with records. */
static void check_listen(struct build *build)
{
    const struct listen_settings *listen = &build->policy->settings.listen;
    struct view host = listen->address;
    ptrdiff_t at = view_find_last_char(host, '@');

    if (listen->address.n == 0)
        return;
    if (view_starts(host, VIEW("unix:")) || view_starts(host, VIEW("local:"))) {
        if ((listen->mode & 07) != 0)
            build_warning(build, build->listen_place, "mode %04o opens the socket to every user of this host",
                          (unsigned)listen->mode);
        return;
    }
    if (listen->mode != 0 || listen->owner.n > 0 || listen->group.n > 0)
        build_warning(build, build->listen_place, "owner, group and mode mean nothing on a TCP socket");
    if (at < 0 || !is_own_host(view_slice(host, (size_t)at + 1, host.n)))
        build_warning(build, build->listen_place, "this socket is open to other hosts: milter has no authentication");
}

/* The same lines twice are deliveries counted twice. */
static void check_sources(struct build *build)
{
    const struct follow_settings *follow = &build->policy->settings.follow;

    if (build->follow_place == NULL)
        return;
    if (follow->journal && follow->file_count > 0)
        build_warning(build, build->follow_place,
                      "journal and file: if both carry this host's lines, each delivery is counted twice");
    for (size_t i = 0; i < follow->file_count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (view_eq(follow->files[i], follow->files[j]))
                build_error(build, build->follow_place, "file %.*s stands twice: its lines would be counted twice",
                            VIEW_ARG(follow->files[i]));
        }
    }
}

/* Conditions nobody hears of, and channels that have nothing to say. */
static void check_alert(struct build *build)
{
    const struct alert_settings *alert = &build->policy->settings.alert;

    if (build->alert_place == NULL)
        return;
    if (alert->channel_count == 0)
        build_warning(build, build->alert_place, "alert names no channel: nobody will be told");
    else if (alert->condition_count == 0)
        build_warning(build, build->alert_place, "alert names no condition: nothing will be told");
}

/* The first demand of a kind that fits counts. */
static void check_delivery(struct build *build)
{
    const struct settings *settings = &build->policy->settings;

    for (size_t i = 0; i < settings->delivery_rule_count; i++) {
        for (size_t j = 0; j < i; j++) {
            const struct delivery_rule *above = &settings->delivery_rules[j], *below = &settings->delivery_rules[i];

            if (above->domains != NULL || above->require != below->require || above->demand != below->demand)
                continue;
            build_warning(build, ((const struct line *const *)build->delivery_lines.items)[i]->parts,
                          "this demand can never count: %.*s:%u above is for any domain", VIEW_ARG(above->place.file),
                          above->place.line);
            break;
        }
    }
}

void check_settings(struct build *build)
{
    check_unused_lists(build);
    check_relay_networks(build);
    check_listen(build);
    check_sources(build);
    check_alert(build);
    check_delivery(build);
}
