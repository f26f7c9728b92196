/*
 * sender_dns - what DNS says of the senders of a report, asked when a row wants it
 *
 * Each sender is looked up once, its questions side by side, SENDER_DNS_MAX
 * senders at most and for SENDER_DNS_SECONDS in all: later ones are not asked.
 * One thread.
 */
#ifndef PROGRAMS_SENDER_DNS_H
#define PROGRAMS_SENDER_DNS_H

#include "dns/lookup.h"
#include "guidelines/dns_findings.h"
#include "programs/egress.h"

enum { SENDER_DNS_MAX = 50, SENDER_DNS_SECONDS = 60, SENDER_DNS_TIMEOUT_MS = 5000 };

struct sender_dns;

/*
 * options  server and anchor; the time limit is this part's own.
 * egress   the addresses that mail leaves from; must outlive the result.
 * NULL on failure.
 */
struct sender_dns *sender_dns_open(const struct resolver_options *options, const struct egress *egress,
                                   struct error *error);
void sender_dns_close(struct sender_dns *dns); /* NULL is fine */

/* For struct compliance_input: findings by requirement; NULL: not asked.  context is the struct sender_dns. */
const struct dns_finding *sender_dns_ask(void *context, struct view domain);

#endif
