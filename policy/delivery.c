#include "policy/list.h"
#include "policy/rule.h"

#define COUNT(names) (sizeof(names) / sizeof((names)[0]))

/* `to any` or `to domain LIST`. */
static bool take_destination(struct cursor *cursor, struct delivery_rule *rule)
{
    struct operand_value value;
    const struct part *list;

    if (!cursor_skip(cursor, VIEW("to")))
        return expected(cursor, "to any or to domain LIST");
    if (cursor_skip(cursor, VIEW("any")))
        return true;
    if (!cursor_skip(cursor, VIEW("domain")))
        return expected(cursor, "any or domain");
    list = cursor->at;
    if (!take_list_operand(cursor, LIST_DOMAIN, &value))
        return false;
    rule->list_name = parts_text(cursor->build, list, cursor->at);
    rule->domains = value.domains;
    return true;
}

void delivery_take(struct build *build, const struct line *line)
{
    static const struct view verbs[] = { VIEW_INIT("expect"), VIEW_INIT("require") };
    static const struct view demands[] = {
        [DEMAND_ENCRYPTED] = VIEW_INIT("encrypted"), [DEMAND_VERIFIED] = VIEW_INIT("verified")
    };
    struct cursor cursor = { build, line->parts, NULL, NULL };
    struct delivery_rule rule = { .place = build_place(line->parts) };
    size_t verb, demand;

    if (!take_choice(&cursor, verbs, COUNT(verbs), &verb) || !take_choice(&cursor, demands, COUNT(demands), &demand) ||
        !take_destination(&cursor, &rule))
        return;
    if (cursor.at != NULL) {
        (void)expected(&cursor, "end of line");
        return;
    }
    rule.require = verb == 1;
    rule.demand = (enum demand)demand;
    *(struct delivery_rule *)vector_add(build, &build->delivery, sizeof(rule)) = rule;
    *(const struct line **)vector_add(build, &build->delivery_lines, sizeof(line)) = line;
}
