#include "milter/session_state.h"

#include <stdlib.h>
#include <string.h>

static bool get_number(const struct macro_source *macros, enum macro_id id, uint64_t limit, uint64_t *out)
{
    struct view text;

    return macro_get(macros, id, &text) && view_number(text, limit, out);
}

static void take_client(struct connection *connection, const struct macro_source *macros, const struct address *address)
{
    struct view text;

    if (macro_get(macros, MACRO_CLIENT_ADDRESS, &text)) {
        connection->has_client = address_parse(text, &connection->client);
    } else if (address != NULL) {
        connection->client = *address;
        connection->has_client = true;
    }
    free(connection->client_name);
    connection->client_name =
        macro_get(macros, MACRO_CLIENT_NAME, &text) ? strndup(text.p, CLIENT_NAME_MAX) : strdup("unknown");
    connection->nameless = connection->client_name == NULL;
}

static void take_local_end(const struct session *session, struct connection *connection,
                           const struct macro_source *macros)
{
    struct view name = { NULL, 0 }, text;
    uint64_t port;

    connection->has_port = get_number(macros, MACRO_DAEMON_PORT, UINT16_MAX, &port);
    connection->port = connection->has_port ? (unsigned)port : 0;
    connection->has_local = macro_get(macros, MACRO_DAEMON_ADDRESS, &text) && address_parse(text, &connection->local);
    macro_get(macros, MACRO_DAEMON_NAME, &name);
    /* Port 0 is pickup(8)'s; no port at all is Postfix before 3.2, and the name has to tell. */
    if (connection->port != 0 || !connection->has_port)
        connection->listener = policy_listener(session->setup.policy, connection->port,
                                               connection->has_local ? &connection->local : NULL, name);
}

void session_take_connection(struct session *session, const struct macro_source *macros, const struct address *address)
{
    struct connection *connection = &session->connection;
    uint64_t port;

    take_client(connection, macros, address);
    connection->client_port_zero = get_number(macros, MACRO_CLIENT_PORT, UINT16_MAX, &port) && port == 0;
    connection->listener = NULL;
    take_local_end(session, connection, macros);
}

void session_take_queue_id(struct message *message, const struct macro_source *macros)
{
    struct view id;

    if (message->queue_id[0] != '\0')
        return; /* a transaction's queue file stays the same */
    if (!macro_get(macros, MACRO_QUEUE_ID, &id) || id.n == 0 || id.n > QUEUE_ID_MAX)
        return;
    memcpy(message->queue_id, id.p, id.n);
    message->queue_id[id.n] = '\0';
}

/* A copy that lives as long as the message; without memory nothing can be decided any more. */
static struct view keep(struct session *session, struct view text)
{
    struct view copy = arena_copy(&session->message->arena, text);

    if (copy.p == NULL)
        session_set_trouble(session, true, TROUBLE_MEMORY);
    return copy;
}

void session_fill_connection(const struct session *session, struct submission *sub)
{
    const struct connection *connection = &session->connection;

    if (connection->listener != NULL)
        fact_set_text(sub, FACT_LISTENER, connection->listener->name);
    if (connection->has_port)
        fact_set_number(sub, FACT_PORT, connection->port);
    if (connection->has_local)
        sub->facts[FACT_LISTEN_ADDRESS] = (struct fact){ .state = FACT_KNOWN, .address = connection->local };
    if (connection->has_client)
        sub->facts[FACT_CLIENT] = (struct fact){ .state = FACT_KNOWN,
                                                 .address = connection->client,
                                                 .text = view_of(connection->client_name) };
}

/* pickup(8)'s mail: cleanup(8) plays a client on loopback with ports 0 and has a queue file from the start. */
static bool is_local(const struct session *session)
{
    const struct connection *connection = &session->connection;

    return connection->client_port_zero && (!connection->has_port || connection->port == 0) && connection->has_client &&
           address_is_loopback(&connection->client) && session->message->queue_id[0] != '\0';
}

static void fill_text(struct session *session, const struct macro_source *macros, enum macro_id id, enum fact_id fact)
{
    struct view text;

    if (macro_get(macros, id, &text) && text.n > 0)
        fact_set_text(&session->message->sub, fact, keep(session, text));
}

/* The suites of OpenSSL's that agree on a fresh key; all of TLS 1.3's, which are the ones in "TLS_...". */
static bool has_forward_secrecy(struct view cipher)
{
    static const struct view ephemeral[] = { VIEW_INIT("TLS_"), VIEW_INIT("ECDHE-"), VIEW_INIT("DHE-"),
                                             VIEW_INIT("EDH-"), VIEW_INIT("AECDH-"), VIEW_INIT("ADH-") };

    for (size_t i = 0; i < sizeof(ephemeral) / sizeof(ephemeral[0]); i++) {
        if (view_starts(cipher, ephemeral[i]))
            return true;
    }
    return false;
}

static void fill_cipher(struct session *session, const struct macro_source *macros)
{
    struct submission *sub = &session->message->sub;
    uint64_t bits;

    fill_text(session, macros, MACRO_CIPHER, FACT_CIPHER);
    if (sub->facts[FACT_CIPHER].state == FACT_KNOWN)
        fact_set_flag(sub, FACT_FORWARD_SECRECY, has_forward_secrecy(sub->facts[FACT_CIPHER].text));
    if (get_number(macros, MACRO_CIPHER_BITS, UINT32_MAX, &bits))
        fact_set_number(sub, FACT_BITS, bits);
    fill_text(session, macros, MACRO_CERT_SUBJECT, FACT_CERT_SUBJECT);
    fill_text(session, macros, MACRO_CERT_ISSUER, FACT_CERT_ISSUER);
}

static void fill_tls(struct session *session, const struct macro_source *macros)
{
    const struct listener *listener = session->connection.listener;
    enum tls_version version;
    struct view text;

    if (!macro_get(macros, MACRO_TLS_VERSION, &text)) {
        version = listener != NULL && listener->tls_by_proxy ? TLS_PROXIED : TLS_NONE;
    } else if (!tls_version_parse(text, &version) || version < TLS_SSL_2) {
        session_set_trouble(session, false, TROUBLE_TLS_VERSION);
        return;
    } else {
        fill_cipher(session, macros);
    }
    fact_set_number(&session->message->sub, FACT_TLS, version);
}

/* {auth_type} says if; a login that comes without it proves nothing. */
static void fill_login(struct session *session, const struct macro_source *macros)
{
    struct view mechanism = { NULL, 0 };

    macro_get(macros, MACRO_AUTH_TYPE, &mechanism);
    fact_set_text(&session->message->sub, FACT_MECHANISM, keep(session, mechanism));
    if (mechanism.n > 0)
        fill_text(session, macros, MACRO_AUTH_LOGIN, FACT_LOGIN);
}

struct view session_without_brackets(struct view argument)
{
    struct view rest = argument, path;

    if (view_cut_path(&rest, &path))
        return path;
    view_skip(&argument, VIEW("<"));
    if (view_ends(argument, VIEW(">")))
        argument.n--;
    return argument;
}

/*
 * Postfix's own reading of the command's address, where that is another one: "joe" completed, <"joe@example.org">
 * unquoted.  It comes in lower case; the queue and the log keep the client's.
 */
static struct view sender_address(const struct macro_source *macros, struct view argument)
{
    struct view address = session_without_brackets(argument), read;

    if (address.n > 0 && macro_get(macros, MACRO_SENDER, &read) && read.n > 0 && !view_eq_nocase(read, address))
        return read;
    return address;
}

/* Postfix before 3.2 tells no port: the listeners' names decide there, and one that has none cannot be told. */
static bool needs_port(const struct session *session)
{
    const struct settings *settings = session_settings(session);

    if (session->connection.has_port)
        return false;
    for (size_t i = 0; i < settings->listener_count; i++) {
        if (settings->listeners[i].port_count > 0 && settings->listeners[i].daemon_name_count == 0)
            return true;
    }
    return false; /* the built-in one has a name */
}

/* A connection without port is one that CONNECT told too little of: Postfix before 3.5 tells it at HELO. */
static void complete_connection(struct session *session, const struct macro_source *macros)
{
    struct connection *connection = &session->connection;

    if (!connection->has_port)
        session_take_connection(session, macros, connection->has_client ? &connection->client : NULL);
}

void session_take_mail(struct session *session, const struct macro_source *macros, struct view sender)
{
    struct message *message = session->message;
    bool local;

    complete_connection(session, macros);
    local = is_local(session);
    session_fill_connection(session, &message->sub);
    fact_set_flag(&message->sub, FACT_LOCAL, local);
    fact_set_text(&message->sub, FACT_SENDER, keep(session, sender_address(macros, sender)));
    if (!local) {
        fill_tls(session, macros);
        fill_login(session, macros);
        if (needs_port(session))
            session_set_trouble(session, true, TROUBLE_PORT);
    }
    if (!session->connection.has_client)
        session_set_trouble(session, true, TROUBLE_CLIENT);
    if (session->connection.nameless)
        session_set_trouble(session, false, TROUBLE_MEMORY);
    submission_reach(&message->sub, STAGE_MAIL);
}

/* Postfix's resolved address where it gives one: "user%example.org@relay" and the like go where that says. */
struct recipient session_read_recipient(const struct macro_source *macros, struct view argument, struct buf *domain)
{
    struct recipient recipient = { .domain = { NULL, 0 } };
    struct view address;

    if (!macro_get(macros, MACRO_RECIPIENT, &address) || address.n == 0)
        address = session_without_brackets(argument);
    if (domain_normalize(domain_of_address(address), domain))
        recipient.domain = buf_view(domain);
    macro_get(macros, MACRO_TRANSPORT, &recipient.transport);
    return recipient;
}
