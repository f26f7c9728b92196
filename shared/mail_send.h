/*
 * mail_send - hand a message to a server, as a mail program does
 *
 * By libcurl.  Unless plaintext is allowed, STARTTLS is demanded, or TLS is
 * there from the first octet, and neither password nor message goes out without it.
 * Not pure.  Threads: curl_global_init(3) must be safe; else any.
 */
#ifndef SHARED_MAIL_SEND_H
#define SHARED_MAIL_SEND_H

#include "shared/error.h"
#include "shared/view.h"

enum { MAIL_REPLY_MAX = 512 };

struct mail_to_send {
    const char *host;
    unsigned port;
    bool implicit_tls;
    bool may_be_plaintext;        /* TLS only where the server offers it, with any certificate: opportunistic */
    const char *authorities;      /* PEM file; NULL: the system's, or, on loopback, any certificate is taken */
    const char *login, *password; /* NULL: without authentication */
    const char *from, *to;
    struct view message; /* lines end in CR LF */
    unsigned timeout;    /* seconds */
};

/* 0: the server took it.  -1 with the reason.  reply is the server's refusal, else its last line but for the answer to QUIT. */
int mail_send(const struct mail_to_send *mail, char reply[MAIL_REPLY_MAX], struct error *error);

#endif
