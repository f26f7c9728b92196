/*
 * tls_field - the tls= field of a delivery line, since Postfix 3.11
 *
 *     tls=may   tls=may:none   tls=!encrypt   tls=may?   tls=dane:halfdane   tls=verify/!requiretls:none
 *
 * "[!]name[:final][?]", the level in force and what was reached.  Postfix
 * src/smtp/smtp_tls_feature..., RELEASE_NOTES 3.11.
 * Pure.
 */
#ifndef FOLLOW_TLS_FIELD_H
#define FOLLOW_TLS_FIELD_H

#include "shared/delivery.h"

struct tls_field {
    /* What the field proves of a finished session: PLAINTEXT, ENCRYPTED, or UNKNOWN where it is undecided
     * (no session, a failed handshake, a reused connection, a violated policy). */
    enum protection protection;
    bool downgraded; /* something less than the level in force was reached */
};

/* An empty field, and words of a later Postfix, are undecided. */
struct tls_field tls_field_parse(struct view field);

#endif
