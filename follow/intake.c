#include "follow/intake.h"

#include <stdlib.h>
#include <string.h>

#include "follow/aging.h"
#include "follow/event.h"
#include "follow/intake_lines.h"
#include "follow/queue_id.h"
#include "shared/domain.h"
#include "shared/hash.h"
#include "shared/names.h"

enum tls_known {
    TLS_KNOWN_NOT,       /* nothing says */
    TLS_KNOWN_PLAINTEXT, /* there was none */
    TLS_KNOWN_ENCRYPTED, /* there was some, of an unknown version */
    TLS_KNOWN_WHOLE      /* version and cipher are known */
};

/* What is known of the encryption of a session, and so of its messages. */
struct session_tls {
    enum tls_known known;
    bool certificate; /* the client's is trusted; its names are not logged */
    uint32_t version, cipher;
    uint64_t bits;
};

struct taken {
    struct aging_entry entry;
    int64_t time;
    bool recorded; /* the gate's record tells of it */
    bool began;    /* its client or pickup line was seen */
    bool local, authenticated, to_more, has_sender;
    bool waits;                                         /* for the end of its session */
    bool removed;                                       /* left the queue */
    bool lingered;                                      /* long enough after that for its record to come */
    uint32_t client, mechanism, login, sender, service; /* names */
    uint32_t domains[INTAKE_RECIPIENTS_MAX], transports[INTAKE_RECIPIENTS_MAX];
    size_t to_count;
    struct session_tls tls;
};

struct smtpd_session {
    struct aging_entry entry;
    struct session_tls tls;
    uint64_t waiting[INTAKE_SESSION_MESSAGES_MAX]; /* messages */
    size_t waiting_count;
};

/* A message that left the queue. */
struct leaver {
    uint64_t message;
    int64_t time;
};

struct intake {
    struct intake_sink sink;
    uint64_t seed;
    struct aging messages, sessions;
    struct names *names;
    struct leaver leavers[INTAKE_LINGER_MAX]; /* in the order they left */
    size_t first_leaver, leaver_count;
    struct intake_counts counts;
};

struct intake *intake_new(uint64_t seed, const struct intake_sink *sink)
{
    struct intake *intake = calloc(1, sizeof(*intake));

    if (intake == NULL)
        return NULL;
    intake->sink = *sink;
    intake->seed = seed;
    aging_init(&intake->messages, sizeof(struct taken), INTAKE_MESSAGES_MAX);
    aging_init(&intake->sessions, sizeof(struct smtpd_session), INTAKE_SESSIONS_MAX);
    intake->names = names_new(INTAKE_NAMES_MAX, seed);
    if (intake->names != NULL)
        return intake;
    intake_free(intake);
    return NULL;
}

void intake_free(struct intake *intake)
{
    if (intake == NULL)
        return;
    aging_done(&intake->messages);
    aging_done(&intake->sessions);
    names_free(intake->names);
    free(intake);
}

static uint64_t message_of(const struct intake *intake, const struct log_line *line, struct view queue_id)
{
    return hash_mix(hash_view(queue_id, intake->seed), line->writer->host_number);
}

/* Set a text fact by its name; what found no room stays unknown. */
static void set_text(const struct intake *intake, struct submission *sub, enum fact_id id, uint32_t name)
{
    if (name != 0)
        fact_set_text(sub, id, names_text(intake->names, name));
}

static void tell_tls(const struct intake *intake, const struct session_tls *tls, struct intake_message *out)
{
    struct submission *sub = &out->sub;
    enum tls_version version;

    if (tls->known == TLS_KNOWN_PLAINTEXT) {
        fact_set_number(sub, FACT_TLS, TLS_NONE);
        for (int id = FACT_CIPHER; id <= FACT_CERT_ISSUER; id++)
            fact_set_absent(sub, (enum fact_id)id);
    }
    out->tls_version_unknown = tls->known == TLS_KNOWN_ENCRYPTED;
    if (tls->known != TLS_KNOWN_WHOLE)
        return;
    out->tls_version_unknown = !tls_version_parse(names_text(intake->names, tls->version), &version);
    if (!out->tls_version_unknown)
        fact_set_number(sub, FACT_TLS, version);
    set_text(intake, sub, FACT_CIPHER, tls->cipher);
    fact_set_number(sub, FACT_BITS, tls->bits);
    if (!tls->certificate) {
        fact_set_absent(sub, FACT_CERT_SUBJECT);
        fact_set_absent(sub, FACT_CERT_ISSUER);
    }
}

static void tell_local(struct submission *sub)
{
    static const enum fact_id absent[] = {
        FACT_LISTENER,     FACT_TLS,         FACT_CIPHER,    FACT_BITS, FACT_FORWARD_SECRECY,
        FACT_CERT_SUBJECT, FACT_CERT_ISSUER, FACT_MECHANISM, FACT_LOGIN
    };

    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++)
        fact_set_absent(sub, absent[i]);
    fact_set_number(sub, FACT_PORT, 0);
    (void)fact_read(sub, &fact_table[FACT_CLIENT], VIEW("localhost[127.0.0.1]"));
}

/* The service's name is no proof of its port, but what master.cf has had for it since it knows it. */
static void tell_listener(const struct intake *intake, const struct taken *taken, struct intake_message *out)
{
    struct view service = names_text(intake->names, taken->service);
    unsigned port = intake_port(service);

    if (port != 0)
        fact_set_number(&out->sub, FACT_PORT, port);
    out->assumed_port = port == 0 && !taken->authenticated;
    if (service.n > 0)
        fact_set_text(&out->sub, FACT_LISTENER, service);
    else if (out->assumed_port)
        fact_set_absent(&out->sub, FACT_LISTENER);
}

static void tell_client(const struct intake *intake, const struct taken *taken, struct intake_message *out)
{
    struct submission *sub = &out->sub;

    if (taken->client != 0)
        (void)fact_read(sub, &fact_table[FACT_CLIENT], names_text(intake->names, taken->client));
    if (taken->authenticated) {
        set_text(intake, sub, FACT_MECHANISM, taken->mechanism);
        set_text(intake, sub, FACT_LOGIN, taken->login);
    } else {
        fact_set_text(sub, FACT_MECHANISM, VIEW(""));
        fact_set_absent(sub, FACT_LOGIN);
    }
    tell_listener(intake, taken, out);
    tell_tls(intake, &taken->tls, out);
}

static void tell(struct intake *intake, const struct taken *taken)
{
    struct intake_message message = { .time = taken->time,
                                      .to_count = taken->to_count,
                                      .to_more = taken->to_more || !taken->removed };

    /* What qmgr(8) never saw was refused or given up on its way in. */
    if (taken->recorded || !taken->began || !taken->has_sender)
        return;
    submission_init(&message.sub);
    message.sub.stage = STAGE_MESSAGE;
    fact_set_flag(&message.sub, FACT_LOCAL, taken->local);
    if (taken->local)
        tell_local(&message.sub);
    else
        tell_client(intake, taken, &message);
    set_text(intake, &message.sub, FACT_SENDER, taken->sender);
    for (size_t i = 0; i < taken->to_count; i++)
        message.to[i] = (struct recipient){ names_text(intake->names, taken->domains[i]),
                                            names_text(intake->names, taken->transports[i]) };
    intake->sink.message(intake->sink.context, &message);
}

static void finish(struct intake *intake, struct taken *taken)
{
    tell(intake, taken);
    aging_remove(&intake->messages, taken);
}

/* A message by its name, new or known.  The oldest leaves by being told. */
static struct taken *message_at(struct intake *intake, uint64_t hash)
{
    struct taken *taken = aging_find(&intake->messages, hash);
    bool fresh;

    if (taken != NULL)
        return taken;
    if (intake->messages.count == INTAKE_MESSAGES_MAX) {
        intake->counts.early++;
        finish(intake, aging_oldest(&intake->messages));
    }
    taken = aging_add(&intake->messages, hash, &fresh);
    if (taken == NULL)
        intake->counts.lost++;
    return taken;
}

/* A queue ID that comes again is another message; a record may have come before the line of smtpd. */
static struct taken *begin_message(struct intake *intake, const struct log_line *line, uint64_t hash)
{
    struct taken *taken = aging_find(&intake->messages, hash);

    if (taken != NULL && taken->began)
        finish(intake, taken);
    taken = message_at(intake, hash);
    if (taken == NULL)
        return NULL;
    taken->began = true;
    taken->time = line->time;
    return taken;
}

static struct smtpd_session *session_of(struct intake *intake, const struct log_line *line)
{
    bool fresh;

    return aging_add(&intake->sessions, hash_mix(hash_mix(intake->seed, line->writer->number), line->pid), &fresh);
}

/* The session's messages until now had this TLS. */
static void settle(struct intake *intake, struct smtpd_session *session, struct session_tls tls)
{
    for (size_t i = 0; i < session->waiting_count; i++) {
        struct taken *taken = aging_find(&intake->messages, session->waiting[i]);

        if (taken == NULL || !taken->waits)
            continue;
        taken->waits = false;
        taken->tls = tls;
        if (taken->lingered)
            finish(intake, taken);
    }
    session->waiting_count = 0;
}

static void wait_for_end(struct smtpd_session *session, struct taken *taken)
{
    if (session->waiting_count == INTAKE_SESSION_MESSAGES_MAX)
        return;
    taken->waits = true;
    session->waiting[session->waiting_count++] = taken->entry.hash;
}

/* Before the session's encryption its messages came in plaintext. */
static void on_tls(struct intake *intake, const struct log_line *line, const struct intake_tls *tls)
{
    struct smtpd_session *session = session_of(intake, line);

    if (session == NULL)
        return;
    settle(intake, session, (struct session_tls){ .known = TLS_KNOWN_PLAINTEXT });
    session->tls = (struct session_tls){ .known = TLS_KNOWN_WHOLE,
                                         .certificate = tls->trusted,
                                         .version = names_add(intake->names, tls->version),
                                         .cipher = names_add(intake->names, tls->cipher),
                                         .bits = tls->bits };
}

static void on_session_end(struct intake *intake, const struct log_line *line, enum starttls_use use)
{
    static const enum tls_known known[] = { [STARTTLS_UNKNOWN] = TLS_KNOWN_NOT,
                                            [STARTTLS_UNUSED] = TLS_KNOWN_PLAINTEXT,
                                            [STARTTLS_USED] = TLS_KNOWN_ENCRYPTED };
    struct smtpd_session *session = session_of(intake, line);

    if (session == NULL)
        return;
    settle(intake, session, (struct session_tls){ .known = known[use] });
    aging_remove(&intake->sessions, session);
}

static void on_client(struct intake *intake, const struct log_line *line, const struct event *event)
{
    const struct client_event *client = &event->client;
    struct smtpd_session *session = session_of(intake, line);
    struct taken *taken = begin_message(intake, line, message_of(intake, line, event->queue_id));
    struct view service = intake_service(line->writer);

    if (taken == NULL || session == NULL)
        return;
    taken->client = names_add(intake->names, client->client);
    taken->authenticated = client->mechanism.n > 0 || client->login.n > 0;
    taken->mechanism = names_add(intake->names, client->mechanism);
    taken->login = names_add(intake->names, client->login);
    taken->service = service.n == 0 ? 0 : names_add(intake->names, service);
    taken->tls = session->tls;
    /* A wrapped listener has no STARTTLS to count. */
    if (session->tls.known == TLS_KNOWN_NOT && intake_port(service) == 465)
        taken->tls.known = TLS_KNOWN_ENCRYPTED;
    if (taken->tls.known == TLS_KNOWN_NOT)
        wait_for_end(session, taken);
}

static void on_smtpd(struct intake *intake, const struct log_line *line)
{
    struct intake_tls tls;
    enum starttls_use use;
    struct event event;

    event_parse(PROGRAM_SMTPD, line->text, &event);
    if (event.kind == EVENT_CLIENT)
        on_client(intake, line, &event);
    else if (intake_tls_parse(line->text, &tls))
        on_tls(intake, line, &tls);
    else if (intake_session_end(line->text, &use))
        on_session_end(intake, line, use);
    else if (view_starts(line->text, VIEW("connect from ")))
        on_session_end(intake, line, STARTTLS_UNKNOWN); /* of the one before, if its last line was lost */
}

static void on_pickup(struct intake *intake, const struct log_line *line)
{
    struct event event;
    struct taken *taken;

    event_parse(PROGRAM_PICKUP, line->text, &event);
    if (event.kind != EVENT_PICKUP)
        return;
    taken = begin_message(intake, line, message_of(intake, line, event.queue_id));
    if (taken == NULL)
        return;
    taken->local = true;
    /* Requeued by postsuper -r: it came in before, and milters do not see it again. */
    taken->recorded |= event.other.n > 0;
}

/* The one that left first has lingered long enough. */
static void let_go(struct intake *intake)
{
    struct taken *taken = aging_find(&intake->messages, intake->leavers[intake->first_leaver].message);

    intake->first_leaver = (intake->first_leaver + 1) % INTAKE_LINGER_MAX;
    intake->leaver_count--;
    /* Its queue ID may be another message's by now. */
    if (taken == NULL || !taken->removed)
        return;
    taken->lingered = true;
    if (!taken->waits)
        finish(intake, taken);
}

static void on_removed(struct intake *intake, const struct log_line *line, struct taken *taken)
{
    struct leaver leaver = { taken->entry.hash, line->time };

    taken->removed = true;
    if (intake->leaver_count == INTAKE_LINGER_MAX)
        let_go(intake);
    intake->leavers[(intake->first_leaver + intake->leaver_count++) % INTAKE_LINGER_MAX] = leaver;
}

static void on_queue(struct intake *intake, const struct log_line *line)
{
    struct event event;
    struct taken *taken;

    event_parse(line->writer->program, line->text, &event);
    taken = event.queue_id.n == 0 ? NULL : aging_find(&intake->messages, message_of(intake, line, event.queue_id));
    if (taken == NULL)
        return;
    if (event.kind == EVENT_REMOVED) {
        on_removed(intake, line, taken);
    } else if (event.kind == EVENT_QUEUED) {
        taken->has_sender = true;
        taken->sender = names_add(intake->names, event.sender);
    }
}

/* The transport of error(8) and retry(8) says why it was not delivered, not where it was to go. */
static void add_recipient(struct intake *intake, struct taken *taken, struct view domain, struct view transport)
{
    bool deferred = view_eq(transport, VIEW("error")) || view_eq(transport, VIEW("retry"));
    uint32_t name = names_add(intake->names, domain), route = deferred ? 0 : names_add(intake->names, transport);

    for (size_t i = 0; i < taken->to_count; i++) {
        if (taken->domains[i] != name)
            continue;
        if (taken->transports[i] == 0)
            taken->transports[i] = route;
        if (taken->transports[i] == route || route == 0)
            return;
    }
    if (taken->to_count == INTAKE_RECIPIENTS_MAX || name == 0) {
        taken->to_more = true;
        return;
    }
    taken->domains[taken->to_count] = name;
    taken->transports[taken->to_count++] = route;
}

static void on_delivery(struct intake *intake, const struct log_line *line)
{
    struct delivery_line delivery;
    struct view text = line->text, queue_id;
    char storage[DOMAIN_MAX];
    struct buf domain = BUF(storage);
    struct taken *taken;

    if (!queue_id_cut(&text, &queue_id) || !view_starts(text, VIEW("to=<")) ||
        delivery_line_parse(text, &delivery) != 1)
        return;
    taken = aging_find(&intake->messages, message_of(intake, line, queue_id));
    if (taken == NULL)
        return;
    /* As the client gave it, where an alias or a forward has changed it. */
    if (!domain_normalize(domain_of_address(delivery.orig_to), &domain) &&
        !domain_normalize(domain_of_address(delivery.to), &domain)) {
        taken->to_more = true;
        return;
    }
    add_recipient(intake, taken, buf_view(&domain), intake_transport(line->writer));
}

static void on_record(struct intake *intake, const struct log_line *line)
{
    char scratch[RECORD_MAX];
    struct buf buf = BUF(scratch);
    struct record record;
    struct event event;

    event_parse(PROGRAM_GATE, line->text, &event);
    if (event.kind != EVENT_RECORD)
        return;
    if (!record_parse(line->text, &buf, &record)) {
        intake->counts.strange++;
        return;
    }
    if (record.queue_id.n > 0) {
        struct taken *taken = message_at(intake, message_of(intake, line, record.queue_id));

        if (taken != NULL)
            taken->recorded = true;
    }
    if (intake->sink.record != NULL)
        intake->sink.record(intake->sink.context, line->time, &record);
}

void intake_line(struct intake *intake, const struct log_line *line)
{
    while (intake->leaver_count > 0 && line->time - intake->leavers[intake->first_leaver].time > INTAKE_LINGER)
        let_go(intake);
    switch (line->writer->program) {
    case PROGRAM_SMTPD:
        on_smtpd(intake, line);
        break;
    case PROGRAM_PICKUP:
        on_pickup(intake, line);
        break;
    case PROGRAM_QMGR:
    case PROGRAM_POSTSUPER:
        on_queue(intake, line);
        break;
    case PROGRAM_GATE:
        on_record(intake, line);
        break;
    default:
        if (line->writer->instance.n > 0)
            on_delivery(intake, line);
    }
}

void intake_end(struct intake *intake)
{
    struct taken *taken;

    while ((taken = aging_oldest(&intake->messages)) != NULL)
        finish(intake, taken);
}

struct intake_counts intake_counts(const struct intake *intake)
{
    struct intake_counts counts = intake->counts;

    counts.names_refused = names_refused(intake->names);
    return counts;
}
