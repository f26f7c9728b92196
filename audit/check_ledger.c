/* What deliveries proved, against what the configuration promises. */
#include "audit/checks.h"
#include "audit/facts.h"
#include "audit/policy_map.h"
#include "audit/policy_plan.h"
#include "shared/plural.h"
#include "shared/stamp.h"

enum { MOMENT_MAX = 24 };

static const char *moment(int64_t ms, char storage[MOMENT_MAX])
{
    struct buf text = buf_over(storage, MOMENT_MAX);

    stamp_short(&text, ms, 0);
    buf_add(&text, VIEW(" UTC"));
    return buf_text(&text);
}

/* Does the configuration promise this of every smtp(8) service?  Not where there is none. */
static bool all_services(const struct exam *exam, bool (*promises)(const struct service_facts *facts))
{
    const struct services *services = &exam->config->services;
    size_t count = 0;

    for (size_t i = 0; i < services->count; i++) {
        struct service_facts facts;

        if (!service_facts(exam->config, &services->rows[i], &facts) || !view_eq(facts.program, VIEW("smtp")))
            continue;
        if (!promises(&facts))
            return false;
        count++;
    }
    return count > 0;
}

static bool always_encrypts(const struct service_facts *facts)
{
    return facts->proof == PROOF_ALWAYS_ENCRYPTED;
}

static bool logs_tls(const struct service_facts *facts)
{
    return facts->tls_lines || facts->tls_field;
}

void check_ledger_plaintext(struct exam *exam)
{
    const struct ledger_evidence *evidence = exam->evidence;
    char since[MOMENT_MAX];

    if (evidence == NULL || evidence->plaintext == 0 || !all_services(exam, always_encrypts))
        return;
    exam_report(exam, "smtp_tls_security_level", mend_command(exam, "postfix %sreload", exam->config_option),
                "every smtp(8) service demands TLS, but since %s the ledger counted mail to %llu %s in plaintext, "
                "some to %.*s: Postfix was not reloaded, or another instance sends, too",
                moment(evidence->since, since), (unsigned long long)evidence->plaintext,
                plural(evidence->plaintext, "recipient", "recipients"),
                VIEW_ARG(exam_shown(evidence->plaintext_domain)));
}

void check_ledger_unproven(struct exam *exam)
{
    const struct ledger_evidence *evidence = exam->evidence;
    char since[MOMENT_MAX];

    if (evidence == NULL || evidence->unproven == 0 || !all_services(exam, logs_tls))
        return;
    exam_report(
        exam, "smtp_tls_loglevel", mend_command(exam, "postfix %sreload", exam->config_option),
        "every smtp(8) service is told to log TLS, but since %s the ledger has no proof of it for mail to %llu %s: "
        "Postfix was not reloaded, the log is not whole, or no server there offered TLS",
        moment(evidence->since, since), (unsigned long long)evidence->unproven,
        plural(evidence->unproven, "recipient", "recipients"));
}

/* The table that outward tls-policy writes, if it is in its usual place. */
static bool is_ours(struct view map)
{
    return view_ends(map, VIEW("/outward_tls_policy"));
}

static void report_failing(void *to, const struct policy_entry *entry)
{
    struct exam *exam = to;
    char storage[POLICY_KEY_MAX];
    struct buf key = BUF(storage);
    const struct hop_evidence *evidence;
    uint64_t failures;

    if (!security_level_encrypts(security_level_parse(entry->level)) || !policy_key(entry->key, &key))
        return;
    evidence = hop_history_find(exam->evidence->history, buf_view(&key));
    if (evidence == NULL || (failures = hop_failures(evidence->recent_failures)) == 0)
        return;
    exam_report(
        exam, "smtp_tls_policy_maps",
        is_ours(entry->map) ? mend_command(exam, "outward tls-policy --withdraw '%.*s'", VIEW_ARG(buf_view(&key)))
                            : mend_none(),
        "%.*s: %.*s has level %.*s; in the last days %llu %s failed over TLS and mail to %llu %s was "
        "sent.  Withdraw it only when its postmaster says that TLS is gone: who strips STARTTLS causes the same",
        VIEW_ARG(entry->map), VIEW_ARG(entry->key), VIEW_ARG(entry->level), (unsigned long long)failures,
        plural(failures, "attempt", "attempts"), (unsigned long long)evidence->recent_sent,
        plural(evidence->recent_sent, "recipient", "recipients"));
}

void check_policy_failing(struct exam *exam)
{
    if (exam->evidence != NULL && exam->evidence->history != NULL)
        policy_maps_visit(exam->inspector, exam_value(exam, "smtp_tls_policy_maps"),
                          &(struct policy_map_visitor){ .to = exam, .entry = report_failing });
}
