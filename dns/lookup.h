/*
 * lookup - answer the pending questions of a check, side by side
 *
 * Through libunbound, which validates.  A forged answer, a failing name server
 * and none in time are faults of the answer; nothing is taken unchecked unless
 * the options say so.  Not pure.  Threads: one at a time may use a lookup.
 */
#ifndef DNS_LOOKUP_H
#define DNS_LOOKUP_H

#include "dns/answers.h"
#include "dns/context.h"
#include "shared/error.h"

struct lookups;

/* NULL on failure. */
struct lookups *lookups_open(const struct resolver_options *options, struct error *error);
void lookups_close(struct lookups *lookups); /* NULL is fine */

/*
 * Ask for all that is pending, and wait for all of it; each is answered afterwards, with a timeout where
 * options.timeout_ms passed or `until` came.  until: milliseconds of lookups_now().
 * How many were asked: 0 when nothing was pending.
 */
size_t lookups_answer(struct lookups *lookups, struct dns_answers *answers, int64_t until);

/* The monotonic clock in milliseconds. */
int64_t lookups_now(void);

#endif
