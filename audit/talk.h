/*
 * talk - one SMTP conversation with a server, in plaintext or under TLS
 *
 * Non-blocking: each step has its time, and so has the whole.  Not pure.
 * Threads: one conversation belongs to one thread.  SIGPIPE is the caller's to ignore.
 */
#ifndef AUDIT_TALK_H
#define AUDIT_TALK_H

#include <openssl/ssl.h>

#include "audit/smtp_reply.h"
#include "shared/error.h"
#include "shared/network.h"

struct talk_limits {
    unsigned step_ms;  /* one connect, reply or handshake */
    unsigned whole_ms; /* the conversation */
};

struct talk {
    int fd;
    SSL *ssl; /* NULL: plaintext */
    struct talk_limits limits;
    int64_t until; /* of the whole; milliseconds of the monotonic clock */
    size_t used;   /* octets in bytes */
    size_t taken;  /* of them, those of the last reply */
    char bytes[REPLY_OCTETS_MAX];
};

/* Connect.  -1 with the reason ("Connection refused", "timed out"); *talk is then closed. */
int talk_open(struct talk *talk, const struct address *address, unsigned port, const struct talk_limits *limits,
              struct error *error);
void talk_close(struct talk *talk); /* a closed one is fine */

/* The next reply.  Its views are good until the next talk_read().  -1 with the reason: time, limit, the end, or no SMTP. */
int talk_read(struct talk *talk, struct smtp_reply *reply, struct error *error);

/* Send one line, without its line end; at most 512 octets with it (RFC 5321 4.5.3.1.4). */
int talk_send(struct talk *talk, const char *line, struct error *error);

/*
 * The TLS handshake on what is there.  name: for SNI, NULL for an address.
 * What the server sent in plaintext behind its last reply is dropped (RFC 3207 section 5).
 * prepare: more settings of the session before it starts; NULL for none.
 */
int talk_start_tls(struct talk *talk, SSL_CTX *context, const char *name, void (*prepare)(void *to, SSL *ssl), void *to,
                   struct error *error);

/* Close the TLS session and the connection politely after QUIT, without waiting for more than one step. */
void talk_quit(struct talk *talk);

#endif
