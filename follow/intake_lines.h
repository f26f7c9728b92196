/*
 * intake_lines - smtpd(8)'s lines about sessions, and what the names of writers tell
 *
 * Postfix src/smtpd/smtpd.c, src/tls/tls_misc.c.  Pure.
 */
#ifndef FOLLOW_INTAKE_LINES_H
#define FOLLOW_INTAKE_LINES_H

#include "follow/writer.h"

/* "Anonymous TLS connection established from client.example.com[203.0.113.5]: TLSv1.3 with cipher NAME (256/256 bits) ..." */
struct intake_tls {
    bool trusted; /* the client showed a certificate that verifies */
    struct view version, cipher;
    uint64_t bits; /* in use */
};
bool intake_tls_parse(struct view text, struct intake_tls *out);

/* "disconnect from client[203.0.113.5] ehlo=2 starttls=1 auth=1 mail=1 commands=5"; the counters since 3.0. */
enum starttls_use { STARTTLS_UNKNOWN, STARTTLS_UNUSED, STARTTLS_USED };
bool intake_session_end(struct view text, enum starttls_use *out);

/* The service that "postfix/submission/smtpd" is: submission; empty for "postfix/smtpd", which names none. */
struct view intake_service(const struct writer *writer);

/* Its port as master.cf has it by default: submission 587, submissions and smtps 465; 0 for others. */
unsigned intake_port(struct view service);

/* The transport of a delivery: the service's name where the tag has it, else the program's. */
struct view intake_transport(const struct writer *writer);

#endif
