#include "follow/refusal.h"

static const struct {
    struct view words;
    enum tls_failure failure;
} texts[] = {
    { VIEW_INIT("Cannot start TLS: "), TLS_FAILURE_HANDSHAKE },
    { VIEW_INIT("TLS is required, but was not offered"), TLS_FAILURE_NOT_OFFERED },
    { VIEW_INIT("TLS is required, but host "), TLS_FAILURE_REFUSED },
    { VIEW_INIT("TLS is required, but "), TLS_FAILURE_LOCAL }, /* "our TLS engine is unavailable", "unavailable" */
    { VIEW_INIT("Server certificate not "), TLS_FAILURE_CERTIFICATE },
    { VIEW_INIT("Sender requested REQUIRETLS"), TLS_FAILURE_REQUIRETLS },
    { VIEW_INIT("client TLS configuration problem"), TLS_FAILURE_LOCAL },
    { VIEW_INIT("TLS policy lookup error"), TLS_FAILURE_LOCAL },
};

/* What the server said, behind "host NAME[ADDRESS] said: "; false when the text is Postfix's own. */
static bool cut_said(struct view *reply)
{
    struct view head;

    return view_skip(reply, VIEW("host ")) && view_cut(reply, VIEW("] "), &head) && view_skip(reply, VIEW("said: "));
}

enum tls_failure tls_failure_parse(struct view reply)
{
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (view_starts(reply, texts[i].words))
            return texts[i].failure;
    }
    /* RFC 3207 section 4: "530 Must issue a STARTTLS command first". */
    if (cut_said(&reply) && view_starts(reply, VIEW("530")) && view_find(reply, VIEW("STARTTLS")) >= 0)
        return TLS_FAILURE_DEMANDED;
    return TLS_FAILURE_NONE;
}

bool transfer_began(struct view reply)
{
    static const struct view commands[] = {
        VIEW_INIT("MAIL FROM command)"), VIEW_INIT("RCPT TO command)"),     VIEW_INIT("DATA command)"),
        VIEW_INIT("BDAT command)"),      VIEW_INIT("end of DATA command)"),
    };

    if (view_starts(reply, VIEW("lost connection with ")) || view_starts(reply, VIEW("conversation with ")))
        return view_find(reply, VIEW(" while sending ")) >= 0;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (view_ends(reply, commands[i]))
            return true;
    }
    return false;
}

static bool is_google(struct view name)
{
    return view_ends(name, VIEW(".google.com")) || view_ends(name, VIEW(".googlemail.com"));
}

static size_t digits_at(struct view text, size_t at, size_t most)
{
    size_t n = 0;

    while (n < most && at + n < text.n && text.p[at + n] >= '0' && text.p[at + n] <= '9')
        n++;
    return n;
}

/* "4.7.29" in front of text, RFC 3463; the empty view without one. */
static struct view enhanced_code(struct view text)
{
    size_t at = 1, part;

    if (text.n < 5 || (text.p[0] != '4' && text.p[0] != '5'))
        return (struct view){ NULL, 0 };
    for (int i = 0; i < 2; i++) {
        if (at >= text.n || text.p[at] != '.' || (part = digits_at(text, at + 1, 3)) == 0)
            return (struct view){ NULL, 0 };
        at += 1 + part;
    }
    return view_slice(text, 0, at);
}

struct view gmail_refusal_parse(const struct server *relay, struct view reply)
{
    struct view none = { NULL, 0 };

    if (!is_google(relay->name) || !cut_said(&reply) || digits_at(reply, 0, 3) != 3 || reply.n < 9 ||
        (reply.p[3] != '-' && reply.p[3] != ' ') ||
        (view_find(reply, VIEW(" - gsmtp")) < 0 && view_find(reply, VIEW(" - gcdp")) < 0))
        return none;
    /* 504 5.7.40 is an unknown AUTH mechanism; 550 5.7.40 is DMARC. */
    return view_starts(reply, VIEW("504")) ? none : enhanced_code(view_slice(reply, 4, reply.n));
}
