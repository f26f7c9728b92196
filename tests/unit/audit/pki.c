#include "tests/unit/audit/pki.h"

#include <check.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <sys/stat.h>

static void add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509_EXTENSION *extension;

    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    ck_assert_ptr_nonnull(extension);
    ck_assert_int_eq(X509_add_ext(certificate, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

static void set_names(X509 *certificate, X509 *issuer, const struct identity_options *options)
{
    X509_NAME *name = X509_get_subject_name(certificate);
    char text[300];

    ck_assert_int_eq(
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, (const unsigned char *)options->name, -1, -1, 0), 1);
    ck_assert_int_eq(X509_set_issuer_name(certificate, X509_get_subject_name(issuer)), 1);
    (void)snprintf(text, sizeof(text), "DNS:%s", options->name);
    if (options->authority)
        add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:TRUE");
    else
        add_extension(certificate, issuer, NID_subject_alt_name, text);
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
}

struct identity identity_make(const struct identity *issuer, const struct identity_options *options)
{
    static long serial = 1000;
    struct identity made = { X509_new(),
                             options->rsa_bits > 0 ? EVP_RSA_gen((unsigned)options->rsa_bits) : EVP_EC_gen("P-256") };
    X509 *signer = issuer == NULL ? made.certificate : issuer->certificate;

    ck_assert_ptr_nonnull(made.certificate);
    ck_assert_ptr_nonnull(made.key);
    ck_assert_int_eq(X509_set_version(made.certificate, X509_VERSION_3), 1);
    ck_assert_int_eq(ASN1_INTEGER_set(X509_get_serialNumber(made.certificate), serial++), 1);
    ck_assert_ptr_nonnull(X509_time_adj_ex(X509_getm_notBefore(made.certificate), options->from_days, 0, NULL));
    ck_assert_ptr_nonnull(X509_time_adj_ex(X509_getm_notAfter(made.certificate), options->till_days, 0, NULL));
    ck_assert_int_eq(X509_set_pubkey(made.certificate, made.key), 1);
    set_names(made.certificate, signer, options);
    ck_assert_int_ne(X509_sign(made.certificate, issuer == NULL ? made.key : issuer->key,
                               options->digest == NULL ? EVP_sha256() : options->digest),
                     0);
    return made;
}

void identity_done(struct identity *identity)
{
    X509_free(identity->certificate);
    EVP_PKEY_free(identity->key);
}

void pem_write(const char *path, mode_t mode, const struct identity *const *certificates, size_t count,
               const struct identity *key)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    for (size_t i = 0; i < count; i++)
        ck_assert_int_eq(PEM_write_X509(file, certificates[i]->certificate), 1);
    if (key != NULL)
        ck_assert_int_eq(PEM_write_PrivateKey(file, key->key, NULL, NULL, 0, NULL, NULL), 1);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
}
