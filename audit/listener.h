/*
 * listener - what a service of master.cf is there for
 *
 * Pure.
 */
#ifndef AUDIT_LISTENER_H
#define AUDIT_LISTENER_H

#include "audit/config.h"

enum { PORT_SMTP = 25, PORT_SUBMISSIONS = 465, PORT_SUBMISSION = 587 };

enum role {
    ROLE_OTHER,
    ROLE_CLIENT,     /* smtp(8) or lmtp(8): delivers over the network */
    ROLE_EXCHANGE,   /* smtpd(8) for the world: port 25, and what else is no submission */
    ROLE_SUBMISSION, /* smtpd(8) for our users: port 587 or 465, or it authenticates */
    ROLE_REINJECTION /* smtpd(8) that takes mail back from a filter on this host: loopback, without AUTH, another port */
};

struct listener_facts {
    enum role role;
    unsigned port;      /* 0: a socket, or a name this table does not know */
    struct view host;   /* empty: all of inet_interfaces */
    bool loopback;      /* only reachable from this host */
    bool authenticates; /* smtpd_sasl_auth_enable */
    bool wrapper;       /* implicit TLS */
};

/*
 * What a service of master.cf is for, by its type, program, name and -o settings.  ROLE_OTHER: nothing that is looked
 * at.
 */
struct listener_facts listener_facts(const struct postfix_config *config, const struct service *service);

/* smtp or lmtp: what the client's parameters begin with. */
struct view client_prefix(const struct service *service);

#endif
