#include "tests/bench/milter_load/dialogue.h"

#include <arpa/inet.h>
#include <libmilter/mfdef.h>
#include <stdlib.h>
#include <string.h>

enum { OFFERED_VERSION = 6, OFFERED_ACTIONS = 0x1ff, OFFERED_PROTOCOL = 0x1fffff };

static const char *const headers[][2] = {
    { "Received", " from laptop.example.com (client.example.com [203.0.113.5])\n\tby mail.example.org (Postfix) with "
                  "ESMTPSA id 4F1AB2AB8001\n\tfor <user@example.net>; Sat, 21 Nov 2026 19:16:49 +0000 (UTC)" },
    { "DKIM-Signature", " v=1; a=rsa-sha256; c=relaxed/simple; d=example.org; s=mail;\n\tt=1795288609; "
                        "bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=;\n\th=From:To:Subject:Date:Message-ID;\n\t"
                        "b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR" },
    { "From", " Alice Example <alice@example.org>" },
    { "To", " user@example.net" },
    { "Subject", " A message of ordinary length about nothing at all" },
    { "Date", " Sat, 21 Nov 2026 19:16:49 +0000" },
    { "Message-ID", " <1795288609.4655607@client.example.com>" },
    { "MIME-Version", " 1.0" },
    { "Content-Type", " text/plain; charset=utf-8" },
    { "Content-Transfer-Encoding", " 8bit" },
    { "List-Unsubscribe", " <https://example.org/u?1>" },
    { "List-Unsubscribe-Post", " List-Unsubscribe=One-Click" },
};
enum { HEADERS = sizeof(headers) / sizeof(*headers) };

/* The events: what is sent, which flag switches them off, which one the reply. */
static const struct event {
    char command;
    enum stage stage; /* whose macros go before it */
    uint32_t skip, no_reply;
    const char *name;
} events[] = {
    [STEP_NEGOTIATE] = { SMFIC_OPTNEG, STAGE_COUNT, 0, 0, "OPTNEG" },
    [STEP_CONNECT] = { SMFIC_CONNECT, STAGE_CONNECT, SMFIP_NOCONNECT, SMFIP_NR_CONN, "CONNECT" },
    [STEP_HELO] = { SMFIC_HELO, STAGE_HELO, SMFIP_NOHELO, SMFIP_NR_HELO, "HELO" },
    [STEP_HELO_AGAIN] = { SMFIC_HELO, STAGE_HELO, SMFIP_NOHELO, SMFIP_NR_HELO, "HELO" },
    [STEP_MAIL] = { SMFIC_MAIL, STAGE_MAIL, SMFIP_NOMAIL, SMFIP_NR_MAIL, "MAIL" },
    [STEP_RCPT] = { SMFIC_RCPT, STAGE_RCPT, SMFIP_NORCPT, SMFIP_NR_RCPT, "RCPT" },
    [STEP_DATA] = { SMFIC_DATA, STAGE_DATA, SMFIP_NODATA, SMFIP_NR_DATA, "DATA" },
    [STEP_HEADER] = { SMFIC_HEADER, STAGE_EOH, SMFIP_NOHDRS, SMFIP_NR_HDR, "HEADER" },
    [STEP_EOH] = { SMFIC_EOH, STAGE_EOH, SMFIP_NOEOH, SMFIP_NR_EOH, "EOH" },
    [STEP_BODY] = { SMFIC_BODY, STAGE_EOM, SMFIP_NOBODY, SMFIP_NR_BODY, "BODY" },
    [STEP_EOM] = { SMFIC_BODYEOB, STAGE_EOM, 0, 0, "EOM" },
    [STEP_ABORT] = { SMFIC_ABORT, STAGE_COUNT, 0, 0, "ABORT" },
    [STEP_QUIT] = { SMFIC_QUIT, STAGE_COUNT, 0, 0, "QUIT" },
};

void dialogue_init(struct dialogue *dialogue, const struct dialogue_plan *plan, struct dialogue_counts *counts)
{
    *dialogue = (struct dialogue){ .plan = plan, .counts = counts };
}

void dialogue_done(struct dialogue *dialogue)
{
    octets_done(&dialogue->in);
    octets_done(&dialogue->out);
}

static void break_off(struct dialogue *dialogue, const char *fault)
{
    dialogue->state = DIALOGUE_BROKEN;
    dialogue->fault = fault;
}

static const char *macro_value(const struct dialogue *dialogue, unsigned id)
{
    if (id == macro_id_queue())
        return dialogue->queue_id;
    if (id == macro_id_recipient())
        return dialogue->recipient_address;
    if (id == macro_id_recipient_host())
        return dialogue->recipient_host;
    if (id == macro_id_client_port() && !dialogue->plan->macros.local)
        return dialogue->client_port;
    return dialogue->plan->macros.values[id];
}

static void send_macros(struct dialogue *dialogue, const struct event *event)
{
    const struct macro_list *list = &dialogue->lists[event->stage];
    FILE *trace = dialogue->plan->trace;
    size_t at = packet_begin(&dialogue->out, SMFIC_MACRO);
    bool empty = true;

    octets_add(&dialogue->out, &event->command, 1);
    if (trace != NULL)
        fprintf(trace, "MACRO for %s", event->name);
    for (unsigned i = 0; i < list->count; i++) {
        unsigned id = list->ids[i];

        if (!macro_known(&dialogue->plan->macros, id, event->stage, dialogue->tls, dialogue->queued))
            continue;
        packet_add_string(&dialogue->out, macro_id_name(id));
        packet_add_string(&dialogue->out, macro_value(dialogue, id));
        if (trace != NULL)
            fprintf(trace, " %s=\"%s\"", macro_id_name(id), macro_value(dialogue, id));
        empty = false;
    }
    if (trace != NULL)
        fputs(empty ? " (empty list)\n" : "\n", trace);
    packet_end(&dialogue->out, at);
}

/*
 * Of SMTP commands the macros go out even when the event itself does not, as in milter8_event(); headers, their end
 * and the body are not even looked at when they are not wanted, as in milter8_message().
 */
static bool begin_event(struct dialogue *dialogue, size_t *at)
{
    const struct event *event = &events[dialogue->step];
    bool wanted = (dialogue->protocol & event->skip) == 0;
    bool command = event->stage != STAGE_EOH && event->stage != STAGE_EOM;

    if (event->stage != STAGE_COUNT && (wanted || command))
        send_macros(dialogue, event);
    if (!wanted)
        return false;
    if (dialogue->plan->trace != NULL)
        fprintf(dialogue->plan->trace, "%s\n", event->name);
    *at = packet_begin(&dialogue->out, event->command);
    return true;
}

/* True when the filter owes a reply. */
static bool end_event(struct dialogue *dialogue, size_t at)
{
    packet_end(&dialogue->out, at);
    if ((dialogue->protocol & events[dialogue->step].no_reply) != 0)
        return false;
    dialogue->counts->replies_awaited++;
    return true;
}

static bool say_strings(struct dialogue *dialogue, const char *first, const char *second)
{
    size_t at;

    if (!begin_event(dialogue, &at))
        return false;
    if (first != NULL)
        packet_add_string(&dialogue->out, first);
    if (second != NULL)
        packet_add_string(&dialogue->out, second);
    return end_event(dialogue, at);
}

static bool say_connect(struct dialogue *dialogue)
{
    const struct macro_values *macros = &dialogue->plan->macros;
    uint16_t port = htons((uint16_t)strtoul(dialogue->client_port, NULL, 10));
    size_t at;

    if (!begin_event(dialogue, &at))
        return false;
    packet_add_string(&dialogue->out, macros->local ? "localhost" : "client.example.com");
    octets_add(&dialogue->out, "4", 1);
    if (macros->local)
        port = 0;
    octets_add(&dialogue->out, &port, sizeof(port));
    packet_add_string(&dialogue->out, macros->local ? "127.0.0.1" : "203.0.113.5");
    return end_event(dialogue, at);
}

/* smtpd sends addresses in brackets, cleanup without. */
static bool say_path(struct dialogue *dialogue, const char *address)
{
    char path[MACRO_VALUE_MAX + 2];

    snprintf(path, sizeof(path), dialogue->plan->macros.local ? "%s" : "<%s>", address);
    return say_strings(dialogue, path, NULL);
}

static const char *sender_of(const struct dialogue *dialogue)
{
    struct macro_list list;

    macro_list_parse("{mail_addr}", strlen("{mail_addr}"), &list);
    return dialogue->plan->macros.values[list.ids[0]];
}

static bool say_mail(struct dialogue *dialogue)
{
    dialogue->counts->queue_number++;
    snprintf(dialogue->queue_id, sizeof(dialogue->queue_id), "%05X%X",
             (unsigned)(dialogue->counts->queue_number % 0xF4240),
             0xAB8000 + (unsigned)(dialogue->counts->queue_number % 0x8000));
    dialogue->recipient = dialogue->header = dialogue->accepted = 0;
    dialogue->body_sent = 0;
    dialogue->body_skipped = false;
    dialogue->queued = dialogue->plan->macros.local;
    return say_path(dialogue, sender_of(dialogue));
}

static bool say_rcpt(struct dialogue *dialogue)
{
    unsigned number = (unsigned)(dialogue->counts->recipient_number++ % dialogue->plan->domains);

    if (number == 0)
        snprintf(dialogue->recipient_host, sizeof(dialogue->recipient_host), "gmail.com");
    else
        snprintf(dialogue->recipient_host, sizeof(dialogue->recipient_host), "d%u.example.net", number);
    snprintf(dialogue->recipient_address, sizeof(dialogue->recipient_address), "user@%s", dialogue->recipient_host);
    if (dialogue->accepted > 0)
        dialogue->queued = true;
    return say_path(dialogue, dialogue->recipient_address);
}

static bool say_body(struct dialogue *dialogue)
{
    static char chunk[MILTER_CHUNK_SIZE];
    size_t left = dialogue->plan->body - dialogue->body_sent;
    size_t n = left < sizeof(chunk) ? left : sizeof(chunk);
    size_t at;

    if (chunk[0] == '\0')
        for (size_t i = 0; i < sizeof(chunk); i++)
            chunk[i] = (char)(i % 74 == 72 ? '\r' : i % 74 == 73 ? '\n' : 'x');
    dialogue->body_sent += n;
    if (!begin_event(dialogue, &at))
        return false;
    octets_add(&dialogue->out, chunk, n);
    return end_event(dialogue, at);
}

static bool say_plain(struct dialogue *dialogue)
{
    size_t at;

    return begin_event(dialogue, &at) && end_event(dialogue, at);
}

static void say_without_reply(struct dialogue *dialogue, enum step step)
{
    if (dialogue->plan->trace != NULL)
        fprintf(dialogue->plan->trace, "%s\n", events[step].name);
    packet_end(&dialogue->out, packet_begin(&dialogue->out, events[step].command));
}

/* smtpd resets its state after each message; cleanup, which has one only, does not. */
static void finish_message(struct dialogue *dialogue)
{
    if (!dialogue->plan->macros.local)
        say_without_reply(dialogue, STEP_ABORT);
    dialogue->messages++;
    dialogue->step = dialogue->messages < dialogue->plan->messages ? STEP_MAIL : STEP_QUIT;
}

/* The step after this one, once the filter has let it pass. */
static void pass(struct dialogue *dialogue)
{
    switch (dialogue->step) {
    case STEP_CONNECT:
        dialogue->step = STEP_HELO;
        break;
    case STEP_HELO:
        dialogue->step = STEP_READY;
        if (dialogue->plan->macros.starttls) {
            say_without_reply(dialogue, STEP_ABORT); /* what STARTTLS does to the HELO before it */
            dialogue->tls = true;
            dialogue->step = STEP_HELO_AGAIN;
        }
        break;
    case STEP_HELO_AGAIN:
        dialogue->step = STEP_READY;
        break;
    case STEP_MAIL:
        dialogue->step = STEP_RCPT;
        break;
    case STEP_RCPT:
        dialogue->accepted++;
        if (++dialogue->recipient == dialogue->plan->recipients)
            dialogue->step = STEP_DATA;
        break;
    case STEP_DATA:
        dialogue->step = STEP_HEADER;
        break;
    case STEP_HEADER:
        if (++dialogue->header == HEADERS)
            dialogue->step = STEP_EOH;
        break;
    case STEP_EOH:
        dialogue->step = STEP_BODY;
        break;
    case STEP_BODY:
        if (dialogue->body_skipped || dialogue->body_sent == dialogue->plan->body)
            dialogue->step = STEP_EOM;
        break;
    case STEP_EOM:
        dialogue->counts->mails++;
        finish_message(dialogue);
        break;
    case STEP_NEGOTIATE:
    case STEP_READY:
    case STEP_ABORT:
    case STEP_QUIT:
        break;
    }
}

/* Say the current step.  True when a reply is to come. */
static bool say(struct dialogue *dialogue)
{
    switch (dialogue->step) {
    case STEP_CONNECT:
        return say_connect(dialogue);
    case STEP_HELO:
    case STEP_HELO_AGAIN:
        return say_strings(dialogue, dialogue->plan->macros.local ? "localhost" : "client.example.com", NULL);
    case STEP_MAIL:
        return say_mail(dialogue);
    case STEP_RCPT:
        return say_rcpt(dialogue);
    case STEP_HEADER:
        return say_strings(dialogue, headers[dialogue->header][0],
                           headers[dialogue->header][1] + ((dialogue->protocol & SMFIP_HDR_LEADSPC) == 0));
    case STEP_BODY:
        return say_body(dialogue);
    case STEP_DATA:
        dialogue->queued = true;
        return say_plain(dialogue);
    default:
        return say_plain(dialogue);
    }
}

static void run(struct dialogue *dialogue)
{
    dialogue->state = DIALOGUE_WAITS;
    for (;;) {
        if (dialogue->step == STEP_READY) {
            dialogue->state = DIALOGUE_CONNECTED;
            return;
        }
        if (dialogue->step == STEP_QUIT) {
            if (!dialogue->plan->macros.local)
                say_without_reply(dialogue, STEP_ABORT);
            say_without_reply(dialogue, STEP_QUIT);
            dialogue->state = DIALOGUE_OVER;
            return;
        }
        if (say(dialogue))
            return;
        pass(dialogue);
    }
}

void dialogue_start(struct dialogue *dialogue)
{
    size_t at;

    snprintf(dialogue->client_port, sizeof(dialogue->client_port), "%u",
             1024 + (unsigned)(dialogue->counts->queue_number % 60000));
    for (unsigned stage = 0; stage < STAGE_COUNT; stage++)
        macro_list_default((enum stage)stage, &dialogue->lists[stage]);
    dialogue->tls = !dialogue->plan->macros.starttls;
    if (dialogue->plan->trace != NULL)
        fprintf(dialogue->plan->trace, "OPTNEG mta version=%d actions=0x%x protocol=0x%x\n", OFFERED_VERSION,
                OFFERED_ACTIONS, OFFERED_PROTOCOL);
    at = packet_begin(&dialogue->out, SMFIC_OPTNEG);
    packet_add_number(&dialogue->out, OFFERED_VERSION);
    packet_add_number(&dialogue->out, OFFERED_ACTIONS);
    packet_add_number(&dialogue->out, OFFERED_PROTOCOL);
    packet_end(&dialogue->out, at);
}

void dialogue_go(struct dialogue *dialogue)
{
    dialogue->step = STEP_MAIL;
    run(dialogue);
}

/* After the three numbers: pairs of a stage and its names. */
static void take_macro_lists(struct dialogue *dialogue, const char *data, size_t n)
{
    while (n > sizeof(uint32_t)) {
        uint32_t stage = packet_number(data);
        size_t length = strnlen(data + sizeof(stage), n - sizeof(stage));

        if (stage >= STAGE_COUNT || length == n - sizeof(stage)) {
            break_off(dialogue, "a macro list of no known stage, or without end");
            return;
        }
        if (length > 0)
            macro_list_parse(data + sizeof(stage), length, &dialogue->lists[stage]);
        data += sizeof(stage) + length + 1;
        n -= sizeof(stage) + length + 1;
    }
}

static void take_negotiation(struct dialogue *dialogue, const struct packet *packet)
{
    uint32_t version, actions;

    if (packet->command != SMFIC_OPTNEG || packet->n < MILTER_OPTLEN) {
        break_off(dialogue, "no answer to the offer");
        return;
    }
    version = packet_number(packet->data);
    actions = packet_number(packet->data + 4);
    dialogue->protocol = packet_number(packet->data + 8);
    if (version < 2 || version > OFFERED_VERSION || (actions & ~(uint32_t)OFFERED_ACTIONS) != 0 ||
        (dialogue->protocol & ~(uint32_t)OFFERED_PROTOCOL) != 0) {
        break_off(dialogue, "it wants what was not offered");
        return;
    }
    take_macro_lists(dialogue, packet->data + MILTER_OPTLEN, packet->n - MILTER_OPTLEN);
    if (dialogue->state == DIALOGUE_BROKEN)
        return;
    dialogue->step = STEP_CONNECT;
    run(dialogue);
}

static void take_refusal(struct dialogue *dialogue)
{
    if (dialogue->step == STEP_RCPT) {
        dialogue->counts->refused_recipients++;
        if (++dialogue->recipient < dialogue->plan->recipients) {
            run(dialogue);
            return;
        }
        if (dialogue->accepted > 0) {
            dialogue->step = STEP_DATA;
            run(dialogue);
            return;
        }
    }
    dialogue->counts->refused_mails++;
    if (dialogue->step < STEP_READY)
        dialogue->step = STEP_QUIT;
    else
        finish_message(dialogue);
    run(dialogue);
}

static void take_accept(struct dialogue *dialogue)
{
    if (dialogue->step < STEP_READY) {
        dialogue->counts->mails += dialogue->plan->messages;
        dialogue->step = STEP_QUIT;
    } else {
        dialogue->counts->mails++;
        finish_message(dialogue);
    }
    run(dialogue);
}

/* Only at end of message may a filter change anything, before its verdict. */
static bool take_change(struct dialogue *dialogue, char command)
{
    if (strchr("+-2behim", command) == NULL && command != SMFIR_QUARANTINE)
        return false;
    if (dialogue->step != STEP_EOM)
        break_off(dialogue, "a change before the end of message");
    else if (command == SMFIR_QUARANTINE)
        dialogue->counts->held++;
    else
        dialogue->counts->changes++;
    return true;
}

static void take_reply(struct dialogue *dialogue, const struct packet *packet)
{
    if (dialogue->step == STEP_NEGOTIATE) {
        take_negotiation(dialogue, packet);
        return;
    }
    if (take_change(dialogue, packet->command))
        return;
    switch (packet->command) {
    case SMFIR_SKIP:
        if (dialogue->step != STEP_BODY || (dialogue->protocol & SMFIP_SKIP) == 0) {
            break_off(dialogue, "a skip where none was agreed on");
            return;
        }
        dialogue->body_skipped = true;
        pass(dialogue);
        run(dialogue);
        break;
    case SMFIR_CONTINUE:
        pass(dialogue);
        run(dialogue);
        break;
    case SMFIR_ACCEPT:
        take_accept(dialogue);
        break;
    case SMFIR_PROGRESS:
        break;
    case SMFIR_REJECT:
    case SMFIR_TEMPFAIL:
    case SMFIR_REPLYCODE:
    case SMFIR_DISCARD:
        take_refusal(dialogue);
        break;
    default:
        break_off(dialogue, "a reply that Postfix does not know");
    }
}

void dialogue_receive(struct dialogue *dialogue)
{
    bool broken = false;
    struct packet packet;

    while (dialogue->state != DIALOGUE_BROKEN && packet_take(&dialogue->in, &packet, &broken)) {
        if (dialogue->state != DIALOGUE_WAITS) {
            break_off(dialogue, "a reply that nobody waits for");
            return;
        }
        take_reply(dialogue, &packet);
    }
    if (broken)
        break_off(dialogue, "a packet of impossible length");
}
