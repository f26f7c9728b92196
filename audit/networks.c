#include "audit/networks.h"

/* "::ffff:127.0.0.0/104", as Debian's main.cf has it, is 127.0.0.0/8. */
static bool mapped_network(struct view text, struct network *out)
{
    char storage[40];
    struct buf dotted = BUF(storage);
    struct view address;
    uint64_t prefix;

    if (!view_skip(&text, VIEW("::ffff:")) || !view_cut(&text, VIEW("/"), &address) ||
        view_find_char(address, '.') == -1 || !view_number(text, 128, &prefix) || prefix < 96)
        return false;
    buf_add(&dotted, address);
    buf_add_char(&dotted, '/');
    buf_add_number(&dotted, prefix - 96);
    return !dotted.full && network_parse(buf_view(&dotted), out) == NETWORK_FINE;
}

bool postfix_network(struct view word, struct network *out)
{
    char storage[80];
    struct buf text = BUF(storage);

    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] != '[' && word.p[i] != ']')
            buf_add_char(&text, word.p[i]);
    }
    if (text.full)
        return false;
    return mapped_network(buf_view(&text), out) || network_parse(buf_view(&text), out) == NETWORK_FINE;
}

bool network_covers(const struct network *outer, const struct network *inner)
{
    if (outer->prefix > inner->prefix)
        return false;
    for (unsigned bit = 0; bit < outer->prefix; bit++) {
        uint8_t mask = (uint8_t)(0x80u >> bit % 8);

        if ((outer->base.octets[bit / 8] & mask) != (inner->base.octets[bit / 8] & mask))
            return false;
    }
    return true;
}
