#include "shared/octets.h"
#include "tests/unit/unit.h"

static const struct {
    const char *text;
    size_t place;
} places[] = {
    { ",bcdefgh", 0 },           { "abc,efgh", 3 }, { "abcdefg,", 7 }, { "a,c,e,g,", 1 },
    { "abcdefgh", OCTETS_WORD }, { ",,,,,,,,", 0 }, { "-+-+-+-+", 8 }, { "\xac,\xac\xac\xac\xac\xac\xac", 1 },
    { "\0\0\0\0\0\0\0\0", 8 },
};

START_TEST(the_first_of_eight_octets_is_found)
{
    ck_assert_uint_eq(octets_find(places[_i].text, ','), places[_i].place);
}
END_TEST

/* Within the first eight and behind them, in texts of any length. */
START_TEST(an_octet_is_found_from_here_to_the_end)
{
    char text[20];

    for (size_t n = 0; n <= sizeof(text); n++) {
        memset(text, 'x', sizeof(text));
        ck_assert_ptr_null(octets_find_near(text, text + n, ','));
        for (size_t place = sizeof(text); place-- > 0;) {
            text[place] = ',';
            ck_assert_ptr_eq(octets_find_near(text, text + n, ','), place < n ? text + place : NULL);
        }
    }
}
END_TEST

START_TEST(a_range_holds_what_lies_in_it_in_each_place)
{
    for (int place = 0; place < OCTETS_WORD; place++) {
        for (unsigned octet = 0; octet < 0x80; octet++) {
            uint64_t word = (uint64_t)octet << place * 8, bit = UINT64_C(0x80) << place * 8;
            bool within = octet >= '-' && octet <= '9';

            ck_assert_int_eq((octets_in_range(word, '-', '9' + 1) & bit) != 0, within);
        }
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("octets");
    TCase *tests = tcase_create("octets");

    tcase_add_loop_test(tests, the_first_of_eight_octets_is_found, 0, ROWS(places));
    tcase_add_test(tests, an_octet_is_found_from_here_to_the_end);
    tcase_add_test(tests, a_range_holds_what_lies_in_it_in_each_place);
    suite_add_tcase(suite, tests);
    return suite;
}
