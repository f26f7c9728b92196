#include "audit/certificate.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

#include "shared/stamp.h"

/* Never ask the terminal for a passphrase. */
static int no_passphrase(char *out, int size, int writing, void *context)
{
    (void)out;
    (void)size;
    (void)writing;
    (void)context;
    return 0;
}

static BIO *open_text(struct view pem)
{
    return pem.n > INT32_MAX ? NULL : BIO_new_mem_buf(pem.p, (int)pem.n);
}

static void read_certificates(BIO *bio, struct certificate_file *out)
{
    X509 *next;

    while ((next = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)) != NULL) {
        if (out->leaf == NULL)
            out->leaf = next;
        else if (out->chain_count < CHAIN_MAX)
            out->chain[out->chain_count++] = next;
        else
            X509_free(next);
    }
}

void certificate_parse(struct view pem, struct certificate_file *out)
{
    BIO *bio = open_text(pem);

    *out = (struct certificate_file){ .leaf = NULL };
    if (bio == NULL)
        return;
    read_certificates(bio, out);
    BIO_free(bio);
    bio = open_text(pem);
    if (bio != NULL) {
        out->key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
        BIO_free(bio);
    }
    ERR_clear_error();
}

void certificate_done(struct certificate_file *file)
{
    X509_free(file->leaf);
    for (size_t i = 0; i < file->chain_count; i++)
        X509_free(file->chain[i]);
    EVP_PKEY_free(file->key);
    *file = (struct certificate_file){ .leaf = NULL };
}

static int64_t seconds_of(const ASN1_TIME *when)
{
    struct tm broken;

    if (when == NULL || ASN1_TIME_to_tm(when, &broken) != 1)
        return 0;
    return (int64_t)timegm(&broken);
}

int64_t certificate_not_before(const X509 *certificate)
{
    return seconds_of(X509_get0_notBefore(certificate));
}

int64_t certificate_not_after(const X509 *certificate)
{
    return seconds_of(X509_get0_notAfter(certificate));
}

bool certificate_self_signed(X509 *certificate)
{
    return (X509_get_extension_flags(certificate) & EXFLAG_SI) != 0;
}

static bool in_system_store(X509 *certificate)
{
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509 *issuer = NULL;
    bool found = false;

    if (store != NULL && context != NULL && X509_STORE_set_default_paths(store) == 1 &&
        X509_STORE_CTX_init(context, store, certificate, NULL) == 1)
        found = X509_STORE_CTX_get1_issuer(&issuer, context, certificate) == 1;
    X509_free(issuer);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    ERR_clear_error();
    return found;
}

static X509 *issuer_in_file(const struct certificate_file *file, X509 *certificate)
{
    for (size_t i = 0; i < file->chain_count; i++) {
        if (X509_check_issued(file->chain[i], certificate) == X509_V_OK)
            return file->chain[i];
    }
    return NULL;
}

bool certificate_chain_complete(const struct certificate_file *file)
{
    X509 *at = file->leaf;

    for (size_t steps = 0; at != NULL && steps <= CHAIN_MAX; steps++) {
        X509 *issuer;

        if (certificate_self_signed(at))
            return true;
        issuer = issuer_in_file(file, at);
        if (issuer == NULL)
            return in_system_store(at);
        at = issuer;
    }
    return false;
}

bool certificate_has_name(X509 *certificate, struct view host)
{
    return host.n > 0 && X509_check_host(certificate, host.p, host.n, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL) == 1;
}

const char *certificate_weakness(X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    int digest = NID_undef, bits = key == NULL ? 0 : EVP_PKEY_get_bits(key);

    if (key == NULL)
        return "a key that OpenSSL cannot read";
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && bits < 2048)
        return "an RSA key below 2048 bits";
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && bits < 224)
        return "an elliptic curve below 224 bits";
    /* Its own signature says nothing about a self-signed certificate. */
    if (certificate_self_signed(certificate))
        return "";
    if (X509_get_signature_info(certificate, &digest, NULL, NULL, NULL) == 1 &&
        (digest == NID_md5 || digest == NID_sha1))
        return digest == NID_md5 ? "a signature by MD5" : "a signature by SHA-1";
    return "";
}

static void add_octets(struct buf *out, const ASN1_STRING *text)
{
    int length = ASN1_STRING_length(text);

    buf_add(out, (struct view){ (const char *)ASN1_STRING_get0_data(text), length < 0 ? 0 : (size_t)length });
}

static void add_common_name(struct buf *out, const X509_NAME *name)
{
    int at = X509_NAME_get_index_by_NID(name, NID_commonName, -1);

    if (at >= 0)
        add_octets(out, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
}

void certificate_add_names(struct buf *out, X509 *certificate)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    bool any = false;

    for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

        if (name->type != GEN_DNS)
            continue;
        if (any)
            buf_add(out, VIEW(", "));
        add_octets(out, name->d.dNSName);
        any = true;
    }
    if (!any)
        add_common_name(out, X509_get_subject_name(certificate));
    GENERAL_NAMES_free(names);
}

void certificate_add_issuer(struct buf *out, X509 *certificate)
{
    add_common_name(out, X509_get_issuer_name(certificate));
}

void certificate_add_date(struct buf *out, int64_t when)
{
    stamp_date(out, when * 1000, 0);
}
