#include "audit/policy_map.h"

#include "audit/words.h"

/* smtp_tls_policy_lookup() in Postfix's smtp/smtp_tls_policy.c. */
static const struct {
    struct view name;
    unsigned major, minor; /* the version that brought it, where that is after 2.10 */
    bool matching_only;    /* at levels that match a certificate alone */
} attributes[] = {
    { VIEW_INIT("match"), 0, 0, true },
    { VIEW_INIT("protocols"), 0, 0, false },
    { VIEW_INIT("ciphers"), 0, 0, false },
    { VIEW_INIT("exclude"), 0, 0, false },
    { VIEW_INIT("tafile"), 2, 11, true },
    { VIEW_INIT("servername"), 3, 4, false },
    { VIEW_INIT("connection_reuse"), 3, 4, false },
    { VIEW_INIT("enable_rpk"), 3, 9, false },
    { VIEW_INIT("policy_type"), 3, 10, false },
    { VIEW_INIT("policy_domain"), 3, 10, false },
    { VIEW_INIT("policy_string"), 3, 10, false },
    { VIEW_INIT("policy_failure"), 3, 10, false },
    { VIEW_INIT("policy_ttl"), 3, 10, false },
    { VIEW_INIT("mx_host_pattern"), 3, 10, false },
};

static bool attribute_fault(struct view word, enum security_level level, const struct postfix_config *config,
                            struct buf *out)
{
    bool matches = level == LEVEL_FINGERPRINT || level == LEVEL_VERIFY || level == LEVEL_SECURE;
    struct view name, value;

    if (!words_assignment(words_unbrace(word), &name, &value) || value.n == 0) {
        buf_addf(out, "\"%.*s\" is no name=value", VIEW_ARG(word));
        return true;
    }
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        if (!view_eq_nocase(attributes[i].name, name))
            continue;
        if (!version_at_least(config, attributes[i].major, attributes[i].minor))
            buf_addf(out, "%.*s= came with %u.%u", VIEW_ARG(name), attributes[i].major, attributes[i].minor);
        else if (attributes[i].matching_only && !matches)
            buf_addf(out, "%.*s= has no place at level %.*s", VIEW_ARG(name), VIEW_ARG(security_level_name(level)));
        else
            return false;
        return true;
    }
    buf_addf(out, "%.*s= is no attribute", VIEW_ARG(name));
    return true;
}

struct view policy_entry_fault(const struct policy_entry *entry, const struct postfix_config *config, struct buf *out)
{
    enum security_level level = security_level_parse(entry->level);
    struct view rest = entry->attributes, word;

    if (entry->level.n == 0 || level == LEVEL_INVALID) {
        buf_addf(out, "\"%.*s\" is no level", VIEW_ARG(entry->level));
        return buf_view(out);
    }
    if ((level == LEVEL_DANE || level == LEVEL_DANE_ONLY) && !version_at_least(config, 2, 11)) {
        buf_addf(out, "level %.*s came with 2.11", VIEW_ARG(security_level_name(level)));
        return buf_view(out);
    }
    if (level == LEVEL_NONE) /* attributes are ignored there */
        return buf_view(out);
    while (words_next(&rest, &word)) {
        if (attribute_fault(word, level, config, out))
            break;
    }
    return buf_view(out);
}

static void visit_entry(void *to, const struct table_entry *row)
{
    const struct policy_map_visitor *visitor = to;
    struct policy_entry entry = { .map = row->table, .key = row->key };
    struct view value = row->value;

    (void)words_next(&value, &entry.level);
    entry.attributes = view_trim(value);
    if (visitor->entry != NULL)
        visitor->entry(visitor->to, &entry);
}

static void visit_map(void *to, struct view map, enum table_state state, const char *reason)
{
    const struct policy_map_visitor *visitor = to;

    if (visitor->map != NULL)
        visitor->map(visitor->to, map, state, reason);
}

void policy_maps_visit(struct inspector *inspector, struct view maps, const struct policy_map_visitor *visitor)
{
    struct policy_map_visitor copy = *visitor;

    tables_visit(inspector, maps, &(struct table_visitor){ &copy, visit_entry, visit_map });
}
