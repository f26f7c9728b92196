#include "policy/rules.h"

#include <string.h>

static enum truth truth_of(bool yes)
{
    return yes ? TRUTH_YES : TRUTH_NO;
}

static enum truth both(enum truth a, enum truth b)
{
    return a < b ? a : b;
}

static enum truth either(enum truth a, enum truth b)
{
    return a > b ? a : b;
}

static enum truth opposite(enum truth truth)
{
    return (enum truth)(TRUTH_YES - truth);
}

/* Pending and absent facts decide by themselves; a known one is asked. */
static bool is_decided(const struct fact *fact, enum truth *out)
{
    if (fact->state == FACT_KNOWN)
        return false;
    *out = fact->state == FACT_PENDING ? TRUTH_PENDING : TRUTH_NO;
    return true;
}

static enum truth text_equals(const struct fact *fact, struct view text)
{
    enum truth truth;

    return is_decided(fact, &truth) ? truth : truth_of(view_eq(fact->text, text));
}

static enum truth is_pinned(const struct evaluation *e, const struct certificate *certificate)
{
    const struct fact *facts = e->sub->facts;

    return both(text_equals(&facts[FACT_CERT_SUBJECT], certificate->subject),
                text_equals(&facts[FACT_CERT_ISSUER], certificate->issuer));
}

static enum truth is_pinned_by_any(const struct evaluation *e)
{
    const struct settings *settings = &e->policy->settings;
    enum truth truth = TRUTH_NO;

    for (size_t i = 0; i < settings->certificate_count; i++)
        truth = either(truth, is_pinned(e, &settings->certificates[i]));
    return truth;
}

static void decide_authentication(struct evaluation *e)
{
    const struct fact *mechanism = &e->sub->facts[FACT_MECHANISM];
    enum truth pinned = is_pinned_by_any(e), sasl = TRUTH_NO, no_sasl = TRUTH_NO;

    if (!is_decided(mechanism, &sasl)) {
        sasl = truth_of(mechanism->text.n > 0);
        no_sasl = opposite(sasl);
    } else {
        /* Absent is local mail: neither authenticated nor unauthenticated. */
        no_sasl = sasl;
    }
    e->authenticated = either(sasl, pinned);
    e->unauthenticated = both(no_sasl, opposite(pinned));
}

void evaluation_begin(struct evaluation *e, const struct policy *policy, const struct submission *sub,
                      const struct recipient *recipient)
{
    e->policy = policy;
    e->sub = sub;
    e->recipient = recipient;
    e->have_sender_domain = e->have_client_name = false;
    decide_authentication(e);
}

/* A fact whose text is a domain in its one spelling; absent where there is none. */
static struct fact domain_fact(enum fact_state state, struct view domain, char *text)
{
    struct buf out = buf_over(text, DOMAIN_MAX + 1);

    if (state == FACT_KNOWN && !domain_normalize(domain, &out))
        state = FACT_ABSENT;
    return (struct fact){ .state = state, .text = buf_view(&out) };
}

static struct fact sender_domain(struct evaluation *e)
{
    const struct fact *sender = &e->sub->facts[FACT_SENDER];

    if (!e->have_sender_domain) {
        e->sender_domain = domain_fact(sender->state, domain_of_address(sender->text), e->sender_domain_text);
        e->have_sender_domain = true;
    }
    return e->sender_domain;
}

/* Postfix says "unknown" where the name and the address do not agree. */
static struct fact client_name(struct evaluation *e)
{
    const struct fact *client = &e->sub->facts[FACT_CLIENT];
    bool unknown = client->state == FACT_KNOWN && view_eq(client->text, VIEW("unknown"));

    if (!e->have_client_name) {
        e->client_name = domain_fact(unknown ? FACT_ABSENT : client->state, client->text, e->client_name_text);
        e->have_client_name = true;
    }
    return e->client_name;
}

static struct fact recipient_fact(const struct evaluation *e, bool transport)
{
    struct view text;

    if (e->recipient == NULL)
        return (struct fact){ .state = FACT_PENDING };
    text = transport ? e->recipient->transport : e->recipient->domain;
    return (struct fact){ .state = text.n > 0 ? FACT_KNOWN : FACT_ABSENT, .text = text };
}

struct fact condition_subject(struct evaluation *e, const struct condition_row *row)
{
    switch (row->subject) {
    case SUBJECT_SENDER_DOMAIN:
        return sender_domain(e);
    case SUBJECT_CLIENT_NAME:
        return client_name(e);
    case SUBJECT_RECIPIENT_DOMAIN:
        return recipient_fact(e, false);
    case SUBJECT_TRANSPORT:
        return recipient_fact(e, true);
    case SUBJECT_FACT:
        break;
    }
    return e->sub->facts[row->fact];
}

static bool list_holds(struct view list, const struct operand_value *operand)
{
    struct view word;

    while (list.n > 0) {
        if (!view_cut(&list, VIEW(","), &word)) {
            word = list;
            list.n = 0;
        }
        if (word.n > 0 && (word_set_has(operand->words, word) || word_set_has(operand->words, VIEW("any"))))
            return true;
    }
    return false;
}

static bool is_in(const struct fact *fact, const struct condition *condition)
{
    switch (condition->row->operand) {
    case OPERAND_NETWORK:
        return network_set_has(condition->operand.networks, &fact->address);
    case OPERAND_DOMAIN:
        return domain_set_has(condition->operand.domains, fact->text);
    default:
        return word_set_has(condition->operand.words, fact->text);
    }
}

/* A proxy's TLS has no version that we know: neither below nor at least anything. */
static bool has_version(const struct condition *condition, uint64_t number)
{
    return condition->row->operand != OPERAND_TLS_VERSION || number > TLS_PROXIED;
}

static bool is_equal(const struct fact *fact, const struct condition *condition)
{
    return condition->row->operand == OPERAND_NUMBER ? fact->number == condition->operand.number
                                                     : word_set_has(condition->operand.words, fact->text);
}

static bool is_missing(const struct fact *fact, const struct condition *condition)
{
    return fact_table[condition->row->fact].type == FACT_TYPE_FLAG ? fact->number == 0 : fact->text.n == 0;
}

/* The test of a known fact. */
static bool test_known(const struct fact *fact, const struct condition *condition)
{
    switch (condition->row->test) {
    case TEST_FLAG:
        return fact->number != 0;
    case TEST_MISSING:
        return is_missing(fact, condition);
    case TEST_PRESENT:
        return fact->text.n > 0;
    case TEST_EQUAL:
        return is_equal(fact, condition);
    case TEST_BELOW:
        return has_version(condition, fact->number) && fact->number < condition->operand.number;
    case TEST_AT_LEAST:
        return has_version(condition, fact->number) && fact->number >= condition->operand.number;
    case TEST_OVER:
        return fact->number > condition->operand.number;
    case TEST_IN:
        return is_in(fact, condition);
    case TEST_PLAINTEXT:
        return fact->number == TLS_NONE;
    case TEST_ENCRYPTED:
        return fact->number != TLS_NONE;
    case TEST_PROXIED:
        return fact->number == TLS_PROXIED;
    case TEST_NULL:
        return fact->text.n == 0;
    case TEST_LISTS:
        return list_holds(fact->text, &condition->operand);
    case TEST_PINNED:
    case TEST_AUTHENTICATED:
    case TEST_UNAUTHENTICATED:
        break;
    }
    return false;
}

static enum truth bare_truth(struct evaluation *e, const struct condition *condition)
{
    enum truth truth;
    struct fact fact;

    switch (condition->row->test) {
    case TEST_PINNED:
        return is_pinned(e, condition->operand.certificate);
    case TEST_AUTHENTICATED:
        return e->authenticated;
    case TEST_UNAUTHENTICATED:
        return e->unauthenticated;
    default:
        fact = condition_subject(e, condition->row);
        return is_decided(&fact, &truth) ? truth : truth_of(test_known(&fact, condition));
    }
}

enum truth condition_truth(struct evaluation *e, const struct condition *condition)
{
    enum truth truth = bare_truth(e, condition);

    return condition->negated ? opposite(truth) : truth;
}

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
        decision->tags_dropped++;
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
            add_tag(decision, &(struct tag){ rule->tag, rule->place });
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

static void describe_condition(const struct condition *condition, struct buf *out)
{
    if (condition->negated)
        buf_add(out, VIEW("not "));
    buf_add(out, condition->row->words);
    if (condition->operand.text.n > 0)
        buf_add_char(out, ' ');
    buf_add(out, view_slice(condition->operand.text, 0, 200));
}

/* The key of what a condition looked at, as explain and records call it. */
static struct view subject_key(const struct condition_row *row)
{
    if (row->subject == SUBJECT_RECIPIENT_DOMAIN)
        return VIEW("to");
    if (row->subject == SUBJECT_TRANSPORT)
        return VIEW("transport");
    return fact_table[row->fact].key;
}

static void describe_subject(struct evaluation *e, const struct condition *condition, struct rule_trace *trace,
                             struct buf *value)
{
    const struct condition_row *row = condition->row;
    bool of_recipient = row->subject == SUBJECT_RECIPIENT_DOMAIN || row->subject == SUBJECT_TRANSPORT;
    struct fact fact = of_recipient ? condition_subject(e, row) : e->sub->facts[row->fact];

    trace->key = subject_key(row);
    trace->state = fact.state;
    if (fact.state != FACT_KNOWN)
        return;
    if (of_recipient)
        buf_add(value, fact.text);
    else
        fact_print(value, &fact_table[row->fact], &fact);
    trace->value = buf_view(value);
}

static void tell(struct evaluation *e, const struct rule_observer *observer, const struct rule *rule,
                 enum rule_result result, const struct condition *why)
{
    char condition[300], value[1024];
    struct buf condition_text = BUF(condition), value_text = BUF(value);
    struct rule_trace trace = { .place = rule->place,
                                .text = rule->text,
                                .result = result,
                                .monitor_only = rule->monitor_only,
                                .until = rule->until };

    if (why != NULL) {
        describe_condition(why, &condition_text);
        trace.condition = buf_view(&condition_text);
        describe_subject(e, why, &trace, &value_text);
    }
    observer->rule(observer->context, &trace);
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

    for (size_t i = 0; i < e->policy->rule_count; i++) {
        const struct rule *rule = &e->policy->rules[i];
        bool expired = has_expired(rule, e->sub);
        const struct condition *why = NULL;
        enum truth truth = expired ? TRUTH_NO : rule_truth(e, rule, &why);

        if (observer != NULL)
            tell(e, observer, rule, expired ? RULE_EXPIRED : results[truth], why);
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
    struct decision decision = { .certain = true };
    struct evaluation e;

    evaluation_begin(&e, policy, sub, recipient);
    decision.direction = direction_of(&e);
    if (decision.direction != DIRECTION_OUTBOUND) {
        decision.certain = decision.direction == DIRECTION_INBOUND;
        return decision;
    }
    walk_rules(&e, &decision, observer);
    if (decision.now.verdict != VERDICT_ACCEPT && must_wait_for_message(sub, recipient)) {
        decision.certain = false;
        decision.now = (struct outcome){ 0 };
    }
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
    if (one->direction == DIRECTION_OUTBOUND || all->direction == DIRECTION_INBOUND)
        all->direction = one->direction;
    keep_strictest(&all->now, &one->now);
    keep_strictest(&all->would, &one->would);
    for (size_t i = 0; i < one->tag_count; i++)
        add_tag(all, &one->tags[i]);
    all->tags_dropped += one->tags_dropped;
    if (all->would_tag.line == 0)
        all->would_tag = one->would_tag;
}
