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
        if (reply.n > 0 && reply.p[0] == texts[i].words.p[0] && view_starts(reply, texts[i].words))
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
        VIEW_INIT("MAIL FROM command)"),
        VIEW_INIT("RCPT TO command)"),
        VIEW_INIT("DATA command)"), /* "end of DATA command)", too */
        VIEW_INIT("BDAT command)"),
    };

    if (view_starts(reply, VIEW("lost connection with ")) || view_starts(reply, VIEW("conversation with ")))
        return view_find(reply, VIEW(" while sending ")) >= 0;
    if (!view_ends(reply, VIEW(" command)")))
        return false;
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (view_ends(reply, commands[i]))
            return true;
    }
    return false;
}

/* Postfix itself says 5.7.30 for REQUIRETLS, and 504 5.7.40 is an unknown AUTH mechanism, not DMARC. */
static bool is_of_gmail(struct view said, struct view code)
{
    return !view_starts(said, VIEW("504")) && code.n > 3 &&
           (view_find(said, VIEW(" - gsmtp")) >= 0 || view_find(said, VIEW(" - gcdp")) >= 0);
}

bool refusal_parse(const struct server *relay, struct view reply, struct refusal *out)
{
    enum receiver receiver = cut_said(&reply) ? receiver_of_relay(relay->name) : RECEIVER_OTHER;
    struct refusal read;

    if (receiver == RECEIVER_OTHER || !refusal_read(receiver, reply, &read) ||
        (receiver == RECEIVER_GMAIL && !is_of_gmail(reply, read.code)))
        return false;
    *out = read;
    return true;
}
