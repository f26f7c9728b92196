#include "audit/words.h"

static bool is_one_of(char c, struct view separators)
{
    return view_find_char(separators, c) != -1;
}

/* The end of the word that starts at `at`: a separator outside all braces. */
static size_t word_end(struct view list, size_t at, struct view separators)
{
    size_t depth = 0;

    for (; at < list.n; at++) {
        if (list.p[at] == '{')
            depth++;
        else if (list.p[at] == '}' && depth > 0)
            depth--;
        else if (depth == 0 && is_one_of(list.p[at], separators))
            break;
    }
    return at;
}

static bool next(struct view *list, struct view *word, struct view separators)
{
    size_t start = 0, end;

    while (start < list->n && is_one_of(list->p[start], separators))
        start++;
    if (start == list->n)
        return false;
    end = word_end(*list, start, separators);
    *word = view_slice(*list, start, end);
    *list = view_slice(*list, end, list->n);
    return true;
}

bool words_next(struct view *list, struct view *word)
{
    return next(list, word, VIEW(" \t,\r\n"));
}

bool words_next_blank(struct view *list, struct view *word)
{
    return next(list, word, VIEW(" \t\r\n"));
}

bool words_have(struct view list, struct view word)
{
    struct view one;

    while (words_next(&list, &one)) {
        if (view_eq_nocase(one, word))
            return true;
    }
    return false;
}

bool words_one_of(const struct view *words, size_t count, struct view word)
{
    for (size_t i = 0; i < count; i++) {
        if (view_eq_nocase(words[i], word))
            return true;
    }
    return false;
}

struct view words_unbrace(struct view word)
{
    if (word.n >= 2 && word.p[0] == '{' && word.p[word.n - 1] == '}')
        return view_trim(view_slice(word, 1, word.n - 1));
    return word;
}

bool words_assignment(struct view text, struct view *name, struct view *value)
{
    struct view left;

    if (!view_cut(&text, VIEW("="), &left))
        return false;
    left = view_trim(left);
    if (left.n == 0)
        return false;
    *name = left;
    *value = view_trim(text);
    return true;
}

bool words_yes(struct view value)
{
    return view_eq_nocase(value, VIEW("yes"));
}
