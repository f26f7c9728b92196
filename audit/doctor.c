#include "audit/doctor.h"

#include "audit/checks.h"
#include "audit/read_config.h"
#include "audit/words.h"

#define GMAIL "Gmail email sender guidelines"
#define SEE_DOCTOR "outward doctor, again"
#define SEE_PROBE_HOST "outward probe HOST:25"
#define SEE_PROBE "outward probe HOST:587, outward probe HOST:465"
#define SEE_REPORT "outward report, after some mail"

/* IDs are a contract: scripts name them with --only and --ignore. */
static const struct check checks[] = {
    /* id, severity, scope, function, title, why, reference, verify */
    { "outbound-off", FINDING_ERROR, SCOPE_SMTP, check_outbound_off, "Mail leaves without encryption",
      "Gmail refuses or rate-limits mail that does not come over TLS, and everybody on the way can read it.",
      GMAIL ", TLS; 4.7.29", SEE_REPORT },
    { "outbound-opportunistic", FINDING_NOTICE, SCOPE_SMTP, check_outbound_opportunistic,
      "Encryption is used where the server offers it", "Whoever can change the packets can take the offer away.",
      "RFC 7435, RFC 8461 section 1", SEE_REPORT },
    { "outbound-level-invalid", FINDING_ERROR, SCOPE_CLIENT, check_outbound_level_invalid,
      "The TLS level is no level that Postfix knows", "Postfix defers all mail of this service.", "postconf(5)",
      SEE_DOCTOR },
    { "outbound-legacy-switch", FINDING_WARNING, SCOPE_SMTP, check_outbound_legacy_switch,
      "Outbound TLS hangs on a switch of the past", "Later versions of Postfix will not know it, and TLS will be off.",
      "Postfix DEPRECATION_README", SEE_DOCTOR },
    { "outbound-log-off", FINDING_WARNING, SCOPE_CLIENT, check_outbound_log_off, "Deliveries do not log their TLS",
      "Without that line nobody can tell encrypted mail from plaintext: the report says unknown.",
      "Postfix TLS_README, smtp_tls_loglevel", SEE_REPORT },
    { "outbound-reuse-undecided", FINDING_WARNING, SCOPE_SMTP, check_outbound_reuse,
      "Reused connections do not log their TLS", "On a reused connection the tls= field says nothing.",
      "Postfix CONNECTION_CACHE_README", SEE_REPORT },
    { "outbound-lmtp-plaintext", FINDING_WARNING, SCOPE_CLIENT, check_outbound_lmtp_plaintext,
      "Mail goes to the mail store on another host without encryption",
      "Everybody on the way can read it; lmtp(8) has levels of its own.", "Postfix TLS_README", SEE_REPORT },
    { "outbound-starttls-discarded", FINDING_ERROR, SCOPE_CLIENT, check_outbound_starttls_discarded,
      "Postfix ignores that servers offer STARTTLS", "TLS is silently off, whatever the level says.", "postconf(5)",
      SEE_REPORT },
    { "outbound-wrapper-level", FINDING_ERROR, SCOPE_SMTP, check_outbound_wrapper,
      "Implicit TLS is asked for but the level does not demand it", "Delivery fails.",
      "postconf(5), smtp_tls_wrappermode", SEE_REPORT },
    { "outbound-password-plaintext", FINDING_ERROR, SCOPE_SMTP, check_outbound_password,
      "The password for the relay may leave in clear",
      "A server without STARTTLS, or somebody who takes the offer away, is given the password.", "RFC 4954 section 4",
      SEE_DOCTOR },
    { "outbound-dane-no-dnssec", FINDING_ERROR, SCOPE_SMTP, check_outbound_dane, "DANE is asked for without DNSSEC",
      "Postfix silently uses a weaker level, or defers the mail.", "RFC 7672, Postfix TLS_README", SEE_DOCTOR },
    { "outbound-dane-insecure-mx", FINDING_NOTICE, SCOPE_SMTP, check_outbound_dane_insecure_mx,
      "DANE of single domains is dropped where their MX records are not signed",
      "A default that was wrong until 3.6.17, 3.7.13, 3.8.8 and 3.9.2.", "Postfix release notes", SEE_DOCTOR },
    { "outbound-smarthost", FINDING_NOTICE, SCOPE_SMTP, check_outbound_smarthost,
      "Another server sends on for this one", "What its deliveries look like cannot be seen from here.",
      "postconf(5), relayhost", SEE_REPORT },
    { "outbound-routes", FINDING_NOTICE, SCOPE_HOST, check_outbound_routes, "Some domains' mail takes a way of its own",
      "What is true of other mail need not be true there.", "transport(5)", "outward tls-policy --dry-run" },
    { "outbound-fingerprint-md5", FINDING_WARNING, SCOPE_SMTP, check_outbound_md5,
      "Certificates are pinned by an MD5 fingerprint", "Certificates with a chosen MD5 can be made.", "RFC 6151",
      SEE_DOCTOR },
    { "outbound-protocols", FINDING_WARNING, SCOPE_SMTP, check_outbound_protocols,
      "Outbound TLS admits versions that are broken, or a list that Postfix cannot read",
      "SSL and TLS below 1.2 are not to be used where encryption is demanded; an unreadable list turns TLS off.",
      "RFC 8996", SEE_DOCTOR },
    { "outbound-ciphers", FINDING_NOTICE, SCOPE_SMTP, check_outbound_ciphers, "Outbound TLS admits weak ciphers",
      "Export and low grades can be read by who records the traffic.", "RFC 9325 section 4", SEE_DOCTOR },
    { "outbound-authorities-none", FINDING_ERROR, SCOPE_SMTP, check_authorities_none,
      "Certificates are to be verified, and no authority is trusted", "All mail at this level is deferred.",
      "Postfix TLS_README, smtp_tls_CAfile", SEE_REPORT },
    { "outbound-authorities-file", FINDING_ERROR, SCOPE_SMTP, check_authorities_file,
      "The file of trusted authorities is not there", "Postfix turns TLS off when it cannot load it.",
      "Postfix TLS_README, smtp_tls_CAfile", SEE_REPORT },
    { "outbound-authorities-chroot", FINDING_NOTICE, SCOPE_SMTP, check_authorities_chroot,
      "The trusted authorities cannot be seen from the chroot", "smtp_tls_CApath is read after chroot(2).",
      "Postfix TLS_README, smtp_tls_CApath", SEE_REPORT },
    { "policy-plaintext", FINDING_WARNING, SCOPE_SMTP, check_policy_plaintext,
      "The policy table lets a destination have plaintext", "An entry replaces the global level, also downward.",
      "postconf(5), smtp_tls_policy_maps", SEE_DOCTOR },
    { "policy-invalid", FINDING_ERROR, SCOPE_SMTP, check_policy_invalid,
      "The policy table has an entry that this Postfix does not take",
      "Mail to that destination is deferred: client TLS configuration problem.", "postconf(5), smtp_tls_policy_maps",
      SEE_DOCTOR },
    { "policy-opaque", FINDING_NOTICE, SCOPE_SMTP, check_policy_opaque, "A policy table cannot be looked through",
      "Entries that exempt a destination would not be seen.", "postconf(5), smtp_tls_policy_maps", SEE_DOCTOR },
    { "policy-authorities-none", FINDING_ERROR, SCOPE_SMTP, check_policy_authorities,
      "The policy table demands verified certificates, and no authority is trusted",
      "All mail to these destinations is deferred.", "Postfix TLS_README, smtp_tls_CAfile", SEE_REPORT },
    { "policy-per-site", FINDING_WARNING, SCOPE_SMTP, check_per_site, "The policy table of before 2.3 is in use",
      "It is ignored beside smtp_tls_policy_maps and will go.", "Postfix DEPRECATION_README", SEE_DOCTOR },
    { "submission-plaintext-auth", FINDING_ERROR, SCOPE_SERVER, check_plaintext_auth,
      "Passwords may be sent in plaintext", "AUTH is offered before TLS, and many programs take the offer.",
      "RFC 8314 section 3.3, RFC 4954 section 4", SEE_PROBE },
    { "submission-tls-optional", FINDING_WARNING, SCOPE_SERVER, check_submission_optional,
      "Submission works without TLS",
      "Submission in plaintext is to be phased out; who takes STARTTLS away is not noticed.", "RFC 8314 section 4.1",
      SEE_PROBE },
    { "submission-tls-off", FINDING_ERROR, SCOPE_SERVER, check_submission_off, "The submission service has no TLS",
      "Mail and passwords cross the network in clear.", "RFC 8314 section 3.3", SEE_PROBE },
    { "submission-auth-off", FINDING_WARNING, SCOPE_SERVER, check_submission_auth_off,
      "The submission service does not authenticate", "A submission server is to demand AUTH.", "RFC 6409 section 4.3",
      SEE_PROBE },
    { "submission-networks", FINDING_NOTICE, SCOPE_SUBMISSION, check_submission_networks,
      "Clients of mynetworks submit without AUTH", "Nobody can say later who sent it.", "RFC 6409 section 4.3",
      SEE_DOCTOR },
    { "submission-absent", FINDING_WARNING, SCOPE_HOST, check_submission_absent,
      "Users have no submission service of their own", "Port 25 is for servers: many networks block it for users.",
      "RFC 8314 section 3.3, RFC 6409", SEE_PROBE },
    { "submissions-absent", FINDING_NOTICE, SCOPE_HOST, check_465_absent, "Implicit TLS on port 465 is not offered",
      "It is preferred over STARTTLS on 587: there is no offer that can be taken away.", "RFC 8314 section 3.3",
      SEE_PROBE },
    { "submissions-no-wrapper", FINDING_ERROR, SCOPE_SERVER, check_465_without_wrapper,
      "Port 465 does not begin with TLS", "Clients expect implicit TLS there.", "RFC 8314 section 3.3", SEE_PROBE },
    { "wrapper-port", FINDING_ERROR, SCOPE_SERVER, check_wrapper_elsewhere, "Implicit TLS on a port that has none",
      "Clients of ports 25 and 587 wait for a greeting in plaintext and never get it.", "RFC 8314 section 3.3",
      SEE_PROBE },
    { "submission-anonymous", FINDING_ERROR, SCOPE_SERVER, check_anonymous_auth,
      "Anonymous logins count as authenticated", "Everybody may relay.", "Postfix SASL_README, noanonymous",
      SEE_DOCTOR },
    { "submission-protocols", FINDING_WARNING, SCOPE_SUBMISSION, check_submission_protocols,
      "Submission admits TLS below 1.2", "TLS 1.0 and 1.1 are not to be used for submission.", "RFC 8997", SEE_PROBE },
    { "port25-auth", FINDING_WARNING, SCOPE_SERVER, check_port25_auth, "Port 25 takes passwords",
      "It is open to every guesser, and cannot demand TLS.", "RFC 6409 section 3.1, Postfix SASL_README", SEE_DOCTOR },
    { "port25-demands-tls", FINDING_ERROR, SCOPE_SERVER, check_port25_demands_tls,
      "Port 25 refuses servers without TLS",
      "A publicly referenced server must not require TLS to take mail for its users.", "RFC 3207 section 4",
      "outward probe HOST:25" },
    { "port25-off", FINDING_WARNING, SCOPE_SERVER, check_port25_off, "Mail to this server comes in without encryption",
      "Servers that could encrypt cannot.", "RFC 3207", "outward probe HOST:25" },
    { "server-log-off", FINDING_NOTICE, SCOPE_SERVER, check_server_log_off, "Listeners do not log their TLS",
      "Who submitted how cannot be seen in Postfix's own log.", "Postfix TLS_README, smtpd_tls_loglevel", SEE_DOCTOR },
    { "server-legacy-switch", FINDING_WARNING, SCOPE_SERVER, check_server_legacy_switch,
      "TLS of a listener hangs on a switch of the past",
      "Later versions of Postfix will not know it, and TLS will be off.", "Postfix DEPRECATION_README", SEE_DOCTOR },
    { "ledger-plaintext", FINDING_ERROR, SCOPE_HOST, check_ledger_plaintext,
      "Mail left in plaintext that the configuration forbids",
      "What was delivered is proven; a configuration is a plan.", "outward-follow(8)", "outward watch" },
    { "ledger-unproven", FINDING_WARNING, SCOPE_HOST, check_ledger_unproven,
      "TLS is to be logged, but the log does not prove it", "These deliveries are unknown.", "outward-report(1)",
      "outward status" },
    { "policy-line-failing", FINDING_ERROR, SCOPE_SMTP, check_policy_failing,
      "A next hop that TLS is enforced for cannot be reached over it",
      "Its mail waits, and returns to its senders in the end.", "outward-tls-policy(1)", SEE_PROBE_HOST },
    { "server-starttls-discarded", FINDING_ERROR, SCOPE_SERVER, check_server_starttls_discarded,
      "A listener hides what it could offer", "Clients cannot use TLS, or cannot log in.",
      "postconf(5), smtpd_discard_ehlo_keywords", SEE_PROBE },
    { "server-protocols", FINDING_WARNING, SCOPE_SERVER, check_server_protocols, "Inbound TLS admits SSL",
      "SSLv3 is broken, and the servers that need it are gone.", "RFC 7568", SEE_DOCTOR },
    { "server-ciphers", FINDING_WARNING, SCOPE_SERVER, check_server_ciphers, "A listener admits weak ciphers",
      "Export and low grades can be read by who records the traffic.", "RFC 9325 section 4", SEE_DOCTOR },
    { "cipher-list-set", FINDING_NOTICE, SCOPE_HOST, check_cipherlist, "A cipher grade's own list is overridden",
      "Lists of old tutorials shut out ciphers that came later, or let in what is broken by now.",
      "postconf(5), tls_high_cipherlist", SEE_DOCTOR },
    { "client-certificate-authorities", FINDING_WARNING, SCOPE_SERVER, check_client_certificate_authorities,
      "Public authorities vouch for client certificates that admit",
      "Anybody can get a certificate from a public authority, and with it relay or count as authenticated.",
      "Postfix TLS_README, permit_tls_all_clientcerts", SEE_DOCTOR },
    { "certificate-absent", FINDING_ERROR, SCOPE_SERVER, check_certificate_absent, "A listener has no certificate",
      "STARTTLS is not offered.", "Postfix TLS_README", SEE_PROBE },
    { "certificate-unreadable", FINDING_ERROR, SCOPE_SERVER, check_certificate_unreadable,
      "A certificate or key cannot be read", "TLS does not work, and Postfix says so only in its log.",
      "Postfix TLS_README", SEE_PROBE },
    { "certificate-dates", FINDING_ERROR, SCOPE_SERVER, check_certificate_dates,
      "The certificate is out of date, or soon will be",
      "Programs of users refuse it or ask; so do servers under MTA-STS.",
      "RFC 5280 section 4.1.2.5, RFC 8461 section 4.2", SEE_PROBE },
    { "certificate-self-signed", FINDING_WARNING, SCOPE_SERVER, check_certificate_self_signed,
      "The certificate is self-signed", "Users learn to click warnings away; MTA-STS refuses it.",
      "RFC 8314 section 4.4", SEE_PROBE },
    { "certificate-chain", FINDING_WARNING, SCOPE_SERVER, check_certificate_chain,
      "The certificate's chain is not whole", "Clients that do not have the missing certificate refuse the connection.",
      "RFC 5246 section 7.4.2", SEE_PROBE },
    { "certificate-name", FINDING_WARNING, SCOPE_SERVER, check_certificate_name,
      "The certificate is not for this host's name", "Clients that check names refuse the connection.",
      "RFC 7817, RFC 8461 section 4.2", SEE_PROBE },
    { "certificate-weak", FINDING_WARNING, SCOPE_SERVER, check_certificate_weak, "The certificate or its key is weak",
      "Current systems refuse it.", "RFC 9325 section 4.5", SEE_PROBE },
    { "certificate-key-mismatch", FINDING_ERROR, SCOPE_SERVER, check_key_mismatch, "The key is not the certificate's",
      "TLS does not work.", "Postfix TLS_README", SEE_PROBE },
    { "certificate-key-open", FINDING_ERROR, SCOPE_SERVER, check_key_open, "The private key is open to others",
      "Who has it can pass for this server.", "Postfix TLS_README", SEE_DOCTOR },
    { "certificate-renewal", FINDING_NOTICE, SCOPE_SERVER, check_renewal, "Postfix is not told of renewed certificates",
      "Processes keep the old one until they end.", "Postfix TLS_README", SEE_DOCTOR },
    { "sasl-type", FINDING_ERROR, SCOPE_SERVER, check_sasl_type, "The SASL type is not one that Postfix has",
      "AUTH does not work.", "Postfix SASL_README", SEE_PROBE },
    { "sasl-cyrus-config", FINDING_WARNING, SCOPE_SERVER, check_cyrus_config,
      "Cyrus SASL finds no configuration for Postfix", "It silently takes a default that few mean.",
      "Postfix SASL_README", SEE_PROBE },
    { "sasl-saslauthd-socket", FINDING_ERROR, SCOPE_SERVER, check_saslauthd_socket, "saslauthd cannot be reached",
      "Every login fails.", "Postfix SASL_README", SEE_PROBE },
    { "sasl-saslauthd-mechanisms", FINDING_WARNING, SCOPE_SERVER, check_saslauthd_mechanisms,
      "Mechanisms are offered that saslauthd cannot do", "Programs choose them first, and their logins fail.",
      "Postfix SASL_README", SEE_PROBE },
    { "sasl-sasldb", FINDING_ERROR, SCOPE_SERVER, check_sasldb,
      "The password file is not there, not for Postfix, or open to others",
      "Logins fail, or every user of this host can read the passwords.", "Postfix SASL_README", SEE_DOCTOR },
    { "sasl-dovecot-socket", FINDING_ERROR, SCOPE_SERVER, check_dovecot_socket,
      "Dovecot's auth socket cannot be reached", "Every login fails.", "Postfix SASL_README", SEE_PROBE },
    { "sasl-dovecot-socket-open", FINDING_WARNING, SCOPE_SERVER, check_dovecot_socket_open,
      "Dovecot's auth socket is open to every user of this host", "Anybody there can try passwords without a limit.",
      "Postfix SASL_README", SEE_DOCTOR },
    { "sasl-dovecot-plaintext", FINDING_NOTICE, SCOPE_HOST, check_dovecot_plaintext,
      "Dovecot takes passwords in plaintext",
      "The same passwords that submit here cross the network in clear with IMAP and POP3.", "RFC 8314 section 3",
      SEE_DOCTOR },
    { "relay-open", FINDING_ERROR, SCOPE_SERVER, check_open_relay, "Strangers' mail to other domains is not refused",
      "An open relay is found within hours.", "Postfix SMTPD_ACCESS_README", SEE_DOCTOR },
    { "relay-networks-wide", FINDING_WARNING, SCOPE_HOST, check_networks_wide, "mynetworks is wider than a site",
      "All of these addresses may relay without AUTH.", "Postfix BASIC_CONFIGURATION_README", SEE_DOCTOR },
    { "gate-absent", FINDING_WARNING, SCOPE_SERVER, check_gate_absent,
      "The gate is not asked about mail of this listener", "Its rules do not see these submissions.",
      "outward-milter(8)", SEE_DOCTOR },
    { "gate-local-absent", FINDING_WARNING, SCOPE_HOST, check_gate_local_absent,
      "The gate is not asked about mail of sendmail(1)", "Its rules do not see local submissions.", "outward-milter(8)",
      SEE_DOCTOR },
    { "gate-reinjection", FINDING_WARNING, SCOPE_REINJECTION, check_gate_reinjection,
      "The gate is asked a second time, about mail that a filter hands back",
      "There each message is a plaintext submission by this host.", "outward-milter(8)", SEE_DOCTOR },
    { "gate-socket", FINDING_ERROR, SCOPE_SERVER, check_gate_socket, "Postfix cannot reach the gate",
      "Mail waits or passes unjudged, as the default action says.", "outward-milter(8)", SEE_DOCTOR },
    { "gate-socket-open", FINDING_WARNING, SCOPE_HOST, check_gate_socket_open, "The gate's socket is open to others",
      "They can ask it as if they were Postfix, and fill the log.", "outward-milter(8)", SEE_DOCTOR },
    { "gate-fails-open", FINDING_WARNING, SCOPE_SERVER, check_gate_fails_open,
      "The default action does not fit the gate's mode",
      "An enforcing gate fails closed; a monitoring one must not stop mail.", "MILTER_README, milter_default_action",
      SEE_DOCTOR },
    { "gate-action-unknown", FINDING_ERROR, SCOPE_SERVER, check_gate_action_unknown,
      "The default action is not one that this Postfix knows", "When the milter is away Postfix answers 451 4.3.5.",
      "MILTER_README, milter_default_action", SEE_DOCTOR },
    { "gate-unheard", FINDING_WARNING, SCOPE_SUBMISSION, check_gate_unheard, "The ledger has no record of the gate",
      "Nobody can say what its rules decide, or would.", "outward-record(5)", "outward status" },
    { "gate-order", FINDING_NOTICE, SCOPE_SERVER, check_gate_order, "Other milters come after the gate",
      "What they add, such as a DKIM signature, the gate's rules do not see.", "outward-milter(8)", SEE_DOCTOR },
    { "gate-protocol", FINDING_ERROR, SCOPE_SERVER, check_gate_protocol,
      "The milter protocol is older than the gate needs",
      "The gate cannot ask for its macros, and takes TLS sessions for plaintext.", "MILTER_README, milter_protocol",
      SEE_DOCTOR },
    { "gate-map", FINDING_NOTICE, SCOPE_SERVER, check_gate_map, "A table may turn milters off for some clients",
      "An entry DISABLE takes them out of the gate's sight.", "postconf(5), smtpd_milter_maps", SEE_DOCTOR },
    { "gate-proxy-filter", FINDING_NOTICE, SCOPE_SERVER, check_gate_proxy_filter,
      "The gate sees no headers before a proxy filter",
      "Rules about headers do not work there, nor hold and tag, and a client that hangs up may leave no record.",
      "SMTPD_PROXY_README", SEE_DOCTOR },
    { "gate-alias", FINDING_NOTICE, SCOPE_HOST, check_gate_alias, "Mail to a virtual alias is not judged",
      "A client of relay-networks that writes to an alias of this host is taken for one that writes to this host, "
      "wherever the alias leads; mail on a listener, or with a login, is judged all the same.",
      "outward.conf(5), WHAT IS JUDGED", SEE_DOCTOR },
    { "gate-relay-networks", FINDING_WARNING, SCOPE_HOST, check_relay_networks,
      "Clients may relay that the gate does not know", "Their mail counts as inbound and is never judged.",
      "outward.conf(5), relay-networks", SEE_DOCTOR },
    { "config-unused-parameter", FINDING_WARNING, SCOPE_HOST, check_unused_parameter,
      "A parameter that Postfix does not know", "A misspelt name sets nothing.", "postconf(1)", SEE_DOCTOR },
    { "config-repeated-parameter", FINDING_NOTICE, SCOPE_HOST, check_repeated_parameter,
      "A parameter is set more than once", "The last one counts.", "postconf(1)", SEE_DOCTOR },
    { "config-complaint", FINDING_NOTICE, SCOPE_HOST, check_other_complaint, "postconf complains", "Postfix will, too.",
      "postconf(1)", SEE_DOCTOR },
    { "config-deprecated", FINDING_NOTICE, SCOPE_HOST, check_deprecated_setting, "A setting of the past",
      "It still works, but will go.", "Postfix DEPRECATION_README", SEE_DOCTOR },
    { "config-soft-bounce", FINDING_WARNING, SCOPE_HOST, check_soft_bounce, "Refusals are turned into delays",
      "What the gate rejects is tried again for days, and the sender is not told.", "postconf(5), soft_bounce",
      SEE_DOCTOR },
};

enum { CHECKS = sizeof(checks) / sizeof(checks[0]) };

size_t doctor_check_count(void)
{
    return CHECKS;
}

struct check_note doctor_check_note(size_t at)
{
    const struct check *check = &checks[at];

    return (struct check_note){ check->id, check->title, check->why, check->reference, check->severity };
}

bool doctor_has_check(struct view id)
{
    for (size_t i = 0; i < CHECKS; i++) {
        if (view_eq(view_of(checks[i].id), id))
            return true;
    }
    return false;
}

static bool names(const struct view *list, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (view_eq(list[i], view_of(id)))
            return true;
    }
    return false;
}

static bool selected(const struct selection *selection, const char *id)
{
    if (selection->only_count > 0 && !names(selection->only, selection->only_count, id))
        return false;
    return !names(selection->ignore, selection->ignore_count, id);
}

static bool in_scope(enum scope scope, const struct service *service, enum role role)
{
    bool server = role == ROLE_EXCHANGE || role == ROLE_SUBMISSION;

    switch (scope) {
    case SCOPE_HOST:
        return false;
    case SCOPE_CLIENT:
        return role == ROLE_CLIENT;
    case SCOPE_SMTP:
        return role == ROLE_CLIENT && view_eq(service->program, VIEW("smtp"));
    case SCOPE_SERVER:
        return server;
    case SCOPE_SUBMISSION:
        return role == ROLE_SUBMISSION;
    case SCOPE_REINJECTION:
        return role == ROLE_REINJECTION;
    }
    return false;
}

static void run_services(struct exam *exam)
{
    const struct services *services = &exam->config->services;

    for (size_t i = 0; i < services->count; i++) {
        exam->service = &services->rows[i];
        exam->listener = listener_facts(exam->config, exam->service);
        if (in_scope(exam->check->scope, exam->service, exam->listener.role))
            exam->check->run(exam);
    }
    exam->service = NULL;
}

/* For commands on an instance that is not the default one: "-c /etc/postfix-out ". */
static const char *config_option(struct arena *arena, const struct postfix_config *config)
{
    struct view directory = config->directory;
    size_t room = directory.n + sizeof("-c  ");
    struct buf text;

    if (directory.n == 0 || view_eq(directory, VIEW("/etc/postfix")))
        return "";
    text = buf_over(arena_alloc(arena, room), room);
    if (text.p == NULL)
        return "";
    buf_addf(&text, "-c %.*s ", VIEW_ARG(directory));
    return buf_text(&text);
}

/* When main.cf or master.cf was last changed, ms since 1970; INT64_MAX where it cannot be told. */
static int64_t changed_at(struct inspector *inspector, const struct postfix_config *config)
{
    static const char *const names[] = { "main.cf", "master.cf" };
    int64_t latest = 0;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char storage[1024];
        struct buf path = BUF(storage);
        struct stat found;

        buf_addf(&path, "%.*s/%s", VIEW_ARG(config->directory), names[i]);
        (void)buf_text(&path);
        if (path.full || inspect_stat(inspector, buf_view(&path), &found) != INSPECT_FINE)
            return INT64_MAX;
        if ((int64_t)found.st_mtime * 1000 > latest)
            latest = (int64_t)found.st_mtime * 1000;
    }
    return latest;
}

/* What the ledger holds of this configuration, if it holds that of one instance alone.  Hours are whole there. */
static const struct ledger_evidence *ask_evidence(const struct doctor_request *request, struct exam *exam,
                                                  struct ledger_evidence *storage)
{
    const int64_t hour = 3600 * 1000, oldest = (request->now - (int64_t)EVIDENCE_DAYS * 86400) * 1000;
    int64_t since;

    if (request->evidence == NULL || exam->config->directory.n == 0 ||
        config_value(exam->config, NULL, VIEW("multi_instance_directories")).n > 0)
        return NULL;
    since = changed_at(exam->inspector, exam->config);
    if (since > request->now * 1000)
        return NULL;
    since = ((since > oldest ? since : oldest) + hour - 1) / hour * hour;
    *storage = (struct ledger_evidence){ .since = since };
    return request->evidence->read(request->evidence->context, exam->config, since, storage) ? storage : NULL;
}

int doctor_examine_config(struct arena *arena, const struct doctor_request *request,
                          const struct postfix_config *config, struct findings *out)
{
    struct inspector inspector = { arena };
    struct ledger_evidence evidence;
    struct exam exam = { .config = config,
                         .settings = request->settings,
                         .inspector = &inspector,
                         .doveconf = request->doveconf,
                         .certbot = request->certbot,
                         .now = request->now,
                         .findings = out,
                         .config_option = config_option(arena, config) };

    if (findings_init(out, arena) == -1)
        return -1;
    exam.evidence = ask_evidence(request, &exam, &evidence);
    for (size_t i = 0; i < CHECKS; i++) {
        exam.check = &checks[i];
        if (!selected(&request->selection, checks[i].id))
            continue;
        if (checks[i].scope == SCOPE_HOST)
            checks[i].run(&exam);
        else
            run_services(&exam);
    }
    findings_sort(out);
    return 0;
}

static int examine_one(struct arena *arena, const struct doctor_request *request, const char *directory,
                       struct diagnoses *out, struct error *error)
{
    struct diagnosis *row = &out->rows[out->count];
    struct inspector inspector = { arena };

    if (read_postfix_config(arena, request->postconf, directory, &row->config, error) == -1)
        return -1;
    if (doctor_examine_config(arena, request, &row->config, &row->findings) == -1)
        return error_set(error, ERROR_MEMORY, "doctor: out of memory");
    row->changed = changed_at(&inspector, &row->config);
    out->count++;
    return 0;
}

int doctor_examine(struct arena *arena, const struct doctor_request *request, struct diagnoses *out,
                   struct error *error)
{
    struct view others, directory;

    *out = (struct diagnoses){ .count = 0 };
    if (examine_one(arena, request, request->directory, out, error) == -1)
        return -1;
    others = config_value(&out->rows[0].config, NULL, VIEW("multi_instance_directories"));
    while (words_next(&others, &directory)) {
        struct view copy = arena_copy(arena, directory); /* NUL-terminated */

        if (copy.p == NULL)
            return error_set(error, ERROR_MEMORY, "doctor: out of memory");
        if (view_eq(directory, out->rows[0].config.directory))
            continue;
        if (out->count == DOCTOR_INSTANCES_MAX)
            out->dropped++;
        else if (examine_one(arena, request, copy.p, out, error) == -1)
            return -1;
    }
    return 0;
}

int doctor_exit_status(const struct diagnoses *diagnoses)
{
    size_t errors = 0, warnings = 0;

    for (size_t i = 0; i < diagnoses->count; i++) {
        errors += diagnoses->rows[i].findings.counts[FINDING_ERROR];
        warnings += diagnoses->rows[i].findings.counts[FINDING_WARNING];
    }
    if (errors > 0)
        return 1;
    return warnings > 0 ? 3 : 0;
}
