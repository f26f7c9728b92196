/*
 * destination - the domains that get mail, and how their servers behave
 *
 * All of it follows from a domain's index and the seed, so a million domains
 * need one octet each.  Names from RFC 2606, addresses from RFC 5737 and 3849,
 * and Gmail's own names, because reports know those.
 */
#ifndef LOG_GENERATOR_DESTINATION_H
#define LOG_GENERATOR_DESTINATION_H

#include <stdint.h>

#include "tests/bench/log_generator/random.h"

enum {
    DESTINATION_GMAIL = 0,
    DESTINATION_GOOGLEMAIL = 1,
    DESTINATIONS_NAMED = 5, /* those with a name of their own; numbers make the others */
    DESTINATION_NAME_MAX = 64
};

/* What happens when mail goes there. */
enum habit {
    HABIT_TLS,                  /* STARTTLS, whatever the certificate */
    HABIT_TLS_POLICY,           /* verify, secure or dane, and the server fulfils it */
    HABIT_DANE_HALF,            /* dane, but no usable TLSA record: encrypted only */
    HABIT_PLAIN,                /* no STARTTLS */
    HABIT_STARTTLS_REFUSED,     /* offers it and answers 454: plaintext, no word about it in the log */
    HABIT_HANDSHAKE_FAILS,      /* plaintext after minimal_backoff_time */
    HABIT_LATE_CLOSE,           /* handshake done, connection dropped: plaintext on a later attempt */
    HABIT_FLAPPING,             /* one time STARTTLS, one time none */
    HABIT_FIRST_TLS_THEN_PLAIN, /* first server: TLS, then 4xx; second: no STARTTLS */
    HABIT_FIRST_TLS_THEN_TLS,
    HABIT_FIRST_PLAIN_THEN_TLS,
    HABIT_FIRST_DOWN, /* the first server refuses connections */
    HABIT_DOWN,       /* all do */
    HABIT_NULL_MX,
    HABIT_NO_SUCH_DOMAIN,
    HABIT_REQUIRED_MISSING, /* we demand TLS, the server has none */
    HABIT_REQUIRED_REFUSED,
    HABIT_CERTIFICATE_BAD, /* we demand verification, the certificate is wrong */
    HABIT_BANNER_REFUSES,
    HABIT_LOST, /* connection lost at end of data, once */
    HABIT_LMTP, /* not smtp(8) but a mail store of ours */
    HABIT_LMTP_TLS,
    HABIT_LMTP_SOCKET, /* over a unix-domain socket */
    HABIT_COUNT
};

struct destinations {
    uint8_t *habits; /* by index */
    uint32_t count;
    uint64_t seed;
};

struct server {
    char name[DESTINATION_NAME_MAX + 32], address[48];
    unsigned port;
};

/* Exits without memory. */
void destinations_init(struct destinations *destinations, uint32_t count, uint64_t seed);
void destinations_done(struct destinations *destinations);

/* A few get most of the mail. */
uint32_t destination_pick(const struct destinations *destinations, struct random *random);

/* The domain as reports say it: lower-case A-label. */
void destination_name(uint32_t index, char out[DESTINATION_NAME_MAX]);

/* The domain as somebody typed it: another case, or a U-label. */
void destination_spelling(uint32_t index, struct random *random, char out[DESTINATION_NAME_MAX]);

/* Its number-th mail server, from 0. */
void destination_server(const struct destinations *destinations, uint32_t index, unsigned number, struct server *out);

/* Properties of the server's TLS; places in tls_levels and tls_suites of truth.h. */
unsigned destination_level(const struct destinations *destinations, uint32_t index);
unsigned destination_suite(const struct destinations *destinations, uint32_t index);

#endif
