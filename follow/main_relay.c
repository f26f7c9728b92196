#include "follow/main_relay.h"

#include "shared/hash.h"
#include "shared/receiver.h"

static struct view name_of(const struct main_relay_name *name)
{
    return (struct view){ name->text, name->length };
}

static void note_domain(struct main_relay_name *name, uint64_t hash)
{
    for (size_t i = 0; i < name->domain_count; i++) {
        if (name->domains[i] == hash)
            return;
    }
    if (name->domain_count < MAIN_RELAY_DOMAINS)
        name->domains[name->domain_count++] = hash;
}

/* The counter of a relay, or a free one that becomes its; NULL when all are taken. */
static struct main_relay_name *find(struct main_relay *main, struct view relay)
{
    struct main_relay_name *free = NULL;

    for (size_t i = 0; i < MAIN_RELAYS; i++) {
        struct main_relay_name *name = &main->names[i];

        if (name->deliveries == 0)
            free = name;
        else if (name->length == relay.n && hash_same(name_of(name), relay))
            return name;
    }
    if (free != NULL) {
        free->domain_count = 0;
        free->length = relay.n;
        if (relay.n > 0) /* no name has no octets to point to */
            memcpy(free->text, relay.p, relay.n);
    }
    return free;
}

void main_relay_note(struct main_relay *main, struct view relay, struct view domain)
{
    struct view text = view_slice(relay, 0, DOMAIN_MAX);
    struct main_relay_name *name = find(main, text);

    main->deliveries++;
    if (name != NULL) {
        name->deliveries++;
        if (name->domain_count < MAIN_RELAY_DOMAINS)
            note_domain(name, hash_view(domain, 0));
        return;
    }
    for (size_t i = 0; i < MAIN_RELAYS; i++)
        main->names[i].deliveries--;
}

/* Where there is no room, each of the names gives up what the least of all of them has. */
static void give_way(struct main_relay *into, struct main_relay_name *other)
{
    uint64_t least = other->deliveries;

    for (size_t i = 0; i < MAIN_RELAYS; i++)
        least = into->names[i].deliveries < least ? into->names[i].deliveries : least;
    for (size_t i = 0; i < MAIN_RELAYS; i++)
        into->names[i].deliveries -= least;
    other->deliveries -= least;
}

static void merge_name(struct main_relay *into, struct main_relay_name other)
{
    struct main_relay_name *name;

    while (other.deliveries > 0) {
        name = find(into, name_of(&other));
        if (name == NULL) {
            give_way(into, &other);
            continue;
        }
        name->deliveries += other.deliveries;
        for (size_t i = 0; i < other.domain_count; i++)
            note_domain(name, other.domains[i]);
        return;
    }
}

void main_relay_merge(struct main_relay *into, const struct main_relay *from)
{
    into->deliveries += from->deliveries;
    for (size_t i = 0; i < MAIN_RELAYS; i++)
        merge_name(into, from->names[i]);
}

void main_relay_add(struct main_relay *into, const struct main_relay_name *kept)
{
    if (kept->length == 0)
        into->deliveries += kept->deliveries;
    else
        merge_name(into, *kept);
}

/* ".relay.example" of "mx1.relay.example"; empty where nothing would be left of a name, and for an address. */
static struct view parent_of(struct view name)
{
    ptrdiff_t dot = view_find_char(name, '.');
    struct view parent = dot > 0 ? view_slice(name, (size_t)dot, name.n) : (struct view){ NULL, 0 };
    char last = '0';

    if (name.n > 0)
        last = name.p[name.n - 1];
    if (parent.n == 0 || (last >= '0' && last <= '9') || view_find_char(view_slice(parent, 1, parent.n), '.') < 0)
        return (struct view){ NULL, 0 };
    return parent;
}

static const struct main_relay_name *most_used(const struct main_relay *main)
{
    const struct main_relay_name *most = &main->names[0];

    for (size_t i = 1; i < MAIN_RELAYS; i++)
        most = main->names[i].deliveries > most->deliveries ? &main->names[i] : most;
    return most;
}

/* What all hosts of a parent took. */
static uint64_t deliveries_of(const struct main_relay *main, struct view parent)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < MAIN_RELAYS; i++)
        sum += view_eq(parent_of(name_of(&main->names[i])), parent) ? main->names[i].deliveries : 0;
    return sum;
}

static bool is_nearly_all(const struct main_relay *main, uint64_t deliveries)
{
    return main->deliveries - deliveries <= main->deliveries / MAIN_RELAY_OTHERS;
}

struct view main_relay_find(const struct main_relay *main)
{
    const struct main_relay_name *most = most_used(main);
    struct view parent = parent_of(name_of(most));

    if (most->domain_count == MAIN_RELAY_DOMAINS && receiver_of_relay(name_of(most)) == RECEIVER_OTHER) {
        if (is_nearly_all(main, most->deliveries))
            return name_of(most);
        if (parent.n > 0 && is_nearly_all(main, deliveries_of(main, parent)))
            return parent;
    }
    return (struct view){ NULL, 0 };
}
