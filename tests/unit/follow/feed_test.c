/* Files as they lie about: packed, rotated, in any order, damaged. */
#include "follow/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "follow/source.h"
#include "shared/buf.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/outward-feed-XXXXXX";
static char paths[8][64];
static size_t path_count;
static struct writers *writers;

static void setup(void)
{
    memcpy(folder, "/tmp/outward-feed-XXXXXX", sizeof(folder));
    ck_assert_ptr_nonnull(mkdtemp(folder));
    path_count = 0;
    writers = writers_new(42);
    ck_assert_ptr_nonnull(writers);
}

static void teardown(void)
{
    while (path_count > 0)
        unlink(paths[--path_count]);
    rmdir(folder);
    writers_free(writers);
}

static const char *make_file(const char *octets, size_t n)
{
    char *path = paths[path_count++];
    FILE *file;

    snprintf(path, sizeof(paths[0]), "%s/log.%zu", folder, path_count);
    file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(octets, 1, n, file), n);
    fclose(file);
    return path;
}

static const char *make_log(const char *text)
{
    return make_file(text, strlen(text));
}

/* All lines' texts, an octet behind each. */
static struct view read_all(const char *const *names, size_t count, char behind, struct buf *out, struct error *error)
{
    struct prefix_settings settings = { .writers = writers, .newest = 1796083200 };
    const struct log_line *line;
    struct feed *feed;
    int result;

    if (feed_open(names, count, &settings, NULL, &feed, error) == -1)
        return VIEW("(not opened)");
    while ((result = feed_next(feed, &line, error)) == 1) {
        buf_add(out, line->text);
        buf_add_char(out, behind);
    }
    feed_close(feed);
    return result == 0 ? buf_view(out) : VIEW("(failed)");
}

#define LINE(time, text) "Nov 21 " time " mail postfix/smtp[7]: " text "\n"

static const struct {
    const char *logs[4];
    const char *expected;
} orders[] = {
    { { LINE("10:00:00", "a") LINE("10:00:01", "b"), LINE("10:00:02", "c") }, "a b c " },
    { { LINE("10:00:02", "c"), LINE("10:00:00", "a") LINE("10:00:01", "b") }, "a b c " },
    { { LINE("10:00:02", "c") LINE("10:00:04", "e"), LINE("10:00:01", "b") LINE("10:00:03", "d") }, "b c d e " },
    { { "", LINE("10:00:01", "b"), "\n\n" }, "b " },
    { { "rubbish\n" LINE("10:00:01", "b"), LINE("10:00:00", "a") }, "a b " },
    { { LINE("10:00:00", "no line end"), "Nov 21 10:00:01 mail postfix/smtp[7]: x" }, "no line end x " },
    { { "Nov 21 10:00:00 mail postfix/smtp[7]: a\r\nNov 21 10:00:00 mail postfix/smtp[7]: b\r\n\r\n" }, "a b " },
    { { LINE("10:00:00", "a") LINE("10:00:01", "c") LINE("10:00:01", "d") LINE("10:00:02", "f"),
        "2026-11-21T10:00:01.5Z mail outward-milter[9]: b\n2026-11-21T10:00:02.5Z mail outward-milter[9]: e\n" },
      "a b c d e f " },
    { { "Dec 31 23:59:59 mail postfix/smtp[7]: old\nJan  1 00:00:00 mail postfix/smtp[7]: new\n",
        "2025-12-31T23:59:59.500Z mail postfix/smtp[7]: between\n" },
      "old between new " },
};

START_TEST(logs_are_read_in_the_order_of_time_whatever_the_order_given)
{
    const char *names[4];
    char text[256];
    struct buf buf = BUF(text);
    struct error error = { 0 };
    size_t count = 0;

    while (count < 4 && orders[_i].logs[count] != NULL) {
        names[count] = make_log(orders[_i].logs[count]);
        count++;
    }
    ck_assert_view_eq(read_all(names, count, ' ', &buf, &error), orders[_i].expected);
}
END_TEST

#define CLIENT(id) id ": client=c.example.com[203.0.113.5]"
#define A LINE("10:00:00", CLIENT("AAAAAA"))
#define A_AGAIN LINE("10:00:01", CLIENT("AAAAAA"))
#define B LINE("10:00:01", CLIENT("BBBBBB"))
#define C LINE("10:00:02", CLIENT("CCCCCC"))
#define C_OF_ANOTHER "Nov 21 10:00:02 mail postfix/smtpd[8]: " CLIENT("CCCCCC") "\n"
#define C_ELSEWHERE "Nov 21 10:00:02 edge postfix/smtp[7]: " CLIENT("CCCCCC") "\n"
#define D LINE("10:00:03", CLIENT("DDDDDD"))
#define X LINE("10:00:01", "xxxxx connect to mx.example.com[192.0.2.1]:25: Connection refused")

/* Lines are told by their first octet. */
static const struct {
    const char *what, *logs[4];
    const char *expected;
} copies[] = {
    { "the same log twice", { A B C, A B C }, "ABC" },
    { "and thrice", { A B C, A B C, A B C }, "ABC" },
    { "whatever its lines are about", { X B C, X B C }, "xBC" },
    { "a part of it", { A B C, B }, "ABC" },
    { "each a part of all", { A B C, B C D }, "ABCD" },
    { "to the last line", { C C D, B C C D }, "BCCD" },
    { "what fills no more than a moment", { A A, A A }, "AA" },
    { "what happened twice in one log is no copy", { A B B C, D }, "ABBCD" },
    { "as often as one of them has it", { A B B C, A B C, A B B B C }, "ABBBC" },
    { "a rotation between two that look alike is no copy", { A B, B C }, "ABBC" },
    { "nor is what may be said again", { A X C, X D }, "AxxCD" },
    { "another moment is another line", { A B C, A_AGAIN D }, "ABACD" },
    { "another process", { A C D, C_OF_ANOTHER }, "ACCD" },
    { "another host", { A C D, C_ELSEWHERE }, "ACCD" },
};

/* mail.log and mail.info, a name given twice, a file and its packed copy. */
START_TEST(what_stands_in_several_logs_is_read_once)
{
    const char *names[4];
    char text[2048], initials[32];
    struct buf buf = BUF(text), told = BUF(initials);
    struct error error = { 0 };
    struct view lines, line;
    size_t count = 0;

    while (count < 4 && copies[_i].logs[count] != NULL) {
        names[count] = make_log(copies[_i].logs[count]);
        count++;
    }
    lines = read_all(names, count, '\n', &buf, &error);
    while (view_cut_char(&lines, '\n', &line))
        buf_add_char(&told, line.p[0]);
    ck_assert_msg(view_eq(buf_view(&told), view_of(copies[_i].expected)), "%s: %.*s", copies[_i].what, (int)told.len,
                  initials);
}
END_TEST

static size_t pack_gzip(const char *text, char *out, size_t size)
{
    z_stream stream = { 0 };

    ck_assert_int_eq(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    stream.next_in = (Bytef *)(uintptr_t)text;
    stream.avail_in = (uInt)strlen(text);
    stream.next_out = (Bytef *)out;
    stream.avail_out = (uInt)size;
    ck_assert_int_eq(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return size - stream.avail_out;
}

static size_t pack_zstd(const char *text, char *out, size_t size)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    size_t used;

    ck_assert_ptr_nonnull(context);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1); /* as zstd(1) does */
    used = ZSTD_compress2(context, out, size, text, strlen(text));
    ZSTD_freeCCtx(context);
    return used;
}

static size_t pack_xz(const char *text, char *out, size_t size)
{
    size_t used = 0;

    ck_assert_int_eq(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC64, NULL, (const uint8_t *)text, strlen(text),
                                             (uint8_t *)out, &used, size),
                     LZMA_OK);
    return used;
}

static size_t (*const packers[])(const char *, char *, size_t) = { pack_gzip, pack_zstd, pack_xz };

START_TEST(packed_logs_are_read_like_plain_ones_member_by_member)
{
    char packed[8192], text[256];
    struct buf buf = BUF(text);
    struct error error = { 0 };
    size_t n = packers[_i](LINE("10:00:00", "a") LINE("10:00:01", "b"), packed, sizeof(packed));
    const char *name;

    n += packers[_i](LINE("10:00:02", "c"), packed + n, sizeof(packed) - n);
    name = make_file(packed, n);
    ck_assert_view_eq(read_all(&name, 1, ' ', &buf, &error), "a b c ");
}
END_TEST

START_TEST(a_damaged_or_cut_packed_log_is_an_error_with_its_name)
{
    char packed[8192], text[256];
    struct buf buf = BUF(text);
    struct error error = { 0 };
    size_t n = packers[_i](LINE("10:00:00", "a") LINE("10:00:01", "b"), packed, sizeof(packed));
    const char *cut = make_file(packed, n - 5), *damaged;

    read_all(&cut, 1, ' ', &buf, &error);
    ck_assert_msg(strncmp(error.text, cut, strlen(cut)) == 0, "%s", error.text);
    memset(packed + n / 2, 0x55, n / 4);
    damaged = make_file(packed, n);
    error = (struct error){ 0 };
    read_all(&damaged, 1, ' ', &buf, &error);
    ck_assert_msg(strncmp(error.text, damaged, strlen(damaged)) == 0, "%s", error.text);
}
END_TEST

/* Lines enough for many blocks of the thread that unpacks, numbered so that none can be lost or doubled. */
static char *many_lines(size_t *length)
{
    enum { LINES = 40000, LONGEST = 64 };
    char *text = malloc((size_t)LINES * LONGEST);
    size_t n = 0;

    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < LINES; i++)
        n += (size_t)snprintf(text + n, LONGEST, "Nov 21 10:00:00 mail postfix/smtp[7]: %d\n", i);
    *length = n;
    return text;
}

START_TEST(a_long_packed_log_is_unpacked_beside_its_reader)
{
    struct prefix_settings settings = { .writers = writers, .newest = 1796083200 };
    size_t length, n;
    char *text = many_lines(&length), *packed = malloc(length + 65536);
    const struct log_line *line;
    struct error error;
    struct feed *feed;
    const char *name;
    uint64_t number, next = 0;

    ck_assert_ptr_nonnull(packed);
    n = packers[_i](text, packed, length + 65536);
    name = make_file(packed, n);
    ck_assert_int_eq(feed_open(&name, 1, &settings, NULL, &feed, &error), 0);
    while (feed_next(feed, &line, &error) == 1) {
        ck_assert(view_number(line->text, UINT32_MAX, &number));
        ck_assert_uint_eq(number, next++);
    }
    ck_assert_uint_eq(next, 40000);
    feed_close(feed);
    /* Who stops early waits for nobody. */
    ck_assert_int_eq(feed_open(&name, 1, &settings, NULL, &feed, &error), 0);
    for (int i = 0; i < 10000; i++)
        ck_assert_int_eq(feed_next(feed, &line, &error), 1);
    feed_close(feed);
    free(text);
    free(packed);
}
END_TEST

START_TEST(a_missing_log_is_an_error_with_its_name)
{
    static const char *const name = "/tmp/outward-no-such-file";
    char text[16];
    struct buf buf = BUF(text);
    struct error error = { 0 };

    ck_assert_view_eq(read_all(&name, 1, ' ', &buf, &error), "(not opened)");
    ck_assert_str_eq(error.text, "/tmp/outward-no-such-file: No such file or directory");
}
END_TEST

START_TEST(a_line_longer_than_the_limit_is_cut_and_the_next_is_whole)
{
    enum { LENGTH = SOURCE_BUFFER * 3 };
    char *octets = malloc(LENGTH + 2048);
    struct prefix_settings settings = { .writers = writers, .newest = 1796083200 };
    const struct log_line *line;
    struct error error;
    struct feed *feed;
    const char *name;
    size_t n;

    ck_assert_ptr_nonnull(octets);
    n = (size_t)sprintf(octets, "%s", "Nov 21 10:00:00 mail postfix/smtp[7]: ");
    memset(octets + n, 'x', LENGTH);
    n += LENGTH;
    n += (size_t)sprintf(octets + n, "\n%s", LINE("10:00:01", "b"));
    name = make_file(octets, n);
    free(octets);
    ck_assert_int_eq(feed_open(&name, 1, &settings, NULL, &feed, &error), 0);
    ck_assert_int_eq(feed_next(feed, &line, &error), 1);
    ck_assert_uint_le(line->text.n, FEED_LINE_MAX);
    ck_assert_int_eq(feed_next(feed, &line, &error), 1);
    ck_assert_view_eq(line->text, "b");
    ck_assert_int_eq(feed_next(feed, &line, &error), 0);
    ck_assert_uint_eq(feed_counts(feed).cut, 1);
    ck_assert_uint_eq(feed_counts(feed).lines, 2);
    feed_close(feed);
}
END_TEST

START_TEST(lines_without_a_known_prefix_are_counted)
{
    struct prefix_settings settings = { .writers = writers, .newest = 1796083200 };
    const char *name = make_log("rubbish\n### title\n\n" LINE("10:00:00", "a") "more rubbish\n");
    const struct log_line *line;
    struct error error;
    struct feed *feed;

    ck_assert_int_eq(feed_open(&name, 1, &settings, NULL, &feed, &error), 0);
    while (feed_next(feed, &line, &error) == 1)
        ck_assert_view_eq(line->text, "a");
    ck_assert_uint_eq(feed_counts(feed).lines, 3);
    ck_assert_uint_eq(feed_counts(feed).strange, 2);
    feed_close(feed);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("feed");
    TCase *tests = tcase_create("feed");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, logs_are_read_in_the_order_of_time_whatever_the_order_given, 0, ROWS(orders));
    tcase_add_loop_test(tests, what_stands_in_several_logs_is_read_once, 0, ROWS(copies));
    tcase_add_loop_test(tests, packed_logs_are_read_like_plain_ones_member_by_member, 0, ROWS(packers));
    tcase_add_loop_test(tests, a_damaged_or_cut_packed_log_is_an_error_with_its_name, 0, ROWS(packers));
    tcase_add_loop_test(tests, a_long_packed_log_is_unpacked_beside_its_reader, 0, ROWS(packers));
    tcase_add_test(tests, a_missing_log_is_an_error_with_its_name);
    tcase_add_test(tests, a_line_longer_than_the_limit_is_cut_and_the_next_is_whole);
    tcase_add_test(tests, lines_without_a_known_prefix_are_counted);
    suite_add_tcase(suite, tests);
    return suite;
}
