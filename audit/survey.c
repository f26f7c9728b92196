#include "audit/survey.h"

#include <stdio.h>
#include <string.h>

#include "audit/sts_fetch.h"

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

/* RFC 8461 section 4.2: a name of the policy, a certificate for this host that is vouched for. */
static void compare_with_policy(const struct survey *survey, struct server_facts *facts)
{
    const struct certificate_facts *certificate = &facts->session.certificate;

    if (!survey->policy_read || survey->policy.mode == STS_NONE)
        return;
    facts->sts_enforced = survey->policy.mode == STS_ENFORCE;
    if (!sts_policy_names(&survey->policy, view_of(facts->host)))
        facts->sts = TRIAL_NO;
    else if (facts->step != STEP_TLS)
        facts->sts = TRIAL_UNKNOWN;
    else
        facts->sts = certificate->shown && certificate->trusted && certificate->name_matches ? TRIAL_YES : TRIAL_NO;
}

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
    compare_with_policy(out, &row->facts);
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

static void get_policy(struct arena *arena, const struct survey_request *request, struct survey *out)
{
    char host[DNS_NAME_TEXT_MAX + 16];
    struct addresses addresses;
    struct sts_request wanted = { .domain = request->target.host,
                                  .addresses = addresses.rows,
                                  .port = request->https_port,
                                  .authorities = request->probe.authorities,
                                  .timeout_ms = request->probe.limits.whole_ms };
    struct error error;
    struct view text;
    const char *fault;

    (void)snprintf(host, sizeof(host), "mta-sts.%s", request->target.host);
    resolve_addresses(request->resolver, host, &addresses);
    wanted.address_count = addresses.count;
    if (sts_fetch(arena, &wanted, &text, &error) == -1)
        (void)snprintf(out->policy_trouble, sizeof(out->policy_trouble), "%s", error.text);
    else if ((fault = sts_policy_parse(text, &out->policy)) != NULL)
        (void)snprintf(out->policy_trouble, sizeof(out->policy_trouble), "%s", fault);
    else
        out->policy_read = true;
}

static void survey_domain(struct arena *arena, const struct survey_request *request, struct survey *out)
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
    if (out->mta_sts && request->fetch_policy)
        get_policy(arena, request, out);
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
        survey_domain(arena, request, out);
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
