#include "milter/reload.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

static char path[64];
static struct reload *reload;
static struct faults faults;

static void write_rules(const char *text)
{
    char next[80];
    FILE *file;

    snprintf(next, sizeof(next), "%s.new", path);
    file = fopen(next, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    ck_assert_int_eq(chmod(next, 0600), 0);
    ck_assert_int_eq(rename(next, path), 0);
}

static void start(void)
{
    int fd;

    snprintf(path, sizeof(path), "/tmp/outward-reload-test.XXXXXX");
    fd = mkstemp(path);
    ck_assert_int_ne(fd, -1);
    close(fd);
    faults = (struct faults){ .count = 0 };
    reload = reload_new(path);
    ck_assert_ptr_nonnull(reload);
}

static void stop(void)
{
    reload_free(reload);
    unlink(path);
}

START_TEST(a_load_makes_a_new_generation)
{
    const struct generation *first, *second;

    ck_assert_ptr_null(reload_hold(reload));
    write_rules("mode enforce\nsubmission { reject plaintext }\n");
    ck_assert(reload_load(reload, &faults));
    first = reload_hold(reload);
    ck_assert_uint_eq(first->number, 1);
    write_rules("mode monitor\nsubmission { accept }\n");
    ck_assert(reload_load(reload, &faults));
    second = reload_hold(reload);
    ck_assert_uint_eq(second->number, 2);
    /* who began under the old rules goes on under them */
    ck_assert_int_eq(policy_settings(first->policy)->mode, MODE_ENFORCE);
    ck_assert_int_eq(policy_settings(second->policy)->mode, MODE_MONITOR);
    reload_release(reload, first);
    reload_release(reload, second);
}
END_TEST

static const char *const broken[] = { "submission { reject plaintxt }\n", "mode\n", "{\n" };

START_TEST(a_broken_file_is_told_and_the_old_rules_stay)
{
    const struct generation *now;

    write_rules("submission { accept }\n");
    ck_assert(reload_load(reload, &faults));
    write_rules(broken[_i]);
    faults = (struct faults){ .count = 0 };
    ck_assert(!reload_load(reload, &faults));
    ck_assert_uint_gt(faults.errors, 0);
    ck_assert_uint_eq(faults.shown[0].line, 1);
    now = reload_hold(reload);
    ck_assert_uint_eq(now->number, 1);
    reload_release(reload, now);
}
END_TEST

START_TEST(a_file_that_is_gone_is_told_and_the_old_rules_stay)
{
    write_rules("submission { accept }\n");
    ck_assert(reload_load(reload, &faults));
    unlink(path);
    faults = (struct faults){ .count = 0 };
    ck_assert(!reload_load(reload, &faults));
    ck_assert_uint_eq(faults.errors, 1);
    ck_assert_ptr_nonnull(strstr(faults.shown[0].text, "No such file"));
}
END_TEST

static atomic_bool over;

static void *use(void *argument)
{
    unsigned last = 0;

    (void)argument;
    while (!atomic_load(&over)) {
        const struct generation *now = reload_hold(reload);
        struct submission sub;

        submission_init(&sub);
        submission_reach(&sub, STAGE_MESSAGE);
        (void)policy_evaluate(now->policy, &sub, NULL);
        if (now->number < last)
            abort();
        last = now->number;
        reload_release(reload, now);
    }
    return NULL;
}

START_TEST(threads_hold_and_release_while_rules_change)
{
    pthread_t threads[3];

    write_rules("submission { reject plaintext }\n");
    ck_assert(reload_load(reload, &faults));
    atomic_store(&over, false);
    for (size_t i = 0; i < ROWS(threads); i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use, NULL), 0);
    for (int i = 0; i < 100; i++)
        ck_assert(reload_load(reload, &faults));
    atomic_store(&over, true);
    for (size_t i = 0; i < ROWS(threads); i++)
        pthread_join(threads[i], NULL);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("reload");
    TCase *tests = tcase_create("reload");

    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, a_load_makes_a_new_generation);
    tcase_add_loop_test(tests, a_broken_file_is_told_and_the_old_rules_stay, 0, ROWS(broken));
    tcase_add_test(tests, a_file_that_is_gone_is_told_and_the_old_rules_stay);
    tcase_add_test(tests, threads_hold_and_release_while_rules_change);
    suite_add_tcase(suite, tests);
    return suite;
}
