#include "policy/guard.h"

static uint32_t hash_of(struct view domain)
{
    return (uint32_t)view_hash(domain, 0);
}

/* A subject that a guard can stand for; both come in their one spelling. */
static enum guard_kind kind_of(const struct condition *condition)
{
    struct view only = condition->operand.only;

    if (condition->negated || condition->row->test != TEST_IN || condition->row->operand != OPERAND_DOMAIN ||
        only.n == 0 || only.p[0] == '.')
        return GUARD_NONE;
    if (condition->row->subject == SUBJECT_SENDER_DOMAIN)
        return GUARD_SENDER;
    return condition->row->subject == SUBJECT_RECIPIENT_DOMAIN ? GUARD_RECIPIENT : GUARD_NONE;
}

/* The sender's, where there are both: it is known at MAIL already. */
struct guard guard_of(const struct rule *rule)
{
    struct guard guard = { .kind = GUARD_NONE };

    for (size_t i = 0; i < rule->condition_count && guard.kind != GUARD_SENDER; i++) {
        enum guard_kind kind = kind_of(&rule->conditions[i]);

        if (kind != GUARD_NONE)
            guard = (struct guard){ .kind = kind, .hash = hash_of(rule->conditions[i].operand.only) };
    }
    return guard;
}

static void set_value(struct guard_values *values, enum guard_kind kind, const struct fact *domain)
{
    values->known[kind] = domain->state == FACT_KNOWN;
    if (values->known[kind])
        values->hash[kind] = hash_of(domain->text);
}

void guard_values_init(struct guard_values *values, struct evaluation *evaluation)
{
    values->known[GUARD_NONE] = false;
    set_value(values, GUARD_SENDER, evaluation_sender_domain(evaluation));
    set_value(values, GUARD_RECIPIENT, &evaluation->recipient_domain);
}
