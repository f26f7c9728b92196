#include "policy/word_set.h"
#include "tests/unit/unit.h"

static const struct view words[] = { VIEW_INIT("smtp"), VIEW_INIT("Relay"), VIEW_INIT("a"), VIEW_INIT("smtps") };

static const struct {
    const char *word;
    bool exactly, without_case;
} rows[] = {
    { "smtp", true, true },  { "SMTP", false, true },    { "relay", false, true },
    { "Relay", true, true }, { "a", true, true },        { "", false, false },
    { "smt", false, false }, { "smtpss", false, false }, { "zz", false, false },
};

START_TEST(a_word_is_found_whole_with_or_without_case)
{
    struct arena arena;
    struct view word = view_of(rows[_i].word);

    arena_init(&arena, 0);
    ck_assert_int_eq(word_set_has(word_set_new(&arena, words, ROWS(words), false), word), rows[_i].exactly);
    ck_assert_int_eq(word_set_has(word_set_new(&arena, words, ROWS(words), true), word), rows[_i].without_case);
    ck_assert(!word_set_has(word_set_new(&arena, NULL, 0, true), word));
    ck_assert(!word_set_has(NULL, word));
    arena_done(&arena);
}
END_TEST

START_TEST(a_set_that_does_not_fit_is_refused)
{
    struct arena arena;

    arena_init(&arena, 16);
    ck_assert_ptr_null(word_set_new(&arena, words, ROWS(words), false));
    arena_done(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("word_set");
    TCase *tests = tcase_create("word_set");

    tcase_add_loop_test(tests, a_word_is_found_whole_with_or_without_case, 0, ROWS(rows));
    tcase_add_test(tests, a_set_that_does_not_fit_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
