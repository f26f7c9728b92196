#include "audit/table.h"

#include "audit/words.h"

struct visit {
    const struct table_visitor *visitor;
    struct view table;
    size_t entries;
};

static void visit_entry(struct visit *visit, struct view key, struct view value)
{
    struct table_entry entry = { visit->table, key, view_trim(words_unbrace(value)) };

    if (++visit->entries <= TABLE_ENTRIES_MAX)
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

static void visit_table(struct inspector *inspector, struct visit *visit)
{
    const struct table_visitor *visitor = visit->visitor;
    struct view name = visit->table, type, text;
    struct error error = { ERROR_NONE, "" };

    (void)view_skip(&name, VIEW("proxy:"));
    if (!view_cut(&name, VIEW(":"), &type)) {
        visitor->table(visitor->to, visit->table, TABLE_OPAQUE, "");
        return;
    }
    if (view_eq(type, VIEW("inline")))
        visit_inline(visit, name);
    else if (view_eq(type, VIEW("static")))
        visit_entry(visit, TABLE_EVERY_KEY, name);
    else if (!has_text_file(type)) {
        visitor->table(visitor->to, visit->table, TABLE_OPAQUE, "");
        return;
    } else if (inspect_read(inspector, name, &text, &error) == INSPECT_FINE) {
        visit_text(visit, text);
    } else {
        visitor->table(visitor->to, visit->table, TABLE_UNREADABLE, error.text);
        return;
    }
    visitor->table(visitor->to, visit->table, TABLE_READ, "");
}

void table_text_visit(struct view table, struct view text, const struct table_visitor *visitor)
{
    struct visit visit = { .visitor = visitor, .table = table };

    visit_text(&visit, text);
}

void tables_visit(struct inspector *inspector, struct view tables, const struct table_visitor *visitor)
{
    struct visit visit = { .visitor = visitor };

    while (words_next(&tables, &visit.table))
        visit_table(inspector, &visit);
}
