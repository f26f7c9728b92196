/*
 * stretch - who logs, and for how long its TLS logging is known
 *
 * A service is what one tag of one host names: "postfix/smtp" of "mail".  A
 * stretch is its time between two starts or reloads of Postfix, in which its
 * configuration is one and the same.  One TLS line in a stretch proves that the
 * service logs TLS, for the deliveries before that line as well; so a delivery
 * without a line waits for the end of its stretch, and the sink hears what became of it.
 * Pure.
 */
#ifndef FOLLOW_STRETCH_H
#define FOLLOW_STRETCH_H

#include "follow/event.h"
#include "shared/names.h"

enum {
    SERVICES_MAX = 4096,       /* hosts x tags; the lines of further ones are not read, and counted */
    HOSTS_MAX = 4096,          /* as above */
    STRETCH_DRAIN = 660 * 1000 /* ms that a process may finish with its old configuration after a reload:
                                       * smtp_data_done_timeout is 600 s */
};

struct service {
    uint32_t host, instance; /* names */
    enum program program;
    uint32_t stretch;  /* number of the open one, from 1, never used again */
    bool proven;       /* the open one */
    bool undecided;    /* deliveries of the open one wait for its end */
    uint32_t previous; /* the stretch before a reload; 0 after a start */
    bool previous_proven;
    int64_t since;     /* ms, when the open stretch began; 0: with the log */
    int64_t gap_until; /* ms: lines are missing up to here */
};

struct services {
    struct names *hosts, *instances, *keys;
    struct service *list; /* by id of keys, minus 1 */
    uint32_t room, last_stretch;
    uint64_t refused; /* lines of services past the limit */
};

/* What becomes of a stretch's undecided deliveries: plaintext if proven, else unknown. */
struct stretch_sink {
    void (*settle)(void *context, uint32_t stretch, bool proven);
    void *context;
};

bool services_init(struct services *services, uint64_t seed);
void services_done(struct services *services);

/* The service of a line's host and tag, new or known; NULL past the limits.  Keep no pointer over the next call. */
struct service *services_find(struct services *services, struct view host, struct view tag, struct view instance,
                              enum program program);

/* A TLS line, or a field that tells of TLS, was seen. */
void stretch_prove(struct service *service, struct stretch_sink *sink);

/*
 * A master daemon started or read its configuration again: the stretches of its services end.  Those are the
 * services named as the master is; and those with a name of their own, which may belong to any master of the host.
 */
void stretches_end(struct services *services, const struct service *master, int64_t time, bool started,
                   struct stretch_sink *sink);

/* The log ends: settle everything that is open. */
void stretches_close(struct services *services, struct stretch_sink *sink);

/* Lines of a host are missing around this time. */
void stretches_gap(struct services *services, uint32_t host, int64_t until);

#endif
