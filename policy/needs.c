#include "policy/check.h"

bool condition_reads_recipient(const struct condition_row *row)
{
    return row->subject == SUBJECT_RECIPIENT_DOMAIN || row->subject == SUBJECT_TRANSPORT;
}

bool condition_reads_header(const struct condition_row *row)
{
    return !condition_reads_recipient(row) && fact_table[row->fact].stage >= STAGE_HEADERS;
}

bool rule_reads_recipient(const struct rule *rule)
{
    for (size_t i = 0; i < rule->condition_count; i++) {
        if (condition_reads_recipient(rule->conditions[i].row))
            return true;
    }
    return false;
}

bool rule_reads_header(const struct rule *rule)
{
    for (size_t i = 0; i < rule->condition_count; i++) {
        if (condition_reads_header(rule->conditions[i].row))
            return true;
    }
    return false;
}

static bool is_refusal(enum action action)
{
    return action == ACTION_REJECT || action == ACTION_TEMPFAIL;
}

struct policy_needs policy_needs_of(const struct policy *policy)
{
    bool recipient = policy->settings.relay_network_count > 0, refuses = false;
    struct policy_needs needs = { 0 };

    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        bool acts = !rule->monitor_only && policy->settings.mode == MODE_ENFORCE;

        needs.headers = needs.headers || rule_reads_header(rule);
        recipient = recipient || rule_reads_recipient(rule);
        refuses = refuses || (acts && is_refusal(rule->action));
        /* A tempfail holds local mail. */
        needs.quarantine =
            needs.quarantine || (acts && (rule->action == ACTION_HOLD || rule->action == ACTION_TEMPFAIL));
        needs.change_headers = needs.change_headers || (acts && rule->action == ACTION_TAG);
    }
    needs.rcpt_reply = refuses && recipient;
    return needs;
}

struct policy_needs policy_needs(const struct policy *policy)
{
    return policy->needs;
}
