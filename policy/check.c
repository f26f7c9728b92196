#include "policy/check.h"

#include "policy/list.h"

enum { RULES_COMPARED_MAX = 2000 }; /* in a file with more, rules are compared with the one that takes all only */

static const struct part *part_of(const struct build *build, size_t rule)
{
    return ((const struct line *const *)build->rule_lines.items)[rule]->parts;
}

/* Does a match of this rule end the evaluation for good? */
static bool ends(const struct rule *rule)
{
    return action_table[rule->action].ends && !rule->monitor_only;
}

static bool has_condition(const struct rule *rule, const struct condition *wanted)
{
    for (size_t i = 0; i < rule->condition_count; i++) {
        const struct condition *condition = &rule->conditions[i];

        if (condition->row == wanted->row && condition->negated == wanted->negated &&
            view_eq(condition->operand.text, wanted->operand.text))
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
        if (!has_condition(below, &above->conditions[i]))
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

/* Until the header is known nothing below such a rule is certain. */
static void check_delays(struct build *build)
{
    const struct policy *policy = build->policy;
    size_t delaying = policy->rule_count;

    for (size_t i = 0; i < policy->rule_count; i++) {
        const struct rule *rule = &policy->rules[i];

        if (refuses_plaintext(rule) && delaying < i && !rule_reads_header(rule)) {
            build_warning(build, part_of(build, delaying),
                          "this rule reads the header, so %.*s:%u below refuses plaintext only after the whole text "
                          "has crossed the wire",
                          VIEW_ARG(rule->place.file), rule->place.line);
            return;
        }
        if (delaying == policy->rule_count && rule->action != ACTION_TAG && !rule->monitor_only &&
            rule_reads_header(rule))
            delaying = i;
    }
}

void check_rules(struct build *build)
{
    check_dead_rules(build);
    check_end(build);
    check_mixed_rules(build);
    check_delays(build);
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
