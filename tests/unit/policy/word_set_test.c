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

/* Two sets, what they share, and if the first has all of the second. */
static const struct {
    const char *a, *b;
    bool meet, covered;
} pairs[] = {
    { "a", "a", true, true },       { "a", "A", true, true },       { "a b", "b c", true, false },
    { "a b", "c d", false, false }, { "a b c", "c a", true, true }, { "c a", "a b c", true, false },
    { "a", "", false, true },       { "", "a", false, false },
};

static struct word_set *set_of(struct arena *arena, const char *list)
{
    struct view items[4];
    size_t count = unit_words(list, items, ROWS(items));

    return word_set_new(arena, items, count, true);
}

START_TEST(two_sets_tell_what_they_share)
{
    struct arena arena;
    struct word_set *a, *b;

    arena_init(&arena, 0);
    a = set_of(&arena, pairs[_i].a);
    b = set_of(&arena, pairs[_i].b);
    ck_assert_int_eq(word_set_meets(a, b), pairs[_i].meet);
    ck_assert_int_eq(word_set_meets(b, a), pairs[_i].meet);
    ck_assert_int_eq(word_set_covers(a, b), pairs[_i].covered);
    ck_assert(!word_set_meets(NULL, b));
    ck_assert(word_set_covers(a, NULL));
    arena_done(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("word_set");
    TCase *tests = tcase_create("word_set");

    tcase_add_loop_test(tests, a_word_is_found_whole_with_or_without_case, 0, ROWS(rows));
    tcase_add_loop_test(tests, two_sets_tell_what_they_share, 0, ROWS(pairs));
    tcase_add_test(tests, a_set_that_does_not_fit_is_refused);
    suite_add_tcase(suite, tests);
    return suite;
}
