/*
 * Each call of SQLite to the file system, and each of its allocations, fails in turn while logs are imported, and while
 * a ledger is made smaller, merged, copied or read: nothing crashes, what fails says why, and done again the ledger
 * says what it says where nothing failed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keeper/import.h"
#include "tests/unit/keeper/fault_vfs.h"
#include "tests/unit/store/bed.h"

static const struct ledger_period ever;
static const char log_name[] = "postfix-3.7-sample.log";
static const struct privacy privacy = { .addresses = ADDRESSES_YES };

/* A ledger, another beside it, and a log. */
struct case_bed {
    struct bed bed, other;
    char copy[128], log[128];
};

static void write_log(const struct case_bed *at)
{
    struct view text = read_data(log_name);
    FILE *file = fopen(at->log, "w");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text.p, 1, text.n, file), text.n);
    fclose(file);
    free((char *)(uintptr_t)text.p);
}

static void begin(struct case_bed *at)
{
    bed_init(&at->bed);
    bed_init(&at->other);
    save_log(at->other.ledger, log_name, 100, true);
    bed_close(&at->other);
    snprintf(at->copy, sizeof(at->copy), "%s/copy.db", at->other.folder);
    snprintf(at->log, sizeof(at->log), "%s/mail.log", at->other.folder);
    write_log(at);
}

static void end(struct case_bed *at)
{
    bed_done(&at->bed);
    bed_done(&at->other);
}

/* ---- what may fail: each opens what it needs, and leaves nothing open.  -1 with the reason ---- */

static int import_log(struct case_bed *at, struct error *error)
{
    const struct follow_settings follow = { .file_count = 0 };
    struct live_settings settings = { .privacy = &privacy, .follow = &follow, .imports_only = true };
    const char *const paths[] = { at->log };
    struct import_counts counts;
    struct live live = { .count = 0 };
    struct ledger *ledger;
    bool anew;
    int result;

    if (ledger_open(at->bed.path, &ledger, error) == -1)
        return -1;
    settings.ledger = ledger;
    result = live_open(&live, &settings, &anew, error);
    if (result == 0)
        result = import_files(&live, &settings, paths, ROWS(paths), &counts, error);
    live_close(&live);
    ledger_close(ledger);
    return result;
}

static int merge(struct case_bed *at, struct error *error)
{
    struct ledger *ledger;
    int result;

    if (ledger_open(at->bed.path, &ledger, error) == -1)
        return -1;
    result = ledger_merge(ledger, at->other.path, error);
    ledger_close(ledger);
    return result;
}

/* The hours and single deliveries leave, the days stay. */
static int expire(struct case_bed *at, struct error *error)
{
    const struct ledger_settings settings = { .keep_detail = 1, .keep_hours = 1, .keep_days = 400 };
    struct ledger *ledger;
    int result;

    if (ledger_open(at->other.path, &ledger, error) == -1)
        return -1;
    do {
        result = ledger_expire(ledger, BED_NOW, &settings, error);
    } while (result == 1);
    ledger_close(ledger);
    return result;
}

static int copy(struct case_bed *at, struct error *error)
{
    struct ledger *ledger;
    int result;

    if (ledger_open_readonly(at->other.path, &ledger, error) == -1)
        return -1;
    result = ledger_backup(ledger, at->copy, error);
    ledger_close(ledger);
    if (result == -1)
        ck_assert_int_eq(access(at->copy, F_OK), -1);
    return result;
}

static int read_it(struct case_bed *at, struct error *error)
{
    struct tally *tally = tally_new(1);
    struct ledger_loaded loaded = { .host_count = 0 };
    struct ledger *ledger;
    int result = ledger_open_readonly(at->other.path, &ledger, error);

    if (result == 0) {
        result = ledger_load(ledger, ever, tally, &loaded, error);
        ledger_loaded_done(&loaded);
        ledger_close(ledger);
    }
    if (result == 0)
        ck_assert_uint_gt(tally_totals(tally, HOP_DIRECT)->sent, 40);
    tally_free(tally);
    return result;
}

static const char *own_path(struct case_bed *at)
{
    return at->bed.path;
}

static const char *other_path(struct case_bed *at)
{
    return at->other.path;
}

static const char *copy_path(struct case_bed *at)
{
    return at->copy;
}

static const struct {
    int (*act)(struct case_bed *at, struct error *error);
    const char *(*ledger)(struct case_bed *at); /* that tells what came of it */
    long calls;                                 /* to the file system, at least */
} acts[] = {
    { import_log, own_path, 100 }, { merge, own_path, 50 },     { expire, other_path, 50 },
    { copy, copy_path, 20 },       { read_it, other_path, 10 },
};

static char *text_of(const char *path)
{
    struct error error;
    struct ledger *ledger;
    char *text;

    ck_assert_msg(ledger_open_readonly(path, &ledger, &error) == 0, "%s", error.text);
    ck_assert_msg(ledger_verify(ledger, &error) == 0, "%s", error.text);
    text = ledger_text(ledger, ever);
    ledger_close(ledger);
    return text;
}

/* A call fails, or none; then all is well.  What the ledger says at the end. */
static char *run(int index, void (*arm)(long calls), long calls, bool *failed)
{
    struct error error = { ERROR_NONE, "" };
    struct case_bed at;
    char *text;

    begin(&at);
    bed_close(&at.bed);
    arm(calls);
    *failed = acts[index].act(&at, &error) == -1;
    fault_vfs_arm(-1, 0);
    fault_memory_arm(-1);
    if (*failed) {
        ck_assert_int_ne(error.kind, ERROR_NONE);
        ck_assert_uint_gt(strlen(error.text), 0);
        ck_assert_msg(acts[index].act(&at, &error) == 0, "call %ld failed, and then: %s", calls, error.text);
    }
    text = text_of(acts[index].ledger(&at));
    end(&at);
    return text;
}

static void arm_none(long calls)
{
    (void)calls;
}

static void arm_files(long calls)
{
    fault_vfs_arm(calls, 0);
}

static long next(long at, long first, long step)
{
    return at + (at < first || getenv("OUTWARD_THOROUGH") != NULL ? 1 : step);
}

static void try_all(int index, void (*arm)(long calls), long first, long step, long least)
{
    bool failed;
    char *want;
    long at = 0, failures = 0;

    fault_vfs_register();
    want = run(index, arm_none, 0, &failed);
    ck_assert(!failed);
    do {
        char *got = run(index, arm, at, &failed);

        ck_assert_msg(strcmp(got, want) == 0, "call %ld failed:\n%s\nwant:\n%s", at, got, want);
        free(got);
        failures += failed;
        at = next(at, first, step);
    } while (fault_vfs_fired() > 0);
    ck_assert_int_gt(at, least);
    ck_assert_int_gt(failures, 0);
    free(want);
}

START_TEST(any_call_to_the_file_system_may_fail)
{
    try_all(_i, arm_files, 5, 61, acts[_i].calls);
}
END_TEST

START_TEST(any_allocation_may_fail)
{
    try_all(_i, fault_memory_arm, 3, 997, 300);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("fault_upkeep");
    TCase *tests = tcase_create("fault_upkeep");

    tcase_set_timeout(tests, getenv("OUTWARD_THOROUGH") != NULL ? 3600 : 200);
    tcase_add_loop_test(tests, any_call_to_the_file_system_may_fail, 0, ROWS(acts));
    tcase_add_loop_test(tests, any_allocation_may_fail, 0, ROWS(acts));
    suite_add_tcase(suite, tests);
    return suite;
}
