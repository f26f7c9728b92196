/*
 * context - libunbound, set up as this system resolves and with its trust anchor
 *
 * Not pure.  Threads: a context belongs to one thread.
 */
#ifndef DNS_CONTEXT_H
#define DNS_CONTEXT_H

#include <stdbool.h>

struct ub_ctx; /* of unbound.h */

struct resolver_options {
    const char *server;  /* ADDRESS or ADDRESS@PORT; NULL: the system's */
    const char *anchor;  /* file of trust anchors; NULL: the distribution's */
    unsigned timeout_ms; /* of one look-up */
    bool unchecked;      /* do not validate, for a resolver that drops signatures */
};

/* The anchor that is given, else the distribution's; NULL when there is none. */
const char *context_anchor(const struct resolver_options *options);

/* Validates by the anchor; NULL: does not validate.  NULL on failure; else ub_ctx_delete() it. */
struct ub_ctx *context_new(const struct resolver_options *options, const char *anchor);

#endif
