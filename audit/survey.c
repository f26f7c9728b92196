#include "audit/survey.h"

#include <stdio.h>
#include <string.h>

/* What does not fit any more is in the answer all the same: it is no yes. */
static void note(struct survey *out, const char *text, const char *name)
{
    size_t used = strlen(out->trouble);

    (void)snprintf(out->trouble + used, sizeof(out->trouble) - used, "%s%s: %s", used > 0 ? "; " : "", name, text);
}

static bool is_ipv4(const struct address *address)
{
    static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };

    return memcmp(address->octets, mapped, sizeof(mapped)) == 0;
}

static bool wanted(const struct survey_request *request, const struct address *address)
{
    return is_ipv4(address) ? request->ipv4 : request->ipv6;
}

struct host {
    const char *name;
    unsigned port, preference;
    const struct tlsa_records *tlsa;
};

static void look_at(const struct survey_request *request, const struct host *host, const struct address *address,
                    bool first, struct survey *out)
{
    struct probe_options options = request->probe;
    struct survey_row *row;

    if (out->count == SURVEY_SERVERS_MAX) {
        out->dropped++;
        return;
    }
    row = &out->rows[out->count++];
    row->facts.address = *address;
    row->facts.port = host->port;
    row->facts.implicit = request->implicit;
    row->facts.purpose = request->purpose;
    row->preference = host->preference;
    (void)snprintf(row->facts.host, sizeof(row->facts.host), "%s", host->name);
    options.brief = options.brief || !first;
    if (request->progress != NULL)
        request->progress(request->progress_to, host->name, address);
    probe_server(&options, host->tlsa, &row->facts);
    judge_server(&row->facts, request->now, &row->judgement);
}

static void look_at_host(const struct survey_request *request, const struct host *host, struct survey *out)
{
    struct addresses addresses;
    bool first = true;

    resolve_addresses(request->resolver, host->name, &addresses);
    out->dropped += addresses.dropped;
    for (size_t i = 0; i < addresses.count; i++) {
        if (!wanted(request, &addresses.rows[i]))
            continue;
        look_at(request, host, &addresses.rows[i], first, out);
        first = false;
    }
    if (first)
        note(out, addresses.lookup.state == DNS_FAILED ? "the name server gives no answer" : "no address", host->name);
}

static void survey_host(const struct survey_request *request, struct survey *out)
{
    struct host host = { .name = request->target.host, .port = request->target.port };
    struct tlsa_records tlsa;
    struct address address;

    if (address_parse(view_of(host.name), &address)) {
        look_at(request, &host, &address, true, out);
        return;
    }
    resolve_tlsa(request->resolver, host.name, host.port, &tlsa);
    host.tlsa = &tlsa;
    look_at_host(request, &host, out);
}

static void survey_domain(const struct survey_request *request, struct survey *out)
{
    const char *domain = request->target.host;
    struct lookup lookup;

    resolve_mail_servers(request->resolver, domain, &out->exchange);
    if (out->exchange.lookup.state == DNS_FAILED)
        note(out, "the name server gives no answer", domain);
    else if (out->exchange.lookup.state == DNS_NOTHING)
        note(out, "there is no such domain", domain);
    else if (out->exchange.null_mx && out->exchange.count == 0)
        note(out, "it takes no mail (null MX, RFC 7505)", domain);
    out->mta_sts = out->exchange.count > 0 && resolve_has_mta_sts(request->resolver, domain, &lookup);
    for (size_t i = 0; i < out->exchange.count; i++) {
        const struct mx_data *mx = &out->exchange.rows[i];
        struct tlsa_records tlsa;

        resolve_tlsa(request->resolver, mx->host, request->exchange_port, &tlsa);
        look_at_host(request, &(struct host){ mx->host, request->exchange_port, mx->preference, &tlsa }, out);
    }
}

int survey_make(struct arena *arena, const struct survey_request *request, struct survey *out)
{
    enum answer answers[SURVEY_SERVERS_MAX];

    *out = (struct survey){ .rows = arena_alloc(arena, SURVEY_SERVERS_MAX * sizeof(*out->rows)) };
    if (out->rows == NULL)
        return -1;
    if (request->target.port == 0)
        survey_domain(request, out);
    else
        survey_host(request, out);
    for (size_t i = 0; i < out->count; i++)
        answers[i] = out->rows[i].judgement.answer;
    out->answer = judge_all(answers, out->count);
    /* Who was not asked might have said no. */
    if (out->answer == ANSWER_YES && (out->dropped > 0 || out->trouble[0] != '\0'))
        out->answer = ANSWER_UNKNOWN;
    return 0;
}
