/*
 * reload - the current policy, and the older ones that sessions still hold
 *
 * A milter connection keeps the policy it negotiated with, for its flags
 * depend on it; so a policy lives until the last of its sessions ends.  Counted
 * under one lock, which nothing slow is done under.
 * Threads: any number may hold and release; one at a time may load.
 */
#ifndef MILTER_RELOAD_H
#define MILTER_RELOAD_H

#include "policy/policy.h"

/* One policy that was loaded. */
struct generation {
    struct policy *policy;
    unsigned number;  /* from 1, counts loads that went well */
    unsigned holders; /* private */
};

struct reload;

/* NULL when out of memory.  path is kept as a pointer. */
struct reload *reload_new(const char *path);
void reload_free(struct reload *reload); /* nobody may hold any more; NULL is fine */

/*
 * Read and check the file, and make it the current policy.
 * False when it has errors, which faults tell: the policy before it, if there was one, goes on.
 */
bool reload_load(struct reload *reload, struct faults *faults);

/* The current policy, for as long as it is not released.  NULL before the first load. */
const struct generation *reload_hold(struct reload *reload);
void reload_release(struct reload *reload, const struct generation *generation); /* NULL is fine */

#endif
