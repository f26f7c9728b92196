#include "follow/server.h"

bool server_parse(struct view text, struct server *out)
{
    struct server found = { .text = text, .name = text };
    ptrdiff_t open = view_find_char(text, '['), close;
    uint64_t port = 0;

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
    if (view_skip(&text, VIEW(":")) ? !view_number(text, UINT16_MAX, &port) : text.n > 0)
        return false;
    found.port = (unsigned)port;
    *out = found;
    return true;
}
