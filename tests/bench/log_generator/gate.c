#include "tests/bench/log_generator/gate.h"

#include <stdio.h>
#include <string.h>

static const struct {
    const char *listener, *port, *tls, *auth;
    bool login;
} kinds[GATE_KINDS] = {
    [GATE_SUBMISSION] = { "submission", "587", "TLSv1.3", "PLAIN", true },
    [GATE_SMTPS] = { "submission", "465", "TLSv1.2", "LOGIN", true },
    [GATE_PLAINTEXT] = { "submission", "587", "none", "PLAIN", true },
    [GATE_REFUSED] = { "submission", "587", "none", "none", false },
    [GATE_LOCAL] = { NULL, "0", NULL, NULL, false },
    [GATE_INBOUND] = { NULL, "25", "none", "none", false }, /* no row: it is no submission */
};

void client_name(uint32_t client, char *out, size_t size)
{
    if (client < 20)
        snprintf(out, size, "unknown[203.0.113.%u]", client + 1);
    else
        snprintf(out, size, "client%u.example.com[203.0.113.%u]", client, client + 1);
}

static uint32_t row_of(const struct gate_submission *submission)
{
    uint32_t login = kinds[submission->kind].login ? submission->login : 0;
    uint32_t client = submission->kind == GATE_LOCAL ? 0 : submission->client;

    return (submission->kind * SENDERS_OWN + login) * CLIENTS + client;
}

static void add_login(uint32_t login, char *out, size_t size)
{
    snprintf(out, size, "user%u@example.org", login);
}

void gate_row_describe(uint32_t row, struct gate_row *out)
{
    uint32_t kind = row / CLIENTS / SENDERS_OWN;
    const char *listener = kinds[kind].listener, *tls = kinds[kind].tls;

    /* Local mail came over no connection: it is neither in plaintext nor encrypted. */
    if (kind == GATE_LOCAL)
        listener = tls = "local";
    snprintf(out->listener, sizeof(out->listener), "%s", listener == NULL ? "none" : listener);
    snprintf(out->tls, sizeof(out->tls), "%s", tls == NULL ? "none" : tls);
    snprintf(out->auth, sizeof(out->auth), "%s", kinds[kind].auth == NULL ? "none" : kinds[kind].auth);
    if (kind == GATE_LOCAL)
        snprintf(out->client, sizeof(out->client), "localhost[127.0.0.1]");
    else
        client_name(row % CLIENTS, out->client, sizeof(out->client));
    out->login[0] = '\0';
    if (kinds[kind].login)
        add_login(row / CLIENTS % SENDERS_OWN, out->login, sizeof(out->login));
}

/* Foreign octets as a record shows them. */
static void add_escaped(struct text *text, const char *value)
{
    for (; *value != '\0'; value++) {
        unsigned char octet = (unsigned char)*value;
        char shown[4] = { *value, '\0' };

        if (octet <= ' ' || octet > '~' || strchr("%\",", *value) != NULL)
            snprintf(shown, sizeof(shown), "%%%02X", octet);
        text_add(text, shown);
    }
}

/* Keys stand in the order in which the gate writes them. */
static void add_decision(struct text *text, enum gate_kind kind)
{
    if (kind == GATE_REFUSED)
        text_add(text, "decision=reject direction=outbound rule=outward.conf:15 reply=530,5.7.0");
    else if (kind == GATE_INBOUND)
        text_add(text, "decision=none direction=inbound");
    else
        text_add(text, "decision=accept direction=outbound rule=outward.conf:16");
    if (kind == GATE_PLAINTEXT)
        text_add(text, " would=reject/outward.conf:14");
    text_add(text, " mode=enforce gen=1 stage=", kind == GATE_REFUSED ? "mail" : "eom");
}

static void add_tls(struct text *text, const char *version)
{
    text_add(text, " tls=", version);
    if (strcmp(version, "TLSv1.3") == 0)
        text_add(text, " cipher=TLS_AES_256_GCM_SHA384 bits=256 forward_secrecy=yes");
    else if (strcmp(version, "none") != 0)
        text_add(text, " cipher=ECDHE-RSA-AES256-GCM-SHA384 bits=256 forward_secrecy=yes");
}

static void add_connection(struct text *text, const struct gate_submission *submission)
{
    char client[64] = "localhost[127.0.0.1]", login[40];

    if (submission->kind != GATE_LOCAL)
        client_name(submission->client, client, sizeof(client));
    text_add(text, submission->kind == GATE_LOCAL ? " local=yes" : " local=no");
    if (kinds[submission->kind].listener != NULL)
        text_add(text, " listener=", kinds[submission->kind].listener);
    text_add(text, " port=", kinds[submission->kind].port, " address=192.0.2.1 client=", client);
    if (kinds[submission->kind].tls != NULL) {
        add_tls(text, kinds[submission->kind].tls);
        text_add(text, " auth=", kinds[submission->kind].auth);
    }
    if (!kinds[submission->kind].login)
        return;
    add_login(submission->login, login, sizeof(login));
    text_add(text, " login=", login);
}

static void add_message(struct text *text, const struct message *message)
{
    char domain[DESTINATION_NAME_MAX];

    sender_domain(message->sender, domain, sizeof(domain));
    text_add(text, " from=<");
    add_escaped(text, message->sender_address);
    text_add(text, "> header_from=", domain, " from_agrees=sender dkim=none dkim_aligned=no one_click=no");
    text_add(text, " format_faults=none tls_required_no=no nrcpt=");
    text_add_number(text, message->recipient_count);
    destination_name(message->recipients[0].destination, domain);
    text_add(text, " to=", domain, " transports=smtp to_more=0");
}

static struct note note_of(const struct instance *instance, const struct gate_submission *submission)
{
    return (struct note){
        .kind = submission->kind == GATE_INBOUND ? NOTE_NOTHING : NOTE_RECORD,
        .instance = instance->number,
        .status = submission->kind == GATE_REFUSED ? STATUS_BOUNCED : STATUS_SENT,
        .would = submission->kind == GATE_PLAINTEXT,
        .submission = row_of(submission),
    };
}

void gate_say(struct world *world, struct instance *instance, const struct message *message,
              const struct gate_submission *submission, int64_t time)
{
    struct note note = note_of(instance, submission);
    struct text text;

    text_clear(&text);
    text_add(&text, message == NULL ? "NOQUEUE" : message->queue_id, ": ");
    add_decision(&text, submission->kind);
    add_connection(&text, submission);
    if (message == NULL)
        text_add(&text, " from=<stranger@example.net> nrcpt=0 to_more=0");
    else
        add_message(&text, message);
    say(world, instance, PROGRAM_GATE, daemon_of(instance, PROGRAM_GATE)->pid, time, &text, &note);
}
