#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/image.h"
#include "store/shelf.h"
#include "tests/unit/store/bed.h"

static const struct ledger_period ever;
static const char log_name[] = "postfix-3.7-sample.log";

static void write_file(const char *path, const void *octets, size_t size)
{
    FILE *file = fopen(path, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(octets, 1, size, file), size);
    fclose(file);
}

START_TEST(a_new_ledger_is_readable_by_its_group_alone)
{
    struct bed bed;
    struct stat stat_of_path;

    umask(0);
    bed_init(&bed);
    ck_assert_int_eq(stat(bed.path, &stat_of_path), 0);
    ck_assert_uint_eq(stat_of_path.st_mode & 0777, 0640);
    bed_done(&bed);
}
END_TEST

START_TEST(a_link_is_not_followed)
{
    struct bed bed;
    char target[128];

    bed_init(&bed);
    bed_close(&bed);
    snprintf(target, sizeof(target), "%s/elsewhere", bed.folder);
    ck_assert_int_eq(rename(bed.path, target), 0);
    ck_assert_int_eq(symlink(target, bed.path), 0);
    ck_assert_int_eq(ledger_open(bed.path, &bed.ledger, &bed.error), -1);
    ck_assert(view_starts(view_of(bed.error.text), view_of(bed.path)));
    bed_done(&bed);
}
END_TEST

/* Children, as a lock belongs to a process. */
static int in_child(int (*run)(struct bed *bed), struct bed *bed)
{
    pid_t child = fork();
    int status;

    if (child == 0)
        _exit(run(bed));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static int open_again(struct bed *bed)
{
    struct ledger *second;
    struct error error;

    if (ledger_writer(bed->path) != getppid())
        return 10;
    if (ledger_open(bed->path, &second, &error) == 0)
        return 11;
    return error.kind == ERROR_USAGE && strstr(error.text, "is kept by process") != NULL ? 0 : 12;
}

static int read_beside(struct bed *bed)
{
    struct ledger *reader;
    struct error error;
    struct error why;

    if (ledger_open_readonly(bed->path, &reader, &error) == -1)
        return 10;
    if (ledger_set(reader, "x", 1, &why) == 0)
        return 11;
    free(ledger_text(reader, ever));
    ledger_close(reader);
    return 0;
}

START_TEST(one_process_writes_and_others_read)
{
    struct bed bed;

    bed_init(&bed);
    ck_assert_int_eq(in_child(open_again, &bed), 0);
    save_log(bed.ledger, log_name, 100, true);
    ck_assert_int_eq(in_child(read_beside, &bed), 0);
    bed_close(&bed);
    ck_assert_int_eq(ledger_writer(bed.path), 0);
    bed_done(&bed);
}
END_TEST

static int read_as_nobody(struct bed *bed)
{
    struct ledger *reader;
    struct error error;
    char *text;

    if (setgid(65534) == -1 || setuid(65534) == -1)
        return 9;
    if (ledger_open_readonly(bed->path, &reader, &error) == -1) {
        fprintf(stderr, "%s\n", error.text);
        return 10;
    }
    text = ledger_text(reader, ever);
    free(text);
    ledger_close(reader);
    return 0;
}

START_TEST(a_ledger_at_rest_is_read_where_nothing_may_be_written)
{
    struct bed bed;

    if (geteuid() != 0)
        return;
    bed_init(&bed);
    save_log(bed.ledger, log_name, 100, true);
    bed_close(&bed);
    ck_assert_int_eq(chmod(bed.folder, 0755), 0);
    ck_assert_int_eq(chmod(bed.path, 0644), 0);
    ck_assert_int_eq(in_child(read_as_nobody, &bed), 0);
    bed_done(&bed);
}
END_TEST

static int write_and_die(struct bed *bed)
{
    bed_open(bed);
    save_log(bed->ledger, log_name, 10, true);
    kill(getpid(), SIGKILL);
    return 0;
}

START_TEST(what_was_committed_survives_a_kill)
{
    struct bed bed;
    char *want = text_of_log(log_name), *got;
    pid_t child;
    int status;

    bed_init(&bed);
    bed_close(&bed);
    child = fork();
    if (child == 0)
        _exit(write_and_die(&bed));
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status));
    ck_assert_int_eq(ledger_open_readonly(bed.path, &bed.ledger, &bed.error), 0);
    got = ledger_text(bed.ledger, ever);
    ck_assert_str_eq(got, want);
    free(got);
    bed_close(&bed);
    bed_open(&bed);
    got = ledger_text(bed.ledger, ever);
    ck_assert_str_eq(got, want);
    free(got);
    free(want);
    bed_done(&bed);
}
END_TEST

static const struct {
    const char *octets;
    size_t size;
    enum error_kind kind;
} bad_files[] = {
    { "this is no database, and long enough to be taken for one", 56, ERROR_SYNTAX },
    { "SQLite format 3\0and then rubbish rubbish rubbish rubbish rubbish rubbish rubbish rubbish rubbish rubbish", 104,
      ERROR_SYNTAX },
};

START_TEST(a_damaged_file_is_told_and_can_be_set_aside)
{
    struct bed bed;
    char name[256];

    bed_init(&bed);
    bed_close(&bed);
    write_file(bed.path, bad_files[_i].octets, bad_files[_i].size);
    ck_assert_int_eq(ledger_open(bed.path, &bed.ledger, &bed.error), -1);
    ck_assert_msg(bed.error.kind == bad_files[_i].kind, "%d %s", bed.error.kind, bed.error.text);
    ck_assert(view_starts(view_of(bed.error.text), view_of(bed.path)));
    ck_assert_int_eq(ledger_set_aside(bed.path, BED_NOW, name, sizeof(name), &bed.error), 0);
    ck_assert(view_ends(view_of(name), VIEW("ledger.db.damaged-20261201T000000Z")));
    ck_assert_int_eq(access(name, F_OK), 0);
    bed_open(&bed);
    bed_done(&bed);
}
END_TEST

/* A page in the middle is overwritten: the file still opens, but is not what it was. */
START_TEST(damage_in_the_middle_is_found_when_the_ledger_is_opened)
{
    struct bed bed;
    char rubbish[4096];
    struct stat stat_of_path;
    int fd;

    memset(rubbish, 0xa5, sizeof(rubbish));
    bed_init(&bed);
    save_log(bed.ledger, log_name, 100, true);
    bed_close(&bed);
    ck_assert_int_eq(stat(bed.path, &stat_of_path), 0);
    fd = open(bed.path, O_WRONLY);
    for (off_t at = 2 * 4096; at < stat_of_path.st_size; at += 3 * 4096)
        ck_assert_int_eq(pwrite(fd, rubbish, sizeof(rubbish), at), sizeof(rubbish));
    close(fd);
    ck_assert_int_eq(ledger_open(bed.path, &bed.ledger, &bed.error), -1);
    ck_assert_msg(bed.error.kind == ERROR_SYNTAX, "%s", bed.error.text);
    bed_done(&bed);
}
END_TEST

START_TEST(another_programs_database_is_left_alone)
{
    struct bed bed;

    bed_init(&bed);
    bed_close(&bed);
    unlink(bed.path);
    bed_exec(&bed, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    ck_assert_int_eq(ledger_open(bed.path, &bed.ledger, &bed.error), -1);
    ck_assert_int_eq(bed.error.kind, ERROR_USAGE);
    ck_assert_int_eq(ledger_open_readonly(bed.path, &bed.ledger, &bed.error), -1);
    ck_assert_int_eq(bed.error.kind, ERROR_USAGE);
    ck_assert_int_eq(bed_number(&bed, "SELECT count(*) FROM sqlite_schema"), 1);
    bed_done(&bed);
}
END_TEST

START_TEST(a_ledger_of_a_newer_version_is_left_alone)
{
    struct bed bed;

    bed_init(&bed);
    bed_close(&bed);
    bed_exec(&bed, "PRAGMA user_version = 99");
    ck_assert_int_eq(ledger_open(bed.path, &bed.ledger, &bed.error), -1);
    ck_assert_int_eq(bed.error.kind, ERROR_USAGE);
    ck_assert_ptr_nonnull(strstr(bed.error.text, "newer outward"));
    ck_assert_int_eq(bed_number(&bed, "PRAGMA user_version"), 99);
    bed_done(&bed);
}
END_TEST

START_TEST(small_facts_are_kept_under_their_names)
{
    struct bed bed;
    int64_t number = 5, seed = 0, again = 0;
    struct view text;

    bed_init(&bed);
    ck_assert_int_eq(ledger_get(bed.ledger, "a", &number, &bed.error), 0);
    ck_assert_int_eq(number, 5);
    ck_assert_int_eq(ledger_set(bed.ledger, "a", 7, &bed.error), 0);
    ck_assert_int_eq(ledger_set(bed.ledger, "a", 8, &bed.error), 0);
    ck_assert_int_eq(ledger_set_text(bed.ledger, "cursor", VIEW("s=1;i=2"), &bed.error), 0);
    ck_assert_int_eq(ledger_get(bed.ledger, LEDGER_SEED, &seed, &bed.error), 0);
    bed_close(&bed);
    bed_open(&bed);
    ck_assert_int_eq(ledger_get(bed.ledger, "a", &number, &bed.error), 0);
    ck_assert_int_eq(number, 8);
    ck_assert_int_eq(ledger_get_text(bed.ledger, "cursor", &text, &bed.error), 0);
    ck_assert_view_eq(text, "s=1;i=2");
    ck_assert_int_eq(ledger_get_text(bed.ledger, "none", &text, &bed.error), 0);
    ck_assert_uint_eq(text.n, 0);
    ck_assert_int_eq(ledger_get(bed.ledger, LEDGER_SEED, &again, &bed.error), 0);
    ck_assert_int_ne(seed, 0);
    ck_assert_int_eq(seed, again);
    bed_done(&bed);
}
END_TEST

static void save_image(struct bed *bed, char *octets, size_t size)
{
    ck_assert_int_eq(ledger_begin(bed->ledger, &bed->error), 0);
    ck_assert_int_eq(ledger_save_image(bed->ledger, 0, 1, (struct view){ octets, size }, &bed->error), 0);
    ck_assert_int_eq(ledger_save_image(bed->ledger, 1, 1, VIEW("another stream"), &bed->error), 0);
    ck_assert_int_eq(ledger_commit(bed->ledger, &bed->error), 0);
}

static void check_image(struct bed *bed, const char *octets, size_t size)
{
    char *got;
    size_t got_size;

    ck_assert_int_eq(ledger_load_image(bed->ledger, 0, 1, &got, &got_size, &bed->error), 0);
    ck_assert_uint_eq(got_size, size);
    ck_assert_int_eq(size == 0 ? 0 : memcmp(got, octets, size), 0);
    free(got);
}

START_TEST(an_image_is_read_back_whatever_part_of_it_changed)
{
    static const size_t sizes[] = { 100000, 100000, 99999, 4000, 4001, 0, 12000, 100000 };
    char *octets = calloc(1, 100000);
    struct bed bed;

    bed_init(&bed);
    for (size_t i = 0; i < ROWS(sizes); i++) {
        memset(octets + i * 9000, (int)i + 1, 5000);
        save_image(&bed, octets, sizes[i]);
        check_image(&bed, octets, sizes[i]);
        if (i % 3 == 2) {
            bed_close(&bed);
            bed_open(&bed);
            check_image(&bed, octets, sizes[i]);
        }
    }
    ck_assert_int_eq(ledger_begin(bed.ledger, &bed.error), 0);
    ck_assert_int_eq(ledger_drop_images(bed.ledger, 0, &bed.error), 0);
    ck_assert_int_eq(ledger_commit(bed.ledger, &bed.error), 0);
    check_image(&bed, octets, 0);
    save_image(&bed, octets, 50000);
    check_image(&bed, octets, 50000);
    free(octets);
    bed_done(&bed);
}
END_TEST

START_TEST(an_image_written_in_a_transaction_that_failed_is_written_again)
{
    char octets[20000] = { 1 };
    struct bed bed;

    bed_init(&bed);
    save_image(&bed, octets, sizeof(octets));
    octets[9000] = 2;
    ck_assert_int_eq(ledger_begin(bed.ledger, &bed.error), 0);
    ck_assert_int_eq(ledger_save_image(bed.ledger, 0, 1, (struct view){ octets, sizeof(octets) }, &bed.error), 0);
    ledger_rollback(bed.ledger);
    save_image(&bed, octets, sizeof(octets));
    check_image(&bed, octets, sizeof(octets));
    bed_done(&bed);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("ledger");
    TCase *tests = tcase_create("ledger");

    tcase_add_test(tests, a_new_ledger_is_readable_by_its_group_alone);
    tcase_add_test(tests, a_link_is_not_followed);
    tcase_add_test(tests, one_process_writes_and_others_read);
    tcase_add_test(tests, a_ledger_at_rest_is_read_where_nothing_may_be_written);
    tcase_add_test(tests, what_was_committed_survives_a_kill);
    tcase_add_loop_test(tests, a_damaged_file_is_told_and_can_be_set_aside, 0, ROWS(bad_files));
    tcase_add_test(tests, damage_in_the_middle_is_found_when_the_ledger_is_opened);
    tcase_add_test(tests, another_programs_database_is_left_alone);
    tcase_add_test(tests, a_ledger_of_a_newer_version_is_left_alone);
    tcase_add_test(tests, small_facts_are_kept_under_their_names);
    tcase_add_test(tests, an_image_is_read_back_whatever_part_of_it_changed);
    tcase_add_test(tests, an_image_written_in_a_transaction_that_failed_is_written_again);
    suite_add_tcase(suite, tests);
    return suite;
}
