#include "follow/prefix_quick.h"

#include <stdlib.h>
#include <string.h>

#include "shared/buf.h"
#include "tests/unit/allocations.h"
#include "tests/unit/unit.h"

static struct writers *writers;

static void setup(void)
{
    writers = writers_new(42);
    ck_assert_ptr_nonnull(writers);
}

static void teardown(void)
{
    writers_free(writers);
}

enum { NEWEST = 1796083200 /* 2026-12-01 00:00 UTC */ };

static const struct {
    const char *line;
    int64_t time; /* ms */
    const char *host, *tag;
    uint64_t pid;
    const char *text;
} lines[] = {
    { "Nov 21 19:17:35 mail postfix/smtp[429]: text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "Nov  1 06:25:01 mail postfix/smtp[429]: text", 1793514301000, "mail", "postfix/smtp", 429, "text" },
    { "Nov 01 06:25:01 mail postfix/smtp[429]: text", 1793514301000, "mail", "postfix/smtp", 429, "text" },
    { "<22>Nov 21 19:17:35 mail postfix/smtp[429]: text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "Nov 21 19:17:60 mail postfix/smtp[429]: leap second", 1795288680000, "mail", "postfix/smtp", 429,
      "leap second" },
    { "Nov 21 19:17:35.250000 mail postfix/smtp[429]: text", 1795288655250, "mail", "postfix/smtp", 429, "text" },
    { "Dec 31 23:59:59 mail postfix/smtp[1]: last year", 1767225599000, "mail", "postfix/smtp", 1, "last year" },
    { "Nov 21 19:17:35 mail postfix/smtp: no pid", 1795288655000, "mail", "postfix/smtp", 0, "no pid" },
    { "Nov 21 19:17:35 mail last message repeated 3 times", 1795288655000, "mail", "", 0,
      "last message repeated 3 times" },
    { "Nov 21 19:17:35 <mail.info> mail postfix/smtp[429]: text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "\xef\xbb\xbfNov 21 19:17:35 mail postfix/smtp[429]: text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "Nov 21 19:17:35 mail kernel: [ 12.5] x", 1795288655000, "mail", "kernel", 0, "[ 12.5] x" },
    { "2026-11-21T19:17:35.123456+00:00 mail postfix/smtp[429]: text", 1795288655123, "mail", "postfix/smtp", 429,
      "text" },
    { "2026-11-21T20:17:35+0100 mail postfix/smtp[429]: text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "2026-11-21T14:47:35,5-04:30 mail postfix/smtp[429]: text", 1795288655500, "mail", "postfix/smtp", 429, "text" },
    { "2026-11-21T19:17:35Z mail outward-milter[7]: NOQUEUE: decision=accept", 1795288655000, "mail", "outward-milter",
      7, "NOQUEUE: decision=accept" },
    { "2026-11-21T22:17:35+03 mail postfix/smtp[429]: text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "2026-11-21 19:17:35z mail postfix/smtp[429]: text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "2026-11-21t19:17:35Z mail postfix/smtp[429]: text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "2026-11-21 19:17:35 mail postfix/smtp[429]: text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "2026-11-21T19:17:35.123 mail postfix/smtp[429]: text", 1795288655123, "mail", "postfix/smtp", 429, "text" },
    { "2026-11-21 19:17:35,123 mail postfix/smtp[429]: text", 1795288655123, "mail", "postfix/smtp", 429, "text" },
    { "Nov 21 19:17:35 mail mail.info postfix/smtp[429]: text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "Nov 21 19:17:35 mail mail.loud postfix/smtp[429]: text", 1795288655000, "mail", "", 0,
      "mail.loud postfix/smtp[429]: text" },
    { "Nov 21 19:17:35 mail .info postfix/smtp[429]: text", 1795288655000, "mail", "", 0,
      ".info postfix/smtp[429]: text" },
    { "Nov 21 19:17:35 mail info postfix/smtp[429]: text", 1795288655000, "mail", "", 0,
      "info postfix/smtp[429]: text" },
    { "Nov 21 19:17:35 <mail postfix/smtp[429]: text", 1795288655000, "<mail", "postfix/smtp", 429, "text" },
    { "Nov 21 19:17:35 mail> postfix/smtp[429]: text", 1795288655000, "mail>", "postfix/smtp", 429, "text" },
    { "Nov 21 19:17:35 mail postfix/smtp[429]: [ID 197553 mail.info] text", 1795288655000, "mail", "postfix/smtp", 429,
      "text" },
    { "Nov 21 19:17:35  mail  postfix/smtp[429]:  text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "Nov 21 19:17:35 mail mail.info last message repeated 3 times", 1795288655000, "mail", "", 0,
      "mail.info last message repeated 3 times" },
    { "<22>1 2026-11-21T19:17:35Z mail postfix/smtp 429 - -  text", 1795288655000, "mail", "postfix/smtp", 429,
      "text" },
    { "<22>1 2026-11-21T19:17:35Z mail postfix/smtp 429 - - \xef\xbb\xbftext", 1795288655000, "mail", "postfix/smtp",
      429, "text" },
    { "Sat 2026-11-21 19:17:35 UTC mail postfix/smtp[429]: text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "Sat 2026-11-21 19:17:35.250 +03 mail postfix/smtp[429]: text", 1795288655250, "mail", "postfix/smtp", 429,
      "text" },
    { "1795288655.123456 mail postfix/smtp[429]: text", 1795288655123, "mail", "postfix/smtp", 429, "text" },
    { "Nov 21 19:17:35 mail postfix/smtp[12345678901]: text", 1795288655000, "mail", "", 0,
      "postfix/smtp[12345678901]: text" },
    { "<22>1 2026-11-21T19:17:35Z mail postfix/smtp 429 - - text", 1795288655000, "mail", "postfix/smtp", 429, "text" },
    { "<22>1 2026-11-21T19:17:35.5Z mail postfix/smtp - ID7 [a b=\"c]\\\"\"][d] text", 1795288655500, "mail",
      "postfix/smtp", 0, "text" },
    { "{\"MESSAGE\":\"text\",\"SYSLOG_IDENTIFIER\":\"postfix/smtp\",\"_PID\":\"429\",\"_HOSTNAME\":\"mail\","
      "\"__REALTIME_TIMESTAMP\":\"1795288655123456\"}",
      1795288655123, "mail", "postfix/smtp", 429, "text" },
    { "{\"MESSAGE\":[116,255,120],\"SYSLOG_IDENTIFIER\":\"postfix/smtp\",\"SYSLOG_PID\":\"8\",\"_PID\":\"429\","
      "\"_HOSTNAME\":\"mail\",\"__REALTIME_TIMESTAMP\":\"1795288655000000\"}",
      1795288655000, "mail", "postfix/smtp", 8, "t\377x" },
};

START_TEST(each_format_gives_time_host_program_and_text)
{
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST };
    struct prefix prefix;
    struct log_line line = { 0 };

    prefix_init(&prefix, &settings);
    ck_assert_int_eq(prefix_parse(&prefix, view_of(lines[_i].line), &line), PREFIX_FOUND);
    ck_assert_int_eq(line.time, lines[_i].time);
    ck_assert_view_eq(line.writer->host, lines[_i].host);
    ck_assert_view_eq(line.writer->tag, lines[_i].tag);
    ck_assert_uint_eq(line.pid, lines[_i].pid);
    ck_assert_view_eq(line.text, lines[_i].text);
    prefix_done(&prefix);
}
END_TEST

START_TEST(a_stream_may_change_its_format_at_any_line)
{
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST };
    struct prefix prefix;

    prefix_init(&prefix, &settings);
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < ROWS(lines); i++) {
            struct log_line line = { 0 };

            if (lines[i].time < 1793514301000)
                continue; /* December before November is another year */
            ck_assert_int_eq(prefix_parse(&prefix, view_of(lines[i].line), &line), PREFIX_FOUND);
            ck_assert_int_eq(line.time, lines[i].time);
            ck_assert_view_eq(line.text, lines[i].text);
        }
    }
    prefix_done(&prefix);
}
END_TEST

/* The stamp in front is the container runtime's; the line's own says less, and what is around it nothing. */
static const char *const contained[] = {
    "2026-11-21T19:17:35.500000000Z Nov 21 20:17:35 mail postfix/smtp[429]: text",
    "2026-11-21T19:17:35.500000000Z Nov 21 20:17:35.123456 mail postfix/smtp[429]: text",
    "2026-11-21T19:17:35.500000000Z 2026-11-21T20:17:35.123456+01:00 mail postfix/smtp[429]: text",
    "2026-11-21T19:17:35.500000000Z stdout F Nov 21 20:17:35 mail postfix/smtp[429]: text",
    "2026-11-21T19:17:35.500000000Z stderr P Nov 21 20:17:35 mail postfix/smtp[429]: text",
    "postfix-1  | 2026-11-21T19:17:35.500000000Z Nov 21 20:17:35 mail postfix/smtp[429]: text",
    "postfix-1  | Nov 21 19:17:35.5 mail postfix/smtp[429]: text",
    "[pod/postfix-0/postfix] Nov 21 19:17:35.5 mail postfix/smtp[429]: text",
    "{\"log\":\"Nov 21 20:17:35 mail postfix/smtp[429]: text\\n\",\"stream\":\"stdout\","
    "\"time\":\"2026-11-21T19:17:35.500000000Z\"}",
    "data: {\"MESSAGE\":\"text\",\"SYSLOG_IDENTIFIER\":\"postfix/smtp\",\"_PID\":\"429\",\"_HOSTNAME\":\"mail\","
    "\"__REALTIME_TIMESTAMP\":\"1795288655500000\"}",
};

/* Twice, for what a script says before Postfix begins may have chosen another format. */
START_TEST(what_containers_write_in_front_of_a_line_is_known)
{
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST };
    struct log_line line = { 0 };
    struct prefix prefix;

    prefix_init(&prefix, &settings);
    ck_assert_int_eq(prefix_parse(&prefix, VIEW("2026-11-21T19:17:34.5Z Starting Postfix ..."), &line), PREFIX_FOUND);
    for (int times = 0; times < 2; times++) {
        ck_assert_int_eq(prefix_parse(&prefix, view_of(contained[_i]), &line), PREFIX_FOUND);
        ck_assert_int_eq(line.time, 1795288655500);
        ck_assert_view_eq(line.writer->host, "mail");
        ck_assert_view_eq(line.writer->tag, "postfix/smtp");
        ck_assert_uint_eq(line.pid, 429);
        ck_assert_view_eq(line.text, "text");
    }
    prefix_done(&prefix);
}
END_TEST

/* Each on its own: nothing of the line before may stand in for what is wrong. */
static enum prefix_result parse_alone(struct view text, struct log_line *line)
{
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST };
    struct prefix prefix;
    enum prefix_result result;

    prefix_init(&prefix, &settings);
    result = prefix_parse(&prefix, text, line);
    prefix_done(&prefix);
    return result;
}

START_TEST(nothing_is_a_blank_line)
{
    struct log_line line;

    ck_assert_int_eq(parse_alone((struct view){ NULL, 0 }, &line), PREFIX_BLANK);
}
END_TEST

START_TEST(empty_brackets_are_no_facility)
{
    struct log_line line = { 0 };

    ck_assert_int_eq(parse_alone(VIEW("Nov 21 19:17:35 <> postfix/smtp[429]: text"), &line), PREFIX_FOUND);
    ck_assert_view_eq(line.writer->host, "<>");
    ck_assert_view_eq(line.writer->tag, "postfix/smtp");
}
END_TEST

START_TEST(a_line_cut_anywhere_has_its_own_time_or_none)
{
    struct view whole = view_of(lines[_i].line);

    for (size_t n = 0; n < whole.n; n++) {
        struct log_line line = { 0 };

        if (parse_alone(view_slice(whole, 0, n), &line) == PREFIX_FOUND)
            ck_assert_msg(line.time == lines[_i].time, "cut behind \"%.*s\"", (int)n, whole.p);
    }
}
END_TEST

/* Some octets behind a whole line, whose writer and stamp are known then; *at: where the text begins, but for JSON's. */
static enum prefix_result parse_behind(struct view whole, struct view octets, struct log_line *line, ptrdiff_t *at)
{
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST };
    struct prefix prefix;
    enum prefix_result result;

    prefix_init(&prefix, &settings);
    for (int times = 0; times < 2; times++)
        ck_assert_int_eq(prefix_parse(&prefix, whole, line), PREFIX_FOUND);
    *line = (struct log_line){ 0 };
    result = prefix_parse(&prefix, octets, line);
    *at = result == PREFIX_FOUND && octets.p[0] != '{' ? line->text.p - octets.p : 0;
    prefix_done(&prefix);
    return result;
}

START_TEST(what_stands_behind_a_line_is_not_looked_at)
{
    struct view whole = view_of(lines[_i].line);

    for (size_t n = 0; n < whole.n; n++) {
        struct view octets = unit_copy(view_slice(whole, 0, n));
        struct log_line alone, followed;
        ptrdiff_t alone_at, followed_at;

        ck_assert_msg(parse_behind(whole, octets, &alone, &alone_at) ==
                          parse_behind(whole, view_slice(whole, 0, n), &followed, &followed_at),
                      "cut behind \"%.*s\"", (int)n, whole.p);
        ck_assert_int_eq(alone.time, followed.time);
        ck_assert_ptr_eq(alone.writer, followed.writer);
        ck_assert_uint_eq(alone.pid, followed.pid);
        ck_assert_uint_eq(alone.text.n, followed.text.n);
        ck_assert_int_eq(alone_at, followed_at);
        free((char *)octets.p);
    }
}
END_TEST

START_TEST(a_stamp_with_a_wrong_octet_is_none)
{
    char text[256];
    struct buf buf = BUF(text);
    ptrdiff_t end, facility;

    buf_add(&buf, view_of(lines[_i].line));
    if (text[0] == '{')
        return; /* JSON: keys may be any, and are then others */
    end = view_find(buf_view(&buf), VIEW(" mail"));
    facility = view_find(buf_view(&buf), VIEW(" <mail"));
    if (facility >= 0)
        end = facility; /* behind the stamp */
    ck_assert_int_ge(end, 15);
    for (ptrdiff_t at = 0; at < end; at++) {
        struct log_line line = { 0 };
        char right = text[at];

        text[at] = '~';
        ck_assert_msg(parse_alone(buf_view(&buf), &line) == PREFIX_STRANGE, "%s", buf_text(&buf));
        text[at] = right;
    }
}
END_TEST

/* What the short way takes, the whole one takes for the same. */
static bool both_ways(struct prefix *prefix, struct view text)
{
    struct log_line quick = { 0 }, whole = { 0 };

    if (!prefix_quick(prefix, text, &quick))
        return false;
    ck_assert_msg(prefix_parse(prefix, text, &whole) == PREFIX_FOUND, "%.*s", VIEW_ARG(text));
    ck_assert_int_eq(quick.time, whole.time);
    ck_assert_ptr_eq(quick.writer, whole.writer);
    ck_assert_uint_eq(quick.pid, whole.pid);
    ck_assert(view_eq(quick.text, whole.text));
    return true;
}

START_TEST(the_short_way_says_what_the_whole_one_says)
{
    static const char wrong[] = "~0959[]: ";
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST };
    char text[] = "Nov 21 19:17:35 mail postfix/smtp[429]: some text";
    const struct view line = { text, sizeof(text) - 1 };
    struct log_line found;
    struct prefix prefix;

    prefix_init(&prefix, &settings);
    ck_assert(!both_ways(&prefix, line));   /* nothing was seen yet */
    for (int times = 0; times < 2; times++) /* a writer is remembered when it comes again */
        ck_assert_int_eq(prefix_parse(&prefix, line, &found), PREFIX_FOUND);
    ck_assert(both_ways(&prefix, line));
    for (size_t n = 0; n < line.n; n++)
        (void)both_ways(&prefix, view_slice(line, 0, n));
    for (size_t at = 0; at < line.n; at++) {
        char right = text[at];

        for (size_t i = 0; i < sizeof(wrong) - 1; i++) {
            text[at] = wrong[i];
            (void)both_ways(&prefix, line);
        }
        text[at] = right;
    }
    ck_assert_int_eq(prefix_parse(&prefix, line, &found), PREFIX_FOUND);
    ck_assert(both_ways(&prefix, line));
    prefix_done(&prefix);
}
END_TEST

START_TEST(without_memory_there_is_no_short_way)
{
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST };
    const struct view line = VIEW("Nov 21 19:17:35 mail postfix/smtp[429]: some text");
    struct log_line known, found = { 0 }, again = { 0 };
    enum prefix_result result = PREFIX_STRANGE;
    struct prefix prefix;
    bool quick = false;

    ck_assert_int_eq(parse_alone(line, &known), PREFIX_FOUND);
    prefix_init(&prefix, &settings);
    allocations_fail(0, true);
    for (int times = 0; times < 2; times++) {
        result = prefix_parse(&prefix, line, &found);
        quick = quick || prefix_quick(&prefix, line, &again);
    }
    ck_assert(allocations_end());
    ck_assert_int_eq(result, PREFIX_FOUND);
    ck_assert_int_eq(found.time, known.time);
    ck_assert_ptr_eq(found.writer, known.writer);
    ck_assert(!quick);
    prefix_done(&prefix);
}
END_TEST

/*
 * Lines one after the other: a writer is remembered when it comes again; where the minute changes, and behind another
 * format, the whole way is the only one.
 */
static const struct {
    struct view line;
    bool quick;
} sequence[] = {
    { VIEW_INIT("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0mail postfix/smtp[429]: some text a"), false },
    { VIEW_INIT("Nov 21 19:17:35 mail postfix/smtp[429]: some text a"), false },
    { VIEW_INIT("Nov 21 19:17:35 mail postfix/smtp[429]: some text b"), false },
    { VIEW_INIT("Nov 21 19:17:35 mail postfix/smtp[429]: some text c"), true },
    { VIEW_INIT("Nov 21 19:17:36 mail postfix/smtp[429]: some text d"), true },
    { VIEW_INIT("Nov 21 19:17:35 mail postfix/smtp[429]: some text e"), true },
    { VIEW_INIT("Nov 21 19:17:61 mail postfix/smtp[429]: some text f"), false },
    { VIEW_INIT("Nov 21 19:17:3a mail postfix/smtp[429]: some text g"), false },
    { VIEW_INIT("Nov 21 19:17:35.5 ail postfix/smtp[429]: some text h"), false },
    { VIEW_INIT("Nov 21 19:18:35 mail postfix/smtp[429]: some text i"), false },
    { VIEW_INIT("Nov 21 19:18:35 mail postfix/smtp[429]: some text j"), true },
    { VIEW_INIT("Nov 21 19:17:35 mail postfix/smtp[429]: some text k"), false },
    { VIEW_INIT("Nov 21 19:17:35 mail postfix/smtp[429]: some text l"), true },
    { VIEW_INIT("2026-11-21T19:17:35+00:00 mail postfix/smtp[429]: some text m"), false },
    { VIEW_INIT("Nov 21 19:17:35 mail postfix/smtp[429]: some text n"), false },
    { VIEW_INIT("Nov 21 19:17:35 mail postfix/smtp[429]: some text o"), true },
};

START_TEST(the_short_way_takes_lines_of_the_minute_before)
{
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST };
    struct prefix prefix;

    prefix_init(&prefix, &settings);
    for (size_t i = 0; i < sizeof(sequence) / sizeof(sequence[0]); i++) {
        struct view text = sequence[i].line;
        struct log_line line;

        ck_assert_msg(both_ways(&prefix, text) == sequence[i].quick, "%.*s", VIEW_ARG(text));
        (void)prefix_parse(&prefix, text, &line);
    }
    prefix_done(&prefix);
}
END_TEST

START_TEST(writers_are_told_apart_whatever_the_length_of_their_names)
{
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST };
    char text[160];
    struct prefix prefix;

    prefix_init(&prefix, &settings);
    for (int length = 1; length < 100; length++) {
        struct buf buf = BUF(text);
        struct log_line line = { 0 };

        /* Two of a length that differ in their last octet only. */
        for (int last = 'a'; last <= 'b'; last++) {
            size_t joined = (size_t)length + 2; /* with the blank */

            buf_reset(&buf);
            buf_addf(&buf, "Nov 21 19:17:35 %0*d %c[429]: some text", length, 0, last);
            for (int times = 0; times < 2; times++)
                ck_assert_int_eq(prefix_parse(&prefix, buf_view(&buf), &line), PREFIX_FOUND);
            ck_assert_uint_eq(line.writer->host.n, (size_t)length);
            ck_assert_uint_eq(line.writer->tag.n, 1);
            ck_assert_int_eq(line.writer->tag.p[0], last);
            ck_assert_int_eq(both_ways(&prefix, buf_view(&buf)), joined >= 8 && joined <= PREFIX_RECENT_NAME);
        }
    }
    prefix_done(&prefix);
}
END_TEST

START_TEST(process_ids_are_read_whatever_their_length)
{
    static const char *const digits[] = { "0000000000", "9999999999", "1234567890", "4194304123" };
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST };
    char text[160];
    struct log_line line;
    struct prefix prefix;

    prefix_init(&prefix, &settings);
    for (int times = 0; times < 2; times++)
        ck_assert_int_eq(prefix_parse(&prefix, VIEW("Nov 21 19:17:35 mail postfix/smtp[429]: x"), &line), PREFIX_FOUND);
    for (int length = 0; length <= 10; length++) {
        struct buf buf = BUF(text);

        buf_addf(&buf, "Nov 21 19:17:35 mail postfix/smtp[%.*s]: some text", length, digits[_i]);
        ck_assert_int_eq(prefix_parse(&prefix, buf_view(&buf), &line), PREFIX_FOUND);
        ck_assert_uint_eq(line.pid, strtoull(buf_text(&buf) + strlen("Nov 21 19:17:35 mail postfix/smtp["), NULL, 10));
        /* Linux has no longer ones. */
        ck_assert_int_eq(both_ways(&prefix, buf_view(&buf)), length >= 1 && length <= 7);
        for (size_t n = 0; n < buf_view(&buf).n; n++)
            (void)both_ways(&prefix, view_slice(buf_view(&buf), 0, n));
    }
    prefix_done(&prefix);
}
END_TEST

static const struct {
    const char *line;
    enum prefix_result result;
} strange[] = {
    { "", PREFIX_BLANK },
    { "   ", PREFIX_BLANK },
    { "### OUT plain.example", PREFIX_BLANK },
    { "-- Boot 0123456789abcdef0123456789abcdef --", PREFIX_BLANK },
    { "--- 21 19:17:35 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "Nov 21 19:17 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "Nov 32 19:17:35 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "Nov 00 19:17:35 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "Nov 21 19:60:35 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "Nov 21 24:17:35 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "Nov 21 19:17:61 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "Foo 21 19:17:35 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "2026-13-21T19:17:35Z mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "2026-00-21T19:17:35Z mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "2026-11-00T19:17:35Z mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "2026-11-31T19:17:35Z mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "2026-11-21T19:60:35Z mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "2026-11-21T19:17:61Z mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "<>Nov 21 19:17:35 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "<1234>Nov 21 19:17:35 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "<22>2 2026-11-21T19:17:35Z mail postfix/smtp 429 - - text", PREFIX_STRANGE },
    { "<22>1 2026-11-21T19:17:35Z mail postfix/smtp 429 - text", PREFIX_STRANGE },
    { "[1]", PREFIX_STRANGE },
    { "Sat Nov 21 19:17:35 UTC 2026", PREFIX_STRANGE },
    { "Sat 2026-11-21 19:17:35 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "123456789012.5 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "1795288655. mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "two words | Nov 21 19:17:35 mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "{\"log\":\"Nov 21 19:17:35 mail postfix/smtp[429]: text\\n\"}", PREFIX_STRANGE },
    { "2026-02-29T19:17:35Z mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "2026-11-21T19:17:35+ mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "2026-11-21 19:17:35mail postfix/smtp[429]: text", PREFIX_STRANGE },
    { "2026-11-21 19:17:35 ", PREFIX_STRANGE },
    { "<22>1 2026-11-21T19:17:35Z mail postfix/smtp 429 - [never closed text", PREFIX_STRANGE },
    { "{\"MESSAGE\":\"no time\"}", PREFIX_STRANGE },
    { "{\"MESSAGE\":", PREFIX_STRANGE },
    { "postfix/smtp: warning: on standard error", PREFIX_STRANGE },
    { "Nov 21 19:17:35", PREFIX_STRANGE },
    { "Nov 21 19:17:35 ", PREFIX_STRANGE },
};

START_TEST(what_is_no_log_line_is_told_apart)
{
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST };
    struct prefix prefix;
    struct log_line line;

    prefix_init(&prefix, &settings);
    ck_assert_int_eq(prefix_parse(&prefix, view_of(strange[_i].line), &line), strange[_i].result);
    prefix_done(&prefix);
}
END_TEST

static const struct {
    const char *lines[4];
    int year;
    int64_t newest;
    int64_t last; /* time of the last line, s */
} years[] = {
    { { "Dec 31 23:59:59 h t[1]: x", "Jan  1 00:00:01 h t[1]: x" }, 0, 1768000000, 1767225601 },
    { { "Dec 31 23:59:59 h t[1]: x", "Jan  1 00:00:01 h t[1]: x" }, 2020, 1768000000, 1609459201 },
    { { "Jan  1 00:00:01 h t[1]: x", "Dec 31 23:59:59 h t[1]: late" }, 2020, 0, 1577836799 },
    { { "Feb 29 12:00:00 h t[1]: x" }, 0, 1768000000, 1709208000 },
    { { "Nov 30 12:00:00 h t[1]: x" }, 0, 1796083200, 1796040000 },
    { { "Dec  5 12:00:00 h t[1]: x" }, 0, 1796083200, 1764936000 },
    { { "Oct  1 00:00:00 h t[1]: x", "Sep 30 23:59:59 h t[1]: a little late", "Oct  1 00:00:02 h t[1]: x" },
      0,
      1796083200,
      1790812802 },
};

START_TEST(years_are_inferred_and_step_over_new_year)
{
    struct prefix_settings settings = { .writers = writers, .newest = years[_i].newest, .year = years[_i].year };
    struct prefix prefix;
    struct log_line line = { 0 };

    prefix_init(&prefix, &settings);
    for (size_t i = 0; i < 4 && years[_i].lines[i] != NULL; i++)
        ck_assert_int_eq(prefix_parse(&prefix, view_of(years[_i].lines[i]), &line), PREFIX_FOUND);
    ck_assert_int_eq(line.time, years[_i].last * 1000);
    prefix_done(&prefix);
}
END_TEST

/* One hour east of UTC, and two from 2026-06-01 on. */
static int64_t summer_time(void *context, int64_t civil)
{
    (void)context;
    return civil - (civil >= 1780272000 ? 7200 : 3600);
}

START_TEST(stamps_without_zone_are_local_time)
{
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST, .utc = summer_time };
    struct prefix prefix;
    struct log_line line = { 0 };

    prefix_init(&prefix, &settings);
    ck_assert_int_eq(prefix_parse(&prefix, VIEW("May 31 10:00:00 h t[1]: x"), &line), PREFIX_FOUND);
    ck_assert_int_eq(line.time, 1780218000000);
    ck_assert_int_eq(prefix_parse(&prefix, VIEW("Jun  1 10:00:00 h t[1]: x"), &line), PREFIX_FOUND);
    ck_assert_int_eq(line.time, 1780300800000);
    ck_assert_int_eq(prefix_parse(&prefix, VIEW("2026-06-01T10:00:00Z h t[1]: x"), &line), PREFIX_FOUND);
    ck_assert_int_eq(line.time, 1780308000000);
    ck_assert_int_eq(prefix_parse(&prefix, VIEW("2026-06-01T10:00:00.5 h t[1]: x"), &line), PREFIX_FOUND);
    ck_assert_int_eq(line.time, 1780300800500);
    ck_assert_int_eq(prefix_parse(&prefix, VIEW("Mon 2026-06-01 10:00:00 CEST h t[1]: x"), &line), PREFIX_FOUND);
    ck_assert_int_eq(line.time, 1780300800000);
    ck_assert_int_eq(prefix_parse(&prefix, VIEW("Mon 2026-06-01 10:00:00 UTC h t[1]: x"), &line), PREFIX_FOUND);
    ck_assert_int_eq(line.time, 1780308000000);
    ck_assert_int_eq(prefix_parse(&prefix, VIEW("2026-05-31 10:00:00 h t[1]: x"), &line), PREFIX_FOUND);
    ck_assert_int_eq(line.time, 1780218000000);
    prefix_done(&prefix);
}
END_TEST

/* Two hours east of UTC until 2026-10-25 01:00 UTC, then one: 02:00 to 03:00 comes twice. */
static int64_t winter_time(void *context, int64_t civil)
{
    (void)context;
    return civil < 1792897200 ? civil - 7200 : civil - 3600;
}

static const struct {
    const char *line;
    int64_t time;
} night[] = {
    { "Oct 25 01:59:59 h t[1]: x", 1792886399 },     { "Oct 25 02:00:00 h t[1]: x", 1792886400 },
    { "Oct 25 02:59:59 h t[1]: x", 1792889999 },     { "Oct 25 02:00:00 h t[1]: x", 1792890000 },
    { "Oct 25 02:30:00 h t[1]: x", 1792891800 },     { "Oct 25 02:29:59 h t[1]: late", 1792891799 },
    { "2026-10-25 02:31:00 h t[1]: x", 1792891860 }, { "Oct 25 02:59:59 h t[1]: x", 1792893599 },
    { "Oct 25 03:00:00 h t[1]: x", 1792893600 },     { "Oct 24 23:00:00 h t[1]: clock is wrong", 1792875600 },
    { "Oct 25 03:00:01 h t[1]: x", 1792893601 },
};

START_TEST(the_hour_that_comes_twice_is_told_apart)
{
    struct prefix_settings settings = { .writers = writers, .newest = NEWEST, .utc = winter_time };
    struct prefix prefix;

    prefix_init(&prefix, &settings);
    for (size_t i = 0; i < ROWS(night); i++) {
        struct log_line line = { 0 };

        ck_assert_int_eq(prefix_parse(&prefix, view_of(night[i].line), &line), PREFIX_FOUND);
        ck_assert_msg(line.time == night[i].time * 1000, "%s: %lld", night[i].line, (long long)line.time);
    }
    prefix_done(&prefix);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("prefix");
    TCase *tests = tcase_create("prefix");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, each_format_gives_time_host_program_and_text, 0, ROWS(lines));
    tcase_add_test(tests, a_stream_may_change_its_format_at_any_line);
    tcase_add_test(tests, the_short_way_says_what_the_whole_one_says);
    tcase_add_test(tests, without_memory_there_is_no_short_way);
    tcase_add_test(tests, the_short_way_takes_lines_of_the_minute_before);
    tcase_add_test(tests, writers_are_told_apart_whatever_the_length_of_their_names);
    tcase_add_loop_test(tests, process_ids_are_read_whatever_their_length, 0, 4);
    tcase_add_loop_test(tests, a_line_cut_anywhere_has_its_own_time_or_none, 0, ROWS(lines));
    tcase_add_test(tests, nothing_is_a_blank_line);
    tcase_add_test(tests, empty_brackets_are_no_facility);
    tcase_add_loop_test(tests, what_stands_behind_a_line_is_not_looked_at, 0, ROWS(lines));
    tcase_add_loop_test(tests, a_stamp_with_a_wrong_octet_is_none, 0, ROWS(lines));
    tcase_add_loop_test(tests, what_containers_write_in_front_of_a_line_is_known, 0, ROWS(contained));
    tcase_add_loop_test(tests, what_is_no_log_line_is_told_apart, 0, ROWS(strange));
    tcase_add_loop_test(tests, years_are_inferred_and_step_over_new_year, 0, ROWS(years));
    tcase_add_test(tests, stamps_without_zone_are_local_time);
    tcase_add_test(tests, the_hour_that_comes_twice_is_told_apart);
    suite_add_tcase(suite, tests);
    return suite;
}
