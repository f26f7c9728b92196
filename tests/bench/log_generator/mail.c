#include "tests/bench/log_generator/mail.h"

#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/log_generator/attempt.h"
#include "tests/bench/log_generator/gate.h"

enum { QUEUE_LIFETIME = 3600, BACKOFF_MINIMAL = 300 }; /* seconds */

static struct message *new_message(struct world *world, struct instance *instance, unsigned recipients, int64_t time)
{
    struct message *message = calloc(1, sizeof(*message) + recipients * sizeof(*message->recipients));

    if (message == NULL)
        err(1, "message");
    message->instance = instance;
    message->generation = instance->generation;
    message->arrived = time;
    message->recipient_count = recipients;
    message->inode = queue_id_take(world, instance, time, message->queue_id);
    return message;
}

static void free_message(struct message *message)
{
    queue_id_give_back(message->instance, message->inode);
    free(message);
}

/* Recipients choose what stands between the brackets; some try to look like the rest of the line. */
static void make_address(struct world *world, uint32_t destination, uint32_t number, char *out, size_t size)
{
    static const char *const hostile[] = {
        "\"a>, relay=x, status=sent\"",
        "\"b>, relay=mx.forged.example[192.0.2.1]:25, delay=0, dsn=2.0.0, status=sent (250 ok)\"",
        "\"to=<c@forged.example>\"",
        "\"quote\\\"d>, relay=none\"",
        "\"e f\"",
        "\"g\\\\\"",
        "\"h@i.example\"",
    };
    char domain[DESTINATION_NAME_MAX];

    destination_spelling(destination, &world->random, domain);
    if (random_chance(&world->random, 20))
        snprintf(out, size, "%s@%s", hostile[number % (sizeof(hostile) / sizeof(*hostile))], domain);
    else if (random_chance(&world->random, 10))
        snprintf(out, size, "j\xC3\xB6rg%u@%s", number % 100, domain);
    else
        snprintf(out, size, "user%u%s@%s", number % 1000, number % 5 == 0 ? "+tag=x" : "", domain);
}

static void make_recipient(struct world *world, struct recipient *recipient, uint32_t destination)
{
    recipient->destination = destination;
    recipient->number = random_below(&world->random, 1000000);
    recipient->unknown_user = random_chance(&world->random, 15);
    recipient->greylisted = random_chance(&world->random, 25);
    make_address(world, destination, recipient->number, recipient->address, sizeof(recipient->address));
}

/* Mailing lists have many recipients in few domains. */
static void make_recipients(struct world *world, struct message *message)
{
    uint32_t destination = destination_pick(&world->destinations, &world->random);

    for (unsigned i = 0; i < message->recipient_count; i++) {
        if (random_chance(&world->random, 500))
            destination = destination_pick(&world->destinations, &world->random);
        make_recipient(world, &message->recipients[i], destination);
    }
}

static void set_sender(struct world *world, struct message *message, uint32_t sender)
{
    bool hostile = random_chance(&world->random, 20);
    char domain[DESTINATION_NAME_MAX];

    message->sender = sender;
    if (sender == SENDER_NULL)
        return;
    sender_domain(sender, domain, sizeof(domain));
    snprintf(message->sender_address, sizeof(message->sender_address), "%s%u%s@%s", hostile ? "\"x" : "user",
             random_below(&world->random, 50), hostile ? ">, size=1, nrcpt=9 (queue active)\"" : "", domain);
}

/* cleanup's line, and the start of the queue manager's work. */
static void enter_queue(struct world *world, struct message *message, int64_t time)
{
    struct instance *instance = message->instance;
    struct text text;

    text_clear(&text);
    text_add(&text, message->queue_id, ": message-id=<");
    text_add_number(&text, (uint64_t)time);
    text_add(&text, ".", message->queue_id, "@", instance->host->name, ".example.org>");
    say(world, instance, PROGRAM_CLEANUP, daemon_of(instance, PROGRAM_CLEANUP)->pid, time, &text, NULL);
    event_queue_add(&world->queue, time + jitter(world, 20000), HAPPENS_DELIVERY, message);
}

struct dialogue {
    struct process *process;
    enum program program;
    int64_t time;
    struct gate_submission submission;
    char client[96]; /* name[address] */
};

static void tell(struct world *world, struct instance *instance, struct dialogue *dialogue, const struct text *text)
{
    say(world, instance, dialogue->program, dialogue->process->pid, dialogue->time, text, NULL);
    dialogue->time += jitter(world, 15000);
}

/* Some strangers come with TLS, all who submit but those that the gate is there for. */
static bool has_tls(struct world *world, const struct dialogue *dialogue)
{
    if (dialogue->submission.kind == GATE_INBOUND)
        return random_chance(&world->random, 500);
    return dialogue->submission.kind == GATE_SUBMISSION || dialogue->submission.kind == GATE_SMTPS;
}

static void begin_dialogue(struct world *world, struct instance *instance, struct dialogue *dialogue)
{
    struct text text;

    dialogue->process = process_for(world, instance, dialogue->program, dialogue->time);
    if (dialogue->process->busy_until >= dialogue->time)
        dialogue->time = dialogue->process->busy_until + 1;
    client_name(dialogue->submission.client, dialogue->client, sizeof(dialogue->client));
    text_clear(&text);
    text_add(&text, "connect from ", dialogue->client);
    tell(world, instance, dialogue, &text);
    if (!has_tls(world, dialogue))
        return;
    text_clear(&text);
    text_add(&text, "Anonymous TLS connection established from ", dialogue->client,
             ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)");
    tell(world, instance, dialogue, &text);
}

static void end_dialogue(struct world *world, struct instance *instance, struct dialogue *dialogue)
{
    struct text text;

    text_clear(&text);
    text_add(&text, "disconnect from ", dialogue->client,
             instance->model->version < 300 ? "" : " ehlo=2 starttls=1 mail=1 rcpt=1 data=1 quit=1 commands=7");
    tell(world, instance, dialogue, &text);
    dialogue->process->busy_until = dialogue->time;
}

static struct dialogue new_dialogue(struct world *world, enum gate_kind kind, uint32_t login, int64_t time)
{
    return (struct dialogue){
        .program = kind == GATE_INBOUND ? PROGRAM_SMTPD
                   : kind == GATE_SMTPS ? PROGRAM_SMTPS
                                        : PROGRAM_SUBMISSION,
        .time = time,
        .submission = { kind, login, (login * 7 + random_below(&world->random, 3)) % CLIENTS },
    };
}

/* The gate has the last word before the queue manager sees the message. */
static void pass_gate(struct world *world, const struct message *message, const struct gate_submission *submission,
                      int64_t time)
{
    if (message->instance->model->gate)
        gate_say(world, message->instance, message, submission, time + 5000);
}

static void arrive_by_smtp(struct world *world, struct message *message, enum gate_kind kind, uint32_t login)
{
    struct dialogue dialogue = new_dialogue(world, kind, login, message->arrived);
    struct text text;

    begin_dialogue(world, message->instance, &dialogue);
    text_clear(&text);
    text_add(&text, message->queue_id, ": client=", dialogue.client);
    if (kind != GATE_INBOUND) {
        text_add(&text, ", sasl_method=PLAIN, sasl_username=user");
        text_add_number(&text, login);
        text_add(&text, "@example.org");
    }
    tell(world, message->instance, &dialogue, &text);
    enter_queue(world, message, dialogue.time);
    pass_gate(world, message, &dialogue.submission, dialogue.time);
    dialogue.time += jitter(world, 5000);
    end_dialogue(world, message->instance, &dialogue);
}

static void arrive_by_pickup(struct world *world, struct message *message)
{
    struct gate_submission submission = { GATE_LOCAL, 0, 0 };
    int64_t time = message->arrived + jitter(world, 3000);
    struct text text;

    text_clear(&text);
    text_add(&text, message->queue_id, ": uid=33 from=<", message->sender_address, ">");
    say(world, message->instance, PROGRAM_PICKUP, daemon_of(message->instance, PROGRAM_PICKUP)->pid, message->arrived,
        &text, NULL);
    enter_queue(world, message, time);
    pass_gate(world, message, &submission, time);
}

/* Neither TLS nor login: the gate refuses at MAIL, and no message ever exists. */
static void be_refused(struct world *world, struct instance *instance)
{
    struct dialogue dialogue = new_dialogue(world, GATE_REFUSED, random_below(&world->random, SENDERS_OWN), world->now);
    struct text text;

    begin_dialogue(world, instance, &dialogue);
    gate_say(world, instance, NULL, &dialogue.submission, dialogue.time);
    dialogue.time += jitter(world, 1000);
    text_clear(&text);
    text_add(&text, "NOQUEUE: milter-reject: MAIL from ", dialogue.client,
             ": 530 5.7.0 Must issue a STARTTLS command first; from=<stranger@example.net> proto=ESMTP helo=<pc>");
    tell(world, instance, &dialogue, &text);
    end_dialogue(world, instance, &dialogue);
}

/* verify(8) asks whether an address would be taken: nothing is sent. */
static void probe_address(struct world *world, struct message *message)
{
    message->probe = true;
    snprintf(message->sender_address, sizeof(message->sender_address), "double-bounce@%s.example.org",
             message->instance->host->name);
    enter_queue(world, message, message->arrived);
}

/* Strangers write to an alias of ours that leads outside. */
static void arrive_from_outside(struct world *world, struct message *message)
{
    set_sender(world, message, SENDERS_OWN + random_below(&world->random, SENDERS_OUTSIDE));
    message->origin = ORIGIN_UNKNOWN;
    for (unsigned i = 0; i < message->recipient_count; i++) {
        struct recipient *recipient = &message->recipients[i];

        recipient->alias = true;
        snprintf(recipient->original, sizeof(recipient->original), "%s",
                 recipient->number % 10 == 0 ? "\"alias>, relay=none, status=bounced\"@example.org"
                                             : "alias@example.org");
    }
    message->forwards = random_chance(&world->random, 200);
    if (message->instance->model->gate)
        message->origin = ORIGIN_FORWARDED; /* the gate's record says that it is inbound */
    arrive_by_smtp(world, message, GATE_INBOUND, message->sender % SENDERS_OWN);
}

/* Reports name a submission's sender by its header From, where the gate told it. */
static void set_header_from(struct world *world, struct message *message)
{
    if (message->instance->model->gate && random_chance(&world->random, 200))
        message->sender = random_below(&world->random, SENDERS_OWN);
}

static void be_submitted(struct world *world, struct message *message, uint32_t drawn)
{
    uint32_t login = random_below(&world->random, SENDERS_OWN);
    bool plaintext = message->instance->model->gate && random_chance(&world->random, 30);

    set_sender(world, message, login);
    set_header_from(world, message);
    message->origin = ORIGIN_SUBMITTED;
    message->wants_notice = drawn == 25;
    message->bulk = message->instance->model->bulk && drawn < 40;
    if (drawn < 75)
        arrive_by_smtp(world, message, plaintext ? GATE_PLAINTEXT : GATE_SUBMISSION, login);
    else if (drawn < 85)
        arrive_by_smtp(world, message, GATE_SMTPS, login);
    else
        arrive_by_pickup(world, message);
}

static void arrive_somehow(struct world *world, struct message *message)
{
    uint32_t drawn = random_below(&world->random, 100);

    make_recipients(world, message);
    if (drawn < 2)
        probe_address(world, message);
    else if (drawn < 25)
        arrive_from_outside(world, message);
    else
        be_submitted(world, message, drawn);
}

void mail_arrives(struct world *world, struct instance *instance)
{
    unsigned recipients = 1;

    if (random_chance(&world->random, 150))
        recipients += random_below(&world->random, 4);
    if (random_chance(&world->random, 3))
        recipients = RECIPIENTS_MAX;
    if (world->now >= instance->paused_until && instance->model->gate && random_chance(&world->random, 20))
        be_refused(world, instance);
    else if (world->now >= instance->paused_until)
        arrive_somehow(world, new_message(world, instance, recipients, world->now));
    event_queue_add(&world->queue, world->now + jitter(world, world->arrival_gap), HAPPENS_ARRIVAL, instance);
}

/* A message that goes on under another queue ID, with the recipients that still wait. */
static struct message *goes_on(struct world *world, const struct message *message, int64_t time)
{
    struct message *next = new_message(world, message->instance, message->recipient_count, time);

    memcpy(next->recipients, message->recipients, message->recipient_count * sizeof(*message->recipients));
    memcpy(next->sender_address, message->sender_address, sizeof(next->sender_address));
    next->sender = message->sender;
    next->origin = message->origin;
    next->filtered = message->filtered;
    next->bulk = message->bulk;
    return next;
}

struct message *mail_returns(struct world *world, const struct message *message, int64_t *time)
{
    struct message *back = goes_on(world, message, *time);
    struct dialogue dialogue = { .program = PROGRAM_SMTPD, .time = *time, .client = "localhost[127.0.0.1]" };
    struct text text;

    for (unsigned i = 0; i < back->recipient_count; i++)
        back->recipients[i].state = RECIPIENT_WAITING;
    back->filtered = true;
    dialogue.process = process_for(world, back->instance, PROGRAM_SMTPD, *time);
    if (dialogue.process->busy_until >= *time)
        dialogue.time = dialogue.process->busy_until + 1;
    text_clear(&text);
    text_add(&text, "connect from localhost[127.0.0.1]");
    tell(world, back->instance, &dialogue, &text);
    text_clear(&text);
    text_add(&text, back->queue_id, ": client=localhost[127.0.0.1], orig_queue_id=", message->queue_id,
             ", orig_client=client7.example.com[203.0.113.8]");
    tell(world, back->instance, &dialogue, &text);
    enter_queue(world, back, dialogue.time);
    *time = dialogue.time;
    end_dialogue(world, back->instance, &dialogue);
    return back;
}

/* A notification starts a message of its own, from the null sender. */
static void notify(struct world *world, const struct message *message, const char *about, int64_t time)
{
    struct message *notice = new_message(world, message->instance, 1, time);
    struct recipient *recipient = &notice->recipients[0];
    struct text text;

    set_sender(world, notice, SENDER_NULL);
    notice->origin = ORIGIN_BOUNCE;
    notice->filtered = true; /* notifications do not pass content filters */
    make_recipient(world, recipient, destination_pick(&world->destinations, &world->random));
    recipient->unknown_user = false;
    text_clear(&text);
    text_add(&text, message->queue_id, ": sender ", about, " notification: ", notice->queue_id);
    say(world, message->instance, PROGRAM_BOUNCE, daemon_of(message->instance, PROGRAM_BOUNCE)->pid, time + 3000, &text,
        NULL);
    enter_queue(world, notice, time);
}

static void say_as_qmgr(struct world *world, const struct message *message, int64_t time, const char *text_after_id,
                        const struct note *note)
{
    struct instance *instance = message->instance;
    struct text text;

    text_clear(&text);
    text_add(&text, message->queue_id, ": ", text_after_id);
    say(world, instance, PROGRAM_QMGR, daemon_of(instance, PROGRAM_QMGR)->pid, time, &text, note);
}

static void say_active(struct world *world, const struct message *message)
{
    char text[200];

    snprintf(text, sizeof(text), "from=<%s>, size=%u, nrcpt=%u (queue active)", message->sender_address,
             400 + random_below(&world->random, 90000), message->recipient_count);
    say_as_qmgr(world, message, world->now, text, NULL);
}

/* Was the instance killed meanwhile?  Then its unfinished messages are left to their fate. */
static bool orphaned(const struct message *message)
{
    return message->generation != message->instance->generation;
}

/* local(8) finds a .forward file or an alias: the message leaves again under a new queue ID. */
static void forward(struct world *world, struct message *message)
{
    struct instance *instance = message->instance;
    struct message *next = goes_on(world, message, world->now + 2000);
    struct text text;

    next->origin = ORIGIN_FORWARDED;
    enter_queue(world, next, world->now + 3000);
    text_clear(&text);
    text_add(&text, message->queue_id, ": to=<bob@example.org>, relay=local, delay=0.02, delays=0.01/0/0/0.01, ",
             "dsn=2.0.0, status=sent (forwarded as ", next->queue_id, ")");
    say(world, instance, PROGRAM_LOCAL, daemon_of(instance, PROGRAM_LOCAL)->pid, world->now + 4000, &text, NULL);
    for (unsigned i = 0; i < message->recipient_count; i++)
        message->recipients[i].state = RECIPIENT_SENT;
    event_queue_add(&world->queue, world->now + 6000, HAPPENS_OUTCOME, message);
}

void mail_delivers(struct world *world, struct message *message)
{
    int64_t end;

    if (message->attempts > 0)
        message->generation = message->instance->generation;
    if (orphaned(message)) {
        free(message);
        return;
    }
    if (world->now < message->instance->paused_until) {
        event_queue_add(&world->queue, message->instance->paused_until + jitter(world, SECOND), HAPPENS_DELIVERY,
                        message);
        return;
    }
    say_active(world, message);
    if (message->forwards) {
        forward(world, message);
        return;
    }
    end = attempts_run(world, message, world->now + jitter(world, 4000));
    message->attempts++;
    event_queue_add(&world->queue, end + jitter(world, 3000), HAPPENS_OUTCOME, message);
}

static unsigned count_state(const struct message *message, enum recipient_state state)
{
    unsigned count = 0;

    for (unsigned i = 0; i < message->recipient_count; i++)
        count += message->recipients[i].state == state;
    return count;
}

static void give_up(struct world *world, struct message *message)
{
    struct note note = { .kind = NOTE_EXPIRED, .instance = message->instance->number };
    char text[200];

    snprintf(text, sizeof(text), "from=<%s>, status=expired, returned to sender", message->sender_address);
    say_as_qmgr(world, message, world->now, text, &note);
    for (unsigned i = 0; i < message->recipient_count; i++)
        if (message->recipients[i].state == RECIPIENT_WAITING)
            message->recipients[i].state = RECIPIENT_BOUNCED;
}

static void forget_bounced(struct message *message)
{
    for (unsigned i = 0; i < message->recipient_count; i++)
        if (message->recipients[i].state == RECIPIENT_BOUNCED)
            message->recipients[i].state = RECIPIENT_SENT;
}

static void notify_of_outcome(struct world *world, struct message *message)
{
    if (count_state(message, RECIPIENT_BOUNCED) > 0 && message->sender != SENDER_NULL && !message->probe)
        notify(world, message, "non-delivery", world->now);
    else if (message->wants_notice && message->attempts == 1)
        notify(world, message, "delivery status", world->now);
    forget_bounced(message);
}

/* postsuper -r: what waits is queued anew, pickup takes it up again under another queue ID. */
static void requeue(struct world *world, struct message *message)
{
    struct instance *instance = message->instance;
    struct message *next = goes_on(world, message, world->now + SECOND);
    struct text text;

    next->arrived = message->arrived;
    text_clear(&text);
    text_add(&text, message->queue_id, ": requeued");
    say(world, instance, PROGRAM_POSTSUPER, daemon_of(instance, PROGRAM_POSTSUPER)->pid, world->now, &text, NULL);
    text_clear(&text);
    text_add(&text, next->queue_id, ": uid=103 from=<", next->sender_address, "> orig_id=", message->queue_id);
    say(world, instance, PROGRAM_PICKUP, daemon_of(instance, PROGRAM_PICKUP)->pid, world->now + SECOND, &text, NULL);
    enter_queue(world, next, world->now + SECOND + 1000);
    free(message); /* its inode stays taken: the file only moved */
}

static void wait(struct world *world, struct message *message)
{
    int64_t seconds = (int64_t)BACKOFF_MINIMAL << (message->attempts > 3 ? 3 : message->attempts - 1);

    event_queue_add(&world->queue, world->now + seconds * SECOND + jitter(world, 30 * SECOND), HAPPENS_DELIVERY,
                    message);
}

void mail_settles(struct world *world, struct message *message)
{
    int64_t age = (world->now - message->arrived) / SECOND;

    if (orphaned(message)) {
        free(message);
        return;
    }
    if (message->probe || (count_state(message, RECIPIENT_WAITING) > 0 && age > QUEUE_LIFETIME)) {
        if (!message->probe)
            give_up(world, message);
        notify_of_outcome(world, message);
    } else {
        notify_of_outcome(world, message);
        if (count_state(message, RECIPIENT_WAITING) > 0) {
            if (random_chance(&world->random, 20))
                requeue(world, message);
            else
                wait(world, message);
            return;
        }
    }
    say_as_qmgr(world, message, world->now, "removed", NULL);
    free_message(message);
}
