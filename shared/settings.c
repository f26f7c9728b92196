#include "shared/settings.h"

const struct alert_condition_row alert_condition_table[ALERT_CONDITION_COUNT] = {
    [ALERT_PLAINTEXT] = { VIEW_INIT("plaintext"), "mail left in plaintext" },
    [ALERT_VIOLATION] = { VIEW_INIT("violation"), "a delivery showed less than a rule demands" },
    [ALERT_DOWNGRADE] = { VIEW_INIT("downgrade"), "mail left in plaintext to a destination that took TLS before" },
    [ALERT_GMAIL_REFUSAL] = { VIEW_INIT("gmail-refusal"), "a receiver refused mail by its sender guidelines" },
    [ALERT_VOLUME] = { VIEW_INIT("volume"), "the volume to Gmail within 24 hours is over the share set" },
    [ALERT_SUBMISSIONS] = { VIEW_INIT("submissions"), "mail is submitted in plaintext or without authentication" },
    [ALERT_TLS_FAILURES] = { VIEW_INIT("tls-failures"), "TLS failed on the way to other servers" },
    [ALERT_BLIND] = { VIEW_INIT("blind"), "what happened cannot be seen or proven" },
};

struct view alert_condition_name(enum alert_condition_kind kind)
{
    return alert_condition_table[kind].name;
}

bool alert_condition_parse(struct view text, enum alert_condition_kind *out)
{
    for (unsigned i = 0; i < ALERT_CONDITION_COUNT; i++) {
        if (view_eq(alert_condition_table[i].name, text)) {
            *out = (enum alert_condition_kind)i;
            return true;
        }
    }
    return false;
}
