/* A table is put in place whole, or stays as it was. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/policy_write.h"
#include "shared/buf.h"
#include "tests/unit/unit.h"

static char folder[64];
static struct arena arena;
static struct policy_table table;

static void set_up(void)
{
    static char name[128]; /* the table points into it */
    struct error error;

    (void)snprintf(folder, sizeof(folder), "/tmp/outward-policy.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chmod(folder, 0755), 0); /* read with the rights of nobody */
    arena_init(&arena, 0);
    (void)snprintf(name, sizeof(name), "texthash:%s/table", folder);
    ck_assert_int_eq(policy_table_parse(view_of(name), &table, &error), 0);
}

static void tear_down(void)
{
    (void)unlink(table.path);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing is left behind */
    arena_done(&arena);
}

static struct view content(void)
{
    struct view text;
    struct error error;

    ck_assert_int_eq(policy_table_read(&arena, &table, &text, &error), 0);
    return text;
}

static int write_text(const char *text, struct error *error)
{
    return policy_table_write(&arena, &table, view_of(text), "/nonexistent/postmap", NULL, error);
}

START_TEST(a_table_is_replaced_as_a_whole)
{
    struct error error;
    struct stat status;

    ck_assert_view_eq(content(), "");
    ck_assert_int_eq(write_text("a.example encrypt\n", &error), 0);
    ck_assert_view_eq(content(), "a.example encrypt\n");
    ck_assert_int_eq(write_text("b.example encrypt\n", &error), 0);
    ck_assert_view_eq(content(), "b.example encrypt\n");
    ck_assert_int_eq(stat(table.path, &status), 0);
    ck_assert_int_eq(status.st_mode & 07777, 0644); /* Postfix's daemons are not root */
    ck_assert_int_eq(unlink(table.path), 0);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing else lies there */
    ck_assert_int_eq(mkdir(folder, 0755), 0);
}
END_TEST

START_TEST(what_cannot_be_written_leaves_the_old_table)
{
    char beside[POLICY_PATH_MAX + 24];
    struct error error;

    ck_assert_int_eq(write_text("a.example encrypt\n", &error), 0);
    /* Something stands where the new text would be written first, and cannot be taken away. */
    (void)snprintf(beside, sizeof(beside), "%s.%ld", table.path, (long)getpid());
    ck_assert_int_eq(mkdir(beside, 0700), 0);
    ck_assert_int_eq(write_text("b.example encrypt\n", &error), -1);
    ck_assert_msg(view_starts(view_of(error.text), view_of(table.path)), "%s", error.text);
    ck_assert_view_eq(content(), "a.example encrypt\n");
    ck_assert_int_eq(rmdir(beside), 0);
}
END_TEST

START_TEST(a_link_is_no_way_to_other_files)
{
    char target[128], text[16];
    struct error error;
    FILE *file;

    (void)snprintf(target, sizeof(target), "%s/other", folder);
    file = fopen(target, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs("untouched", file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(symlink(target, table.path), 0);
    ck_assert_int_eq(write_text("a.example encrypt\n", &error), 0);
    file = fopen(target, "r");
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_nonnull(fgets(text, sizeof(text), file));
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_str_eq(text, "untouched");
    ck_assert_int_eq(unlink(target), 0);
}
END_TEST

START_TEST(two_at_once_do_not_undo_each_other)
{
    struct error error;
    int first = policy_table_lock(&table, &error);

    ck_assert_int_ne(first, -1);
    ck_assert_int_eq(policy_table_lock(&table, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "another outward tls-policy writes it"));
    ck_assert_int_eq(close(first), 0);
    first = policy_table_lock(&table, &error);
    ck_assert_int_ne(first, -1);
    ck_assert_int_eq(close(first), 0);
}
END_TEST

START_TEST(a_database_that_cannot_be_made_is_told)
{
    struct error error;

    table.type = VIEW("lmdb");
    ck_assert_int_eq(policy_table_write(&arena, &table, VIEW("a.example encrypt\n"), "/bin/false", NULL, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "exit 1"));
    ck_assert_int_eq(
        policy_table_write(&arena, &table, VIEW("a.example encrypt\n"), "/bin/true", "/etc/postfix", &error), 0);
}
END_TEST

static const struct {
    const char *name, *error;
} names[] = {
    { "hash:/x", "hash: tables are written as texthash, cdb or lmdb" },
    { "texthash:x", "\"texthash:x\" is no table; write TYPE:/PATH" },
    { "/x", "\"/x\" is no table; write TYPE:/PATH" },
    { "", "\"\" is no table; write TYPE:/PATH" },
};

START_TEST(a_table_has_a_type_and_an_absolute_path)
{
    struct policy_table parsed;
    struct error error;
    char text[POLICY_PATH_MAX + 16];
    struct buf out = BUF(text);

    ck_assert_int_eq(policy_table_parse(view_of(names[_i].name), &parsed, &error), -1);
    ck_assert_str_eq(error.text, names[_i].error);
    buf_add(&out, VIEW("cdb:/"));
    while (out.len < POLICY_PATH_MAX + 8)
        buf_add_char(&out, 'x');
    ck_assert_int_eq(policy_table_parse(buf_view(&out), &parsed, &error), -1);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("audit/policy_write");
    TCase *files = tcase_create("files"), *words = tcase_create("words");

    tcase_add_checked_fixture(files, set_up, tear_down);
    tcase_add_test(files, a_table_is_replaced_as_a_whole);
    tcase_add_test(files, what_cannot_be_written_leaves_the_old_table);
    tcase_add_test(files, a_link_is_no_way_to_other_files);
    tcase_add_test(files, two_at_once_do_not_undo_each_other);
    tcase_add_test(files, a_database_that_cannot_be_made_is_told);
    tcase_add_loop_test(words, a_table_has_a_type_and_an_absolute_path, 0, ROWS(names));
    suite_add_tcase(suite, files);
    suite_add_tcase(suite, words);
    return suite;
}
