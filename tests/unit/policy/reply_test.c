#include "tests/unit/policy/memory_files.h"
#include "tests/unit/policy/samples.h"
#include "tests/unit/unit.h"

/* What a rule answers with, for a plaintext, unauthenticated message. */
static const struct {
    const char *rule, *code, *dsn, *text;
} replies[] = {
    { "reject plaintext", "530", "5.7.0", "Must issue a STARTTLS command first" },
    { "reject unauthenticated plaintext", "530", "5.7.0", "Must issue a STARTTLS command first" },
    { "reject unauthenticated", "530", "5.7.0", "Authentication required" },
    { "reject not encrypted", "550", "5.7.1", "Message refused by policy (outward.conf:1)" },
    { "reject", "550", "5.7.1", "Message refused by policy (outward.conf:1)" },
    { "tempfail plaintext", "451", "4.7.1", "Message deferred by policy, try again later (outward.conf:1)" },
    { "reject plaintext \"554 5.7.10 We need 100% TLS, see %s\"", "554", "5.7.10", "We need 100% TLS, see %s" },
    { "tempfail \"421 4.3.2 Later\"", "421", "4.3.2", "Later" },
};

START_TEST(a_refusal_says_why)
{
    char text[256];
    struct buf out = BUF(text);
    struct submission sub = good_submission();
    struct policy *policy;
    struct reply reply;

    set_fact(&sub, FACT_TLS, "none");
    set_fact(&sub, FACT_MECHANISM, "none");
    buf_addf(&out, "mode enforce; submission { %s; accept }", replies[_i].rule);
    policy = parse_fine(buf_text(&out));
    reply = policy_evaluate(policy, &sub, &to_gmail).now.reply;
    ck_assert_view_eq(reply.code, replies[_i].code);
    ck_assert_view_eq(reply.dsn, replies[_i].dsn);
    ck_assert_view_eq(reply.text, replies[_i].text);
    policy_free(policy);
}
END_TEST

static const struct {
    const char *rule, *fault;
} wrong[] = {
    { "reject \"no code\"", "a reply starts with a code of three digits: \"550 5.7.1 text\"" },
    { "reject \"55 5.7.1 x\"", "a reply starts with a code of three digits: \"550 5.7.1 text\"" },
    { "reject \"650 5.7.1 x\"", "a reply starts with a code of three digits: \"550 5.7.1 text\"" },
    { "reject \"450 4.7.1 x\"", "a reject is answered with a code of 500 to 599" },
    { "tempfail \"550 5.7.1 x\"", "a tempfail is answered with a code of 400 to 499" },
    { "reject \"550 4.7.1 x\"", "behind the code an enhanced code stands that starts with 5: \"550 5.7.1 text\"" },
    { "reject \"550 No thanks\"", "behind the code an enhanced code stands that starts with 5: \"550 5.7.1 text\"" },
    { "reject \"550 5.7 x\"", "behind the code an enhanced code stands that starts with 5: \"550 5.7.1 text\"" },
    { "reject \"550 5.7.1.1 x\"", "behind the code an enhanced code stands that starts with 5: \"550 5.7.1 text\"" },
    { "reject \"550 5.1234.1 x\"", "behind the code an enhanced code stands that starts with 5: \"550 5.7.1 text\"" },
    { "tempfail \"451 5.7.1 x\"", "behind the code an enhanced code stands that starts with 4: \"451 4.7.1 text\"" },
    { "reject \"550 5.7.1 \"", "a reply ends with a text that says why" },
    { "reject \"550 5.7.1\"", "behind the code an enhanced code stands that starts with 5: \"550 5.7.1 text\"" },
    { "reject \"550 5.7.1 verschl\xc3\xbcsseln\"", "a reply is printable ASCII, RFC 5321 section 4.2" },
};

START_TEST(a_reply_that_postfix_would_not_send_is_refused)
{
    char text[256], faults_shown[1024];
    struct buf out = BUF(text), want = BUF(faults_shown);
    struct faults faults;

    buf_addf(&out, "submission { %s }", wrong[_i].rule);
    ck_assert_ptr_null(parse_text(buf_text(&out), &faults));
    buf_addf(&want, "%s", wrong[_i].fault);
    ck_assert_uint_eq(faults.errors, 1);
    ck_assert_str_eq(faults.shown[0].text, buf_text(&want));
}
END_TEST

static const struct {
    size_t octets;
    bool fine;
} lengths[] = { { REPLY_TEXT_MAX, true }, { REPLY_TEXT_MAX + 1, false } };

START_TEST(the_text_of_a_reply_is_bounded)
{
    char text[2048];
    struct buf out = BUF(text);
    struct faults faults;
    struct policy *policy;

    buf_add(&out, VIEW("submission { reject \"550 5.7.1 "));
    for (size_t i = 0; i < lengths[_i].octets; i++)
        buf_add_char(&out, 'x');
    buf_add(&out, VIEW("\" }"));
    policy = parse_text(buf_text(&out), &faults);
    ck_assert_int_eq(policy != NULL, lengths[_i].fine);
    policy_free(policy);
}
END_TEST

/* What a tag says in the header. */
static const struct {
    const char *rule, *tag;
} tags[] = {
    { "tag \"seen\"", "seen" },
    { "tag to domain { gmail.com , example.net }", "to domain { gmail.com example.net }" },
    { "tag", "tagged" },
    { "tag not sender domain b\303\274cher.example", "tagged" },
};

START_TEST(a_tag_says_its_text_or_its_conditions)
{
    char text[256];
    struct buf out = BUF(text);
    struct submission sub = good_submission();
    struct decision decision;
    struct policy *policy;

    buf_addf(&out, "mode enforce; submission { %s; accept }", tags[_i].rule);
    policy = parse_fine(buf_text(&out));
    decision = policy_evaluate(policy, &sub, &to_gmail);
    ck_assert_uint_eq(decision.tag_count, 1);
    ck_assert_view_eq(decision.tags[0].text, tags[_i].tag);
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("reply");
    TCase *tests = tcase_create("reply");

    tcase_add_loop_test(tests, a_refusal_says_why, 0, ROWS(replies));
    tcase_add_loop_test(tests, a_reply_that_postfix_would_not_send_is_refused, 0, ROWS(wrong));
    tcase_add_loop_test(tests, the_text_of_a_reply_is_bounded, 0, ROWS(lengths));
    tcase_add_loop_test(tests, a_tag_says_its_text_or_its_conditions, 0, ROWS(tags));
    suite_add_tcase(suite, tests);
    return suite;
}
