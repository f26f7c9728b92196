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

/* By length, begin and end: of a hash_name() as much as is needed here. All of it is 0.6 % of the report's time. */
static inline uint64_t mark_of(struct view name)
{
    uint64_t begin = 0, end = 0;

    if (name.n >= 8) {
        begin = hash_word(name.p);
        end = hash_word(name.p + name.n - 8);
    } else if (name.n > 0) {
        begin = hash_short(name.p, name.n);
    }
    return hash_mix(hash_mix(name.n, begin), end) | 1;
}

/* Which of the names have this mark, a bit for each: without a branch, for relays come in no order. */
static inline unsigned find_mark(const struct main_relay *main, uint64_t mark)
{
    unsigned found = 0;

    for (unsigned i = 0; i < MAIN_RELAYS; i++)
        found |= (unsigned)(main->marks[i] == mark) << i;
    return found;
}

/* The counter of a relay; NULL when it has none. */
static inline struct main_relay_name *find_known(struct main_relay *main, struct view relay, uint64_t mark)
{
    for (unsigned same = find_mark(main, mark); same != 0; same &= same - 1) {
        struct main_relay_name *name = &main->names[__builtin_ctz(same)];

        if (hash_same(name_of(name), relay))
            return name;
    }
    return NULL;
}

/* A free counter that becomes a relay's; NULL when all are taken. */
static inline struct main_relay_name *take_free(struct main_relay *main, struct view relay, uint64_t mark)
{
    unsigned unused = find_mark(main, 0);
    struct main_relay_name *name;

    if (unused == 0)
        return NULL;
    name = &main->names[__builtin_ctz(unused)];
    main->marks[__builtin_ctz(unused)] = mark;
    name->domain_count = 0;
    name->length = relay.n;
    if (relay.n > 0) /* no name has no octets to point to */
        memcpy(name->text, relay.p, relay.n);
    return name;
}

static struct main_relay_name *find(struct main_relay *main, struct view relay)
{
    uint64_t mark = mark_of(relay);
    struct main_relay_name *name = find_known(main, relay, mark);

    return name != NULL ? name : take_free(main, relay, mark);
}

/* Each of the names gives up so many deliveries, and its counter with the last of them. */
static void give_up(struct main_relay *main, uint64_t deliveries)
{
    for (size_t i = 0; i < MAIN_RELAYS; i++) {
        main->names[i].deliveries -= deliveries;
        main->marks[i] &= -(uint64_t)(main->names[i].deliveries != 0);
    }
}

void main_relay_note(struct main_relay *main, struct view relay, struct view domain)
{
    struct main_relay_name *name = find(main, view_slice(relay, 0, DOMAIN_MAX));

    main->deliveries++;
    if (name == NULL) {
        give_up(main, 1);
        return;
    }
    name->deliveries++;
    if (name->domain_count < MAIN_RELAY_DOMAINS)
        note_domain(name, hash_view(domain, 0));
}

/* Where there is no room, each of the names gives up what the least of all of them has. */
static void give_way(struct main_relay *into, struct main_relay_name *other)
{
    uint64_t least = other->deliveries;

    for (size_t i = 0; i < MAIN_RELAYS; i++)
        least = into->names[i].deliveries < least ? into->names[i].deliveries : least;
    give_up(into, least);
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
