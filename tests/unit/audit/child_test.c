/* Programs that are run, and files that are opened, with next to no rights. */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "audit/inspect.h"
#include "shared/child.h"
#include "tests/unit/audit/host.h"
#include "tests/unit/unit.h"

static const struct {
    const char *script;
    unsigned timeout_ms;
    int status; /* -1: not run to its end */
    const char *out, *err, *input;
} scripts[] = {
    { "echo hello; echo oops >&2; exit 3", 0, 3, "hello\n", "oops\n", NULL },
    { "env", 0, 0, "PWD=/\n", "", NULL }, /* what the shell itself sets */
    { "cat", 0, 0, "", "", NULL },
    { "cat", 0, 0, "line 1\nline 2\n", "", "line 1\nline 2\n" },
    { "exec <&-; echo deaf", 0, 0, "deaf\n", "", "nobody reads this" },
    { "pwd", 0, 0, "/\n", "", NULL },
    { "umask", 0, 0, "0077\n", "", NULL },
    { "kill -TERM $$", 0, 128 + 15, "", "", NULL },
    { "sleep 5", 50, -1, "", "took too long", NULL },
    { "sleep 5 & exit 0", 50, -1, "", "took too long", NULL }, /* it holds our pipe */
    { "exec >&- 2>&-; sleep 5", 500, 128 + 9, "", "", NULL },  /* time for the shell to close them */
    { "yes", 10000, -1, "", "said more than we take", NULL },
    { "ls /proc/self/fd | wc -l", 0, 0, "4\n", "", NULL }, /* and the one of ls itself */
};

START_TEST(a_child_is_bounded_in_every_way)
{
    struct child_result result = { 0 };
    struct error error = { ERROR_NONE, "" };
    struct arena arena;
    int status;

    arena_init(&arena, 0);
    status =
        child_run(&arena,
                  &(struct child_command){ .argv = (const char *const[]){ "/bin/sh", "-c", scripts[_i].script, NULL },
                                           .timeout_ms = scripts[_i].timeout_ms,
                                           .input = view_of(scripts[_i].input) },
                  &result, &error);
    if (scripts[_i].status == -1) {
        ck_assert_int_eq(status, -1);
        ck_assert_msg(strstr(error.text, scripts[_i].err) != NULL, "%s", error.text);
    } else {
        ck_assert_msg(status == 0, "%s", error.text);
        ck_assert_int_eq(result.status, scripts[_i].status);
        ck_assert_view_eq(result.out, scripts[_i].out);
        ck_assert_view_eq(result.err, scripts[_i].err);
    }
    arena_done(&arena);
}
END_TEST

START_TEST(a_program_that_is_not_there_is_named)
{
    struct child_result result;
    struct error error;
    struct arena arena;

    arena_init(&arena, 0);
    ck_assert_int_eq(child_run(&arena,
                               &(struct child_command){ .argv = (const char *const[]){ "/nowhere/postconf", NULL } },
                               &result, &error),
                     -1);
    ck_assert_str_eq(error.text, "/nowhere/postconf: No such file or directory");
    arena_done(&arena);
}
END_TEST

START_TEST(a_child_of_root_is_nobody)
{
    struct child_result result;
    struct error error;
    struct arena arena;

    if (geteuid() != 0)
        return;
    arena_init(&arena, 0);
    ck_assert_int_eq(child_run(&arena,
                               &(struct child_command){ .argv = (const char *const[]){ "/usr/bin/id", "-un", NULL } },
                               &result, &error),
                     0);
    ck_assert_view_eq(result.out, "nobody\n");
    ck_assert_int_eq(child_run(&arena,
                               &(struct child_command){ .argv = (const char *const[]){ "/usr/bin/id", "-G", NULL } },
                               &result, &error),
                     0);
    ck_assert_view_eq(result.out, "65534\n");
    arena_done(&arena);
}
END_TEST

static enum inspect_result look(struct host *host, const char *name)
{
    struct inspector inspector = { &host->arena };
    char path[128];
    struct error error;
    struct view text;

    (void)snprintf(path, sizeof(path), "%s/%s", host->path, name);
    return inspect_read(&inspector, view_of(path), &text, &error);
}

static void link_in(struct host *host, const char *target, const char *name)
{
    char path[128];

    (void)snprintf(path, sizeof(path), "%s/%s", host->path, name);
    ck_assert_int_eq(symlink(target, path), 0);
}

/* What root alone can have arranged is opened as root; a link that somebody else made leads nowhere. */
START_TEST(nobody_can_make_root_open_a_file_of_their_choice)
{
    struct host host;
    char path[128];
    gid_t groups = 0;

    if (geteuid() != 0)
        return;
    host_init(&host);
    ck_assert_int_eq(setgroups(1, &groups), 0);
    host_write(&host, "secret", "key\n");
    host_chmod(&host, "secret", 0600);
    link_in(&host, "secret", "link");
    link_in(&host, "..", "up");
    ck_assert_int_eq(look(&host, "secret"), INSPECT_FINE);
    ck_assert_int_eq(look(&host, "link"), INSPECT_FINE);
    ck_assert_int_eq(look(&host, "absent"), INSPECT_ABSENT);
    ck_assert_int_eq(look(&host, "spool"), INSPECT_UNFIT);

    host_folder(&host, "users", 0755); /* a folder of a user, with a link in it */
    link_in(&host, "../secret", "users/link");
    (void)snprintf(path, sizeof(path), "%s/users", host.path);
    ck_assert_int_eq(chown(path, 65534, 65534), 0);
    ck_assert_int_eq(look(&host, "users/link"), INSPECT_FORBIDDEN);
    host_folder(&host, "open", 0777); /* and one that everybody may write */
    link_in(&host, "../secret", "open/link");
    ck_assert_int_eq(look(&host, "open/link"), INSPECT_FORBIDDEN);
    (void)snprintf(path, sizeof(path), "%s/link", host.path); /* a link of another user in a folder of root */
    ck_assert_int_eq(lchown(path, 65534, 65534), 0);
    ck_assert_int_eq(look(&host, "link"), INSPECT_FORBIDDEN);
    ck_assert_uint_eq(geteuid(), 0);
    host_done(&host);
}
END_TEST

START_TEST(what_a_user_may_is_judged_by_owner_group_and_the_rest)
{
    struct user_rights user = { .uid = 1000, .gid = 100, .groups = { 200 }, .group_count = 1 };
    struct stat file = { .st_uid = 1000, .st_gid = 200, .st_mode = 0074 };

    ck_assert(!user_may(&user, &file, 4)); /* the owner's bits, though the group's would let in */
    file.st_uid = 1;
    ck_assert(user_may(&user, &file, 4));
    ck_assert(user_may(&user, &file, 2));
    file.st_gid = 300;
    ck_assert(user_may(&user, &file, 4));
    ck_assert(!user_may(&user, &file, 2));
    user.uid = 0;
    ck_assert(user_may(&user, &file, 2));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("child");
    TCase *tests = tcase_create("child");

    tcase_add_loop_test(tests, a_child_is_bounded_in_every_way, 0, ROWS(scripts));
    tcase_add_test(tests, a_program_that_is_not_there_is_named);
    tcase_add_test(tests, a_child_of_root_is_nobody);
    tcase_add_test(tests, nobody_can_make_root_open_a_file_of_their_choice);
    tcase_add_test(tests, what_a_user_may_is_judged_by_owner_group_and_the_rest);
    suite_add_tcase(suite, tests);
    return suite;
}
