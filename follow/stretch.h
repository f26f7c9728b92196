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

enum {
    STRETCH_DRAIN = 660 * 1000 /* ms that a process may finish with its old configuration after a reload:
                                * smtp_data_done_timeout is 600 s */
};

struct service {
    const struct writer *writer; /* NULL: has not written yet */
    uint32_t stretch;            /* number of the open one, from 1, never used again */
    bool proven;                 /* the open one */
    bool undecided;              /* deliveries of the open one wait for its end */
    uint32_t previous;           /* the stretch before a reload; 0 after a start */
    bool previous_proven;
    int64_t since; /* ms, when the open stretch began; 0: with the log, or before this service first wrote */
};

struct host {
    bool known;
    int64_t begin; /* ms, of the first line: what happened before it is not in the log */
    int64_t gap;   /* ms, of the last place where lines are missing; INT64_MIN: none */
};

struct services {
    struct service *list;   /* by writer number - 1 */
    struct host *host_list; /* by host number - 1 */
    uint32_t count, host_count, last_stretch;
};

/* What becomes of a stretch's undecided deliveries: plaintext if proven, else unknown. */
struct stretch_sink {
    void (*settle)(void *context, uint32_t stretch, bool proven);
    void *context;
};

void services_done(struct services *services); /* a zeroed struct is fine, and how they begin */

/* The service of a line, new or known; NULL for nobody's, or without memory.  Keep no pointer over the next call. */
struct service *services_find(struct services *services, const struct writer *writer, int64_t time);

/* The writer's host begins at this time; without memory it is not known. */
void services_add_host(struct services *services, const struct writer *writer, int64_t time);

/* Did the writer's host write before?  Nobody's host is never known. */
static inline bool services_know_host(const struct services *services, const struct writer *writer)
{
    uint32_t place = writer->host_number - 1;

    return place < services->host_count && services->host_list[place].known;
}

/* A host wrote a line, whatever it says: its log begins here, if it is the first. */
static inline void services_note_host(struct services *services, const struct writer *writer, int64_t time)
{
    if (writer->host_number != 0 && !services_know_host(services, writer))
        services_add_host(services, writer, time);
}

/* A TLS line, or a field that tells of TLS, was seen. */
void stretch_prove(struct service *service, struct stretch_sink *sink);

/*
 * A master daemon started or read its configuration again: the stretches of its services end.  Those are the
 * services named as the master is; and those with a name of their own, which may belong to any master of the host.
 * The master itself must be one for which services_find() found a service.
 */
void stretches_end(struct services *services, const struct writer *master, int64_t time, bool started,
                   struct stretch_sink *sink);

/* When the service's Postfix was last started or reloaded, ms, as far as the log shows; 0: not since it begins. */
int64_t stretches_began(const struct services *services, const struct service *service);

/* The log ends: settle everything that is open. */
void stretches_close(struct services *services, struct stretch_sink *sink);

/* Lines of a host are missing before this time; true for a host that is known. */
bool stretches_gap(struct services *services, uint32_t host_number, int64_t time);

/* The host of a service that services_find() gave.  Keep no pointer over the next services_add_host(). */
const struct host *services_host(const struct services *services, const struct service *service);

#endif
