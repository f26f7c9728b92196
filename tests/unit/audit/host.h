/*
 * host - a Postfix configuration of the test's own, for the real postconf(1)
 *
 * Texts may say @DIR@ for the folder.  It holds good.pem (a certificate of
 * mail.example.org with its chain and key), ca.pem, sasl/smtpd.conf (which needs no file), and a sasldb2.
 */
#ifndef TESTS_UNIT_AUDIT_HOST_H
#define TESTS_UNIT_AUDIT_HOST_H

#include <sys/types.h>

#include "audit/doctor.h"

struct host {
    char path[64];
    struct arena arena;
    struct diagnoses *diagnoses;
    const char *doveconf; /* NULL: one that is not there */
    const char *certbot;  /* NULL: the host's */
};

/* A new folder below /tmp with the files named above; the test fails when it cannot be made. */
void host_init(struct host *host);
void host_done(struct host *host); /* removes the folder */

/* Write a file below the folder; @DIR@ is replaced. */
void host_write(struct host *host, const char *name, const char *text);
/* Make a file old: Postfix reads one again and again for two seconds when it has just changed. */
void host_age(struct host *host, const char *name);
void host_chmod(struct host *host, const char *name, mode_t mode);

/* Make a folder; give a file to a group. */
void host_folder(struct host *host, const char *name, mode_t mode);
void host_group(struct host *host, const char *name, const char *group);

/* A socket that nobody listens on: enough for who only looks. */
void host_socket(struct host *host, const char *name, mode_t mode);

/* A certificate with its chain and key in one file, of mode 0600. */
struct certificate_case {
    const char *name; /* CN and DNS name */
    int from_days, till_days;
    int rsa_bits; /* 0: elliptic curve */
    bool self_signed, sha1, without_chain;
};
void host_certificate(struct host *host, const char *file, const struct certificate_case *one);

/* The doctor's findings through the real postconf; settings may be NULL. */
const struct findings *host_examine(struct host *host, const struct settings *settings);

/* "error id, warning id" in alphabetical order, of this severity and above. */
struct view findings_summary(struct host *host, const struct findings *findings, enum finding_severity least);

/* The finding of a check; NULL without one. */
const struct finding *findings_find(const struct findings *findings, const char *id);

#endif
