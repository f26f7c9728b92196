/* Who reads the file again at a reload: rights are tried by a child process, so these tests need root. */
#include "policy/rule_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char folder[64];

static void make_folder(void)
{
    (void)snprintf(folder, sizeof(folder), "/tmp/outward-rule-file.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static const char *path_of(const char *name)
{
    static char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
    return path;
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(path_of(name), "w");

    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path_of(name), mode), 0);
}

static void remove_folder(void)
{
    unlink(path_of("o.conf"));
    unlink(path_of("d/more.conf"));
    rmdir(path_of("d"));
    rmdir(folder);
}

#define INCLUDING "user nobody\ninclude d/*.conf\nsubmission { accept }\n"

static const struct {
    const char *text;
    mode_t folder, file, below, included;
    const char *warning; /* part of the one there is; NULL: none */
} rows[] = {
    { INCLUDING, 0755, 0644, 0755, 0644, NULL },
    { INCLUDING, 0755, 0600, 0755, 0644, "o.conf: Permission denied" },
    { INCLUDING, 0700, 0644, 0755, 0644, "o.conf: Permission denied" },
    { INCLUDING, 0755, 0644, 0755, 0600, "more.conf: Permission denied" },
    { INCLUDING, 0755, 0644, 0711, 0644, "a folder cannot be read" },
    { "submission { accept }\n", 0700, 0600, 0700, 0600, NULL },
    { "user root\nsubmission { accept }\n", 0700, 0600, 0700, 0600, NULL },
    { "user no-such-user-here\nsubmission { accept }\n", 0700, 0600, 0700, 0600, NULL },
};

START_TEST(a_file_that_its_user_cannot_read_again_is_warned_of)
{
    static struct faults faults;
    struct policy *policy;
    char path[128];

    if (geteuid() != 0)
        return;
    make_folder();
    ck_assert_int_eq(mkdir(path_of("d"), 0755), 0);
    write_file("o.conf", rows[_i].text, rows[_i].file);
    write_file("d/more.conf", "network unused { 192.0.2.1 }\n", rows[_i].included);
    ck_assert_int_eq(chmod(path_of("d"), rows[_i].below), 0);
    ck_assert_int_eq(chmod(folder, rows[_i].folder), 0);
    (void)snprintf(path, sizeof(path), "%s/o.conf", folder);
    policy = rule_file_load(path, &faults);
    ck_assert_ptr_nonnull(policy);
    faults = (struct faults){ .count = 0 };
    rule_file_check_user(path, policy, &faults);
    policy_free(policy);
    remove_folder();
    ck_assert_uint_eq(faults.errors, 0);
    ck_assert_uint_eq(faults.warnings, rows[_i].warning != NULL);
    if (rows[_i].warning != NULL) {
        ck_assert_msg(strstr(faults.shown[0].text, rows[_i].warning) != NULL, "%s", faults.shown[0].text);
        ck_assert_ptr_nonnull(strstr(faults.shown[0].text, "user nobody cannot read it"));
    }
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_error)
{
    static struct faults faults;

    ck_assert_ptr_null(rule_file_load("/nonexistent/o.conf", &faults));
    ck_assert_uint_eq(faults.errors, 1);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("rule_file");
    TCase *tests = tcase_create("rule_file");

    tcase_add_loop_test(tests, a_file_that_its_user_cannot_read_again_is_warned_of, 0, ROWS(rows));
    tcase_add_test(tests, a_file_that_is_not_there_is_an_error);
    suite_add_tcase(suite, tests);
    return suite;
}
