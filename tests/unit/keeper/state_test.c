#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "follow/state.h"
#include "tests/unit/store/bed.h"

static const char *const logs[] = { "postfix-3.7-sample.log", "postfix-3.11-sample.log" };

struct saved {
    struct state parts[STATE_PARTS];
};

static void save(const struct reading *reading, struct saved *saved)
{
    for (enum state_part part = STATE_WRITERS; part < STATE_PARTS; part++)
        ck_assert(state_save(reading->correlate, reading->writers, part, &saved->parts[part]));
}

static void free_saved(struct saved *saved)
{
    for (enum state_part part = STATE_WRITERS; part < STATE_PARTS; part++)
        state_done(&saved->parts[part]);
}

static bool load(struct correlate *correlate, struct writers *writers, const struct saved *saved)
{
    struct view parts[STATE_PARTS];

    for (enum state_part part = STATE_WRITERS; part < STATE_PARTS; part++)
        parts[part] = (struct view){ saved->parts[part].p, saved->parts[part].n };
    return state_load(correlate, writers, parts);
}

static struct correlate *new_correlate(const struct correlate_sink *sink)
{
    struct correlate_settings settings = { .seed = BED_SEED };
    struct correlate *correlate = correlate_new(&settings, sink);

    ck_assert_ptr_nonnull(correlate);
    return correlate;
}

/* As if the process had ended here and another went on. */
static void restart(struct reading *reading, const struct correlate_sink *sink, bool tidy)
{
    struct prefix_settings settings = { .writers = writers_new(BED_SEED), .newest = BED_NOW };
    struct saved saved = { 0 };
    struct correlate *next = new_correlate(sink);

    if (tidy)
        ck_assert_uint_lt(state_tidy(reading->correlate, 0), 100);
    save(reading, &saved);
    ck_assert(load(next, settings.writers, &saved));
    prefix_done(&reading->prefix);
    correlate_free(reading->correlate);
    writers_free(reading->writers);
    prefix_init(&reading->prefix, &settings);
    reading->correlate = next;
    reading->writers = settings.writers;
    free_saved(&saved);
}

static void check_restarts(const char *name, size_t first, size_t step, const char *want)
{
    struct tally *tally = tally_new(BED_SEED);
    struct correlate_sink sink = sink_of_tally(tally);
    struct reading reading;
    struct log_line line;
    char *got;
    size_t lines = 0;

    reading_init(&reading, name, &sink);
    while (reading_line(&reading, &line)) {
        if (++lines == first || (lines > first && (lines - first) % step == 0))
            restart(&reading, &sink, lines % 3 == 0);
    }
    correlate_end(reading.correlate);
    got = tally_text(tally);
    ck_assert_msg(strcmp(got, want) == 0, "restarted behind line %zu:\n%s\nwant:\n%s", first, got, want);
    free(got);
    reading_done(&reading);
    tally_free(tally);
}

START_TEST(a_restart_behind_any_line_changes_nothing)
{
    char *want = text_of_log(logs[_i]);
    struct view text = read_data(logs[_i]), rest = text, line;

    for (size_t first = 1; view_cut(&rest, VIEW("\n"), &line); first++)
        check_restarts(logs[_i], first, SIZE_MAX, want);
    free(want);
    free((char *)(uintptr_t)text.p);
}
END_TEST

START_TEST(a_restart_behind_every_line_changes_nothing)
{
    char *want = text_of_log(logs[_i]);

    check_restarts(logs[_i], 1, 1, want);
    free(want);
}
END_TEST

START_TEST(what_was_loaded_is_saved_as_it_was)
{
    struct correlate_sink sink = sink_of_tally(tally_new(BED_SEED));
    struct saved first = { 0 }, second = { 0 };
    struct reading reading;
    struct log_line line;

    reading_init(&reading, logs[0], &sink);
    for (size_t lines = 0; lines < 300 && reading_line(&reading, &line); lines++) {
    }
    restart(&reading, &sink, false);
    save(&reading, &first);
    restart(&reading, &sink, false);
    save(&reading, &second);
    for (enum state_part part = STATE_WRITERS; part < STATE_PARTS; part++) {
        ck_assert_uint_gt(first.parts[part].n, 4 - (part == STATE_REPEATABLE));
        ck_assert_uint_eq(first.parts[part].n, second.parts[part].n);
        ck_assert_int_eq(memcmp(first.parts[part].p, second.parts[part].p, first.parts[part].n), 0);
    }
    free_saved(&first);
    free_saved(&second);
    reading_done(&reading);
    tally_free(sink.context);
}
END_TEST

/* Whatever the octets are: refused or read, but never a crash, and what was read can go on. */
static void load_and_go_on(const struct saved *saved, bool may_load)
{
    struct correlate_sink sink = sink_of_tally(tally_new(BED_SEED));
    struct reading reading;
    struct log_line line;

    reading_init(&reading, logs[0], &sink);
    if (load(reading.correlate, reading.writers, saved)) {
        ck_assert(may_load);
        for (size_t lines = 0; lines < 100 && reading_line(&reading, &line); lines++) {
        }
        correlate_end(reading.correlate);
    }
    reading_done(&reading);
    tally_free(sink.context);
}

START_TEST(a_damaged_part_is_refused_or_harmless)
{
    struct correlate_sink sink = sink_of_tally(tally_new(BED_SEED));
    struct saved saved = { 0 };
    struct reading reading;
    struct log_line line;

    reading_init(&reading, logs[0], &sink);
    for (size_t lines = 0; lines < 300 && reading_line(&reading, &line); lines++) {
    }
    save(&reading, &saved);
    for (enum state_part part = STATE_WRITERS; part < STATE_PARTS; part++) {
        struct state *octets = &saved.parts[part];
        size_t whole = octets->n;

        for (octets->n = 0; octets->n < 4; octets->n++)
            load_and_go_on(&saved, false);
        for (octets->n = 4; octets->n < whole; octets->n += 1 + whole / 40)
            load_and_go_on(&saved, true);
        octets->n = whole;
        for (size_t at = 0; at < whole; at += at < 32 ? 1 : 1 + whole / 60) {
            octets->p[at] = (char)~octets->p[at];
            load_and_go_on(&saved, at >= 4);
            octets->p[at] = (char)~octets->p[at];
        }
    }
    free_saved(&saved);
    reading_done(&reading);
    tally_free(sink.context);
}
END_TEST

START_TEST(a_gap_leaves_open_what_would_have_been_plaintext)
{
    struct correlate_sink sink = sink_of_tally(tally_new(BED_SEED));
    struct reading reading;
    struct log_line line;
    char *want = text_of_log(logs[0]), *got;

    reading_init(&reading, logs[0], &sink);
    for (size_t lines = 0; reading_line(&reading, &line); lines++)
        state_gap(reading.correlate, reading.writers, lines % 2 == 0 ? (struct view){ NULL, 0 } : line.writer->host,
                  line.time + 999);
    correlate_end(reading.correlate);
    got = tally_text(sink.context);
    ck_assert_int_ne(strcmp(got, want), 0);
    ck_assert_uint_gt(tally_unknown(sink.context, UNKNOWN_GAP), 0);
    ck_assert_uint_eq(tally_totals(sink.context, HOP_DIRECT)->encrypted, 46);
    free(want);
    free(got);
    reading_done(&reading);
    tally_free(sink.context);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("state");
    TCase *tests = tcase_create("state");

    tcase_set_timeout(tests, 200);
    tcase_add_loop_test(tests, a_restart_behind_any_line_changes_nothing, 0, ROWS(logs));
    tcase_add_loop_test(tests, a_restart_behind_every_line_changes_nothing, 0, ROWS(logs));
    tcase_add_test(tests, what_was_loaded_is_saved_as_it_was);
    tcase_add_test(tests, a_damaged_part_is_refused_or_harmless);
    tcase_add_test(tests, a_gap_leaves_open_what_would_have_been_plaintext);
    suite_add_tcase(suite, tests);
    return suite;
}
