#include "tests/bench/milter_load/macro_values.h"

#include <stdio.h>
#include <string.h>

enum { ABOUT_SESSION = 1, ABOUT_TLS = 2, ABOUT_QUEUE = 4, ABOUT_SENDER = 8, ABOUT_RECIPIENT = 16, CLEANUP_KNOWS = 32 };

enum macro {
    MACRO_I,
    MACRO_J,
    MACRO_V,
    MACRO_UNDERSCORE,
    MACRO_DAEMON_NAME,
    MACRO_DAEMON_ADDR,
    MACRO_DAEMON_PORT,
    MACRO_CLIENT_ADDR,
    MACRO_CLIENT_NAME,
    MACRO_CLIENT_PORT,
    MACRO_CLIENT_PTR,
    MACRO_CLIENT_RESOLVE,
    MACRO_CLIENT_CONNECTIONS,
    MACRO_TLS_VERSION,
    MACRO_CIPHER,
    MACRO_CIPHER_BITS,
    MACRO_CERT_SUBJECT,
    MACRO_CERT_ISSUER,
    MACRO_AUTH_TYPE,
    MACRO_AUTH_AUTHEN,
    MACRO_AUTH_AUTHOR,
    MACRO_MAIL_ADDR,
    MACRO_MAIL_HOST,
    MACRO_MAIL_MAILER,
    MACRO_RCPT_ADDR,
    MACRO_RCPT_HOST,
    MACRO_RCPT_MAILER,
    MACROS
};

static const struct {
    const char *name;
    unsigned about;
    const char *value; /* of a session in plaintext from a stranger */
} macros[MACROS] = {
    [MACRO_I] = { "i", ABOUT_QUEUE | CLEANUP_KNOWS, "" },
    [MACRO_J] = { "j", ABOUT_SESSION | CLEANUP_KNOWS, "mail.example.org" },
    [MACRO_V] = { "v", ABOUT_SESSION | CLEANUP_KNOWS, "Postfix 3.7.11" },
    [MACRO_UNDERSCORE] = { "_", ABOUT_SESSION | CLEANUP_KNOWS, "client.example.com [203.0.113.5]" },
    [MACRO_DAEMON_NAME] = { "{daemon_name}", ABOUT_SESSION | CLEANUP_KNOWS, "mail.example.org" },
    [MACRO_DAEMON_ADDR] = { "{daemon_addr}", ABOUT_SESSION | CLEANUP_KNOWS, "192.0.2.1" },
    [MACRO_DAEMON_PORT] = { "{daemon_port}", ABOUT_SESSION | CLEANUP_KNOWS, "25" },
    [MACRO_CLIENT_ADDR] = { "{client_addr}", ABOUT_SESSION | CLEANUP_KNOWS, "203.0.113.5" },
    [MACRO_CLIENT_NAME] = { "{client_name}", ABOUT_SESSION | CLEANUP_KNOWS, "client.example.com" },
    [MACRO_CLIENT_PORT] = { "{client_port}", ABOUT_SESSION | CLEANUP_KNOWS, "40000" },
    [MACRO_CLIENT_PTR] = { "{client_ptr}", ABOUT_SESSION | CLEANUP_KNOWS, "client.example.com" },
    [MACRO_CLIENT_RESOLVE] = { "{client_resolve}", ABOUT_SESSION, "OK" },
    [MACRO_CLIENT_CONNECTIONS] = { "{client_connections}", ABOUT_SESSION, "1" },
    [MACRO_TLS_VERSION] = { "{tls_version}", ABOUT_TLS, "" },
    [MACRO_CIPHER] = { "{cipher}", ABOUT_TLS, "" },
    [MACRO_CIPHER_BITS] = { "{cipher_bits}", ABOUT_TLS, "" },
    [MACRO_CERT_SUBJECT] = { "{cert_subject}", ABOUT_TLS, "" },
    [MACRO_CERT_ISSUER] = { "{cert_issuer}", ABOUT_TLS, "" },
    [MACRO_AUTH_TYPE] = { "{auth_type}", ABOUT_SENDER | CLEANUP_KNOWS, "" },
    [MACRO_AUTH_AUTHEN] = { "{auth_authen}", ABOUT_SENDER | CLEANUP_KNOWS, "" },
    [MACRO_AUTH_AUTHOR] = { "{auth_author}", ABOUT_SENDER | CLEANUP_KNOWS, "" },
    [MACRO_MAIL_ADDR] = { "{mail_addr}", ABOUT_SENDER, "alice@example.org" },
    [MACRO_MAIL_HOST] = { "{mail_host}", ABOUT_SENDER, "example.org" },
    [MACRO_MAIL_MAILER] = { "{mail_mailer}", ABOUT_SENDER, "smtp" },
    [MACRO_RCPT_ADDR] = { "{rcpt_addr}", ABOUT_RECIPIENT, "" },
    [MACRO_RCPT_HOST] = { "{rcpt_host}", ABOUT_RECIPIENT, "" },
    [MACRO_RCPT_MAILER] = { "{rcpt_mailer}", ABOUT_RECIPIENT, "smtp" },
};

static const char *const defaults[STAGE_COUNT] = {
    [STAGE_CONNECT] = "j {daemon_name} {daemon_addr} v _",
    [STAGE_HELO] = "{tls_version} {cipher} {cipher_bits} {cert_subject} {cert_issuer}",
    [STAGE_MAIL] = "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host} {mail_mailer}",
    [STAGE_RCPT] = "i {rcpt_addr} {rcpt_host} {rcpt_mailer}",
    [STAGE_DATA] = "i",
    [STAGE_EOM] = "i",
    [STAGE_EOH] = "i",
};

/* TLS and who logged in, as assignments that profiles share. */
#define TLS_1_3 "{tls_version}=TLSv1.3", "{cipher}=TLS_AES_256_GCM_SHA384", "{cipher_bits}=256"
#define LOGIN "{auth_type}=PLAIN", "{auth_authen}=alice@mail.example.org"
#define ORIGINATING "{daemon_name}=ORIGINATING"

static const struct {
    const char *name;
    bool local, starttls;
    const char *assignments[12];
} profiles[] = {
    { "submission", false, true, { ORIGINATING, "{daemon_port}=587", TLS_1_3, LOGIN } },
    { "submission-plaintext", false, false, { ORIGINATING, "{daemon_port}=587", LOGIN } },
    { "submission-unauthenticated", false, true, { ORIGINATING, "{daemon_port}=587", TLS_1_3 } },
    { "smtps", false, false, { ORIGINATING, "{daemon_port}=465", TLS_1_3, LOGIN } },
    { "stranger", false, false, { NULL } },
    { "stranger-tls", false, true, { TLS_1_3, "{rcpt_mailer}=local" } },
    { "local",
      true,
      false,
      { "_=localhost [127.0.0.1]", "{daemon_addr}=127.0.0.1", "{daemon_port}=0", "{client_addr}=127.0.0.1",
        "{client_name}=localhost", "{client_port}=0", "{client_ptr}=localhost" } },
};
const char *const macro_profiles =
    "submission|submission-plaintext|submission-unauthenticated|smtps|stranger|stranger-tls|local";

bool macro_values_init(struct macro_values *values, const char *profile)
{
    size_t row = 0;

    while (row < sizeof(profiles) / sizeof(*profiles) && strcmp(profiles[row].name, profile) != 0)
        row++;
    if (row == sizeof(profiles) / sizeof(*profiles))
        return false;
    *values = (struct macro_values){ .local = profiles[row].local, .starttls = profiles[row].starttls };
    for (unsigned id = 0; id < MACROS; id++) {
        snprintf(values->values[id], MACRO_VALUE_MAX, "%s", macros[id].value);
        values->present[id] = macros[id].value[0] != '\0';
    }
    for (const char *const *assignment = profiles[row].assignments; *assignment != NULL; assignment++)
        macro_values_set(values, *assignment);
    values->present[MACRO_RCPT_ADDR] = values->present[MACRO_RCPT_HOST] = values->present[MACRO_I] = true;
    return true;
}

static unsigned find(const char *name, size_t n)
{
    unsigned id = 0;

    while (id < MACROS && (strlen(macros[id].name) != n || memcmp(macros[id].name, name, n) != 0))
        id++;
    return id;
}

bool macro_values_set(struct macro_values *values, const char *assignment)
{
    const char *equals = strchr(assignment, '=');
    unsigned id = equals == NULL ? MACROS : find(assignment, (size_t)(equals - assignment));

    if (id == MACROS)
        return false;
    snprintf(values->values[id], MACRO_VALUE_MAX, "%s", equals + 1);
    values->present[id] = equals[1] != '\0' || id == MACRO_MAIL_ADDR;
    return true;
}

void macro_list_parse(const char *names, size_t n, struct macro_list *list)
{
    const char *end = names + n;

    list->count = 0;
    while (names < end) {
        const char *stop = names;
        unsigned id;

        while (stop < end && *stop != ' ' && *stop != ',' && *stop != '\t')
            stop++;
        id = find(names, (size_t)(stop - names));
        if (id < MACROS && list->count < MACROS_KNOWN_MAX)
            list->ids[list->count++] = (uint8_t)id;
        names = stop + 1;
    }
}

void macro_list_default(enum stage stage, struct macro_list *list)
{
    macro_list_parse(defaults[stage], strlen(defaults[stage]), list);
}

const char *macro_id_name(unsigned id)
{
    return macros[id].name;
}

unsigned macro_id_queue(void)
{
    return MACRO_I;
}

unsigned macro_id_recipient(void)
{
    return MACRO_RCPT_ADDR;
}

unsigned macro_id_recipient_host(void)
{
    return MACRO_RCPT_HOST;
}

unsigned macro_id_client_port(void)
{
    return MACRO_CLIENT_PORT;
}

/* cleanup(8) speaks from the first header on, and all the time for local mail. */
static bool cleanup_speaks(const struct macro_values *values, enum stage stage)
{
    return values->local || stage == STAGE_EOH || stage == STAGE_EOM;
}

bool macro_known(const struct macro_values *values, unsigned id, enum stage stage, bool tls, bool queued)
{
    unsigned about = macros[id].about;

    if (!values->present[id])
        return false;
    if ((about & ABOUT_QUEUE) != 0)
        return queued;
    if (cleanup_speaks(values, stage) && (about & CLEANUP_KNOWS) == 0)
        return values->local &&
               ((id == MACRO_MAIL_ADDR && stage >= STAGE_MAIL) || (id == MACRO_RCPT_ADDR && stage >= STAGE_RCPT));
    if ((about & ABOUT_TLS) != 0)
        return tls;
    if ((about & ABOUT_SENDER) != 0)
        return stage >= STAGE_MAIL;
    if ((about & ABOUT_RECIPIENT) != 0)
        return stage == STAGE_RCPT;
    return true;
}
