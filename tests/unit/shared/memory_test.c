/* buf, arena and error: what is bounded stays within its bounds and says so. */
#include <string.h>

#include "shared/arena.h"
#include "shared/buf.h"
#include "shared/error.h"
#include "tests/unit/unit.h"

START_TEST(what_does_not_fit_writes_nothing_and_is_remembered)
{
    char storage[8];
    struct buf out = BUF(storage);

    buf_add(&out, VIEW("12345678"));
    ck_assert(!out.full);
    buf_add_char(&out, '9');
    ck_assert(out.full);
    ck_assert_view_eq(buf_view(&out), "12345678");
    buf_reset(&out);
    buf_add(&out, VIEW("123456789"));
    buf_add(&out, VIEW("1"));
    ck_assert_uint_eq(out.len, 0);
    buf_reset(&out);
    buf_add(&out, (struct view){ NULL, 0 });
    ck_assert(!out.full);
}
END_TEST

START_TEST(printf_is_all_or_nothing)
{
    char storage[8];
    struct buf out = BUF(storage);

    buf_addf(&out, "%s-%d", "abc", 12);
    ck_assert_view_eq(buf_view(&out), "abc-12");
    buf_addf(&out, "%d", 345);
    ck_assert(out.full);
    ck_assert_view_eq(buf_view(&out), "abc-12");
}
END_TEST

START_TEST(printf_may_write_nothing_and_needs_room_for_a_nul)
{
    char storage[4];
    struct buf out = BUF(storage);

    buf_addf(&out, "%s", "");
    ck_assert(!out.full);
    buf_addf(&out, "%s", "abc");
    ck_assert_view_eq(buf_view(&out), "abc");
    buf_reset(&out);
    buf_addf(&out, "%s", "abcd");
    ck_assert(out.full);
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(text_ends_in_a_nul_inside_the_storage)
{
    char storage[4];
    struct buf out = BUF(storage);

    buf_add(&out, VIEW("abc"));
    ck_assert_str_eq(buf_text(&out), "abc");
    ck_assert(!out.full);
    buf_add(&out, VIEW("d"));
    ck_assert_str_eq(buf_text(&out), "abc");
    ck_assert(out.full);
}
END_TEST

START_TEST(numbers_are_written_to_their_largest)
{
    char storage[32];
    struct buf out = BUF(storage);

    buf_add_number(&out, 0);
    buf_add_number(&out, UINT64_MAX);
    ck_assert_view_eq(buf_view(&out), "018446744073709551615");
}
END_TEST

START_TEST(an_arena_gives_zeroed_memory_within_its_limit)
{
    struct arena arena;
    unsigned char *small, *large;

    arena_init(&arena, 20000);
    small = arena_alloc(&arena, 100);
    large = arena_alloc(&arena, 10000);
    for (size_t i = 0; i < 10000; i++)
        ck_assert_uint_eq(large[i], 0);
    memset(small, 0xff, 100);
    memset(large, 0xff, 10000);
    ck_assert_ptr_null(arena_alloc(&arena, 10000));
    ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX));
    ck_assert_ptr_nonnull(arena_alloc(&arena, 1000));
    arena_reset(&arena);
    large = arena_alloc(&arena, 19000);
    ck_assert_ptr_nonnull(large);
    ck_assert_uint_eq(large[18999], 0);
    arena_done(&arena);
}
END_TEST

START_TEST(a_copy_is_nul_terminated_and_its_own)
{
    struct arena arena;
    char text[] = "queue";
    struct view copy;

    arena_init(&arena, 0);
    copy = arena_copy(&arena, view_of(text));
    text[0] = 'x';
    ck_assert_str_eq(copy.p, "queue");
    ck_assert_str_eq(arena_copy(&arena, (struct view){ NULL, 0 }).p, "");
    arena_done(&arena);
}
END_TEST

START_TEST(a_long_error_is_cut_not_overrun)
{
    struct error error;
    char text[600];

    memset(text, 'e', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    ck_assert_int_eq(error_set(&error, ERROR_LIMIT, "%s", text), -1);
    ck_assert_uint_eq(strlen(error.text), sizeof(error.text) - 1);
    ck_assert_int_eq(error.kind, ERROR_LIMIT);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("memory");
    TCase *tests = tcase_create("memory");

    tcase_add_test(tests, what_does_not_fit_writes_nothing_and_is_remembered);
    tcase_add_test(tests, printf_is_all_or_nothing);
    tcase_add_test(tests, printf_may_write_nothing_and_needs_room_for_a_nul);
    tcase_add_test(tests, text_ends_in_a_nul_inside_the_storage);
    tcase_add_test(tests, numbers_are_written_to_their_largest);
    tcase_add_test(tests, an_arena_gives_zeroed_memory_within_its_limit);
    tcase_add_test(tests, a_copy_is_nul_terminated_and_its_own);
    tcase_add_test(tests, a_long_error_is_cut_not_overrun);
    suite_add_tcase(suite, tests);
    return suite;
}
