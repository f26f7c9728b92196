#include "milter/recipients.h"

#include <stdio.h>

#include "tests/unit/unit.h"

START_TEST(domain_and_transport_make_a_recipient)
{
    struct arena arena;
    struct recipients set;
    struct recipient a = { VIEW("example.org"), VIEW("smtp") };
    struct recipient b = { VIEW("example.org"), VIEW("local") };
    const struct outcome refusal = { .verdict = VERDICT_REJECT };
    struct recipient_entry *entry;
    bool added;

    arena_init(&arena, 0);
    recipients_init(&set, &arena, 7);
    entry = recipients_add(&set, &a, &added);
    ck_assert(added);
    ck_assert_ptr_ne(entry->recipient.domain.p, a.domain.p);
    entry->refusal = &refusal;
    recipients_add(&set, &b, &added);
    ck_assert(added);
    entry = recipients_add(&set, &a, &added);
    ck_assert(!added);
    ck_assert_ptr_eq(entry->refusal, &refusal);
    ck_assert_uint_eq(set.count, 2);
    recipients_done(&set);
    arena_done(&arena);
}
END_TEST

START_TEST(the_limit_is_the_named_one_and_known_ones_are_found_at_it)
{
    struct arena arena;
    struct recipients set;
    struct recipient recipient = { .transport = VIEW("smtp") };
    char name[32];
    bool added;

    arena_init(&arena, 0);
    recipients_init(&set, &arena, 7);
    for (int i = 0; i < RECIPIENTS_MAX; i++) {
        snprintf(name, sizeof(name), "d%d.example", i);
        recipient.domain = view_of(name);
        ck_assert_ptr_nonnull(recipients_add(&set, &recipient, &added));
        ck_assert(added);
    }
    recipient.domain = VIEW("one.more.example");
    ck_assert_ptr_null(recipients_add(&set, &recipient, &added));
    recipient.domain = VIEW("d77.example");
    ck_assert_ptr_nonnull(recipients_add(&set, &recipient, &added));
    ck_assert(!added);
    recipients_done(&set);
    arena_done(&arena);
}
END_TEST

START_TEST(an_arena_at_its_limit_adds_nothing)
{
    struct arena arena;
    struct recipients set;
    struct recipient recipient = { VIEW("example.org"), VIEW("smtp") };
    bool added;

    arena_init(&arena, 1);
    recipients_init(&set, &arena, 7);
    ck_assert_ptr_null(recipients_add(&set, &recipient, &added));
    ck_assert_uint_eq(set.count, 0);
    ck_assert_ptr_null(recipients_add(&set, &recipient, &added));
    recipients_done(&set);
    arena_done(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("recipients");
    TCase *tests = tcase_create("recipients");

    tcase_add_test(tests, domain_and_transport_make_a_recipient);
    tcase_add_test(tests, the_limit_is_the_named_one_and_known_ones_are_found_at_it);
    tcase_add_test(tests, an_arena_at_its_limit_adds_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
