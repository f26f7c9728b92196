#include "audit/target.h"

#include "shared/domain.h"
#include "shared/network.h"

/* "name", "name:port", "[address]:port"; an IPv6 address stands in brackets. */
static bool split(struct view text, struct view *host, struct view *port)
{
    ptrdiff_t colon = view_find_last_char(text, ':');

    *port = (struct view){ NULL, 0 };
    if (view_starts(text, VIEW("["))) {
        ptrdiff_t end = view_find_char(text, ']');

        if (end == -1 || (colon > end && colon != end + 1) || (colon < end && (size_t)end + 1 != text.n))
            return false;
        *host = view_slice(text, 1, (size_t)end);
        if (colon > end)
            *port = view_slice(text, (size_t)colon + 1, text.n);
        return true;
    }
    *host = colon == -1 ? text : view_slice(text, 0, (size_t)colon);
    if (colon != -1)
        *port = view_slice(text, (size_t)colon + 1, text.n);
    return view_find_char(*host, ':') == -1;
}

bool target_parse(struct view text, struct target *out)
{
    struct target got = { .port = 0 };
    struct buf name = buf_over(got.host, sizeof(got.host));
    struct address address;
    struct view host, port;
    uint64_t number = 0;

    if (!split(text, &host, &port) || host.n == 0)
        return false;
    if (port.p != NULL && (!view_number(port, 65535, &number) || number == 0))
        return false;
    got.port = (unsigned)number;
    got.is_address = address_parse(host, &address);
    if (got.is_address)
        address_add(&name, &address);
    else if (!domain_normalize(host, &name))
        return false;
    (void)buf_text(&name);
    /* An address has no mail servers of its own. */
    if (name.full || (got.is_address && got.port == 0))
        return false;
    *out = got;
    return true;
}
