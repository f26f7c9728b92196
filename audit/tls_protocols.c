#include "audit/tls_protocols.h"

static const struct view names[] = {
    VIEW_INIT("SSLv2"),   VIEW_INIT("SSLv3"),   VIEW_INIT("TLSv1"),
    VIEW_INIT("TLSv1.1"), VIEW_INIT("TLSv1.2"), VIEW_INIT("TLSv1.3"),
};
enum { NAMES = sizeof(names) / sizeof(names[0]) };

static int find(struct view name)
{
    for (int i = 0; i < NAMES; i++) {
        if (view_eq_nocase(names[i], name))
            return i;
    }
    return -1;
}

static bool is_separator(char c)
{
    return c == ' ' || c == '\t' || c == ',' || c == ':';
}

static bool next_word(struct view *list, struct view *word)
{
    size_t start = 0, end;

    while (start < list->n && is_separator(list->p[start]))
        start++;
    for (end = start; end < list->n && !is_separator(list->p[end]);)
        end++;
    *word = view_slice(*list, start, end);
    *list = view_slice(*list, end, list->n);
    return end > start;
}

struct sums {
    unsigned included, excluded; /* bits */
    unsigned floor, ceiling;     /* bits that the bounds leave */
};

static bool add_word(struct view word, struct sums *sums, bool *bounds)
{
    bool lowest = view_skip(&word, VIEW(">=")), highest = !lowest && view_skip(&word, VIEW("<="));
    bool excluded = !lowest && !highest && view_skip(&word, VIEW("!"));
    int at = find(view_trim(word));

    /* ">=" alone or ">=0" lifts the bound; hexadecimal versions are beyond what configurations use. */
    if ((lowest || highest) && (word.n == 0 || view_eq(word, VIEW("0")))) {
        *bounds = true;
        return true;
    }
    if (at == -1)
        return false;
    if (lowest)
        sums->floor = PROTOCOLS_ALL & ~((1u << at) - 1);
    else if (highest)
        sums->ceiling = (2u << at) - 1;
    else if (excluded)
        sums->excluded |= 1u << at;
    else
        sums->included |= 1u << at;
    *bounds = *bounds || lowest || highest;
    return true;
}

struct tls_protocols tls_protocols_parse(struct view list)
{
    struct sums sums = { .floor = PROTOCOLS_ALL, .ceiling = PROTOCOLS_ALL };
    struct tls_protocols got = { 0 };
    struct view word;

    while (next_word(&list, &word)) {
        if (!add_word(word, &sums, &got.bounds) && got.fault.n == 0)
            got.fault = word;
    }
    got.admitted = (sums.included != 0 ? sums.included : PROTOCOLS_ALL) & ~sums.excluded & sums.floor & sums.ceiling;
    return got;
}

void tls_protocols_add(struct buf *out, unsigned bits)
{
    bool first = true;

    for (unsigned i = 0; i < NAMES; i++) {
        if ((bits & 1u << i) == 0)
            continue;
        if (!first)
            buf_add(out, VIEW(", "));
        buf_add(out, names[i]);
        first = false;
    }
}
