#include "shared/domain.h"

#include <string.h>

#include <idn2.h>

#include "shared/octets.h"

struct domain_set {
    struct view *slots; /* open addressing; p == NULL: free */
    size_t mask;        /* number of slots, a power of two, less one */
};

struct view domain_of_address(struct view address)
{
    ptrdiff_t at = view_find_last_char(address, '@');

    return at < 0 ? (struct view){ NULL, 0 } : view_slice(address, (size_t)at + 1, address.n);
}

/* An octet of ASCII in lower case; 0 for what no domain holds: controls, blanks and <>@,;"\(){}. */
// clang-format off
static const char folds[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, '!', 0, '#', '$', '%', '&', '\'', 0, 0, '*', '+', 0, '-', '.', '/',
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', ':', 0, 0, '=', 0, '?',
    0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', '[', 0, ']', '^', '_',
    '`', 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o',
    'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z', 0, '|', 0, '~', 0,
};
// clang-format on

static void add_lower(struct buf *out, struct view text)
{
    size_t start = out->len;

    buf_add(out, text);
    for (size_t i = start; i < out->len; i++) {
        unsigned char octet = (unsigned char)out->p[i];

        if (octet < 0x80 && folds[octet] != 0)
            out->p[i] = folds[octet];
    }
}

static bool add_alabels(struct buf *out, struct view domain)
{
    char text[DOMAIN_MAX + 1];
    uint8_t *converted = NULL;
    bool done;

    memcpy(text, domain.p, domain.n);
    text[domain.n] = '\0';
    if (idn2_lookup_u8((const uint8_t *)text, &converted, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK)
        return false;
    done = strlen((const char *)converted) <= DOMAIN_MAX;
    if (done)
        add_lower(out, view_of((const char *)converted));
    idn2_free(converted);
    return done;
}

static bool is_folded(struct view text)
{
    size_t i = 0;

    while (i < text.n && folds[(unsigned char)text.p[i]] == text.p[i] && text.p[i] != '\0')
        i++;
    return i == text.n;
}

/*
 * The octets among eight at p that are letters in lower case, digits, '-', '.' or '/', by their highest bits: nearly
 * every domain has no others.
 */
static inline uint64_t usual_of(const char *p)
{
    uint64_t word = hash_word(p);

    return (octets_in_range(word, 'a', 'z' + 1) | octets_in_range(word, '-', '9' + 1)) & ~word;
}

static bool is_all_usual(struct view text)
{
    uint64_t usual = octets_all(0x80);

    if (text.n < OCTETS_WORD)
        return false;
    if (text.n <= HASH_NAME) {
        usual &= usual_of(text.p) & usual_of(text.p + hash_second(text.n)) & usual_of(text.p + hash_third(text.n));
    } else {
        for (size_t at = 0; at + OCTETS_WORD < text.n; at += OCTETS_WORD)
            usual &= usual_of(text.p + at);
    }
    return (usual & usual_of(text.p + text.n - OCTETS_WORD)) == octets_all(0x80);
}

bool domain_is_normalized(struct view domain)
{
    return domain.n > 0 && domain.n <= DOMAIN_MAX && (is_all_usual(domain) || is_folded(domain)) &&
           (domain.n == 1 || domain.p[domain.n - 1] != '.');
}

bool domain_is_plain(struct view domain)
{
    static const char fine[] = "abcdefghijklmnopqrstuvwxyz0123456789-._[]:";

    for (size_t i = 0; i < domain.n; i++) {
        if (domain.p[i] == '\0' || strchr(fine, domain.p[i]) == NULL)
            return false;
    }
    return domain.n > 0 && domain.p[0] != '.' && view_find(domain, VIEW("..")) < 0;
}

static bool is_ascii(struct view domain)
{
    for (size_t i = 0; i < domain.n; i++) {
        if ((unsigned char)domain.p[i] >= 0x80)
            return false;
    }
    return true;
}

static bool holds_strange_octet(struct view domain)
{
    for (size_t i = 0; i < domain.n; i++) {
        if ((unsigned char)domain.p[i] < 0x80 && folds[(unsigned char)domain.p[i]] == 0)
            return true;
    }
    return false;
}

/* What is not in its one spelling yet. */
static bool change(struct view domain, struct buf *out)
{
    if (domain.n > 1 && domain.p[domain.n - 1] == '.')
        domain.n--;
    if (domain.n == 0 || domain.n > DOMAIN_MAX || holds_strange_octet(domain))
        return false;
    if (is_ascii(domain) || !add_alabels(out, domain))
        add_lower(out, domain);
    return true;
}

bool domain_normalize(struct view domain, struct buf *out)
{
    struct buf before = *out;

    if (domain_is_normalized(domain))
        buf_add(out, domain);
    else if (!change(domain, out))
        return false;
    if (out->full) {
        *out = before;
        return false;
    }
    return true;
}

static bool has_exactly(const struct domain_set *set, struct view name)
{
    for (size_t i = view_hash(name, 0) & set->mask; set->slots[i].p != NULL; i = (i + 1) & set->mask) {
        if (view_eq(set->slots[i], name))
            return true;
    }
    return false;
}

struct domain_set *domain_set_new(struct arena *arena, const struct view *names, size_t count)
{
    struct domain_set *set = arena_alloc(arena, sizeof(*set));
    size_t slots = 8;

    while (slots < count * 2 + 1)
        slots *= 2;
    if (set == NULL || (set->slots = arena_alloc(arena, slots * sizeof(*set->slots))) == NULL)
        return NULL;
    set->mask = slots - 1;
    for (size_t n = 0; n < count; n++) {
        size_t i = view_hash(names[n], 0) & set->mask;

        if (has_exactly(set, names[n]))
            continue;
        while (set->slots[i].p != NULL)
            i = (i + 1) & set->mask;
        set->slots[i] = arena_copy(arena, names[n]);
        if (set->slots[i].p == NULL)
            return NULL;
    }
    return set;
}

bool domain_set_has(const struct domain_set *set, struct view domain)
{
    if (set == NULL)
        return false;
    if (has_exactly(set, domain))
        return true;
    /* At most 127 labels in DOMAIN_MAX octets: constant work however long the list. */
    for (size_t i = 1; i < domain.n; i++) {
        if (domain.p[i] == '.' && has_exactly(set, view_slice(domain, i, domain.n)))
            return true;
    }
    return false;
}

bool domain_set_next(const struct domain_set *set, size_t *at, struct view *name)
{
    while (set != NULL && *at <= set->mask) {
        *name = set->slots[(*at)++];
        if (name->p != NULL)
            return true;
    }
    return false;
}

/* The first name of a set that another holds, or does not hold: ".example.com" is held where all below it is. */
static bool has_name(const struct domain_set *names, const struct domain_set *in, bool held)
{
    struct view name;
    size_t at = 0;

    while (domain_set_next(names, &at, &name)) {
        if (domain_set_has(in, name) == held)
            return true;
    }
    return false;
}

bool domain_set_meets(const struct domain_set *a, const struct domain_set *b)
{
    return has_name(a, b, true) || has_name(b, a, true);
}

bool domain_set_covers(const struct domain_set *set, const struct domain_set *part)
{
    return set == part || !has_name(part, set, false);
}
