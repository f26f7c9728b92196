#include "programs/sender_dns.h"

#include <stdlib.h>

struct asked {
    struct asked *next;
    struct dns_findings findings;
    size_t size;
    char domain[];
};

struct sender_dns {
    struct lookups *lookups;
    const struct egress *egress;
    int64_t until; /* ms of lookups_now() */
    struct asked *all;
    size_t count;
};

struct sender_dns *sender_dns_open(const struct resolver_options *options, const struct egress *egress,
                                   struct error *error)
{
    struct resolver_options own = *options;
    struct sender_dns *dns = calloc(1, sizeof(*dns));

    if (dns == NULL) {
        error_set(error, ERROR_MEMORY, "out of memory");
        return NULL;
    }
    own.timeout_ms = SENDER_DNS_TIMEOUT_MS;
    dns->egress = egress;
    dns->until = lookups_now() + SENDER_DNS_SECONDS * 1000;
    dns->lookups = lookups_open(&own, error);
    if (dns->lookups != NULL)
        return dns;
    free(dns);
    return NULL;
}

void sender_dns_close(struct sender_dns *dns)
{
    if (dns == NULL)
        return;
    while (dns->all != NULL) {
        struct asked *asked = dns->all;

        dns->all = asked->next;
        free(asked);
    }
    lookups_close(dns->lookups);
    free(dns);
}

/* What the gate saw of signatures tells more than that no selector is known. */
static void keep_what_dns_knows(struct dns_findings *findings)
{
    findings->rows[REQUIREMENT_DKIM].asked = false;
}

/* False when memory is out. */
static bool look_up(struct sender_dns *dns, struct view domain, struct dns_findings *out)
{
    const struct sender_question question = {
        .domain = domain, .envelope = domain, .addresses = dns->egress->list, .address_count = dns->egress->count
    };
    struct dns_answers *answers = malloc(sizeof(*answers));
    struct sender_facts *facts = malloc(sizeof(*facts));
    struct arena arena;
    bool done = answers != NULL && facts != NULL;

    arena_init(&arena, 0);
    if (done) {
        dns_answers_init(answers, &arena);
        do {
            sender_find(answers, &question, facts);
        } while (lookups_answer(dns->lookups, answers, dns->until) > 0);
        dns_findings_of(&question, facts, out);
        keep_what_dns_knows(out);
    }
    arena_done(&arena);
    free(facts);
    free(answers);
    return done;
}

static struct asked *find(const struct sender_dns *dns, struct view domain)
{
    struct asked *asked = dns->all;

    while (asked != NULL && !view_eq((struct view){ asked->domain, asked->size }, domain))
        asked = asked->next;
    return asked;
}

const struct dns_finding *sender_dns_ask(void *context, struct view domain)
{
    struct sender_dns *dns = context;
    struct asked *asked = find(dns, domain);

    if (asked != NULL)
        return asked->findings.rows;
    if (dns->count == SENDER_DNS_MAX || lookups_now() >= dns->until || !dns_name_is_valid(domain))
        return NULL;
    asked = calloc(1, sizeof(*asked) + domain.n);
    if (asked == NULL || !look_up(dns, domain, &asked->findings)) {
        free(asked);
        return NULL;
    }
    asked->size = domain.n;
    memcpy(asked->domain, domain.p, domain.n);
    asked->next = dns->all;
    dns->all = asked;
    dns->count++;
    return asked->findings.rows;
}
