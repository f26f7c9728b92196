/* Our own gate in Postfix's milter lists. */
#include <sys/stat.h>

#include "audit/checks.h"
#include "audit/milters.h"
#include "audit/networks.h"
#include "audit/words.h"
#include "shared/plural.h"

#define SETUP "outward setup"

/* Without a rule file nobody has asked for the gate yet. */
static enum finding_severity severity(const struct exam *exam)
{
    return exam->settings == NULL ? FINDING_NOTICE : exam->check->severity;
}

static bool no_milters(const struct exam *exam)
{
    return words_have(exam_value(exam, "receive_override_options"), VIEW("no_milters"));
}

static bool chrooted(const struct exam *exam)
{
    return exam->service != NULL && config_chrooted(exam->config, exam->service);
}

static struct gate_in_list find_gate(const struct exam *exam)
{
    struct endpoint gate;

    if (!gate_endpoint(exam->settings, &gate))
        return (struct gate_in_list){ .place = GATE_MISSING };
    return gate_find(exam->config, exam_value(exam, "smtpd_milters"), chrooted(exam), &gate);
}

/* The service that takes sendmail(1)'s mail to the milters. */
static const struct service *cleanup_service(const struct exam *exam)
{
    for (size_t i = 0; i < exam->config->services.count; i++) {
        if (view_eq(exam->config->services.rows[i].program, VIEW("cleanup")))
            return &exam->config->services.rows[i];
    }
    return NULL;
}

static struct gate_in_list find_local_gate(const struct exam *exam)
{
    const struct service *cleanup = cleanup_service(exam);
    struct endpoint gate;

    if (cleanup == NULL || !gate_endpoint(exam->settings, &gate))
        return (struct gate_in_list){ .place = GATE_MISSING };
    return gate_find(exam->config, config_value(exam->config, cleanup, VIEW("non_smtpd_milters")),
                     config_chrooted(exam->config, cleanup), &gate);
}

void check_gate_absent(struct exam *exam)
{
    struct setting setting = exam_setting(exam, "smtpd_milters");

    if (exam->listener.role == ROLE_EXCHANGE && !exam->listener.authenticates && exam->settings == NULL)
        return;
    if (no_milters(exam)) {
        exam_report_as(exam, severity(exam), "receive_override_options",
                       mend_drop_here(exam, "receive_override_options"),
                       "receive_override_options = %.*s turns all milters off",
                       VIEW_ARG(exam_value(exam, "receive_override_options")));
        return;
    }
    if (find_gate(exam).place != GATE_MISSING)
        return;
    exam_report_as(exam, severity(exam), "smtpd_milters", mend_command(exam, SETUP), "smtpd_milters = %.*s%s",
                   VIEW_ARG(setting.value), setting.source == SOURCE_SERVICE ? ", by -o of this service" : "");
}

void check_gate_local_absent(struct exam *exam)
{
    if (find_local_gate(exam).place == GATE_MISSING)
        exam_report_as(exam, severity(exam), "non_smtpd_milters", mend_command(exam, SETUP), "non_smtpd_milters = %.*s",
                       VIEW_ARG(exam_shown(exam_value(exam, "non_smtpd_milters"))));
    if (find_local_gate(exam).place == GATE_BEHIND_CHROOT)
        exam_report_as(exam, FINDING_ERROR, "non_smtpd_milters", mend_command(exam, SETUP),
                       "non_smtpd_milters = %.*s is another file where cleanup(8) runs",
                       VIEW_ARG(exam_value(exam, "non_smtpd_milters")));
}

/* Users' mail left, but no record of a submission came with it. */
void check_gate_unheard(struct exam *exam)
{
    const struct ledger_evidence *evidence = exam->evidence;

    if (evidence == NULL || evidence->submitted == 0 || evidence->judged > 0 || no_milters(exam) ||
        find_gate(exam).place != GATE_THERE)
        return;
    exam_report(exam, "smtpd_milters", mend_none(),
                "the gate is in smtpd_milters, and users' mail left to %llu %s, but the ledger has no record of "
                "the gate: it is not asked, or its log is not among those that outward-follow reads",
                (unsigned long long)evidence->submitted, plural(evidence->submitted, "recipient", "recipients"));
}

void check_gate_reinjection(struct exam *exam)
{
    if (find_gate(exam).place == GATE_MISSING || no_milters(exam))
        return;
    exam_report(exam, "smtpd_milters", mend_set_here(exam, "smtpd_milters", ""),
                "smtpd_milters = %.*s, on a listener where a filter hands mail back",
                VIEW_ARG(exam_value(exam, "smtpd_milters")));
}

void check_gate_socket(struct exam *exam)
{
    struct gate_in_list gate = find_gate(exam);
    struct endpoint endpoint;
    struct stat found;
    enum inspect_result result;

    if (gate.place == GATE_BEHIND_CHROOT) {
        exam_report(exam, "smtpd_milters", mend_command(exam, SETUP),
                    "%.*s is another file where this service runs: it is %s", VIEW_ARG(gate.milter.endpoint),
                    chrooted(exam) ? "chrooted into the queue directory" : "not chrooted");
        return;
    }
    if (gate.place == GATE_MISSING || !gate_endpoint(exam->settings, &endpoint) || !endpoint.local)
        return;
    result = inspect_stat(exam->inspector, view_of(endpoint.path), &found);
    if (result == INSPECT_ABSENT)
        exam_report(exam, "smtpd_milters", mend_command(exam, "systemctl start outward-milter"),
                    "%s: no such socket; is the gate running?", endpoint.path);
    else if (result == INSPECT_FINE && !S_ISSOCK(found.st_mode))
        exam_report(exam, "smtpd_milters", mend_none(), "%s is not a socket", endpoint.path);
    else if (result == INSPECT_FINE && !exam_postfix_may(exam, view_of(endpoint.path), 2))
        exam_report(exam, "smtpd_milters",
                    mend_command(exam, "chgrp %.*s %s && chmod g+rw %s", VIEW_ARG(exam_value(exam, "mail_owner")),
                                 endpoint.path, endpoint.path),
                    "%s: the user %.*s may not connect", endpoint.path, VIEW_ARG(exam_value(exam, "mail_owner")));
}

void check_gate_socket_open(struct exam *exam)
{
    struct endpoint endpoint;
    struct stat found;
    struct address address;

    if (!gate_endpoint(exam->settings, &endpoint))
        return;
    if (!endpoint.local) {
        bool here = view_eq_nocase(endpoint.host, VIEW("localhost")) ||
                    (address_parse(endpoint.host, &address) && address_is_loopback(&address));

        if (!here)
            exam_report(exam, "", mend_none(), "the gate listens on %.*s port %u: whoever reaches it can ask it",
                        VIEW_ARG(endpoint.host.n > 0 ? endpoint.host : VIEW("every address")), endpoint.port);
    } else if (inspect_stat(exam->inspector, view_of(endpoint.path), &found) == INSPECT_FINE &&
               (found.st_mode & S_IWOTH) != 0) {
        exam_report(exam, "", mend_command(exam, "chmod o-rwx %s", endpoint.path), "%s has mode %04o", endpoint.path,
                    (unsigned)(found.st_mode & 07777));
    }
}

static struct view action_of(const struct exam *exam, const struct milter *milter)
{
    return milter->action.n > 0 ? milter->action : exam_value(exam, "milter_default_action");
}

void check_gate_fails_open(struct exam *exam)
{
    struct gate_in_list gate = find_gate(exam);
    bool enforcing = exam->settings != NULL && exam->settings->mode == MODE_ENFORCE;
    bool open = view_eq_nocase(action_of(exam, &gate.milter), VIEW("accept"));

    if (gate.place == GATE_MISSING)
        return;
    if (enforcing && open)
        exam_report(exam, "milter_default_action", mend_command(exam, SETUP),
                    "default action accept in mode enforce: while the gate is away everything passes unjudged");
    if (!enforcing && !open && exam->settings != NULL)
        exam_report_as(exam, FINDING_NOTICE, "milter_default_action", mend_command(exam, SETUP),
                       "default action %.*s in mode monitor: while the gate is away no mail is taken",
                       VIEW_ARG(action_of(exam, &gate.milter)));
}

static bool action_known(const struct exam *exam, struct view action)
{
    static const struct view actions[] = { VIEW_INIT("accept"), VIEW_INIT("reject"), VIEW_INIT("tempfail"),
                                           VIEW_INIT("quarantine") };

    return words_one_of(actions, sizeof(actions) / sizeof(actions[0]), action) ||
           (view_eq_nocase(action, VIEW("shutdown")) && version_at_least(exam->config, 3, 11));
}

void check_gate_action_unknown(struct exam *exam)
{
    struct view list = exam_value(exam, "smtpd_milters");
    struct milter milter;

    while (milters_next(&list, &milter)) {
        struct view action = action_of(exam, &milter);

        if (!action_known(exam, action))
            exam_report(exam, "milter_default_action",
                        milter.action.n > 0 ? mend_none() : mend_set(exam, "milter_default_action", "tempfail"),
                        "default action %.*s of %.*s: Postfix %.*s does not know it and answers 451", VIEW_ARG(action),
                        VIEW_ARG(milter.endpoint), VIEW_ARG(exam->config->version_text));
    }
}

void check_gate_order(struct exam *exam)
{
    struct gate_in_list gate = find_gate(exam);

    if (gate.place != GATE_MISSING && gate.after > 0)
        exam_report(exam, "smtpd_milters", mend_none(), "smtpd_milters = %.*s: %zu after the gate",
                    VIEW_ARG(exam_value(exam, "smtpd_milters")), gate.after);
}

void check_gate_protocol(struct exam *exam)
{
    struct gate_in_list gate = find_gate(exam);
    struct view version = gate.milter.protocol.n > 0 ? gate.milter.protocol : exam_value(exam, "milter_protocol");

    if (gate.place != GATE_MISSING && !view_starts(version, VIEW("6")))
        exam_report(exam, "milter_protocol", mend_set(exam, "milter_protocol", "6"), "milter_protocol = %.*s",
                    VIEW_ARG(version));
}

void check_gate_map(struct exam *exam)
{
    if (find_gate(exam).place != GATE_MISSING && exam_value(exam, "smtpd_milter_maps").n > 0)
        exam_report(exam, "smtpd_milter_maps", mend_none(), "smtpd_milter_maps is set");
}

void check_gate_proxy_filter(struct exam *exam)
{
    struct view filter = exam_value(exam, "smtpd_proxy_filter");
    bool enforcing = exam->settings != NULL && exam->settings->mode == MODE_ENFORCE;

    if (find_gate(exam).place == GATE_MISSING || filter.n == 0)
        return;
    if (enforcing)
        exam_report_as(exam, FINDING_ERROR, "smtpd_proxy_filter", mend_none(),
                       "smtpd_proxy_filter = %.*s in mode enforce: what is not refused at MAIL or RCPT is passed on, "
                       "neither held nor tagged; use content_filter instead",
                       VIEW_ARG(filter));
    else
        exam_report(exam, "smtpd_proxy_filter", mend_none(), "smtpd_proxy_filter = %.*s", VIEW_ARG(filter));
}

/* Where such an address leads is found out by cleanup(8), after the gate was asked. */
void check_gate_alias(struct exam *exam)
{
    struct view maps = exam_value(exam, "virtual_alias_maps");

    if (exam->settings != NULL && exam->settings->relay_network_count > 0 && maps.n > 0)
        exam_report(exam, "virtual_alias_maps", mend_none(), "virtual_alias_maps = %.*s", VIEW_ARG(maps));
}

static bool in_relay_networks(const struct settings *settings, const struct network *network)
{
    for (size_t i = 0; i < settings->relay_network_count; i++) {
        if (network_covers(&settings->relay_network_list[i], network))
            return true;
    }
    return false;
}

void check_relay_networks(struct exam *exam)
{
    struct view list = exam_value(exam, "mynetworks"), word;

    if (exam->settings == NULL)
        return;
    while (words_next(&list, &word)) {
        struct network network;

        if (!postfix_network(word, &network)) {
            exam_report_as(exam, FINDING_NOTICE, "mynetworks", mend_none(),
                           "mynetworks has %.*s: see yourself that relay-networks names the same", VIEW_ARG(word));
        } else if (!address_is_loopback(&network.base) && !in_relay_networks(exam->settings, &network)) {
            exam_report(exam, "mynetworks",
                        mend_command(exam, "in outward.conf: relay-networks { ... %.*s }", VIEW_ARG(word)),
                        "mynetworks has %.*s, relay-networks of outward.conf has not", VIEW_ARG(word));
        }
    }
}
