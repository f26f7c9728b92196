#include "milter/macros.h"

#define AT(stage) (1U << MACRO_STAGE_##stage)

static const struct {
    const char *name;
    unsigned stages;
    bool none_is_absent; /* see milter_macro_defaults */
} macro_table[MACRO_COUNT] = {
    [MACRO_DAEMON_NAME] = { "{daemon_name}", AT(CONNECT), false },
    [MACRO_DAEMON_ADDRESS] = { "{daemon_addr}", AT(CONNECT), false },
    [MACRO_DAEMON_PORT] = { "{daemon_port}", AT(CONNECT) | AT(HELO), false },
    [MACRO_CLIENT_ADDRESS] = { "{client_addr}", AT(CONNECT), false },
    [MACRO_CLIENT_NAME] = { "{client_name}", AT(CONNECT) | AT(HELO), false },
    [MACRO_CLIENT_PORT] = { "{client_port}", AT(CONNECT) | AT(HELO), false },
    [MACRO_TLS_VERSION] = { "{tls_version}", AT(MAIL), true },
    [MACRO_CIPHER] = { "{cipher}", AT(MAIL), true },
    [MACRO_CIPHER_BITS] = { "{cipher_bits}", AT(MAIL), true },
    [MACRO_CERT_SUBJECT] = { "{cert_subject}", AT(MAIL), true },
    [MACRO_CERT_ISSUER] = { "{cert_issuer}", AT(MAIL), true },
    [MACRO_AUTH_TYPE] = { "{auth_type}", AT(MAIL), true },
    [MACRO_AUTH_LOGIN] = { "{auth_authen}", AT(MAIL), true },
    [MACRO_SENDER] = { "{mail_addr}", AT(MAIL), false },
    [MACRO_RECIPIENT] = { "{rcpt_addr}", AT(RCPT), false },
    [MACRO_TRANSPORT] = { "{rcpt_mailer}", AT(RCPT), false },
    [MACRO_QUEUE_ID] = { "i", AT(MAIL) | AT(RCPT) | AT(DATA) | AT(HEADERS) | AT(MESSAGE), false },
};

const char *macro_name(enum macro_id id)
{
    return macro_table[id].name;
}

void macro_list(enum macro_stage stage, struct buf *out)
{
    for (size_t id = 0; id < MACRO_COUNT; id++) {
        if ((macro_table[id].stages & 1U << stage) == 0)
            continue;
        if (out->len > 0)
            buf_add_char(out, ' ');
        buf_add(out, view_of(macro_table[id].name));
    }
}

bool macro_get(const struct macro_source *source, enum macro_id id, struct view *out)
{
    const char *value = source->get(source->context, macro_table[id].name);

    if (value == NULL || (macro_table[id].none_is_absent && view_eq_nocase(view_of(value), VIEW("none"))))
        return false;
    *out = view_of(value);
    return true;
}
