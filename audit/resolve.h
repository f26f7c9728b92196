/*
 * resolve - look up where a domain's mail goes, and what DNSSEC vouches for
 *
 * libunbound validates by itself; where it finds an answer forged, or cannot
 * get what it needs through the system's resolver, the unchecked answer is
 * used and told apart.  Not pure.  Threads: one resolver belongs to one thread.
 */
#ifndef AUDIT_RESOLVE_H
#define AUDIT_RESOLVE_H

#include "dns/context.h"
#include "dns/dns_data.h"
#include "shared/error.h"
#include "shared/network.h"

enum { MAIL_SERVERS_MAX = 20, ADDRESSES_MAX = 8, TLSA_MAX = 16 };

enum dns_state {
    DNS_FOUND,
    DNS_NOTHING, /* no such name, or no record of this type */
    DNS_FAILED   /* no answer in time, or a server's failure: nothing is known */
};

enum dnssec {
    DNSSEC_INSECURE, /* not signed */
    DNSSEC_SECURE,
    DNSSEC_UNCHECKED /* validation failed or had no anchor: forged, misconfigured, or a resolver in between that drops signatures */
};

struct lookup {
    enum dns_state state;
    enum dnssec dnssec;
};

struct mail_servers {
    struct lookup lookup;
    struct mx_data rows[MAIL_SERVERS_MAX]; /* best preference first */
    size_t count;
    size_t dropped; /* past MAIL_SERVERS_MAX */
    bool implicit;  /* no MX: the domain's own address (RFC 5321 section 5.1) */
    bool null_mx;   /* takes no mail, RFC 7505 */
};

struct addresses {
    struct lookup lookup;
    struct address rows[ADDRESSES_MAX]; /* IPv4 first, sorted */
    size_t count;
    size_t dropped;
};

struct tlsa_records {
    struct lookup lookup;
    struct tlsa_data rows[TLSA_MAX];
    size_t count;
};

struct resolver;
struct resolver *resolver_open(const struct resolver_options *options, struct error *error); /* NULL on failure */
void resolver_close(struct resolver *resolver);                                              /* NULL is fine */

/*
 * Each waits for its answer, as long as the options say.  domain and host: normalized.  *out is always whole: its
 * lookup tells if there is anything in it.  TLSA is asked for as _PORT._tcp.HOST (RFC 6698 section 3).
 */
void resolve_mail_servers(struct resolver *resolver, const char *domain, struct mail_servers *out);
void resolve_addresses(struct resolver *resolver, const char *host, struct addresses *out);
void resolve_tlsa(struct resolver *resolver, const char *host, unsigned port, struct tlsa_records *out);

/* The domain says that it has an MTA-STS policy (RFC 8461 section 3.1); the policy itself is sts_fetch.h's. */
bool resolve_has_mta_sts(struct resolver *resolver, const char *domain, struct lookup *lookup);

#endif
