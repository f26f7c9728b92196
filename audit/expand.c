#include "audit/expand.h"

#include <ctype.h>

struct expansion {
    const struct postfix_config *config;
    const struct service *service;
    struct buf *out;
};

static void expand(const struct expansion *to, struct view text, unsigned depth);

static bool is_name(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Cut the reference behind a '$'; false when it is none of the simple forms. */
static bool cut_reference(struct view *rest, struct view *name)
{
    bool brace = view_starts(*rest, VIEW("{")), parenthesis = view_starts(*rest, VIEW("("));
    bool closes = brace || parenthesis;
    size_t start = closes ? 1 : 0, end = start;

    while (end < rest->n && is_name(rest->p[end]))
        end++;
    if (end == start || (closes && !view_starts(view_slice(*rest, end, rest->n), brace ? VIEW("}") : VIEW(")"))))
        return false;
    *name = view_slice(*rest, start, end);
    *rest = view_slice(*rest, closes ? end + 1 : end, rest->n);
    return true;
}

static void expand_name(const struct expansion *to, struct view name, unsigned depth)
{
    struct setting setting;

    if (view_eq(name, VIEW("service_name"))) {
        buf_add(to->out, to->service->name);
        return;
    }
    setting = config_setting(to->config, to->service, name);
    expand(to, setting.value, depth + 1);
}

static void expand(const struct expansion *to, struct view text, unsigned depth)
{
    struct view before, name;

    if (depth > EXPAND_DEPTH_MAX) {
        to->out->full = true; /* a name that stands for itself */
        return;
    }
    while (view_cut(&text, VIEW("$"), &before)) {
        buf_add(to->out, before);
        if (cut_reference(&text, &name))
            expand_name(to, name, depth);
        else
            buf_add_char(to->out, '$');
    }
    buf_add(to->out, text);
}

int expand_overrides(const struct postfix_config *config, struct service *service, struct error *error)
{
    char storage[EXPAND_VALUE_MAX];

    for (size_t i = 0; i < service->override_count; i++) {
        struct buf value = BUF(storage);
        struct view copy;

        expand(&(struct expansion){ config, service, &value }, service->overrides[i].value, 0);
        if (value.full)
            continue;
        copy = arena_copy(config->arena, buf_view(&value));
        if (copy.p == NULL)
            return error_set(error, ERROR_MEMORY, "postconf: out of memory");
        service->overrides[i].value = copy;
    }
    return 0;
}
