/*
 * privacy - what may be kept of an address, as `ledger { addresses }` says
 *
 *     no       *@example.com
 *     hashed   2f1c0a9b8e7d6c5b@example.com    (HMAC-SHA-256 of the whole address, its first 8 octets)
 *     yes      alice@example.com
 *
 * The key of the hash lies beside the ledger, in a file that nobody else may read.
 * Threads: a struct privacy never changes.
 */
#ifndef KEEPER_PRIVACY_H
#define KEEPER_PRIVACY_H

#include "shared/buf.h"
#include "shared/error.h"
#include "shared/settings.h"

enum { PRIVACY_KEY = 32, PRIVACY_ADDRESS_MAX = 512 }; /* octets */

struct privacy {
    enum addresses addresses;
    unsigned char key[PRIVACY_KEY];
};

/* Read the key file, or make it with a new key; only `hashed` needs one. */
int privacy_load(struct privacy *privacy, enum addresses addresses, const char *key_path, struct error *error);

/* Write what may be kept of an address or login; "none" and the empty text stay what they are. */
void privacy_address(const struct privacy *privacy, struct view address, struct buf *out);

/*
 * Write a receiver's words, and of each address in them what may be kept.  What does not fit is cut off.  An address is
 * what stands before and behind an @: RFC 5321 4.1.2, a quoted local part included; what is none but looks like one
 * (a Message-ID) is treated alike.
 */
void privacy_text(const struct privacy *privacy, struct view text, struct buf *out);

#endif
