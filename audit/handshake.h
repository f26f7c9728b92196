/*
 * handshake - what a TLS session shows of the server
 *
 * The session is made without checking the certificate; what a check would
 * say is a fact of its own.  Pure but for OpenSSL's memory.
 */
#ifndef AUDIT_HANDSHAKE_H
#define AUDIT_HANDSHAKE_H

#include <openssl/ssl.h>

#include "shared/buf.h"

enum { TLS_TEXT_MAX = 256 };

enum staple { STAPLE_NONE, STAPLE_GOOD, STAPLE_REVOKED, STAPLE_UNKNOWN, STAPLE_UNREADABLE };

struct certificate_facts {
    bool shown;                /* the server sent one */
    char names[TLS_TEXT_MAX];  /* DNS names, or the CN */
    char issuer[TLS_TEXT_MAX]; /* its CN */
    int64_t not_before, not_after;
    bool self_signed;
    bool name_matches;    /* the name that was asked for, RFC 6125 */
    bool trusted;         /* leads to an authority that is trusted here, with valid dates */
    char trust_text[128]; /* why not, in OpenSSL's words; empty when trusted */
    const char *weakness; /* of key or signature; empty: none */
    unsigned chain;       /* certificates sent */
    int key_bits;
    enum staple staple;
};

struct session_facts {
    char version[16], cipher[64], group[64]; /* group: of the key exchange; empty where there is none */
    int bits;
    struct certificate_facts certificate;
};

/* host: the name to compare the certificate with; an address is compared with its addresses. */
void session_read(SSL *ssl, const char *host, struct session_facts *out);

const char *staple_name(enum staple staple); /* none, good, revoked, unknown, unreadable */

/* Settings of a client that takes any server, as a mail server must. */
struct handshake_options {
    int version;             /* TLS1_VERSION ... for this one alone; 0: the best of TLS 1.0 and later */
    const char *groups;      /* of the key exchange alone; NULL: the defaults */
    const char *authorities; /* a PEM file; NULL: the system's */
};

/* NULL when this OpenSSL cannot do what the options ask. */
SSL_CTX *handshake_context(const struct handshake_options *options);

#endif
