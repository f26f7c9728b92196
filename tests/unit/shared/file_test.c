#include "shared/file.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char folder[64], path[128];
static struct files files;

static void make_folder(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/outward-file-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    (void)snprintf(path, sizeof(path), "%s/outward.conf", folder);
    files_init(&files);
}

static int remove_entry(const char *name, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    return remove(name);
}

static void remove_folder(void)
{
    files_done(&files);
    ck_assert_int_eq(nftw(folder, remove_entry, 4, FTW_DEPTH | FTW_PHYS), 0);
}

static void write_file(const char *name, const char *text, size_t size, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
    ck_assert_int_eq(fchmod(fd, mode), 0);
    ck_assert_int_eq(close(fd), 0);
}

static const struct {
    mode_t mode;
    const char *text;
    size_t size, limit;
    const char *fault; /* behind "PATH: "; NULL: read */
} rows[] = {
    { 0644, "mode enforce\n", 13, 100, NULL },
    { 0600, "", 0, 100, NULL },
    { 0600, "1234", 4, 4, NULL },
    { 0600, "12345", 5, 4, "larger than 4 octets" },
    { 0664, "x", 1, 100, "writable by group or others (mode 0664)" },
    { 0646, "x", 1, 100, "writable by group or others (mode 0646)" },
    { 0600, "a\0b", 3, 100, "holds a NUL octet at offset 1" },
};

START_TEST(a_file_is_read_whole_if_nobody_else_can_write_it)
{
    struct error error = { ERROR_NONE, "" };
    struct view text = { NULL, 0 };
    int result;

    write_file(path, rows[_i].text, rows[_i].size, rows[_i].mode);
    result = files_read(&files, path, rows[_i].limit, &text, &error);
    if (rows[_i].fault == NULL) {
        ck_assert_int_eq(result, 0);
        ck_assert_uint_eq(text.n, rows[_i].size);
        ck_assert_str_eq(text.p, rows[_i].text);
        return;
    }
    ck_assert_int_eq(result, -1);
    ck_assert_ptr_null(text.p);
    ck_assert_str_eq(error.text + strlen(path) + 2, rows[_i].fault);
    ck_assert(view_starts(view_of(error.text), view_of(path)));
}
END_TEST

START_TEST(what_is_no_regular_file_is_refused_at_once)
{
    struct error error;
    struct view text;

    ck_assert_int_eq(files_read(&files, folder, 100, &text, &error), -1);
    ck_assert_str_eq(error.text + strlen(folder), ": not a regular file");
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_int_eq(files_read(&files, path, 100, &text, &error), -1);
    ck_assert_str_eq(error.text + strlen(path), ": not a regular file");
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(files_read(&files, path, 100, &text, &error), -1);
    ck_assert_str_eq(error.text + strlen(path), ": No such file or directory");
}
END_TEST

START_TEST(a_link_is_as_good_as_what_it_leads_to)
{
    char target[160];
    struct error error;
    struct view text;

    (void)snprintf(target, sizeof(target), "%s/target", folder);
    write_file(target, "x", 1, 0600);
    ck_assert_int_eq(symlink(target, path), 0);
    ck_assert_int_eq(files_read(&files, path, 100, &text, &error), 0);
    ck_assert_int_eq(chmod(target, 0666), 0);
    ck_assert_int_eq(files_read(&files, path, 100, &text, &error), -1);
}
END_TEST

START_TEST(a_file_of_another_user_is_refused)
{
    struct error error;
    struct view text;

    if (geteuid() != 0)
        return; /* only root can make one */
    write_file(path, "x", 1, 0600);
    ck_assert_int_eq(chown(path, 12345, 0), 0);
    ck_assert_int_eq(files_read(&files, path, 100, &text, &error), -1);
    ck_assert_str_eq(error.text + strlen(path), ": owned by user 12345, must be root or the running user");
}
END_TEST

static void count_names(void *to, const char *name)
{
    unsigned *count = to;
    struct view number = view_of(name);

    /* In order: each name ends in the count so far. */
    ck_assert_int_eq(number.p[number.n - 1], (char)('0' + (*count)++));
}

START_TEST(a_pattern_gives_its_files_in_order)
{
    struct reader reader = files_reader(&files);
    struct error error;
    char name[160];
    unsigned count = 0;

    for (unsigned i = 3; i-- > 0;) {
        (void)snprintf(name, sizeof(name), "%s/%u", folder, i);
        write_file(name, "", 0, 0600);
    }
    (void)snprintf(name, sizeof(name), "%s/[0-9]", folder);
    ck_assert_int_eq(reader.glob(reader.context, name, count_names, &count, &error), 0);
    ck_assert_uint_eq(count, 3);
    (void)snprintf(name, sizeof(name), "%s/none/*.conf", folder);
    ck_assert_int_eq(reader.glob(reader.context, name, count_names, &count, &error), 0);
    ck_assert_uint_eq(count, 3);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("file");
    TCase *tests = tcase_create("file");

    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_loop_test(tests, a_file_is_read_whole_if_nobody_else_can_write_it, 0, ROWS(rows));
    tcase_add_test(tests, what_is_no_regular_file_is_refused_at_once);
    tcase_add_test(tests, a_link_is_as_good_as_what_it_leads_to);
    tcase_add_test(tests, a_file_of_another_user_is_refused);
    tcase_add_test(tests, a_pattern_gives_its_files_in_order);
    suite_add_tcase(suite, tests);
    return suite;
}
