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

bool server_parse(struct view text, struct server *out)
{
    struct server found = { .text = text, .name = text };
    ptrdiff_t open = view_find_char(text, '['), close;

    if (text.n == 0 || open == 0)
        return false;
    if (open < 0) {
        *out = found;
        return true;
    }
    found.name = view_slice(text, 0, (size_t)open);
    text = view_slice(text, (size_t)open + 1, text.n);
    close = view_find_char(text, ']');
    if (close < 0)
        return false;
    found.address = view_slice(text, 0, (size_t)close);
    text = view_slice(text, (size_t)close + 1, text.n);
    if (text.n > 0 && !parse_port(text, &found.port))
        return false;
    *out = found;
    return true;
}
