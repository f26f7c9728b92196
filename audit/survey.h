/*
 * survey - all servers behind a name, each looked at and judged
 *
 * A host and port has its addresses; a domain has its mail servers (RFC 5321
 * section 5.1), each with its addresses and TLSA records.  One server is
 * asked at a time, and only the first address of each host is asked more than once.
 * Not pure.
 */
#ifndef AUDIT_SURVEY_H
#define AUDIT_SURVEY_H

#include "audit/judge.h"
#include "audit/mta_sts.h"

enum { SURVEY_SERVERS_MAX = 64 };

struct survey_request {
    struct target target;
    enum purpose purpose;
    bool implicit;
    unsigned exchange_port; /* of a domain's mail servers: 25 */
    struct probe_options probe;
    struct resolver *resolver;
    bool ipv4, ipv6;                                                             /* which addresses */
    bool fetch_policy;                                                           /* get a domain's MTA-STS policy */
    unsigned https_port;                                                         /* 443 */
    int64_t now;                                                                 /* seconds since 1970 */
    void (*progress)(void *to, const char *host, const struct address *address); /* before each server; NULL for none */
    void *progress_to;
};

struct survey_row {
    struct server_facts facts;
    struct judgement judgement;
    unsigned preference; /* of the MX record */
};

struct survey {
    struct survey_row *rows; /* in the arena */
    size_t count, dropped;
    struct mail_servers exchange; /* of a domain */
    bool mta_sts;                 /* the domain says it has a policy */
    bool policy_read;             /* it was fetched, and is one */
    struct sts_policy policy;
    char policy_trouble[PROBE_TEXT_MAX]; /* why it is not there, though it was asked for; foreign text may be in it */
    char trouble[PROBE_TEXT_MAX];        /* why there is nobody to ask, or not everybody; empty: nothing */
    enum answer answer;
};

/* -1 when out of memory. */
int survey_make(struct arena *arena, const struct survey_request *request, struct survey *out);

#endif
