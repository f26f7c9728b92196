#include "milter/listen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char folder[64], path[96], address[128];
static struct listen_settings settings;
static struct error error;

static void make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/outward-listen-test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof(path), "%s/milter.sock", folder);
    snprintf(address, sizeof(address), "unix:%s", path);
    settings = (struct listen_settings){ .address = view_of(address) };
}

static void remove_folder(void)
{
    unlink(path);
    rmdir(path);
    rmdir(folder);
}

static int bound(void)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
    return fd;
}

START_TEST(a_free_path_is_fine_and_so_is_an_inet_address)
{
    ck_assert_int_eq(listen_prepare(&settings, &error), 0);
    settings.address = VIEW("inet:8891@127.0.0.1");
    ck_assert_ptr_null(listen_path(&settings));
    ck_assert_int_eq(listen_prepare(&settings, &error), 0);
    ck_assert_int_eq(listen_finish(&settings, VIEW("nobody"), &error), 0);
    listen_remove(&settings);
}
END_TEST

START_TEST(a_socket_that_nobody_answers_on_is_cleared_away)
{
    close(bound());
    ck_assert_int_eq(access(path, F_OK), 0);
    ck_assert_int_eq(listen_prepare(&settings, &error), 0);
    ck_assert_int_eq(access(path, F_OK), -1);
}
END_TEST

START_TEST(a_socket_in_use_is_left_alone)
{
    int fd = bound();

    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(listen_prepare(&settings, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, path));
    ck_assert_ptr_nonnull(strstr(error.text, "answers"));
    ck_assert_int_eq(access(path, F_OK), 0);
    close(fd);
}
END_TEST

START_TEST(a_busy_socket_is_one_in_use)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int fd = bound(), waiting[8];

    snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    ck_assert_int_eq(listen(fd, 0), 0);
    for (size_t i = 0; i < ROWS(waiting); i++) {
        waiting[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(waiting[i], (const struct sockaddr *)&name, sizeof(name));
    }
    ck_assert_int_eq(listen_prepare(&settings, &error), -1);
    for (size_t i = 0; i < ROWS(waiting); i++)
        close(waiting[i]);
    close(fd);
}
END_TEST

START_TEST(what_is_no_socket_is_left_alone)
{
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(listen_prepare(&settings, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "no socket"));
}
END_TEST

START_TEST(a_path_too_long_for_a_socket_is_told)
{
    char longer[300] = "unix:/";

    memset(longer + 6, 'x', 200);
    settings.address = view_of(longer);
    ck_assert_int_eq(listen_prepare(&settings, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "longer"));
}
END_TEST

static const struct {
    mode_t mode, mask, want;
} modes[] = { { 0660, 022, 0660 }, { 0666, 077, 0666 }, { 0, 027, 0750 }, { 0, 0, 0777 } };

START_TEST(the_socket_gets_its_mode_or_what_the_umask_leaves)
{
    mode_t before = umask(modes[_i].mask);
    struct stat status;

    settings.mode = modes[_i].mode;
    close(bound());
    ck_assert_int_eq(listen_finish(&settings, VIEW(""), &error), 0);
    umask(before);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, modes[_i].want);
}
END_TEST

START_TEST(an_owner_or_group_that_is_nobodys_name_is_told)
{
    close(bound());
    settings.owner = VIEW("no-such-user-here");
    ck_assert_int_eq(listen_finish(&settings, VIEW(""), &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "no-such-user-here"));
    settings.owner = VIEW("");
    settings.group = VIEW("no-such-group-here");
    ck_assert_int_eq(listen_finish(&settings, VIEW(""), &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "no-such-group-here"));
}
END_TEST

START_TEST(at_the_stop_the_path_goes)
{
    close(bound());
    listen_remove(&settings);
    ck_assert_int_eq(access(path, F_OK), -1);
    listen_remove(&settings);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("listen");
    TCase *tests = tcase_create("listen");

    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, a_free_path_is_fine_and_so_is_an_inet_address);
    tcase_add_test(tests, a_socket_that_nobody_answers_on_is_cleared_away);
    tcase_add_test(tests, a_socket_in_use_is_left_alone);
    tcase_add_test(tests, a_busy_socket_is_one_in_use);
    tcase_add_test(tests, what_is_no_socket_is_left_alone);
    tcase_add_test(tests, a_path_too_long_for_a_socket_is_told);
    tcase_add_loop_test(tests, the_socket_gets_its_mode_or_what_the_umask_leaves, 0, ROWS(modes));
    tcase_add_test(tests, an_owner_or_group_that_is_nobodys_name_is_told);
    tcase_add_test(tests, at_the_stop_the_path_goes);
    suite_add_tcase(suite, tests);
    return suite;
}
