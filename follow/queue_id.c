#include "follow/queue_id.h"

enum { SHORT_MIN = 6, LONG_MIN = 12 };
enum { HEX = 1, LONG = 2 };

/* Which alphabets an octet belongs to. */
static unsigned class_of(char c)
{
    if (c >= '0' && c <= '9')
        return HEX | LONG;
    if (c >= 'A' && c <= 'Z') {
        unsigned hex = c <= 'F' ? HEX : 0;

        return c == 'A' || c == 'E' || c == 'I' || c == 'O' || c == 'U' ? hex : hex | LONG;
    }
    if (c >= 'a' && c <= 'z')
        return c == 'a' || c == 'e' || c == 'i' || c == 'o' || c == 'u' ? 0 : LONG;
    return 0;
}

/* How many octets in front of text may be a queue ID, and in which alphabets. */
static size_t measure(struct view text, unsigned *classes)
{
    size_t n = 0;

    *classes = HEX | LONG;
    for (; n < text.n && n <= QUEUE_ID_MAX; n++) {
        unsigned class = class_of(text.p[n]);

        if ((*classes & class) == 0)
            break;
        *classes &= class;
    }
    return n;
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
