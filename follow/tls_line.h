/*
 * tls_line - the summary of a TLS handshake that smtp(8) and lmtp(8) log
 *
 *     Trusted TLS connection established to mx.example.com[192.0.2.12]:25: TLSv1.3 with cipher
 *     TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature ...
 *
 * From Postfix 2.3 (no level, no address) on; "reused" since 3.4; key exchange
 * since 3.4 with TLS 1.3.  Postfix src/tls/tls_misc.c, tls_log_summary().
 * Pure.
 */
#ifndef FOLLOW_TLS_LINE_H
#define FOLLOW_TLS_LINE_H

#include "follow/server.h"
#include "shared/delivery.h"

struct tls_line {
    enum peer_level level;
    bool reused;
    struct server server;
    struct view version, cipher;
    struct view key_exchange; /* "X25519", "ECDHE (prime256v1)"; empty where not logged */
};

/* 1: such a line.  0: another kind of line.  -1: such a line, but not one that can be read.  *out is of use for 1. */
int tls_line_parse(struct view text, struct tls_line *out);

#endif
