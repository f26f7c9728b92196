#include "follow/correlate.h"

#include <stdlib.h>
#include <string.h>

#include "follow/correlate_parts.h"
#include "follow/early_record.h"
#include "follow/event.h"
#include "follow/hop.h"
#include "follow/main_relay.h"
#include "follow/message.h"
#include "follow/process.h"
#include "follow/queue_id.h"
#include "follow/refusal.h"
#include "follow/spelling.h"
#include "follow/tls_field.h"
#include "shared/hash.h"

enum {
    LOGIN_MAX = 1024,             /* octets of a login that are remembered */
    REPEATABLE_MAX = 4096,        /* octets kept of a line that syslog may tell to be repeated */
    REPEATS_MAX = 10000,          /* believed at once */
    SESSION_MAX = 4 * 3600 * 1000 /* ms; none is longer: each of its steps has a limit of minutes */
};

struct correlate {
    struct correlate_settings settings;
    struct correlate_sink sink;
    struct stretch_sink settle;
    struct services services;
    struct processes processes;
    struct messages messages;
    struct hops hops;
    struct main_relay main_relay;
    struct early_records early;
    struct spellings spellings;
    struct record_heads heads;
    struct correlate_counts counts;
    struct log_line repeatable; /* a copy of the last line, if it was a delivery; text.n 0: it was not */
    char repeatable_text[REPEATABLE_MAX];
};

/* One line on its way through. */
struct context {
    const struct log_line *line;
    struct event event;
    struct service *service;
    uint64_t message; /* message_hash() of the line's queue ID; 0 without one */
};

struct correlate *correlate_new(const struct correlate_settings *settings, const struct correlate_sink *sink)
{
    struct correlate *correlate = calloc(1, sizeof(*correlate));

    if (correlate == NULL)
        return NULL;
    correlate->settings = *settings;
    correlate->sink = *sink;
    correlate->spellings.seed = settings->seed;
    correlate->settle = (struct stretch_sink){ sink->settle, sink->context };
    hops_init(&correlate->hops, &correlate->settings);
    if (!processes_init(&correlate->processes, settings->seed) ||
        !messages_init(&correlate->messages, settings->seed)) {
        correlate_free(correlate);
        return NULL;
    }
    return correlate;
}

void correlate_free(struct correlate *correlate)
{
    if (correlate == NULL)
        return;
    services_done(&correlate->services);
    processes_done(&correlate->processes);
    messages_done(&correlate->messages);
    free(correlate);
}

/* In the one spelling, as a name of the messages; 0 for what is no domain. */
static uint32_t add_domain(struct messages *messages, struct view domain)
{
    char text[DOMAIN_MAX];
    struct buf buf = BUF(text);
    uint32_t known = domain.n > sizeof("<>") ? names_find(messages->names, domain) : 0;

    if (known != 0)
        return known;
    if (domain_is_normalized(domain))
        return names_add(messages->names, domain);
    return domain_normalize(domain, &buf) ? names_add(messages->names, buf_view(&buf)) : 0;
}

static uint32_t add_sender(struct messages *messages, struct view sender)
{
    return sender.n == 0 ? names_add(messages->names, VIEW("<>")) : add_domain(messages, domain_of_address(sender));
}

static uint64_t other_message(const struct correlate *correlate, const struct context *context, struct view queue_id)
{
    return message_hash(&correlate->messages, context->line->writer->host_number, queue_id);
}

/* Open messages are kept on the disk, too: only what may be kept is remembered. */
static uint32_t add_login(struct correlate *correlate, struct view login)
{
    char text[LOGIN_MAX];
    struct buf kept = BUF(text);

    if (correlate->sink.keep_login == NULL)
        return names_add(correlate->messages.names, login);
    correlate->sink.keep_login(correlate->sink.context, login, &kept);
    return names_add(correlate->messages.names, buf_view(&kept));
}

static void take_record(struct message *message, const struct early_record *record)
{
    if (record->origin != ORIGIN_UNKNOWN)
        message->origin = record->origin;
    if (record->header_from != 0)
        message->header_from = record->header_from;
    if (record->signers != 0)
        message->signers = record->signers;
}

/* The gate decided after its message began, whatever stood first in the logs. */
static void take_early_record(struct correlate *correlate, const struct context *context, struct message *message)
{
    struct early_record record;

    if (message != NULL && early_records_take(&correlate->early, context->message, context->line->time, &record))
        take_record(message, &record);
}

static void on_client(struct correlate *correlate, const struct context *context)
{
    const struct event *event = &context->event;
    struct message *message = message_begin(&correlate->messages, context->message);

    if (message != NULL && event->client.mechanism.n > 0)
        message->origin = ORIGIN_SUBMITTED;
    if (message != NULL && event->client.login.n > 0)
        message->login = add_login(correlate, event->client.login);
    take_early_record(correlate, context, message);
    if (event->client.orig_queue_id.n > 0)
        message_goes_on(&correlate->messages, other_message(correlate, context, event->client.orig_queue_id),
                        context->message);
}

static void on_pickup(struct correlate *correlate, const struct context *context)
{
    const struct event *event = &context->event;
    struct message *message = message_begin(&correlate->messages, context->message);

    if (message != NULL && event->other.n == 0)
        message->origin = ORIGIN_SUBMITTED;
    take_early_record(correlate, context, message);
    /* postsuper -r: what was queued before is picked up again. */
    if (event->other.n > 0)
        message_goes_on(&correlate->messages, other_message(correlate, context, event->other), context->message);
}

/* Once for a message, however often it comes into the active queue again. */
static void tell_submitted(struct correlate *correlate, const struct context *context, struct message *message)
{
    struct view login = names_text(correlate->messages.names, message->login);

    message->login = 0;
    if (correlate->sink.submitted != NULL)
        correlate->sink.submitted(correlate->sink.context, context->line->time, login, context->event.recipients);
}

/* Only a bounce has no sender and came from nobody. */
static void on_queued(struct correlate *correlate, const struct context *context)
{
    const struct event *event = &context->event;
    struct message *message = message_find(&correlate->messages, context->message);
    bool fresh = message == NULL;

    if (fresh)
        message = message_add(&correlate->messages, context->message);
    if (message == NULL)
        return;
    if (fresh && event->sender.n == 0)
        message->origin = ORIGIN_BOUNCE;
    message->sender = add_sender(&correlate->messages, event->sender);
    if (message->login != 0)
        tell_submitted(correlate, context, message);
}

static void on_notification(struct correlate *correlate, const struct context *context)
{
    struct message *message =
        message_add(&correlate->messages, other_message(correlate, context, context->event.other));

    if (message != NULL)
        message->origin = ORIGIN_BOUNCE;
}

static void on_forwarded(struct correlate *correlate, const struct context *context)
{
    struct message *message;

    message_goes_on(&correlate->messages, context->message, other_message(correlate, context, context->event.other));
    message = message_add(&correlate->messages, other_message(correlate, context, context->event.other));
    if (message != NULL)
        message->origin = ORIGIN_FORWARDED;
}

static void on_expired(struct correlate *correlate, const struct context *context)
{
    uint32_t sender = add_sender(&correlate->messages, context->event.sender);

    correlate->sink.expired(correlate->sink.context, context->line->time,
                            names_text(correlate->messages.names, sender));
}

static void on_removed(struct correlate *correlate, const struct context *context)
{
    message_remove(&correlate->messages, context->message);
}

static void on_start(struct correlate *correlate, const struct context *context)
{
    stretches_end(&correlate->services, context->line->writer, context->line->time, context->event.kind == EVENT_START,
                  &correlate->settle);
}

/* NULL: none is known, for want of memory or of a process ID in front of the line. */
static struct process *process_of(struct correlate *correlate, const struct context *context)
{
    struct process *process;

    if (context->line->pid == 0)
        return NULL;
    process = process_find(&correlate->processes, context->service, context->line->pid, context->line->time);
    if (process != NULL && context->event.queue_id.n > 0)
        process_message(process, context->message);
    return process;
}

static void on_session(struct correlate *correlate, const struct context *context)
{
    struct process *process = process_of(correlate, context);

    if (process == NULL)
        return;
    process_session(&correlate->processes, process, &context->event.tls);
    if (process->stretch == context->service->stretch)
        stretch_prove(context->service, &correlate->settle);
}

static void on_offer(struct correlate *correlate, const struct context *context)
{
    struct process *process = process_of(correlate, context);

    if (process != NULL)
        process_offer(&correlate->processes, process, context->event.host);
}

static void on_session_over(struct correlate *correlate, const struct context *context)
{
    struct process *process = process_of(correlate, context);

    if (process == NULL)
        return;
    if (context->event.kind == EVENT_HANDSHAKE)
        process_handshake_failed(process);
    else
        process_session_over(process);
}

static void on_server_said(struct correlate *correlate, const struct context *context)
{
    process_of(correlate, context);
}

static void unknown_for(struct delivery *delivery, enum unknown_reason reason)
{
    delivery->protection = PROTECTION_UNKNOWN;
    delivery->reason = reason;
}

/* The session's own lines may be among those that are missing: before the log begins, or where it has a gap. */
static bool began_unseen(const struct correlate *correlate, const struct context *context,
                         const struct process *process)
{
    const struct host *host = services_host(&correlate->services, context->service);
    /* Stamps without fractions tell the second in which the line was written. */
    int64_t latest = context->line->time + (context->line->time % 1000 == 0 ? 999 : 0);
    int64_t missing = process->fresh && host->begin > host->gap ? host->begin : host->gap;

    return latest - SESSION_MAX <= missing && latest - delivery_line_session(&context->event.delivery) <= missing;
}

/* What the configuration proves, where the log does not.  An attempt that failed needs no session. */
static bool take_promise(const struct correlate *correlate, const struct context *context, struct delivery *delivery)
{
    if (correlate->settings.promises == NULL)
        return false;
    switch (promises_find(correlate->settings.promises, context->line->writer, context->line->time,
                          stretches_began(&correlate->services, context->service))) {
    case PROMISE_NOTHING:
        return false;
    case PROMISE_LINES:
    case PROMISE_PLAINTEXT:
        delivery->protection = PROTECTION_PLAINTEXT;
        break;
    case PROMISE_ENCRYPTED:
        if (delivery->status != DELIVERY_SENT)
            return false;
        delivery->protection = PROTECTION_ENCRYPTED;
        break;
    }
    delivery->evidence = EVIDENCE_CONFIG;
    return true;
}

/* No TLS line: what that means hangs on what is known of the logging. */
static void judge_silence(struct correlate *correlate, const struct context *context, const struct process *process,
                          struct delivery *delivery)
{
    struct service *service = context->service;
    bool drained = process != NULL && process->stretch != service->stretch;
    bool proven = drained ? service->previous_proven : service->proven;

    delivery->evidence = EVIDENCE_NO_TLS_LINE;
    if (context->line->pid == 0) {
        unknown_for(delivery, UNKNOWN_NO_PROCESS);
    } else if (process == NULL || context->line->time < correlate->processes.blind_until) {
        unknown_for(delivery, UNKNOWN_LIMIT);
    } else if (began_unseen(correlate, context, process)) {
        unknown_for(delivery, UNKNOWN_GAP);
    } else if (correlate->settings.tls_logging == TLS_LOGGING_OFF) {
        unknown_for(delivery, UNKNOWN_LOGGING_OFF);
    } else if (correlate->settings.tls_logging == TLS_LOGGING_ON) {
        delivery->evidence = EVIDENCE_CONFIG;
        delivery->protection = PROTECTION_PLAINTEXT;
    } else if (proven) {
        delivery->protection = PROTECTION_PLAINTEXT;
    } else if (drained) {
        unknown_for(delivery, UNKNOWN_LOGGING_UNPROVEN);
    } else if (!take_promise(correlate, context, delivery)) {
        delivery->protection = PROTECTION_UNDECIDED;
        delivery->stretch = service->stretch;
        service->undecided = true;
    }
}

static void take_session(const struct correlate *correlate, const struct process *process, struct delivery *delivery)
{
    const struct names *words = correlate->processes.words;

    delivery->level = process->level;
    delivery->version = names_text(words, process->version);
    delivery->cipher = names_text(words, process->cipher);
    delivery->key_exchange = names_text(words, process->key_exchange);
}

static void judge(struct correlate *correlate, const struct context *context, struct process *process,
                  const struct relay *relay, struct delivery *delivery)
{
    const struct delivery_line *line = &context->event.delivery;
    struct tls_field field = { .protection = PROTECTION_UNKNOWN };
    bool session = process != NULL && process_used_session(&correlate->processes, process, relay);

    if (line->tls.n > 0) {
        field = tls_field_parse(line->tls);
        if (process == NULL || process->stretch == context->service->stretch)
            stretch_prove(context->service, &correlate->settle);
    }
    delivery->downgraded = field.downgraded;
    if (field.protection != PROTECTION_UNKNOWN) {
        delivery->protection = field.protection;
        delivery->evidence = EVIDENCE_TLS_FIELD;
    } else if (session) {
        delivery->protection = PROTECTION_ENCRYPTED;
        delivery->evidence = process->reused ? EVIDENCE_REUSED_LINE : EVIDENCE_TLS_LINE;
    } else if (process != NULL && process_saw_offer(&correlate->processes, process, relay)) {
        delivery->protection = PROTECTION_PLAINTEXT;
        delivery->evidence = EVIDENCE_STARTTLS_OFFER;
    } else if (delivery->failure == TLS_FAILURE_DEMANDED) {
        delivery->protection = PROTECTION_PLAINTEXT;
        delivery->evidence = EVIDENCE_RECEIVER;
    } else {
        judge_silence(correlate, context, process, delivery);
    }
    if (session && delivery->protection == PROTECTION_ENCRYPTED)
        take_session(correlate, process, delivery);
}

static bool status_parse(struct view text, enum delivery_status *out)
{
    for (int status = 0; status < DELIVERY_STATUS_COUNT; status++) {
        if (hash_same(delivery_status_name((enum delivery_status)status), text)) {
            *out = (enum delivery_status)status;
            return true;
        }
    }
    return false; /* deliverable, undeliverable: probes of an address, not mail */
}

static bool has_session(const struct server *relay)
{
    return relay->address.n > 0 || !view_eq(relay->name, VIEW("none"));
}

/* The label's octets go to text. */
static void read_refusal(const struct delivery_line *line, struct buf *text, struct delivery *delivery)
{
    struct refusal refusal;

    if (delivery->status == DELIVERY_SENT || !refusal_parse(&line->relay, line->text, &refusal))
        return;
    refusal_label(text, refusal.receiver, refusal.code, refusal.row == NULL ? VIEW("") : refusal.row->tag);
    delivery->refusal = buf_view(text);
    if (refusal.row != NULL && (refusal.row->requirements & REQUIREMENT_BIT(REQUIREMENT_TLS)) != 0)
        delivery->failure = TLS_FAILURE_DEMANDED;
}

static void read_failure(struct process *process, const struct delivery_line *line, const struct relay *relay,
                         struct delivery *delivery)
{
    delivery->began = delivery->status == DELIVERY_SENT || transfer_began(line->text);
    if (delivery->failure == TLS_FAILURE_NONE && delivery->status != DELIVERY_SENT)
        delivery->failure = tls_failure_parse(line->text);
    if (delivery->failure == TLS_FAILURE_NONE && process != NULL && process_fell_back(process, relay))
        delivery->failure = TLS_FAILURE_HANDSHAKE;
}

static void describe_message(const struct correlate *correlate, const struct message *message,
                             struct delivery *delivery)
{
    if (message == NULL)
        return;
    delivery->origin = message->origin;
    delivery->sender_domain = names_text(correlate->messages.names, message->sender);
    delivery->header_from = names_text(correlate->messages.names, message->header_from);
    delivery->signers = names_text(correlate->messages.names, message->signers);
}

/* The line's message, with the memory already fetching what describe_message() reads. */
static const struct message *find_message(struct correlate *correlate, const struct context *context)
{
    const struct message *message = message_find(&correlate->messages, context->message);

    if (message != NULL) {
        names_expect_text(correlate->messages.names, message->sender);
        names_expect_text(correlate->messages.names, message->header_from);
    }
    return message;
}

static void describe_line(const struct context *context, struct delivery *delivery)
{
    const struct delivery_line *line = &context->event.delivery;

    delivery->time = context->line->time;
    delivery->host = context->line->writer->host;
    delivery->instance = context->line->writer->instance;
    delivery->queue_id = context->event.queue_id;
    delivery->recipient = line->to;
    delivery->relay = line->relay.name;
    delivery->relay_address = line->relay.address;
    delivery->port = line->relay.port;
    delivery->connection_use = line->connection_use;
    delivery->wanted = line->tls;
    delivery->dsn = line->dsn;
    delivery->reply = line->text;
}

static enum hop hop_of_line(struct correlate *correlate, const struct context *context, const struct relay *relay)
{
    if (context->line->writer->program == PROGRAM_LMTP)
        return HOP_LMTP;
    return has_session(relay->server) ? hop_of(&correlate->hops, relay->server) : HOP_DIRECT;
}

/* A filter of our own took the message and says under which queue ID it came back. */
static void follow_hand_over(struct correlate *correlate, const struct context *context)
{
    struct view next;

    if (queue_id_after(context->event.delivery.text, VIEW("queued as "), &next))
        message_goes_on(&correlate->messages, context->message, other_message(correlate, context, next));
}

static void keep_repeatable(struct correlate *correlate, const struct log_line *line)
{
    struct buf buf = BUF(correlate->repeatable_text);

    if (line == &correlate->repeatable)
        return;
    correlate->repeatable = *line;
    buf_add(&buf, line->text);
    correlate->repeatable.text = buf_view(&buf);
}

/* Most deliveries follow the process's line before at once: only the others are worth reading how long they took. */
static void end_earlier_request(const struct correlate *correlate, const struct context *context,
                                struct process *process)
{
    int64_t time = context->line->time;

    if (process != NULL && process->tls && context->event.delivery.delays.n > 0 &&
        process_began_anew(&correlate->processes, process, time) &&
        process_began_anew(&correlate->processes, process, time - delivery_line_session(&context->event.delivery)))
        process_session_over(process);
}

static void expect(const struct correlate *correlate, struct view domain)
{
    if (correlate->sink.expect != NULL)
        correlate->sink.expect(correlate->sink.context, domain);
}

static void prepare(const struct correlate *correlate, const struct delivery *delivery)
{
    if (correlate->sink.prepare != NULL)
        correlate->sink.prepare(correlate->sink.context, delivery);
}

static void on_delivery(struct correlate *correlate, const struct context *context)
{
    const struct delivery_line *line = &context->event.delivery;
    struct delivery delivery = { 0 };
    const struct message *message;
    struct process *process;
    struct relay relay;
    char label[REFUSAL_LABEL_MAX];
    struct buf text = BUF(label);

    delivery.domain = spelling_of(&correlate->spellings, domain_of_address(line->to));
    expect(correlate, delivery.domain);
    message = find_message(correlate, context);
    process = process_of(correlate, context);
    end_earlier_request(correlate, context, process);
    if (!status_parse(line->status, &delivery.status))
        return;
    relay = relay_of(&correlate->processes, &line->relay);
    describe_line(context, &delivery);
    delivery.hop = hop_of_line(correlate, context, &relay);
    describe_message(correlate, message, &delivery);
    prepare(correlate, &delivery);
    read_refusal(line, &text, &delivery);
    read_failure(process, line, &relay, &delivery);
    if (has_session(&line->relay))
        judge(correlate, context, process, &relay, &delivery);
    if (delivery.hop == HOP_DIRECT && delivery.protection != PROTECTION_NONE)
        main_relay_note(&correlate->main_relay, delivery.relay, delivery.domain);
    if (delivery.hop == HOP_INTERNAL && delivery.status == DELIVERY_SENT)
        follow_hand_over(correlate, context);
    keep_repeatable(correlate, context->line);
    correlate->sink.delivery(correlate->sink.context, &delivery);
}

static void on_strange(struct correlate *correlate, const struct context *context)
{
    correlate->counts.strange++;
    if (correlate->sink.strange != NULL)
        correlate->sink.strange(correlate->sink.context, context->line);
}

/* The gate's record comes between smtpd's line and qmgr's; it knows whether the message was submitted here. */
static void join_record(struct correlate *correlate, const struct context *context, const struct record *record,
                        uint64_t hash)
{
    struct messages *messages = &correlate->messages;
    struct view from = submission_from_domain(&record->sub);
    const struct fact *signers = &record->sub.facts[FACT_DKIM];
    struct early_record told = { .message = hash, .time = context->line->time };
    bool known = message_find(messages, told.message) != NULL;
    struct message *message = message_add(messages, told.message);

    if (message == NULL)
        return;
    if (record->decision.direction == DIRECTION_INBOUND)
        told.origin = ORIGIN_FORWARDED;
    else if (record->decision.direction == DIRECTION_OUTBOUND)
        told.origin = ORIGIN_SUBMITTED;
    if (from.n > 0)
        told.header_from = add_domain(messages, from);
    if (signers->state == FACT_KNOWN && signers->text.n > 0)
        told.signers = names_add(messages->names, signers->text);
    take_record(message, &told);
    if (!known)
        early_records_add(&correlate->early, &told);
}

/* A record's message is looked up behind its facts: what nearly always is its queue ID lets the place be fetched. */
static void on_record(struct correlate *correlate, const struct context *context)
{
    char scratch[RECORD_MAX];
    struct buf buf = BUF(scratch);
    struct view rest = context->event.text, likely = { rest.p, 0 };
    struct record record;
    uint64_t message;

    (void)view_cut_char(&rest, ':', &likely);
    message = other_message(correlate, context, likely);
    message_seek(&correlate->messages, message);
    if (!record_parse_next(context->event.text, &buf, &correlate->heads, &record)) {
        on_strange(correlate, context);
        return;
    }
    if (!view_eq(record.queue_id, likely))
        message = other_message(correlate, context, record.queue_id);
    message_expect(&correlate->messages, message);
    if (correlate->sink.expect_record != NULL)
        correlate->sink.expect_record(correlate->sink.context, &record);
    if (record.queue_id.n > 0)
        join_record(correlate, context, &record, message);
    if (correlate->sink.record != NULL)
        correlate->sink.record(correlate->sink.context, context->line->time, &record);
}

static void on_nothing(struct correlate *correlate, const struct context *context)
{
    (void)correlate;
    (void)context;
}

static void (*const handlers[])(struct correlate *, const struct context *) = {
    [EVENT_NONE] = on_nothing,
    [EVENT_STRANGE] = on_strange,
    [EVENT_TLS] = on_session,
    [EVENT_SESSION_OVER] = on_session_over,
    [EVENT_HANDSHAKE] = on_session_over,
    [EVENT_SERVER_SAID] = on_server_said,
    [EVENT_OFFER] = on_offer,
    [EVENT_DELIVERY] = on_delivery,
    [EVENT_CLIENT] = on_client,
    [EVENT_PICKUP] = on_pickup,
    [EVENT_QUEUED] = on_queued,
    [EVENT_EXPIRED] = on_expired,
    [EVENT_REMOVED] = on_removed,
    [EVENT_NOTIFICATION] = on_notification,
    [EVENT_FORWARDED] = on_forwarded,
    [EVENT_START] = on_start,
    [EVENT_RELOAD] = on_start,
    [EVENT_RECORD] = on_record,
    [EVENT_GAP] = on_nothing,
};

/* A line that may matter.  Not inlined: those that do not would save registers for it. */
static __attribute__((noinline)) void handle_line(struct correlate *correlate, const struct log_line *line)
{
    enum program program = line->writer->program;
    struct context context;

    context.line = line;
    event_begin(program, line->text, &context.event);
    context.message = context.event.queue_id.n == 0 ? 0 : other_message(correlate, &context, context.event.queue_id);
    message_seek(&correlate->messages, context.message);
    event_read(program, &context.event);
    if (program == PROGRAM_LOGGER) {
        if (context.event.kind == EVENT_GAP &&
            stretches_gap(&correlate->services, line->writer->host_number, line->time))
            correlate->counts.gaps++;
        return;
    }
    if (context.event.kind == EVENT_NONE)
        return;
    message_expect(&correlate->messages, context.message);
    context.service = services_find(&correlate->services, line->writer, line->time);
    if (context.service != NULL)
        handlers[context.event.kind](correlate, &context);
}

/* "message repeated 3 times: [ TEXT]" (rsyslog); how often, and the text. */
static uint64_t cut_repetition(struct view *text)
{
    struct view rest = *text, number;
    uint64_t times;

    if (!view_skip(&rest, VIEW("message repeated ")) || !view_cut(&rest, VIEW(" times: ["), &number) ||
        !view_number(number, REPEATS_MAX, &times) || !view_ends(rest, VIEW("]")))
        return 1;
    view_skip(&rest, VIEW(" "));
    *text = view_slice(rest, 0, rest.n - 1);
    return times;
}

/* "last message repeated 3 times" (syslogd): matters where that was a delivery, which then happened again. */
static bool repeat_last(struct correlate *correlate, const struct log_line *line)
{
    struct view rest = line->text, number;
    uint64_t times;

    if (line->writer->tag.n > 0 || !view_skip(&rest, VIEW("last message repeated ")) ||
        !view_cut(&rest, VIEW(" time"), &number) || !view_number(number, REPEATS_MAX, &times))
        return false;
    if (correlate->repeatable.text.n > 0 && correlate->repeatable.writer->host_number == line->writer->host_number) {
        correlate->repeatable.time = line->time;
        for (uint64_t i = 0; i < times; i++)
            handle_line(correlate, &correlate->repeatable);
    }
    return true;
}

/* A line that may tell of others. */
static void handle_repetitions(struct correlate *correlate, const struct log_line *line)
{
    struct log_line repeated = *line;
    uint64_t times = cut_repetition(&repeated.text);

    for (uint64_t i = 0; i < times && event_may_matter(repeated.writer->program, repeated.text); i++)
        handle_line(correlate, &repeated);
}

/*
 * A line that may be its host's first, may tell of others, or has no text.
 * Not inlined: each line would save registers for what hardly one is.
 */
static __attribute__((noinline)) void take_unusual_line(struct correlate *correlate, const struct log_line *line)
{
    services_note_host(&correlate->services, line->writer, line->time);
    if (repeat_last(correlate, line))
        return;
    correlate->repeatable.text.n = 0;
    handle_repetitions(correlate, line);
}

/* Most lines do not matter: they are done with without a call. */
void correlate_line(struct correlate *correlate, const struct log_line *line)
{
    struct view text = line->text;

    correlate->counts.lines++;
    if (text.n == 0 || text.p[0] == 'l' || text.p[0] == 'm' ||
        !services_know_host(&correlate->services, line->writer)) {
        take_unusual_line(correlate, line);
        return;
    }
    correlate->repeatable.text.n = 0;
    if (event_may_matter(line->writer->program, text))
        handle_line(correlate, line);
}

void correlate_end(struct correlate *correlate)
{
    stretches_close(&correlate->services, &correlate->settle);
}

struct correlate_counts correlate_counts(const struct correlate *correlate)
{
    struct correlate_counts counts = correlate->counts;

    counts.processes_evicted = correlate->processes.table.evicted;
    counts.messages_evicted = correlate->messages.table.evicted;
    counts.names_refused = names_refused(correlate->processes.words) + names_refused(correlate->messages.names) +
                           correlate->messages.names_refused;
    return counts;
}

void correlate_merge_main_relay(struct correlate *into, const struct correlate *from)
{
    main_relay_merge(&into->main_relay, &from->main_relay);
}

struct view correlate_main_relay(const struct correlate *correlate)
{
    return main_relay_find(&correlate->main_relay);
}

struct correlate_parts correlate_parts(struct correlate *correlate)
{
    return (struct correlate_parts){ &correlate->services, &correlate->processes, &correlate->messages,
                                     &correlate->repeatable };
}

void correlate_set_repeatable(struct correlate *correlate, const struct log_line *line)
{
    keep_repeatable(correlate, line);
}
