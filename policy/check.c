#include "policy/check.h"

#include "policy/implication.h"
#include "policy/list.h"

enum { DELAYS_COMPARED_MAX = 10000 }; /* pairs of rules; further ones are taken to meet */
enum { RULES_COMPARED_MAX = 2000 };   /* in a file with more, rules are compared with the one that takes all only */

static const struct part *part_of(const struct build *build, size_t rule)
{
    return ((const struct line *const *)build->rule_lines.items)[rule]->parts;
}

/* Does a match of this rule end the evaluation for good? */
static bool ends(const struct rule *rule)
{
    return action_table[rule->action].ends && !rule->monitor_only;
}

/* Is this condition true wherever the rule matches? */
static bool implies(const struct rule *rule, const struct condition *wanted)
{
    for (size_t i = 0; i < rule->condition_count; i++) {
        if (condition_implies(&rule->conditions[i], wanted))
            return true;
    }
    return false;
}

/* Everything that `below` matches, `above` has taken before. */
static bool covers(const struct rule *above, const struct rule *below)
{
    if (!ends(above) || (above->until != 0 && (below->until == 0 || below->until > above->until)))
        return false;
    for (size_t i = 0; i < above->condition_count; i++) {
        if (!implies(below, &above->conditions[i]))
            return false;
    }
    return true;
}

/* The first rule above that covers this one, or NULL. */
static const struct rule *find_cover(const struct policy *policy, size_t rule)
{
    for (size_t i = 0; i < rule && policy->rule_count <= RULES_COMPARED_MAX; i++) {
        if (covers(&policy->rules[i], &policy->rules[rule]))
            return &policy->rules[i];
    }
    return NULL;
}

/* The rule that takes all that comes to it; rules behind it are dead.  rule_count without one. */
static size_t find_last(const struct policy *policy)
{
    size_t i = 0;

    while (i < policy->rule_count &&
           !(ends(&policy->rules[i]) && policy->rules[i].condition_count == 0 && policy->rules[i].until == 0))
        i++;
    return i;
}

static void check_dead_rules(struct build *build)
{
    const struct policy *policy = build->policy;
    size_t last = find_last(policy);

    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *cover = i <= last ? find_cover(policy, i) : &policy->rules[last];

        if (cover != NULL)
            build_warning(build, part_of(build, i), "this rule can never match: %.*s:%u above takes all it would match",
                          VIEW_ARG(cover->place.file), cover->place.line);
        else if (!rule_is_possible(policy, &policy->rules[i]))
            build_warning(build, part_of(build, i), "this rule can never match: its conditions exclude each other");
    }
}

static void check_end(struct build *build)
{
    const struct policy *policy = build->policy;
    struct line *const *lines = build->statements.items;

    if (find_last(policy) < policy->rule_count)
        return;
    if (policy->rule_count > 0) {
        build_warning(build, part_of(build, policy->rule_count - 1),
                      "what no rule matches is accepted: end with accept or reject to say so");
        return;
    }
    for (size_t i = 0; i < build->statements.count; i++) {
        if (lines[i]->section && view_eq(lines[i]->parts->text, VIEW("submission")))
            build_warning(build, lines[i]->parts, "no rules: all mail is accepted");
    }
}

/* A message has one header for all recipients: what it causes hits them all. */
static void check_mixed_rules(struct build *build)
{
    static const char *const effects[ACTION_COUNT] = {
        [ACTION_REJECT] = "refuses the message for its other recipients, too",
        [ACTION_TEMPFAIL] = "refuses the message for its other recipients, too",
        [ACTION_HOLD] = "holds the message for its other recipients, too",
    };
    const struct policy *policy = build->policy;

    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];

        if (effects[rule->action] != NULL && rule_reads_recipient(rule) && rule_reads_header(rule))
            build_warning(build, part_of(build, i), "this rule reads a recipient and the header: a match %s",
                          effects[rule->action]);
    }
}

static bool refuses_plaintext(const struct rule *rule)
{
    bool refuses = (rule->action == ACTION_REJECT || rule->action == ACTION_TEMPFAIL) && !rule->monitor_only;

    for (size_t i = 0; refuses && i < rule->condition_count; i++) {
        if (rule->conditions[i].row->test == TEST_PLAINTEXT && !rule->conditions[i].negated)
            return true;
    }
    return false;
}

/* Until the header is known nothing below such a rule is certain, for messages that it may match. */
static bool waits_for_header(const struct rule *rule)
{
    return rule->action != ACTION_TAG && !rule->monitor_only && rule_reads_header(rule);
}

/* The first of the rules above that wait, by number, which keeps this one waiting; rule_count without one. */
static size_t find_delaying(struct build *build, const struct vector *waiting, size_t rule, size_t *compared)
{
    const struct policy *policy = build->policy;
    const size_t *above = waiting->items;

    for (size_t i = 0; i < waiting->count; i++) {
        if ((*compared)++ >= DELAYS_COMPARED_MAX ||
            rules_can_meet(build, &policy->rules[above[i]], &policy->rules[rule], condition_reads_header))
            return above[i];
    }
    return policy->rule_count;
}

static void check_delays(struct build *build)
{
    const struct policy *policy = build->policy;
    struct vector waiting = { 0 }; /* of size_t, numbers of rules */
    size_t compared = 0;

    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];
        size_t delaying = policy->rule_count;

        if (refuses_plaintext(rule) && !rule_reads_header(rule))
            delaying = find_delaying(build, &waiting, i, &compared);
        if (waits_for_header(rule))
            *(size_t *)vector_add(build, &waiting, sizeof(i)) = i;
        if (delaying == policy->rule_count)
            continue;
        build_warning(build, part_of(build, delaying),
                      "this rule reads the header, so %.*s:%u below refuses plaintext only after the whole text has "
                      "crossed the wire, and behind smtpd_proxy_filter never",
                      VIEW_ARG(rule->place.file), rule->place.line);
        return;
    }
}

static bool tags(const struct rule *rule)
{
    return rule->action == ACTION_TAG && !rule->monitor_only;
}

/* How many tag rules may match together with this one, itself included: tags of all recipients add up. */
static size_t count_companions(struct build *build, const struct rule *rule)
{
    const struct policy *policy = build->policy;
    size_t count = 0;

    for (size_t i = 0; i < policy->rule_count; i++)
        count += tags(&policy->rules[i]) && rules_can_meet(build, rule, &policy->rules[i], condition_reads_recipient);
    return count;
}

static void check_tags(struct build *build)
{
    const struct policy *policy = build->policy;

    for (size_t i = 0; i < policy->rule_count; i++) {
        if (!tags(&policy->rules[i]) || count_companions(build, &policy->rules[i]) <= DECISION_TAGS_MAX)
            continue;
        build_warning(build, part_of(build, i),
                      "more than %d tag rules can match one message together with this one: only the first %d that do "
                      "add their tag",
                      DECISION_TAGS_MAX, DECISION_TAGS_MAX);
        return;
    }
}

/* The first condition of a rule that asks for a fact in this way, or NULL. */
static const struct condition *find_condition(const struct rule *rule, enum fact_id fact, enum test test)
{
    for (size_t i = 0; i < rule->condition_count; i++) {
        const struct condition_row *row = rule->conditions[i].row;

        if (row->subject == SUBJECT_FACT && row->fact == fact && row->test == test)
            return &rule->conditions[i];
    }
    return NULL;
}

static bool refuses_or_holds(const struct rule *rule)
{
    return action_table[rule->action].verdict != VERDICT_ACCEPT && !rule->monitor_only;
}

/* Does no local mail come past this rule? */
static bool takes_local(const struct rule *rule)
{
    const struct condition *local = find_condition(rule, FACT_LOCAL, TEST_FLAG);

    return local != NULL && rule->condition_count == 1 && ends(rule) && !local->negated;
}

static bool leaves_local_out(const struct rule *rule)
{
    const struct condition *local = find_condition(rule, FACT_LOCAL, TEST_FLAG);

    return local != NULL && local->negated;
}

/* Local mail is neither encrypted nor plaintext, neither authenticated nor not: a bare `not` takes it along. */
static void check_negations(struct build *build)
{
    static const struct {
        enum fact_id fact;
        enum test test;
        const char *cure;
    } rows[] = { { FACT_TLS, TEST_ENCRYPTED, "plaintext" }, { FACT_MECHANISM, TEST_AUTHENTICATED, "unauthenticated" } };

    bool local_is_taken = false;

    for (size_t i = 0; i < build->policy->rule_count && !local_is_taken; i++) {
        const struct rule *rule = &build->policy->rules[i];

        local_is_taken = takes_local(rule);
        for (size_t row = 0; row < sizeof(rows) / sizeof(rows[0]); row++) {
            const struct condition *found = find_condition(rule, rows[row].fact, rows[row].test);

            if (found != NULL && found->negated && refuses_or_holds(rule) && !leaves_local_out(rule))
                build_warning(build, part_of(build, i), "this takes sendmail(1) and cron along, write %s",
                              rows[row].cure);
        }
    }
}

void check_rules(struct build *build)
{
    check_dead_rules(build);
    check_end(build);
    check_mixed_rules(build);
    check_delays(build);
    check_tags(build);
    check_negations(build);
}

void policy_check_dates(const struct policy *policy, unsigned today, struct faults *faults)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];

        if (rule->until != 0 && rule->until < today)
            faults_add(faults, SEVERITY_WARNING, rule->file, rule->place.line, 0, "this rule ended on %04u-%02u-%02u",
                       rule->until / 10000, rule->until / 100 % 100, rule->until % 100);
    }
}
