/*
 * gate - the records that outward-milter writes beside Postfix's lines
 *
 * One record for each message that passes the gate, one for each that it
 * refuses.  Format: shared/record.h; here it is written from what happened,
 * not by the same code.
 */
#ifndef LOG_GENERATOR_GATE_H
#define LOG_GENERATOR_GATE_H

#include "tests/bench/log_generator/mail.h"

/* How mail comes in, as far as reports tell submissions apart. */
enum gate_kind {
    GATE_SUBMISSION,
    GATE_SMTPS,
    GATE_PLAINTEXT, /* with a login, on 587: a rule that is only watched would refuse it */
    GATE_REFUSED,   /* neither TLS nor login: refused at MAIL */
    GATE_LOCAL,     /* sendmail(1) */
    GATE_INBOUND,   /* a stranger's: recorded, never judged */
    GATE_KINDS
};

enum { CLIENTS = 200, GATE_ROWS = GATE_KINDS * SENDERS_OWN * CLIENTS };

/* Who submits, and how; a row of the report's table of submissions has a number. */
struct gate_submission {
    enum gate_kind kind;
    uint32_t login;  /* sender number of whoever logged in */
    uint32_t client; /* below CLIENTS */
};

/* "name[address]" */
void client_name(uint32_t client, char *out, size_t size);

/* What the report calls a row: the truth's callback.  "null" is a word of JSON here. */
struct gate_row {
    char listener[16], login[40], client[64], tls[16], auth[16];
};
void gate_row_describe(uint32_t row, struct gate_row *out);

/* Write a record.  message NULL: refused before there was one. */
void gate_say(struct world *world, struct instance *instance, const struct message *message,
              const struct gate_submission *submission, int64_t time);

#endif
