#include "audit/probe.h"

#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/ehlo.h"

/* The hybrid group that TLS 1.3 clients and servers of today prefer; OpenSSL 3.5 and later have it. */
#define POST_QUANTUM_GROUP "X25519MLKEM768"

const int probe_versions[VERSIONS] = { TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION };

/* One conversation up to TLS. */
struct conversation {
    const struct probe_options *options;
    struct server_facts *facts;
    struct talk talk;
    struct error error;
    void (*prepare)(void *to, SSL *ssl);
    void *prepare_to;
};

static bool stop(struct conversation *now, enum probe_step step, const char *what)
{
    now->facts->step = step;
    (void)snprintf(now->facts->trouble, sizeof(now->facts->trouble), "%s", what);
    return false;
}

static void copy_reply(char *out, size_t room, const struct smtp_reply *reply)
{
    char storage[REPLY_OCTETS_MAX + 4 * REPLY_LINES_MAX];
    struct buf text = BUF(storage);

    smtp_reply_add(&text, reply);
    (void)snprintf(out, room, "%.*s", VIEW_ARG(buf_view(&text)));
}

static void copy_view(char *out, size_t room, struct view text)
{
    (void)snprintf(out, room, "%.*s", VIEW_ARG(text));
}

static bool greet(struct conversation *now)
{
    struct smtp_reply reply;

    if (talk_read(&now->talk, &reply, &now->error) == -1)
        return stop(now, STEP_CONNECTED, now->error.text);
    now->facts->greeting_code = reply.code;
    copy_reply(now->facts->greeting, sizeof(now->facts->greeting), &reply);
    if (reply.code == 220)
        return true;
    return stop(now, STEP_GREETED, "the server refuses to talk");
}

/* EHLO, and what it offers: before or under TLS. */
static bool say_ehlo(struct conversation *now, bool under_tls)
{
    struct server_facts *facts = now->facts;
    char line[DNS_NAME_TEXT_MAX + 8];
    struct smtp_reply reply;
    struct ehlo ehlo;

    (void)snprintf(line, sizeof(line), "EHLO %s", now->options->helo);
    if (talk_send(&now->talk, line, &now->error) == -1 || talk_read(&now->talk, &reply, &now->error) == -1)
        return false;
    ehlo = ehlo_read(&reply);
    if (!ehlo.answered) {
        error_set(&now->error, ERROR_SYNTAX, "EHLO is answered %u", reply.code);
        return false;
    }
    copy_view(facts->name, sizeof(facts->name), ehlo.name);
    if (under_tls) {
        copy_view(facts->auth_after, sizeof(facts->auth_after), ehlo.auth);
        return true;
    }
    copy_view(facts->auth_before, sizeof(facts->auth_before), ehlo.auth);
    facts->starttls = ehlo.starttls;
    facts->overwritten = ehlo.overwritten;
    return true;
}

static bool say_starttls(struct conversation *now)
{
    struct smtp_reply reply;

    if (!now->facts->starttls)
        return stop(now, STEP_EHLO, "STARTTLS is not offered");
    if (talk_send(&now->talk, "STARTTLS", &now->error) == -1 || talk_read(&now->talk, &reply, &now->error) == -1)
        return stop(now, STEP_EHLO, now->error.text);
    now->facts->starttls_code = reply.code;
    if (reply.code == 220)
        return true;
    copy_reply(now->facts->trouble, sizeof(now->facts->trouble), &reply);
    now->facts->step = STEP_EHLO;
    return false;
}

static const char *server_name(const struct server_facts *facts)
{
    struct address address;

    return address_parse(view_of(facts->host), &address) ? NULL : facts->host; /* RFC 6066 section 3: no addresses */
}

static bool shake_hands(struct conversation *now, SSL_CTX *context)
{
    if (talk_start_tls(&now->talk, context, server_name(now->facts), now->prepare, now->prepare_to, &now->error) == 0)
        return true;
    return stop(now, STEP_STARTTLS, now->error.text);
}

static bool reach_starttls(struct conversation *now)
{
    if (!greet(now))
        return false;
    if (!say_ehlo(now, false))
        return stop(now, STEP_GREETED, now->error.text);
    return say_starttls(now);
}

/* Up to a TLS session; the conversation is left open when there is one. */
static bool reach_tls(struct conversation *now, SSL_CTX *context)
{
    struct server_facts *facts = now->facts;

    if (talk_open(&now->talk, &facts->address, facts->port, &now->options->limits, &now->error) == -1)
        return stop(now, STEP_NONE, now->error.text);
    if ((facts->implicit || reach_starttls(now)) && shake_hands(now, context)) {
        facts->step = STEP_TLS;
        return true;
    }
    if (facts->step == STEP_STARTTLS)
        talk_close(&now->talk); /* neither plaintext nor TLS: no QUIT is understood */
    else
        talk_quit(&now->talk);
    return false;
}

/* Another conversation about the same server, with scratch facts of its own. */
static enum trial try_context(const struct probe_options *options, const struct server_facts *known, SSL_CTX *context,
                              bool (*judge)(SSL *ssl), void (*prepare)(void *to, SSL *ssl), void *to)
{
    struct conversation *now = calloc(1, sizeof(*now));
    struct server_facts *scratch = malloc(sizeof(*scratch));
    enum trial result = TRIAL_UNKNOWN;

    if (now != NULL && scratch != NULL) {
        *scratch = *known;
        now->options = options;
        now->facts = scratch;
        now->prepare = prepare;
        now->prepare_to = to;
        now->talk.fd = -1;
        if (reach_tls(now, context)) {
            result = judge == NULL || judge(now->talk.ssl) ? TRIAL_YES : TRIAL_NO;
            talk_quit(&now->talk);
        } else if (scratch->step == STEP_STARTTLS && now->error.kind != ERROR_LIMIT) {
            result = TRIAL_NO; /* it answered, and would not */
        }
    }
    free(scratch);
    free(now);
    return result;
}

static enum trial try_options(const struct probe_options *options, const struct server_facts *known,
                              const struct handshake_options *handshake)
{
    SSL_CTX *context = handshake_context(handshake);
    enum trial result = TRIAL_NOT_MADE;

    if (context != NULL)
        result = try_context(options, known, context, NULL, NULL, NULL);
    SSL_CTX_free(context);
    return result;
}

static void try_versions(const struct probe_options *options, struct server_facts *facts)
{
    for (size_t i = 0; i < VERSIONS; i++)
        facts->versions[i] = try_options(options, facts, &(struct handshake_options){ .version = probe_versions[i] });
    facts->post_quantum = try_options(
        options, facts, &(struct handshake_options){ .version = TLS1_3_VERSION, .groups = POST_QUANTUM_GROUP });
}

struct dane {
    const struct tlsa_records *tlsa;
    const char *host;
};

static void add_records(void *to, SSL *ssl)
{
    const struct dane *dane = to;

    if (SSL_dane_enable(ssl, dane->host) != 1)
        return;
    /* RFC 7672 section 3.1.1: the key is the whole proof. */
    (void)SSL_dane_set_flags(ssl, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    for (size_t i = 0; i < dane->tlsa->count; i++) {
        const struct tlsa_data *row = &dane->tlsa->rows[i];

        if (tlsa_usable(row))
            (void)SSL_dane_tlsa_add(ssl, row->usage, row->selector, row->matching, row->data, row->data_length);
    }
}

static bool dane_matches(SSL *ssl)
{
    return SSL_get_verify_result(ssl) == X509_V_OK && SSL_get0_dane_authority(ssl, NULL, NULL) >= 0;
}

static void try_dane(const struct probe_options *options, const struct tlsa_records *tlsa, struct server_facts *facts)
{
    struct dane dane = { tlsa, facts->host };
    SSL_CTX *context = handshake_context(&(struct handshake_options){ .version = 0 });

    if (context != NULL && SSL_CTX_dane_enable(context) == 1)
        facts->dane = try_context(options, facts, context, dane_matches, add_records, &dane);
    SSL_CTX_free(context);
    ERR_clear_error();
}

static void keep_tlsa(const struct tlsa_records *tlsa, struct server_facts *facts)
{
    facts->tlsa = tlsa->lookup;
    facts->tlsa_records = tlsa->count;
    for (size_t i = 0; i < tlsa->count; i++)
        facts->tlsa_usable += tlsa_usable(&tlsa->rows[i]);
}

/* The conversation that tells most. */
static void look(const struct probe_options *options, SSL_CTX *context, struct server_facts *facts)
{
    struct conversation *now = calloc(1, sizeof(*now));

    if (now == NULL)
        return;
    now->options = options;
    now->facts = facts;
    now->talk.fd = -1;
    if (reach_tls(now, context)) {
        session_read(now->talk.ssl, facts->host, &facts->session);
        /* A server that hangs up now still has TLS: its EHLO stays unknown. */
        if (!facts->implicit || greet(now))
            (void)say_ehlo(now, true);
        facts->step = STEP_TLS;
        talk_quit(&now->talk);
    }
    free(now);
}

void probe_server(const struct probe_options *options, const struct tlsa_records *tlsa, struct server_facts *facts)
{
    SSL_CTX *context = handshake_context(&(struct handshake_options){ .authorities = options->authorities });

    if (tlsa != NULL)
        keep_tlsa(tlsa, facts);
    if (context == NULL) {
        (void)snprintf(facts->trouble, sizeof(facts->trouble), "OpenSSL cannot read the authorities");
        return;
    }
    look(options, context, facts);
    SSL_CTX_free(context);
    /* Nothing more is learnt where nobody answers, or no TLS is to be had. */
    if (options->brief || facts->step < STEP_STARTTLS)
        return;
    try_versions(options, facts);
    if (facts->step == STEP_TLS && tlsa != NULL && tlsa->lookup.dnssec == DNSSEC_SECURE && facts->tlsa_usable > 0)
        try_dane(options, tlsa, facts);
}
