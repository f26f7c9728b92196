#include "policy/check.h"

/* Does the condition read the recipient? */
static bool reads_recipient(const struct condition_row *row)
{
    return row->subject == SUBJECT_RECIPIENT_DOMAIN || row->subject == SUBJECT_TRANSPORT;
}

static bool reads_header(const struct condition_row *row)
{
    return !reads_recipient(row) && fact_table[row->fact].stage >= STAGE_HEADERS;
}

static void add_conditions(struct policy_needs *needs, const struct rule *rule, bool *recipient)
{
    for (size_t i = 0; i < rule->condition_count; i++) {
        needs->headers = needs->headers || reads_header(rule->conditions[i].row);
        *recipient = *recipient || reads_recipient(rule->conditions[i].row);
    }
}

struct policy_needs policy_needs_of(const struct policy *policy)
{
    struct policy_needs needs = { 0 };
    bool recipient = policy->settings.relay_network_count > 0, refuses = false;

    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        enum action action = rule->action;

        add_conditions(&needs, rule, &recipient);
        if (rule->monitor_only || policy->settings.mode == MODE_MONITOR)
            continue;
        refuses = refuses || action == ACTION_REJECT || action == ACTION_TEMPFAIL;
        /* A tempfail holds local mail. */
        needs.quarantine = needs.quarantine || action == ACTION_HOLD || action == ACTION_TEMPFAIL;
        needs.change_headers = needs.change_headers || action == ACTION_TAG;
    }
    needs.rcpt_reply = refuses && recipient;
    return needs;
}

struct policy_needs policy_needs(const struct policy *policy)
{
    return policy->needs;
}
