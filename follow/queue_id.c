#include "follow/queue_id.h"

#include "shared/octets.h"

enum { SHORT_MIN = 6, LONG_MIN = 12, FIRST = 8 /* octets that are looked at together */, USUAL_MAX = 2 * FIRST };
enum { HEX = 1, LONG = 2, BOTH = HEX | LONG };

/* Which alphabets an octet of ASCII belongs to: digits and B, C, D, F to both. */
#define H HEX
#define L LONG
#define B BOTH
// clang-format off
static const unsigned char classes_of[256] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    B, B, B, B, B, B, B, B, B, B, 0, 0, 0, 0, 0, 0,
    0, H, B, B, B, H, B, L, L, 0, L, L, L, L, L, 0,
    L, L, L, L, L, 0, L, L, L, L, L, 0, 0, 0, 0, 0,
    0, 0, L, L, L, 0, L, L, L, 0, L, L, L, L, L, 0,
    L, L, L, L, L, 0, L, L, L, L, L, 0, 0, 0, 0, 0,
};
// clang-format on
#undef H
#undef L
#undef B

/* The alphabets that all of the first octets belong to: without a branch, for hardly an ID is shorter. */
static inline unsigned first_classes(const char *p)
{
    unsigned classes = BOTH;

    for (size_t i = 0; i < FIRST; i++)
        classes &= classes_of[(unsigned char)p[i]];
    return classes;
}

/* How many octets in front of text may be a queue ID, and in which alphabets. */
static inline size_t measure(struct view text, unsigned *classes)
{
    size_t most = text.n < QUEUE_ID_MAX + 1 ? text.n : QUEUE_ID_MAX + 1, n = 0;
    unsigned found = most < FIRST ? 0 : first_classes(text.p), next;

    if (found != 0)
        n = FIRST;
    else
        found = BOTH;
    for (; n < most && (next = found & classes_of[(unsigned char)text.p[n]]) != 0; n++)
        found = next;
    *classes = found;
    return n;
}

/* The seconds take six octets until 2090.  Not inlined: most IDs are short, and need no registers saved for a call. */
static __attribute__((noinline)) bool is_long_id(const char *p, size_t n)
{
    return n >= LONG_MIN && (p[10] == 'z' || memchr(p + 11, 'z', n - 11) != NULL);
}

static inline bool is_id(struct view text, unsigned classes)
{
    if (text.n > QUEUE_ID_MAX)
        return false;
    return (classes & HEX) != 0 ? text.n >= SHORT_MIN : is_long_id(text.p, text.n);
}

bool queue_id_valid(struct view text)
{
    unsigned classes;

    return measure(text, &classes) == text.n && is_id(text, classes);
}

/* A queue ID of any length. */
static __attribute__((noinline)) size_t cut_any(struct view text)
{
    unsigned classes;
    size_t n = measure(text, &classes);
    bool is_cut = n + 2 <= text.n && text.p[n] == ':' && text.p[n + 1] == ' ';

    return is_cut && is_id(view_slice(text, 0, n), classes) ? n : 0;
}

/*
 * Nearly every ID has FIRST to USUAL_MAX octets: the colon behind it is looked for, and what stands before it is looked
 * at as its begin and its end, which may overlap.  IDs are of all lengths, and nothing branches for that.
 */
static inline size_t cut_usual(struct view text)
{
    const char *p = text.p;
    unsigned classes = first_classes(p);
    size_t n;

    if (classes == 0)
        return p[SHORT_MIN] == ':' || p[SHORT_MIN + 1] == ':' ? cut_any(text) : 0;
    n = FIRST + octets_find(p + FIRST, ':');
    classes &= first_classes(p + n - FIRST);
    if (classes == 0 || p[n] != ':' || p[n + 1] != ' ')
        return cut_any(text);
    /* Hosts with long IDs and such with short ones take turns: both are asked for at once. */
    if (((classes & HEX) != 0) | ((n >= LONG_MIN) & (p[10] == 'z')))
        return n;
    return is_long_id(p, n) ? n : 0;
}

bool queue_id_cut(struct view *text, struct view *queue_id)
{
    size_t n = text->n >= USUAL_MAX + 2 ? cut_usual(*text) : cut_any(*text);

    if (n == 0)
        return false;
    *queue_id = (struct view){ text->p, n };
    *text = (struct view){ text->p + n + 2, text->n - n - 2 };
    return true;
}

bool queue_id_after(struct view text, struct view mark, struct view *queue_id)
{
    ptrdiff_t at = view_find(text, mark);
    unsigned classes;
    struct view found;

    if (at < 0)
        return false;
    text = view_slice(text, (size_t)at + mark.n, text.n);
    found = view_slice(text, 0, measure(text, &classes));
    if (!is_id(found, classes))
        return false;
    *queue_id = found;
    return true;
}
