#include "shared/refusal.h"

#include <string.h>

#include "tests/unit/unit.h"

#define TLS REQUIREMENT_BIT(REQUIREMENT_TLS)
#define SPF REQUIREMENT_BIT(REQUIREMENT_SPF)
#define DKIM REQUIREMENT_BIT(REQUIREMENT_DKIM)
#define DMARC REQUIREMENT_BIT(REQUIREMENT_DMARC_POLICY)
#define ALIGNMENT REQUIREMENT_BIT(REQUIREMENT_ALIGNMENT)
#define PTR REQUIREMENT_BIT(REQUIREMENT_DNS_RECORDS)
#define FORMAT REQUIREMENT_BIT(REQUIREMENT_FORMATTING)
#define RATE REQUIREMENT_BIT(REQUIREMENT_SPAM_RATE)
#define G RECEIVER_GMAIL
#define Y RECEIVER_YAHOO
#define M RECEIVER_MICROSOFT

/* What servers said, how it is called, and which requirements it is about; NULL: no refusal. */
static const struct {
    enum receiver receiver;
    const char *said, *label;
    unsigned requirements;
} replies[] = {
    { G, "421-4.7.29 Your email has been rate limited because 421-4.7.29 it wasn't sent over a TLS connection.",
      "gmail 4.7.29", TLS },
    { G, "550-5.7.29 This message has been blocked", "gmail 5.7.29", TLS },
    { G, "530 5.7.0 Must issue a STARTTLS command first.", "gmail 5.7.0 starttls", TLS },
    { G, "421 4.7.0 TLS required for RCPT domain, closing connection", "gmail 4.7.0 tls-required", TLS },
    { G, "421 4.7.27 SPF", "gmail 4.7.27", SPF },
    { G, "550 5.7.27 SPF", "gmail 5.7.27", SPF },
    { G, "451 4.7.24 suspicious", "gmail 4.7.24", SPF },
    { G, "550 5.7.24 suspicious", "gmail 5.7.24", SPF },
    { G, "421 4.7.30 DKIM", "gmail 4.7.30", DKIM },
    { G, "550 5.7.30 DKIM", "gmail 5.7.30", DKIM },
    { G, "421 4.7.26 unauthenticated", "gmail 4.7.26", SPF | DKIM },
    { G, "550-5.7.26 Your email has been blocked because the sender is unauthenticated.", "gmail 5.7.26", SPF | DKIM },
    { G, "550-5.7.26 Unauthenticated email from example.com is not accepted due to domain's DMARC policy.",
      "gmail 5.7.26 dmarc", DMARC },
    { G, "451 4.7.26 x", "gmail 4.7.26 dmarc", DMARC },
    { G, "421 4.7.40 x", "gmail 4.7.40", DMARC },
    { G, "550 5.7.40 x", "gmail 5.7.40", DMARC },
    { G, "421 4.7.31 x", "gmail 4.7.31", DMARC },
    { G, "421 4.7.32 x", "gmail 4.7.32", ALIGNMENT },
    { G, "421 5.7.32 x", "gmail 5.7.32", ALIGNMENT },
    { G, "550 5.7.32 x", "gmail 5.7.32", ALIGNMENT },
    { G, "451 4.7.23 x", "gmail 4.7.23", PTR },
    { G, "550 5.7.25 x", "gmail 5.7.25", PTR },
    { G, "421 4.7.0 This message does not have a PTR record", "gmail 4.7.0 ptr", PTR },
    { G, "421 4.7.28 rate", "gmail 4.7.28", RATE },
    { G, "550 5.7.28 rate", "gmail 5.7.28", RATE },
    { G, "421 4.7.0 Try again later", "gmail 4.7.0", RATE },
    { G, "550 5.7.1 This message is not RFC 5322 compliant", "gmail 5.7.1 format", FORMAT },
    { G, "550-5.7.1 [2001:db8::1] Our system has detected no PTR record", "gmail 5.7.1 ptr", PTR },
    { G, "550 5.7.1 likely unsolicited mail", "gmail 5.7.1 unsolicited", RATE },
    { G, "550 5.7.1 our policy", "gmail 5.7.1", 0 },
    { G, "552 5.3.4 the message's headers exceed the limits", "gmail 5.3.4 header", FORMAT },
    { G, "552 5.3.4 the message exceeds the size limit", "gmail 5.3.4", 0 },
    { G, "452 4.2.2 mailbox full", "gmail 4.2.2", 0 },
    { G, "550-4.7G", "gmail 550", 0 }, /* half a code is none */
    { G, "550 5.7", "gmail 550", 0 },
    { Y, "421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred", "yahoo 4.7.0 TSS04", RATE },
    { Y, "553 5.7.2 [TSS09] All messages refused", "yahoo 5.7.2 TSS09", RATE },
    { Y, "553 5.7.2 [TSS11] All messages refused", "yahoo 5.7.2 TSS11", RATE },
    { Y, "554 Message not allowed - [PH01] Email not accepted", "yahoo 554 PH01", RATE },
    { Y, "553 5.7.1 [BL21] Connections will not be accepted", "yahoo 5.7.1 BL21", RATE },
    { Y, "553 5.7.1 [BL23] Connections not accepted", "yahoo 5.7.1 BL23", RATE },
    { Y, "554 5.7.9 Message not accepted for policy reasons", "yahoo 5.7.9", SPF | DKIM | DMARC },
    { Y, "421 4.7.0 unexplained", "yahoo 4.7.0", 0 },
    { M, "550; 5.7.515 Access denied, sending domain [EXAMPLE.COM] does not meet the required authentication level.",
      "microsoft 5.7.515", SPF | DKIM | DMARC },
    { M, "550 5.7.515 Access denied", "microsoft 5.7.515", SPF | DKIM | DMARC },
    { M, "550 5.7.509 Access denied, DMARC", "microsoft 5.7.509", DMARC },
    { M, "550 5.7.23 SPF", "microsoft 5.7.23", SPF },
    { M, "450 4.7.26 IPv6", "microsoft 4.7.26", SPF | DKIM },
    { M, "550 5.7.25 IPv6", "microsoft 5.7.25", PTR },
    { M, "451 4.7.650 rate", "microsoft 4.7.650", RATE },
    { M, "550 5.7.511 banned", "microsoft 5.7.511", RATE },
    { M, "550 5.7.605 x", "microsoft 5.7.605", 0 },
    { M, "550 5.7.606 banned", "microsoft 5.7.606", RATE },
    { M, "550 5.7.649 banned", "microsoft 5.7.649", RATE },
    { M, "550 5.7.29 means nothing here", "microsoft 5.7.29", 0 },
    { G, "250 2.0.0 OK", NULL, 0 },
    { G, "650 5.7.29 x", NULL, 0 },
    { G, "55", NULL, 0 },
    { G, "550", NULL, 0 },
    { G, "x550 5.7.29", NULL, 0 },
    { G, "", NULL, 0 },
};

START_TEST(a_reply_is_known_by_receiver_code_and_mark)
{
    char storage[REFUSAL_LABEL_MAX];
    struct buf label = BUF(storage);
    struct refusal refusal;

    ck_assert_int_eq(refusal_read(replies[_i].receiver, view_of(replies[_i].said), &refusal),
                     replies[_i].label != NULL);
    if (replies[_i].label == NULL)
        return;
    refusal_label(&label, refusal.receiver, refusal.code, refusal.row == NULL ? VIEW("") : refusal.row->tag);
    ck_assert_view_eq(buf_view(&label), replies[_i].label);
    ck_assert_uint_eq(refusal.row == NULL ? 0 : refusal.row->requirements, replies[_i].requirements);
}
END_TEST

START_TEST(a_label_leads_back_to_what_it_is_about)
{
    const struct refusal_row *row;

    if (replies[_i].label == NULL)
        return;
    ck_assert_int_eq(refusal_of_label(view_of(replies[_i].label), &row), replies[_i].receiver);
    ck_assert_uint_eq(row == NULL ? 0 : row->requirements, replies[_i].requirements);
}
END_TEST

START_TEST(each_row_of_the_table_was_seen_in_a_reply)
{
    size_t seen = 0;

    for (size_t i = 0; i < ROWS(replies); i++) {
        struct refusal refusal;

        seen += replies[i].label != NULL && refusal_read(replies[i].receiver, view_of(replies[i].said), &refusal) &&
                refusal.row == &refusal_table[_i];
    }
    ck_assert_msg(seen > 0, "no reply for \"%s\"", refusal_table[_i].meaning);
    ck_assert_uint_gt(strlen(refusal_table[_i].meaning), 0);
}
END_TEST

static const char *const strange_labels[] = { "", "gmail", "4.7.29", "nobody 4.7.29", "other 4.7.29" };

START_TEST(what_is_no_label_is_about_nothing)
{
    const struct refusal_row *row;

    ck_assert_int_eq(refusal_of_label(view_of(strange_labels[_i]), &row), RECEIVER_OTHER);
    ck_assert_ptr_null(row);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("refusal");
    TCase *tests = tcase_create("refusal");

    tcase_add_loop_test(tests, a_reply_is_known_by_receiver_code_and_mark, 0, ROWS(replies));
    tcase_add_loop_test(tests, a_label_leads_back_to_what_it_is_about, 0, ROWS(replies));
    tcase_add_loop_test(tests, each_row_of_the_table_was_seen_in_a_reply, 0, (int)refusal_count);
    tcase_add_loop_test(tests, what_is_no_label_is_about_nothing, 0, ROWS(strange_labels));
    suite_add_tcase(suite, tests);
    return suite;
}
