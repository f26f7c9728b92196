#include "shared/catalog.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/unit/unit.h"

/* The catalog of the build. */
static struct view read_catalog(void)
{
    FILE *in = fopen(CATALOG, "re");
    char *text = malloc(CATALOG_MAX);
    struct view file = { text, 0 };

    ck_assert_ptr_nonnull(in);
    ck_assert_ptr_nonnull(text);
    file.n = fread(text, 1, CATALOG_MAX, in);
    ck_assert_int_eq(fclose(in), 0);
    return file;
}

START_TEST(messages_are_found_and_what_is_not_translated_stays)
{
    struct view file = read_catalog();
    struct catalog catalog;
    struct error error = { 0 };

    ck_assert_msg(catalog_open(file, &catalog, &error) == 0, "%s", error.text);
    ck_assert_str_eq(catalog_say(&catalog, "plaintext"), "平文");
    ck_assert_str_eq(catalog_say_count(&catalog, "deferred %s attempt", "deferred %s attempts", 1),
                     "遅延（再送待ち）%s 回");
    ck_assert_str_eq(catalog_say_count(&catalog, "deferred %s attempt", "deferred %s attempts", 2),
                     "遅延（再送待ち）%s 回");
    ck_assert_str_eq(catalog_say(&catalog, "no such message"), "no such message");
    ck_assert_str_eq(catalog_say_count(&catalog, "%s elk", "%s elks", 2), "%s elks");
    ck_assert_str_eq(catalog_say(&catalog, ""), "");
    free((char *)file.p);
}
END_TEST

START_TEST(without_a_catalog_it_is_english)
{
    ck_assert_str_eq(catalog_say(NULL, "plaintext"), "plaintext");
    ck_assert_str_eq(catalog_say_count(NULL, "deferred %s attempt", "deferred %s attempts", 1), "deferred %s attempt");
    ck_assert_str_eq(catalog_say_count(NULL, "deferred %s attempt", "deferred %s attempts", 0), "deferred %s attempts");
}
END_TEST

/* Two messages and a header, as msgfmt lays them out. */
#define SMALL(header)                                                                                                  \
    "\xde\x12\x04\x95\0\0\0\0\x02\0\0\0\x1c\0\0\0\x2c\0\0\0\0\0\0\0\0\0\0\0"                                           \
    "\0\0\0\0\x3c\0\0\0\x08\0\0\0\x3d\0\0\0"                                                                           \
    "\x1c\0\0\0\x46\0\0\0\x09\0\0\0\x63\0\0\0"                                                                         \
    "\0elk\0elks\0" header "\0alce\0alci"

START_TEST(plural_forms_are_those_of_english_or_there_is_no_catalog)
{
    static const char two[] = SMALL("nplurals=2; plural=(n != 1);"), three[] = SMALL("nplurals=3; plural=(n != 1);");
    struct view file = { two, sizeof(two) };
    struct catalog catalog;
    struct error error;

    ck_assert_msg(catalog_open(file, &catalog, &error) == 0, "%s", error.text);
    ck_assert_str_eq(catalog_say_count(&catalog, "elk", "elks", 1), "alce");
    ck_assert_str_eq(catalog_say_count(&catalog, "elk", "elks", 5), "alci");
    file.p = three;
    ck_assert_int_eq(catalog_open(file, &catalog, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "plural"));
}
END_TEST

START_TEST(a_cut_catalog_is_refused)
{
    struct view file = read_catalog();
    struct catalog catalog;
    struct error error;

    for (size_t length = 0; length < file.n; length += length < 64 ? 1 : 61) {
        struct view piece = unit_copy(view_slice(file, 0, length));

        ck_assert_int_eq(catalog_open(piece, &catalog, &error), -1);
        free((char *)piece.p);
    }
    free((char *)file.p);
}
END_TEST

START_TEST(a_damaged_catalog_is_never_read_past_its_end)
{
    struct view file = read_catalog();
    struct error error;

    for (size_t place = 0; place < 1200 && place < file.n; place++) {
        struct view damaged = unit_copy(file);
        struct catalog catalog;

        ((char *)damaged.p)[place] ^= (char)0xff;
        if (catalog_open(damaged, &catalog, &error) == 0) {
            (void)strlen(catalog_say(&catalog, "plaintext"));
            (void)strlen(catalog_say_count(&catalog, "deferred %s attempt", "deferred %s attempts", 2));
        }
        free((char *)damaged.p);
    }
    free((char *)file.p);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("catalog");
    TCase *tests = tcase_create("catalog");

    tcase_add_test(tests, messages_are_found_and_what_is_not_translated_stays);
    tcase_add_test(tests, without_a_catalog_it_is_english);
    tcase_add_test(tests, plural_forms_are_those_of_english_or_there_is_no_catalog);
    tcase_add_test(tests, a_cut_catalog_is_refused);
    tcase_add_test(tests, a_damaged_catalog_is_never_read_past_its_end);
    suite_add_tcase(suite, tests);
    return suite;
}
