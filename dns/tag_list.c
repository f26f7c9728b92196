#include "dns/tag_list.h"

#include "shared/ascii.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct view trim(struct view text)
{
    while (text.n > 0 && is_blank(text.p[0]))
        text = view_slice(text, 1, text.n);
    while (text.n > 0 && is_blank(text.p[text.n - 1]))
        text.n--;
    return text;
}

static bool is_name(struct view text)
{
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];

        if (!ascii_is_letter(c) && (i == 0 || (!ascii_is_digit(c) && c != '_')))
            return false;
    }
    return text.n > 0;
}

int tag_list_next(struct view *list, struct tag_value *out)
{
    struct view tag;

    if (!view_next(list, ';', &tag))
        return 0;
    tag = trim(tag);
    if (tag.n == 0)
        return list->n == 0 ? 0 : -1; /* one ';' may end the list, none may stand alone */
    out->name = out->value = tag;
    if (!view_cut(&out->value, VIEW("="), &out->name))
        return -1;
    out->name = trim(out->name);
    out->value = trim(out->value);
    return is_name(out->name) ? 1 : -1;
}

bool tag_words_have(struct view words, struct view word)
{
    struct view one;

    while (view_next(&words, ':', &one)) {
        if (view_eq_nocase(trim(one), word))
            return true;
    }
    return false;
}
