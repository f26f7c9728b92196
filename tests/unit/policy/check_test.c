#include <string.h>

#include "tests/unit/policy/memory_files.h"
#include "tests/unit/unit.h"

/* Warnings whole; "": the file means what it says. */
static const struct {
    const char *text, *warnings;
} rows[] = {
    { "submission { accept }", "" },
    /* how it ends */
    { "submission { }", "outward.conf:1:1: warning: no rules: all mail is accepted" },
    { "submission {\n reject plaintext\n}",
      "outward.conf:2:2: warning: what no rule matches is accepted: end with accept or reject to say so" },
    { "submission {\n accept until 2030-01-01\n}",
      "outward.conf:2:2: warning: what no rule matches is accepted: end with accept or reject to say so" },
    { "submission {\n reject monitor-only\n}",
      "outward.conf:2:2: warning: what no rule matches is accepted: end with accept or reject to say so" },
    /* names */
    { "network a { 192.0.2.1 }\ndomain b { example.com }\nlogin c { x }\nsubmission { accept }",
      "outward.conf:1:9: warning: network a is never used\n"
      "outward.conf:2:8: warning: domain b is never used\n"
      "outward.conf:3:7: warning: login c is never used" },
    { "domain b { example.com }\nsubmission { accept }\ndelivery { expect encrypted to domain b }", "" },
    { "domain b { example.com }\nsubmission { accept }\nalert { on plaintext to domain b syslog }", "" },
    { "domain b { example.com }\nsubmission { accept }\nmetrics { destinations b }", "" },
    { "certificate a { subject x issuer y }\nsubmission { accept }", "" },
    /* rules that can never match */
    { "submission {\n accept\n reject\n hold\n}",
      "outward.conf:3:2: warning: this rule can never match: outward.conf:2 above takes all it would match\n"
      "outward.conf:4:2: warning: this rule can never match: outward.conf:2 above takes all it would match" },
    { "submission {\n reject plaintext\n accept plaintext client network 192.0.2.1\n accept\n}",
      "outward.conf:3:2: warning: this rule can never match: outward.conf:2 above takes all it would match" },
    { "submission {\n reject to domain { a.example b.example }\n hold to domain b.example plaintext\n accept\n}",
      "outward.conf:3:2: warning: this rule can never match: outward.conf:2 above takes all it would match" },
    { "submission {\n reject to domain b.example\n hold to domain { a.example b.example }\n accept\n}", "" },
    { "submission {\n reject client network 10.0.0.0/8\n hold client network 10.1.2.0/24\n accept\n}",
      "outward.conf:3:2: warning: this rule can never match: outward.conf:2 above takes all it would match" },
    { "submission {\n reject not client network 10.1.2.0/24\n hold not client network 10.0.0.0/8\n accept\n}",
      "outward.conf:3:2: warning: this rule can never match: outward.conf:2 above takes all it would match" },
    { "submission {\n reject not client network 10.0.0.0/8\n hold not client network 10.1.2.0/24\n accept\n}", "" },
    { "submission {\n accept tls at-least 1.2\n hold tls at-least 1.3\n accept\n}",
      "outward.conf:3:2: warning: this rule can never match: outward.conf:2 above takes all it would match" },
    { "submission {\n accept tls at-least 1.3\n hold tls at-least 1.2\n accept\n}", "" },
    { "submission {\n reject tls below 1.2\n hold tls below 1.1\n accept\n}",
      "outward.conf:3:2: warning: this rule can never match: outward.conf:2 above takes all it would match" },
    { "submission {\n hold mechanism { PLAIN LOGIN }\n reject mechanism login\n accept\n}",
      "outward.conf:3:2: warning: this rule can never match: outward.conf:2 above takes all it would match" },
    { "submission {\n accept port 587\n reject port 25\n accept\n}", "" },
    { "submission {\n accept header-from domain { a.example b.example }\n hold header-from domain a.example\n "
      "accept\n}",
      "" }, /* a From with a second domain */
    { "submission {\n hold header-from domain { a.example b.example }\n accept header-from domain a.example\n "
      "accept\n}",
      "outward.conf:3:2: warning: this rule can never match: outward.conf:2 above takes all it would match" },
    { "submission {\n reject plaintext until 2027-01-01\n hold plaintext\n accept\n}", "" },
    { "submission {\n reject plaintext until 2027-02-01\n hold plaintext until 2027-01-01\n accept\n}",
      "outward.conf:3:2: warning: this rule can never match: outward.conf:2 above takes all it would match" },
    { "submission {\n reject monitor-only plaintext\n hold plaintext\n accept\n}", "" },
    { "submission {\n tag plaintext\n observe plaintext\n hold plaintext\n accept\n}", "" },
    { "submission {\n hold not plaintext\n reject plaintext\n accept\n}", "" },
    { "submission {\n hold volume over 5000 missing one-click not transactional\n hold bulk-sender missing dkim\n "
      "accept\n}",
      "" },
    { "submission {\n reject not authenticated\n accept\n}",
      "outward.conf:2:2: warning: this takes sendmail(1) and cron along, write unauthenticated" },
    { "submission {\n hold not encrypted\n accept\n}",
      "outward.conf:2:2: warning: this takes sendmail(1) and cron along, write plaintext" },
    { "submission {\n accept local\n reject not authenticated\n accept\n}", "" },
    { "submission {\n reject not encrypted not local\n accept\n}", "" },
    { "submission {\n tag not authenticated\n accept\n}", "" },
    { "submission {\n hold header-from domain gmail.com\n accept\n}", "" },
    { "submission {\n hold login \"a\"\n reject login \"b\"\n accept\n}", "" },
};

/* Conditions that exclude each other, and some that do not. */
static const struct {
    const char *conditions;
    bool possible;
} together[] = {
    { "plaintext encrypted", false },
    { "plaintext tls below 1.2", false },
    { "plaintext tls at-least 1.0", false },
    { "plaintext tls-by-proxy", false },
    { "plaintext cipher AES128-SHA", false },
    { "plaintext cipher-bits below 128", false },
    { "plaintext forward-secrecy", false },
    { "plaintext not forward-secrecy", true },
    { "plaintext certificate a", false },
    { "tls below 1.2 tls at-least 1.2", false },
    { "tls below 1.3 tls at-least 1.2", true },
    { "tls below 1.2 tls at-least 1.3", false },
    { "tls-by-proxy tls at-least 1.2", false },
    { "tls-by-proxy encrypted", true },
    { "authenticated unauthenticated", false },
    { "unauthenticated login \"alice\"", false },
    { "unauthenticated mechanism PLAIN", false },
    { "unauthenticated certificate a", false },
    { "unauthenticated not mechanism PLAIN", true },
    { "authenticated mechanism CRAM-MD5", true },
    { "authenticated not mechanism PLAIN", true },
    { "authenticated login \"alice\"", true },
    { "not authenticated not unauthenticated", true }, /* local mail */
    { "not authenticated not unauthenticated not local", false },
    { "local plaintext", false },
    { "local encrypted", false },
    { "local unauthenticated", false },
    { "local authenticated", false },
    { "local listener submission", false },
    { "local client network loopback", true },
    { "local null-sender", true },
    { "not local plaintext", true },
    { "null-sender sender domain example.com", false },
    { "null-sender not sender domain example.com", true },
    { "not null-sender sender domain example.com", true },
    { "null-sender not null-sender", false },
    { "port 25 port 587", false },
    { "port 25 port 25", true },
    { "listener submission not listener submission", false },
    { "mechanism PLAIN mechanism LOGIN", false },
    { "mechanism PLAIN mechanism plain", true },
    { "transport smtp transport relay", false },
    { "one-click missing one-click", false },
    { "missing dkim dkim present", false },
    { "missing dkim not dkim present", true },
    { "to domain example.com not to domain example.com", false },
    { "to domain example.com to domain .example.com", false },
    { "to domain a.example.com to domain .example.com", true },
    { "to domain .a.example.com to domain .example.com", true },
    { "to domain { a.example b.example } to domain { c.example b.example }", true },
    { "to domain { a.example b.example } to domain { c.example .b.example }", false },
    { "to domain a.example not to domain { a.example b.example }", false },
    { "to domain { a.example c.example } not to domain { a.example b.example }", true },
    { "sender domain a.example sender domain b.example", false },
    { "sender domain a.example to domain b.example", true },
    { "client name .a.example client name .b.example", false },
    { "client network 192.0.2.0/24 client network 198.51.100.0/24", false },
    { "client network 192.0.2.0/24 client network 192.0.2.7", true },
    { "client network 192.0.2.7 client network 192.0.2.0/24", true },
    { "client network 192.0.2.0/25 client network { 198.51.100.0/24 192.0.2.128/25 }", false },
    { "client network 192.0.2.7 not client network 192.0.2.0/24", false },
    { "client network 192.0.2.0/24 not client network 192.0.2.7", true },
    { "address 192.0.2.1 client network 198.51.100.1", true },
    { "login \"a\" login { \"b\" \"c\" }", false },
    { "login \"a\" login { \"b\" \"a\" }", true },
    { "login \"a\" not login { \"b\" \"a\" }", false },
    { "mechanism { PLAIN LOGIN } mechanism { CRAM-MD5 plain }", true },
    { "mechanism { PLAIN LOGIN } mechanism { CRAM-MD5 DIGEST-MD5 }", false },
    { "tls below 1.1 tls below 1.2", true },
    { "header-from domain a.example header-from domain b.example", true }, /* a From may have both */
    { "header-from domain a.example not header-from domain a.example", true },
    { "local client network 192.0.2.0/24", false },
    { "local client network { 192.0.2.0/24 ::1 }", true },
    { "local not client network loopback", false },
    { "local client name client.example", false },
    { "local address 192.0.2.1", false },
    { "local port 587", false },
    { "local transport smtp", false },
    { "local not transport smtp", true },
    { "local to domain example.com", true },
    { "local missing dkim", true },
    { "not local transport smtp", true },
    { "format-fault no-date format-fault no-from", true },
};

START_TEST(a_warning_names_what_was_not_meant)
{
    char text[4096];
    struct faults faults;
    struct policy *policy = parse_text(rows[_i].text, &faults);

    ck_assert_ptr_nonnull(policy);
    ck_assert_str_eq(faults_text(&faults, text, sizeof(text)), rows[_i].warnings);
    policy_free(policy);
}
END_TEST

START_TEST(conditions_that_exclude_each_other_are_found)
{
    char text[512], shown[1024];
    struct buf out = BUF(text);
    struct faults faults;
    struct policy *policy;

    buf_addf(&out, "certificate a { subject x issuer y }\nsubmission {\n reject %s\n accept\n}",
             together[_i].conditions);
    policy = parse_text(buf_text(&out), &faults);
    ck_assert_ptr_nonnull(policy);
    faults_text(&faults, shown, sizeof(shown));
    ck_assert_msg((strstr(shown, "this rule can never match: its conditions exclude each other") == NULL) ==
                      together[_i].possible,
                  "%s: %s", together[_i].conditions, shown);
    policy_free(policy);
}
END_TEST

#define EIGHT_TAGS(condition)                                                                                          \
    " tag " #condition " \"1\"\n tag " #condition " \"2\"\n tag " #condition " \"3\"\n tag " #condition                \
    " \"4\"\n tag " #condition " \"5\"\n tag " #condition " \"6\"\n tag " #condition " \"7\"\n tag " #condition        \
    " \"8\"\n"
#define EIGHT_OF(subject)                                                                                              \
    " tag " subject " a.example\n tag " subject " b.example\n tag " subject " c.example\n tag " subject                \
    " d.example\n tag " subject " e.example\n tag " subject " f.example\n tag " subject " g.example\n tag " subject    \
    " h.example\n"
#define EIGHT_OF_SENDERS EIGHT_OF("sender domain")
#define EIGHT_OF_RECIPIENTS EIGHT_OF("to domain")
#define TOO_MANY_TAGS                                                                                                  \
    "outward.conf:2:2: warning: more than 8 tag rules can match one message together with this one: only the first 8 " \
    "that do add their tag"

/* Header facts, and the rest of the file. */
static const struct {
    const char *text, *warnings;
} others[] = {
    { "submission {\n reject to domain a.example missing dkim\n accept\n}",
      "outward.conf:2:2: warning: this rule reads a recipient and the header: a match refuses the message for its "
      "other recipients, too" },
    { "submission {\n hold to domain a.example missing dkim\n accept\n}",
      "outward.conf:2:2: warning: this rule reads a recipient and the header: a match holds the message for its other "
      "recipients, too" },
    { "submission {\n tag to domain a.example missing dkim\n accept\n}", "" },
    { "submission {\n accept missing dkim\n reject plaintext\n accept\n}",
      "outward.conf:2:2: warning: this rule reads the header, so outward.conf:3 below refuses plaintext only after the "
      "whole text has crossed the wire, and behind smtpd_proxy_filter never" },
    { "submission {\n hold encrypted missing dkim\n reject plaintext\n accept\n}", "" },
    { "submission {\n hold client network 192.0.2.0/24 missing dkim\n reject plaintext client network 198.51.100.7\n "
      "accept\n}",
      "" },
    { "submission {\n hold encrypted missing dkim\n hold to domain a.example one-click\n reject plaintext\n accept\n}",
      "outward.conf:3:2: warning: this rule reads a recipient and the header: a match holds the message for its other "
      "recipients, too\n"
      "outward.conf:3:2: warning: this rule reads the header, so outward.conf:4 below refuses plaintext only after the "
      "whole text has crossed the wire, and behind smtpd_proxy_filter never" },
    /* more tags than a message can have */
    { "submission {\n" EIGHT_TAGS(encrypted) " accept\n}", "" },
    { "submission {\n" EIGHT_TAGS(encrypted) " tag sender domain i.example\n accept\n}", TOO_MANY_TAGS },
    { "submission {\n" EIGHT_TAGS(encrypted) " tag plaintext\n accept\n}", "" },
    { "submission {\n" EIGHT_TAGS(encrypted) " tag encrypted monitor-only\n accept\n}", "" },
    { "submission {\n" EIGHT_OF_SENDERS " tag sender domain i.example\n accept\n}", "" },
    { "submission {\n" EIGHT_OF_RECIPIENTS " tag to domain i.example\n accept\n}", TOO_MANY_TAGS },
    { "submission {\n tag missing dkim\n reject monitor-only missing dkim\n reject plaintext\n accept\n}", "" },
    { "submission {\n reject plaintext\n accept missing dkim\n hold\n}", "" },
    { "relay-networks { 0.0.0.0/0 }",
      "outward.conf:1:1: warning: relay-networks is open to others: the network of 0.0.0.0 is that wide" },
    { "relay-networks { 127.0.0.0/8 ::/0 }",
      "outward.conf:1:1: warning: relay-networks is open to others: the network of :: is that wide" },
    { "relay-networks { 10.0.0.0/8 2001:db8::/32 }", "" },
    { "listen unix:/run/a mode 0660", "" },
    { "listen unix:/run/a mode 0666",
      "outward.conf:1:1: warning: mode 0666 opens the socket to every user of this host" },
    { "listen inet:8891@127.0.0.1", "" },
    { "listen inet6:8891@::1", "" },
    { "listen inet:8891@localhost", "" },
    { "listen inet:8891",
      "outward.conf:1:1: warning: this socket is open to other hosts: milter has no authentication" },
    { "listen inet:8891@192.0.2.1 mode 0660",
      "outward.conf:1:1: warning: owner, group and mode mean nothing on a TCP socket\n"
      "outward.conf:1:1: warning: this socket is open to other hosts: milter has no authentication" },
    { "follow { journal file /var/log/mail.log }",
      "outward.conf:1:1: warning: journal and file: if both carry this host's lines, each delivery is counted twice" },
    { "alert { on blind }", "outward.conf:1:1: warning: alert names no channel: nobody will be told" },
    { "alert { syslog }", "outward.conf:1:1: warning: alert names no condition: nothing will be told" },
    { "delivery {\n expect encrypted to any\n expect encrypted to domain a.example\n require encrypted to any\n}",
      "outward.conf:3:2: warning: this demand can never count: outward.conf:2 above is for any domain" },
};

START_TEST(a_warning_names_what_is_open_or_late)
{
    char text[4096];
    struct faults faults;
    struct policy *policy = parse_text(others[_i].text, &faults);

    ck_assert_ptr_nonnull(policy);
    ck_assert_str_eq(faults_text(&faults, text, sizeof(text)), others[_i].warnings);
    policy_free(policy);
}
END_TEST

START_TEST(a_file_followed_twice_is_an_error)
{
    char text[4096];
    struct faults faults;

    ck_assert_ptr_null(parse_text("follow { file /var/log/a /var/log/b file /var/log/a }", &faults));
    ck_assert_str_eq(faults_text(&faults, text, sizeof(text)),
                     "outward.conf:1:1: error: file /var/log/a stands twice: its lines would be counted twice");
}
END_TEST

static void add_networks(struct buf *out, unsigned first, unsigned count)
{
    buf_add(out, VIEW(" client network {"));
    for (unsigned i = first; i < first + count; i++)
        buf_addf(out, " 192.0.2.%u", i);
    buf_add(out, VIEW(" }"));
}

/* Every two rules are compared, so a file with long lists must not take its time squared. */
START_TEST(long_lists_are_compared_by_their_names_only)
{
    static const struct {
        unsigned entries;
        bool compared;
    } sizes[] = { { 32, true }, { 33, false } };
    char text[4096], shown[4096];
    struct buf out = BUF(text);
    struct faults faults;
    struct policy *policy;

    buf_add(&out, VIEW("submission {\n reject"));
    add_networks(&out, 0, sizes[_i].entries);
    add_networks(&out, 100, sizes[_i].entries);
    buf_add(&out, VIEW("\n accept\n}"));
    policy = parse_text(buf_text(&out), &faults);
    ck_assert_ptr_nonnull(policy);
    faults_text(&faults, shown, sizeof(shown));
    ck_assert_int_eq(strstr(shown, "exclude each other") != NULL, sizes[_i].compared);
    policy_free(policy);
}
END_TEST

START_TEST(more_tag_rules_than_a_decision_can_tell_apart_are_an_error)
{
    char text[2048], shown[4096];
    struct buf out = BUF(text);
    struct faults faults;

    buf_add(&out, VIEW("submission {\n"));
    for (int i = 0; i <= TAG_RULES_MAX; i++)
        buf_add(&out, VIEW(" tag plaintext\n"));
    buf_add(&out, VIEW(" accept\n}"));
    ck_assert_ptr_null(parse_text(buf_text(&out), &faults));
    ck_assert_str_eq(faults_text(&faults, shown, sizeof(shown)), "outward.conf:66:2: error: more than 64 tag rules");
}
END_TEST

START_TEST(dates_are_checked_only_against_a_day_that_is_given)
{
    struct policy *policy = parse_fine("submission {\n accept plaintext until 2027-03-31\n accept\n}");
    struct faults faults = { 0 };
    char text[512];

    policy_check_dates(policy, 20270331, &faults);
    ck_assert_uint_eq(faults.count, 0);
    policy_check_dates(policy, 20270401, &faults);
    ck_assert_str_eq(faults_text(&faults, text, sizeof(text)),
                     "outward.conf:2: warning: this rule ended on 2027-03-31");
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("check");
    TCase *tests = tcase_create("check");

    tcase_add_loop_test(tests, a_warning_names_what_was_not_meant, 0, ROWS(rows));
    tcase_add_loop_test(tests, conditions_that_exclude_each_other_are_found, 0, ROWS(together));
    tcase_add_loop_test(tests, a_warning_names_what_is_open_or_late, 0, ROWS(others));
    tcase_add_test(tests, a_file_followed_twice_is_an_error);
    tcase_add_loop_test(tests, long_lists_are_compared_by_their_names_only, 0, 2);
    tcase_add_test(tests, more_tag_rules_than_a_decision_can_tell_apart_are_an_error);
    tcase_add_test(tests, dates_are_checked_only_against_a_day_that_is_given);
    suite_add_tcase(suite, tests);
    return suite;
}
