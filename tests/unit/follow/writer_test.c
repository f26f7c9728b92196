#include "follow/writer.h"

#include "shared/buf.h"
#include "tests/unit/unit.h"

static const struct {
    const char *tag, *instance;
    enum program program;
} tags[] = {
    { "postfix/smtp", "postfix", PROGRAM_SMTP },
    { "postfix-out/smtp", "postfix-out", PROGRAM_SMTP },
    { "postfix/submission/smtpd", "postfix/submission", PROGRAM_SMTPD },
    { "postfix/nqmgr", "postfix", PROGRAM_QMGR },
    { "postfix/anvil", "postfix", PROGRAM_OTHER },
    { "postfix/", "postfix", PROGRAM_OTHER },
    { "/smtp", "", PROGRAM_OTHER },
    { "smtp", "", PROGRAM_OTHER },
    { "outward-milter", "", PROGRAM_GATE },
    { "rsyslogd-2177", "", PROGRAM_LOGGER },
    { "systemd-journald", "", PROGRAM_LOGGER },
    { "", "", PROGRAM_OTHER },
};

START_TEST(a_tag_is_split_at_its_last_slash)
{
    struct view instance = VIEW("unset");

    ck_assert_int_eq(program_of_tag(view_of(tags[_i].tag), &instance), tags[_i].program);
    ck_assert_view_eq(instance, tags[_i].instance);
}
END_TEST

START_TEST(a_writer_is_the_same_each_time)
{
    struct writers *writers = writers_new(42);
    const struct writer *first = writers_find(writers, VIEW("mail"), VIEW("postfix/smtp"));
    const struct writer *other = writers_find(writers, VIEW("mail"), VIEW("postfix/qmgr"));

    ck_assert_ptr_eq(writers_find(writers, VIEW("mail"), VIEW("postfix/smtp")), first);
    ck_assert_ptr_eq(writers_known(writers, VIEW("mail postfix/smtp")), first);
    ck_assert_ptr_null(writers_known(writers, VIEW("mail postfix/lmtp")));
    ck_assert_uint_eq(first->host_number, other->host_number);
    ck_assert_uint_ne(first->number, other->number);
    ck_assert_ptr_eq(writers_at(writers, other->number), other);
    ck_assert_view_eq(first->host, "mail");
    ck_assert_view_eq(first->instance, "postfix");
    writers_free(writers);
}
END_TEST

START_TEST(past_the_limit_a_line_is_nobodys)
{
    struct writers *writers = writers_new(42);
    char text[32];

    for (int i = 0; i < WRITERS_MAX + 10; i++) {
        struct buf buf = BUF(text);
        const struct writer *writer;

        buf_addf(&buf, "host%d", i);
        writer = writers_find(writers, buf_view(&buf), VIEW("postfix/smtp"));
        ck_assert_int_eq(writer->number == 0, i >= WRITERS_MAX);
        ck_assert_int_eq(writer->program, i < WRITERS_MAX ? PROGRAM_SMTP : PROGRAM_OTHER);
    }
    ck_assert_uint_eq(writers_count(writers), WRITERS_MAX);
    ck_assert_uint_eq(writers_refused(writers), 10);
    writers_free(writers);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("writer");
    TCase *tests = tcase_create("writer");

    tcase_add_loop_test(tests, a_tag_is_split_at_its_last_slash, 0, ROWS(tags));
    tcase_add_test(tests, a_writer_is_the_same_each_time);
    tcase_add_test(tests, past_the_limit_a_line_is_nobodys);
    suite_add_tcase(suite, tests);
    return suite;
}
