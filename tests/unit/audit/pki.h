/* pki - throwaway certificates for tests, made in memory */
#ifndef TESTS_UNIT_AUDIT_PKI_H
#define TESTS_UNIT_AUDIT_PKI_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <sys/types.h>

struct identity {
    X509 *certificate;
    EVP_PKEY *key;
};

struct identity_options {
    const char *name;         /* CN and DNS name */
    int from_days, till_days; /* from now */
    int rsa_bits;             /* 0: elliptic curve P-256 */
    const EVP_MD *digest;     /* NULL: SHA-256 */
    bool authority;
};

/* Signed by issuer, or by itself without one. */
struct identity identity_make(const struct identity *issuer, const struct identity_options *options);
void identity_done(struct identity *identity);

/* Write PEM: the certificates given, then the key (NULL: none). */
void pem_write(const char *path, mode_t mode, const struct identity *const *certificates, size_t count,
               const struct identity *key);

#endif
