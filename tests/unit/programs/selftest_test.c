/* One message in growing logs: how it came in, how it went out, and what proves nothing. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "programs/selftest_log.h"
#include "programs/selftest_watch.h"
#include "tests/unit/unit.h"

#define ID "<outward-selftest.1@example.org>"
#define CLEANUP "postfix/cleanup[2]: ABCDEF: message-id=" ID
#define RECORD(id, what)                                                                                               \
    "outward-milter[7]: " id ": decision=" what " direction=outbound rule=outward.conf:14 mode=enforce gen=1 "         \
    "stage=eom local=no listener=submission port=587 client=localhost[127.0.0.1] tls=TLSv1.3 auth=PLAIN login=a "      \
    "nrcpt=1 to=example.net transports=smtp to_more=0"
#define TLS "Trusted TLS connection established to mx[192.0.2.1]:25: TLSv1.3 with cipher A (256/256 bits)"
#define SENT(id, relay)                                                                                                \
    id ": to=<b@example.net>, relay=" relay ", delay=1, delays=0/0/0.1/0.1, dsn=2.0.0, status=sent (250 Ok)"
#define OUT "mx[192.0.2.1]:25"

static const struct {
    const char *lines[10];
    bool in, over, final, local;
    enum protection protection;
} rows[] = {
    { { CLEANUP, RECORD("ABCDEF", "accept"), "postfix/smtp[3]: " TLS, "postfix/smtp[3]: " SENT("ABCDEF", OUT) },
      true,
      true,
      true,
      false,
      PROTECTION_ENCRYPTED },
    /* the gate's log is read first */
    { { RECORD("ABCDEF", "accept"), CLEANUP, "postfix/smtp[3]: " TLS, "postfix/smtp[3]: " SENT("ABCDEF", OUT) },
      true,
      true,
      true,
      false,
      PROTECTION_ENCRYPTED },
    /* TLS logging is proven by another message, before or after */
    { { "postfix/smtp[9]: " TLS, CLEANUP, RECORD("ABCDEF", "accept"), "postfix/smtp[3]: " SENT("ABCDEF", OUT) },
      true,
      true,
      true,
      false,
      PROTECTION_PLAINTEXT },
    { { CLEANUP, RECORD("ABCDEF", "accept"), "postfix/smtp[3]: " SENT("ABCDEF", OUT), "postfix/smtp[9]: " TLS },
      true,
      true,
      true,
      false,
      PROTECTION_PLAINTEXT },
    { { CLEANUP, RECORD("ABCDEF", "accept"), "postfix/smtp[3]: " SENT("ABCDEF", OUT) },
      true,
      true,
      true,
      false,
      PROTECTION_UNKNOWN },
    /* the gate keeps it */
    { { CLEANUP, RECORD("ABCDEF", "hold") }, true, true, false, false, PROTECTION_NONE },
    /* one end */
    { { CLEANUP, RECORD("ABCDEF", "accept") }, true, false, false, false, PROTECTION_NONE },
    { { CLEANUP, "postfix/smtp[3]: " TLS, "postfix/smtp[3]: " SENT("ABCDEF", OUT) },
      false,
      false,
      true,
      false,
      PROTECTION_ENCRYPTED },
    /* of another message, and a Message-ID that only begins like ours */
    { { CLEANUP, RECORD("ABCDE0", "accept"), "postfix/smtp[3]: " TLS, "postfix/smtp[3]: " SENT("ABCDE0", OUT) },
      false,
      false,
      false,
      false,
      PROTECTION_NONE },
    { { CLEANUP "x", RECORD("ABCDEF", "accept"), "postfix/smtp[3]: " TLS, "postfix/smtp[3]: " SENT("ABCDEF", OUT) },
      false,
      false,
      false,
      false,
      PROTECTION_NONE },
    /* through a filter of our own, under a second queue ID */
    { { CLEANUP, RECORD("ABCDEF", "accept"), "postfix/cleanup[2]: FEDCBA: message-id=" ID, RECORD("FEDCBA", "hold"),
        "postfix/smtp[3]: " SENT("ABCDEF", "127.0.0.1[127.0.0.1]:10024"), "postfix/smtp[4]: " TLS,
        "postfix/smtp[4]: " SENT("FEDCBA", OUT) },
      true,
      true,
      true,
      false,
      PROTECTION_ENCRYPTED },
    /* it stays here */
    { { CLEANUP, RECORD("ABCDEF", "accept"), "postfix/virtual[3]: " SENT("ABCDEF", "virtual") },
      true,
      true,
      true,
      true,
      PROTECTION_NONE },
};

static void tell(struct watch *watch, struct writers *writers, const char *text, int64_t time)
{
    struct log_line line = { .time = time };
    struct view rest = view_of(text), tag, pid;

    ck_assert(view_cut(&rest, VIEW("["), &tag) && view_cut(&rest, VIEW("]: "), &pid));
    ck_assert(view_number(pid, UINT32_MAX, &line.pid));
    line.writer = writers_find(writers, VIEW("mail"), tag);
    line.text = rest;
    watch_line(watch, &line);
}

START_TEST(both_ends_are_found_with_their_evidence_or_not_at_all)
{
    struct network networks[1];
    struct arena arena = { 0 };
    struct correlate_settings settings = { .seed = 42 };
    struct writers *writers = writers_new(42);
    struct watch *watch;

    ck_assert_int_eq(network_parse(VIEW("127.0.0.0/8"), &networks[0]), NETWORK_FINE);
    settings.internal = network_set_new(&arena, networks, 1);
    watch = watch_new(VIEW(ID), &settings);
    tell(watch, writers, "postfix/qmgr[1]: the log begins long before", 1000000);
    for (size_t i = 0; i < ROWS(rows[_i].lines) && rows[_i].lines[i] != NULL; i++)
        tell(watch, writers, rows[_i].lines[i], 2000000 + (int64_t)i * 1000);
    ck_assert_int_eq(watch_is_over(watch), rows[_i].over);
    watch_end(watch);
    ck_assert_int_eq(watch_in(watch)->found, rows[_i].in);
    ck_assert_int_eq(watch_out(watch)->final, rows[_i].final);
    ck_assert_int_eq(watch_out(watch)->local, rows[_i].local);
    ck_assert_int_eq(watch_out(watch)->protection, rows[_i].protection);
    if (rows[_i].in) {
        ck_assert(watch_in(watch)->encrypted);
        ck_assert_str_eq(watch_in(watch)->queue_id, "ABCDEF");
        ck_assert_str_eq(watch_in(watch)->rule, "outward.conf:14");
        ck_assert_str_eq(watch_in(watch)->tls, "TLSv1.3");
    }
    watch_free(watch);
    writers_free(writers);
    arena_done(&arena);
}
END_TEST

static void append(const char *path, const char *text)
{
    FILE *file = fopen(path, "a");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void assert_next(struct growing *growing, const char *want)
{
    struct view line = { NULL, 0 };
    struct error error;

    ck_assert_int_eq(growing_line(growing, &line, &error), want != NULL);
    ck_assert_view_eq(line, want);
}

START_TEST(a_growing_log_gives_whole_lines_and_goes_on_after_a_rotation)
{
    char path[] = "/tmp/outward-growing.XXXXXX", rotated[sizeof(path) + 2];
    struct error error;
    struct growing *growing;
    int fd = mkstemp(path);

    ck_assert_int_ne(fd, -1);
    ck_assert_int_eq(close(fd), 0);
    (void)snprintf(rotated, sizeof(rotated), "%s.1", path);
    append(path, "one\ntw");
    growing = growing_open(path, &error);
    ck_assert_ptr_nonnull(growing);
    assert_next(growing, "one");
    assert_next(growing, NULL);
    append(path, "o\n");
    assert_next(growing, "two");
    append(path, "three\n");
    ck_assert_int_eq(rename(path, rotated), 0);
    append(path, "four\n");
    assert_next(growing, "three");
    assert_next(growing, "four");
    assert_next(growing, NULL);
    ck_assert_int_eq(truncate(path, 0), 0);
    append(path, "5\n");
    assert_next(growing, "5");
    growing_close(growing);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(unlink(rotated), 0);
}
END_TEST

START_TEST(only_the_end_of_a_long_log_is_read_and_endless_lines_are_left_out)
{
    char path[] = "/tmp/outward-growing.XXXXXX";
    struct error error;
    struct growing *growing;
    FILE *file = fdopen(mkstemp(path), "w");
    unsigned count = 0, strange = 0, failed = 0;
    struct view line;

    ck_assert_ptr_nonnull(file);
    for (unsigned i = 0; i < 2 * GROWING_BACKLOG / 8; i++)
        failed += fputs("1234567\n", file) < 0;
    for (unsigned i = 0; i < 2 * GROWING_LINE_MAX; i++)
        failed += fputc('x', file) != 'x';
    failed += fputs("\nlast\n", file) < 0;
    ck_assert_uint_eq(failed, 0);
    ck_assert_int_eq(fclose(file), 0);
    growing = growing_open(path, &error);
    while (growing_line(growing, &line, &error) == 1) {
        strange += !view_eq(line, VIEW("1234567")) && !view_eq(line, VIEW("last"));
        count++;
    }
    ck_assert_uint_eq(strange, 0);
    ck_assert_uint_le(count, GROWING_BACKLOG / 8);
    ck_assert_uint_ge(count, (GROWING_BACKLOG - 3 * GROWING_LINE_MAX) / 8);
    growing_close(growing);
    ck_assert_ptr_null(growing_open("/nonexistent/mail.log", &error));
    ck_assert_ptr_null(growing_open("/dev/null", &error));
    ck_assert_int_eq(unlink(path), 0);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("selftest");
    TCase *tests = tcase_create("selftest");

    tcase_add_loop_test(tests, both_ends_are_found_with_their_evidence_or_not_at_all, 0, ROWS(rows));
    tcase_add_test(tests, a_growing_log_gives_whole_lines_and_goes_on_after_a_rotation);
    tcase_add_test(tests, only_the_end_of_a_long_log_is_read_and_endless_lines_are_left_out);
    suite_add_tcase(suite, tests);
    return suite;
}
