/*
 * milters - the lists smtpd_milters and non_smtpd_milters, and where our gate stands in them
 *
 * Pure.  A socket's path in such a list is the one that the process sees:
 * chrooted into queue_directory, or relative to it.
 */
#ifndef AUDIT_MILTERS_H
#define AUDIT_MILTERS_H

#include "audit/config.h"
#include "shared/settings.h"

enum { SOCKET_PATH_MAX = 512 };

struct endpoint {
    bool local;                 /* a UNIX-domain socket */
    char path[SOCKET_PATH_MAX]; /* absolute, as seen outside every chroot */
    struct view host;           /* without brackets; empty: any */
    unsigned port;
};

struct milter {
    struct view endpoint; /* unix:PATH, inet:HOST:PORT */
    struct view action;   /* default_action= of "{ endpoint, default_action=accept }"; empty: milter_default_action */
    struct view protocol; /* protocol= */
};

/* Cut the next one; false at the end. */
bool milters_next(struct view *list, struct milter *milter);

/* As Postfix writes it.  False for what it does not know, or a path past SOCKET_PATH_MAX. */
bool endpoint_of_milter(struct view text, struct view queue_directory, bool chrooted, struct endpoint *out);

/* As libmilter writes it: unix:PATH, local:PATH, inet:PORT@HOST. */
bool endpoint_of_gate(struct view text, struct endpoint *out);

/* One place?  An empty host is every address of this host, and the names of loopback are one. */
bool endpoint_same(const struct endpoint *a, const struct endpoint *b);

/* Where the gate listens: the rule file's `listen`, or the packaged place. */
bool gate_endpoint(const struct settings *settings, struct endpoint *out);

enum gate_place {
    GATE_MISSING,
    GATE_BEHIND_CHROOT, /* named by a path that is another one inside the chroot */
    GATE_THERE
};

struct gate_in_list {
    enum gate_place place;
    struct milter milter; /* ours */
    size_t after;         /* how many milters follow it */
};

/* Look for the gate in a list that a service reads. */
struct gate_in_list gate_find(const struct postfix_config *config, struct view list, bool chrooted,
                              const struct endpoint *gate);

#endif
