#include "policy/word_set.h"

#include <stdlib.h>
#include <string.h>

#include "shared/ascii.h"

struct word_set {
    struct view *words; /* sorted */
    size_t count;
    bool ignore_case;
};

static int lower(char c)
{
    return (unsigned char)ascii_lower(c);
}

static int compare_nocase(struct view a, struct view b)
{
    size_t both = a.n < b.n ? a.n : b.n;

    for (size_t i = 0; i < both; i++) {
        if (lower(a.p[i]) != lower(b.p[i]))
            return lower(a.p[i]) - lower(b.p[i]);
    }
    return (a.n > b.n) - (a.n < b.n);
}

static int sort_words(const void *a, const void *b)
{
    return view_cmp(*(const struct view *)a, *(const struct view *)b);
}

static int sort_words_nocase(const void *a, const void *b)
{
    return compare_nocase(*(const struct view *)a, *(const struct view *)b);
}

struct word_set *word_set_new(struct arena *arena, const struct view *words, size_t count, bool ignore_case)
{
    struct word_set *set = arena_alloc(arena, sizeof(*set));

    if (set == NULL || (set->words = arena_alloc(arena, count * sizeof(*words))) == NULL)
        return NULL;
    if (count > 0)
        memcpy(set->words, words, count * sizeof(*words));
    set->count = count;
    set->ignore_case = ignore_case;
    qsort(set->words, count, sizeof(*words), ignore_case ? sort_words_nocase : sort_words);
    return set;
}

bool word_set_has(const struct word_set *set, struct view word)
{
    size_t low = 0, high = set == NULL ? 0 : set->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = set->ignore_case ? compare_nocase(word, set->words[middle]) : view_cmp(word, set->words[middle]);

        if (order == 0)
            return true;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return false;
}

static bool has_word(const struct word_set *words, const struct word_set *in, bool held)
{
    for (size_t i = 0; words != NULL && i < words->count; i++) {
        if (word_set_has(in, words->words[i]) == held)
            return true;
    }
    return false;
}

bool word_set_meets(const struct word_set *a, const struct word_set *b)
{
    return has_word(a, b, true);
}

bool word_set_covers(const struct word_set *set, const struct word_set *part)
{
    return !has_word(part, set, false);
}
