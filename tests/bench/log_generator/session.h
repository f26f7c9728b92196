/*
 * session - one connection of smtp(8) or lmtp(8): its TLS lines, and the delivery lines that follow from it
 */
#ifndef LOG_GENERATOR_SESSION_H
#define LOG_GENERATOR_SESSION_H

#include "tests/bench/log_generator/mail.h"

/* One process at work on one message, for the recipients of one next hop. */
struct attempt {
    struct world *world;
    struct message *message;
    struct instance *instance;
    enum program program;
    enum service service;
    enum route route;
    struct process *process;
    int64_t started, time; /* of the next line */
    uint32_t destination;
    struct recipient *recipients[RECIPIENTS_MAX];
    unsigned count;
};

struct session {
    struct server server; /* name "" is none */
    enum session_kind kind;
    enum level level;
    enum version version;
    enum failure failure; /* what happened to TLS on the way to it */
    unsigned uses;        /* messages over this connection */
    const char *field;    /* of Postfix 3.11; NULL: none */
};

/* Write a line of the process, without a note. */
void attempt_say(struct attempt *attempt, const struct text *text);

/* The server's number-th mail server, nothing said yet: no TLS, no field. */
struct session session_to(const struct attempt *attempt, unsigned number);

/* relay=none */
struct session session_none(const struct attempt *attempt, const char *field);

/*
 * A TLS handshake succeeds: its line, if the instance logs TLS.
 * policy is the security level in force, and the field of Postfix 3.11.
 */
void session_handshake(struct attempt *attempt, struct session *session, enum level level, const char *policy);

/* The same session is taken again for another message. */
void session_again(struct attempt *attempt, struct session *session, enum level level, unsigned uses);

/* There is no TLS in this session. */
void session_plaintext(struct attempt *attempt, struct session *session, const char *field);

struct result {
    enum status status;
    const char *dsn;
    bool transfer; /* not sent, but at least the envelope went over the session */
};

/* The line that ends the attempt for one recipient; reply stands in its parentheses. */
void session_result(struct attempt *attempt, const struct session *session, struct recipient *recipient,
                    const struct result *result, const struct text *reply);

/* The same line for all of the attempt's recipients. */
void session_result_all(struct attempt *attempt, const struct session *session, const struct result *result,
                        const struct text *reply);

/* MAIL, RCPT, DATA: some recipients are refused, the others' message is taken. */
void session_transfer(struct attempt *attempt, const struct session *session);

/* "name[address]" */
void add_host(struct text *text, const struct server *server);

#endif
