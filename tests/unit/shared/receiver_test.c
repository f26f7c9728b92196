#include "shared/receiver.h"

#include "tests/unit/unit.h"

static const struct {
    const char *domain, *relay;
    enum receiver receiver;
} recipients[] = {
    { "gmail.com", "gmail-smtp-in.l.google.com", RECEIVER_GMAIL },
    { "googlemail.com", "", RECEIVER_GMAIL },
    { "gmail.com", "smarthost.example.net", RECEIVER_GMAIL },
    { "gmail.com.example.org", "mail.example.org", RECEIVER_OTHER },
    { "mail.gmail.com", "mail.example.org", RECEIVER_OTHER },
    { "example.com", "aspmx.l.google.com", RECEIVER_GOOGLE_HOSTED },
    { "example.com", "ASPMX.L.GOOGLE.COM", RECEIVER_GOOGLE_HOSTED },
    { "example.com", "google.com", RECEIVER_OTHER },
    { "example.com", "mx.google.com.example.net", RECEIVER_OTHER },
    { "example.com", "notgoogle.com", RECEIVER_OTHER },
    { "yahoo.com", "mta5.am0.yahoodns.net", RECEIVER_YAHOO },
    { "yahoo.co.uk", "mx-eu.mail.am0.yahoodns.net", RECEIVER_YAHOO },
    { "yahoo.co.jp", "mx1.mail.yahoo.co.jp", RECEIVER_OTHER },
    { "hotmail.com", "", RECEIVER_MICROSOFT },
    { "hotmail.fr", "hotmail-fr.olc.protection.outlook.com", RECEIVER_MICROSOFT },
    { "example.com", "example-com.mail.protection.outlook.com", RECEIVER_OTHER },
    { "", "", RECEIVER_OTHER },
};

START_TEST(a_receiver_is_known_by_domain_or_server)
{
    ck_assert_int_eq(receiver_of(view_of(recipients[_i].domain), view_of(recipients[_i].relay)),
                     recipients[_i].receiver);
}
END_TEST

START_TEST(google_speaks_for_gmail_whoever_it_hosts)
{
    ck_assert_int_eq(receiver_of_relay(VIEW("aspmx.l.google.com")), RECEIVER_GMAIL);
    ck_assert_int_eq(receiver_of_relay(VIEW("example.com")), RECEIVER_OTHER);
}
END_TEST

START_TEST(every_receiver_has_a_name)
{
    ck_assert_uint_gt(receiver_name((enum receiver)_i).n, 0);
    ck_assert_ptr_nonnull(receiver_title((enum receiver)_i));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("receiver");
    TCase *tests = tcase_create("receiver");

    tcase_add_loop_test(tests, a_receiver_is_known_by_domain_or_server, 0, ROWS(recipients));
    tcase_add_test(tests, google_speaks_for_gmail_whoever_it_hosts);
    tcase_add_loop_test(tests, every_receiver_has_a_name, 0, RECEIVER_COUNT);
    suite_add_tcase(suite, tests);
    return suite;
}
