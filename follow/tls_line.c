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
        if (text->n > 0 && text->p[0] == levels[i].word.p[0] && view_skip(text, levels[i].word))
            return levels[i].level;
    }
    return PEER_NOT_LOGGED;
}

/* The word before the next blank; false without one. */
static bool cut_word(struct view *text, struct view *word)
{
    return text->n > 0 && text->p[0] != ' ' && view_cut_char(text, ' ', word);
}

/* " key-exchange X25519 server-signature ...", " key-exchange ECDHE (prime256v1) server-..." */
static struct view cut_key_exchange(struct view rest)
{
    struct view found, curve;

    if (!view_skip(&rest, VIEW(" key-exchange ")))
        return (struct view){ NULL, 0 };
    found = rest;
    if (!cut_word(&rest, &curve))
        return found;
    found.n = curve.n;
    if (view_starts(rest, VIEW("(")) && view_cut_char(&rest, ')', &curve))
        found.n += curve.n + 2;
    return found;
}

/* "mx.example.com[192.0.2.12]:25: "; before 2.5 "mx.example.com: ". */
static bool cut_server(struct view *text, struct server *out)
{
    struct view word;

    return cut_word(text, &word) && view_ends(word, VIEW(":")) && server_parse(view_slice(word, 0, word.n - 1), out);
}

int tls_line_parse(struct view text, struct tls_line *out)
{
    struct view bits;

    out->level = cut_level(&text);
    if (!view_skip(&text, VIEW("TLS connection ")))
        return 0;
    out->reused = view_skip(&text, VIEW("reused to "));
    if (!out->reused && !view_skip(&text, VIEW("established to ")))
        return view_starts(text, VIEW("established from ")) ? 0 : -1;
    if (!cut_server(&text, &out->server) || !cut_word(&text, &out->version) ||
        !view_skip(&text, VIEW("with cipher ")) || !cut_word(&text, &out->cipher))
        return -1;
    out->key_exchange = view_cut_char(&text, ')', &bits) ? cut_key_exchange(text) : view_slice(text, 0, 0);
    return 1;
}
