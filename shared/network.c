#include "shared/network.h"

#include <arpa/inet.h>
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "shared/ascii.h"

enum { BITS = 128, MAPPED_BITS = 96 };

static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

/* Ranges in order that do not touch, both ends included. */
struct network_set {
    struct range {
        struct address first, last;
    } * ranges;
    size_t count;
};

/* One to three digits without leading zeros, at most 255, join *parts.  Gives what is behind them; NULL: none are there. */
static inline const char *read_part(const char *p, uint32_t *parts)
{
    unsigned number;

    if (!ascii_is_digit(*p))
        return NULL;
    number = (unsigned)(*p++ - '0');
    if (ascii_is_digit(*p)) {
        if (number == 0)
            return NULL;
        number = number * 10 + (unsigned)(*p++ - '0');
        if (ascii_is_digit(*p))
            number = number * 10 + (unsigned)(*p++ - '0');
    }
    *parts = *parts << 8 | number;
    return number <= UINT8_MAX ? p : NULL;
}

const char *address_read_ipv4(const char *p, uint32_t *out)
{
    *out = 0;
    if ((p = read_part(p, out)) == NULL || *p++ != '.' || (p = read_part(p, out)) == NULL || *p++ != '.' ||
        (p = read_part(p, out)) == NULL || *p++ != '.')
        return NULL;
    return read_part(p, out);
}

void address_set_ipv4(struct address *address, uint32_t number)
{
    uint32_t octets = htobe32(number);

    memcpy(address->octets, mapped, sizeof(mapped));
    memcpy(address->octets + sizeof(mapped), &octets, sizeof(octets));
}

static bool parse_ipv4(struct view text, struct address *out)
{
    char copy[ADDRESS_IPV4_MAX + 1];
    uint32_t number;

    if (text.n >= sizeof(copy))
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    if (address_read_ipv4(copy, &number) != copy + text.n)
        return false;
    address_set_ipv4(out, number);
    return true;
}

/* Without brackets and without "IPv6:". */
static bool parse_ipv6(struct view text, struct address *out)
{
    char copy[INET6_ADDRSTRLEN];
    struct address got;

    if (text.n >= sizeof(copy))
        return false;
    memcpy(copy, text.p, text.n);
    copy[text.n] = '\0';
    if (inet_pton(AF_INET6, copy, got.octets) != 1)
        return false;
    *out = got;
    return true;
}

bool address_parse(struct view text, struct address *out)
{
    if (text.n == 0)
        return false;
    if (ascii_is_digit(text.p[0]) && parse_ipv4(text, out))
        return true;
    if (text.n > 2 && text.p[0] == '[' && text.p[text.n - 1] == ']')
        text = view_slice(text, 1, text.n - 1);
    if (text.n > 5 && view_eq_nocase(view_slice(text, 0, 5), VIEW("IPv6:")))
        text = view_slice(text, 5, text.n);
    return parse_ipv4(text, out) || parse_ipv6(text, out);
}

bool address_is_ipv4(const struct address *address)
{
    return memcmp(address->octets, mapped, sizeof(mapped)) == 0;
}

#define TEN(tens)                                                                                                      \
    tens "0.", tens "1.", tens "2.", tens "3.", tens "4.", tens "5.", tens "6.", tens "7.", tens "8.", tens "9."
#define HUNDRED(hundreds)                                                                                              \
    TEN(hundreds "0"), TEN(hundreds "1"), TEN(hundreds "2"), TEN(hundreds "3"), TEN(hundreds "4"), TEN(hundreds "5"),  \
        TEN(hundreds "6"), TEN(hundreds "7"), TEN(hundreds "8"), TEN(hundreds "9")

enum { OCTET_TEXT = 4 /* "255." */ };

/* Each octet of an IPv4 address as it is written, with the dot behind it. */
static const char octet_texts[][OCTET_TEXT] = {
    TEN(""),  TEN("1"), TEN("2"),     TEN("3"),  TEN("4"),  TEN("5"),  TEN("6"),  TEN("7"),
    TEN("8"), TEN("9"), HUNDRED("1"), TEN("20"), TEN("21"), TEN("22"), TEN("23"), TEN("24"),
    "250.",   "251.",   "252.",       "253.",    "254.",    "255.",
};

static char *add_octet(char *p, unsigned octet)
{
    memcpy(p, octet_texts[octet], OCTET_TEXT);
    return p + 2 + (octet >= 10) + (octet >= 100);
}

void address_add(struct buf *out, const struct address *address)
{
    char text[INET6_ADDRSTRLEN], *p = text;

    if (!address_is_ipv4(address)) {
        (void)inet_ntop(AF_INET6, address->octets, text, sizeof(text));
        buf_add(out, view_of(text));
        return;
    }
    for (size_t i = sizeof(mapped); i < sizeof(address->octets); i++)
        p = add_octet(p, address->octets[i]);
    buf_add(out, (struct view){ text, (size_t)(p - text) - 1 });
}

bool address_is_loopback(const struct address *address)
{
    static const uint8_t one[16] = { [15] = 1 };

    if (address_is_ipv4(address))
        return address->octets[sizeof(mapped)] == 127;
    return memcmp(address->octets, one, sizeof(one)) == 0;
}

/* The address with all bits from prefix on set, or cleared. */
static struct address fill_host_bits(struct address address, unsigned prefix, bool set)
{
    for (unsigned bit = prefix; bit < BITS; bit++) {
        uint8_t mask = (uint8_t)(0x80U >> (bit % 8));

        if (set)
            address.octets[bit / 8] |= mask;
        else
            address.octets[bit / 8] &= (uint8_t)~mask;
    }
    return address;
}

enum network_fault network_parse(struct view text, struct network *out)
{
    ptrdiff_t slash = view_find_char(text, '/');
    struct network got = { .prefix = BITS };
    struct address cleared;
    uint64_t prefix;

    if (!address_parse(slash < 0 ? text : view_slice(text, 0, (size_t)slash), &got.base))
        return NETWORK_NO_ADDRESS;
    if (slash >= 0) {
        unsigned family_start = address_is_ipv4(&got.base) ? MAPPED_BITS : 0;

        if (!view_number(view_slice(text, (size_t)slash + 1, text.n), BITS - family_start, &prefix))
            return NETWORK_BAD_PREFIX;
        got.prefix = family_start + (unsigned)prefix;
    }
    cleared = fill_host_bits(got.base, got.prefix, false);
    if (memcmp(&cleared, &got.base, sizeof(cleared)) != 0)
        return NETWORK_HOST_BITS;
    *out = got;
    return NETWORK_FINE;
}

const char *network_fault_text(enum network_fault fault)
{
    static const char *const texts[] = {
        [NETWORK_FINE] = "fine",
        [NETWORK_NO_ADDRESS] = "not an IPv4 or IPv6 address or network",
        [NETWORK_BAD_PREFIX] = "the prefix length must be 0 to 32 for IPv4, 0 to 128 for IPv6",
        [NETWORK_HOST_BITS] = "bits are set behind the prefix length",
    };

    return texts[fault];
}

static int compare_ranges(const void *a, const void *b)
{
    const struct range *left = a, *right = b;

    return memcmp(&left->first, &right->first, sizeof(left->first));
}

struct network_set *network_set_new(struct arena *arena, const struct network *networks, size_t count)
{
    struct network_set *set = arena_alloc(arena, sizeof(*set));
    size_t kept = 0;

    if (set == NULL || (set->ranges = arena_alloc(arena, (count + 1) * sizeof(*set->ranges))) == NULL)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        set->ranges[i].first = networks[i].base;
        set->ranges[i].last = fill_host_bits(networks[i].base, networks[i].prefix, true);
    }
    qsort(set->ranges, count, sizeof(*set->ranges), compare_ranges);
    /* Networks are nested or apart, never half over each other: a nested one is dropped. */
    for (size_t i = 0; i < count; i++) {
        if (kept > 0 && memcmp(&set->ranges[i].last, &set->ranges[kept - 1].last, sizeof(struct address)) <= 0)
            continue;
        set->ranges[kept++] = set->ranges[i];
    }
    set->count = kept;
    return set;
}

/* The range that holds an address, or NULL. */
static const struct range *find_range(const struct network_set *set, const struct address *address)
{
    size_t low = 0, high = set == NULL ? 0 : set->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct range *range = &set->ranges[middle];

        if (memcmp(address, &range->first, sizeof(*address)) < 0)
            high = middle;
        else if (memcmp(address, &range->last, sizeof(*address)) > 0)
            low = middle + 1;
        else
            return range;
    }
    return NULL;
}

bool network_set_has(const struct network_set *set, const struct address *address)
{
    return find_range(set, address) != NULL;
}

/* Ranges are nested or apart: of two that meet, one holds the other's first address. */
static bool holds_a_first(const struct network_set *set, const struct network_set *firsts)
{
    for (size_t i = 0; firsts != NULL && i < firsts->count; i++) {
        if (network_set_has(set, &firsts->ranges[i].first))
            return true;
    }
    return false;
}

bool network_set_meets(const struct network_set *a, const struct network_set *b)
{
    return holds_a_first(a, b) || holds_a_first(b, a);
}

bool network_set_covers(const struct network_set *set, const struct network_set *part)
{
    for (size_t i = 0; part != NULL && i < part->count; i++) {
        const struct range *range = find_range(set, &part->ranges[i].first);

        if (range == NULL || memcmp(&part->ranges[i].last, &range->last, sizeof(range->last)) > 0)
            return false;
    }
    return true;
}

size_t network_set_begins(const struct network_set *set, struct address *out)
{
    size_t same = 0;

    if (set == NULL || set->count == 0)
        return 0;
    *out = set->ranges[0].first;
    while (same < sizeof(out->octets) && out->octets[same] == set->ranges[set->count - 1].last.octets[same])
        same++;
    return same;
}

/* The first octet of the IPv4 addresses from here on, or up to here: the first 12 octets tell on which side all others lie. */
static int ipv4_octet(const struct address *address, int below, int above)
{
    int order = memcmp(address->octets, mapped, sizeof(mapped));

    if (order == 0)
        return address->octets[sizeof(mapped)];
    return order < 0 ? below : above;
}

void network_set_first_octets(const struct network_set *set, bool octets[256])
{
    for (size_t i = 0; set != NULL && i < set->count; i++) {
        int last = ipv4_octet(&set->ranges[i].last, -1, 255);

        for (int octet = ipv4_octet(&set->ranges[i].first, 0, 256); octet <= last; octet++)
            octets[octet] = true;
    }
}
