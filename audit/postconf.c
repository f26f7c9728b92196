#include "audit/postconf.h"

#include <stdlib.h>

#include "audit/words.h"

static size_t count_lines(struct view text)
{
    size_t lines = 1;

    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    return lines;
}

static int by_name(const void *a, const void *b)
{
    return view_cmp(((const struct parameter *)a)->name, ((const struct parameter *)b)->name);
}

int postconf_parameters(struct arena *arena, struct view text, struct parameters *out, struct error *error)
{
    size_t lines = count_lines(text), count = 0;
    struct parameter *rows;
    struct view line;

    if (lines > PARAMETERS_MAX)
        return error_set(error, ERROR_LIMIT, "postconf shows more than %d parameters", PARAMETERS_MAX);
    rows = arena_alloc(arena, lines * sizeof(*rows));
    if (rows == NULL)
        return error_set(error, ERROR_MEMORY, "postconf: out of memory");
    while (view_next(&text, '\n', &line)) {
        struct parameter row = { .explicit = false };

        if (words_assignment(line, &row.name, &row.value))
            rows[count++] = row;
    }
    qsort(rows, count, sizeof(*rows), by_name);
    *out = (struct parameters){ rows, count };
    return 0;
}

struct parameter *parameters_find(const struct parameters *parameters, struct view name)
{
    struct parameter key = { .name = name };

    if (parameters->count == 0)
        return NULL;
    return bsearch(&key, parameters->rows, parameters->count, sizeof(key), by_name);
}

static struct parameter *find_override(const struct service *service, struct view name)
{
    /* The last of several counts, as in Postfix. */
    for (size_t i = service->override_count; i > 0; i--) {
        if (view_eq(service->overrides[i - 1].name, name))
            return &service->overrides[i - 1];
    }
    return NULL;
}

const struct parameter *service_override(const struct service *service, struct view name)
{
    return find_override(service, name);
}

/* What an "-o" of an argument list sets: the rest of the word, or the next word. */
static bool override_text(struct view *arguments, struct view word, struct view *text)
{
    struct view option = word;

    if (!view_skip(&option, VIEW("-o")))
        return false;
    if (option.n == 0 && !words_next_blank(arguments, &option))
        return false;
    *text = words_unbrace(option);
    return true;
}

static size_t read_overrides(struct view arguments, struct parameter *rows, size_t room)
{
    struct view word, text;
    size_t count = 0;

    while (words_next_blank(&arguments, &word)) {
        struct parameter row = { .explicit = true };

        if (!override_text(&arguments, word, &text) || !words_assignment(text, &row.name, &row.value))
            continue;
        row.raw = row.value;
        if (count < room)
            rows[count] = row;
        count++;
    }
    return count;
}

static int add_overrides(struct arena *arena, struct service *service, struct error *error)
{
    size_t count = read_overrides(service->arguments, NULL, 0);

    if (count > OVERRIDES_MAX)
        return error_set(error, ERROR_LIMIT, "master.cf: more than %d -o at %.*s", OVERRIDES_MAX,
                         VIEW_ARG(service->label));
    if (count == 0)
        return 0;
    service->overrides = arena_alloc(arena, count * sizeof(*service->overrides));
    if (service->overrides == NULL)
        return error_set(error, ERROR_MEMORY, "postconf: out of memory");
    service->override_count = read_overrides(service->arguments, service->overrides, count);
    return 0;
}

static struct view make_label(struct arena *arena, struct view name, struct view type)
{
    char *text = arena_alloc(arena, name.n + type.n + 2);
    struct buf label = buf_over(text, name.n + type.n + 1);

    if (text == NULL)
        return (struct view){ NULL, 0 };
    buf_add(&label, name);
    buf_add_char(&label, '/');
    buf_add(&label, type);
    return buf_view(&label);
}

/* name type private unprivileged chroot wakeup maxproc program arguments: master(5).  1: a service, 0: something else. */
static int read_service(struct arena *arena, struct view line, struct service *out, struct error *error)
{
    struct service service = { 0 };
    struct view skipped;

    if (view_starts(line, VIEW("#")) || !words_next_blank(&line, &service.name) ||
        !words_next_blank(&line, &service.type) || !words_next_blank(&line, &skipped) ||
        !words_next_blank(&line, &skipped) || !words_next_blank(&line, &service.chroot) ||
        !words_next_blank(&line, &skipped) || !words_next_blank(&line, &skipped) ||
        !words_next_blank(&line, &service.program))
        return 0;
    service.arguments = view_trim(line);
    service.label = make_label(arena, service.name, service.type);
    if (service.label.p == NULL)
        return error_set(error, ERROR_MEMORY, "postconf: out of memory");
    if (add_overrides(arena, &service, error) == -1)
        return -1;
    *out = service;
    return 1;
}

int postconf_services(struct arena *arena, struct view text, struct services *out, struct error *error)
{
    size_t lines = count_lines(text), count = 0;
    struct service *rows;
    struct view line;

    if (lines > SERVICES_MAX)
        return error_set(error, ERROR_LIMIT, "master.cf has more than %d services", SERVICES_MAX);
    rows = arena_alloc(arena, lines * sizeof(*rows));
    if (rows == NULL)
        return error_set(error, ERROR_MEMORY, "postconf: out of memory");
    while (view_next(&text, '\n', &line)) {
        int got = read_service(arena, line, &rows[count], error);

        if (got == -1)
            return -1;
        count += (size_t)got;
    }
    *out = (struct services){ rows, count };
    return 0;
}

/* "service/type/name = value"; a service's name may hold slashes itself (a socket below private/). */
static void replace(struct services *services, struct view line)
{
    struct view left, value;
    ptrdiff_t slash;

    if (!words_assignment(line, &left, &value) || (slash = view_find_last_char(left, '/')) == -1)
        return;
    for (size_t i = 0; i < services->count; i++) {
        struct parameter *row;

        if (!view_eq(services->rows[i].label, view_slice(left, 0, (size_t)slash)))
            continue;
        row = find_override(&services->rows[i], view_slice(left, (size_t)slash + 1, left.n));
        if (row != NULL)
            row->value = value;
    }
}

void postconf_overrides(struct view text, struct services *services)
{
    struct view line;

    while (view_next(&text, '\n', &line))
        replace(services, line);
}
