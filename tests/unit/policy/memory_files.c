#include "tests/unit/policy/memory_files.h"

#include "tests/unit/unit.h"

static int read_memory(void *context, const char *name, size_t limit, struct view *text, struct error *error)
{
    for (const struct memory_file *file = context; file->name != NULL; file++) {
        if (!view_eq(view_of(file->name), view_of(name)))
            continue;
        *text = view_of(file->text);
        return text->n > limit ? error_set(error, ERROR_LIMIT, "%s: larger than %zu octets", name, limit) : 0;
    }
    return error_set(error, ERROR_SYSTEM, "%s: No such file or directory", name);
}

static int glob_memory(void *context, const char *pattern, void (*found)(void *to, const char *name), void *to,
                       struct error *error)
{
    struct view after = view_of(pattern), before;

    if (!view_cut(&after, VIEW("*"), &before))
        return error_set(error, ERROR_SYNTAX, "%s: these files know patterns with one * only", pattern);
    for (const struct memory_file *file = context; file->name != NULL; file++) {
        struct view name = view_of(file->name);

        if (name.n >= before.n + after.n && view_starts(name, before) && view_ends(name, after))
            found(to, file->name);
    }
    return 0;
}

struct reader memory_reader(const struct memory_file *files)
{
    return (struct reader){ read_memory, glob_memory, (void *)(uintptr_t)files };
}

struct policy *parse_text(const char *text, struct faults *faults)
{
    const struct memory_file files[] = { { "outward.conf", text }, { NULL, NULL } };
    struct reader reader = memory_reader(files);

    *faults = (struct faults){ 0 };
    return policy_parse("outward.conf", &reader, faults);
}

struct policy *parse_fine(const char *text)
{
    struct faults faults;
    struct policy *policy = parse_text(text, &faults);

    ck_assert_msg(policy != NULL, "%s:%u:%u: %s", faults.shown[0].file, faults.shown[0].line, faults.shown[0].column,
                  faults.shown[0].text);
    return policy;
}

const char *faults_text(const struct faults *faults, char *out, size_t size)
{
    struct buf text = buf_over(out, size);

    for (size_t i = 0; i < faults->count; i++) {
        if (i > 0)
            buf_add_char(&text, '\n');
        fault_print(&text, &faults->shown[i]);
    }
    if (faults->errors + faults->warnings > faults->count)
        buf_addf(&text, "\nand %zu more", faults->errors + faults->warnings - faults->count);
    return buf_text(&text);
}
