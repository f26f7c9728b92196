#include "tests/bench/log_generator/attempt.h"

#include <stdio.h>
#include <string.h>

#include "tests/bench/log_generator/session.h"

enum { BACKOFF_MINIMAL = 300, CONNECTION_LIFE = 4 }; /* seconds */

/* smtp(8) goes on without TLS only when the message has waited, since 3.0; before, at once. */
static bool may_go_on_without_tls(const struct attempt *attempt)
{
    return attempt->instance->model->version < 300 ||
           attempt->started - attempt->message->arrived >= (int64_t)BACKOFF_MINIMAL * SECOND;
}

static enum level level_at(const struct attempt *attempt)
{
    return (enum level)destination_level(&attempt->world->destinations, attempt->destination);
}

static struct connection *connection_of(const struct attempt *attempt)
{
    return &attempt->instance->connections[attempt->destination % CONNECTIONS_MAX];
}

/* A connection to the same domain that nobody uses now; it is taken out of the cache. */
static unsigned take_connection(const struct attempt *attempt, bool tls)
{
    struct connection *connection = connection_of(attempt);
    unsigned uses = connection->uses;

    if (uses == 0 || connection->destination != attempt->destination || connection->tls != tls ||
        connection->free_at >= attempt->time || connection->expires <= attempt->time)
        return 0;
    connection->uses = 0;
    return uses;
}

static void keep_connection(const struct attempt *attempt, const struct session *session, bool tls)
{
    if ((tls && !attempt->instance->model->reuses_tls) || attempt->message->probe || session->uses >= 20)
        return;
    *connection_of(attempt) = (struct connection){
        .destination = attempt->destination,
        .uses = session->uses,
        .free_at = attempt->time,
        .expires = attempt->time + (int64_t)CONNECTION_LIFE * SECOND,
        .tls = tls,
    };
}

static void by_tls(struct attempt *attempt, unsigned number, const char *policy, enum level level)
{
    struct session session = session_to(attempt, number);
    unsigned uses = number == 0 ? take_connection(attempt, true) : 0;

    if (uses > 0)
        session_again(attempt, &session, level, uses + 1);
    else
        session_handshake(attempt, &session, level, policy);
    session_transfer(attempt, &session);
    keep_connection(attempt, &session, true);
}

/* A server that looks like an old firewall gets special care, and no STARTTLS. */
static void say_workarounds(struct attempt *attempt, const struct session *session)
{
    struct text text;

    text_clear(&text);
    text_add(&text, attempt->message->queue_id, ": enabling PIX workarounds: disable_esmtp delay_dotcrlf for ");
    add_host(&text, &session->server);
    text_add(&text, ":25");
    attempt_say(attempt, &text);
}

static void by_plaintext(struct attempt *attempt, unsigned number)
{
    struct session session = session_to(attempt, number);
    unsigned uses = number == 0 ? take_connection(attempt, false) : 0;

    if (uses == 0 && attempt->destination % 16 == 0)
        say_workarounds(attempt, &session);
    session_plaintext(attempt, &session, uses > 0 ? "may?" : "may:none");
    session.uses = uses + 1;
    session_transfer(attempt, &session);
    keep_connection(attempt, &session, false);
}

static void story_tls(struct attempt *attempt)
{
    by_tls(attempt, 0, "may", level_at(attempt));
}

static void story_tls_policy(struct attempt *attempt)
{
    static const char *const policies[] = { "verify", "secure", "dane" };

    by_tls(attempt, 0, policies[attempt->destination % 3], LEVEL_VERIFIED);
}

static void story_dane_half(struct attempt *attempt)
{
    struct session session = session_to(attempt, 0);

    session_handshake(attempt, &session, LEVEL_UNTRUSTED, "dane:encrypt");
    session_transfer(attempt, &session);
}

static void story_plain(struct attempt *attempt)
{
    by_plaintext(attempt, 0);
}

/* Half of these domains have something loudly wrong with STARTTLS now and then; nothing is kept open. */
static void story_flapping(struct attempt *attempt)
{
    struct session session = session_to(attempt, 0);

    if (random_chance(&attempt->world->random, 500))
        session_handshake(attempt, &session, level_at(attempt), "may");
    else
        session_plaintext(attempt, &session, "may:none");
    session_transfer(attempt, &session);
}

static void say_handshake_failure(struct attempt *attempt, const struct session *session)
{
    struct text text;

    attempt->time += jitter(attempt->world, 20000);
    text_clear(&text);
    text_add(&text, "SSL_connect error to ");
    add_host(&text, &session->server);
    text_add(&text, ":25: -1");
    attempt_say(attempt, &text);
    text_clear(&text);
    text_add(&text, "warning: TLS library problem: error:0A000410:SSL routines::sslv3 alert handshake failure:"
                    "../ssl/record/rec_layer_s3.c:1602:SSL alert number 40:");
    attempt_say(attempt, &text);
}

static void defer_all(struct attempt *attempt, const struct session *session, const char *dsn, const char *reply)
{
    struct text text;

    text_clear(&text);
    text_add(&text, reply);
    session_result_all(attempt, session, &(struct result){ STATUS_DEFERRED, dsn, false }, &text);
}

static void story_handshake_fails(struct attempt *attempt)
{
    struct session session = session_to(attempt, 0);
    struct text text;

    say_handshake_failure(attempt, &session);
    session.failure = FAILURE_HANDSHAKE;
    if (!may_go_on_without_tls(attempt)) {
        session.kind = SESSION_NONE;
        session.field = session_none(attempt, "may?").field;
        defer_all(attempt, &session, "4.7.5", "Cannot start TLS: handshake failure");
        return;
    }
    text_clear(&text);
    text_add(&text, attempt->message->queue_id, ": Cannot start TLS: handshake failure");
    attempt_say(attempt, &text);
    session_plaintext(attempt, &session, "may:none");
    session_transfer(attempt, &session);
}

static void add_lost(struct attempt *attempt, struct text *text, const struct session *session)
{
    bool silent = attempt->destination % 3 == 0;

    text_add(text, silent ? "conversation with " : "lost connection with ");
    add_host(text, &session->server);
    text_add(text, silent ? " timed out while sending MAIL FROM" : " while sending MAIL FROM");
}

/* The trap: a TLS line, and then a delivery in plaintext by the same process to the same server. */
static void story_late_close(struct attempt *attempt)
{
    struct session session = session_to(attempt, 0);
    struct text text;

    session_handshake(attempt, &session, level_at(attempt), "may");
    text_clear(&text);
    if (!may_go_on_without_tls(attempt)) {
        add_lost(attempt, &text, &session);
        session_result_all(attempt, &session, &(struct result){ STATUS_DEFERRED, "4.4.2", true }, &text);
        return;
    }
    text_add(&text, attempt->message->queue_id, ": ");
    add_lost(attempt, &text, &session);
    attempt_say(attempt, &text);
    session_plaintext(attempt, &session, "may:none");
    session_transfer(attempt, &session);
}

/* The first server takes nothing for now; smtp(8) goes on to the second. */
static void say_refused_for_now(struct attempt *attempt, const struct session *session)
{
    struct text text;

    text_clear(&text);
    text_add(&text, attempt->message->queue_id, ": host ");
    add_host(&text, &session->server);
    text_add(&text, " said: 450 4.2.0 Try again, status=sent (in reply to RCPT TO command)");
    attempt_say(attempt, &text);
}

static void say_refused_to_talk(struct attempt *attempt, const struct session *session)
{
    struct text text;

    text_clear(&text);
    text_add(&text, attempt->message->queue_id, ": host ");
    add_host(&text, &session->server);
    text_add(&text, " refused to talk to me: 421 4.3.2 All server ports are busy");
    attempt_say(attempt, &text);
}

static void story_two_servers(struct attempt *attempt, bool first_tls, bool second_tls)
{
    struct session first = session_to(attempt, 0), second = session_to(attempt, 1);

    if (first_tls)
        session_handshake(attempt, &first, level_at(attempt), "may");
    if (!first_tls && attempt->destination % 2 == 0)
        say_refused_to_talk(attempt, &first);
    else
        say_refused_for_now(attempt, &first);
    if (second_tls)
        session_handshake(attempt, &second, level_at(attempt), "may");
    else
        session_plaintext(attempt, &second, "may:none");
    session_transfer(attempt, &second);
}

static void story_first_tls_then_plain(struct attempt *attempt)
{
    story_two_servers(attempt, true, false);
}

static void story_first_tls_then_tls(struct attempt *attempt)
{
    story_two_servers(attempt, true, true);
}

static void story_first_plain_then_tls(struct attempt *attempt)
{
    story_two_servers(attempt, false, true);
}

static void say_connection_refused(struct attempt *attempt, unsigned number)
{
    struct session session = session_to(attempt, number);
    struct text text;

    text_clear(&text);
    text_add(&text, "connect to ");
    add_host(&text, &session.server);
    text_add(&text, ":25: Connection refused");
    attempt_say(attempt, &text);
}

static void story_first_down(struct attempt *attempt)
{
    struct session session = session_to(attempt, 1);

    say_connection_refused(attempt, 0);
    session_handshake(attempt, &session, level_at(attempt), "may");
    session_transfer(attempt, &session);
}

static void story_down(struct attempt *attempt)
{
    struct session session = session_none(attempt, "may?"), last = session_to(attempt, 1);
    struct text text;

    say_connection_refused(attempt, 0);
    say_connection_refused(attempt, 1);
    text_clear(&text);
    text_add(&text, "connect to ");
    add_host(&text, &last.server);
    text_add(&text, ":25: Connection refused");
    session_result_all(attempt, &session, &(struct result){ STATUS_DEFERRED, "4.4.1", false }, &text);
}

static void bounce_without_connection(struct attempt *attempt, const char *dsn, const char *before, const char *after)
{
    struct session session = session_none(attempt, NULL);
    char domain[DESTINATION_NAME_MAX];
    struct text text;

    destination_name(attempt->destination, domain);
    text_clear(&text);
    text_add(&text, before, domain, after);
    session_result_all(attempt, &session, &(struct result){ STATUS_BOUNCED, dsn, false }, &text);
}

static void story_null_mx(struct attempt *attempt)
{
    bounce_without_connection(attempt, "5.1.0", "Domain ", " does not accept mail (nullMX)");
}

static void story_no_such_domain(struct attempt *attempt)
{
    bounce_without_connection(attempt, "5.4.4",
                              "Host or domain name not found. Name service error for name=", " type=A: Host not found");
}

static void story_required(struct attempt *attempt, enum failure failure, const char *dsn, const char *before,
                           const char *after)
{
    struct session session = session_to(attempt, 0);
    struct text text;

    session_plaintext(attempt, &session, "!encrypt");
    session.kind = SESSION_NONE;
    session.failure = failure;
    text_clear(&text);
    text_add(&text, "TLS is required, but ", before);
    add_host(&text, &session.server);
    text_add(&text, after);
    session_result_all(attempt, &session, &(struct result){ STATUS_DEFERRED, dsn, false }, &text);
}

static void story_required_missing(struct attempt *attempt)
{
    story_required(attempt, FAILURE_NOT_OFFERED, "4.7.4", "was not offered by host ", "");
}

static void story_required_refused(struct attempt *attempt)
{
    story_required(attempt, FAILURE_REFUSED, "4.7.0", "host ",
                   " refused to start TLS: 454 4.7.0 TLS not available due to local problem");
}

static void story_certificate_bad(struct attempt *attempt)
{
    struct session session = session_to(attempt, 0);
    struct text text;

    text_clear(&text);
    text_add(&text, "server certificate verification failed for ");
    add_host(&text, &session.server);
    text_add(&text, ":25: num=62:hostname mismatch");
    attempt_say(attempt, &text);
    session_handshake(attempt, &session, LEVEL_UNTRUSTED, "!verify");
    session.failure = FAILURE_CERTIFICATE;
    defer_all(attempt, &session, "4.7.5", "Server certificate not verified");
}

static void story_banner_refuses(struct attempt *attempt)
{
    struct session session = session_to(attempt, 0);
    struct text text;

    session.kind = SESSION_NONE;
    session.field = session_none(attempt, "may?").field;
    text_clear(&text);
    text_add(&text, "host ");
    add_host(&text, &session.server);
    text_add(&text, " refused to talk to me: 554 5.7.1 No service for you");
    session_result_all(attempt, &session, &(struct result){ STATUS_DEFERRED, "4.7.1", false }, &text);
}

static void story_lost(struct attempt *attempt)
{
    struct session session = session_to(attempt, 0);
    struct text text;

    if (attempt->message->attempts > 0) {
        story_tls(attempt);
        return;
    }
    session_handshake(attempt, &session, level_at(attempt), "may");
    text_clear(&text);
    text_add(&text, "lost connection with ");
    add_host(&text, &session.server);
    text_add(&text, " while sending end of data -- message may be sent more than once");
    session_result_all(attempt, &session, &(struct result){ STATUS_DEFERRED, "4.4.2", true }, &text);
}

static void story_store(struct attempt *attempt, unsigned port, bool tls)
{
    struct session session = session_to(attempt, 0);

    snprintf(session.server.name, sizeof(session.server.name), "192.0.2.27");
    snprintf(session.server.address, sizeof(session.server.address), "192.0.2.27");
    session.server.port = port;
    if (tls)
        session_handshake(attempt, &session, LEVEL_TRUSTED, NULL);
    else
        session_plaintext(attempt, &session, NULL);
    session_transfer(attempt, &session);
}

static void story_lmtp(struct attempt *attempt)
{
    story_store(attempt, 24, false);
}

static void story_lmtp_tls(struct attempt *attempt)
{
    story_store(attempt, 2400, true);
}

static void story_lmtp_socket(struct attempt *attempt)
{
    struct session session = session_to(attempt, 0);

    snprintf(session.server.name, sizeof(session.server.name), "%s.example.org", attempt->instance->host->name);
    snprintf(session.server.address, sizeof(session.server.address), "private/dovecot-lmtp");
    session.server.port = 0;
    session_plaintext(attempt, &session, NULL);
    session_transfer(attempt, &session);
}

static void (*const stories[HABIT_COUNT])(struct attempt *attempt) = {
    [HABIT_TLS] = story_tls,
    [HABIT_TLS_POLICY] = story_tls_policy,
    [HABIT_DANE_HALF] = story_dane_half,
    [HABIT_PLAIN] = story_plain,
    [HABIT_STARTTLS_REFUSED] = story_plain,
    [HABIT_HANDSHAKE_FAILS] = story_handshake_fails,
    [HABIT_LATE_CLOSE] = story_late_close,
    [HABIT_FLAPPING] = story_flapping,
    [HABIT_FIRST_TLS_THEN_PLAIN] = story_first_tls_then_plain,
    [HABIT_FIRST_TLS_THEN_TLS] = story_first_tls_then_tls,
    [HABIT_FIRST_PLAIN_THEN_TLS] = story_first_plain_then_tls,
    [HABIT_FIRST_DOWN] = story_first_down,
    [HABIT_DOWN] = story_down,
    [HABIT_NULL_MX] = story_null_mx,
    [HABIT_NO_SUCH_DOMAIN] = story_no_such_domain,
    [HABIT_REQUIRED_MISSING] = story_required_missing,
    [HABIT_REQUIRED_REFUSED] = story_required_refused,
    [HABIT_CERTIFICATE_BAD] = story_certificate_bad,
    [HABIT_BANNER_REFUSES] = story_banner_refuses,
    [HABIT_LOST] = story_lost,
    [HABIT_LMTP] = story_lmtp,
    [HABIT_LMTP_TLS] = story_lmtp_tls,
    [HABIT_LMTP_SOCKET] = story_lmtp_socket,
};

/* Level none: no STARTTLS whatever the server offers; Gmail may complain. */
static void story_level_none(struct attempt *attempt, enum habit habit)
{
    struct session session = session_to(attempt, 0);
    struct text text;

    session_plaintext(attempt, &session, "none");
    text_clear(&text);
    if (habit == HABIT_TLS || habit == HABIT_TLS_POLICY || habit == HABIT_FLAPPING) {
        text_add(&text, "Host offered STARTTLS: [", session.server.name, "]");
        attempt_say(attempt, &text);
        session.kind = SESSION_PLAINTEXT;
    }
    if (attempt->destination != DESTINATION_GMAIL || attempt->message->attempts > 1 ||
        random_chance(&attempt->world->random, 700)) {
        session_transfer(attempt, &session);
        return;
    }
    session.failure = FAILURE_DEMANDED;
    text_clear(&text);
    text_add(&text, "host ");
    add_host(&text, &session.server);
    text_add(&text,
             " said: 421-4.7.29 Your email has been rate limited because this message wasn't sent 421-4.7.29 over a "
             "TLS connection. 421 4.7.29 https://support.google.com/a?p=tls-ssl a1-2b3.4 - gsmtp (in reply to end of "
             "DATA command)");
    session_result_all(attempt, &session, &(struct result){ STATUS_DEFERRED, "4.7.29", true }, &text);
}

/* Everything goes to one relay that sends on for us. */
static void story_smarthost(struct attempt *attempt)
{
    struct session session = session_to(attempt, 0);

    session.server = (struct server){ "smarthost.example.net", "203.0.113.250", 587 };
    session_handshake(attempt, &session, LEVEL_TRUSTED, "encrypt");
    session_transfer(attempt, &session);
}

/* The filter on loopback answers with the queue ID under which it handed the message back. */
static void story_filter(struct attempt *attempt)
{
    struct session session = session_to(attempt, 0);
    struct message *back;
    struct text text;

    session.server = (struct server){ "127.0.0.1", "127.0.0.1", 10024 };
    session_plaintext(attempt, &session, "none");
    back = mail_returns(attempt->world, attempt->message, &attempt->time);
    attempt->time += jitter(attempt->world, 2000);
    text_clear(&text);
    text_add(&text, "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as ", back->queue_id);
    session_result_all(attempt, &session, &(struct result){ STATUS_SENT, "2.0.0", false }, &text);
}

static bool is_stored(enum habit habit)
{
    return habit == HABIT_LMTP || habit == HABIT_LMTP_TLS || habit == HABIT_LMTP_SOCKET;
}

/* Which program, and by whose rules. */
static void (*set_out(struct attempt *attempt))(struct attempt *attempt)
{
    enum habit habit = (enum habit)attempt->world->destinations.habits[attempt->destination];
    const struct model *model = attempt->instance->model;
    bool stored = is_stored(habit) && model->stores;

    attempt->program = stored ? PROGRAM_LMTP : attempt->message->bulk ? PROGRAM_BULK_SMTP : PROGRAM_SMTP;
    attempt->service = stored ? SERVICE_LMTP : attempt->message->bulk ? SERVICE_BULK : SERVICE_SMTP;
    if (model->filters && !attempt->message->filtered && !attempt->message->probe) {
        attempt->route = ROUTE_INTERNAL;
        return story_filter;
    }
    if (model->relays && !attempt->message->probe) {
        attempt->route = ROUTE_SMARTHOST;
        return story_smarthost;
    }
    attempt->route = stored ? ROUTE_LMTP : ROUTE_DIRECT;
    return is_stored(habit) && !stored ? story_tls : stories[habit];
}

static void run(struct attempt *attempt, int64_t time)
{
    enum habit habit = (enum habit)attempt->world->destinations.habits[attempt->destination];
    void (*story)(struct attempt * attempt) = set_out(attempt);

    attempt->process = process_for(attempt->world, attempt->instance, attempt->program, time);
    if (attempt->process->busy_until >= time)
        time = attempt->process->busy_until + 1;
    attempt->started = attempt->time = time;
    if (attempt->instance->model->level_none && habit != HABIT_DOWN && habit != HABIT_NULL_MX &&
        habit != HABIT_NO_SUCH_DOMAIN)
        story_level_none(attempt, habit);
    else
        story(attempt);
    attempt->process->busy_until = attempt->time;
}

/* One attempt takes all recipients of a domain; the filter and the smarthost take all there are. */
static void gather(struct attempt *attempt, unsigned from)
{
    const struct model *model = attempt->instance->model;
    bool all = model->relays || (model->filters && !attempt->message->filtered);

    attempt->destination = attempt->message->recipients[from].destination;
    attempt->count = 0;
    for (unsigned i = from; i < attempt->message->recipient_count; i++) {
        struct recipient *recipient = &attempt->message->recipients[i];

        if (recipient->state == RECIPIENT_WAITING && (all || recipient->destination == attempt->destination))
            attempt->recipients[attempt->count++] = recipient;
    }
}

static bool gathered_before(const struct message *message, const bool *tried, unsigned at)
{
    for (unsigned i = 0; i < at; i++)
        if (tried[i] && message->recipients[i].destination == message->recipients[at].destination)
            return true;
    return false;
}

int64_t attempts_run(struct world *world, struct message *message, int64_t time)
{
    struct attempt attempt = { .world = world, .message = message, .instance = message->instance };
    bool all = message->instance->model->relays || (message->instance->model->filters && !message->filtered);
    bool tried[RECIPIENTS_MAX] = { false };
    int64_t end = time;

    for (unsigned i = 0; i < message->recipient_count; i++) {
        if (message->recipients[i].state != RECIPIENT_WAITING || gathered_before(message, tried, i))
            continue;
        tried[i] = true;
        gather(&attempt, i);
        run(&attempt, time);
        if (attempt.time > end)
            end = attempt.time;
        if (all)
            break;
    }
    return end;
}
