#include "audit/resolve.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unbound.h>

#include "audit/mta_sts.h"

enum { TYPE_A = 1, TYPE_MX = 15, TYPE_TXT = 16, TYPE_AAAA = 28, TYPE_TLSA = 52, CLASS_IN = 1 };

struct resolver {
    struct ub_ctx *checking; /* validates; NULL without a trust anchor */
    struct ub_ctx *plain;
    unsigned timeout_ms;
};

struct resolver *resolver_open(const struct resolver_options *options, struct error *error)
{
    struct resolver *resolver = calloc(1, sizeof(*resolver));
    const char *anchor = context_anchor(options);

    if (resolver == NULL) {
        error_set(error, ERROR_MEMORY, "resolver: out of memory");
        return NULL;
    }
    resolver->timeout_ms = options->timeout_ms;
    resolver->plain = context_new(options, NULL);
    resolver->checking = anchor == NULL ? NULL : context_new(options, anchor);
    if (resolver->plain == NULL || (anchor != NULL && resolver->checking == NULL)) {
        error_set(error, ERROR_SYSTEM, "resolver: cannot be set up%s%s", options->server == NULL ? "" : " for ",
                  options->server == NULL ? "" : options->server);
        resolver_close(resolver);
        return NULL;
    }
    return resolver;
}

void resolver_close(struct resolver *resolver)
{
    if (resolver == NULL)
        return;
    if (resolver->checking != NULL)
        ub_ctx_delete(resolver->checking);
    if (resolver->plain != NULL)
        ub_ctx_delete(resolver->plain);
    free(resolver);
}

struct waiting {
    struct ub_result *result;
    bool done;
};

static void take_result(void *to, int failure, struct ub_result *result)
{
    struct waiting *waiting = to;

    waiting->done = true;
    waiting->result = failure == 0 ? result : NULL;
}

static int64_t now_ms(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* NULL without an answer in time; else ub_resolve_free() it. */
static struct ub_result *ask(struct ub_ctx *context, const char *name, int type, unsigned timeout_ms)
{
    struct waiting waiting = { .result = NULL };
    int64_t until = now_ms() + timeout_ms;
    int id = 0;

    if (ub_resolve_async(context, name, type, CLASS_IN, &waiting, take_result, &id) != 0)
        return NULL;
    while (!waiting.done) {
        struct pollfd polled = { .fd = ub_fd(context), .events = POLLIN };
        int64_t left = until - now_ms();
        int ready = left <= 0 ? 0 : poll(&polled, 1, (int)left);

        if (ready == 0 || (ready == -1 && errno != EINTR)) {
            (void)ub_cancel(context, id);
            return NULL;
        }
        if (ready > 0 && ub_process(context) != 0)
            break;
    }
    return waiting.result;
}

static bool usable(const struct ub_result *result)
{
    return result != NULL && !result->bogus && (result->rcode == 0 || result->nxdomain);
}

/* The validated answer if there is one, else the unchecked one. */
static struct ub_result *look_up(struct resolver *resolver, const char *name, int type, struct lookup *lookup)
{
    struct ub_result *result = NULL;

    *lookup = (struct lookup){ DNS_FAILED, DNSSEC_UNCHECKED };
    if (resolver->checking != NULL)
        result = ask(resolver->checking, name, type, resolver->timeout_ms);
    if (usable(result)) {
        lookup->dnssec = result->secure ? DNSSEC_SECURE : DNSSEC_INSECURE;
    } else {
        if (result != NULL)
            ub_resolve_free(result);
        result = ask(resolver->plain, name, type, resolver->timeout_ms);
    }
    if (!usable(result)) {
        if (result != NULL)
            ub_resolve_free(result);
        return NULL;
    }
    lookup->state = result->havedata ? DNS_FOUND : DNS_NOTHING;
    return result;
}

static struct view datum(const struct ub_result *result, size_t at)
{
    return (struct view){ result->data[at], (size_t)result->len[at] };
}

static int by_preference(const void *a, const void *b)
{
    const struct mx_data *one = a, *two = b;

    if (one->preference != two->preference)
        return one->preference < two->preference ? -1 : 1;
    return strcmp(one->host, two->host);
}

static void take_mx(struct mail_servers *out, const struct ub_result *result)
{
    for (size_t i = 0; result->data[i] != NULL; i++) {
        struct mx_data mx;

        if (!mx_data_read(datum(result, i), &mx))
            continue;
        if (mx.host[0] == '\0')
            out->null_mx = true;
        else if (out->count == MAIL_SERVERS_MAX)
            out->dropped++;
        else
            out->rows[out->count++] = mx;
    }
    qsort(out->rows, out->count, sizeof(out->rows[0]), by_preference);
}

void resolve_mail_servers(struct resolver *resolver, const char *domain, struct mail_servers *out)
{
    struct ub_result *result;

    *out = (struct mail_servers){ .count = 0 };
    result = look_up(resolver, domain, TYPE_MX, &out->lookup);
    if (result == NULL)
        return;
    take_mx(out, result);
    if (out->lookup.state == DNS_NOTHING && !result->nxdomain) {
        out->implicit = true;
        (void)snprintf(out->rows[0].host, sizeof(out->rows[0].host), "%s", domain);
        out->count = 1;
        out->lookup.state = DNS_FOUND;
    }
    ub_resolve_free(result);
}

static void take_address(struct addresses *out, struct view octets)
{
    struct address address = { .octets = { [10] = 0xff, [11] = 0xff } };

    if (octets.n == 4)
        memcpy(address.octets + 12, octets.p, 4);
    else if (octets.n == 16)
        memcpy(address.octets, octets.p, 16);
    else
        return;
    if (out->count == ADDRESSES_MAX)
        out->dropped++;
    else
        out->rows[out->count++] = address;
}

static void add_addresses(struct resolver *resolver, const char *host, int type, struct addresses *out)
{
    struct lookup lookup;
    struct ub_result *result = look_up(resolver, host, type, &lookup);

    if (result == NULL)
        return;
    for (size_t i = 0; result->data[i] != NULL; i++)
        take_address(out, datum(result, i));
    if (lookup.state == DNS_FOUND || out->lookup.state == DNS_FAILED)
        out->lookup = lookup;
    ub_resolve_free(result);
}

static int by_octets(const void *a, const void *b)
{
    return memcmp(((const struct address *)a)->octets, ((const struct address *)b)->octets, 16);
}

void resolve_addresses(struct resolver *resolver, const char *host, struct addresses *out)
{
    *out = (struct addresses){ .lookup = { DNS_FAILED, DNSSEC_UNCHECKED } };
    add_addresses(resolver, host, TYPE_A, out);
    add_addresses(resolver, host, TYPE_AAAA, out);
    if (out->count > 0)
        out->lookup.state = DNS_FOUND;
    /* Name servers turn the order; mapped IPv4 addresses sort before IPv6's. */
    qsort(out->rows, out->count, sizeof(out->rows[0]), by_octets);
}

void resolve_tlsa(struct resolver *resolver, const char *host, unsigned port, struct tlsa_records *out)
{
    char name[DNS_NAME_TEXT_MAX + 16];
    struct ub_result *result;

    *out = (struct tlsa_records){ .count = 0 };
    (void)snprintf(name, sizeof(name), "_%u._tcp.%s", port, host);
    result = look_up(resolver, name, TYPE_TLSA, &out->lookup);
    if (result == NULL)
        return;
    for (size_t i = 0; result->data[i] != NULL && out->count < TLSA_MAX; i++)
        out->count += tlsa_data_read(datum(result, i), &out->rows[out->count]);
    ub_resolve_free(result);
}

bool resolve_has_mta_sts(struct resolver *resolver, const char *domain, struct lookup *lookup)
{
    char name[DNS_NAME_TEXT_MAX + 16], storage[1024];
    struct ub_result *result;
    struct view id;
    size_t records = 0;

    (void)snprintf(name, sizeof(name), "_mta-sts.%s", domain);
    result = look_up(resolver, name, TYPE_TXT, lookup);
    if (result == NULL)
        return false;
    for (size_t i = 0; result->data[i] != NULL; i++) {
        struct buf text = BUF(storage);

        records += txt_data_read(datum(result, i), &text) && sts_record(buf_view(&text), &id);
    }
    ub_resolve_free(result);
    return records == 1; /* more or fewer: none, RFC 8461 section 3.1 */
}
