#include "audit/listener.h"

#include "audit/words.h"
#include "shared/network.h"

static const struct {
    struct view name;
    unsigned port;
} ports[] = {
    { VIEW_INIT("smtp"), PORT_SMTP },
    { VIEW_INIT("submission"), PORT_SUBMISSION },
    { VIEW_INIT("submissions"), PORT_SUBMISSIONS },
    { VIEW_INIT("smtps"), PORT_SUBMISSIONS },
    { VIEW_INIT("ssmtp"), PORT_SUBMISSIONS },
    { VIEW_INIT("urd"), PORT_SUBMISSIONS },
};

static unsigned port_of(struct view text)
{
    uint64_t number;

    if (view_number(text, 65535, &number))
        return (unsigned)number;
    for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        if (view_eq_nocase(ports[i].name, text))
            return ports[i].port;
    }
    return 0;
}

static bool is_loopback(struct view host)
{
    struct address address;

    if (view_eq_nocase(host, VIEW("localhost")))
        return true;
    return address_parse(host, &address) && address_is_loopback(&address);
}

/* inet_interfaces names this host alone. */
static bool all_loopback(struct view interfaces)
{
    struct view word;
    bool any = false;

    while (words_next(&interfaces, &word)) {
        if (!is_loopback(word) && !view_eq_nocase(word, VIEW("loopback-only")))
            return false;
        any = true;
    }
    return any;
}

static void split_name(struct view name, struct listener_facts *facts)
{
    ptrdiff_t colon = view_find_last_char(name, ':');

    if (colon != -1)
        facts->host = view_slice(name, 0, (size_t)colon);
    facts->port = port_of(view_slice(name, (size_t)(colon + 1), name.n));
}

/* Bound to this host by its own name, and told apart from the listener that sends to the filter. */
static bool takes_back(const struct postfix_config *config, const struct service *service,
                       const struct listener_facts *facts)
{
    static const struct view signs[] = { VIEW_INIT("content_filter"), VIEW_INIT("receive_override_options"),
                                         VIEW_INIT("mynetworks"), VIEW_INIT("smtpd_proxy_filter") };
    const struct parameter *login = service_override(service, VIEW("smtpd_sasl_auth_enable"));

    if (!is_loopback(facts->host) || (login != NULL && words_yes(login->value)))
        return false;
    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++) {
        if (service_override(service, signs[i]) != NULL)
            return true;
    }
    return !facts->authenticates && config_value(config, NULL, VIEW("content_filter")).n > 0;
}

static enum role server_role(const struct postfix_config *config, const struct service *service,
                             const struct listener_facts *facts)
{
    if (facts->port == PORT_SMTP)
        return ROLE_EXCHANGE;
    if (facts->port == PORT_SUBMISSION || facts->port == PORT_SUBMISSIONS)
        return ROLE_SUBMISSION;
    if (takes_back(config, service, facts))
        return ROLE_REINJECTION;
    return facts->authenticates ? ROLE_SUBMISSION : ROLE_EXCHANGE;
}

struct listener_facts listener_facts(const struct postfix_config *config, const struct service *service)
{
    struct listener_facts facts = { .role = ROLE_OTHER };
    bool network = view_eq(service->type, VIEW("inet")) || view_eq(service->type, VIEW("pass"));

    if (view_eq(service->program, VIEW("smtp")) || view_eq(service->program, VIEW("lmtp"))) {
        facts.role = ROLE_CLIENT;
        return facts;
    }
    if (!network || !view_eq(service->program, VIEW("smtpd")))
        return facts;
    if (view_eq(service->type, VIEW("pass")))
        facts.port = PORT_SMTP; /* behind postscreen(8) */
    else
        split_name(service->name, &facts);
    facts.loopback =
        facts.host.n > 0 ? is_loopback(facts.host) : all_loopback(config_value(config, NULL, VIEW("inet_interfaces")));
    facts.authenticates = words_yes(config_value(config, service, VIEW("smtpd_sasl_auth_enable")));
    facts.wrapper = words_yes(config_value(config, service, VIEW("smtpd_tls_wrappermode")));
    facts.role = server_role(config, service, &facts);
    return facts;
}

struct view client_prefix(const struct service *service)
{
    return view_eq(service->program, VIEW("lmtp")) ? VIEW("lmtp") : VIEW("smtp");
}
