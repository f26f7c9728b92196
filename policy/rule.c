#include "policy/rule.h"

const struct action_row action_table[ACTION_COUNT] = {
    [ACTION_ACCEPT] = { VIEW_INIT("accept"), VERDICT_ACCEPT, true, false, "let it pass" },
    [ACTION_REJECT] = { VIEW_INIT("reject"), VERDICT_REJECT, true, true, "refuse it for good" },
    [ACTION_TEMPFAIL] = { VIEW_INIT("tempfail"), VERDICT_TEMPFAIL, true, true,
                          "refuse it for now; local mail is held" },
    [ACTION_HOLD] = { VIEW_INIT("hold"), VERDICT_HOLD, true, true, "put it into Postfix's hold queue" },
    [ACTION_TAG] = { VIEW_INIT("tag"), VERDICT_ACCEPT, false, true, "add a header field and go on" },
    [ACTION_OBSERVE] = { VIEW_INIT("observe"), VERDICT_ACCEPT, false, false, "from here on, log only" },
};

static size_t text_size(const struct part *part, const struct part *end)
{
    size_t size = 1;

    for (; part != end; part = part->next)
        size += 2 * part->text.n + 6 + (part->kind == PART_BLOCK ? text_size(part->inside, NULL) : 0);
    return size;
}

static void add_string(struct buf *out, struct view text)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, text.p[i]);
    }
    buf_add_char(out, '"');
}

static void add_parts(struct buf *out, const struct part *part, const struct part *end)
{
    for (const struct part *first = part; part != end; part = part->next) {
        if (part != first)
            buf_add_char(out, ' ');
        if (part->kind == PART_WORD) {
            buf_add(out, part->text);
        } else if (part->kind == PART_STRING) {
            add_string(out, part->text);
        } else {
            buf_add(out, VIEW("{ "));
            add_parts(out, part->inside, NULL);
            buf_add(out, part->inside != NULL ? VIEW(" }") : VIEW("}"));
        }
    }
}

struct view parts_text(struct build *build, const struct part *first, const struct part *end)
{
    size_t size = text_size(first, end);
    struct buf out = buf_over(build_scratch(build, size), size);

    add_parts(&out, first, end);
    return build_keep_text(build, buf_view(&out));
}

static bool take_action(struct cursor *cursor, enum action *out)
{
    struct view names[ACTION_COUNT];
    size_t index;

    for (size_t i = 0; i < ACTION_COUNT; i++)
        names[i] = action_table[i].name;
    if (!take_choice(cursor, names, ACTION_COUNT, &index))
        return false;
    *out = (enum action)index;
    return true;
}

static bool take_monitor_only(struct cursor *cursor, struct rule *rule)
{
    const struct part *part = cursor_step(cursor);

    if (!action_table[rule->action].may_be_logged) {
        build_error(cursor->build, part, "found \"monitor-only\", but %.*s does nothing that could be logged instead",
                    VIEW_ARG(action_table[rule->action].name));
        return false;
    }
    rule->monitor_only = true;
    return true;
}

/* What goes into a header field: RFC 5322 section 2.2. */
static bool take_tag_text(struct cursor *cursor, struct rule *rule)
{
    const struct part *part = cursor->at;

    for (size_t i = 0; i < part->text.n; i++) {
        if (part->text.p[i] < ' ' || part->text.p[i] > '~') {
            build_error(cursor->build, part, "the text of a tag is printable ASCII");
            return false;
        }
    }
    return take_text(cursor, "the text of the tag", REPLY_TEXT_MAX, &rule->tag);
}

static bool take_string(struct cursor *cursor, struct rule *rule)
{
    if (rule->reply.text.n > 0 || rule->tag.n > 0)
        return expected(cursor, "end of line: a rule has one text");
    return rule->action == ACTION_TAG ? take_tag_text(cursor, rule) : take_reply(cursor, rule->action, &rule->reply);
}

/* One clause behind the action: they may stand in any order. */
static bool take_clause(struct cursor *cursor, struct rule *rule, struct vector *conditions)
{
    struct condition condition;

    if (cursor->at->kind == PART_STRING)
        return take_string(cursor, rule);
    if (cursor_is_word(cursor, VIEW("monitor-only")))
        return take_monitor_only(cursor, rule);
    if (cursor_skip(cursor, VIEW("until")))
        return take_date(cursor, &rule->until);
    if (!take_condition(cursor, &condition))
        return false;
    condition.against = rule->action != ACTION_ACCEPT && rule->action != ACTION_OBSERVE;
    *(struct condition *)vector_add(cursor->build, conditions, sizeof(condition)) = condition;
    return true;
}

/* Without a text of its own a tag says its conditions; what a header field cannot carry is left out. */
static struct view default_tag(struct build *build, const struct line *line)
{
    struct view text = parts_text(build, line->parts->next, NULL);

    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] < ' ' || text.p[i] > '~')
            return VIEW("tagged");
    }
    return text.n == 0 ? VIEW("tagged") : view_slice(text, 0, REPLY_TEXT_MAX);
}

void rule_take(struct build *build, const struct line *line)
{
    struct cursor cursor = { build, line->parts, NULL, NULL };
    struct vector conditions = { 0 };
    struct rule rule = { .place = build_place(line->parts), .file = line->parts->source->name };

    if (!take_action(&cursor, &rule.action))
        return;
    while (cursor.at != NULL) {
        if (!take_clause(&cursor, &rule, &conditions))
            return;
    }
    rule.conditions = vector_keep(build, &conditions, sizeof(struct condition));
    rule.condition_count = conditions.count;
    rule.text = parts_text(build, line->parts, NULL);
    if (rule.action == ACTION_TAG && rule.tag.n == 0)
        rule.tag = default_tag(build, line);
    if ((rule.action == ACTION_REJECT || rule.action == ACTION_TEMPFAIL) && rule.reply.text.n == 0)
        rule.reply = reply_default(build, &rule);
    *(struct rule *)vector_add(build, &build->rules, sizeof(rule)) = rule;
    *(const struct line **)vector_add(build, &build->rule_lines, sizeof(line)) = line;
}
