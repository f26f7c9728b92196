#include "milter/reply.h"

#include <string.h>

#include "tests/unit/unit.h"

static const struct {
    enum verdict verdict;
    const char *code, *dsn, *text;
    const char *want_code, *want_dsn, *want_text; /* NULL: no reply, the verdict is accept */
} replies[] = {
    { VERDICT_REJECT, "530", "5.7.0", "Must issue a STARTTLS command first", "530", "5.7.0",
      "Must issue a STARTTLS command first" },
    { VERDICT_TEMPFAIL, "421", "4.7.0", "later", "421", "4.7.0", "later" },
    { VERDICT_REJECT, "550", "5.123.456", "50% off", "550", "5.123.456", "50%% off" },
    { VERDICT_REJECT, "550", "5.7.1", "%%", "550", "5.7.1", "%%%%" },
    { VERDICT_REJECT, "550", "5.7.1", "a\r\nb\tc\x80", "550", "5.7.1", "a??b?c?" },
    /* what Postfix or libmilter would not take */
    { VERDICT_REJECT, "450", "4.7.1", "x", "550", "5.7.1", "Refused by local policy" },
    { VERDICT_REJECT, "550", "4.7.1", "x", "550", "5.7.1", "Refused by local policy" },
    { VERDICT_TEMPFAIL, "550", "5.7.1", "x", "451", "4.7.1", "Service unavailable - try again later" },
    { VERDICT_REJECT, "55", "5.7.1", "x", "550", "5.7.1", "Refused by local policy" },
    { VERDICT_REJECT, "5x0", "5.7.1", "x", "550", "5.7.1", "Refused by local policy" },
    { VERDICT_REJECT, "550", "5.7", "x", "550", "5.7.1", "Refused by local policy" },
    { VERDICT_REJECT, "550", "5.7.1234", "x", "550", "5.7.1", "Refused by local policy" },
    { VERDICT_REJECT, "550", "5..1", "x", "550", "5.7.1", "Refused by local policy" },
    { VERDICT_REJECT, "550", "5.7.1", "", "550", "5.7.1", "Refused by local policy" },
    { VERDICT_REJECT, "", "", "", "550", "5.7.1", "Refused by local policy" },
    { VERDICT_TEMPFAIL, "", "", "", "451", "4.7.1", "Service unavailable - try again later" },
    { VERDICT_HOLD, "550", "5.7.1", "x", NULL, NULL, NULL },
    { VERDICT_ACCEPT, "", "", "", NULL, NULL, NULL },
};

START_TEST(only_replies_that_an_mta_takes_leave)
{
    struct outcome outcome = { .verdict = replies[_i].verdict,
                               .reply = { view_of(replies[_i].code), view_of(replies[_i].dsn),
                                          view_of(replies[_i].text) } };
    struct answer answer;

    answer_make(&outcome, &answer);
    if (replies[_i].want_code == NULL) {
        ck_assert_int_eq(answer.verdict, VERDICT_ACCEPT);
        return;
    }
    ck_assert_int_eq(answer.verdict, replies[_i].verdict);
    ck_assert_str_eq(answer.reply.code, replies[_i].want_code);
    ck_assert_str_eq(answer.reply.dsn, replies[_i].want_dsn);
    ck_assert_str_eq(answer.reply.text, replies[_i].want_text);
}
END_TEST

START_TEST(the_longest_text_fits_libmilter_however_it_is_made)
{
    char text[2 * REPLY_TEXT_MAX];
    struct outcome outcome = { .verdict = VERDICT_REJECT,
                               .reply = { VIEW("550"), VIEW("5.7.1"), { text, sizeof(text) } } };
    struct answer answer;

    memset(text, '%', sizeof(text));
    answer_make(&outcome, &answer);
    ck_assert_uint_eq(strlen(answer.reply.text), 2 * REPLY_TEXT_MAX);
    ck_assert_uint_le(strlen(answer.reply.text), 980); /* MAXREPLYLEN of libmilter/smfi.c */
}
END_TEST

START_TEST(a_gate_that_cannot_decide_says_so_with_451)
{
    struct answer answer;

    answer_make(&outcome_undecided, &answer);
    ck_assert_int_eq(answer.verdict, VERDICT_TEMPFAIL);
    ck_assert_str_eq(answer.reply.code, "451");
    ck_assert_str_eq(answer.reply.dsn, "4.3.0");
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("reply");
    TCase *tests = tcase_create("reply");

    tcase_add_loop_test(tests, only_replies_that_an_mta_takes_leave, 0, ROWS(replies));
    tcase_add_test(tests, the_longest_text_fits_libmilter_however_it_is_made);
    tcase_add_test(tests, a_gate_that_cannot_decide_says_so_with_451);
    suite_add_tcase(suite, tests);
    return suite;
}
