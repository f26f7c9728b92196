#include "follow/queue_id.h"

enum { SHORT_MIN = 6, LONG_MIN = 12 };
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

static size_t count_of(struct view text, size_t most, unsigned class)
{
    size_t n = 0;

    while (n < most && (classes_of[(unsigned char)text.p[n]] & class) != 0)
        n++;
    return n;
}

/* How many octets in front of text may be a queue ID, and in which alphabets. */
static size_t measure(struct view text, unsigned *classes)
{
    size_t most = text.n < QUEUE_ID_MAX + 1 ? text.n : QUEUE_ID_MAX + 1;
    size_t hex = count_of(text, most, HEX), wide;

    *classes = HEX;
    if (hex < most && text.p[hex] == ':') /* a short one, as most are */
        return hex;
    wide = count_of(text, most, LONG);
    if (wide >= hex)
        *classes = wide == hex ? BOTH : LONG;
    return wide >= hex ? wide : hex;
}

static bool is_id(struct view text, unsigned classes)
{
    if (text.n > QUEUE_ID_MAX)
        return false;
    if ((classes & HEX) != 0)
        return text.n >= SHORT_MIN;
    return text.n >= LONG_MIN && view_find_char(view_slice(text, 10, text.n), 'z') >= 0;
}

bool queue_id_valid(struct view text)
{
    unsigned classes;

    return measure(text, &classes) == text.n && is_id(text, classes);
}

bool queue_id_cut(struct view *text, struct view *queue_id)
{
    unsigned classes;
    size_t n = measure(*text, &classes);
    struct view found = { text->p, n };

    if (n + 2 > text->n || text->p[n] != ':' || text->p[n + 1] != ' ' || !is_id(found, classes))
        return false;
    *queue_id = found;
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
