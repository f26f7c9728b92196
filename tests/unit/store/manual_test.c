/* outward-ledger(5) is held to the tables that the program makes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/shelf.h"
#include "store/table.h"
#include "store/what.h"
#include "tests/unit/store/bed.h"

/* A list item ".It Li NAME": what stands behind its first line, up to the next item. */
static struct view find_item(struct view page, const char *names)
{
    char text[128];
    struct buf head = BUF(text);
    struct view before, item;

    buf_addf(&head, "\n.It Li %s\n", names);
    ck_assert_msg(view_cut(&page, buf_view(&head), &before), "outward-ledger.5 has no item \"%s\"", names);
    return view_cut(&page, VIEW("\n.It "), &item) ? item : page;
}

static bool has_word(struct view item, const char *word)
{
    char text[64];
    struct buf buf = BUF(text);

    buf_addf(&buf, " %s ", word);
    return view_find(item, buf_view(&buf)) >= 0;
}

/* The words of ".Li a , b ," lines, each with a blank on both sides. */
static void flatten(struct view item, struct buf *out)
{
    struct view line;

    buf_add_char(out, ' ');
    while (view_cut(&item, VIEW("\n"), &line)) {
        buf_add(out, line);
        buf_add_char(out, ' ');
    }
}

START_TEST(every_column_of_a_table_is_in_the_manual)
{
    const struct shelf *shelf = &shelves[_i];
    struct view page = read_data("../../man/outward-ledger.5");
    char names[128], words[4096];
    struct buf item_name = BUF(names), item = BUF(words);

    shelf_table(&item_name, shelf, SPAN_HOURS);
    if (shelf->has_days) {
        buf_add(&item_name, VIEW(" , "));
        shelf_table(&item_name, shelf, SPAN_DAYS);
    }
    flatten(find_item(page, buf_text(&item_name)), &item);
    for (size_t i = 0; i < shelf->count; i++)
        ck_assert_msg(has_word(buf_view(&item), shelf->columns[i].name), "%s: no column %s in outward-ledger.5",
                      shelf->name, shelf->columns[i].name);
    free((char *)(uintptr_t)page.p);
}
END_TEST

/* Names of tables and columns as SQLite has them, for those that are no shelves. */
START_TEST(every_other_table_is_in_the_manual)
{
    struct view page = read_data("../../man/outward-ledger.5");
    struct bed bed;

    bed_init(&bed);
    bed_close(&bed);
    for (size_t i = 0; i < table_count; i++) {
        char words[4096], sql[256];
        struct buf item = BUF(words);
        int64_t columns;

        flatten(find_item(page, tables[i].name), &item);
        snprintf(sql, sizeof(sql), "SELECT count(*) FROM pragma_table_info('%s')", tables[i].name);
        columns = bed_number(&bed, sql);
        ck_assert_int_gt(columns, 1);
        for (int64_t column = 0; column < columns; column++) {
            char name[64];

            snprintf(sql, sizeof(sql), "SELECT name FROM pragma_table_info('%s') WHERE cid = %ld", tables[i].name,
                     (long)column);
            bed_text(&bed, sql, name, sizeof(name));
            ck_assert_msg(has_word(buf_view(&item), name), "%s: no column %s in outward-ledger.5", tables[i].name,
                          name);
        }
    }
    bed_done(&bed);
    free((char *)(uintptr_t)page.p);
}
END_TEST

/* "what: internal, expired, ..., or unknown and its reason." */
START_TEST(every_number_of_the_counts_is_in_the_manual)
{
    struct view page = read_data("../../man/outward-ledger.5"), rest = page, list;
    char words[1024];
    struct buf text = BUF(words);

    ck_assert(view_cut(&rest, VIEW("\nwhat: "), &list) && view_cut(&rest, VIEW(".\n"), &list));
    buf_addf(&text, " %.*s,", VIEW_ARG(list));
    for (size_t i = 0; i < what_count; i++) {
        char name[64];
        struct buf word = BUF(name);

        if (view_starts(what_table[i].name, VIEW("unknown ")))
            continue;
        buf_addf(&word, " %.*s,", VIEW_ARG(what_table[i].name));
        ck_assert_msg(view_find(buf_view(&text), buf_view(&word)) >= 0, "outward-ledger.5: no count%s", name);
    }
    free((char *)(uintptr_t)page.p);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("manual");
    TCase *tests = tcase_create("manual");

    tcase_add_loop_test(tests, every_column_of_a_table_is_in_the_manual, 0, SHELF_COUNT);
    tcase_add_test(tests, every_other_table_is_in_the_manual);
    tcase_add_test(tests, every_number_of_the_counts_is_in_the_manual);
    suite_add_tcase(suite, tests);
    return suite;
}
