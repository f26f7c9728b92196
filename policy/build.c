#include "policy/build.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

_Noreturn void build_out_of_memory(struct build *build)
{
    longjmp(build->out_of_memory, 1);
}

static void *allocate(struct build *build, struct arena *arena, size_t size)
{
    void *given = arena_alloc(arena, size);

    if (given == NULL)
        build_out_of_memory(build);
    return given;
}

void *build_scratch(struct build *build, size_t size)
{
    return allocate(build, &build->scratch, size);
}

void *build_keep(struct build *build, size_t size)
{
    return allocate(build, &build->policy->arena, size);
}

struct view build_keep_text(struct build *build, struct view text)
{
    struct view copy = arena_copy(&build->policy->arena, text);

    if (copy.p == NULL)
        build_out_of_memory(build);
    return copy;
}

void *vector_add(struct build *build, struct vector *vector, size_t size)
{
    if (vector->count == vector->cap) {
        size_t cap = vector->cap == 0 ? 8 : vector->cap * 2;
        void *items = build_scratch(build, cap * size);

        if (vector->count > 0)
            memcpy(items, vector->items, vector->count * size);
        vector->items = items;
        vector->cap = cap;
    }
    return (char *)vector->items + vector->count++ * size;
}

void *vector_keep(struct build *build, const struct vector *vector, size_t size)
{
    void *kept;

    if (vector->count == 0)
        return NULL;
    kept = build_keep(build, vector->count * size);
    memcpy(kept, vector->items, vector->count * size);
    return kept;
}

__attribute__((format(printf, 4, 0))) static void add_fault(struct build *build, enum severity severity,
                                                            const struct part *part, const char *format, va_list args)
{
    char text[FAULT_TEXT_MAX];

    (void)vsnprintf(text, sizeof(text), format, args);
    faults_add(build->faults, severity, part->source->name, part->line, part->column, "%s", text);
}

void build_error(struct build *build, const struct part *part, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_fault(build, SEVERITY_ERROR, part, format, args);
    va_end(args);
}

void build_warning(struct build *build, const struct part *part, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    add_fault(build, SEVERITY_WARNING, part, format, args);
    va_end(args);
}

struct place build_place(const struct part *part)
{
    return (struct place){ part->source->base, part->line };
}

const char *build_path(struct build *build, const struct source *source, struct view name)
{
    bool absolute = view_starts(name, VIEW("/"));
    struct view folder = absolute ? (struct view){ NULL, 0 } : source->folder;
    char *path = build_scratch(build, folder.n + name.n + 1);
    struct buf out = buf_over(path, folder.n + name.n + 1);

    buf_add(&out, folder);
    buf_add(&out, name);
    return buf_text(&out);
}
