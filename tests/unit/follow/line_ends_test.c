/* What is found many octets at a time is what a look at each octet finds. */
#include "follow/line_ends.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/unit.h"

enum { TEXT = 3 * LINE_ENDS_STRETCH };

/* Line ends are found in steps, as whoever reads lines takes them; the text has no octet to spare at either end. */
static void check_text(const char *text, size_t n)
{
    char *exact = malloc(n + 1);
    struct line_ends ends;
    size_t done = 0;

    ck_assert_ptr_nonnull(exact);
    memcpy(exact + 1, text, n);
    while (done < n) {
        const char *p = exact + 1 + done;
        size_t looked = line_ends_find(&ends, p, n - done), count = 0;

        ck_assert_uint_gt(looked, 0);
        ck_assert_uint_le(looked, n - done);
        ck_assert_uint_le(looked, LINE_ENDS_STRETCH);
        ck_assert_uint_eq(ends.next, 0);
        for (size_t i = 0; i < looked; i++) {
            if (p[i] == '\n') {
                ck_assert_uint_lt(count, ends.count);
                ck_assert_uint_eq(ends.at[count++], i);
            }
        }
        ck_assert_uint_eq(ends.count, count);
        done += looked;
    }
    free(exact);
}

/* One line end in so many octets; the others are any, those that look like one in all but a bit among them. */
static const unsigned densities[] = { 1, 2, 3, 8, 20, 63, 64, 65, 160, 1000, 5000 };

START_TEST(every_line_end_is_found_in_its_place)
{
    static char text[TEXT];
    unsigned random = 1;

    for (size_t i = 0; i < TEXT; i++) {
        random = random * 1103515245 + 12345;
        text[i] = (char)(random >> 16);
        if (text[i] == '\n')
            text[i] = '\x8a';
        if ((random >> 8) % densities[_i] == 0)
            text[i] = '\n';
    }
    for (size_t n = 0; n < 300; n++)
        check_text(text, n);
    check_text(text, TEXT);
    check_text(text + 1, TEXT - 1);
}
END_TEST

START_TEST(a_line_end_is_found_wherever_it_stands_alone)
{
    char text[200];

    for (size_t at = 0; at < sizeof(text); at++) {
        memset(text, 'x', sizeof(text));
        text[at] = '\n';
        check_text(text, sizeof(text));
        check_text(text, at + 1);
    }
}
END_TEST

START_TEST(a_long_line_has_no_end_in_its_first_stretches)
{
    static char text[TEXT];
    struct line_ends ends;

    memset(text, 'x', sizeof(text));
    ck_assert_uint_eq(line_ends_find(&ends, text, sizeof(text)), LINE_ENDS_STRETCH);
    ck_assert_uint_eq(ends.count, 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("line_ends");
    TCase *tests = tcase_create("line_ends");

    tcase_add_loop_test(tests, every_line_end_is_found_in_its_place, 0, ROWS(densities));
    tcase_add_test(tests, a_line_end_is_found_wherever_it_stands_alone);
    tcase_add_test(tests, a_long_line_has_no_end_in_its_first_stretches);
    suite_add_tcase(suite, tests);
    return suite;
}
