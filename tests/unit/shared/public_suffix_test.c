#include "shared/public_suffix.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/suffix_list.h"
#include "tests/unit/unit.h"

static const struct {
    const char *domain, *part;
} parts[] = {
    { "example.org", "example.org" },
    { "mail.eu.example.org", "example.org" },
    { "a.b.example.co.uk", "example.co.uk" },
    { "xn--bcher-kva.example", "xn--bcher-kva.example" },
    { "co.uk", "" },
    { "org", "" },
    { "", "" },
    { "[192.0.2.1]", "" },
};

START_TEST(the_registrable_part_is_the_lists)
{
    ck_assert_view_eq(public_suffix_registrable(list, view_of(parts[_i].domain)), parts[_i].part);
}
END_TEST

static const struct {
    const char *a, *b;
    bool shared;
} pairs[] = {
    { "mail.example.org", "news.example.org", true },
    { "example.org", "example.org", true },
    { "one.co.uk", "two.co.uk", false },
    { "example.org", "example.com", false },
    { "co.uk", "co.uk", true },
    { "co.uk", "one.co.uk", false },
    { "[192.0.2.1]", "[192.0.2.1]", true },
    { "", "", false },
    { "localhost", "localhost", true },
};

START_TEST(two_domains_of_one_owner_share_it)
{
    ck_assert_int_eq(public_suffix_shared(list, view_of(pairs[_i].a), view_of(pairs[_i].b)), pairs[_i].shared);
    ck_assert_int_eq(public_suffix_shared(list, view_of(pairs[_i].b), view_of(pairs[_i].a)), pairs[_i].shared);
}
END_TEST

enum { ASKERS = 4, DOMAINS = 1000 };

static void *ask_for_many(void *wrong)
{
    char domain[64], part[32];

    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < DOMAINS; i++) {
            snprintf(part, sizeof(part), "d%d.co.uk", i % 700);
            snprintf(domain, sizeof(domain), "a.b.%s", part);
            if (!view_eq(public_suffix_registrable(list, view_of(domain)), view_of(part)) ||
                public_suffix_registrable(list, VIEW("co.uk")).n != 0)
                *(int *)wrong = 1;
        }
    }
    return NULL;
}

START_TEST(what_is_remembered_for_many_threads_is_what_was_found)
{
    pthread_t threads[ASKERS];
    int wrong[ASKERS] = { 0 };

    for (size_t i = 0; i < ASKERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_for_many, &wrong[i]), 0);
    for (size_t i = 0; i < ASKERS; i++) {
        pthread_join(threads[i], NULL);
        ck_assert_int_eq(wrong[i], 0);
    }
}
END_TEST

START_TEST(a_domain_longer_than_any_has_no_part)
{
    char domain[300];

    memset(domain, 'a', sizeof(domain));
    memcpy(domain + sizeof(domain) - 12, ".example.org", 12);
    ck_assert_uint_eq(public_suffix_registrable(list, (struct view){ domain, sizeof(domain) }).n, 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("public_suffix");
    TCase *tests = tcase_create("public_suffix");

    tcase_add_unchecked_fixture(tests, open_list, close_list);
    tcase_add_loop_test(tests, the_registrable_part_is_the_lists, 0, ROWS(parts));
    tcase_add_loop_test(tests, two_domains_of_one_owner_share_it, 0, ROWS(pairs));
    tcase_add_test(tests, what_is_remembered_for_many_threads_is_what_was_found);
    tcase_add_test(tests, a_domain_longer_than_any_has_no_part);
    suite_add_tcase(suite, tests);
    return suite;
}
