#include "audit/policy_map.h"

#include "audit/words.h"

/* smtp_tls_policy_lookup() in Postfix's smtp/smtp_tls_policy.c. */
static const struct {
    struct view name;
    unsigned minor;     /* of version 3 that brought it; 0: 2.x had it */
    bool matching_only; /* at levels that match a certificate alone */
} attributes[] = {
    { VIEW_INIT("match"), 0, true },
    { VIEW_INIT("protocols"), 0, false },
    { VIEW_INIT("ciphers"), 0, false },
    { VIEW_INIT("exclude"), 0, false },
    { VIEW_INIT("tafile"), 0, true },
    { VIEW_INIT("servername"), 4, false },
    { VIEW_INIT("connection_reuse"), 4, false },
    { VIEW_INIT("enable_rpk"), 9, false },
    { VIEW_INIT("policy_type"), 10, false },
    { VIEW_INIT("policy_domain"), 10, false },
    { VIEW_INIT("policy_string"), 10, false },
    { VIEW_INIT("policy_failure"), 10, false },
    { VIEW_INIT("policy_ttl"), 10, false },
    { VIEW_INIT("mx_host_pattern"), 10, false },
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
        if (attributes[i].minor > 0 && !version_at_least(config, 3, attributes[i].minor))
            buf_addf(out, "%.*s= came with 3.%u", VIEW_ARG(name), attributes[i].minor);
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
    if (level == LEVEL_NONE) /* attributes are ignored there */
        return buf_view(out);
    while (words_next(&rest, &word)) {
        if (attribute_fault(word, level, config, out))
            break;
    }
    return buf_view(out);
}

struct visit {
    const struct policy_map_visitor *visitor;
    struct view map;
    size_t entries;
};

static void visit_entry(struct visit *visit, struct view key, struct view value)
{
    struct policy_entry entry = { .map = visit->map, .key = key };

    if (++visit->entries > POLICY_ENTRIES_MAX)
        return;
    value = words_unbrace(value);
    (void)words_next(&value, &entry.level);
    entry.attributes = view_trim(value);
    visit->visitor->entry(visit->visitor->to, &entry);
}

/* inline:{ key=value, { key = value with blanks } } */
static void visit_inline(struct visit *visit, struct view name)
{
    struct view list = words_unbrace(name), word, key, value;

    while (words_next(&list, &word)) {
        if (words_assignment(words_unbrace(word), &key, &value))
            visit_entry(visit, key, value);
    }
}

/* The end of the entry that starts the text: lines that begin with a blank go on. */
static struct view cut_entry(struct view *text)
{
    size_t end = 0;

    while (end < text->n) {
        while (end < text->n && text->p[end] != '\n')
            end++;
        if (end + 1 >= text->n || (text->p[end + 1] != ' ' && text->p[end + 1] != '\t'))
            break;
        end++;
    }
    struct view entry = view_slice(*text, 0, end);

    *text = view_slice(*text, end + 1 > text->n ? text->n : end + 1, text->n);
    return entry;
}

static void visit_text(struct visit *visit, struct view text)
{
    while (text.n > 0) {
        struct view entry = view_trim(cut_entry(&text)), key;

        if (entry.n == 0 || entry.p[0] == '#' || !words_next_blank(&entry, &key))
            continue;
        visit_entry(visit, key, entry);
    }
}

static bool has_text_file(struct view type)
{
    static const struct view types[] = { VIEW_INIT("texthash"), VIEW_INIT("hash"), VIEW_INIT("btree"),
                                         VIEW_INIT("lmdb"),     VIEW_INIT("cdb"),  VIEW_INIT("dbm"),
                                         VIEW_INIT("sdbm") };

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (view_eq(types[i], type))
            return true;
    }
    return false;
}

static void visit_map(struct inspector *inspector, struct visit *visit)
{
    const struct policy_map_visitor *visitor = visit->visitor;
    struct view name = visit->map, type, text;
    struct error error = { ERROR_NONE, "" };

    (void)view_skip(&name, VIEW("proxy:"));
    if (!view_cut(&name, VIEW(":"), &type)) {
        visitor->map(visitor->to, visit->map, POLICY_MAP_OPAQUE, "");
        return;
    }
    if (view_eq(type, VIEW("inline")))
        visit_inline(visit, name);
    else if (view_eq(type, VIEW("static")))
        visit_entry(visit, VIEW("(every domain)"), name);
    else if (!has_text_file(type)) {
        visitor->map(visitor->to, visit->map, POLICY_MAP_OPAQUE, "");
        return;
    } else if (inspect_read(inspector, name, &text, &error) == INSPECT_FINE) {
        visit_text(visit, text);
    } else {
        visitor->map(visitor->to, visit->map, POLICY_MAP_UNREADABLE, error.text);
        return;
    }
    visitor->map(visitor->to, visit->map, POLICY_MAP_READ, "");
}

void policy_maps_visit(struct inspector *inspector, struct view maps, const struct policy_map_visitor *visitor)
{
    struct visit visit = { .visitor = visitor };

    while (words_next(&maps, &visit.map))
        visit_map(inspector, &visit);
}
