/* Mail on hold: what postqueue lists, and what the logs say of who put it there. */
#include "programs/held_log.h"

#include <stdio.h>

#include "programs/held_queue.h"
#include "shared/buf.h"
#include "tests/unit/unit.h"

#define ENTRY(queue, id, more)                                                                                         \
    "{\"queue_name\": \"" queue "\", \"queue_id\": \"" id "\", \"arrival_time\": 1000, \"message_size\": 321" more "}" \
    "\n"

static struct held_queue read_listing(struct arena *arena, const char *listing)
{
    struct held_queue queue;

    ck_assert(held_queue_read(arena, view_of(listing), &queue));
    return queue;
}

START_TEST(messages_on_hold_are_listed_and_no_others)
{
    struct arena arena = { 0 };
    struct held_queue queue = read_listing(
        &arena, ENTRY("hold", "B1",
                      ", \"sender\": \"a@example.com\", \"recipients\": [{\"address\": \"x@Gmail.com\"}, "
                      "{\"address\": \"y@gmail.com\", \"delay_reason\": \"z\"}, {\"address\": \"root\"}]")
                    ENTRY("deferred", "C1", "")
                        ENTRY("hold", "A1", ", \"sender\": \"MAILER-DAEMON\"") "no json\n{\"queue_name\": 7}\n\n");
    const struct held *held = held_queue_find(&queue, VIEW("B1"));

    ck_assert_uint_eq(queue.count, 2);
    ck_assert_uint_eq(queue.strange, 2);
    ck_assert_view_eq(queue.rows[0].queue_id, "A1");
    ck_assert_view_eq(queue.rows[0].sender, "");
    ck_assert_ptr_eq(held, &queue.rows[1]);
    ck_assert_view_eq(held->sender, "a@example.com");
    ck_assert_int_eq(held->arrival, 1000);
    ck_assert_uint_eq(held->size, 321);
    ck_assert_uint_eq(held->recipients, 3);
    ck_assert_uint_eq(held->domain_count, 2);
    ck_assert_view_eq(held->domains[0], "gmail.com");
    ck_assert_ptr_null(held_queue_find(&queue, VIEW("C1")));
    arena_done(&arena);
}
END_TEST

START_TEST(a_long_queue_and_many_recipients_are_cut_and_counted)
{
    struct arena arena = { 0 };
    struct held_queue queue;
    static char text[(HELD_MAX + 5) * 128];
    struct buf buf = BUF(text);

    buf_add(&buf, VIEW("{\"queue_name\": \"hold\", \"queue_id\": \"A\", \"recipients\": ["));
    for (int i = 0; i < HELD_DOMAINS_MAX + 2; i++)
        buf_addf(&buf, "%s{\"address\": \"a@d%d.example\"}", i > 0 ? "," : "", i);
    buf_add(&buf, VIEW("]}\n"));
    for (int i = 0; i < HELD_MAX + 2; i++)
        buf_addf(&buf, "{\"queue_name\": \"hold\", \"queue_id\": \"B%d\"}\n", i);
    ck_assert(!buf.full);
    queue = read_listing(&arena, buf_text(&buf));
    ck_assert_uint_eq(queue.count, HELD_MAX);
    ck_assert_uint_eq(queue.more, 3);
    ck_assert_uint_eq(queue.rows[0].domain_count, HELD_DOMAINS_MAX);
    ck_assert(queue.rows[0].domains_more);
    ck_assert_uint_eq(queue.rows[0].recipients, HELD_DOMAINS_MAX + 2);
    arena_done(&arena);
}
END_TEST

#define RECORD(id, what) id ": decision=" what " direction=outbound rule=outward.conf:14 mode=enforce gen=1 stage=eom"

/* One message, ABCDEF, that arrived in second 1000. */
static const struct {
    struct {
        int64_t second;
        const char *tag, *text;
    } lines[4];
    enum holder holder;
    const char *rule;
} rows[] = {
    { { { 999, "postfix/smtpd", "x" }, { 1000, "outward-milter", RECORD("ABCDEF", "hold") } },
      HOLDER_GATE,
      "outward.conf:14" },
    { { { 1060, "outward-milter", RECORD("ABCDEF", "hold") } }, HOLDER_GATE, "outward.conf:14" },
    /* accepted by the gate, so somebody else's */
    { { { 999, "postfix/smtpd", "x" }, { 1000, "outward-milter", RECORD("ABCDEF", "accept") } },
      HOLDER_OTHER,
      "outward.conf:14" },
    /* the same queue ID of another time, another queue ID */
    { { { 1000 + HELD_RECORD_AGE_MAX + 1, "outward-milter", RECORD("ABCDEF", "hold") } }, HOLDER_UNKNOWN, "" },
    { { { 900, "outward-milter", RECORD("ABCDEF", "hold") } }, HOLDER_OTHER, "" },
    { { { 900, "outward-milter", RECORD("ABCDE0", "hold") } }, HOLDER_OTHER, "" },
    /* released, and put back by hand */
    { { { 1000, "outward-milter", RECORD("ABCDEF", "hold") },
        { 1100, "postfix/postsuper", "ABCDEF: released from hold" },
        { 1200, "postfix/postsuper", "ABCDEF: placed on hold" } },
      HOLDER_OTHER,
      "outward.conf:14" },
    /* the gate's log has fractions of a second, Postfix's has not */
    { { { 1000, "postfix/postsuper", "ABCDEF: placed on hold" }, { 1000, "outward-milter", RECORD("ABCDEF", "hold") } },
      HOLDER_OTHER,
      "" },
    /* no log, and one that begins too late */
    { { { 0, NULL, NULL } }, HOLDER_UNKNOWN, "" },
    { { { 2000, "postfix/smtpd", "x" } }, HOLDER_UNKNOWN, "" },
};

START_TEST(the_logs_say_who_put_it_on_hold_or_nothing)
{
    struct arena arena = { 0 };
    struct writers *writers = writers_new(42);
    struct held_queue queue = read_listing(&arena, ENTRY("hold", "ABCDEF", ""));
    struct held_log log;

    held_log_init(&log, &arena, &queue);
    for (size_t i = 0; i < ROWS(rows[_i].lines) && rows[_i].lines[i].tag != NULL; i++) {
        struct log_line line = { .time = rows[_i].lines[i].second * 1000 };

        line.writer = writers_find(writers, VIEW("mail"), view_of(rows[_i].lines[i].tag));
        line.text = view_of(rows[_i].lines[i].text);
        ck_assert(held_log_line(&log, &line));
    }
    held_log_end(&log);
    ck_assert_int_eq(queue.rows[0].holder, rows[_i].holder);
    ck_assert_view_eq(queue.rows[0].rule, rows[_i].rule);
    writers_free(writers);
    arena_done(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("held");
    TCase *tests = tcase_create("held");

    tcase_add_test(tests, messages_on_hold_are_listed_and_no_others);
    tcase_add_test(tests, a_long_queue_and_many_recipients_are_cut_and_counted);
    tcase_add_loop_test(tests, the_logs_say_who_put_it_on_hold_or_nothing, 0, ROWS(rows));
    suite_add_tcase(suite, tests);
    return suite;
}
