#include "follow/aging.h"
#include "tests/unit/unit.h"

struct item {
    struct aging_entry entry;
    unsigned value;
};

static struct aging table;

static void setup(void)
{
    aging_init(&table, sizeof(struct item), 100);
}

static void teardown(void)
{
    aging_done(&table);
}

static struct item *add(uint64_t hash)
{
    bool fresh;
    struct item *item = aging_add(&table, hash, &fresh);

    ck_assert_ptr_nonnull(item);
    return item;
}

START_TEST(the_oldest_entry_leaves_for_a_new_one)
{
    for (unsigned i = 0; i < 150; i++)
        add(i)->value = i;
    ck_assert_uint_eq(table.evicted, 50);
    for (unsigned i = 0; i < 150; i++) {
        const struct item *item = aging_find(&table, i);

        ck_assert_int_eq(item != NULL, i >= 50);
        if (item != NULL)
            ck_assert_uint_eq(item->value, i);
    }
}
END_TEST

START_TEST(an_entry_made_young_stays)
{
    for (unsigned i = 0; i < 150; i++) {
        add(i);
        aging_make_young(&table, aging_find(&table, 0));
    }
    ck_assert_ptr_nonnull(aging_find(&table, 0));
    ck_assert_ptr_null(aging_find(&table, 1));
}
END_TEST

/* Whether there is an entry or not, and before there is any. */
START_TEST(what_is_expected_changes_nothing)
{
    for (unsigned i = 0; i < 60; i++) {
        aging_seek(&table, i);
        aging_expect(&table, i);
        ck_assert_ptr_null(aging_find(&table, i));
        add(i)->value = i;
        aging_seek(&table, i);
        aging_expect(&table, i);
        ck_assert_uint_eq(((const struct item *)aging_find(&table, i))->value, i);
    }
    ck_assert_uint_eq(table.count, 60);
}
END_TEST

START_TEST(removed_places_are_used_again)
{
    for (unsigned round = 0; round < 1000; round++) {
        for (unsigned i = 0; i < 60; i++)
            add((uint64_t)round << 32 | i)->value = i;
        for (unsigned i = 0; i < 60; i++)
            aging_remove(&table, aging_find(&table, (uint64_t)round << 32 | ((i * 7) % 60)));
    }
    ck_assert_uint_eq(table.count, 0);
    ck_assert_uint_eq(table.evicted, 0);
    ck_assert_uint_le(table.room, 128);
    ck_assert_ptr_null(aging_oldest(&table));
}
END_TEST

START_TEST(a_new_entry_is_empty)
{
    add(7)->value = 42;
    aging_remove(&table, aging_find(&table, 7));
    ck_assert_uint_eq(add(8)->value, 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("aging");
    TCase *tests = tcase_create("aging");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, the_oldest_entry_leaves_for_a_new_one);
    tcase_add_test(tests, an_entry_made_young_stays);
    tcase_add_test(tests, what_is_expected_changes_nothing);
    tcase_add_test(tests, removed_places_are_used_again);
    tcase_add_test(tests, a_new_entry_is_empty);
    suite_add_tcase(suite, tests);
    return suite;
}
