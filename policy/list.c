#include "policy/list.h"

#include <string.h>

static const struct view kind_names[] = {
    [LIST_NETWORK] = VIEW_INIT("network"),
    [LIST_DOMAIN] = VIEW_INIT("domain"),
    [LIST_LOGIN] = VIEW_INIT("login"),
};

struct view list_kind_name(enum list_kind kind)
{
    return kind_names[kind];
}

static bool collect_network(struct collector *collector, const struct part *part, struct view text)
{
    struct network network;
    enum network_fault fault = network_parse(text, &network);

    if (fault != NETWORK_FINE) {
        build_error(collector->build, part, "found \"%.*s\", %s", VIEW_ARG(view_slice(text, 0, 60)),
                    network_fault_text(fault));
        return false;
    }
    *(struct network *)vector_add(collector->build, &collector->entries, sizeof(network)) = network;
    return true;
}

static bool collect_domain(struct collector *collector, const struct part *part, struct view text)
{
    char name[DOMAIN_MAX + 2];
    struct buf out = BUF(name);
    struct view rest = text;

    if (view_skip(&rest, VIEW(".")))
        buf_add_char(&out, '.');
    if (view_starts(text, VIEW("*."))) {
        build_error(collector->build, part, "found \"%.*s\", write \"%.*s\" for all domains below it",
                    VIEW_ARG(view_slice(text, 0, 60)), VIEW_ARG(view_slice(text, 1, 60)));
        return false;
    }
    if (!domain_normalize(rest, &out) || !domain_is_plain(view_slice(buf_view(&out), text.n - rest.n, out.len))) {
        build_error(collector->build, part, "found \"%.*s\", expected a domain such as example.com or .example.com",
                    VIEW_ARG(view_slice(text, 0, 60)));
        return false;
    }
    *(struct view *)vector_add(collector->build, &collector->entries, sizeof(struct view)) =
        build_keep_text(collector->build, buf_view(&out));
    return true;
}

static bool collect_login(struct collector *collector, const struct part *part, struct view text)
{
    if (text.n == 0) {
        build_error(collector->build, part, "found an empty login");
        return false;
    }
    *(struct view *)vector_add(collector->build, &collector->entries, sizeof(struct view)) =
        build_keep_text(collector->build, text);
    return true;
}

bool collect_entry(struct collector *collector, const struct part *part, struct view text)
{
    switch (collector->kind) {
    case LIST_NETWORK:
        return collect_network(collector, part, text);
    case LIST_DOMAIN:
        return collect_domain(collector, part, text);
    case LIST_LOGIN:
        return collect_login(collector, part, text);
    }
    return false;
}

bool collect_block(struct collector *collector, const struct part *block)
{
    bool fine = true;

    for (const struct part *part = block->inside; part != NULL; part = part->next) {
        if (part->kind == PART_BLOCK) {
            build_error(collector->build, part, "found {, expected an entry of the list");
            fine = false;
        } else if (!collect_entry(collector, part, part->text)) {
            fine = false;
        }
    }
    return fine;
}

struct operand_value collect_finish(struct collector *collector)
{
    struct arena *arena = &collector->build->policy->arena;
    struct operand_value value = { .count = collector->entries.count };
    bool made = false;

    switch (collector->kind) {
    case LIST_NETWORK:
        value.networks = network_set_new(arena, collector->entries.items, collector->entries.count);
        made = value.networks != NULL;
        break;
    case LIST_DOMAIN:
        value.domains = domain_set_new(arena, collector->entries.items, collector->entries.count);
        made = value.domains != NULL;
        break;
    case LIST_LOGIN:
        value.words = word_set_new(arena, collector->entries.items, collector->entries.count, false);
        made = value.words != NULL;
        break;
    }
    if (!made)
        build_out_of_memory(collector->build);
    if (collector->kind != LIST_NETWORK && collector->entries.count == 1)
        value.only = *(const struct view *)collector->entries.items;
    return value;
}

/* The next word of a list file: entries are separated by blanks and line ends, # opens a comment. */
static bool next_entry(struct view *rest, struct part *at, struct view *out)
{
    size_t i = 0, start;

    while (i < rest->n &&
           (rest->p[i] == ' ' || rest->p[i] == '\t' || rest->p[i] == '\r' || rest->p[i] == '\n' || rest->p[i] == '#')) {
        if (rest->p[i] == '#') {
            ptrdiff_t end = view_find_char(view_slice(*rest, i, rest->n), '\n');

            i = end < 0 ? rest->n : i + (size_t)end;
            continue;
        }
        at->column++;
        if (rest->p[i++] == '\n') {
            at->line++;
            at->column = 1;
        }
    }
    start = i;
    while (i < rest->n && (unsigned char)rest->p[i] > ' ')
        i++;
    *out = view_slice(*rest, start, i);
    /* What stops a word and is no blank is a control octet: it becomes an entry, and a fault. */
    if (out->n == 0 && i < rest->n)
        *out = view_slice(*rest, start, ++i);
    *rest = view_slice(*rest, i, rest->n);
    return out->n > 0;
}

static bool collect_file(struct collector *collector, const struct part *path)
{
    struct build *build = collector->build;
    struct source *source = build_scratch(build, sizeof(*source));
    struct part at = { .source = source, .line = 1, .column = 1 };
    const char *name = build_path(build, path->source, path->text);
    struct error error;
    struct view rest, entry;
    bool fine = true;

    if (build->reader->read(build->reader->context, name, LIST_FILE_MAX, &rest, &error) == -1) {
        build_error(build, path, "%s", error.text);
        return false;
    }
    source->name = view_of(name);
    while (next_entry(&rest, &at, &entry)) {
        fine = collect_entry(collector, &at, entry) && fine;
        at.column += (unsigned)entry.n;
    }
    return fine;
}

/* The slot of a name, or the free one where it belongs; there is one. */
static struct named_list **slot_of(const struct build *build, enum list_kind kind, struct view name)
{
    size_t mask = build->list_slot_count - 1, at = (size_t)view_hash(name, kind) & mask;

    while (build->list_slots[at] != NULL &&
           !(build->list_slots[at]->kind == kind && view_eq(build->list_slots[at]->name, name)))
        at = (at + 1) & mask;
    return &build->list_slots[at];
}

/* Half of the slots stay free. */
static void grow_slots(struct build *build)
{
    struct named_list *const *lists = build->lists.items;

    build->list_slot_count = build->list_slot_count == 0 ? 64 : build->list_slot_count * 2;
    build->list_slots = build_scratch(build, build->list_slot_count * sizeof(*build->list_slots));
    for (size_t i = 0; i < build->lists.count; i++)
        *slot_of(build, lists[i]->kind, lists[i]->name) = lists[i];
}

static void add_list(struct build *build, struct collector *collector, struct view name, const struct part *declared)
{
    struct named_list *list = build_scratch(build, sizeof(*list));

    *list = (struct named_list){ collector->kind, name, declared, collect_finish(collector), declared == NULL };
    if (build->lists.count * 2 >= build->list_slot_count)
        grow_slots(build);
    *(struct named_list **)vector_add(build, &build->lists, sizeof(list)) = list;
    *slot_of(build, list->kind, list->name) = list;
}

static struct named_list *find(const struct build *build, enum list_kind kind, struct view name)
{
    return build->list_slot_count == 0 ? NULL : *slot_of(build, kind, name);
}

static bool is_free_name(struct build *build, enum list_kind kind, struct view name, const struct part *part)
{
    const struct named_list *same = find(build, kind, name);

    if (same == NULL)
        return true;
    if (same->declared == NULL)
        build_error(build, part, "%.*s %.*s is built in, take another name", VIEW_ARG(kind_names[kind]),
                    VIEW_ARG(name));
    else
        build_error(build, part, "%.*s %.*s is declared twice, first in %.*s:%u", VIEW_ARG(kind_names[kind]),
                    VIEW_ARG(name), VIEW_ARG(same->declared->source->base), same->declared->line);
    return false;
}

void list_declare(struct cursor *cursor, enum list_kind kind)
{
    struct collector collector = { .build = cursor->build, .kind = kind };
    const struct part *block, *declared = cursor->at;
    struct view name, path;

    if (!take_name(cursor, "a name for the list", &name))
        return;
    if (!is_free_name(cursor->build, kind, name, declared))
        return;
    if (cursor_skip(cursor, VIEW("file"))) {
        const struct part *at = cursor->at;

        if (take_text(cursor, "the path of a file", PATH_TEXT_MAX, &path))
            (void)collect_file(&collector, at);
    } else if (take_block(cursor, "{ or file", &block)) {
        (void)collect_block(&collector, block);
    }
    /* Declared in any case, so that its users are not faults too. */
    add_list(cursor->build, &collector, name, declared);
}

void list_declare_built_in(struct build *build)
{
    struct collector collector = { .build = build, .kind = LIST_NETWORK };

    (void)collect_entry(&collector, NULL, VIEW("127.0.0.0/8"));
    (void)collect_entry(&collector, NULL, VIEW("::1"));
    add_list(build, &collector, VIEW("loopback"), NULL);
}

const struct named_list *list_find(struct build *build, enum list_kind kind, struct view name)
{
    struct named_list *list = find(build, kind, name);

    if (list != NULL)
        list->used = true;
    return list;
}

void list_offer_names(const struct build *build, enum list_kind kind, struct near *near)
{
    struct named_list *const *lists = build->lists.items;

    for (size_t i = 0; i < build->lists.count; i++) {
        if (lists[i]->kind == kind)
            near_offer(near, lists[i]->name);
    }
}

/* Can a bare word be an entry itself, or only a name that is not declared? */
static bool looks_like_entry(enum list_kind kind, const struct part *part)
{
    struct network network;

    if (part->kind == PART_STRING)
        return part->text.n > 0;
    switch (kind) {
    case LIST_NETWORK:
        return network_parse(part->text, &network) != NETWORK_NO_ADDRESS;
    case LIST_DOMAIN:
        return view_find_char(part->text, '.') >= 0 || view_starts(part->text, VIEW("["));
    case LIST_LOGIN:
        return view_find_char(part->text, '@') >= 0;
    }
    return false;
}

static bool expected_list(struct cursor *cursor, enum list_kind kind)
{
    static const char *const what[] = {
        [LIST_NETWORK] = "the name of a network, an address or a network",
        [LIST_DOMAIN] = "the name of a domain list, or a domain",
        [LIST_LOGIN] = "the name of a login list, or a login in quotes",
    };
    bool is_word = cursor->at != NULL && cursor->at->kind == PART_WORD;
    struct near near = near_begin(is_word ? cursor->at->text : (struct view){ NULL, 0 });

    list_offer_names(cursor->build, kind, &near);
    return expected_near(cursor, what[kind], &near);
}

bool take_list_operand(struct cursor *cursor, enum list_kind kind, struct operand_value *out)
{
    struct collector collector = { .build = cursor->build, .kind = kind };
    const struct named_list *list;
    bool fine;

    if (cursor->at == NULL)
        return expected_list(cursor, kind);
    if (cursor->at->kind == PART_BLOCK) {
        fine = collect_block(&collector, cursor->at);
    } else {
        list = cursor->at->kind == PART_WORD ? list_find(cursor->build, kind, cursor->at->text) : NULL;
        if (list != NULL) {
            cursor_step(cursor);
            *out = list->value;
            return true;
        }
        if (!looks_like_entry(kind, cursor->at))
            return expected_list(cursor, kind);
        fine = collect_entry(&collector, cursor->at, cursor->at->text);
    }
    cursor_step(cursor);
    if (fine)
        *out = collect_finish(&collector);
    return fine;
}
