#include "milter/encoded_word.h"

#include "tests/unit/unit.h"

static const struct {
    const char *phrase, *decoded;
} rows[] = {
    { "", "" },
    { "plain words", "plain words" },
    { "=?utf-8?Q?a=40b_c?=", "a@b c" },
    { "=?utf-8?q?=3d=3D?=", "==" },
    { "=?utf-8?Q?=4?=", "=4" }, /* no two digits */
    { "=?utf-8?Q?=zz=?=", "=zz=" },
    { "=?us-ascii?B?YWJj?=", "abc" },
    { "=?us-ascii?b?YWI=?=", "ab" },
    { "=?us-ascii?B?YQ==?=", "a" },
    { "=?us-ascii?B?YWJj!YWJj?=", "abc" },
    { "=?us-ascii?B?\?=", "" },
    /* blanks between encoded words go, others stay */
    { "=?x?Q?a?= =?x?Q?b?=\r\n =?x?Q?c?= d =?x?Q?e?=", "abc d e" },
    { "a =?x?Q?b?=", "a b" },
    /* no encoded words */
    { "=?x?Q?a", "=?x?Q?a" },
    { "=?x?a?=", "=?x?a?=" },
    { "=?\?=", "=?\?=" },
    { "=?=", "=?=" },
    { "x=?x?Q?a?=", "x=?x?Q?a?=" },
};

START_TEST(a_phrase_is_read_as_a_person_sees_it)
{
    char storage[256];
    struct buf out = BUF(storage);

    encoded_words_decode(view_of(rows[_i].phrase), &out);
    ck_assert_view_eq(buf_view(&out), rows[_i].decoded);
}
END_TEST

START_TEST(what_is_longer_than_the_room_is_cut_and_told)
{
    char storage[4];
    struct buf out = BUF(storage);

    encoded_words_decode(VIEW("=?x?Q?abcdef?="), &out);
    ck_assert(out.full);
    ck_assert_view_eq(buf_view(&out), "abcd");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("encoded_word");
    TCase *tests = tcase_create("encoded_word");

    tcase_add_loop_test(tests, a_phrase_is_read_as_a_person_sees_it, 0, ROWS(rows));
    tcase_add_test(tests, what_is_longer_than_the_room_is_cut_and_told);
    suite_add_tcase(suite, tests);
    return suite;
}
