#include "tests/unit/policy/memory_files.h"
#include "tests/unit/unit.h"

#define FILE_NAME "outward.conf:"

/* Each fault is told whole: place, what was found, what was expected, and the near name. */
static const struct {
    const char *text, *faults;
} rows[] = {
    /* the shape */
    { "\"mode\" enforce\n",
      FILE_NAME "1:1: error: found the string \"mode\", expected a statement such as mode, network or submission" },
    { "moode enforce\n", FILE_NAME "1:1: error: found \"moode\", expected a statement such as mode, network or "
                                   "submission, did you mean \"mode\"?" },
    { "mode enforce extra\n", FILE_NAME "1:14: error: found \"extra\", expected end of line" },
    { "mode enforce; moode x\n", FILE_NAME "1:15: error: found \"moode\", expected a statement such as mode, network "
                                           "or submission, did you mean \"mode\"?" },
    { "mode, enforce\n", FILE_NAME "1:5: error: found \",\", expected end of line, a word, a quoted string or {" },
    { "}\n", FILE_NAME "1:1: error: found }, but no { is open" },
    { "network a { 192.0.2.1\n", FILE_NAME "1:11: error: found end of file, expected the } that closes this {" },
    { "submission {\n    accept\n", FILE_NAME "1:12: error: found end of file, expected the } that closes this {" },
    { "submission\n{\n accept\n}\n", FILE_NAME "1:11: error: found end of line, expected {\n" FILE_NAME
                                               "2:1: error: found {, expected a statement such as mode, network or "
                                               "submission" },
    { "submission x {\n}\n", FILE_NAME "1:12: error: found \"x\", expected {" },
    { ", mode\n", FILE_NAME "1:1: error: found \",\", expected end of file, end of line, a word, a quoted string, "
                            "a section or {" },
    { "network a { { { { { } } } } }\n", FILE_NAME "1:19: error: found more than 4 braces inside each other" },
    { "user \"out\n", FILE_NAME "1:6: error: found end of line, expected the closing \" of this string" },
    { "user \"a\\b\"\n", FILE_NAME "1:8: error: found \\b in a quoted string, expected \\\" or \\\\" },
    { "user \"a\tb\"\n", FILE_NAME "1:8: error: found control character 0x09 in a quoted string" },
    { "user a\001b\n", FILE_NAME "1:7: error: found control character 0x01" },
    /* statements */
    { "mode\n", FILE_NAME "1:5: error: found end of line, expected monitor or enforce" },
    { "mode enforc\n",
      FILE_NAME "1:6: error: found \"enforc\", expected monitor or enforce, did you mean \"enforce\"?" },
    { "mode monitor\nmode enforce\n", FILE_NAME "2:1: error: mode stands twice, first in outward.conf:1" },
    { "on-error reject\n", FILE_NAME "1:10: error: found \"reject\", expected tempfail or accept" },
    { "record long\n", FILE_NAME "1:8: error: found \"long\", expected full or brief" },
    { "log file outward.log\n", FILE_NAME "1:10: error: found \"outward.log\", expected an absolute path" },
    { "listen /run/x\n",
      FILE_NAME "1:8: error: found \"/run/x\", expected unix:/PATH, inet:PORT@HOST or inet6:PORT@HOST" },
    { "listen inet:0@localhost\n", FILE_NAME "1:8: error: found \"inet:0@localhost\", expected unix:/PATH, "
                                             "inet:PORT@HOST or inet6:PORT@HOST" },
    { "listen unix:/run/x mode 0680\n", FILE_NAME "1:25: error: found \"0680\", expected an octal mode such as 0660" },
    { "listen unix:/run/x mod 0660\n",
      FILE_NAME "1:20: error: found \"mod\", expected owner, group, mode or end of line" },
    { "tag-header Received\n",
      FILE_NAME "1:12: error: found \"Received\", expected a header field's name that starts with X-" },
    { "tag-header X-A:\n",
      FILE_NAME "1:12: error: found \"X-A:\", expected a header field's name that starts with X-" },
    /* names and lists */
    { "network file { 192.0.2.1 }\n", FILE_NAME "1:9: error: \"file\" cannot be a name, expected a name for the list" },
    { "network a 192.0.2.1\n", FILE_NAME "1:11: error: found \"192.0.2.1\", expected { or file" },
    { "network loopback { 192.0.2.1 }\n", FILE_NAME "1:9: error: network loopback is built in, take another name" },
    { "domain a { example.com }\ndomain a { example.org }\n",
      FILE_NAME "2:8: error: domain a is declared twice, first in outward.conf:1" },
    { "network a { 192.0.2.1/24 192.0.2.0/33 x }\n",
      FILE_NAME "1:13: error: found \"192.0.2.1/24\", bits are set behind the prefix length\n" FILE_NAME
                "1:26: error: found \"192.0.2.0/33\", the prefix length must be 0 to 32 for IPv4, 0 to 128 for "
                "IPv6\n" FILE_NAME "1:39: error: found \"x\", not an IPv4 or IPv6 address or network" },
    { "domain a { *.example.com a@example.com }\n",
      FILE_NAME "1:12: error: found \"*.example.com\", write \".example.com\" for all domains below it\n" FILE_NAME
                "1:26: error: found \"a@example.com\", expected a domain such as example.com or .example.com" },
    { "domain a { { } }\n", FILE_NAME "1:12: error: found {, expected an entry of the list" },
    { "certificate a { subject x }\n",
      FILE_NAME "1:13: error: certificate a needs both subject and issuer: anyone may issue a subject" },
    { "listener a { wrapper }\n",
      FILE_NAME "1:10: error: listener a names no port, address or name: all mail would be a submission" },
    { "listener a { port 0 adress x }\n", FILE_NAME "1:19: error: found \"0\", expected a port from 1 to 65535" },
    { "listener a { port 25 adress x }\n",
      FILE_NAME "1:22: error: found \"adress\", expected a setting of listener: port, address, name, tls-by-proxy, "
                "wrapper, did you mean \"address\"?" },
    /* other blocks */
    { "ledger { keep foo 3d keep days 3 keep hours 8d }\n",
      FILE_NAME "1:10: error: found \"keep\", expected a setting of ledger: path, keep detail, keep hours, keep days, "
                "addresses\n" FILE_NAME "1:32: error: found \"3\", expected a number of days such as 30d" },
    { "ledger { keep days 3d keep days 4d }\n",
      FILE_NAME "1:23: error: keep days stands twice, first in outward.conf:1" },
    { "alert { on volum over 80% mail x@example.com }\n",
      FILE_NAME "1:12: error: found \"volum\", expected plaintext, violation, downgrade, gmail-refusal, volume, "
                "submissions, tls-failures or blind, did you mean \"volume\"?" },
    { "alert { on volume over 80 mail x@example.com }\n",
      FILE_NAME "1:24: error: found \"80\", expected a percentage such as 80%" },
    { "alert { on submissions over 80% mail x@example.com }\n",
      FILE_NAME "1:29: error: found \"80%\", expected a rate such as 20/minute" },
    { "alert { on blind webhook \"http://example.com/\" }\n",
      FILE_NAME "1:26: error: an http:// URL needs insecure behind it: anyone on the way can read it" },
    { "alert { on blind exec notify }\n", FILE_NAME "1:23: error: found \"notify\", expected an absolute path" },
    { "alert { on blind mail x quiet 22-7 repeat 1w }\n",
      FILE_NAME "1:23: error: found \"x\", expected a mail address\n" FILE_NAME
                "1:31: error: found \"22-7\", expected a span of the day such as 22:00-07:00\n" FILE_NAME
                "1:43: error: found \"1w\", expected a time such as 90s, 15m, 2h or 1d" },
    { "metrics { listen 9925 }\n",
      FILE_NAME "1:18: error: found \"9925\", expected ADDRESS:PORT such as 127.0.0.1:9925 or [::1]:9925" },
    { "follow { file }\n", FILE_NAME "1:15: error: found }, expected an absolute path" },
    { "guidelines { profile gmial }\n",
      FILE_NAME "1:22: error: found \"gmial\", expected gmail, yahoo or microsoft, did you mean \"gmail\"?" },
    /* rules */
    { "submission { rejct plaintext }\n", FILE_NAME "1:14: error: found \"rejct\", expected accept, reject, tempfail, "
                                                    "hold, tag or observe, did you mean \"reject\"?" },
    { "submission { reject plaintxt }\n", FILE_NAME "1:21: error: found \"plaintxt\", expected a condition or end of "
                                                    "line, did you mean \"plaintext\"?" },
    { "submission { reject not }\n", FILE_NAME "1:24: error: found end of line, expected a condition" },
    { "submission { reject client }\n",
      FILE_NAME "1:27: error: found end of line, expected network or name behind \"client\"" },
    { "submission { reject client netwrk x }\n", FILE_NAME "1:28: error: found \"netwrk\", expected network or name "
                                                           "behind \"client\", did you mean \"network\"?" },
    { "network office { 192.0.2.1 }\nsubmission { reject client network ofice }\n",
      FILE_NAME "2:36: error: found \"ofice\", expected the name of a network, an address or a network, did you mean "
                "\"office\"?" },
    { "submission { reject to domain google }\n",
      FILE_NAME "1:31: error: found \"google\", expected the name of a domain list, or a domain" },
    { "submission { reject login alice }\n",
      FILE_NAME "1:27: error: found \"alice\", expected the name of a login list, or a login in quotes" },
    { "submission { reject certificate a }\n",
      FILE_NAME "1:33: error: found \"a\", expected the name of a certificate" },
    { "submission { reject listener submisson }\n", FILE_NAME "1:30: error: found \"submisson\", expected the name of "
                                                              "a listener, did you mean \"submission\"?" },
    { "submission { reject tls below 1.5 }\n",
      FILE_NAME "1:31: error: found \"1.5\", expected a TLS version: 1.0, 1.1, 1.2 or 1.3" },
    { "submission { accept not tls below 1.2 }\n",
      FILE_NAME "1:25: error: not tls below would let plaintext through, write tls at-least (and a rule for "
                "plaintext)" },
    { "submission { hold format-fault no-frm }\n", FILE_NAME "1:32: error: found \"no-frm\", expected the name of a "
                                                             "format fault, or any, did you mean \"no-from\"?" },
    { "submission { hold header-from agrees sendr }\n",
      FILE_NAME "1:38: error: found \"sendr\", expected sender or login, did you mean \"sender\"?" },
    { "submission { reject port 70000000000 }\n", FILE_NAME "1:26: error: found \"70000000000\", expected a number" },
    { "submission { accept monitor-only }\n",
      FILE_NAME "1:21: error: found \"monitor-only\", but accept does nothing that could be logged instead" },
    { "submission { accept until 2027-02-29 }\n",
      FILE_NAME "1:27: error: found \"2027-02-29\", expected a day such as 2027-03-31" },
    { "submission { accept \"250 2.0.0 x\" }\n",
      FILE_NAME "1:21: error: found a reply, but only reject and tempfail answer with one" },
    { "submission { reject \"550 5.7.1 a\" \"550 5.7.1 b\" }\n",
      FILE_NAME "1:35: error: found the string \"550 5.7.1 b\", expected end of line: a rule has one text" },
    { "submission { accept }\nsubmission { accept }\n",
      FILE_NAME "2:1: error: submission stands twice in this file, first in line 1" },
    { "submission { delivery {\n } }\n", FILE_NAME "1:14: error: found \"delivery\", expected accept, reject, "
                                                   "tempfail, hold, tag or observe" },
    /* demands */
    { "delivery { expct encrypted to any }\n",
      FILE_NAME "1:12: error: found \"expct\", expected expect or require, did you mean \"expect\"?" },
    { "delivery { expect tls to any }\n", FILE_NAME "1:19: error: found \"tls\", expected encrypted or verified" },
    { "delivery { expect encrypted }\n",
      FILE_NAME "1:28: error: found end of line, expected to any or to domain LIST" },
    { "delivery { expect encrypted to all }\n", FILE_NAME "1:32: error: found \"all\", expected any or domain" },
};

START_TEST(a_fault_names_place_found_and_expected)
{
    char text[4096];
    struct faults faults;

    ck_assert_ptr_null(parse_text(rows[_i].text, &faults));
    ck_assert_str_eq(faults_text(&faults, text, sizeof(text)), rows[_i].faults);
}
END_TEST

/* Places of a value, marked @, that take no block, no empty string, no nonsense and not nothing. */
static const char *const places[] = {
    "listen @",
    "listen unix:/a owner @",
    "listen unix:/a group @",
    "listen unix:/a mode @",
    "user @",
    "mode @",
    "on-error @",
    "record @",
    "log @",
    "log file @",
    "tag-header @",
    "include @",
    "network @ { 192.0.2.1 }",
    "network a @",
    "network a file @",
    "domain a { @ . }",
    "login a file @",
    "relay-networks @",
    "relay-networks { @ x }",
    "local-transports @",
    "listener @ { port 25 }",
    "listener a @",
    "listener a { port @ }",
    "listener a { address @ }",
    "listener a { name @ }",
    "certificate @ { subject a issuer b }",
    "certificate a @",
    "certificate a { subject @ issuer b }",
    "certificate a { subject b issuer @ }",
    "alert @",
    "alert { on @ syslog }",
    "alert { on plaintext to @ syslog }",
    "alert { on plaintext to domain @ }",
    "alert { on volume @ syslog }",
    "alert { on volume over @ syslog }",
    "alert { on submissions over @ syslog }",
    "alert { exec @ }",
    "alert { mail @ }",
    "alert { webhook @ }",
    "alert { webhook https://a.example/ secret @ }",
    "alert { webhook https://a.example/ secret file @ }",
    "alert { quiet @ }",
    "alert { repeat @ }",
    "ledger @",
    "ledger { path @ }",
    "ledger { keep detail @ }",
    "ledger { keep hours @ }",
    "ledger { keep days @ }",
    "ledger { addresses @ }",
    "ledger { @ x }",
    "follow @",
    "follow { file @ }",
    "follow { internal @ }",
    "follow { smarthost { @ } x }",
    "follow { tz @ }",
    "metrics { listen @ }",
    "metrics { destinations @ x }",
    "guidelines { egress @ }",
    "guidelines { egress { @ x } }",
    "guidelines { profile @ }",
    "guidelines { transactional @ }",
    "guidelines { transactional-login @ }",
    "guidelines { transactional-header @ }",
    "submission { @ plaintext }",
    "submission { accept @ x }",
    "submission { accept until @ }",
    "submission { accept port @ }",
    "submission { accept listener @ }",
    "submission { accept client @ }",
    "submission { accept to domain { @ . } }",
    "submission { accept certificate @ }",
    "submission { accept tls below @ }",
    "submission { accept mechanism @ }",
    "submission { accept format-fault @ }",
    "submission { accept header-from agrees @ }",
    "delivery { @ encrypted to any }",
    "delivery { expect @ to any }",
    "delivery { expect encrypted @ any }",
    "delivery { expect encrypted to @ }",
    "delivery { expect encrypted to domain @ }",
    "delivery { expect encrypted to any @ x }",
};

START_TEST(no_value_is_a_block_an_empty_string_or_missing)
{
    static const char *const wrong[] = { "", "{ { } }", "\"\"" };

    for (size_t i = 0; i < ROWS(wrong); i++) {
        char text[256];
        struct buf out = BUF(text);
        struct view behind = view_of(places[_i]), before;
        struct faults faults;

        ck_assert(view_cut(&behind, VIEW("@"), &before));
        buf_add(&out, before);
        buf_add(&out, view_of(wrong[i]));
        buf_add(&out, behind);
        ck_assert_msg(parse_text(buf_text(&out), &faults) == NULL, "%s", text);
        ck_assert_uint_gt(faults.errors, 0);
        ck_assert_uint_eq(faults.shown[0].line, 1);
        ck_assert_uint_gt(faults.shown[0].column, 0);
    }
}
END_TEST

/* Values at and behind the edges of what is taken. */
static const struct {
    const char *text;
    bool fine;
} edges[] = {
    { "listen unix:/a mode 0777", true },
    { "listen unix:/a mode 777", true },
    { "listen unix:/a mode 1777", false },
    { "listen unix:/a mode 0000", false },
    { "listen unix:/a mode 07", false },
    { "listen unix:a", false },
    { "listen local:/a", true },
    { "listen inet:65535@host.example", true },
    { "listen inet:65536", false },
    { "listen inet:25@", false },
    { "listen inet6:1@::1", true },
    { "listen "
      "unix:/"
      "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345",
      true },
    { "listen "
      "unix:/"
      "01234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456",
      false },
    { "listener a { port 65535 }", true },
    { "listener a { port 65536 }", false },
    { "ledger { keep days 36500d }", true },
    { "ledger { keep days 36501d }", false },
    { "ledger { keep days 0d }", false },
    { "alert { syslog repeat 31536000s }", true },
    { "alert { syslog repeat 31536001s }", false },
    { "alert { syslog repeat 365d }", true },
    { "alert { syslog repeat 366d }", false },
    { "alert { syslog quiet 00:00-23:59 }", true },
    { "alert { syslog quiet 24:00-07:00 }", false },
    { "alert { syslog quiet 22:00-07:60 }", false },
    { "alert { syslog quiet 22:00 }", false },
    { "alert { syslog on volume over 1000% }", true },
    { "alert { syslog on volume over 1001% }", false },
    { "alert { syslog on tls-failures over 1/minute on plaintext to any }", true },
    { "alert { webhook https:// }", false },
    { "alert { webhook https://a.example/ insecure secret file /k }", true },
    { "metrics { listen 127.0.0.1:65535 }", true },
    { "metrics { listen 127.0.0.1:0 }", false },
    { "metrics { listen localhost:1 }", false },
    { "metrics { destinations { gmail.com } }", true },
    { "submission { accept until 2028-02-29 }", true },
    { "submission { accept until 2100-02-29 }", false },
    { "submission { accept until 2027-13-01 }", false },
    { "submission { accept until 2027-00-01 }", false },
    { "submission { accept until 1969-12-31 }", false },
    { "submission { accept port 1000000000 }", true },
    { "submission { accept port 1000000001 }", false },
    { "submission { accept tls at-least TLSv1.3 }", true },
    { "submission { accept header-from agrees { sender login } }", true },
    { "submission { accept header-from agrees { sender x } }", false },
    { "submission { accept format-fault { no-date any } }", true },
    { "submission { accept to domain [192.0.2.1] }", true },
    { "submission { accept to domain { localhost } }", true },
    { "submission { accept to domain \"localhost\" }", true },
    { "submission { accept client network 192.0.2.1/33 }", false },
    { "submission { accept client network \"192.0.2.1\" }", true },
    { "submission { tag \"\\u00e9\" }", false },
    { "submission { tag \"caf\303\251\" }", false },
    { "network a { \"192.0.2.1\" \"2001:db8::/32\" }", true },
    { "network a2345678901234567890123456789012345678901234567890123456789012345 { 192.0.2.1 }", false },
    { "certificate a { subject b issuer c }; certificate a { subject b issuer c }", false },
    { "listener a { port 1 }; listener a { port 2 }", false },
    { "network a { 192.0.2.1 }; domain a { a.example }; login a { b }", true },
};

START_TEST(values_are_taken_up_to_their_limits)
{
    struct faults faults;
    struct policy *policy = parse_text(edges[_i].text, &faults);

    ck_assert_msg((policy != NULL) == edges[_i].fine, "%s: %s", edges[_i].text, faults.shown[0].text);
    policy_free(policy);
}
END_TEST

/* What the shape allows: each is one rule and no fault. */
static const char *const shapes[] = {
    "submission { accept }",
    "submission {accept}\n",
    "submission {\r\n\taccept # comment\r\n}\r\n",
    "# only a comment\n\nsubmission { ;; accept ; }",
    "submission { accept client network { 192.0.2.1,\n 192.0.2.2 ; 2001:db8::/32\n } }",
    "submission { reject cipher \"a \\\"b\\\" \\\\\" \"550 5.7.1 #not a comment\" }",
    "network network { 192.0.2.1 }; submission { accept client network network }",
    "domain reject { example.com }; submission { reject to domain reject }",
    "submission { accept login alice@example.org }",
    "submission { reject mechanism { PLAIN login } }",
    "submission { reject plaintext monitor-only until 2028-02-29 \"530 5.7.0 no\" }",
    "submission { reject until 2028-02-29 monitor-only plaintext not local }",
    "submission { accept sender domain b\303\274cher.example }",
    "submission { reject client network 192.0.2.0/24 not client name .example.com }",
};

START_TEST(one_rule_reads_in_many_shapes)
{
    struct policy *policy = parse_fine(shapes[_i]);

    ck_assert_uint_eq(policy_rule_count(policy), 1);
    policy_free(policy);
}
END_TEST

START_TEST(a_faulty_line_does_not_hide_the_next)
{
    static const char text[] = "submission {\n  reject } {\n";
    char out[4096];
    struct faults faults;

    ck_assert_ptr_null(parse_text("mode x\nlisten y\nsubmission {\n  a\n  reject , b\n  c\n}\nuser\n", &faults));
    ck_assert_uint_eq(faults.errors, 6);
    ck_assert_uint_eq(faults.shown[5].line, 8);
    ck_assert_ptr_null(parse_text(text, &faults));
    ck_assert_str_eq(faults_text(&faults, out, sizeof(out)),
                     "outward.conf:2:12: error: found {, expected end of line\n"
                     "outward.conf:2:12: error: found end of file, expected the } that closes this {");
}
END_TEST

START_TEST(at_most_twenty_faults_are_shown_and_the_rest_is_counted)
{
    char text[1024];
    struct buf out = BUF(text);
    struct faults faults;

    for (int i = 0; i < 25; i++)
        buf_add(&out, VIEW("mode x\n"));
    ck_assert_ptr_null(parse_text(buf_text(&out), &faults));
    ck_assert_uint_eq(faults.count, FAULTS_MAX);
    ck_assert_uint_eq(faults.errors, 25);
    ck_assert_uint_eq(faults.shown[0].line, 1);
    ck_assert_uint_eq(faults.shown[FAULTS_MAX - 1].line, FAULTS_MAX);
}
END_TEST

START_TEST(an_empty_file_is_a_policy_that_accepts)
{
    struct policy *policy = parse_fine("");
    struct submission sub;

    submission_init(&sub);
    submission_reach(&sub, STAGE_MESSAGE);
    fact_set_flag(&sub, FACT_LOCAL, true);
    ck_assert_uint_eq(policy_rule_count(policy), 0);
    ck_assert_int_eq(policy_evaluate(policy, &sub, NULL).now.verdict, VERDICT_ACCEPT);
    ck_assert_int_eq(policy_settings(policy)->mode, MODE_MONITOR);
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("parse");
    TCase *tests = tcase_create("parse");

    tcase_add_loop_test(tests, a_fault_names_place_found_and_expected, 0, ROWS(rows));
    tcase_add_loop_test(tests, no_value_is_a_block_an_empty_string_or_missing, 0, ROWS(places));
    tcase_add_loop_test(tests, values_are_taken_up_to_their_limits, 0, ROWS(edges));
    tcase_add_loop_test(tests, one_rule_reads_in_many_shapes, 0, ROWS(shapes));
    tcase_add_test(tests, a_faulty_line_does_not_hide_the_next);
    tcase_add_test(tests, at_most_twenty_faults_are_shown_and_the_rest_is_counted);
    tcase_add_test(tests, an_empty_file_is_a_policy_that_accepts);
    suite_add_tcase(suite, tests);
    return suite;
}
