/*
 * macros - what Postfix says of a session beside the SMTP commands, and when it is asked for it
 *
 * One table: each macro's name as Postfix writes it and the stages it is asked
 * at.  smtpd(8) knows all of them, cleanup(8) (headers, end of message,
 * sendmail(1) mail) only some: see src/smtpd/smtpd_milter.c and
 * src/cleanup/cleanup_milter.c.  So TLS and SASL are asked at MAIL and not
 * later, and not at HELO, which a client may leave out behind STARTTLS.
 * Before 3.5 Postfix takes main.cf's list at CONNECT, because it connects to
 * the filter only then (src/milter/milter.c, milter_conn_event()): what that
 * list has not got is asked for at HELO once more.
 * Pure.
 */
#ifndef MILTER_MACROS_H
#define MILTER_MACROS_H

#include "shared/buf.h"

enum macro_id {
    MACRO_DAEMON_NAME,
    MACRO_DAEMON_ADDRESS,
    MACRO_DAEMON_PORT,
    MACRO_CLIENT_ADDRESS,
    MACRO_CLIENT_NAME,
    MACRO_CLIENT_PORT,
    MACRO_TLS_VERSION,
    MACRO_CIPHER,
    MACRO_CIPHER_BITS,
    MACRO_CERT_SUBJECT,
    MACRO_CERT_ISSUER,
    MACRO_AUTH_TYPE,
    MACRO_AUTH_LOGIN,
    MACRO_SENDER,
    MACRO_RECIPIENT,
    MACRO_TRANSPORT,
    MACRO_QUEUE_ID,
    MACRO_COUNT
};

/* The stages libmilter and Postfix keep macro lists for; an engine maps them to its own numbers. */
enum macro_stage {
    MACRO_STAGE_CONNECT,
    MACRO_STAGE_HELO,
    MACRO_STAGE_MAIL,
    MACRO_STAGE_RCPT,
    MACRO_STAGE_DATA,
    MACRO_STAGE_HEADERS,
    MACRO_STAGE_MESSAGE,
    MACRO_STAGE_COUNT
};

/* Octets of a stage's list, NUL included.  All lists together stay under 700: miltertest takes no more than 1 KiB. */
enum { MACRO_LIST_MAX = 160 };

/* Where the values of the session's current stage come from.  get() gives NULL for a macro Postfix did not send. */
struct macro_source {
    const char *(*get)(void *context, const char *name);
    void *context;
};

/* The name as Postfix and libmilter take it: "{client_addr}", "i". */
const char *macro_name(enum macro_id id);

/* The list to ask for at a stage, names with one blank between them.  out needs MACRO_LIST_MAX octets. */
void macro_list(enum macro_stage stage, struct buf *out);

/*
 * The macro's value, valid until the callback returns.
 * False when it is absent.  Empty values are present: Postfix sends them (the null sender).
 * TLS and SASL macros that say "none" are absent, too: milter_macro_defaults makes them so (postconf(5)).
 */
bool macro_get(const struct macro_source *source, enum macro_id id, struct view *out);

#endif
