#include <string.h>

#include "shared/ascii.h"
#include "tests/unit/unit.h"

static const struct {
    const char *text;
    bool found;
    const char *path, *rest;
} paths[] = {
    { "<a@example.com>, relay=none", true, "a@example.com", ", relay=none" },
    { "<>", true, "", "" },
    { "<\"x>, status=sent\"@example.net>, relay=none", true, "\"x>, status=sent\"@example.net", ", relay=none" },
    { "<\"a\\\">\"@example.net>x", true, "\"a\\\">\"@example.net", "x" },
    { "<\"never closed>", false, "", "" },
    { "a@example.com>", false, "", "" },
    { "", false, "", "" },
};

START_TEST(a_path_is_cut_by_its_grammar)
{
    struct view in = view_of(paths[_i].text), out = { NULL, 0 };

    ck_assert_int_eq(view_cut_path(&in, &out), paths[_i].found);
    ck_assert_view_eq(out, paths[_i].path);
    ck_assert_view_eq(in, paths[_i].found ? paths[_i].rest : paths[_i].text);
}
END_TEST

static const struct {
    const char *text;
    uint64_t limit;
    bool valid;
    uint64_t number;
} numbers[] = {
    { "0", 0, true, 0 },
    { "587", 65535, true, 587 },
    { "65536", 65535, false, 0 },
    { "7", 5, false, 0 },
    { "18446744073709551615", UINT64_MAX, true, UINT64_MAX },
    { "18446744073709551616", UINT64_MAX, false, 0 },
    { "-1", 10, false, 0 },
    { " 1", 10, false, 0 },
    { "", 10, false, 0 },
};

START_TEST(a_number_is_digits_within_its_limit)
{
    uint64_t number = 0;

    ck_assert_int_eq(view_number(view_of(numbers[_i].text), numbers[_i].limit, &number), numbers[_i].valid);
    ck_assert_uint_eq(number, numbers[_i].number);
}
END_TEST

START_TEST(cutting_without_a_mark_changes_nothing)
{
    struct view in = VIEW("status=sent"), out = VIEW("kept");

    ck_assert(!view_cut(&in, VIEW(", "), &out));
    ck_assert_view_eq(in, "status=sent");
    ck_assert_view_eq(out, "kept");
    ck_assert(view_cut(&in, VIEW("="), &out));
    ck_assert_view_eq(out, "status");
    ck_assert_view_eq(in, "sent");
}
END_TEST

START_TEST(empty_views_are_safe_everywhere)
{
    struct view none = { NULL, 0 };

    ck_assert(view_eq(none, VIEW("")));
    ck_assert(view_starts(VIEW("a"), none));
    ck_assert(view_ends(none, none));
    ck_assert_int_eq(view_find(none, VIEW("a")), -1);
    ck_assert_int_eq(view_find_char(none, 'a'), -1);
    ck_assert_int_eq(view_cmp(none, VIEW("a")), -1);
    ck_assert_uint_eq(view_trim(VIEW(" \t ")).n, 0);
    ck_assert_uint_eq(view_slice(VIEW("abc"), 3, 9).n, 0);
}
END_TEST

static const struct {
    const char *text, *needle;
    ptrdiff_t at;
} searches[] = {
    { "a, b", ", ", 1 },       { ",,, b", ", ", 2 },  { "a,", ", ", -1 },  { ",", ",", 0 },
    { "aab", "aab", 0 },       { "aaab", "aab", 1 },  { "aa", "aab", -1 }, { "abcabd", "abd", 3 },
    { "abcdabce", "abce", 4 }, { "abc", "abcd", -1 }, { "abc", "c", 2 },
};

START_TEST(a_needle_of_any_length_is_found_where_it_first_stands)
{
    struct view text = view_of(searches[_i].text), head = { NULL, 0 };

    ck_assert_int_eq(view_find(text, view_of(searches[_i].needle)), searches[_i].at);
    ck_assert_int_eq(view_cut(&text, view_of(searches[_i].needle), &head), searches[_i].at >= 0);
}
END_TEST

START_TEST(a_cut_at_an_octet_moves_past_it_or_changes_nothing)
{
    struct view text = VIEW("a,b"), head = { NULL, 0 };

    ck_assert(view_cut_char(&text, ',', &head));
    ck_assert_view_eq(head, "a");
    ck_assert_view_eq(text, "b");
    ck_assert(!view_cut_char(&text, ',', &head));
    ck_assert_view_eq(text, "b");
    text.n = 0;
    ck_assert(!view_cut_char(&text, ',', &head));
}
END_TEST

static const struct {
    const char *list;
    const char *pieces[4];
} lists[] = {
    { "", { NULL } },
    { "a", { "a", NULL } },
    { "a,b", { "a", "b", NULL } },
    { "a,b,", { "a", "b", NULL } }, /* a mark at the end begins nothing */
    { ",", { "", NULL } },
    { ",,a", { "", "", "a", NULL } },
};

START_TEST(a_list_is_cut_into_its_pieces_and_the_last_needs_no_mark)
{
    struct view list = view_of(lists[_i].list), piece;
    size_t count = 0;

    for (; view_next(&list, ',', &piece); count++) {
        ck_assert_ptr_nonnull(lists[_i].pieces[count]);
        ck_assert_view_eq(piece, lists[_i].pieces[count]);
    }
    ck_assert_ptr_null(lists[_i].pieces[count]);
    ck_assert_uint_eq(list.n, 0);
}
END_TEST

START_TEST(octets_are_judged_as_ascii_whatever_the_locale)
{
    for (int octet = 0; octet < 256; octet++) {
        char c = (char)octet;

        ck_assert_int_eq(ascii_is_digit(c), octet != 0 && strchr("0123456789", octet) != NULL);
        ck_assert_int_eq(ascii_is_letter(c), (octet >= 65 && octet <= 90) || (octet >= 97 && octet <= 122));
        ck_assert_int_eq(ascii_lower(c), octet >= 65 && octet <= 90 ? octet + 32 : c);
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("view");
    TCase *tests = tcase_create("view");

    tcase_add_loop_test(tests, a_needle_of_any_length_is_found_where_it_first_stands, 0, ROWS(searches));
    tcase_add_test(tests, a_cut_at_an_octet_moves_past_it_or_changes_nothing);
    tcase_add_loop_test(tests, a_list_is_cut_into_its_pieces_and_the_last_needs_no_mark, 0, ROWS(lists));
    tcase_add_test(tests, octets_are_judged_as_ascii_whatever_the_locale);
    tcase_add_loop_test(tests, a_path_is_cut_by_its_grammar, 0, ROWS(paths));
    tcase_add_loop_test(tests, a_number_is_digits_within_its_limit, 0, ROWS(numbers));
    tcase_add_test(tests, cutting_without_a_mark_changes_nothing);
    tcase_add_test(tests, empty_views_are_safe_everywhere);
    suite_add_tcase(suite, tests);
    return suite;
}
