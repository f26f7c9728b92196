#include "policy/trace.h"

static void describe_condition(const struct condition *condition, struct buf *out)
{
    if (condition->negated)
        buf_add(out, VIEW("not "));
    buf_add(out, condition->row->words);
    if (condition->operand.text.n > 0)
        buf_add_char(out, ' ');
    buf_add(out, view_slice(condition->operand.text, 0, 200));
}

/* Who is authenticated by certificate, or has one of another issuer, is told so. */
static enum fact_id deciding_fact(const struct evaluation *e, const struct condition *condition)
{
    const struct condition_row *row = condition->row;
    const struct fact *subject = &e->sub->facts[FACT_CERT_SUBJECT];

    if ((row->test == TEST_AUTHENTICATED || row->test == TEST_UNAUTHENTICATED) && any_certificate_truth(e) == TRUTH_YES)
        return FACT_CERT_SUBJECT;
    if (row->test == TEST_PINNED && subject->state == FACT_KNOWN &&
        view_eq(subject->text, condition->operand.certificate->subject))
        return FACT_CERT_ISSUER;
    return row->fact;
}

static void describe_subject(struct evaluation *e, const struct condition *condition, struct rule_trace *trace,
                             struct buf *value)
{
    const struct condition_row *row = condition->row;
    const struct fact *fact = condition_subject(e, row);
    enum fact_id id;

    trace->state = fact->state;
    if (row->subject == SUBJECT_RECIPIENT_DOMAIN || row->subject == SUBJECT_TRANSPORT) {
        trace->key = row->subject == SUBJECT_TRANSPORT ? VIEW("transport") : VIEW("to");
        buf_add(value, fact->text);
    } else {
        id = deciding_fact(e, condition);
        trace->key = fact_table[id].key;
        trace->state = e->sub->facts[id].state;
        fact_print(value, &fact_table[id], &e->sub->facts[id]);
    }
    trace->value = buf_view(value);
}

void trace_rule(struct evaluation *e, const struct rule_observer *observer, const struct rule *rule,
                enum rule_result result, const struct condition *why, bool log_only)
{
    char condition[300], value[1024];
    struct buf condition_text = BUF(condition), value_text = BUF(value);
    struct rule_trace trace = { .place = rule->place,
                                .text = rule->text,
                                .result = result,
                                .log_only =
                                    rule->monitor_only || (log_only && action_table[rule->action].may_be_logged),
                                .until = rule->until };

    if (why != NULL) {
        describe_condition(why, &condition_text);
        trace.condition = buf_view(&condition_text);
        describe_subject(e, why, &trace, &value_text);
    }
    observer->rule(observer->context, &trace);
}
