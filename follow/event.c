#include "follow/event.h"

#include "follow/queue_id.h"
#include "shared/hash.h"

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

/* ", size=402, nrcpt=1 (queue active)" */
static unsigned recipients_of(struct view text)
{
    struct view head, number;
    uint64_t recipients = 0;

    if (view_skip(&text, VIEW(", size=")) && view_cut_char(&text, ',', &head) && view_skip(&text, VIEW(" nrcpt=")) &&
        view_cut_char(&text, ' ', &number))
        (void)view_number(number, UINT32_MAX, &recipients);
    return (unsigned)recipients;
}

/* "user@example.org>, size=402, nrcpt=1 (queue active)", "user@example.org>, status=expired, returned to sender" */
static enum event_kind read_sender(struct view text, struct event *out)
{
    struct view path = { text.p - 1, text.n + 1 };

    if (!view_cut_path(&path, &out->sender) && !view_cut(&text, VIEW(">, "), &out->sender))
        return EVENT_STRANGE;
    out->recipients = recipients_of(path);
    if (out->recipients == 0 &&
        (view_starts(path, VIEW(", status=expired")) || view_starts(path, VIEW(", status=force-expired"))))
        return EVENT_EXPIRED;
    return EVENT_QUEUED;
}

/* What stands before ", "; all of it without one. */
static struct view cut_item(struct view *text)
{
    struct view item = *text;
    const char *from = item.p, *end = item.p + item.n, *comma;

    while (from < end && (comma = memchr(from, ',', (size_t)(end - from))) != NULL) {
        from = comma + 1;
        if (from < end && *from == ' ') {
            *text = (struct view){ from + 1, (size_t)(end - from) - 1 };
            return (struct view){ item.p, (size_t)(comma - item.p) };
        }
    }
    *text = (struct view){ end, 0 };
    return item;
}

/* A login may hold what it likes, but only Postfix writes the fields behind it: the first of them ends it. */
static struct view cut_login(struct view text)
{
    static const struct view next[] = { VIEW_INIT(", sasl_sender="), VIEW_INIT(", orig_queue_id="),
                                        VIEW_INIT(", orig_client=") };
    struct view login;

    for (size_t i = 0; i < sizeof(next) / sizeof(next[0]) && view_find_char(text, ',') >= 0; i++) {
        if (view_cut(&text, next[i], &login))
            return login;
    }
    return text;
}

/* "client.example.com[203.0.113.5], sasl_method=PLAIN, sasl_username=alice", ", orig_queue_id=..., orig_client=..." */
static enum event_kind read_client(struct view text, struct event *out)
{
    struct client_event *client = &out->client;

    *client = (struct client_event){ .client = cut_item(&text) };
    if (view_skip(&text, VIEW("sasl_method=")))
        client->mechanism = cut_item(&text);
    if (view_skip(&text, VIEW("sasl_username=")))
        client->login = cut_login(text);
    if (client->mechanism.n == 0 && text.n > 0)
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

/* "host mx.example.com[192.0.2.22] refused to talk to me: 554 ..." ends the session, "said: ..." does not. */
static enum event_kind read_server_said(struct view text, struct event *out)
{
    struct view head;

    (void)out;
    return view_cut(&text, VIEW("] "), &head) && view_starts(text, VIEW("refused to talk to me:")) ? EVENT_SESSION_OVER
                                                                                                   : EVENT_SERVER_SAID;
}

/* How a text begins, and what it is then. */
struct row {
    struct view words;
    enum event_kind kind;
    reader *read; /* NULL: the words alone tell */
};

/* One table for each program, its most frequent rows first: lines with a queue ID in front, and lines without. */
static const struct row smtpd_messages[] = {
    { VIEW_INIT("client="), EVENT_CLIENT, read_client },
};

static const struct row qmgr_messages[] = {
    { VIEW_INIT("from=<"), EVENT_QUEUED, read_sender },
    { VIEW_INIT("removed"), EVENT_REMOVED, NULL },
    { VIEW_INIT("skipped, "), EVENT_NONE, NULL },
    { VIEW_INIT("to=<"), EVENT_NONE, NULL }, /* a recipient that no transport was asked for */
};

static const struct row smtp_messages[] = {
    { VIEW_INIT("to=<"), EVENT_DELIVERY, read_delivery },
    { VIEW_INIT("host "), EVENT_SERVER_SAID, read_server_said },
    { VIEW_INIT("lost connection with "), EVENT_SESSION_OVER, NULL },
    { VIEW_INIT("conversation with "), EVENT_SESSION_OVER, NULL },
    { VIEW_INIT("Cannot start TLS: "), EVENT_HANDSHAKE, NULL },
    { VIEW_INIT("TLS is required"), EVENT_SESSION_OVER, NULL },
    { VIEW_INIT("Server certificate "), EVENT_SESSION_OVER, NULL },
    { VIEW_INIT("client TLS configuration problem"), EVENT_SESSION_OVER, NULL },
    { VIEW_INIT("Sender requested REQUIRETLS"), EVENT_SESSION_OVER, NULL },
    { VIEW_INIT("enabling PIX workarounds"), EVENT_NONE, NULL },
    { VIEW_INIT("breaking line > "), EVENT_NONE, NULL },
    { VIEW_INIT("replace: "), EVENT_NONE, NULL },
    { VIEW_INIT("prepend: "), EVENT_NONE, NULL },
    { VIEW_INIT("ignore: "), EVENT_NONE, NULL },
    { VIEW_INIT("info: "), EVENT_NONE, NULL },
    { VIEW_INIT("warning: "), EVENT_NONE, NULL },
};

static const struct row pickup_messages[] = {
    { VIEW_INIT("uid="), EVENT_PICKUP, read_pickup },
};

static const struct row bounce_messages[] = {
    { VIEW_INIT("sender non-delivery notification: "), EVENT_NOTIFICATION, read_other_id },
    { VIEW_INIT("sender delivery status notification: "), EVENT_NOTIFICATION, read_other_id },
    { VIEW_INIT("sender delay notification: "), EVENT_NOTIFICATION, read_other_id },
    { VIEW_INIT("postmaster non-delivery notification: "), EVENT_NOTIFICATION, read_other_id },
    { VIEW_INIT("postmaster delay notification: "), EVENT_NOTIFICATION, read_other_id },
};

static const struct row local_messages[] = {
    { VIEW_INIT("to=<"), EVENT_FORWARDED, read_local },
};

static const struct row postsuper_messages[] = {
    { VIEW_INIT("removed"), EVENT_REMOVED, NULL },
};

static const struct row smtp_sessions[] = {
    { VIEW_INIT("Trusted TLS"), EVENT_TLS, read_tls },
    { VIEW_INIT("Untrusted TLS"), EVENT_TLS, read_tls },
    { VIEW_INIT("Verified TLS"), EVENT_TLS, read_tls },
    { VIEW_INIT("Anonymous TLS"), EVENT_TLS, read_tls },
    { VIEW_INIT("TLS connection "), EVENT_TLS, read_tls },
    { VIEW_INIT("connect to "), EVENT_SESSION_OVER, NULL },
    { VIEW_INIT("SSL_connect error to "), EVENT_SESSION_OVER, NULL },
    { VIEW_INIT("Host offered STARTTLS: ["), EVENT_OFFER, read_offer },
    { VIEW_INIT("warning: "), EVENT_NONE, NULL },
    { VIEW_INIT("error: "), EVENT_NONE, NULL },
    { VIEW_INIT("fatal: "), EVENT_NONE, NULL },
    { VIEW_INIT("panic: "), EVENT_NONE, NULL },
    { VIEW_INIT("certificate "), EVENT_NONE, NULL },
    { VIEW_INIT("server certificate "), EVENT_NONE, NULL },
    { VIEW_INIT("Server certificate "), EVENT_NONE, NULL },
    { VIEW_INIT("Peer certificate "), EVENT_NONE, NULL },
    { VIEW_INIT("Peer verification"), EVENT_NONE, NULL },
    { VIEW_INIT("SSL_connect:"), EVENT_NONE, NULL },
    { VIEW_INIT("SSL3 alert"), EVENT_NONE, NULL },
    { VIEW_INIT("setting up TLS connection to "), EVENT_NONE, NULL },
    { VIEW_INIT("initializing the client-side TLS"), EVENT_NONE, NULL },
    { VIEW_INIT("looking for session "), EVENT_NONE, NULL },
    { VIEW_INIT("save session "), EVENT_NONE, NULL },
    { VIEW_INIT("reloaded session "), EVENT_NONE, NULL },
    { VIEW_INIT("remove session "), EVENT_NONE, NULL },
    { VIEW_INIT("Verified: "), EVENT_NONE, NULL },
    { VIEW_INIT("Unverified: "), EVENT_NONE, NULL },
    { VIEW_INIT("Untrusted: "), EVENT_NONE, NULL },
    { VIEW_INIT("TLSRPT: "), EVENT_NONE, NULL },
    { VIEW_INIT("statistics: "), EVENT_NONE, NULL },
    { VIEW_INIT("using "), EVENT_NONE, NULL },
    { VIEW_INIT("verify error:"), EVENT_NONE, NULL },
};

static const struct row master_lines[] = {
    { VIEW_INIT("daemon started"), EVENT_START, NULL },
    { VIEW_INIT("reload"), EVENT_RELOAD, NULL },
};

#define ROWS_OF(table) table, sizeof(table) / sizeof((table)[0])

static const struct grammar {
    const struct row *messages;
    size_t message_count;
    const struct row *others;
    size_t other_count;
    bool all_lines_matter; /* a line of no known kind is strange; the others say much that nothing here reads */
} grammars[PROGRAM_COUNT] = {
    /* lmtp(8) is smtp(8) under another name. */
    [PROGRAM_SMTP] = { ROWS_OF(smtp_messages), ROWS_OF(smtp_sessions), true },
    [PROGRAM_LMTP] = { ROWS_OF(smtp_messages), ROWS_OF(smtp_sessions), true },
    [PROGRAM_SMTPD] = { ROWS_OF(smtpd_messages), NULL, 0, false },
    [PROGRAM_QMGR] = { ROWS_OF(qmgr_messages), NULL, 0, false },
    [PROGRAM_PICKUP] = { ROWS_OF(pickup_messages), NULL, 0, false },
    [PROGRAM_BOUNCE] = { ROWS_OF(bounce_messages), NULL, 0, false },
    [PROGRAM_LOCAL] = { ROWS_OF(local_messages), NULL, 0, false },
    [PROGRAM_POSTSUPER] = { ROWS_OF(postsuper_messages), NULL, 0, false },
    [PROGRAM_MASTER] = { NULL, 0, ROWS_OF(master_lines), false },
};

const unsigned char event_first_octets[PROGRAM_COUNT] = {
    [PROGRAM_SMTP] = 255,   [PROGRAM_LMTP] = 255,   [PROGRAM_SMTPD] = 'Z',  [PROGRAM_QMGR] = 'Z',
    [PROGRAM_PICKUP] = 'Z', [PROGRAM_BOUNCE] = 'Z', [PROGRAM_LOCAL] = 'Z',  [PROGRAM_POSTSUPER] = 'Z',
    [PROGRAM_MASTER] = 255, [PROGRAM_GATE] = 255,   [PROGRAM_LOGGER] = 255,
};

/*
 * What few lines need is not inlined, here and below: event_read() is small then, and becomes part of its caller.
 * smtp_tls_loglevel 2 and more: "mx.example.com[192.0.2.12]:25: depth=1 verify=1 subject=..."
 */
static __attribute__((noinline)) bool is_peer_chatter(struct view text)
{
    struct view head;
    struct server server;

    return view_cut(&text, VIEW(": "), &head) && server_parse(head, &server) && server.address.n > 0;
}

/* False when no row fits. */
static bool read_rows(const struct row *rows, size_t count, struct event *out)
{
    for (size_t i = 0; i < count; i++) {
        struct view words = rows[i].words, rest = out->text;

        if (rest.n >= words.n && rest.p[0] == words.p[0] && hash_same(view_slice(rest, 0, words.n), words)) {
            rest = view_slice(rest, words.n, rest.n);
            out->kind = rows[i].read == NULL ? rows[i].kind : rows[i].read(rest, out);
            return true;
        }
    }
    return false;
}

static void read_line(const struct grammar *grammar, struct event *out)
{
    bool message = out->queue_id.n > 0;

    if (message ? read_rows(grammar->messages, grammar->message_count, out)
                : read_rows(grammar->others, grammar->other_count, out))
        return;
    out->kind = grammar->all_lines_matter && (message || !is_peer_chatter(out->text)) ? EVENT_STRANGE : EVENT_NONE;
}

/* "Suppressed 12 messages from postfix@-.service", "imjournal: 12 messages lost due to rate-limiting" */
static __attribute__((noinline)) enum event_kind read_logger(struct view text)
{
    if (view_starts(text, VIEW("Suppressed ")))
        return view_find(text, VIEW("postfix")) >= 0 ? EVENT_GAP : EVENT_NONE;
    return view_find(text, VIEW("rate-limiting")) >= 0 || view_find(text, VIEW("messages lost")) >= 0 ? EVENT_GAP
                                                                                                      : EVENT_NONE;
}

/* The gate also says how it is, "reload: rules of generation 2 in force"; only a record tells of mail. */
static __attribute__((noinline)) bool is_record(struct view text)
{
    ptrdiff_t colon = view_find_char(text, ':');
    struct view head;

    if (colon >= 0 && view_starts(view_slice(text, (size_t)colon + 1, text.n), VIEW(" decision=")))
        return true;
    return view_cut(&text, VIEW(": "), &head) && view_starts(text, VIEW("decision="));
}

/* The gate's records have a queue ID, too, but it is one of their facts. */
void event_begin(enum program program, struct view text, struct event *out)
{
    out->text = text;
    out->queue_id.n = 0;
    if (program != PROGRAM_GATE && program != PROGRAM_LOGGER && event_first_octets[program] != 0)
        queue_id_cut(&out->text, &out->queue_id);
}

void event_read(enum program program, struct event *out)
{
    out->other.n = 0;
    if (program == PROGRAM_GATE) {
        out->kind = is_record(out->text) ? EVENT_RECORD : EVENT_NONE;
        return;
    }
    if (program == PROGRAM_LOGGER) {
        out->kind = read_logger(out->text);
        return;
    }
    out->kind = EVENT_NONE;
    if (event_first_octets[program] != 0)
        read_line(&grammars[program], out);
}

void event_parse(enum program program, struct view text, struct event *out)
{
    event_begin(program, text, out);
    event_read(program, out);
}
