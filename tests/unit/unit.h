/* unit - what every unit test shares: Check, and comparisons for views */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <check.h>
#include <stdlib.h>

#include "shared/view.h"

/* Each test file makes one suite of its cases; tests/unit/main.c runs it. */
Suite *make_suite(void);

#define ROWS(table) (sizeof(table) / sizeof((table)[0]))

/*
 * The words of a list with one blank between them into an array, and how many; the test fails past `most`.  An empty
 * list has none.  The words are views of the list.
 */
static inline size_t unit_words(const char *list, struct view *words, size_t most)
{
    struct view rest = view_of(list);
    size_t count = 0;

    while (count < most && view_next(&rest, ' ', &words[count]))
        count++;
    ck_assert_uint_eq(rest.n, 0);
    return count;
}

/* A copy of these octets and no more, so that a sanitizer sees who looks behind them: free((char *)copy.p). */
static inline struct view unit_copy(struct view text)
{
    char *copy = malloc(text.n > 0 ? text.n : 1);

    ck_assert_ptr_nonnull(copy);
    if (text.n > 0)
        memcpy(copy, text.p, text.n);
    return (struct view){ copy, text.n };
}

/* Fails the test unless the view holds exactly the octets of the C string. */
#define ck_assert_view_eq(got, want)                                                                                   \
    do {                                                                                                               \
        struct view got_view = (got);                                                                                  \
        const char *want_text = (want);                                                                                \
        ck_assert_msg(view_eq(got_view, view_of(want_text)), "got \"%.*s\", want \"%s\"", VIEW_ARG(got_view),          \
                      want_text);                                                                                      \
    } while (0)

#endif
