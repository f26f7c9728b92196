/*
 * tls_protocols - which TLS versions a Postfix protocol list admits
 *
 * Two syntaxes: "!SSLv2, !SSLv3" and "TLSv1.2 TLSv1.3" of old, ">=TLSv1.2"
 * and "<=..." since 3.6 (tls_proto_mask_lims() in Postfix's tls/tls_misc.c).
 * Pure.
 */
#ifndef AUDIT_TLS_PROTOCOLS_H
#define AUDIT_TLS_PROTOCOLS_H

#include "shared/buf.h"

/* Bits, oldest first. */
enum {
    PROTOCOL_SSL_2 = 1 << 0,
    PROTOCOL_SSL_3 = 1 << 1,
    PROTOCOL_TLS_1_0 = 1 << 2,
    PROTOCOL_TLS_1_1 = 1 << 3,
    PROTOCOL_TLS_1_2 = 1 << 4,
    PROTOCOL_TLS_1_3 = 1 << 5,
    PROTOCOLS_ALL = (1 << 6) - 1,
    PROTOCOLS_SSL = PROTOCOL_SSL_2 | PROTOCOL_SSL_3,
    PROTOCOLS_OBSOLETE = PROTOCOLS_SSL | PROTOCOL_TLS_1_0 | PROTOCOL_TLS_1_1 /* RFC 8996 */
};

struct tls_protocols {
    unsigned admitted; /* PROTOCOL_ bits; meaningless with a fault */
    bool bounds;       /* uses >= or <=, which needs 3.6 */
    struct view fault; /* the first word that is no protocol; empty: none */
};

/* A list of postconf(5), smtp_tls_protocols: names to admit, !names to leave out, or the bounds of 3.6, >= and <=. */
struct tls_protocols tls_protocols_parse(struct view list);

/* "SSLv3, TLSv1" for these bits. */
void tls_protocols_add(struct buf *out, unsigned bits);

#endif
