#include "shared/log.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/unit.h"

/* A directory of the test's own, a syslog socket in it, and a log that writes there. */
static char folder[64], socket_path[96], file_path[96];
static int server = -1;
static struct log *opened;
static struct error error;

static void make_folder(void)
{
    snprintf(folder, sizeof(folder), "/tmp/outward-log-test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(socket_path, sizeof(socket_path), "%s/log", folder);
    snprintf(file_path, sizeof(file_path), "%s/file", folder);
    setenv("TZ", "UTC-2", 1);
    tzset();
}

static void remove_folder(void)
{
    char rotated[128];

    log_close(opened);
    opened = NULL;
    if (server != -1)
        close(server);
    server = -1;
    snprintf(rotated, sizeof(rotated), "%s.1", file_path);
    unlink(rotated);
    unlink(file_path);
    unlink(socket_path);
    rmdir(folder);
}

static void start_syslog(void)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    server = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", socket_path);
    ck_assert_int_eq(bind(server, (const struct sockaddr *)&address, sizeof(address)), 0);
}

static void open_syslog(void)
{
    ck_assert_int_eq(log_open("outward-milter", LOG_TARGET_SYSLOG, NULL, socket_path, &opened, &error), 0);
}

static const char *received(void)
{
    static char text[4096];
    ssize_t n = recv(server, text, sizeof(text) - 1, 0);

    if (n == -1)
        return NULL;
    text[n] = '\0';
    return text;
}

START_TEST(a_syslog_line_is_a_datagram_as_syslog_3_writes_it)
{
    char tag[64];
    const char *text;
    int day, hour, minute, second, at = 0;

    start_syslog();
    open_syslog();
    ck_assert(log_write(opened, LOG_LEVEL_INFO, VIEW("4ABC: decision=accept")));
    text = received();
    ck_assert_ptr_nonnull(text);
    ck_assert_int_eq(sscanf(text, "<22>%*3[A-Z a-z] %2d %2d:%2d:%2d %n", &day, &hour, &minute, &second, &at), 4);
    ck_assert_int_eq(text[7], ' ');
    snprintf(tag, sizeof(tag), "outward-milter[%ld]: 4ABC: decision=accept", (long)getpid());
    ck_assert_str_eq(text + at, tag);
}
END_TEST

static const struct {
    enum log_level level;
    const char *priority;
} levels[] = { { LOG_LEVEL_ERROR, "<19>" }, { LOG_LEVEL_WARNING, "<20>" }, { LOG_LEVEL_INFO, "<22>" } };

START_TEST(the_facility_is_mail_at_each_level)
{
    start_syslog();
    open_syslog();
    ck_assert(log_writef(opened, levels[_i].level, "n=%d", 7));
    ck_assert_int_eq(strncmp(received(), levels[_i].priority, 4), 0);
}
END_TEST

START_TEST(a_full_syslog_is_not_waited_for_and_the_drops_are_counted)
{
    struct timespec before, after;
    uint64_t dropped = 0;

    start_syslog();
    open_syslog();
    clock_gettime(CLOCK_MONOTONIC, &before);
    for (int i = 0; i < 5000; i++)
        dropped += !log_write(opened, LOG_LEVEL_INFO, VIEW("x"));
    clock_gettime(CLOCK_MONOTONIC, &after);
    ck_assert_uint_gt(dropped, 0);
    ck_assert_int_lt(after.tv_sec - before.tv_sec, 5);
    ck_assert_uint_eq(log_take_lost(opened), dropped);
    ck_assert_uint_eq(log_take_lost(opened), 0);
    log_give_back_lost(opened, 3);
    ck_assert_uint_eq(log_take_lost(opened), 3);
    while (received() != NULL) {
    }
    ck_assert(log_write(opened, LOG_LEVEL_INFO, VIEW("x")));
}
END_TEST

START_TEST(a_syslog_that_comes_later_or_again_is_found)
{
    open_syslog();
    ck_assert(!log_write(opened, LOG_LEVEL_INFO, VIEW("nobody is there")));
    start_syslog();
    ck_assert(log_write(opened, LOG_LEVEL_INFO, VIEW("x")));
    close(server);
    unlink(socket_path);
    ck_assert(!log_write(opened, LOG_LEVEL_INFO, VIEW("it went away")));
    start_syslog();
    ck_assert(log_write(opened, LOG_LEVEL_INFO, VIEW("x")));
    ck_assert_uint_eq(log_take_lost(opened), 2);
}
END_TEST

static const char *file_text(void)
{
    static char text[1 << 18];
    FILE *file = fopen(file_path, "r");
    size_t n;

    ck_assert_ptr_nonnull(file);
    n = fread(text, 1, sizeof(text) - 1, file);
    text[n] = '\0';
    fclose(file);
    return text;
}

START_TEST(a_file_line_has_the_prefix_that_rsyslog_writes)
{
    char host[256], wanted[128];
    int at = 0, year, offset;

    ck_assert_int_eq(log_open("outward-milter", LOG_TARGET_FILE, file_path, NULL, &opened, &error), 0);
    ck_assert(log_write(opened, LOG_LEVEL_INFO, VIEW("4ABC: decision=accept")));
    ck_assert_int_eq(
        sscanf(file_text(), "%4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*6d+%2d:00 %255s %n", &year, &offset, host, &at), 3);
    ck_assert_int_ge(year, 2024);
    ck_assert_int_eq(offset, 2);
    ck_assert_ptr_null(strchr(host, '.'));
    snprintf(wanted, sizeof(wanted), "outward-milter[%ld]: 4ABC: decision=accept\n", (long)getpid());
    ck_assert_str_eq(file_text() + at, wanted);
}
END_TEST

START_TEST(no_text_makes_a_second_line)
{
    static char longer[LOG_LINE_MAX + 500];
    const char *text;

    ck_assert_int_eq(log_open("t", LOG_TARGET_FILE, file_path, NULL, &opened, &error), 0);
    ck_assert(log_write(opened, LOG_LEVEL_INFO, (struct view){ "a\nb\0c", 5 }));
    text = file_text();
    ck_assert_ptr_nonnull(strstr(text, ": a?b?c\n"));
    memset(longer, 'x', sizeof(longer));
    ck_assert(log_write(opened, LOG_LEVEL_INFO, (struct view){ longer, sizeof(longer) }));
    text = strchr(file_text(), '\n') + 1;
    ck_assert_uint_eq(strspn(strchr(text, 'x'), "x"), LOG_LINE_MAX);
    ck_assert_ptr_null(strchr(strchr(text, '\n') + 1, '\n'));
}
END_TEST

START_TEST(after_a_rotation_the_new_file_is_written)
{
    char rotated[128];
    struct stat status;

    ck_assert_int_eq(log_open("t", LOG_TARGET_FILE, file_path, NULL, &opened, &error), 0);
    log_write(opened, LOG_LEVEL_INFO, VIEW("old"));
    snprintf(rotated, sizeof(rotated), "%s.1", file_path);
    ck_assert_int_eq(rename(file_path, rotated), 0);
    log_write(opened, LOG_LEVEL_INFO, VIEW("still the old one"));
    ck_assert_int_eq(log_reopen(opened, &error), 0);
    log_write(opened, LOG_LEVEL_INFO, VIEW("new"));
    ck_assert_ptr_nonnull(strstr(file_text(), ": new\n"));
    ck_assert_ptr_null(strstr(file_text(), "old"));
    ck_assert_int_eq(stat(file_path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 007, 0);
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_told_and_the_old_one_kept)
{
    ck_assert_int_eq(log_open("t", LOG_TARGET_FILE, "/nonexistent/file", NULL, &opened, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.text, "/nonexistent/file"));
    ck_assert_ptr_null(opened);
    ck_assert_int_eq(log_open("t", LOG_TARGET_FILE, file_path, NULL, &opened, &error), 0);
    ck_assert_int_eq(unlink(file_path), 0);
    ck_assert_int_eq(mkdir(file_path, 0700), 0);
    ck_assert_int_eq(log_reopen(opened, &error), -1);
    ck_assert(log_write(opened, LOG_LEVEL_INFO, VIEW("goes on")));
    rmdir(file_path);
}
END_TEST

/* Standard error on a pipe that nobody reads: full, it drops; read again, lines are whole again. */
START_TEST(a_full_pipe_is_not_waited_for_and_tears_no_line)
{
    int ends[2], kept = dup(STDERR_FILENO);
    static char read_text[1 << 17];
    ssize_t n = 0;
    bool done = true;

    ck_assert_int_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    ck_assert_int_eq(log_open("t", LOG_TARGET_STDERR, NULL, NULL, &opened, &error), 0);
    for (int i = 0; i < 20000 && done; i++)
        done = log_write(opened, LOG_LEVEL_INFO, VIEW("a line of some length, to fill the pipe"));
    ck_assert(!done);
    n = read(ends[0], read_text, sizeof(read_text));
    ck_assert_int_gt(n, 0);
    ck_assert_int_eq(read_text[n - 1], '\n');
    ck_assert(log_write(opened, LOG_LEVEL_INFO, VIEW("x")));
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[0]);
    close(ends[1]);
}
END_TEST

/* A container's engine keeps what stands on standard error: one log with Postfix's, for the same reader. */
START_TEST(a_pipe_takes_lines_as_a_file_does)
{
    int ends[2], kept = dup(STDERR_FILENO);
    char text[200] = "";
    unsigned pid = 0;
    int end = 0;

    ck_assert_int_eq(pipe(ends), 0);
    dup2(ends[1], STDERR_FILENO);
    ck_assert_int_eq(log_open("t", LOG_TARGET_STDERR, NULL, NULL, &opened, &error), 0);
    ck_assert(log_write(opened, LOG_LEVEL_INFO, VIEW("hello")));
    ck_assert_int_gt(read(ends[0], text, sizeof(text) - 1), 0);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[0]);
    close(ends[1]);
    ck_assert_msg(sscanf(text, "%*4d-%*2d-%*2dT%*2d:%*2d:%*2d.%*6d%*6c %*255s t[%u]: hello%n", &pid, &end) == 1 &&
                      end > 0,
                  "%s", text);
    ck_assert_uint_eq(pid, (unsigned)getpid());
}
END_TEST

/* Under a service manager it is a stream socket, which takes lines in part. */
START_TEST(a_torn_line_is_ended_before_the_next)
{
    int ends[2], kept = dup(STDERR_FILENO), size = 4608;
    static char line[LOG_LINE_MAX], text[1 << 20];
    ssize_t n, total = 0;
    uint64_t lost;

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
    setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
    dup2(ends[1], STDERR_FILENO);
    ck_assert_int_eq(log_open("t", LOG_TARGET_STDERR, NULL, NULL, &opened, &error), 0);
    memset(line, 'y', sizeof(line));
    while (log_write(opened, LOG_LEVEL_INFO, (struct view){ line, sizeof(line) })) {
    }
    while ((n = read(ends[0], text + total, sizeof(text) - (size_t)total - 1)) > 0)
        total += n;
    ck_assert(log_write(opened, LOG_LEVEL_INFO, VIEW("whole")));
    while ((n = read(ends[0], text + total, sizeof(text) - (size_t)total - 1)) > 0)
        total += n;
    text[total] = '\0';
    lost = log_take_lost(opened);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(ends[0]);
    close(ends[1]);
    ck_assert_uint_gt(lost, 0);
    ck_assert_ptr_nonnull(strstr(text, "]: whole\n"));
    ck_assert_int_eq(strncmp(text, "t[", 2), 0); /* it stamps them itself */
    ck_assert_int_eq(strstr(text, "]: whole\n")[-1] != 'y', 1);
}
END_TEST

enum { WRITERS = 4, LINES = 500 };

static void *write_lines(void *argument)
{
    for (int i = 0; i < LINES; i++)
        log_writef(argument, LOG_LEVEL_INFO, "line %d", i);
    return NULL;
}

START_TEST(threads_write_whole_lines_while_the_file_changes)
{
    pthread_t threads[WRITERS];
    struct error reason;
    const char *text;
    size_t lines = 0;

    ck_assert_int_eq(log_open("t", LOG_TARGET_FILE, file_path, NULL, &opened, &error), 0);
    for (size_t i = 0; i < WRITERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_lines, opened), 0);
    for (int i = 0; i < 50; i++)
        ck_assert_int_eq(log_reopen(opened, &reason), 0);
    for (size_t i = 0; i < WRITERS; i++)
        pthread_join(threads[i], NULL);
    ck_assert_uint_eq(log_take_lost(opened), 0);
    for (text = file_text(); (text = strchr(text, '\n')) != NULL; text++)
        lines++;
    ck_assert_uint_eq(lines, (size_t)WRITERS * LINES);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("log");
    TCase *tests = tcase_create("log");

    tcase_add_checked_fixture(tests, make_folder, remove_folder);
    tcase_add_test(tests, a_syslog_line_is_a_datagram_as_syslog_3_writes_it);
    tcase_add_loop_test(tests, the_facility_is_mail_at_each_level, 0, ROWS(levels));
    tcase_add_test(tests, a_full_syslog_is_not_waited_for_and_the_drops_are_counted);
    tcase_add_test(tests, a_syslog_that_comes_later_or_again_is_found);
    tcase_add_test(tests, a_file_line_has_the_prefix_that_rsyslog_writes);
    tcase_add_test(tests, no_text_makes_a_second_line);
    tcase_add_test(tests, after_a_rotation_the_new_file_is_written);
    tcase_add_test(tests, a_file_that_cannot_be_opened_is_told_and_the_old_one_kept);
    tcase_add_test(tests, a_full_pipe_is_not_waited_for_and_tears_no_line);
    tcase_add_test(tests, a_pipe_takes_lines_as_a_file_does);
    tcase_add_test(tests, a_torn_line_is_ended_before_the_next);
    tcase_add_test(tests, threads_write_whole_lines_while_the_file_changes);
    suite_add_tcase(suite, tests);
    return suite;
}
