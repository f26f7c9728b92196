#include "tests/bench/log_generator/session.h"

#include <stdio.h>
#include <string.h>

void attempt_say(struct attempt *attempt, const struct text *text)
{
    say(attempt->world, attempt->instance, attempt->program, attempt->process->pid, attempt->time, text, NULL);
    attempt->time += jitter(attempt->world, 2000);
}

static bool has_fields(const struct attempt *attempt)
{
    return attempt->instance->model->version >= 311 && attempt->service != SERVICE_LMTP;
}

struct session session_to(const struct attempt *attempt, unsigned number)
{
    struct session session = { .kind = SESSION_NO_LINE, .uses = 1 };

    destination_server(&attempt->world->destinations, attempt->destination, number, &session.server);
    return session;
}

struct session session_none(const struct attempt *attempt, const char *field)
{
    return (struct session){ .kind = SESSION_NONE, .uses = 1, .field = has_fields(attempt) ? field : NULL };
}

void add_host(struct text *text, const struct server *server)
{
    text_add(text, server->name, "[", server->address, "]");
}

static void add_host_port(struct text *text, const struct server *server)
{
    add_host(text, server);
    text_add(text, ":");
    text_add_number(text, server->port);
}

/* Does this process write a line for a handshake?  With tlsproxy it does at any smtp_tls_loglevel. */
static bool logs_handshake(const struct attempt *attempt)
{
    if (attempt->service == SERVICE_LMTP)
        return attempt->instance->model->stores;
    return attempt->service != SERVICE_BULK && (attempt->instance->logs_tls || attempt->instance->model->reuses_tls);
}

static void add_summary(struct text *text, const struct attempt *attempt, const struct session *session,
                        enum level level, const struct tls_suite *suite, const char *how)
{
    text_add(text, tls_levels[level], " TLS connection ", how, " to ");
    add_host_port(text, &session->server);
    text_add(text, ": ", tls_versions[suite->version], " with cipher ", suite->cipher, " (", suite->bits, " bits)");
    if (attempt->instance->model->version >= 304)
        text_add(text, suite->tail);
}

static void say_through_tlsproxy(struct attempt *attempt, const struct session *session, const struct text *summary)
{
    struct instance *instance = attempt->instance;
    uint32_t pid = daemon_of(instance, PROGRAM_TLSPROXY)->pid;
    struct text text;

    text_clear(&text);
    text_add(&text, "CONNECT to [", session->server.address, "]:25");
    say(attempt->world, instance, PROGRAM_TLSPROXY, pid, attempt->time, &text, NULL);
    if (instance->logs_tls)
        say(attempt->world, instance, PROGRAM_TLSPROXY, pid, attempt->time + 1, summary, NULL);
}

static void say_tls(struct attempt *attempt, const struct text *summary)
{
    struct note note = { .kind = NOTE_TLS_LINE, .service = attempt->service, .instance = attempt->instance->number };

    say(attempt->world, attempt->instance, attempt->program, attempt->process->pid, attempt->time + 10, summary, &note);
    attempt->time += jitter(attempt->world, 60000);
}

/* Before 3.0 the level of a server without a certificate was Untrusted. */
static enum level level_shown(const struct attempt *attempt, enum level level)
{
    return attempt->instance->model->version < 300 && level == LEVEL_ANONYMOUS ? LEVEL_UNTRUSTED : level;
}

static void set_encrypted(struct attempt *attempt, struct session *session, enum level level, const char *how)
{
    const struct tls_suite *suite = &tls_suites[destination_suite(&attempt->world->destinations, attempt->destination)];
    struct text text;

    session->kind = SESSION_ENCRYPTED;
    if (!logs_handshake(attempt)) {
        session->kind = session->field != NULL ? SESSION_ENCRYPTED : SESSION_NO_LINE;
        return;
    }
    level = level_shown(attempt, level);
    session->level = level;
    session->version = suite->version;
    text_clear(&text);
    add_summary(&text, attempt, session, level, suite, how);
    if (attempt->instance->model->reuses_tls && how[0] == 'e' && attempt->service == SERVICE_SMTP)
        say_through_tlsproxy(attempt, session, &text);
    say_tls(attempt, &text);
}

void session_handshake(struct attempt *attempt, struct session *session, enum level level, const char *policy)
{
    attempt->time += jitter(attempt->world, 40000);
    session->field = has_fields(attempt) ? policy : NULL;
    set_encrypted(attempt, session, level, "established");
}

void session_again(struct attempt *attempt, struct session *session, enum level level, unsigned uses)
{
    session->uses = uses;
    session->field = has_fields(attempt) ? "may?" : NULL;
    set_encrypted(attempt, session, level, "reused");
}

void session_plaintext(struct attempt *attempt, struct session *session, const char *field)
{
    attempt->time += jitter(attempt->world, 20000);
    session->level = LEVEL_NOT_LOGGED;
    session->version = VERSION_NOT_LOGGED;
    session->field = has_fields(attempt) ? field : NULL;
    session->kind = session->field != NULL ? SESSION_PLAINTEXT : SESSION_NO_LINE;
}

static void add_delays(struct attempt *attempt, struct text *text)
{
    int64_t queued = attempt->started - attempt->message->arrived, worked = attempt->time - attempt->started;

    text_add(text, ", delay=");
    text_add_delay(text, queued + worked);
    text_add(text, ", delays=");
    text_add_delay(text, queued);
    text_add(text, "/0.01/");
    text_add_delay(text, worked / 2);
    text_add(text, "/");
    text_add_delay(text, worked / 2);
}

static void add_relay(struct text *text, const struct session *session)
{
    text_add(text, ", relay=");
    if (session->server.name[0] == '\0')
        text_add(text, "none");
    else if (session->server.port == 0)
        add_host(text, &session->server);
    else
        add_host_port(text, &session->server);
    if (session->uses < 2)
        return;
    text_add(text, ", conn_use=");
    text_add_number(text, session->uses);
}

static struct note note_of(const struct attempt *attempt, const struct session *session,
                           const struct recipient *recipient, const struct result *result)
{
    return (struct note){
        .kind = attempt->message->probe ? NOTE_NOTHING : NOTE_DELIVERY,
        .service = attempt->service,
        .status = result->status,
        .route = session->server.name[0] == '\0' && attempt->route == ROUTE_SMARTHOST ? ROUTE_DIRECT : attempt->route,
        .session = session->kind,
        .level = session->level,
        .version = session->version,
        .failure = session->failure,
        .origin = attempt->message->origin,
        .transfer = result->transfer,
        .proves = session->field != NULL,
        .destination = recipient->destination,
        .sender = attempt->message->sender,
        .instance = attempt->instance->number,
    };
}

static const char *status_word(const struct attempt *attempt, enum status status)
{
    static const char *const words[] = { "sent", "deferred", "bounced" };

    if (!attempt->message->probe)
        return words[status];
    return status == STATUS_SENT ? "deliverable" : "undeliverable";
}

void session_result(struct attempt *attempt, const struct session *session, struct recipient *recipient,
                    const struct result *result, const struct text *reply)
{
    struct note note = note_of(attempt, session, recipient, result);
    struct text text;

    text_clear(&text);
    text_add(&text, attempt->message->queue_id, ": to=<", recipient->address, ">");
    if (recipient->alias)
        text_add(&text, ", orig_to=<", recipient->original, ">");
    add_relay(&text, session);
    add_delays(attempt, &text);
    if (session->field != NULL)
        text_add(&text, ", tls=", session->field);
    text_add(&text, ", dsn=", result->dsn, ", status=", status_word(attempt, result->status), " (");
    text_add_octets(&text, reply->p, reply->n);
    text_add(&text, ")");
    say(attempt->world, attempt->instance, attempt->program, attempt->process->pid, attempt->time, &text, &note);
    attempt->time += 1 + random_below(&attempt->world->random, 300);
    if (result->status != STATUS_DEFERRED)
        recipient->state = result->status == STATUS_SENT ? RECIPIENT_SENT : RECIPIENT_BOUNCED;
}

void session_result_all(struct attempt *attempt, const struct session *session, const struct result *result,
                        const struct text *reply)
{
    for (unsigned i = 0; i < attempt->count; i++)
        session_result(attempt, session, attempt->recipients[i], result, reply);
}

/* What servers answer is theirs to choose: some of it looks like the rest of the line, or like other lines. */
static void add_accepted(struct attempt *attempt, struct text *reply)
{
    static const char *const replies[] = {
        "250 2.0.0 Ok: queued as ",
        "250 2.0.0 Ok: queued as ",
        "250 ok ",
        "250 2.6.0 <20251121.1@example.net> [InternalId=1] Queued mail for delivery ",
        "250 2.0.0 Ok: status=deferred relay=none, dsn=4.0.0 (host said: status=sent "
        "relay=mx.forged.example[192.0.2.1]:25) ",
        "250 2.0.0 OK, to=<x@forged.example>, relay=none, delay=1, dsn=5.0.0, status=bounced (550 no) ",
        "250 2.0.0 Ok Trusted TLS connection established to mx.forged.example[192.0.2.1]:25: TLSv1.3 with cipher X "
        "(1/1 bits) ",
        "250 2.0.0 Ok ) lost connection with mx.forged.example[192.0.2.1] while ( ",
        "250 2.0.0 k\xF6nnte \xFC"
        "ber 8-bit sein ",
    };
    uint32_t drawn = random_below(&attempt->world->random, 100);

    text_add(reply, replies[drawn < 90 ? drawn % 4 : 4 + drawn % 5]);
    /* A stranger's queue ID may look like, or even be, one of ours. */
    text_add(reply, attempt->message->queue_id);
    if (random_chance(&attempt->world->random, 2))
        for (unsigned i = 0; i < 40; i++)
            text_add(reply, " a reply without an end, status=deferred (really)");
}

static void refuse(struct attempt *attempt, const struct session *session, struct recipient *recipient, bool for_good)
{
    struct result result = { for_good ? STATUS_BOUNCED : STATUS_DEFERRED, for_good ? "5.1.1" : "4.2.0", true };
    struct text reply;

    text_clear(&reply);
    text_add(&reply, "host ");
    add_host(&reply, &session->server);
    if (for_good)
        text_add(&reply, " said: 550 5.1.1 <", recipient->address, ">: user unknown");
    else
        text_add(&reply, " said: 450 4.2.0 Greylisted, status=sent relay=mx.forged.example[192.0.2.1]:25");
    text_add(&reply, " (in reply to RCPT TO command)");
    session_result(attempt, session, recipient, &result, &reply);
}

/* As in smtp_proto.c: refused recipients first, the accepted ones when the message is through. */
void session_transfer(struct attempt *attempt, const struct session *session)
{
    bool first = attempt->message->attempts == 0;
    struct text reply;

    attempt->time += jitter(attempt->world, 50000);
    for (unsigned i = 0; i < attempt->count; i++) {
        struct recipient *recipient = attempt->recipients[i];

        if (recipient->unknown_user || (recipient->greylisted && first))
            refuse(attempt, session, recipient, recipient->unknown_user);
    }
    text_clear(&reply);
    add_accepted(attempt, &reply);
    for (unsigned i = 0; i < attempt->count; i++) {
        struct recipient *recipient = attempt->recipients[i];

        if (!recipient->unknown_user && !(recipient->greylisted && first))
            session_result(attempt, session, recipient, &(struct result){ STATUS_SENT, "2.0.0", false }, &reply);
    }
}
