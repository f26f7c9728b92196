#include "policy/explain.h"

static const struct view result_names[] = {
    [RULE_MATCHED] = VIEW_INIT("matched"),
    [RULE_NO_MATCH] = VIEW_INIT("no-match"),
    [RULE_PENDING] = VIEW_INIT("pending"),
    [RULE_EXPIRED] = VIEW_INIT("expired"),
};

struct view rule_result_name(enum rule_result result)
{
    return result_names[result];
}

static void add_reason(struct buf *out, const struct rule_trace *trace)
{
    buf_add(out, trace->condition);
    buf_add(out, VIEW(", but "));
    buf_add(out, trace->key);
    buf_add(out, VIEW(" is "));
    buf_add(out, trace->state == FACT_KNOWN ? trace->value : VIEW("absent"));
}

void explain_trace(struct buf *out, const struct rule_trace *trace)
{
    switch (trace->result) {
    case RULE_MATCHED:
        buf_add(out, trace->log_only ? VIEW("matched, only logged") : VIEW("matched"));
        break;
    case RULE_NO_MATCH:
        buf_add(out, VIEW("no match: "));
        add_reason(out, trace);
        break;
    case RULE_PENDING:
        buf_add(out, VIEW("pending: "));
        buf_add(out, trace->condition);
        buf_add(out, VIEW(", and "));
        buf_add(out, trace->key);
        buf_add(out, VIEW(" is not known yet"));
        break;
    case RULE_EXPIRED:
        buf_addf(out, "ended on %04u-%02u-%02u", trace->until / 10000, trace->until / 100 % 100, trace->until % 100);
        break;
    }
}

void explain_outcome(struct buf *out, const struct outcome *outcome)
{
    buf_add(out, verdict_name(outcome->verdict));
    if (outcome->rule.line > 0)
        buf_addf(out, " by %.*s:%u", VIEW_ARG(outcome->rule.file), outcome->rule.line);
}

void explain_reply(struct buf *out, const struct reply *reply)
{
    if (reply->text.n > 0)
        buf_addf(out, "%.*s %.*s %.*s", VIEW_ARG(reply->code), VIEW_ARG(reply->dsn), VIEW_ARG(reply->text));
}
