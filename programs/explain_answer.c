#include "programs/explain_answer.h"

#include "policy/explain.h"
#include "programs/foreign.h"

enum { LINE_SIZE = 8192 };

/* One evaluation, printed or built while it runs. */
struct answer {
    json_t *rules; /* NULL: text */
};

static void print_rule(const struct rule_trace *trace)
{
    char line[LINE_SIZE];
    struct buf out = BUF(line);

    foreign_print(stdout, trace->place.file);
    printf(":%u  ", trace->place.line);
    foreign_print(stdout, trace->text);
    fputs("\n    ", stdout);
    explain_trace(&out, trace);
    foreign_print(stdout, buf_view(&out));
    putchar('\n');
}

static json_t *rule_json(const struct rule_trace *trace)
{
    char line[LINE_SIZE];
    struct buf why = BUF(line);
    json_t *rule;

    explain_trace(&why, trace);
    rule = json_pack("{s:o, s:i, s:o, s:o, s:o}", "file", foreign_json(trace->place.file), "line",
                     (int)trace->place.line, "rule", foreign_json(trace->text), "result",
                     foreign_json(rule_result_name(trace->result)), "why", foreign_json(buf_view(&why)));
    if (rule != NULL && trace->key.n > 0) {
        (void)json_object_set_new(rule, "condition", foreign_json(trace->condition));
        (void)json_object_set_new(rule, "fact", foreign_json(trace->key));
        (void)json_object_set_new(rule, "value", trace->state == FACT_KNOWN ? foreign_json(trace->value) : json_null());
    }
    return rule;
}

static void on_rule(void *context, const struct rule_trace *trace)
{
    struct answer *answer = context;

    if (answer->rules == NULL)
        print_rule(trace);
    else
        (void)json_array_append_new(answer->rules, rule_json(trace));
}

static void print_outcome(const char *title, const struct outcome *outcome)
{
    char line[LINE_SIZE];
    struct buf out = BUF(line);

    explain_outcome(&out, outcome);
    if (outcome->reply.text.n > 0) {
        buf_add(&out, VIEW(", "));
        explain_reply(&out, &outcome->reply);
    }
    printf("%s: ", title);
    foreign_print(stdout, buf_view(&out));
    putchar('\n');
}

static void print_decision(const struct policy *policy, const struct decision *decision)
{
    static const struct view whys[] = { [DIRECTION_PENDING] = VIEW_INIT("the recipient's transport will tell"),
                                        [DIRECTION_INBOUND] = VIEW_INIT("no submission, never judged"),
                                        [DIRECTION_OUTBOUND] = VIEW_INIT("judged") };
    struct view direction = direction_name(decision->direction), mode = mode_name(policy_settings(policy)->mode);

    printf("direction: %.*s (%.*s)\nmode: %.*s\n", VIEW_ARG(direction), VIEW_ARG(whys[decision->direction]),
           VIEW_ARG(mode));
    if (!decision->certain)
        puts("decision: not certain yet");
    else
        print_outcome("decision", &decision->now);
    if (decision->would.verdict != VERDICT_ACCEPT)
        print_outcome("would", &decision->would);
    for (size_t i = 0; i < decision->tag_count; i++) {
        printf("tag: %.*s: ", VIEW_ARG(policy_settings(policy)->tag_header));
        foreign_print(stdout, decision->tags[i].text);
        putchar('\n');
    }
    if (decision->tags_dropped != 0)
        printf("tags without room: %d\n", __builtin_popcountll(decision->tags_dropped));
    if (decision->would_tag.line > 0)
        printf("would tag: %.*s:%u\n", VIEW_ARG(decision->would_tag.file), decision->would_tag.line);
}

static json_t *outcome_json(const struct outcome *outcome)
{
    char line[LINE_SIZE];
    struct buf reply = BUF(line);
    json_t *place = json_null();

    explain_reply(&reply, &outcome->reply);
    if (outcome->rule.line > 0)
        place = json_pack("{s:o, s:i}", "file", foreign_json(outcome->rule.file), "line", (int)outcome->rule.line);
    return json_pack("{s:o, s:o, s:o}", "verdict", foreign_json(verdict_name(outcome->verdict)), "rule", place, "reply",
                     reply.len > 0 ? foreign_json(buf_view(&reply)) : json_null());
}

static json_t *tags_json(const struct decision *decision)
{
    json_t *tags = json_array();

    for (size_t i = 0; i < decision->tag_count; i++)
        (void)json_array_append_new(tags, foreign_json(decision->tags[i].text));
    return tags;
}

static json_t *decision_json(const struct policy *policy, const struct recipient *to, const struct decision *decision,
                             json_t *rules)
{
    return json_pack("{s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o}", "to",
                     to != NULL ? foreign_json(to->domain) : json_null(), "direction",
                     foreign_json(direction_name(decision->direction)), "mode",
                     foreign_json(mode_name(policy_settings(policy)->mode)), "certain", decision->certain, "decision",
                     outcome_json(&decision->now), "would", outcome_json(&decision->would), "tags", tags_json(decision),
                     "rules", rules);
}

void explain_answer(const struct policy *policy, const struct submission *sub, const struct recipient *to,
                    json_t *answers)
{
    struct answer answer = { .rules = answers != NULL ? json_array() : NULL };
    struct rule_observer observer = { on_rule, &answer };
    struct decision decision;

    if (answers == NULL && to != NULL) {
        fputs("to: ", stdout);
        foreign_print(stdout, to->domain);
        putchar('\n');
    }
    decision = policy_evaluate_observed(policy, sub, to, &observer);
    if (answers == NULL)
        print_decision(policy, &decision);
    else
        (void)json_array_append_new(answers, decision_json(policy, to, &decision, answer.rules));
}
