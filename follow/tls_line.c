#include "follow/tls_line.h"

static const struct {
    struct view word;
    enum peer_level level;
} levels[] = {
    { VIEW_INIT("Trusted "), PEER_TRUSTED },
    { VIEW_INIT("Untrusted "), PEER_UNTRUSTED },
    { VIEW_INIT("Verified "), PEER_VERIFIED },
    { VIEW_INIT("Anonymous "), PEER_ANONYMOUS },
};

static enum peer_level cut_level(struct view *text)
{
    for (size_t i = 0; i < sizeof(levels) / sizeof(levels[0]); i++) {
        if (view_skip(text, levels[i].word))
            return levels[i].level;
    }
    return PEER_NOT_LOGGED;
}

/* " key-exchange X25519 server-signature ..." */
static struct view cut_key_exchange(struct view rest)
{
    static const struct view ends[] = { VIEW_INIT(" server-"), VIEW_INIT(" client-") };

    if (!view_skip(&rest, VIEW(" key-exchange ")))
        return (struct view){ NULL, 0 };
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct view head;

        if (view_cut(&rest, ends[i], &head))
            return head;
    }
    return rest;
}

int tls_line_parse(struct view text, struct tls_line *out)
{
    struct tls_line found = { 0 };
    struct view server;

    found.level = cut_level(&text);
    if (!view_skip(&text, VIEW("TLS connection ")))
        return 0;
    found.reused = view_skip(&text, VIEW("reused to "));
    if (!found.reused && !view_skip(&text, VIEW("established to ")))
        return view_starts(text, VIEW("established from ")) ? 0 : -1;
    if (!view_cut(&text, VIEW(": "), &server) || !server_parse(server, &found.server) ||
        !view_cut(&text, VIEW(" with cipher "), &found.version) || !view_cut(&text, VIEW(" ("), &found.cipher))
        return -1;
    if (view_cut(&text, VIEW(")"), &server))
        found.key_exchange = cut_key_exchange(text);
    *out = found;
    return 1;
}
