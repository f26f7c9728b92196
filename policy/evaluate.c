#include "policy/guard.h"
#include "policy/trace.h"
#include "policy/truth.h"

/* All conditions together; *why is the one that decided against a match, or keeps it pending. */
static enum truth rule_truth(struct evaluation *e, const struct rule *rule, const struct condition **why)
{
    enum truth all = TRUTH_YES;

    *why = NULL;
    for (size_t i = 0; i < rule->condition_count && all != TRUTH_NO; i++) {
        enum truth truth = condition_truth(e, &rule->conditions[i]);

        if (truth < all) {
            all = truth;
            *why = &rule->conditions[i];
        }
    }
    return all;
}

static bool has_expired(const struct rule *rule, const struct submission *sub)
{
    return rule->until != 0 && sub->today != 0 && sub->today > rule->until;
}

static enum truth is_local(const struct submission *sub)
{
    enum truth truth;

    return is_decided(&sub->facts[FACT_LOCAL], &truth) ? truth : truth_of(sub->facts[FACT_LOCAL].number != 0);
}

static enum truth is_on_listener(const struct submission *sub)
{
    enum truth truth;

    return is_decided(&sub->facts[FACT_LISTENER], &truth) ? truth : truth_of(sub->facts[FACT_LISTENER].text.n > 0);
}

/* A relay client's recipient leaves the host unless its transport is known to be a local one: unknown fails closed. */
static enum truth is_relayed_out(const struct evaluation *e)
{
    const struct fact *client = &e->sub->facts[FACT_CLIENT];
    enum truth relay;

    if (!is_decided(client, &relay))
        relay = truth_of(network_set_has(e->policy->settings.relay_networks, &client->address));
    if (e->recipient == NULL)
        return both(relay, TRUTH_PENDING);
    return both(relay, truth_of(!word_set_has(e->policy->local_transports, e->recipient->transport)));
}

static enum direction direction_of(const struct evaluation *e)
{
    enum truth judged = either(either(is_local(e->sub), is_on_listener(e->sub)), e->authenticated);

    switch (either(judged, is_relayed_out(e))) {
    case TRUTH_YES:
        return DIRECTION_OUTBOUND;
    case TRUTH_PENDING:
        return DIRECTION_PENDING;
    case TRUTH_NO:
        break;
    }
    return DIRECTION_INBOUND;
}

static void keep_strictest(struct outcome *kept, const struct outcome *outcome)
{
    if (outcome->verdict > kept->verdict)
        *kept = *outcome;
}

static void add_tag(struct decision *decision, const struct tag *tag)
{
    for (size_t i = 0; i < decision->tag_count; i++) {
        if (decision->tags[i].rule.line == tag->rule.line && view_eq(decision->tags[i].rule.file, tag->rule.file))
            return;
    }
    if (decision->tag_count < DECISION_TAGS_MAX)
        decision->tags[decision->tag_count++] = *tag;
    else
        decision->tags_dropped |= UINT64_C(1) << tag->number;
}

/* Postfix cannot defer local mail without leaving it in maildrop: it is held instead. */
static struct outcome outcome_of(const struct rule *rule, const struct submission *sub)
{
    struct outcome outcome = { action_table[rule->action].verdict, rule->place, rule->reply };

    if (outcome.verdict == VERDICT_TEMPFAIL && is_local(sub) == TRUTH_YES) {
        outcome.verdict = VERDICT_HOLD;
        outcome.reply = (struct reply){ 0 };
    }
    return outcome;
}

/* Carry out a match.  Return true if the evaluation ends with it. */
static bool apply_match(struct decision *decision, const struct rule *rule, const struct submission *sub,
                        bool *log_only)
{
    struct outcome outcome = outcome_of(rule, sub);

    if (rule->action == ACTION_OBSERVE) {
        *log_only = true;
        return false;
    }
    if (rule->action == ACTION_TAG) {
        if (!*log_only && !rule->monitor_only)
            add_tag(decision, &(struct tag){ rule->tag, rule->place, rule->tag_number });
        else if (decision->would_tag.line == 0)
            decision->would_tag = rule->place;
        return false;
    }
    if (rule->monitor_only) {
        keep_strictest(&decision->would, &outcome);
        return false;
    }
    if (*log_only && outcome.verdict != VERDICT_ACCEPT)
        keep_strictest(&decision->would, &outcome);
    else
        decision->now = outcome;
    return true;
}

/* Does the evaluation go on below this rule, whether it matches or not? */
static bool goes_on(const struct rule *rule)
{
    return rule->action == ACTION_TAG || rule->monitor_only;
}

static void walk_rules(struct evaluation *e, struct decision *decision, const struct rule_observer *observer)
{
    static const enum rule_result results[] = {
        [TRUTH_NO] = RULE_NO_MATCH, [TRUTH_PENDING] = RULE_PENDING, [TRUTH_YES] = RULE_MATCHED
    };
    bool log_only = e->policy->settings.mode == MODE_MONITOR;
    /* Who watches wants to be told why, of each rule. */
    const struct guard *guards = observer == NULL ? e->policy->guards : NULL;
    struct guard_values values;

    if (guards != NULL)
        guard_values_init(&values, e);
    for (size_t i = 0; i < e->policy->rule_count; i++) {
        const struct rule *rule = &e->policy->rules[i];
        const struct condition *why = NULL;
        enum truth truth;
        bool expired;

        if (guards != NULL && guard_excludes(&values, &guards[i]))
            continue;
        expired = has_expired(rule, e->sub);
        truth = expired ? TRUTH_NO : rule_truth(e, rule, &why);
        if (observer != NULL)
            trace_rule(e, observer, rule, expired ? RULE_EXPIRED : results[truth], why, log_only);
        decision->final = decision->final && truth != TRUTH_PENDING;
        if (truth == TRUTH_PENDING && !goes_on(rule)) {
            decision->certain = false;
            return;
        }
        if (truth == TRUTH_YES && apply_match(decision, rule, e->sub, &log_only))
            return;
    }
}

/* Postfix takes a refused recipient of local mail for a broken configuration and defers the whole message. */
static bool must_wait_for_message(const struct submission *sub, const struct recipient *recipient)
{
    return recipient != NULL && sub->stage < STAGE_MESSAGE && is_local(sub) == TRUTH_YES;
}

struct decision policy_evaluate_observed(const struct policy *policy, const struct submission *sub,
                                         const struct recipient *recipient, const struct rule_observer *observer)
{
    struct decision decision = { .certain = true, .final = true };
    struct evaluation e;

    evaluation_begin(&e, policy, sub, recipient);
    decision.direction = direction_of(&e);
    if (decision.direction != DIRECTION_OUTBOUND) {
        decision.certain = decision.final = decision.direction == DIRECTION_INBOUND;
        return decision;
    }
    walk_rules(&e, &decision, observer);
    if (decision.now.verdict != VERDICT_ACCEPT && must_wait_for_message(sub, recipient)) {
        decision.certain = false;
        decision.now = (struct outcome){ 0 };
    }
    decision.final = decision.final && decision.certain;
    return decision;
}

struct decision policy_evaluate(const struct policy *policy, const struct submission *sub,
                                const struct recipient *recipient)
{
    return policy_evaluate_observed(policy, sub, recipient, NULL);
}

void decision_join(struct decision *all, const struct decision *one)
{
    all->certain = all->certain && one->certain;
    all->final = all->final && one->final;
    if (one->direction == DIRECTION_OUTBOUND || all->direction == DIRECTION_INBOUND)
        all->direction = one->direction;
    keep_strictest(&all->now, &one->now);
    keep_strictest(&all->would, &one->would);
    for (size_t i = 0; i < one->tag_count; i++)
        add_tag(all, &one->tags[i]);
    all->tags_dropped |= one->tags_dropped;
    if (all->would_tag.line == 0)
        all->would_tag = one->would_tag;
}
