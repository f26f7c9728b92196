#include "policy/load.h"

#include <string.h>

#include "policy/value.h"

/* Names of one include, in order.  The reader that finds them must get back, so nothing may jump out of there. */
struct found {
    struct build *build;
    struct found_name {
        const char *text;
        struct found_name *next;
    } * first, **end;
    bool out_of_memory;
};

static struct source *new_source(struct build *build, const char *name, const struct source *parent)
{
    struct source *source = build_scratch(build, sizeof(*source));
    struct view whole = view_of(name);
    ptrdiff_t slash = view_find_last_char(whole, '/');

    source->name = build_keep_text(build, whole);
    source->folder = view_slice(whole, 0, (size_t)(slash + 1));
    source->base = build_keep_text(build, view_slice(whole, (size_t)(slash + 1), whole.n));
    source->parent = parent;
    source->depth = parent == NULL ? 0 : parent->depth + 1;
    *(struct source **)vector_add(build, &build->sources, sizeof(source)) = source;
    return source;
}

static void load_source(struct build *build, const char *name, const struct source *parent, const struct part *at);

static void keep_found(void *to, const char *name)
{
    struct found *found = to;
    struct found_name *entry = arena_alloc(&found->build->scratch, sizeof(*entry));

    if (entry == NULL || (entry->text = arena_copy(&found->build->scratch, view_of(name)).p) == NULL) {
        found->out_of_memory = true;
        return;
    }
    *found->end = entry;
    found->end = &entry->next;
}

static bool has_wildcard(struct view pattern)
{
    return view_find_char(pattern, '*') >= 0 || view_find_char(pattern, '?') >= 0 || view_find_char(pattern, '[') >= 0;
}

static void load_include(struct build *build, const struct source *source, const struct part *statement)
{
    struct cursor cursor = cursor_behind(build, statement);
    struct found found = { .build = build, .end = &found.first };
    const struct part *at = cursor.at;
    const char *pattern;
    struct error error;
    struct view text;

    if (!take_text(&cursor, "the name of a file or a pattern", PATH_TEXT_MAX, &text))
        return;
    if (cursor.at != NULL) {
        (void)expected(&cursor, "end of line");
        return;
    }
    pattern = build_path(build, source, text);
    /* A name without wildcards is one file that must be there; a pattern may match nothing. */
    if (!has_wildcard(text)) {
        load_source(build, pattern, source, at);
        return;
    }
    if (build->reader->glob(build->reader->context, pattern, keep_found, &found, &error) == -1) {
        build_error(build, at, "%s", error.text);
        return;
    }
    if (found.out_of_memory)
        build_out_of_memory(build);
    for (const struct found_name *name = found.first; name != NULL; name = name->next)
        load_source(build, name->text, source, at);
}

static void add_statement(struct build *build, const struct source *source, struct line *line)
{
    const struct part *name = line->parts;

    if (!line->section && name->kind == PART_WORD && view_eq(name->text, VIEW("include")))
        load_include(build, source, name);
    else
        *(struct line **)vector_add(build, &build->statements, sizeof(line)) = line;
}

/* A section stands once in each file: two would hide one behind the other. */
static void check_sections(struct build *build, const struct line *lines)
{
    for (const struct line *line = lines; line != NULL; line = line->next) {
        for (const struct line *other = lines; line->section && other != line; other = other->next) {
            if (!other->section || !view_eq(other->parts->text, line->parts->text))
                continue;
            build_error(build, line->parts, "%.*s stands twice in this file, first in line %u",
                        VIEW_ARG(line->parts->text), other->parts->line);
            break;
        }
    }
}

/* The reader's words start with the name, which a fault of the file as a whole says already. */
static void add_file_error(struct build *build, const char *name, const struct part *at, const char *text)
{
    struct view reason = view_of(text);

    if (at != NULL) {
        build_error(build, at, "%s", text);
        return;
    }
    if (view_skip(&reason, view_of(name)))
        (void)view_skip(&reason, VIEW(": "));
    faults_add(build->faults, SEVERITY_ERROR, view_of(name), 0, 0, "%.*s", VIEW_ARG(reason));
}

/* False, with a fault, where including this file cannot end well. */
static bool may_include(struct build *build, const char *name, const struct source *parent, const struct part *at)
{
    for (const struct source *above = parent; above != NULL; above = above->parent) {
        if (view_eq(above->name, view_of(name))) {
            build_error(build, at, "%s includes itself", name);
            return false;
        }
    }
    if (parent != NULL && parent->depth >= INCLUDE_DEPTH_MAX) {
        build_error(build, at, "more than %d files include each other", INCLUDE_DEPTH_MAX);
        return false;
    }
    if (build->sources.count >= SOURCES_MAX) {
        build_error(build, at, "more than %d files", SOURCES_MAX);
        return false;
    }
    return true;
}

static void load_source(struct build *build, const char *name, const struct source *parent, const struct part *at)
{
    struct source *source;
    struct error error;
    struct view text;
    struct line *line, *next;

    if (!may_include(build, name, parent, at))
        return;
    source = new_source(build, name, parent);
    if (build->reader->read(build->reader->context, name, FILE_MAX, &text, &error) == -1) {
        add_file_error(build, name, at, error.text);
        return;
    }
    line = syntax_parse(build, source, text);
    check_sections(build, line);
    for (; line != NULL; line = next) {
        next = line->next;
        add_statement(build, source, line);
    }
}

void load_file(struct build *build, const char *name)
{
    load_source(build, build_keep_text(build, view_of(name)).p, NULL, NULL);
}

/* The order of a fault's file; list files come last. */
static size_t file_rank(const struct build *build, const struct fault *fault)
{
    struct source *const *sources = build->sources.items;

    for (size_t i = 0; i < build->sources.count; i++) {
        if (view_eq(sources[i]->name, view_of(fault->file)))
            return i;
    }
    return build->sources.count;
}

static bool stands_before(const struct build *build, const struct fault *a, const struct fault *b)
{
    size_t left = file_rank(build, a), right = file_rank(build, b);

    if (left != right)
        return left < right;
    /* All list files rank alike: leave them in the order they came. */
    if (strcmp(a->file, b->file) != 0)
        return false;
    return a->line != b->line ? a->line < b->line : a->column < b->column;
}

void load_sort_faults(struct build *build)
{
    struct fault *shown = build->faults->shown;

    /* Insertion sort: at most FAULTS_MAX, and faults of one place stay in order. */
    for (size_t i = 1; i < build->faults->count; i++) {
        struct fault moving = shown[i];
        size_t to = i;

        for (; to > 0 && stands_before(build, &moving, &shown[to - 1]); to--)
            shown[to] = shown[to - 1];
        shown[to] = moving;
    }
}
