#include "audit/networks.h"

bool postfix_network(struct view word, struct network *out)
{
    char storage[80];
    struct buf text = BUF(storage);

    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] != '[' && word.p[i] != ']')
            buf_add_char(&text, word.p[i]);
    }
    return !text.full && network_parse(buf_view(&text), out) == NETWORK_FINE;
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
