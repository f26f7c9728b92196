#include "milter/session.h"

#include <stdlib.h>
#include <string.h>

#include "milter/header_facts.h"
#include "milter/recipients.h"

enum { CLIENT_NAME_MAX = 255, QUEUE_ID_MAX = 100, TAG_LINE_MAX = 512 };

/* What stays the same from CONNECT to the session's end. */
struct connection {
    struct address client, local;
    bool has_client, has_local, has_port;
    bool client_port_zero;
    unsigned port; /* local */
    char *client_name;
    const struct listener *listener;
};

/* One transaction.  Allocated at MAIL, so that an idle session is small. */
struct message {
    struct arena arena;
    struct submission sub;
    struct recipients recipients;
    struct header_facts headers;
    struct decision refused; /* the decisions of the refused recipients, joined */
    unsigned recipient_count, refused_count;
    unsigned forged;     /* copies of the tag header from outside */
    bool data;           /* DATA was reached: the client may believe it sent a message */
    const char *trouble; /* why the rules cannot decide; NULL: they can */
    bool blind;          /* not even if it is inbound */
    char queue_id[QUEUE_ID_MAX + 1];
};

struct session {
    struct session_setup setup;
    struct connection connection;
    struct message *message; /* NULL between transactions */
};

static const struct settings *settings_of(const struct session *session)
{
    return policy_settings(session->setup.policy);
}

static struct view queue_id(const struct message *message)
{
    return view_of(message->queue_id);
}

/* ---- facts ---- */

static bool get_number(const struct macro_source *macros, enum macro_id id, uint64_t limit, uint64_t *out)
{
    struct view text;

    return macro_get(macros, id, &text) && view_number(text, limit, out);
}

/* The first trouble is the one to tell. */
static void set_trouble(struct session *session, bool blind, const char *why)
{
    struct message *message = session->message;

    message->blind |= blind;
    if (message->trouble != NULL)
        return;
    message->trouble = why;
    session->setup.outlet.complain(session->setup.outlet.context, queue_id(message), why);
}

/* A copy that lives as long as the message; without memory nothing can be decided any more. */
static struct view keep(struct session *session, struct view text)
{
    struct view copy = arena_copy(&session->message->arena, text);

    if (copy.p == NULL)
        set_trouble(session, true, "the message's addresses and macros take too much memory");
    return copy;
}

static void take_queue_id(struct message *message, const struct macro_source *macros)
{
    struct view id;

    if (!macro_get(macros, MACRO_QUEUE_ID, &id) || id.n == 0 || id.n > QUEUE_ID_MAX)
        return;
    memcpy(message->queue_id, id.p, id.n);
    message->queue_id[id.n] = '\0';
}

static void fill_connection(struct session *session)
{
    const struct connection *connection = &session->connection;
    struct submission *sub = &session->message->sub;

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
        set_trouble(session, false, "{tls_version} says something that is no TLS version");
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

/* smtpd(8) gives "<a@b>", cleanup(8) "a@b". */
static struct view without_brackets(struct view argument)
{
    struct view rest = argument, path;

    if (view_cut_path(&rest, &path))
        return path;
    view_skip(&argument, VIEW("<"));
    if (view_ends(argument, VIEW(">")))
        argument.n--;
    return argument;
}

/* The command's address, or Postfix's completed form of it when the client left the domain out. */
static struct view complete_address(const struct macro_source *macros, enum macro_id id, struct view argument)
{
    struct view address = without_brackets(argument), completed;

    if (address.n > 0 && view_find_char(address, '@') < 0 && macro_get(macros, id, &completed) && completed.n > 0)
        return completed;
    return address;
}

static void fill_mail(struct session *session, const struct macro_source *macros, struct view sender)
{
    struct message *message = session->message;
    bool local = is_local(session);

    fill_connection(session);
    fact_set_flag(&message->sub, FACT_LOCAL, local);
    fact_set_text(&message->sub, FACT_SENDER, keep(session, complete_address(macros, MACRO_SENDER, sender)));
    if (!local) {
        fill_tls(session, macros);
        fill_login(session, macros);
        if (!session->connection.has_port)
            set_trouble(session, true, "Postfix did not send {daemon_port}");
    }
    if (!session->connection.has_client)
        set_trouble(session, true, "neither the connection nor {client_addr} tells the client's address");
    submission_reach(&message->sub, STAGE_MAIL);
}

/* ---- decisions ---- */

static enum verdict verdict_on_error(const struct settings *settings)
{
    if (settings->mode == MODE_MONITOR || settings->on_error == ON_ERROR_ACCEPT)
        return VERDICT_ACCEPT;
    return VERDICT_TEMPFAIL;
}

static struct outcome outcome_on_error(const struct settings *settings)
{
    return (struct outcome){ .verdict = verdict_on_error(settings), .reply = reply_undecided };
}

/*
 * What the rules say now, or the setting on-error where they cannot say it.
 * Inbound mail is accepted whatever is wrong, so long as it is known to be
 * inbound; where a recipient still tells that, it is waited for.
 */
static struct decision judge(const struct session *session, const struct recipient *recipient)
{
    const struct message *message = session->message;
    struct decision decision = policy_evaluate(session->setup.policy, &message->sub, recipient);

    if (message->trouble == NULL || (!message->blind && decision.direction == DIRECTION_INBOUND))
        return decision;
    if (!message->blind && decision.direction == DIRECTION_PENDING)
        return (struct decision){ .direction = DIRECTION_PENDING };
    return (struct decision){ .certain = true,
                              .direction = decision.direction,
                              .now = outcome_on_error(settings_of(session)) };
}

/* Join a further decision, or begin with it. */
static void join(struct decision *all, bool *any, const struct decision *one)
{
    if (*any)
        decision_join(all, one);
    else
        *all = *one;
    *any = true;
}

/* A refusal before end of message.  Local mail would stay in maildrop for ever: it is held at its end instead. */
static bool refuses_early(const struct session *session, const struct decision *decision, enum stage stage)
{
    bool local = session->message->sub.facts[FACT_LOCAL].number != 0;

    if (!decision->certain || decision->now.verdict < VERDICT_TEMPFAIL)
        return false;
    if (stage == STAGE_RCPT)
        return session->setup.answers_rcpt && !local;
    return decision->now.verdict == VERDICT_REJECT || !local;
}

/* The recipients that were let in, each by the facts of now. */
static struct decision judge_all(const struct session *session)
{
    const struct recipients *recipients = &session->message->recipients;
    struct decision all = { 0 };
    bool any = false;

    for (size_t i = 0; i < recipients->count; i++) {
        struct decision one;

        if (recipients->entries[i].refusal.verdict != VERDICT_ACCEPT)
            continue;
        one = judge(session, &recipients->entries[i].recipient);
        join(&all, &any, &one);
    }
    return any ? all : judge(session, NULL);
}

/* ---- records, and the transaction's life ---- */

static void write_record(const struct session *session, const struct decision *decision)
{
    const struct message *message = session->message;
    struct record record = { .queue_id = queue_id(message),
                             .decision = *decision,
                             .mode = settings_of(session)->mode,
                             .generation = session->setup.generation,
                             .sub = message->sub,
                             .recipients = message->recipient_count,
                             .recipients_refused = message->refused_count };

    while (record.to_count < message->recipients.count && record.to_count < RECORD_DOMAINS_MAX) {
        record.to[record.to_count] = message->recipients.entries[record.to_count].recipient;
        record.to_count++;
    }
    record.to_more = (unsigned)(message->recipients.count - record.to_count);
    session->setup.outlet.record(session->setup.outlet.context, &record);
}

static void message_free(struct message *message)
{
    recipients_done(&message->recipients);
    arena_done(&message->arena);
    free(message);
}

static void finish(struct session *session, const struct decision *decision)
{
    write_record(session, decision);
    message_free(session->message);
    session->message = NULL;
}

/*
 * What came of a transaction that ended without end of message.  Beyond DATA
 * it may have been delivered (smtpd_proxy_filter shows no more than this), so
 * what the rules would have done then is said as such.
 */
static struct decision unfinished(const struct session *session)
{
    const struct message *message = session->message;
    struct decision decision;

    if (message->refused_count > 0 && message->refused_count == message->recipient_count)
        return message->refused;
    decision = judge_all(session);
    if (decision.now.verdict > decision.would.verdict)
        decision.would = decision.now;
    if (decision.now.verdict != VERDICT_ACCEPT)
        decision.now = (struct outcome){ .verdict = VERDICT_ACCEPT };
    if (decision.tag_count > 0 && decision.would_tag.line == 0)
        decision.would_tag = decision.tags[0].rule;
    decision.tag_count = 0;
    return decision;
}

static void end_message(struct session *session)
{
    struct message *message = session->message;

    if (message == NULL)
        return;
    if (message->data || message->refused_count > 0) {
        struct decision decision = unfinished(session);

        finish(session, &decision);
        return;
    }
    message_free(message);
    session->message = NULL;
}

static struct message *message_new(const struct session *session)
{
    struct message *message = calloc(1, sizeof(*message));

    if (message == NULL)
        return NULL;
    arena_init(&message->arena, MESSAGE_MEMORY_MAX);
    submission_init(&message->sub);
    recipients_init(&message->recipients, &message->arena, session->setup.seed);
    header_facts_init(&message->headers, &message->arena);
    return message;
}

/* ---- events ---- */

struct session *session_new(const struct session_setup *setup)
{
    struct session *session = calloc(1, sizeof(*session));

    if (session != NULL)
        session->setup = *setup;
    return session;
}

void session_free(struct session *session)
{
    if (session == NULL)
        return;
    end_message(session);
    free(session->connection.client_name);
    free(session);
}

bool session_is_busy(const struct session *session)
{
    return session->message != NULL;
}

void session_answer_without(const struct policy *policy, struct answer *answer)
{
    struct outcome outcome = outcome_on_error(policy_settings(policy));

    answer_make(&outcome, answer);
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
    if (connection->port != 0)
        connection->listener = policy_listener(session->setup.policy, connection->port,
                                               connection->has_local ? &connection->local : NULL, name);
}

void session_connect(struct session *session, const struct macro_source *macros, const struct address *address)
{
    struct connection *connection = &session->connection;
    uint64_t port;

    end_message(session);
    take_client(connection, macros, address);
    connection->client_port_zero = get_number(macros, MACRO_CLIENT_PORT, UINT16_MAX, &port) && port == 0;
    connection->listener = NULL;
    take_local_end(session, connection, macros);
}

void session_mail(struct session *session, const struct macro_source *macros, struct view sender, unsigned today,
                  struct answer *answer)
{
    struct decision decision;

    end_message(session);
    session->message = message_new(session);
    if (session->message == NULL) {
        session->setup.outlet.complain(session->setup.outlet.context, (struct view){ NULL, 0 }, "out of memory");
        session_answer_without(session->setup.policy, answer);
        return;
    }
    session->message->sub.today = today;
    take_queue_id(session->message, macros);
    fill_mail(session, macros, sender);
    decision = judge(session, NULL);
    *answer = (struct answer){ .verdict = VERDICT_ACCEPT };
    if (refuses_early(session, &decision, STAGE_MAIL)) {
        answer_make(&decision.now, answer);
        finish(session, &decision);
    }
}

static void reach(struct message *message, enum stage stage)
{
    if (message->sub.stage < stage)
        submission_reach(&message->sub, stage);
}

/* Postfix's resolved address where it gives one: "user%example.org@relay" and the like go where that says. */
static struct recipient read_recipient(const struct macro_source *macros, struct view argument, struct buf *domain)
{
    struct recipient recipient = { .domain = { NULL, 0 } };
    struct view address;

    if (!macro_get(macros, MACRO_RECIPIENT, &address) || address.n == 0)
        address = without_brackets(argument);
    if (domain_normalize(domain_of_address(address), domain))
        recipient.domain = buf_view(domain);
    macro_get(macros, MACRO_TRANSPORT, &recipient.transport);
    return recipient;
}

static void judge_recipient(struct session *session, const struct recipient *recipient, struct outcome *refusal)
{
    struct message *message = session->message;
    struct decision decision = judge(session, recipient);
    bool any = message->refused_count > 0;

    *refusal = (struct outcome){ .verdict = VERDICT_ACCEPT };
    if (!refuses_early(session, &decision, STAGE_RCPT))
        return;
    *refusal = decision.now;
    join(&message->refused, &any, &decision);
}

void session_rcpt(struct session *session, const struct macro_source *macros, struct view recipient,
                  struct answer *answer)
{
    struct message *message = session->message;
    char storage[DOMAIN_MAX];
    struct buf domain = BUF(storage);
    struct recipient_entry *entry;
    struct recipient read;
    struct outcome refusal;
    bool added = false;

    *answer = (struct answer){ .verdict = VERDICT_ACCEPT };
    if (message == NULL) {
        if (session->setup.answers_rcpt)
            session_answer_without(session->setup.policy, answer);
        return;
    }
    take_queue_id(message, macros);
    message->recipient_count++;
    reach(message, STAGE_RCPT);
    read = read_recipient(macros, recipient, &domain);
    entry = recipients_add(&message->recipients, &read, &added);
    if (entry == NULL)
        set_trouble(session, false, "too many different recipient domains for one message");
    if (entry == NULL || added)
        judge_recipient(session, &read, &refusal);
    else
        refusal = entry->refusal;
    if (entry != NULL)
        entry->refusal = refusal;
    message->refused_count += refusal.verdict != VERDICT_ACCEPT;
    answer_make(&refusal, answer);
}

void session_data(struct session *session, const struct macro_source *macros)
{
    struct message *message = session->message;

    if (message == NULL)
        return;
    take_queue_id(message, macros);
    message->data = true;
    reach(message, STAGE_DATA);
}

void session_header(struct session *session, struct view name, struct view body)
{
    struct message *message = session->message;

    if (message == NULL || !session->setup.sees_headers)
        return;
    message->data = true;
    header_facts_add(&message->headers, name, body);
    if (session->setup.may_change_headers && view_eq_nocase(name, settings_of(session)->tag_header))
        message->forged++;
}

/* ---- end of message ---- */

/* Reading headers is only for the record unless a rule asks for them: then half a fact is none. */
static void fill_headers(struct session *session)
{
    struct message *message = session->message;

    if (session->setup.sees_headers && !header_facts_fill(&message->headers, session->setup.suffixes, &message->sub) &&
        policy_needs(session->setup.policy).headers)
        set_trouble(session, false, "the header has more signatures than are kept");
    reach(message, STAGE_MESSAGE);
}

static bool remove_forged(const struct session *session, const struct message_editor *editor)
{
    unsigned copies = session->message->forged;

    if (copies > FORGED_MAX)
        copies = 0; /* judge_message() has told it; only inbound mail comes here with them */
    /* From the highest down: each removal moves the ones behind it. */
    for (unsigned copy = copies; copy > 0; copy--) {
        if (!editor->remove_header(editor->context, settings_of(session)->tag_header.p, copy))
            return false;
    }
    return true;
}

/* Each goes above all others, so the last comes first. */
static bool add_tags(const struct session *session, const struct decision *decision,
                     const struct message_editor *editor)
{
    char storage[TAG_LINE_MAX];

    for (size_t i = decision->tag_count; i > 0; i--) {
        struct buf value = BUF(storage);

        buf_add(&value, view_slice(decision->tags[i - 1].text, 0, TAG_LINE_MAX - 1));
        if (!editor->add_header(editor->context, settings_of(session)->tag_header.p, buf_text(&value)))
            return false;
    }
    return true;
}

static bool hold(const struct session *session, const struct decision *decision, const struct message_editor *editor)
{
    char storage[100]; /* Postfix cuts the reason here */
    struct buf reason = BUF(storage);
    const struct place *rule = &decision->now.rule;

    buf_add(&reason, VIEW("held by outward"));
    if (rule->line != 0)
        buf_addf(&reason, ", %.*s:%u", VIEW_ARG(view_slice(rule->file, 0, 60)), rule->line);
    return session->setup.may_hold && editor->hold(editor->context, buf_text(&reason));
}

/* What the verdict asks to be done to the message; false when the MTA did not take it. */
static bool carry_out(struct session *session, const struct decision *decision, const struct message_editor *editor)
{
    if (decision->now.verdict >= VERDICT_TEMPFAIL)
        return true;
    if (session->setup.may_change_headers && (!remove_forged(session, editor) || !add_tags(session, decision, editor)))
        return false;
    return decision->now.verdict != VERDICT_HOLD || hold(session, decision, editor);
}

/* The rules' last word.  Nothing may be open any more; if it is, that is an error of ours and the message waits. */
static struct decision judge_message(struct session *session)
{
    struct decision decision;
    bool local = session->message->sub.facts[FACT_LOCAL].number != 0;

    if (session->message->recipients.count == 0)
        set_trouble(session, true, "the message came to its end without a recipient");
    if (session->message->forged > FORGED_MAX)
        set_trouble(session, false, "the header has more copies of the tag header than are removed");
    decision = judge_all(session);
    if (!decision.certain) {
        set_trouble(session, true, "the rules are still undecided at end of message");
        decision = judge_all(session);
    }
    if (local && decision.now.verdict == VERDICT_TEMPFAIL)
        decision.now.verdict = VERDICT_HOLD;
    return decision;
}

void session_message(struct session *session, const struct macro_source *macros, const struct message_editor *editor,
                     struct answer *answer)
{
    struct decision decision;

    if (session->message == NULL) {
        session_answer_without(session->setup.policy, answer);
        return;
    }
    take_queue_id(session->message, macros);
    session->message->data = true;
    fill_headers(session);
    decision = judge_message(session);
    if (!carry_out(session, &decision, editor)) {
        set_trouble(session, true, "Postfix did not take a hold or a header change");
        decision.now = (struct outcome){ .verdict = VERDICT_TEMPFAIL, .reply = reply_undecided };
    }
    answer_make(&decision.now, answer);
    finish(session, &decision);
}

void session_abort(struct session *session)
{
    end_message(session);
}
