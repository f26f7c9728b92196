#include "follow/event.h"

#include "follow/queue_id.h"

/* Readers of one kind of record: the text stands behind the words of the row; EVENT_STRANGE says it is broken. */
typedef enum event_kind reader(struct view text, struct event *out);

static enum event_kind read_delivery(struct view text, struct event *out)
{
    (void)text;
    return delivery_line_parse(out->text, &out->delivery) == 1 ? EVENT_DELIVERY : EVENT_STRANGE;
}

static enum event_kind read_tls(struct view text, struct event *out)
{
    (void)text;
    return tls_line_parse(out->text, &out->tls) == 1 ? EVENT_TLS : EVENT_STRANGE;
}

static enum event_kind read_offer(struct view text, struct event *out)
{
    return view_cut(&text, VIEW("]"), &out->host) ? EVENT_OFFER : EVENT_STRANGE;
}

/* "user@example.org>, size=402, nrcpt=1 (queue active)", "user@example.org>, status=expired, returned to sender" */
static enum event_kind read_sender(struct view text, struct event *out)
{
    struct view path = { text.p - 1, text.n + 1 };

    if (!view_cut_path(&path, &out->sender) && !view_cut(&text, VIEW(">, "), &out->sender))
        return EVENT_STRANGE;
    if (view_starts(path, VIEW(", status=expired")) || view_starts(path, VIEW(", status=force-expired")))
        return EVENT_EXPIRED;
    return EVENT_QUEUED;
}

/* "client.example.com[203.0.113.5], sasl_method=PLAIN, sasl_username=alice": a login may hold what it likes but is the last
 * or followed by a field that only Postfix writes. */
static enum event_kind read_client(struct view text, struct event *out)
{
    struct client_event *client = &out->client;
    struct view head;

    if (!view_cut(&text, VIEW(", "), &client->client)) {
        client->client = text;
        return EVENT_CLIENT;
    }
    if (view_skip(&text, VIEW("sasl_method=")) && !view_cut(&text, VIEW(", "), &client->mechanism))
        client->mechanism = text;
    if (view_skip(&text, VIEW("sasl_username="))) {
        head = text;
        if (!view_cut(&head, VIEW(", sasl_sender="), &client->login) &&
            !view_cut(&head, VIEW(", orig_queue_id="), &client->login) &&
            !view_cut(&head, VIEW(", orig_client="), &client->login))
            client->login = text;
    }
    if (client->mechanism.n == 0)
        queue_id_after(text, VIEW("orig_queue_id="), &client->orig_queue_id);
    return EVENT_CLIENT;
}

/* "uid=0 from=<root@example.org> orig_id=QUEUEID" */
static enum event_kind read_pickup(struct view text, struct event *out)
{
    struct view head;

    if (!view_cut(&text, VIEW("from="), &head) || !view_cut_path(&text, &head))
        return EVENT_STRANGE;
    if (view_skip(&text, VIEW(" orig_id=")) && queue_id_valid(text))
        out->other = text;
    return EVENT_PICKUP;
}

static enum event_kind read_other_id(struct view text, struct event *out)
{
    if (!queue_id_valid(text))
        return EVENT_STRANGE;
    out->other = text;
    return EVENT_NOTIFICATION;
}

/* local(8): "to=<...>, relay=local, ..., status=sent (forwarded as QUEUEID)" */
static enum event_kind read_local(struct view text, struct event *out)
{
    (void)text;
    if (delivery_line_parse(out->text, &out->delivery) != 1)
        return EVENT_NONE;
    text = out->delivery.text;
    if (!view_skip(&text, VIEW("forwarded as ")) || !queue_id_valid(text))
        return EVENT_NONE;
    out->other = text;
    return EVENT_FORWARDED;
}

/* lmtp(8) is smtp(8) under another name and shares its rows. */
struct row {
    enum program program;
    struct view words; /* how the text begins */
    enum event_kind kind;
    reader *read; /* NULL: the words alone tell */
};

/* With a queue ID in front; each program's most frequent rows first. */
static const struct row with_id[] = {
    { PROGRAM_SMTPD, VIEW_INIT("client="), EVENT_CLIENT, read_client },
    { PROGRAM_QMGR, VIEW_INIT("from=<"), EVENT_QUEUED, read_sender },
    { PROGRAM_QMGR, VIEW_INIT("removed"), EVENT_REMOVED, NULL },
    { PROGRAM_QMGR, VIEW_INIT("skipped, "), EVENT_NONE, NULL },
    { PROGRAM_QMGR, VIEW_INIT("to=<"), EVENT_NONE, NULL }, /* a recipient that no transport was asked for */
    { PROGRAM_SMTP, VIEW_INIT("to=<"), EVENT_DELIVERY, read_delivery },
    { PROGRAM_SMTP, VIEW_INIT("host "), EVENT_SERVER_SAID, NULL },
    { PROGRAM_SMTP, VIEW_INIT("lost connection with "), EVENT_SESSION_OVER, NULL },
    { PROGRAM_SMTP, VIEW_INIT("conversation with "), EVENT_SESSION_OVER, NULL },
    { PROGRAM_SMTP, VIEW_INIT("Cannot start TLS: "), EVENT_HANDSHAKE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("TLS is required"), EVENT_SESSION_OVER, NULL },
    { PROGRAM_SMTP, VIEW_INIT("Server certificate "), EVENT_SESSION_OVER, NULL },
    { PROGRAM_SMTP, VIEW_INIT("client TLS configuration problem"), EVENT_SESSION_OVER, NULL },
    { PROGRAM_SMTP, VIEW_INIT("Sender requested REQUIRETLS"), EVENT_SESSION_OVER, NULL },
    { PROGRAM_SMTP, VIEW_INIT("enabling PIX workarounds"), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("breaking line > "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("replace: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("prepend: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("ignore: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("info: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("warning: "), EVENT_NONE, NULL },
    { PROGRAM_PICKUP, VIEW_INIT("uid="), EVENT_PICKUP, read_pickup },
    { PROGRAM_BOUNCE, VIEW_INIT("sender non-delivery notification: "), EVENT_NOTIFICATION, read_other_id },
    { PROGRAM_BOUNCE, VIEW_INIT("sender delivery status notification: "), EVENT_NOTIFICATION, read_other_id },
    { PROGRAM_BOUNCE, VIEW_INIT("sender delay notification: "), EVENT_NOTIFICATION, read_other_id },
    { PROGRAM_BOUNCE, VIEW_INIT("postmaster non-delivery notification: "), EVENT_NOTIFICATION, read_other_id },
    { PROGRAM_BOUNCE, VIEW_INIT("postmaster delay notification: "), EVENT_NOTIFICATION, read_other_id },
    { PROGRAM_LOCAL, VIEW_INIT("to=<"), EVENT_FORWARDED, read_local },
    { PROGRAM_POSTSUPER, VIEW_INIT("removed"), EVENT_REMOVED, NULL },
};

static const struct row without_id[] = {
    { PROGRAM_SMTP, VIEW_INIT("Trusted TLS"), EVENT_TLS, read_tls },
    { PROGRAM_SMTP, VIEW_INIT("Untrusted TLS"), EVENT_TLS, read_tls },
    { PROGRAM_SMTP, VIEW_INIT("Verified TLS"), EVENT_TLS, read_tls },
    { PROGRAM_SMTP, VIEW_INIT("Anonymous TLS"), EVENT_TLS, read_tls },
    { PROGRAM_SMTP, VIEW_INIT("TLS connection "), EVENT_TLS, read_tls },
    { PROGRAM_SMTP, VIEW_INIT("connect to "), EVENT_SESSION_OVER, NULL },
    { PROGRAM_SMTP, VIEW_INIT("SSL_connect error to "), EVENT_SESSION_OVER, NULL },
    { PROGRAM_SMTP, VIEW_INIT("Host offered STARTTLS: ["), EVENT_OFFER, read_offer },
    { PROGRAM_SMTP, VIEW_INIT("warning: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("error: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("fatal: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("panic: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("certificate "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("server certificate "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("Server certificate "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("Peer certificate "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("Peer verification"), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("SSL_connect:"), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("SSL3 alert"), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("setting up TLS connection to "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("initializing the client-side TLS"), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("looking for session "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("save session "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("reloaded session "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("remove session "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("Verified: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("Unverified: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("Untrusted: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("TLSRPT: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("statistics: "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("using "), EVENT_NONE, NULL },
    { PROGRAM_SMTP, VIEW_INIT("verify error:"), EVENT_NONE, NULL },
    { PROGRAM_MASTER, VIEW_INIT("daemon started"), EVENT_START, NULL },
    { PROGRAM_MASTER, VIEW_INIT("reload"), EVENT_RELOAD, NULL },
};

/* smtp_tls_loglevel 2 and more: "mx.example.com[192.0.2.12]:25: depth=1 verify=1 subject=..." */
static bool is_peer_chatter(struct view text)
{
    struct view head;
    struct server server;

    return view_cut(&text, VIEW(": "), &head) && server_parse(head, &server) && server.address.n > 0;
}

/* Programs whose every line matters; the others say much that nothing here reads. */
static bool all_lines_matter(enum program program)
{
    return program == PROGRAM_SMTP || program == PROGRAM_LMTP;
}

static enum event_kind read_rows(const struct row *rows, size_t count, enum program program, struct event *out)
{
    enum program column = program == PROGRAM_LMTP ? PROGRAM_SMTP : program;

    for (size_t i = 0; i < count; i++) {
        struct view rest = out->text;

        if (rows[i].program == column && view_skip(&rest, rows[i].words))
            return rows[i].read == NULL ? rows[i].kind : rows[i].read(rest, out);
    }
    if (!all_lines_matter(program) || (out->queue_id.n == 0 && is_peer_chatter(out->text)))
        return EVENT_NONE;
    return EVENT_STRANGE;
}

/* "host mx.example.com[192.0.2.22] refused to talk to me: 554 ..." ends the session, "said: ..." does not. */
static bool refused_to_talk(struct view text)
{
    struct view head;

    return view_cut(&text, VIEW("] "), &head) && view_starts(text, VIEW("refused to talk to me:"));
}

/* "Suppressed 12 messages from postfix@-.service", "imjournal: 12 messages lost due to rate-limiting" */
static enum event_kind read_logger(struct view text)
{
    if (view_starts(text, VIEW("Suppressed ")))
        return view_find(text, VIEW("postfix")) >= 0 ? EVENT_GAP : EVENT_NONE;
    return view_find(text, VIEW("rate-limiting")) >= 0 || view_find(text, VIEW("messages lost")) >= 0 ? EVENT_GAP
                                                                                                      : EVENT_NONE;
}

void event_parse(enum program program, struct view text, struct event *out)
{
    *out = (struct event){ .text = text };
    if (program == PROGRAM_GATE) {
        out->kind = EVENT_RECORD;
        return;
    }
    if (program == PROGRAM_LOGGER) {
        out->kind = read_logger(text);
        return;
    }
    if (queue_id_cut(&out->text, &out->queue_id))
        out->kind = read_rows(with_id, sizeof(with_id) / sizeof(with_id[0]), program, out);
    else
        out->kind = read_rows(without_id, sizeof(without_id) / sizeof(without_id[0]), program, out);
    if (out->kind == EVENT_SERVER_SAID && refused_to_talk(out->text))
        out->kind = EVENT_SESSION_OVER;
}
