/* What the configuration proves counts where the log proves nothing, and only while it holds. */
#include <stdio.h>
#include <string.h>

#include "follow/promise.h"
#include "tests/unit/follow/replay.h"
#include "tests/unit/unit.h"

#define SERVICE(log_name, proof, lines)                                                                                \
    "{\"service\":\"x/unix\",\"program\":\"smtp\",\"log_name\":\"" log_name "\",\"proof\":\"" proof                    \
    "\",\"tls_lines\":" lines "}"
#define FACTS(written, since, services)                                                                                \
    "{\"schema\":1,\"written\":\"" written "\",\"instances\":[{\"node\":\"mail.example.org\",\"since\":\"" since       \
    "\",\"services\":[" services "]}]}"
#define LATE "2025-11-21T12:00:00Z"
#define EARLY "2025-11-01T00:00:00Z"

#define AT(time) "Nov 21 " time " mail postfix/"
#define RELOAD(time) AT(time) "master[1]: reload -- version 3.7.11, configuration /etc/postfix\n"
#define BEGIN AT("09:00:00") "qmgr[2]: AAAAAA0: removed\n"
#define MX1 "mx1.example.com[192.0.2.1]:25"
#define SENT(time) LINE(time, "sent (250 Ok)")
#define LINE(time, status)                                                                                             \
    AT(time)                                                                                                           \
    "smtp[7]: AAAAAA1: to=<a@x.example>, relay=" MX1 ", delay=1, delays=0.1/0/0.2/0.1, dsn=2.0.0, status=" status "\n"
#define TLS(time)                                                                                                      \
    AT(time)                                                                                                           \
    "smtp[7]: Trusted TLS connection established to " MX1                                                              \
    ": TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)\n"

static const struct {
    const char *name, *facts, *log, *expected; /* "protection evidence" of the last delivery */
} rows[] = {
    { "lines are logged", FACTS(LATE, EARLY, SERVICE("postfix", "lines", "true")), BEGIN SENT("10:00:00"),
      "plaintext config" },
    { "level none", FACTS(LATE, EARLY, SERVICE("postfix", "always-plaintext", "false")), BEGIN SENT("10:00:00"),
      "plaintext config" },
    { "level encrypt, nothing logged", FACTS(LATE, EARLY, SERVICE("postfix", "always-encrypted", "false")),
      BEGIN SENT("10:00:00"), "encrypted config" },
    { "level encrypt, an attempt that failed", FACTS(LATE, EARLY, SERVICE("postfix", "always-encrypted", "false")),
      BEGIN LINE("10:00:00", "deferred (later)"), "unknown no-tls-line" },
    { "level encrypt with lines: they must show it", FACTS(LATE, EARLY, SERVICE("postfix", "always-encrypted", "true")),
      BEGIN SENT("10:00:00"), "unknown no-tls-line" },
    { "nothing proven", FACTS(LATE, EARLY, SERVICE("postfix", "nothing", "false")), BEGIN SENT("10:00:00"),
      "unknown no-tls-line" },
    { "another service", FACTS(LATE, EARLY, SERVICE("postfix/other", "lines", "true")), BEGIN SENT("10:00:00"),
      "unknown no-tls-line" },
    { "what is new is not known yet of what ran before",
      FACTS(LATE, "2025-11-21T09:55:00Z", SERVICE("postfix", "lines", "true")), BEGIN SENT("10:00:00"),
      "unknown no-tls-line" },
    { "after a while it is", FACTS(LATE, "2025-11-21T09:48:00Z", SERVICE("postfix", "lines", "true")),
      BEGIN SENT("10:00:00"), "plaintext config" },
    { "after a reload it is at once", FACTS(LATE, "2025-11-21T09:55:00Z", SERVICE("postfix", "lines", "true")),
      BEGIN RELOAD("09:56:00") SENT("10:00:00"), "plaintext config" },
    { "a reload after the facts were written ends them",
      FACTS("2025-11-21T09:30:00Z", EARLY, SERVICE("postfix", "lines", "true")),
      BEGIN RELOAD("09:56:00") SENT("10:00:00"), "unknown no-tls-line" },
    { "no reload: they go on", FACTS("2025-11-21T09:30:00Z", EARLY, SERVICE("postfix", "lines", "true")),
      BEGIN SENT("10:00:00"), "plaintext config" },
    { "the log goes first", FACTS(LATE, EARLY, SERVICE("postfix", "always-plaintext", "false")),
      BEGIN TLS("10:00:00") SENT("10:00:00"), "encrypted tls-line" },
    { "two services in one tag: what is true of both",
      FACTS(LATE, EARLY, SERVICE("postfix", "lines", "true") "," SERVICE("postfix", "always-plaintext", "false")),
      BEGIN SENT("10:00:00"), "plaintext config" },
    { "the same said twice",
      FACTS(LATE, EARLY,
            SERVICE("postfix", "always-plaintext", "false") "," SERVICE("postfix", "always-plaintext", "false")),
      BEGIN SENT("10:00:00"), "plaintext config" },
    { "two services in one tag, the other way round",
      FACTS(LATE, EARLY, SERVICE("postfix", "always-plaintext", "false") "," SERVICE("postfix", "lines", "true")),
      BEGIN SENT("10:00:00"), "plaintext config" },
    { "services of two tags",
      FACTS(LATE, EARLY, SERVICE("other", "always-encrypted", "false") "," SERVICE("postfix", "lines", "true")),
      BEGIN SENT("10:00:00"), "plaintext config" },
    { "two services in one tag that differ",
      FACTS(LATE, EARLY, SERVICE("postfix", "lines", "true") "," SERVICE("postfix", "always-encrypted", "false")),
      BEGIN SENT("10:00:00"), "unknown no-tls-line" },
};

/* The replay's stamps are of November 2025; its clock stands in December 2026. */
static void play(struct replay *replay, const char *facts, const char *log, struct promises *promises)
{
    struct error error;

    replay_init(replay);
    replay->prefix.year = 2025;
    ck_assert_msg(promises_parse(&replay->arena, "facts", view_of(facts), promises, &error) == 0, "%s", error.text);
    replay->settings.promises = promises;
    replay_text(replay, view_of(log));
}

START_TEST(a_promise_counts_where_the_log_proves_nothing)
{
    static struct replay replay;
    struct promises promises;
    char storage[128];
    struct buf got = BUF(storage);
    const struct delivery *last;

    play(&replay, rows[_i].facts, rows[_i].log, &promises);
    ck_assert_uint_gt(replay.count, 0);
    last = &replay.deliveries[replay.count - 1];
    buf_addf(&got, "%.*s %.*s", VIEW_ARG(protection_name(last->protection)), VIEW_ARG(evidence_name(last->evidence)));
    ck_assert_msg(view_eq(buf_view(&got), view_of(rows[_i].expected)), "%s: got %s", rows[_i].name, buf_text(&got));
    replay_done(&replay);
}
END_TEST

#define INSTANCE(members) "{\"schema\":1,\"written\":\"" LATE "\",\"instances\":[{" members "}]}"
#define NO_INSTANCE "facts: an instance without node, since or services"

static const struct {
    const char *text, *error;
} faults[] = {
    { "", "facts:1: " },
    { "[]", "facts: not what outward doctor --facts writes" },
    { "{\"schema\":2,\"written\":\"" LATE "\",\"instances\":[]}", "facts: not what outward doctor --facts writes" },
    { "{\"schema\":1,\"written\":\"yesterday\",\"instances\":[]}", "facts: not what outward doctor --facts writes" },
    { "{\"schema\":1,\"written\":\"2025-02-30T00:00:00Z\",\"instances\":[]}",
      "facts: not what outward doctor --facts writes" },
    { "{\"schema\":1,\"written\":\"" LATE "\",\"instances\":[{}]}",
      "facts: an instance without node, since or services" },
    { FACTS(LATE, EARLY, "{}"), "facts: a service without program, log_name or proof" },
    { FACTS(LATE, EARLY, "{\"program\":\"smtp\"}"), "facts: a service without program, log_name or proof" },
    { FACTS(LATE, EARLY, "{\"program\":\"smtp\",\"log_name\":\"x\"}"),
      "facts: a service without program, log_name or proof" },
    { "{\"schema\":1,\"instances\":[]}", "facts: not what outward doctor --facts writes" },
    { "{\"schema\":1,\"written\":\"" LATE "\"}", "facts: not what outward doctor --facts writes" },
    { INSTANCE("\"node\":\"x\""), NO_INSTANCE },
    { INSTANCE("\"node\":\"x\",\"since\":\"" EARLY "\""), NO_INSTANCE },
    { INSTANCE("\"node\":\"x\",\"since\":\"" EARLY "\",\"services\":{}"), NO_INSTANCE },
    { INSTANCE("\"node\":\"x\",\"since\":\"soon\",\"services\":[]"), NO_INSTANCE },
};

START_TEST(what_is_no_facts_file_is_refused)
{
    struct promises promises;
    struct error error;
    struct arena arena;

    arena_init(&arena, 0);
    ck_assert_int_eq(promises_parse(&arena, "facts", view_of(faults[_i].text), &promises, &error), -1);
    ck_assert_msg(view_starts(view_of(error.text), view_of(faults[_i].error)), "%s", error.text);
    arena_done(&arena);
}
END_TEST

/* One octet of a stamp that is not what it must be: a separator, or a digit. */
START_TEST(a_stamp_with_a_wrong_octet_is_refused)
{
    char stamp[] = LATE, text[256];
    struct promises promises;
    struct error error;
    struct arena arena;

    arena_init(&arena, 0);
    for (size_t at = 0; at < sizeof(stamp) - 1; at++) {
        struct buf facts = BUF(text);
        char right = stamp[at];

        stamp[at] = '~';
        buf_addf(&facts, "{\"schema\":1,\"written\":\"%s\",\"instances\":[]}", stamp);
        ck_assert_msg(promises_parse(&arena, "facts", buf_view(&facts), &promises, &error) == -1, "%s", stamp);
        stamp[at] = right;
    }
    arena_done(&arena);
}
END_TEST

START_TEST(what_is_too_long_or_too_much_is_refused)
{
    static char text[1 << 20];
    struct buf facts = BUF(text);
    struct promises promises;
    struct error error;
    struct arena arena;

    arena_init(&arena, 0);
    buf_add(&facts, VIEW("{\"schema\":1,\"written\":\"" LATE "\",\"instances\":[{\"node\":\"x\",\"since\":\"" EARLY
                         "\",\"services\":["));
    for (int i = 0; i <= PROMISES_MAX; i++)
        buf_addf(&facts, "%s{\"program\":\"smtp\",\"log_name\":\"p%d\",\"proof\":\"lines\",\"tls_lines\":true}",
                 i == 0 ? "" : ",", i);
    buf_add(&facts, VIEW("]}]}"));
    ck_assert(!facts.full);
    ck_assert_int_eq(promises_parse(&arena, "facts", buf_view(&facts), &promises, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "services"));
    buf_reset(&facts);
    buf_addf(&facts,
             "{\"schema\":1,\"written\":\"" LATE "\",\"instances\":[{\"node\":\"x\",\"since\":\"" EARLY
             "\",\"services\":[{\"program\":\"smtp\",\"log_name\":\"%0*d\",\"proof\":\"lines\"}]}]}",
             4096, 0);
    ck_assert_int_eq(promises_parse(&arena, "facts", buf_view(&facts), &promises, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "a tag is longer than"));
    arena_done(&arena);
}
END_TEST

static const struct {
    const char *host;
    bool same;
} hosts[] = { { "mail", true }, { "mail.example.org", true }, { "MAIL", true },
              { "mai", false }, { "mail.example", false },    { "other", false } };

START_TEST(a_machine_is_known_by_its_name_or_the_first_part_of_it)
{
    struct promises promises;
    struct error error;
    struct arena arena;
    struct writer writer = { .host = view_of(hosts[_i].host), .tag = VIEW("postfix/smtp") };

    arena_init(&arena, 0);
    ck_assert_int_eq(promises_parse(&arena, "facts", VIEW(FACTS(LATE, EARLY, SERVICE("postfix", "lines", "true"))),
                                    &promises, &error),
                     0);
    ck_assert_int_eq(promises_find(&promises, &writer, 1763719200000, 0) == PROMISE_LINES, hosts[_i].same);
    ck_assert_int_eq(promises_find(NULL, &writer, 1763719200000, 0), PROMISE_NOTHING);
    arena_done(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("follow/promise");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, a_promise_counts_where_the_log_proves_nothing, 0, ROWS(rows));
    tcase_add_test(all, a_stamp_with_a_wrong_octet_is_refused);
    tcase_add_test(all, what_is_too_long_or_too_much_is_refused);
    tcase_add_loop_test(all, what_is_no_facts_file_is_refused, 0, ROWS(faults));
    tcase_add_loop_test(all, a_machine_is_known_by_its_name_or_the_first_part_of_it, 0, ROWS(hosts));
    suite_add_tcase(suite, all);
    return suite;
}
