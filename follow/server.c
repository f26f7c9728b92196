#include "follow/server.h"

/* ":25" */
static bool parse_port(struct view text, unsigned *port)
{
    unsigned number = 0;

    if (text.n < 2 || text.n > 6 || text.p[0] != ':')
        return false;
    for (size_t i = 1; i < text.n; i++) {
        if (text.p[i] < '0' || text.p[i] > '9')
            return false;
        number = number * 10 + (unsigned)(text.p[i] - '0');
    }
    *port = number;
    return number <= UINT16_MAX;
}

/* "192.0.2.12]:25" or "192.0.2.12]", as it stands behind the '['; *port stays without one.  False for anything else. */
static bool parse_place(struct view text, struct view *address, unsigned *port)
{
    ptrdiff_t close = view_find_char(text, ']');

    if (close < 0)
        return false;
    *address = (struct view){ text.p, (size_t)close };
    text = (struct view){ text.p + close + 1, text.n - (size_t)close - 1 };
    return text.n == 0 || parse_port(text, port);
}

/* Member by member: a copy of a struct that was just written waits for it. */
bool server_parse(struct view text, struct server *out)
{
    ptrdiff_t open = view_find_char(text, '[');
    struct view name = text, address = { NULL, 0 };
    unsigned port = 0;

    if (text.n == 0 || open == 0)
        return false;
    if (open > 0) {
        name.n = (size_t)open;
        if (!parse_place((struct view){ text.p + open + 1, text.n - name.n - 1 }, &address, &port))
            return false;
    }
    out->text.p = text.p;
    out->text.n = text.n;
    out->name.p = name.p;
    out->name.n = name.n;
    out->address.p = address.p;
    out->address.n = address.n;
    out->port = port;
    return true;
}
