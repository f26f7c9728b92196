/*
 * sight - do the gate's records show what Postfix's own lines show?
 *
 * smtpd(8) says of each message whether its client authenticated, and of each
 * session whether it had TLS.  A message of an authenticated client that leaves
 * the queue without a record was not judged; one whose record says `tls=none`
 * although its session had TLS was judged without Postfix's TLS macros.
 * Pure: bounded memory; what pushes another out of a table only costs that one's check.
 */
#ifndef KEEPER_SIGHT_H
#define KEEPER_SIGHT_H

#include "follow/prefix.h"
#include "shared/record.h"

enum {
    SIGHT_SESSIONS = 4096,
    SIGHT_MESSAGES = 16384,
    SIGHT_GATE_MS = 24 * 3600 * 1000 /* without any record for so long there is no gate to miss */
};

struct sight;

enum sight_finding {
    SIGHT_FINE,
    SIGHT_NO_RECORD, /* a message of an authenticated client left without a record */
    SIGHT_NO_MACROS  /* a record says plaintext of a session with TLS */
};

/* NULL: out of memory. */
struct sight *sight_new(uint64_t seed);
void sight_free(struct sight *sight); /* NULL is fine */

/* The record that the next line holds. */
void sight_record(struct sight *sight, const struct record *record);

/* Every line, in order. */
enum sight_finding sight_line(struct sight *sight, const struct log_line *line);

#endif
