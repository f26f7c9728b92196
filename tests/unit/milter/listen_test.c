#include "milter/listen.h"

#include <dirent.h>
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
static struct listen_socket own;
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

static int bound_to(const char *where)
{
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(name.sun_path, sizeof(name.sun_path), "%s", where);
    ck_assert_int_eq(bind(fd, (const struct sockaddr *)&name, sizeof(name)), 0);
    return fd;
}

static int bound(void)
{
    return bound_to(path);
}

/* As libmilter does it, at the address it is given. */
static int opened(void)
{
    const char *name = listen_address(&settings, &own);
    int fd;

    ck_assert(strncmp(name, "unix:", 5) == 0);
    fd = bound_to(name + 5);
    ck_assert_int_eq(listen(fd, 8), 0);
    return fd;
}

static ino_t inode_at(const char *where)
{
    struct stat status;

    return lstat(where, &status) == 0 ? status.st_ino : 0;
}

static size_t files_in_folder(void)
{
    DIR *directory = opendir(folder);
    size_t count = 0;

    ck_assert_ptr_nonnull(directory);
    for (const struct dirent *entry; (entry = readdir(directory)) != NULL;)
        count += entry->d_name[0] != '.';
    closedir(directory);
    return count;
}

START_TEST(a_free_path_is_fine_and_so_is_an_inet_address)
{
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), 0);
    settings.address = VIEW("inet:8891@127.0.0.1");
    ck_assert_ptr_null(listen_path(&settings));
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), 0);
    ck_assert_int_eq(listen_finish(&settings, VIEW("nobody"), &own, &error), 0);
    listen_remove(&settings, &own);
}
END_TEST

START_TEST(a_socket_that_nobody_answers_on_is_replaced)
{
    ino_t before;
    int fd;

    close(bound());
    before = inode_at(path);
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), 0);
    fd = opened();
    ck_assert_int_eq(listen_finish(&settings, VIEW(""), &own, &error), 0);
    ck_assert_uint_ne(inode_at(path), 0);
    ck_assert_uint_ne(inode_at(path), before);
    ck_assert_uint_eq(files_in_folder(), 1);
    close(fd);
}
END_TEST

START_TEST(what_a_process_of_the_same_id_left_is_cleared_away)
{
    int fd;

    ck_assert_int_eq(listen_prepare(&settings, &own, &error), 0);
    close(opened());
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), 0);
    fd = opened();
    ck_assert_int_eq(listen_finish(&settings, VIEW(""), &own, &error), 0);
    ck_assert_uint_eq(files_in_folder(), 1);
    close(fd);
}
END_TEST

START_TEST(a_socket_that_came_into_use_meanwhile_is_left_alone)
{
    ino_t before;
    int fd, other;

    ck_assert_int_eq(listen_prepare(&settings, &own, &error), 0);
    fd = opened();
    other = bound();
    ck_assert_int_eq(listen(other, 1), 0);
    before = inode_at(path);
    ck_assert_int_eq(listen_finish(&settings, VIEW(""), &own, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "answers"));
    ck_assert_uint_eq(inode_at(path), before);
    ck_assert_uint_eq(files_in_folder(), 1);
    listen_remove(&settings, &own);
    ck_assert_uint_eq(inode_at(path), before);
    close(fd);
    close(other);
}
END_TEST

START_TEST(a_socket_in_use_is_left_alone)
{
    int fd = bound();

    ck_assert_int_eq(listen(fd, 1), 0);
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), -1);
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
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), -1);
    for (size_t i = 0; i < ROWS(waiting); i++)
        close(waiting[i]);
    close(fd);
}
END_TEST

START_TEST(what_is_no_socket_is_left_alone)
{
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "no socket"));
}
END_TEST

/* The last octet is sun_path's NUL. */
START_TEST(a_path_is_told_when_its_name_with_the_process_id_does_not_fit)
{
    const size_t fits = sizeof(((struct sockaddr_un *)0)->sun_path) - 1;
    char longer[300] = "unix:/nonexistent-", id[32];
    size_t most = fits - (size_t)snprintf(id, sizeof(id), ".%ld", (long)getpid());

    memset(longer + strlen(longer), 'x', 200);
    settings.address = view_of(longer);
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "longer"));
    longer[strlen("unix:") + most + 1] = '\0';
    settings.address = view_of(longer);
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, id));
    longer[strlen("unix:") + most] = '\0';
    settings.address = view_of(longer);
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), 0);
}
END_TEST

static const struct {
    mode_t mode, mask, want;
} modes[] = { { 0660, 022, 0660 }, { 0666, 077, 0666 }, { 0, 027, 0660 }, { 0, 0, 0660 } };

START_TEST(the_socket_gets_its_mode_or_0660_whatever_the_umask)
{
    mode_t before = umask(modes[_i].mask);
    struct stat status;

    settings.mode = modes[_i].mode;
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), 0);
    close(opened());
    ck_assert_int_eq(listen_finish(&settings, VIEW(""), &own, &error), 0);
    umask(before);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, modes[_i].want);
}
END_TEST

START_TEST(a_symbolic_link_in_its_place_changes_nobodys_mode)
{
    char target[128];
    struct stat status;
    int fd;

    snprintf(target, sizeof(target), "%s/other", folder);
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), 0);
    fd = bound_to(target);
    ck_assert_int_eq(chmod(target, 0600), 0);
    ck_assert_int_eq(symlink(target, listen_address(&settings, &own) + 5), 0);
    ck_assert_int_eq(listen_finish(&settings, VIEW(""), &own, &error), -1);
    ck_assert_int_eq(stat(target, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0600);
    ck_assert_uint_eq(files_in_folder(), 1);
    unlink(target);
    close(fd);
}
END_TEST

static const struct {
    struct view owner, group;
    const char *said;
} nobodies[] = {
    { VIEW_INIT("no-such-user-here"), VIEW_INIT(""), "no-such-user-here" },
    { VIEW_INIT(""), VIEW_INIT("no-such-group-here"), "no-such-group-here" },
};

START_TEST(an_owner_or_group_that_is_nobodys_name_is_told_and_nothing_left_behind)
{
    settings.owner = nobodies[_i].owner;
    settings.group = nobodies[_i].group;
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), 0);
    close(opened());
    ck_assert_int_eq(listen_finish(&settings, VIEW(""), &own, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, nobodies[_i].said));
    ck_assert_uint_eq(files_in_folder(), 0);
}
END_TEST

START_TEST(at_the_stop_the_path_goes)
{
    ck_assert_int_eq(listen_prepare(&settings, &own, &error), 0);
    close(opened());
    ck_assert_int_eq(listen_finish(&settings, VIEW(""), &own, &error), 0);
    listen_remove(&settings, &own);
    ck_assert_int_eq(access(path, F_OK), -1);
    listen_remove(&settings, &own);
}
END_TEST

START_TEST(at_the_stop_the_path_stays_when_it_is_anothers_by_now)
{
    int fd;

    ck_assert_int_eq(listen_prepare(&settings, &own, &error), 0);
    fd = opened();
    ck_assert_int_eq(listen_finish(&settings, VIEW(""), &own, &error), 0);
    ck_assert_int_eq(unlink(path), 0);
    close(bound());
    listen_remove(&settings, &own);
    ck_assert_int_eq(access(path, F_OK), 0);
    close(fd);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("listen");
    TCase *tests = tcase_create("listen");

    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, a_free_path_is_fine_and_so_is_an_inet_address);
    tcase_add_test(tests, a_socket_that_nobody_answers_on_is_replaced);
    tcase_add_test(tests, what_a_process_of_the_same_id_left_is_cleared_away);
    tcase_add_test(tests, a_socket_that_came_into_use_meanwhile_is_left_alone);
    tcase_add_test(tests, a_socket_in_use_is_left_alone);
    tcase_add_test(tests, a_busy_socket_is_one_in_use);
    tcase_add_test(tests, what_is_no_socket_is_left_alone);
    tcase_add_test(tests, a_path_is_told_when_its_name_with_the_process_id_does_not_fit);
    tcase_add_loop_test(tests, the_socket_gets_its_mode_or_0660_whatever_the_umask, 0, ROWS(modes));
    tcase_add_test(tests, a_symbolic_link_in_its_place_changes_nobodys_mode);
    tcase_add_loop_test(tests, an_owner_or_group_that_is_nobodys_name_is_told_and_nothing_left_behind, 0,
                        ROWS(nobodies));
    tcase_add_test(tests, at_the_stop_the_path_goes);
    tcase_add_test(tests, at_the_stop_the_path_stays_when_it_is_anothers_by_now);
    suite_add_tcase(suite, tests);
    return suite;
}
