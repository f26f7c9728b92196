/* How mail leaves: levels, logging, and what silently turns TLS off. */
#include "audit/checks.h"
#include "audit/route.h"
#include "audit/words.h"
#include "shared/plural.h"

static struct tls_level level_of(const struct exam *exam)
{
    return client_level(exam->config, exam->service, client_prefix(exam->service));
}

static bool has_policies(const struct exam *exam)
{
    return exam_client_value(exam, "_tls_policy_maps").n > 0 || exam_client_value(exam, "_tls_per_site").n > 0;
}

static bool is_lmtp(const struct exam *exam)
{
    return view_eq(exam->service->program, VIEW("lmtp"));
}

void check_outbound_off(struct exam *exam)
{
    struct tls_level level = level_of(exam);

    if (level.level != LEVEL_NONE)
        return;
    exam_report(exam, "smtp_tls_security_level", mend_set(exam, "smtp_tls_security_level", "may"),
                "smtp_tls_security_level is %s%s",
                exam_value(exam, "smtp_tls_security_level").n == 0 ? "empty, which means none" : "none",
                has_policies(exam) ? "; only what smtp_tls_policy_maps names is encrypted" : "");
}

void check_outbound_opportunistic(struct exam *exam)
{
    struct tls_level level = level_of(exam);

    if ((level.level != LEVEL_MAY && level.level != LEVEL_DANE))
        return;
    exam_report(
        exam, "smtp_tls_security_level", mend_none(),
        "level %.*s: a server that offers no STARTTLS, or whose offer is stripped on the way, gets plaintext; pin "
        "the domains that matter with smtp_tls_policy_maps",
        VIEW_ARG(security_level_name(level.level)));
}

void check_outbound_level_invalid(struct exam *exam)
{
    struct view prefix = client_prefix(exam->service);

    if (level_of(exam).level != LEVEL_INVALID)
        return;
    exam_report(exam, is_lmtp(exam) ? "lmtp_tls_security_level" : "smtp_tls_security_level",
                is_lmtp(exam) ? mend_set(exam, "lmtp_tls_security_level", "may")
                              : mend_set(exam, "smtp_tls_security_level", "may"),
                "%.*s_tls_security_level = %.*s is no level", VIEW_ARG(prefix),
                VIEW_ARG(exam_client_value(exam, "_tls_security_level")));
}

void check_outbound_legacy_switch(struct exam *exam)
{
    struct tls_level level = level_of(exam);
    struct view name = security_level_name(level.level);
    char value[16];
    struct buf text = BUF(value);

    if (!level.legacy)
        return;
    buf_add(&text, name);
    exam_report(exam, "smtp_tls_security_level", mend_set(exam, "smtp_tls_security_level", buf_text(&text)),
                "smtp_tls_security_level is empty; %s gives %.*s",
                level.level == LEVEL_MAY ? "smtp_use_tls = yes" : "smtp_enforce_tls = yes", VIEW_ARG(name));
}

static bool logs_tls(const struct exam *exam)
{
    struct view level = exam_client_value(exam, "_tls_loglevel");

    return level.n > 0 && !view_eq(level, VIEW("0"));
}

void check_outbound_log_off(struct exam *exam)
{
    bool lmtp = is_lmtp(exam);

    if (logs_tls(exam))
        return;
    /* 3.11 says it in each delivery line: the tls= field. */
    if (words_yes(exam_client_value(exam, "_log_tls_feature_status")))
        return;
    if (lmtp && level_of(exam).level == LEVEL_NONE)
        return;
    exam_report_as(
        exam, lmtp ? FINDING_NOTICE : exam->check->severity, lmtp ? "lmtp_tls_loglevel" : "smtp_tls_loglevel",
        mend_set(exam, lmtp ? "lmtp_tls_loglevel" : "smtp_tls_loglevel", "1"), "%s = %.*s",
        lmtp ? "lmtp_tls_loglevel" : "smtp_tls_loglevel", VIEW_ARG(exam_client_value(exam, "_tls_loglevel")));
}

/* lmtp:inet:mail.example.com:24 and the like; unix: never leaves the host. */
static bool leaves_host(struct view transport)
{
    struct view host = transport;
    ptrdiff_t colon;

    if (!view_skip(&host, VIEW("lmtp:")) || view_starts(host, VIEW("unix:")) || view_starts(host, VIEW("/")))
        return false;
    (void)view_skip(&host, VIEW("inet:"));
    if (view_starts(host, VIEW("[127.")) || view_starts(host, VIEW("127.")) || view_starts(host, VIEW("[::1]")))
        return false;
    colon = view_find_char(host, ':');
    if (colon != -1)
        host = view_slice(host, 0, (size_t)colon);
    return host.n > 0 && !view_eq_nocase(host, VIEW("localhost")) && !view_eq_nocase(host, VIEW("[localhost]"));
}

void check_outbound_lmtp_plaintext(struct exam *exam)
{
    static const char *const parameters[] = { "virtual_transport",  "mailbox_transport", "local_transport",
                                              "fallback_transport", "default_transport", "relay_transport" };

    if (!is_lmtp(exam) || level_of(exam).level != LEVEL_NONE)
        return;
    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        struct view transport = config_value(exam->config, NULL, view_of(parameters[i]));

        if (leaves_host(transport))
            exam_report(exam, parameters[i], mend_set(exam, "lmtp_tls_security_level", "encrypt"),
                        "%s = %.*s, and lmtp_tls_security_level is none", parameters[i], VIEW_ARG(transport));
    }
}

void check_outbound_starttls_discarded(struct exam *exam)
{
    const char *name = is_lmtp(exam) ? "lmtp_discard_lhlo_keywords" : "smtp_discard_ehlo_keywords";

    if (words_have(exam_value(exam, name), VIEW("starttls")))
        exam_report(exam, name, mend_set(exam, name, ""), "%s = %.*s", name, VIEW_ARG(exam_value(exam, name)));
    if (!is_lmtp(exam) && exam_value(exam, "smtp_discard_ehlo_keyword_address_maps").n > 0)
        exam_report_as(exam, FINDING_NOTICE, "smtp_discard_ehlo_keyword_address_maps", mend_none(),
                       "smtp_discard_ehlo_keyword_address_maps is set: see that no entry in it names starttls");
}

void check_outbound_wrapper(struct exam *exam)
{
    if (!exam_yes(exam, "smtp_tls_wrappermode") || security_level_encrypts(level_of(exam).level))
        return;
    exam_report(exam, "smtp_tls_security_level", mend_set_here(exam, "smtp_tls_security_level", "encrypt"),
                "smtp_tls_wrappermode = yes at level %.*s: Postfix then sends in plaintext to port 465, and the server "
                "hangs up",
                VIEW_ARG(security_level_name(level_of(exam).level)));
}

void check_outbound_password(struct exam *exam)
{
    struct tls_level level = level_of(exam);

    if (!exam_yes(exam, "smtp_sasl_auth_enable") || security_level_encrypts(level.level))
        return;
    /* The default refuses PLAIN and LOGIN without TLS. */
    if (words_have(exam_value(exam, "smtp_sasl_security_options"), VIEW("noplaintext")))
        return;
    exam_report(
        exam, "smtp_tls_security_level", mend_set(exam, "smtp_tls_security_level", "encrypt"),
        "smtp_sasl_auth_enable = yes at level %.*s, and smtp_sasl_security_options lets the password go as plain text",
        VIEW_ARG(security_level_name(level.level)));
}

static bool wants_dane(enum security_level level)
{
    return level == LEVEL_DANE || level == LEVEL_DANE_ONLY;
}

void check_outbound_dane(struct exam *exam)
{
    struct view support = exam_client_value(exam, "_dns_support_level");

    if (!wants_dane(level_of(exam).level) || view_eq_nocase(support, VIEW("dnssec")))
        return;
    exam_report(exam, "smtp_dns_support_level", mend_set(exam, "smtp_dns_support_level", "dnssec"),
                "level %.*s with smtp_dns_support_level = %.*s: %s",
                VIEW_ARG(security_level_name(level_of(exam).level)), VIEW_ARG(exam_shown(support)),
                level_of(exam).level == LEVEL_DANE ? "Postfix falls to may" : "Postfix defers all mail of this level");
}

void check_outbound_dane_insecure_mx(struct exam *exam)
{
    struct setting setting = exam_setting(exam, "smtp_tls_dane_insecure_mx_policy");

    /* The default followed the global level in 3.4.28, 3.5.27, 3.6.0 to 3.6.16, 3.7.0 to 3.7.12, 3.8.0 to 3.8.7, 3.9.0
     * and 3.9.1, and is dane elsewhere: the value itself tells. */
    if (!setting.known || setting.source != SOURCE_DEFAULT || !has_policies(exam) || wants_dane(level_of(exam).level) ||
        view_eq_nocase(setting.value, VIEW("dane")))
        return;
    exam_report(exam, "smtp_tls_dane_insecure_mx_policy", mend_set(exam, "smtp_tls_dane_insecure_mx_policy", "dane"),
                "Postfix %.*s ignores dane of smtp_tls_policy_maps for domains whose MX records are not signed",
                VIEW_ARG(exam->config->version_text));
}

void check_outbound_smarthost(struct exam *exam)
{
    static const char *const parameters[] = {
        "relayhost",
        "sender_dependent_relayhost_maps",
        "smtp_fallback_relay",
        "sender_dependent_default_transport_maps",
    };

    for (size_t i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++) {
        struct view value = exam_value(exam, parameters[i]);

        if (value.n > 0)
            exam_report(exam, parameters[i], mend_none(),
                        "%s = %.*s: that server decides how mail reaches its destination; ask its operator",
                        parameters[i], VIEW_ARG(value));
    }
}

/* Hosts of our own, without a rule file: loopback. */
static struct own_hosts own_hosts(const struct exam *exam)
{
    struct network loopback[2];

    if (exam->settings != NULL && exam->settings->follow.internal != NULL)
        return (struct own_hosts){ exam->settings->follow.internal, exam->settings->follow.internal_names };
    if (network_parse(VIEW("127.0.0.0/8"), &loopback[0]) != NETWORK_FINE ||
        network_parse(VIEW("::1"), &loopback[1]) != NETWORK_FINE)
        return (struct own_hosts){ NULL, NULL };
    return (struct own_hosts){ network_set_new(exam->findings->arena, loopback, 2), NULL };
}

void check_outbound_routes(struct exam *exam)
{
    struct own_hosts own = own_hosts(exam);
    struct view example = { "", 0 }, hop = { "", 0 };
    struct routes routes = { 0 };
    size_t count = 0;

    if (routes_read(exam->findings->arena, exam->inspector, exam->config, &own, &routes) == -1)
        return;
    for (size_t i = 0; i < routes.count; i++) {
        struct view domain = routes.rows[i].key;
        struct route route = route_of(&routes, domain);

        if (route.kind != ROUTE_RELAY || !route.by_table || count++ > 0)
            continue;
        example = domain;
        hop = route.hop;
    }
    if (count > 0)
        exam_report(
            exam, "transport_maps", mend_none(),
            "transport_maps sends the mail of %zu %s by next hops of its own, such as %.*s by %.*s: TLS with the "
            "domain's own servers is not seen from here, and policies are asked by that next hop",
            count, plural(count, "name", "names"), VIEW_ARG(example), VIEW_ARG(hop));
    if (view_starts(routes.uncertain, VIEW("transport_maps")))
        exam_report(exam, "transport_maps", mend_none(), "%.*s: which next hops it names is not known here",
                    VIEW_ARG(routes.uncertain));
}

void check_outbound_md5(struct exam *exam)
{
    struct view digest = exam_client_value(exam, "_tls_fingerprint_digest");

    if (level_of(exam).level != LEVEL_FINGERPRINT || !view_eq_nocase(digest, VIEW("md5")))
        return;
    exam_report(exam, "smtp_tls_fingerprint_digest", mend_set(exam, "smtp_tls_fingerprint_digest", "sha256"),
                "smtp_tls_fingerprint_digest = md5 at level fingerprint");
}

void check_outbound_reuse(struct exam *exam)
{
    if (!exam_yes(exam, "smtp_tls_connection_reuse") || logs_tls(exam) || !version_at_least(exam->config, 3, 11))
        return;
    exam_report(exam, "smtp_tls_loglevel", mend_set(exam, "smtp_tls_loglevel", "1"),
                "smtp_tls_connection_reuse = yes: the tls= field is undecided on reused connections, and "
                "smtp_tls_loglevel is 0");
}
