#include "policy/near.h"
#include "tests/unit/unit.h"

static const struct {
    const char *a, *b;
    unsigned distance;
} distances[] = {
    { "", "", 0 },
    { "a", "", 1 },
    { "mode", "mode", 0 },
    { "moode", "mode", 1 },
    { "mdoe", "mode", 1 },
    { "MODE", "mode", 0 },
    { "reject", "accept", 4 },
    { "plaintxt", "plaintext", 1 },
    { "kitten", "sitting", 3 },
};

START_TEST(the_distance_counts_single_slips_of_the_hand)
{
    struct view a = view_of(distances[_i].a), b = view_of(distances[_i].b);

    ck_assert_uint_eq(edit_distance(a, b), distances[_i].distance);
    ck_assert_uint_eq(edit_distance(b, a), distances[_i].distance);
}
END_TEST

static const struct {
    const char *word, *hint;
} hints[] = {
    { "rejct", ", did you mean \"reject\"?" },
    { "hodl", ", did you mean \"hold\"?" },
    { "accpt", ", did you mean \"accept\"?" },
    { "xyzzy", "" },
    { "", "" },
    { "a", "" },
    { "rejectrejectrejectrejectrejectrejectrejectrejectreject", "" },
};

START_TEST(the_nearest_word_is_offered_if_it_is_near)
{
    struct near near = near_begin(view_of(hints[_i].word));
    char text[NEAR_HINT_MAX];

    near_offer(&near, VIEW("accept"));
    near_offer(&near, VIEW("reject"));
    near_offer(&near, VIEW("hold"));
    near_offer(&near, VIEW("tag"));
    ck_assert_str_eq(near_hint(&near, text), hints[_i].hint);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("near");
    TCase *tests = tcase_create("near");

    tcase_add_loop_test(tests, the_distance_counts_single_slips_of_the_hand, 0, ROWS(distances));
    tcase_add_loop_test(tests, the_nearest_word_is_offered_if_it_is_near, 0, ROWS(hints));
    suite_add_tcase(suite, tests);
    return suite;
}
