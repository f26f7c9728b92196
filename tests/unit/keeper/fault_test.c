/*
 * Each call to the file system, and each allocation, fails in turn while a log is counted: nothing crashes, and when
 * all is well again the totals are those of a log that was read without a fault.
 * The linker leads the libraries' calls to the functions here (--wrap).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keeper/live.h"
#include "tests/unit/keeper/fault_vfs.h"
#include "tests/unit/store/bed.h"

enum { PIECES = 4 };

static const char log_name[] = "postfix-3.7-sample.log";
static const struct privacy privacy = { .addresses = ADDRESSES_YES };

/* ---- faults ---- */

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
ssize_t __real_pread(int fd, void *to, size_t size, off_t at);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
ssize_t __wrap_pread(int fd, void *to, size_t size, off_t at);

static long allocations = -1, reads = -1; /* until one fails; -1: none does */
static bool inside;                       /* what is tested, not what tests it */

static bool comes_to_its_end(long *left)
{
    return inside && *left >= 0 && (*left)-- == 0;
}

void *__wrap_malloc(size_t size)
{
    return comes_to_its_end(&allocations) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return comes_to_its_end(&allocations) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
    return comes_to_its_end(&allocations) ? NULL : __real_realloc(old, size);
}

ssize_t __wrap_pread(int fd, void *to, size_t size, off_t at)
{
    if (comes_to_its_end(&reads)) {
        errno = EIO;
        return -1;
    }
    return __real_pread(fd, to, size, at);
}

static void heal(void)
{
    allocations = reads = -1;
    fault_vfs_arm(-1, 0);
    fault_memory_arm(-1);
}

/* ---- a follower, without its loop ---- */

struct process {
    char log[128];
    struct view source;
    struct follow_settings follow;
    struct ledger *ledger;
    struct live live;
    bool open;
};

static void end(struct process *process)
{
    live_close(&process->live);
    ledger_close(process->ledger);
    process->ledger = NULL;
    process->open = false;
}

static bool open_all(struct bed *bed, struct process *process)
{
    struct live_settings settings = { .privacy = &privacy, .follow = &process->follow };
    bool anew;

    process->live = (struct live){ .count = 0 };
    process->open = ledger_open(bed->path, &process->ledger, &bed->error) == 0;
    settings.ledger = process->ledger;
    if (!process->open || live_open(&process->live, &settings, &anew, &bed->error) == -1 ||
        live_register(&process->live, BED_NOW, &bed->error) == -1)
        return false;
    live_wake(&process->live, BED_NOW);
    return true;
}

/* False: it could not start. */
static bool start(struct bed *bed, struct process *process)
{
    bool started;

    bed->error = (struct error){ ERROR_NONE, "" };
    inside = true;
    started = open_all(bed, process);
    inside = false;
    if (started)
        return true;
    ck_assert_int_ne(bed->error.kind, ERROR_NONE);
    ck_assert_uint_gt(strlen(bed->error.text), 0);
    end(process);
    return false;
}

static bool read_and_keep(struct bed *bed, struct process *process)
{
    while (live_drain(&process->live, INT64_MAX) == LIVE_MORE) {
        if (live_commit(&process->live, 1, &bed->error) == -1)
            return false;
    }
    return live_is_kept(&process->live) || live_commit(&process->live, 1, &bed->error) == 0;
}

/* False: what was read was not kept. */
static bool work(struct bed *bed, struct process *process)
{
    bool done;

    inside = true;
    done = read_and_keep(bed, process);
    inside = false;
    return done;
}

static void append(const struct process *process, const char *octets, size_t size)
{
    int fd = open(process->log, O_WRONLY | O_CREAT | O_APPEND, 0600);

    ck_assert_int_ne(fd, -1);
    ck_assert_int_eq(write(fd, octets, size), (ssize_t)size);
    close(fd);
}

/* A fault may end the process, which another then follows; or the process tries again: both are tried. */
static void recover(struct bed *bed, struct process *process, bool try_again)
{
    heal();
    if (try_again && process->open && process->ledger != NULL) {
        live_wake(&process->live, BED_NOW);
        if (work(bed, process))
            return;
    }
    end(process);
    ck_assert_msg(start(bed, process), "%s", bed->error.text);
    ck_assert_msg(work(bed, process), "%s", bed->error.text);
}

static void write_log(struct bed *bed, struct process *process, struct view text, bool try_again)
{
    for (size_t i = 0; i < PIECES; i++) {
        size_t from = text.n * i / PIECES;

        append(process, text.p + from, text.n * (i + 1) / PIECES - from);
        if (!process->open && !start(bed, process)) {
            recover(bed, process, try_again);
            continue;
        }
        live_wake(&process->live, BED_NOW);
        if (!work(bed, process))
            recover(bed, process, try_again);
    }
}

static void prepare(struct bed *bed, struct process *process)
{
    bed_init(bed);
    bed_close(bed);
    unlink(bed->path);
    *process = (struct process){ .ledger = NULL };
    snprintf(process->log, sizeof(process->log), "%s/mail.log", bed->folder);
    process->source = view_of(process->log);
    process->follow = (struct follow_settings){ .files = &process->source, .file_count = 1 };
}

/* The rest that a fault kept from being seen comes with the next look. */
static char *finish(struct bed *bed, struct process *process)
{
    char *text;

    heal();
    if (process->open || start(bed, process)) {
        live_wake(&process->live, BED_NOW);
        ck_assert_msg(work(bed, process), "%s", bed->error.text);
    }
    ck_assert_int_eq(ledger_verify(process->ledger, &bed->error), 0);
    text = ledger_text(process->ledger, (struct ledger_period){ 0, 0 });
    end(process);
    return text;
}

/* ---- one fault at a time ---- */

/* The next call that fails: every one of the first, then some, or every one where OUTWARD_THOROUGH is set. */
static long next_call(long at, long first, long step)
{
    return at + (at < first || getenv("OUTWARD_THOROUGH") != NULL ? 1 : step);
}

/* What fails, armed with how many go well before. */
static void arm_files(long at)
{
    fault_vfs_arm(at, at % 3 == 0 ? 2 : 0);
}

static void arm_reads(long at)
{
    reads = at;
}

static void arm_allocations(long at)
{
    allocations = at;
}

static void check(struct view text, const char *want, void (*arm)(long at), long at, bool exact)
{
    struct process process;
    struct bed bed;
    char *got;

    prepare(&bed, &process);
    arm(at);
    write_log(&bed, &process, text, at % 2 == 0);
    got = finish(&bed, &process);
    if (exact)
        ck_assert_msg(strcmp(got, want) == 0, "call %ld failed:\n%s\nwant:\n%s", at, got, want);
    free(got);
    bed_done(&bed);
}

START_TEST(any_call_of_sqlite_to_the_file_system_may_fail)
{
    char *want = text_of_log(log_name);
    struct view text = read_data(log_name);
    long at = 0;

    fault_vfs_register();
    do {
        check(text, want, arm_files, at, true);
        at = next_call(at, 40, 37);
    } while (fault_vfs_fired() > 0);
    ck_assert_int_gt(at, 300);
    free(want);
    free((char *)(uintptr_t)text.p);
}
END_TEST

START_TEST(any_allocation_of_sqlite_may_fail)
{
    char *want = text_of_log(log_name);
    struct view text = read_data(log_name);
    long at = 0;

    fault_vfs_register();
    do {
        check(text, want, fault_memory_arm, at, true);
        at = next_call(at, 10, 701);
    } while (fault_vfs_fired() > 0);
    ck_assert_int_gt(at, 5000);
    free(want);
    free((char *)(uintptr_t)text.p);
}
END_TEST

START_TEST(any_read_of_the_log_may_fail)
{
    char *want = text_of_log(log_name);
    struct view text = read_data(log_name);

    for (long at = 0; at < 24; at++)
        check(text, want, arm_reads, at, true);
    free(want);
    free((char *)(uintptr_t)text.p);
}
END_TEST

/* Without memory some counts are lost, and told; but no process ends, and what is written adds up. */
START_TEST(any_allocation_may_fail)
{
    char *want = text_of_log(log_name);
    struct view text = read_data(log_name);

    for (long at = 0; at < 2000; at = next_call(at, 40, 61))
        check(text, want, arm_allocations, at, false);
    free(want);
    free((char *)(uintptr_t)text.p);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("fault");
    TCase *tests = tcase_create("fault");

    tcase_set_timeout(tests, getenv("OUTWARD_THOROUGH") != NULL ? 3600 : 200);
    tcase_add_test(tests, any_call_of_sqlite_to_the_file_system_may_fail);
    tcase_add_test(tests, any_allocation_of_sqlite_may_fail);
    tcase_add_test(tests, any_read_of_the_log_may_fail);
    tcase_add_test(tests, any_allocation_may_fail);
    suite_add_tcase(suite, tests);
    return suite;
}
