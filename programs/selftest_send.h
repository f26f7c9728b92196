/*
 * selftest_send - hand a message to a submission server over TLS, as a mail program does
 *
 * By libcurl.  STARTTLS is demanded, or TLS is there from the first octet: in
 * plaintext neither password nor message goes out.
 */
#ifndef PROGRAMS_SELFTEST_SEND_H
#define PROGRAMS_SELFTEST_SEND_H

#include "shared/error.h"
#include "shared/view.h"

enum { SEND_REPLY_MAX = 512 };

struct selftest_mail {
    const char *host;
    unsigned port;
    bool implicit_tls;
    const char *authorities;      /* PEM file; NULL: the system's, or, on loopback, any certificate is taken */
    const char *login, *password; /* NULL: without authentication */
    const char *from, *to;
    struct view message; /* lines end in CR LF */
    unsigned timeout;    /* seconds */
};

/* 0: the server took it.  -1 with the reason.  reply is the server's last line either way; empty without any. */
int selftest_send(const struct selftest_mail *mail, char reply[SEND_REPLY_MAX], struct error *error);

#endif
