#include "shared/view.h"

#include <string.h>

#include "shared/ascii.h"

struct view view_of(const char *text)
{
    return (struct view){ text, text == NULL ? 0 : strlen(text) };
}

bool view_eq_nocase(struct view a, struct view b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++) {
        if (ascii_lower(a.p[i]) != ascii_lower(b.p[i]))
            return false;
    }
    return true;
}

int view_cmp(struct view a, struct view b)
{
    size_t shorter = a.n < b.n ? a.n : b.n;
    int order = shorter == 0 ? 0 : memcmp(a.p, b.p, shorter);

    if (order != 0)
        return order;
    return (a.n > b.n) - (a.n < b.n);
}

bool view_ends(struct view view, struct view suffix)
{
    return view.n >= suffix.n && view_eq(view_slice(view, view.n - suffix.n, view.n), suffix);
}

/* ", ", ": ", ">, ": too short for memmem(3) to be worth its preparations. */
static ptrdiff_t find_short(struct view view, struct view needle)
{
    const char *from = view.p, *end = view.p + view.n, *at;

    while (needle.n <= (size_t)(end - from) &&
           (at = memchr(from, needle.p[0], (size_t)(end - from) - needle.n + 1)) != NULL) {
        if (memcmp(at + 1, needle.p + 1, needle.n - 1) == 0)
            return at - view.p;
        from = at + 1;
    }
    return -1;
}

ptrdiff_t view_find(struct view view, struct view needle)
{
    enum { SHORT = 3 };
    const char *at;

    if (needle.n == 0)
        return 0;
    if (view.n == 0)
        return -1;
    if (needle.n <= SHORT)
        return find_short(view, needle);
    at = memmem(view.p, view.n, needle.p, needle.n);
    return at == NULL ? -1 : at - view.p;
}

ptrdiff_t view_find_last_char(struct view view, char c)
{
    const char *at = view.n == 0 ? NULL : memrchr(view.p, c, view.n);

    return at == NULL ? -1 : at - view.p;
}

bool view_cut(struct view *in, struct view mark, struct view *out)
{
    ptrdiff_t at = view_find(*in, mark);

    if (at < 0)
        return false;
    *out = view_slice(*in, 0, (size_t)at);
    *in = view_slice(*in, (size_t)at + mark.n, in->n);
    return true;
}

bool view_cut_path(struct view *in, struct view *out)
{
    bool quoted = false;
    const char *end;

    if (in->n == 0 || in->p[0] != '<')
        return false;
    /* Without quotes before the first '>', as nearly all are, that is the end. */
    end = memchr(in->p, '>', in->n);
    if (end != NULL && memchr(in->p, '"', (size_t)(end - in->p)) == NULL) {
        *out = (struct view){ in->p + 1, (size_t)(end - in->p) - 1 };
        *in = (struct view){ end + 1, in->n - (size_t)(end - in->p) - 1 };
        return true;
    }
    for (size_t i = 1; i < in->n; i++) {
        char c = in->p[i];

        if (c == '\\' && quoted) {
            i++;
        } else if (c == '"') {
            quoted = !quoted;
        } else if (c == '>' && !quoted) {
            *out = view_slice(*in, 1, i);
            *in = view_slice(*in, i + 1, in->n);
            return true;
        }
    }
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

struct view view_trim(struct view view)
{
    while (view.n > 0 && is_blank(view.p[0]))
        view = view_slice(view, 1, view.n);
    while (view.n > 0 && is_blank(view.p[view.n - 1]))
        view.n--;
    return view;
}

bool view_number(struct view view, uint64_t limit, uint64_t *out)
{
    uint64_t number = 0;

    if (view.n == 0)
        return false;
    for (size_t i = 0; i < view.n; i++) {
        unsigned digit = (unsigned)(view.p[i] - '0');

        if (view.p[i] < '0' || view.p[i] > '9' || digit > limit || number > (limit - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *out = number;
    return true;
}

uint64_t view_hash(struct view view, uint64_t seed)
{
    uint64_t hash = 0xcbf29ce484222325U ^ seed;

    for (size_t i = 0; i < view.n; i++)
        hash = (hash ^ (unsigned char)view.p[i]) * 0x100000001b3U;
    return hash ^ (hash >> 32);
}
