#include "audit/handshake.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "audit/certificate.h"
#include "shared/network.h"

enum { STAPLE_MAX = 65536 };

static void copy_text(char *out, size_t room, const char *text)
{
    struct buf copy = buf_over(out, room - 1);
    struct view view = view_of(text);

    buf_add(&copy, view_slice(view, 0, room - 1));
    out[copy.len] = '\0';
}

static OCSP_BASICRESP *read_staple(SSL *ssl, bool *there)
{
    const unsigned char *octets = NULL;
    long length = SSL_get_tlsext_status_ocsp_resp(ssl, &octets);
    OCSP_RESPONSE *response;
    OCSP_BASICRESP *basic = NULL;

    *there = octets != NULL && length > 0;
    if (!*there || length > STAPLE_MAX)
        return NULL;
    response = d2i_OCSP_RESPONSE(NULL, &octets, length);
    if (response != NULL && OCSP_response_status(response) == OCSP_RESPONSE_STATUS_SUCCESSFUL)
        basic = OCSP_response_get1_basic(response);
    OCSP_RESPONSE_free(response);
    return basic;
}

/* What the staple claims; who signed it is not checked here. */
static enum staple staple_of(SSL *ssl)
{
    enum staple result = STAPLE_UNREADABLE;
    bool there;
    OCSP_BASICRESP *basic = read_staple(ssl, &there);

    if (!there)
        return STAPLE_NONE;
    if (basic != NULL && OCSP_resp_count(basic) > 0) {
        switch (OCSP_single_get0_status(OCSP_resp_get0(basic, 0), NULL, NULL, NULL, NULL)) {
        case V_OCSP_CERTSTATUS_GOOD:
            result = STAPLE_GOOD;
            break;
        case V_OCSP_CERTSTATUS_REVOKED:
            result = STAPLE_REVOKED;
            break;
        default:
            result = STAPLE_UNKNOWN;
        }
    }
    OCSP_BASICRESP_free(basic);
    return result;
}

const char *staple_name(enum staple staple)
{
    static const char *const names[] = { [STAPLE_NONE] = "none",
                                         [STAPLE_GOOD] = "good",
                                         [STAPLE_REVOKED] = "revoked",
                                         [STAPLE_UNKNOWN] = "unknown",
                                         [STAPLE_UNREADABLE] = "unreadable" };

    return names[staple];
}

static bool matches(X509 *certificate, const char *host)
{
    struct address address;

    if (address_parse(view_of(host), &address))
        return X509_check_ip_asc(certificate, host, 0) == 1;
    return certificate_has_name(certificate, view_of(host));
}

static void read_certificate(SSL *ssl, const char *host, struct certificate_facts *out)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    const STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    long verified = SSL_get_verify_result(ssl);
    struct buf names = buf_over(out->names, sizeof(out->names)), issuer = buf_over(out->issuer, sizeof(out->issuer));

    out->weakness = "";
    if (certificate == NULL)
        return;
    out->shown = true;
    certificate_add_names(&names, certificate);
    (void)buf_text(&names);
    certificate_add_issuer(&issuer, certificate);
    (void)buf_text(&issuer);
    out->not_before = certificate_not_before(certificate);
    out->not_after = certificate_not_after(certificate);
    out->self_signed = certificate_self_signed(certificate);
    out->name_matches = matches(certificate, host);
    out->trusted = verified == X509_V_OK;
    if (!out->trusted)
        copy_text(out->trust_text, sizeof(out->trust_text), X509_verify_cert_error_string(verified));
    out->weakness = certificate_weakness(certificate);
    out->chain = chain == NULL ? 0 : (unsigned)sk_X509_num(chain);
    out->key_bits = EVP_PKEY_get_bits(X509_get0_pubkey(certificate));
    out->staple = staple_of(ssl);
}

/* X25519, prime256v1, or a group that only its number tells. */
static void read_group(SSL *ssl, struct session_facts *out)
{
    int group = (int)SSL_get_negotiated_group(ssl);
    const char *name = group == NID_undef ? NULL : SSL_group_to_name(ssl, group);

    if (name == NULL && group > 0)
        name = OBJ_nid2sn(group);
    copy_text(out->group, sizeof(out->group), name == NULL ? "" : name);
}

void session_read(SSL *ssl, const char *host, struct session_facts *out)
{
    *out = (struct session_facts){ .bits = 0 };
    copy_text(out->version, sizeof(out->version), SSL_get_version(ssl));
    copy_text(out->cipher, sizeof(out->cipher), SSL_get_cipher_name(ssl));
    out->bits = SSL_get_cipher_bits(ssl, NULL);
    read_group(ssl, out);
    read_certificate(ssl, host, &out->certificate);
    ERR_clear_error();
}

/* Old versions and short keys are out of reach at the system's security level; mail servers take them all the same. */
static bool apply(SSL_CTX *context, const struct handshake_options *options)
{
    int lowest = options->version == 0 ? TLS1_VERSION : options->version;

    if (SSL_CTX_set_cipher_list(context, "DEFAULT:@SECLEVEL=0") != 1 ||
        SSL_CTX_set_min_proto_version(context, lowest) != 1 ||
        SSL_CTX_set_max_proto_version(context, options->version) != 1)
        return false;
    if (options->groups != NULL && SSL_CTX_set1_groups_list(context, options->groups) != 1)
        return false;
    if (options->authorities != NULL)
        return SSL_CTX_load_verify_file(context, options->authorities) == 1;
    return SSL_CTX_set_default_verify_paths(context) == 1;
}

SSL_CTX *handshake_context(const struct handshake_options *options)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    if (context == NULL)
        return NULL;
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    (void)SSL_CTX_set_tlsext_status_type(context, TLSEXT_STATUSTYPE_ocsp);
    if (!apply(context, options)) {
        SSL_CTX_free(context);
        context = NULL;
    }
    ERR_clear_error();
    return context;
}
