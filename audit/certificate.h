/*
 * certificate - what a PEM file with a certificate, its chain and its key says
 *
 * Pure but for OpenSSL's memory.  The first certificate is the server's, as
 * Postfix and OpenSSL take it; the rest is its chain.
 */
#ifndef AUDIT_CERTIFICATE_H
#define AUDIT_CERTIFICATE_H

#include <openssl/x509.h>

#include "shared/buf.h"

enum { CHAIN_MAX = 20 };

struct certificate_file {
    X509 *leaf; /* NULL: the file holds none */
    X509 *chain[CHAIN_MAX];
    size_t chain_count;
    EVP_PKEY *key; /* NULL: none, or locked by a passphrase */
};

/* Never fails: what is not there is NULL.  Give it to certificate_done(). */
void certificate_parse(struct view pem, struct certificate_file *out);
void certificate_done(struct certificate_file *file);

/* Seconds since 1970; 0 where the certificate says nonsense. */
int64_t certificate_not_before(const X509 *certificate);
int64_t certificate_not_after(const X509 *certificate);

/* Its issuer is its subject, and its key identifiers, where it has them, agree. */
bool certificate_self_signed(X509 *certificate);

/* Each certificate but a self-signed one is followed, somewhere in the file, by its issuer; or the system's store has it. */
bool certificate_chain_complete(const struct certificate_file *file);

/* RFC 6125 match of a host name with the subject alternative names. */
bool certificate_has_name(X509 *certificate, struct view host);

/* A key below 2048 bits of RSA or 224 of an elliptic curve, a signature by MD5 or SHA-1: the text says which.  Else empty. */
const char *certificate_weakness(X509 *certificate);

/* "DNS:mail.example.org, DNS:..." or the subject's CN; cut when out is full. */
void certificate_add_names(struct buf *out, X509 *certificate);
void certificate_add_issuer(struct buf *out, X509 *certificate);

/* "2027-03-31" of seconds since 1970, UTC. */
void certificate_add_date(struct buf *out, int64_t when);

#endif
