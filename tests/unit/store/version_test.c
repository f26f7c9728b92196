/* Ledgers of earlier versions: read as they are, brought up when they are written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/database.h"
#include "tests/unit/store/bed.h"

static const struct ledger_period ever;
static const char log_name[] = "postfix-3.7-sample.log";

/* A ledger as a released version wrote it, and what it said then. */
static const struct {
    const char *sql, *text;
} releases[] = {
    { "ledger/version-1.sql", "ledger/version-1.txt" },
    { "ledger/version-4.sql", "ledger/version-4.txt" },
};

static void write_dump(struct bed *bed, const char *name)
{
    struct view sql = read_data(name);
    char *text = malloc(sql.n + 1);

    ck_assert_ptr_nonnull(text);
    memcpy(text, sql.p, sql.n);
    text[sql.n] = '\0';
    bed_init(bed);
    bed_close(bed);
    unlink(bed->path);
    bed_exec(bed, text);
    free(text);
    free((char *)(uintptr_t)sql.p);
}

static void check_text(struct ledger *ledger, struct view want)
{
    char *got = ledger_text(ledger, ever);

    if (!view_eq(view_of(got), want)) {
        fputs(got, stderr);
        ck_abort_msg("the ledger says something else, see above");
    }
    free(got);
}

START_TEST(a_ledger_of_each_version_says_what_it_said)
{
    struct view want = read_data(releases[_i].text);
    struct bed bed;
    int64_t version;

    write_dump(&bed, releases[_i].sql);
    version = bed_number(&bed, "PRAGMA user_version");
    ck_assert_int_eq(ledger_open_readonly(bed.path, &bed.ledger, &bed.error), 0);
    check_text(bed.ledger, want);
    bed_close(&bed);
    ck_assert_int_eq(bed_number(&bed, "PRAGMA user_version"), version);
    bed_open(&bed);
    check_text(bed.ledger, want);
    ck_assert_int_eq(ledger_verify(bed.ledger, &bed.error), 0);
    save_log(bed.ledger, log_name, 100, true);
    bed_close(&bed);
    ck_assert_int_eq(bed_number(&bed, "PRAGMA user_version"), LEDGER_VERSION);
    bed_done(&bed);
    free((char *)(uintptr_t)want.p);
}
END_TEST

/* A ledger without what later versions might have added to it. */
static char *make_older(struct bed *bed)
{
    char *want;

    bed_init(bed);
    save_log(bed->ledger, log_name, 100, true);
    want = ledger_text(bed->ledger, ever);
    bed_close(bed);
    bed_exec(bed, "ALTER TABLE destinations_days DROP COLUMN failure_demanded;"
                  "ALTER TABLE totals DROP COLUMN waiting_last; DROP TABLE words_hours; DROP TABLE relays; PRAGMA "
                  "user_version = 0");
    return want;
}

START_TEST(what_a_ledger_lacks_is_added_and_its_counts_stay)
{
    struct bed bed;
    char *want = make_older(&bed);

    bed_open(&bed);
    check_text(bed.ledger, view_of(want));
    save_log(bed.ledger, log_name, 100, true);
    bed_close(&bed);
    ck_assert_int_eq(bed_number(&bed, "PRAGMA user_version"), LEDGER_VERSION);
    free(want);
    bed_done(&bed);
}
END_TEST

START_TEST(a_reader_sees_it_brought_up_and_changes_nothing)
{
    struct bed bed;
    char *want = make_older(&bed);

    ck_assert_msg(ledger_open_readonly(bed.path, &bed.ledger, &bed.error) == 0, "%s", bed.error.text);
    check_text(bed.ledger, view_of(want));
    bed_close(&bed);
    ck_assert_int_eq(bed_number(&bed, "PRAGMA user_version"), 0);
    ck_assert_int_eq(bed_number(&bed, "SELECT count(*) FROM sqlite_schema WHERE name = 'words_hours'"), 0);
    free(want);
    bed_done(&bed);
}
END_TEST

START_TEST(a_copy_of_an_older_ledger_can_be_merged)
{
    struct bed older, sum;
    char *want = make_older(&older), copy[128];

    bed_init(&sum);
    ck_assert_int_eq(ledger_merge(sum.ledger, older.path, &sum.error), -1);
    ck_assert_ptr_nonnull(strstr(sum.error.text, "make a copy of it first"));
    snprintf(copy, sizeof(copy), "%s/copy.db", older.folder);
    ck_assert_int_eq(ledger_open_readonly(older.path, &older.ledger, &older.error), 0);
    ck_assert_msg(ledger_backup(older.ledger, copy, &older.error) == 0, "%s", older.error.text);
    ck_assert_msg(ledger_merge(sum.ledger, copy, &sum.error) == 0, "%s", sum.error.text);
    check_text(sum.ledger, view_of(want));
    free(want);
    bed_done(&older);
    bed_done(&sum);
}
END_TEST

static const struct table_step steps[] = {
    { LEDGER_VERSION, "INSERT INTO meta VALUES ('first', 1)", NULL },
    { LEDGER_VERSION, "INSERT INTO meta SELECT 'second', value + 1 FROM meta WHERE key = 'first'", NULL },
    { 0, NULL, NULL },
};

START_TEST(steps_are_taken_in_order_and_once)
{
    struct bed bed;
    int64_t second = 0;

    free(make_older(&bed));
    bed_open(&bed);
    ck_assert_int_eq(database_exec(bed.ledger, "PRAGMA user_version = 0", &bed.error), 0);
    for (int times = 0; times < 2; times++) {
        ck_assert_msg(schema_prepare(bed.ledger, steps, &bed.error) == 0, "%s", bed.error.text);
        ck_assert_int_eq(ledger_get(bed.ledger, "second", &second, &bed.error), 0);
        ck_assert_int_eq(second, 2);
    }
    bed_done(&bed);
}
END_TEST

START_TEST(a_step_that_fails_changes_nothing)
{
    static const struct table_step broken[] = { { LEDGER_VERSION, "INSERT INTO meta VALUES ('first', 1)", NULL },
                                                { LEDGER_VERSION, "INSERT INTO nowhere VALUES (1)", NULL },
                                                { 0, NULL, NULL } };
    struct bed bed;
    int64_t first = 0;

    free(make_older(&bed));
    bed_open(&bed);
    ck_assert_int_eq(database_exec(bed.ledger, "DROP TABLE words_hours; PRAGMA user_version = 0", &bed.error), 0);
    ck_assert_int_eq(schema_prepare(bed.ledger, broken, &bed.error), -1);
    ck_assert_ptr_nonnull(strstr(bed.error.text, "nowhere"));
    ck_assert_int_eq(ledger_get(bed.ledger, "first", &first, &bed.error), 0);
    ck_assert_int_eq(first, 0);
    bed_close(&bed);
    ck_assert_int_eq(bed_number(&bed, "PRAGMA user_version"), 0);
    ck_assert_int_eq(bed_number(&bed, "SELECT count(*) FROM sqlite_schema WHERE name = 'words_hours'"), 0);
    bed_done(&bed);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("version");
    TCase *tests = tcase_create("version");

    tcase_add_loop_test(tests, a_ledger_of_each_version_says_what_it_said, 0, ROWS(releases));
    tcase_add_test(tests, what_a_ledger_lacks_is_added_and_its_counts_stay);
    tcase_add_test(tests, a_reader_sees_it_brought_up_and_changes_nothing);
    tcase_add_test(tests, a_copy_of_an_older_ledger_can_be_merged);
    tcase_add_test(tests, steps_are_taken_in_order_and_once);
    tcase_add_test(tests, a_step_that_fails_changes_nothing);
    suite_add_tcase(suite, tests);
    return suite;
}
