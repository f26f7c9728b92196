/* Which lines belong to the message that was asked for. */
#include "follow/trace.h"

#include "shared/buf.h"
#include "tests/unit/unit.h"

#define AT(time) "Nov 21 10:00:" time " mail postfix/"
#define CLIENT(time, id, login)                                                                                        \
    AT(time) "smtpd[5]: " id ": client=c.example.com[203.0.113.5], sasl_method=PLAIN, sasl_username=" login "\n"
#define QUEUED(time, id, from) AT(time) "qmgr[4]: " id ": from=<" from ">, size=402, nrcpt=1 (queue active)\n"
#define SENT(time, id, to, reply)                                                                                      \
    AT(time)                                                                                                           \
    "smtp[7]: " id ": to=<" to                                                                                         \
    ">, relay=mx.example[192.0.2.1]:25, delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent (" reply ")\n"
#define REMOVED(time, id) AT(time) "qmgr[4]: " id ": removed\n"

static const struct {
    const char *rule, *target, *log, *seconds; /* seconds: of the lines that belong to it */
} rows[] = {
    { "a queue ID", "AAAAAA1",
      CLIENT("01", "AAAAAA1", "alice") CLIENT("02", "AAAAAA2", "bob") QUEUED("03", "AAAAAA1", "a@example.org")
          SENT("04", "AAAAAA2", "x@y.example", "250 Ok") SENT("05", "AAAAAA1", "b@y.example", "250 Ok")
              REMOVED("06", "AAAAAA1"),
      "01 03 05 06 " },
    { "all messages that have had the queue ID", "AAAAAA1",
      CLIENT("01", "AAAAAA1", "alice") REMOVED("02", "AAAAAA1") CLIENT("03", "AAAAAA1", "bob") REMOVED("04", "AAAAAA1"),
      "01 02 03 04 " },
    { "a recipient", "B@Y.example",
      CLIENT("01", "AAAAAA1", "alice") SENT("02", "AAAAAA1", "b@y.example", "250 Ok") REMOVED("03", "AAAAAA1")
          CLIENT("04", "AAAAAA1", "bob") SENT("05", "AAAAAA1", "x@y.example", "250 Ok") REMOVED("06", "AAAAAA1"),
      "01 02 03 " },
    { "a sender", "a@example.org",
      CLIENT("01", "AAAAAA1", "alice") QUEUED("02", "AAAAAA1", "a@example.org") REMOVED("03", "AAAAAA1"), "01 02 03 " },
    { "a login", "alice", CLIENT("01", "AAAAAA1", "alice") CLIENT("02", "AAAAAA2", "alices") REMOVED("03", "AAAAAA1"),
      "01 03 " },
    { "the login of a record", "carol",
      "Nov 21 10:00:01 mail outward-milter[2]: AAAAAA1: decision=accept direction=outbound mode=monitor gen=1 "
      "stage=eom "
      "auth=PLAIN login=carol from=<p@example.org> nrcpt=1 to=x.example to_more=0\n" REMOVED("02", "AAAAAA1"),
      "01 02 " },
    { "what a filter handed back, forth and back again", "x@y.example",
      CLIENT("01", "AAAAAA1", "alice") QUEUED("02", "AAAAAA1", "a@example.org") QUEUED("03", "BBBBBB2", "a@example.org")
          AT("04") "smtpd[5]: BBBBBB2: client=localhost[127.0.0.1]\n" SENT("05", "AAAAAA1", "z@y.example",
                                                                           "250 Ok: queued as BBBBBB2")
              SENT("06", "BBBBBB2", "x@y.example", "250 Ok"),
      "01 02 04 05 06 " },
    { "a chain of three from its end", "CCCCCC3",
      AT("01") "pickup[3]: AAAAAA1: uid=0 from=<root@example.org>\n" AT(
          "02") "local[6]: AAAAAA1: to=<u@example.org>, relay=local, delay=1, delays=0/0/0/0, dsn=2.0.0, status=sent "
                "(forwarded as BBBBBB2)\n" AT("03") "bounce[8]: BBBBBB2: sender non-delivery notification: "
                                                    "CCCCCC3\n" QUEUED("04", "CCCCCC3", ""),
      "01 02 03 04 " },
    { "no strange server's queue ID", "AAAAAA1",
      CLIENT("01", "AAAAAA1", "alice") SENT("02", "AAAAAA1", "x@y.example", "250 Ok: queued as DDDDDD4")
          CLIENT("03", "DDDDDD4", "bob"),
      "01 02 " },
    { "nothing", "nobody@y.example", CLIENT("01", "AAAAAA1", "alice"), "" },
};

static struct writers *writers;

typedef bool line_user(struct trace *trace, const struct log_line *line, const struct event *event);

/* One pass; the seconds of the lines for which use() said yes. */
static bool pass(struct trace *trace, const char *log, line_user *use, struct buf *seconds)
{
    struct prefix_settings settings = { .writers = writers, .newest = 1796083200 };
    struct view rest = view_of(log), line;
    struct prefix prefix;
    bool any = false;

    trace_begin(trace);
    prefix_init(&prefix, &settings);
    while (view_cut(&rest, VIEW("\n"), &line)) {
        struct log_line parsed;
        struct event event;

        ck_assert_int_eq(prefix_parse(&prefix, line, &parsed), PREFIX_FOUND);
        event_parse(parsed.writer->program, parsed.text, &event);
        if (!use(trace, &parsed, &event))
            continue;
        any = true;
        buf_addf(seconds, "%02d ", (int)(parsed.time / 1000 % 60));
    }
    prefix_done(&prefix);
    return any;
}

START_TEST(a_message_is_found_with_all_that_became_of_it)
{
    struct trace *trace = trace_new(view_of(rows[_i].target), 42);
    char text[256];
    struct buf buf = BUF(text);
    int passes = 0;

    writers = writers_new(42);
    ck_assert(trace != NULL && writers != NULL);
    while (pass(trace, rows[_i].log, trace_learn, &buf))
        ck_assert_int_lt(++passes, 10);
    buf_reset(&buf);
    pass(trace, rows[_i].log, trace_has, &buf);
    ck_assert_msg(view_eq(buf_view(&buf), view_of(rows[_i].seconds)), "%s: got \"%.*s\", want \"%s\"", rows[_i].rule,
                  (int)buf.len, text, rows[_i].seconds);
    trace_free(trace);
    writers_free(writers);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("trace");
    TCase *tests = tcase_create("trace");

    tcase_add_loop_test(tests, a_message_is_found_with_all_that_became_of_it, 0, ROWS(rows));
    suite_add_tcase(suite, tests);
    return suite;
}
