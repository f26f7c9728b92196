/*
 * dkim_key - what a DKIM key record holds
 *
 * RFC 6376 section 3.6.1, RFC 8463 for Ed25519.  The key itself is decoded by
 * OpenSSL, in memory.  Pure.
 */
#ifndef DNS_DKIM_KEY_H
#define DNS_DKIM_KEY_H

#include "dns/answers.h"

enum {
    DKIM_BITS_MIN = 1024,  /* receivers take no less: RFC 8301 section 3.2 */
    DKIM_BITS_GOOD = 2048, /* what signers should use: the same */
    DKIM_KEY_OCTETS_MAX = 4096
};

enum dkim_key_state {
    DKIM_KEY_PENDING,
    DKIM_KEY_UNKNOWN, /* DNS gives no answer */
    DKIM_KEY_ABSENT,
    DKIM_KEY_SEVERAL, /* more than one record: which one counts is undefined, section 3.6.2.2 */
    DKIM_KEY_BROKEN,  /* no key record, or a key that cannot be decoded */
    DKIM_KEY_REVOKED, /* p= is empty */
    DKIM_KEY_OTHER,   /* not for mail (s=), not for SHA-256 (h=), or of a type that nobody knows (k=) */
    DKIM_KEY_FOUND
};

enum dkim_key_type { DKIM_RSA, DKIM_ED25519 };

struct dkim_key {
    enum dkim_key_state state;
    enum dns_fault fault; /* of DKIM_KEY_UNKNOWN */
    enum dkim_key_type type;
    unsigned bits; /* RSA: of the modulus; Ed25519: 256 */
    bool testing;  /* t=y: receivers may treat the mail as if it were not signed */
    bool strict;   /* t=s: i= must be of d= itself */
    bool secure;   /* DNSSEC vouches for it */
    struct view record;
};

/* One record's text. */
struct dkim_key dkim_key_parse(struct view text);

/* The key of a signature with this s= and d=: TXT of selector._domainkey.domain. */
struct dkim_key dkim_key_find(struct dns_answers *answers, struct view selector, struct view domain);

/* A receiver may take signatures of this key. */
bool dkim_key_is_good(const struct dkim_key *key);

/* What the state says, in a few words: "revoked", "no such record"... */
struct view dkim_key_state_text(enum dkim_key_state state);
struct view dkim_key_state_name(enum dkim_key_state state); /* one word: found, revoked, absent... */
struct view dkim_key_type_name(enum dkim_key_type type);    /* rsa, ed25519 */

#endif
