/* Configurations as tutorials and hosters give them, through the real postconf(1). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/audit/host.h"
#include "tests/unit/unit.h"

/* What every main.cf here begins with: nothing in it is found fault with. */
#define BASE                                                                                                           \
    "compatibility_level = 3.6\nqueue_directory = @DIR@/spool\nmyhostname = mail.example.org\nmydestination =\n"       \
    "mynetworks = 127.0.0.0/8 [::1]/128\nalias_maps =\nalias_database =\n"
#define OUT "smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\n"
#define IN "smtpd_tls_security_level = may\nsmtpd_tls_chain_files = @DIR@/good.pem\nsmtpd_tls_loglevel = 1\n"

#define CLIENTS "smtp unix - - n - - smtp\nrelay unix - - n - - smtp\ncleanup unix n - n - 0 cleanup\n"
#define PORT25 "smtp inet n - n - - smtpd\n"
#define PORT587                                                                                                        \
    "submission inet n - n - - smtpd\n -o smtpd_tls_security_level=encrypt\n -o smtpd_sasl_auth_enable=yes\n"
#define PORT465 "submissions inet n - n - - smtpd\n -o smtpd_tls_wrappermode=yes\n -o smtpd_sasl_auth_enable=yes\n"

static const struct {
    const char *name, *main, *master;
    const char *found; /* every error and warning */
} rows[] = {
    { "a sane modern set-up", BASE OUT IN, PORT25 PORT587 PORT465 CLIENTS, "" },
    { "implicit TLS only", BASE OUT IN, PORT25 PORT465 CLIENTS, "" },
    { "an outbound level left empty", BASE IN "smtp_tls_loglevel = 1\n", PORT25 CLIENTS, "error outbound-off" },
    { "an outbound level of none", BASE IN "smtp_tls_security_level = none\nsmtp_tls_loglevel = 1\n", PORT25 CLIENTS,
      "error outbound-off" },
    { "one transport with TLS taken away", BASE OUT IN,
      PORT25 CLIENTS "slow unix - - n - - smtp\n -o smtp_tls_security_level=none\n", "error outbound-off" },
    { "one transport that does not log", BASE OUT IN,
      PORT25 CLIENTS "slow unix - - n - - smtp -o smtp_tls_loglevel=0\n", "warning outbound-log-off" },
    { "a misspelt level", BASE IN "smtp_tls_security_level = encrypted\nsmtp_tls_loglevel = 1\n", PORT25 CLIENTS,
      "error outbound-level-invalid" },
    { "logging off", BASE IN "smtp_tls_security_level = may\n", PORT25 CLIENTS, "warning outbound-log-off" },
    { "the switches of before 2.3",
      BASE "smtp_use_tls = yes\nsmtpd_use_tls = yes\nsmtp_tls_loglevel = 1\n"
           "smtpd_tls_chain_files = @DIR@/good.pem\n",
      PORT25 CLIENTS, "warning outbound-legacy-switch, warning server-legacy-switch" },
    { "smtpd_use_tls alone on 587", BASE OUT "smtpd_use_tls = yes\nsmtpd_tls_chain_files = @DIR@/good.pem\n",
      "587 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes\n" CLIENTS,
      "error submission-plaintext-auth, warning server-legacy-switch, warning submission-tls-optional" },
    { "587 that offers AUTH in plaintext", BASE OUT IN,
      PORT25 "submission inet n - n - - smtpd\n -o smtpd_sasl_auth_enable=yes\n" CLIENTS,
      "error submission-plaintext-auth, warning submission-tls-optional" },
    { "587 that holds AUTH back but takes plaintext", BASE OUT IN,
      PORT25 "submission inet n - n - - smtpd\n -o smtpd_sasl_auth_enable=yes\n -o smtpd_tls_auth_only=yes\n" CLIENTS,
      "warning submission-tls-optional" },
    { "587 without TLS", BASE OUT, "submission inet n - n - - smtpd\n -o smtpd_sasl_auth_enable=yes\n" CLIENTS,
      "error submission-plaintext-auth, error submission-tls-off" },
    { "587 without AUTH", BASE OUT IN,
      PORT25 "submission inet n - n - - smtpd -o smtpd_tls_security_level=encrypt\n" CLIENTS,
      "warning submission-auth-off" },
    { "465 without wrapper mode", BASE OUT IN,
      PORT25 "smtps inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_tls_security_level=encrypt\n" CLIENTS,
      "error submissions-no-wrapper" },
    { "wrapper mode on 587", BASE OUT IN,
      PORT25 "submission inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes\n" CLIENTS,
      "error wrapper-port" },
    { "AUTH on port 25, without submission ports",
      BASE OUT IN "smtpd_sasl_auth_enable = yes\nsmtpd_tls_auth_only = yes\n", PORT25 CLIENTS,
      "warning port25-auth, warning submission-absent" },
    { "port 25 that demands TLS",
      BASE OUT "smtpd_tls_security_level = encrypt\nsmtpd_tls_chain_files = @DIR@/good.pem\n", PORT25 CLIENTS,
      "error port25-demands-tls" },
    { "port 25 without TLS", BASE OUT, PORT25 CLIENTS, "warning port25-off" },
    { "STARTTLS hidden from clients", BASE OUT IN "smtpd_discard_ehlo_keywords = chunking, STARTTLS\n", PORT25 CLIENTS,
      "error server-starttls-discarded" },
    { "STARTTLS of servers ignored", BASE OUT IN "smtp_discard_ehlo_keywords = starttls\n", PORT25 CLIENTS,
      "error outbound-starttls-discarded" },
    { "secure without authorities", BASE IN "smtp_tls_security_level = secure\nsmtp_tls_loglevel = 1\n", PORT25 CLIENTS,
      "error outbound-authorities-none" },
    { "secure with a file that is not there",
      BASE IN "smtp_tls_security_level = secure\nsmtp_tls_loglevel = 1\nsmtp_tls_CAfile = @DIR@/absent.pem\n",
      PORT25 CLIENTS, "error outbound-authorities-file" },
    { "verify in the policy table alone, without authorities",
      BASE OUT IN "smtp_tls_policy_maps = inline:{{example.com = verify}, {example.org = encrypt}}\n", PORT25 CLIENTS,
      "error policy-authorities-none" },
    { "the policy table exempts a domain",
      BASE IN "smtp_tls_security_level = encrypt\nsmtp_tls_loglevel = 1\n"
              "smtp_tls_policy_maps = inline:{{gmail.com = none}, {example.com = may}, {example.org = encrypt}}\n",
      PORT25 CLIENTS, "warning policy-plaintext" },
    { "the policy table says what this version does not know",
      BASE OUT IN "smtp_tls_policy_maps = texthash:@DIR@/policy\nsmtp_tls_CAfile = @DIR@/ca.pem\n", PORT25 CLIENTS,
      "error policy-invalid" },
    { "DANE without DNSSEC", BASE IN "smtp_tls_security_level = dane\nsmtp_tls_loglevel = 1\n", PORT25 CLIENTS,
      "error outbound-dane-no-dnssec" },
    { "DANE with DNSSEC",
      BASE IN "smtp_tls_security_level = dane\nsmtp_tls_loglevel = 1\nsmtp_dns_support_level = dnssec\n",
      PORT25 CLIENTS, "" },
    { "a smarthost that may get the password in clear",
      BASE OUT IN
      "relayhost = [mail.example.net]:587\nsmtp_sasl_auth_enable = yes\nsmtp_sasl_security_options = noanonymous\n"
      "smtp_sasl_password_maps = static:alice:s3cret\n",
      PORT25 CLIENTS, "error outbound-password-plaintext" },
    { "a smarthost over encrypt",
      BASE IN "smtp_tls_security_level = encrypt\nsmtp_tls_loglevel = 1\nrelayhost = [mail.example.net]:587\n"
              "smtp_sasl_auth_enable = yes\nsmtp_sasl_security_options = noanonymous\n",
      PORT25 CLIENTS, "" },
    { "implicit TLS to the smarthost without a level",
      BASE OUT IN "relayhost = [mail.example.net]:465\nsmtp_tls_wrappermode = yes\n", PORT25 CLIENTS,
      "error outbound-wrapper-level" },
    { "SSLv3 let back in", BASE OUT IN "smtp_tls_protocols = !SSLv2\nsmtpd_tls_protocols = SSLv3 TLSv1.2\n",
      PORT25 CLIENTS, "warning outbound-protocols, warning server-protocols" },
    { "a protocol list nobody can read", BASE OUT IN "smtp_tls_protocols = >=TLSv1.2, !TLS1.1\n", PORT25 CLIENTS,
      "error outbound-protocols" },
    { "TLS 1.0 for submission, by hand", BASE OUT IN "smtpd_tls_mandatory_protocols = !SSLv2, !SSLv3\n",
      PORT25 PORT587 PORT465 CLIENTS, "warning submission-protocols" },
    { "weak ciphers for submission", BASE OUT IN "smtpd_tls_mandatory_ciphers = low\n", PORT25 PORT587 CLIENTS,
      "warning server-ciphers" },
    { "a relay for the whole Internet", BASE OUT IN "mynetworks = 127.0.0.0/8 0.0.0.0/0\n", PORT25 CLIENTS,
      "error relay-networks-wide" },
    { "a relay for a /12 of the Internet", BASE OUT IN "mynetworks = 198.48.0.0/12, [::1]/128\n", PORT25 CLIENTS,
      "warning relay-networks-wide" },
    { "a relay for the neighbours",
      "compatibility_level = 0\nmyhostname = mail.example.org\nalias_maps =\n"
      "queue_directory = @DIR@/spool\nmydestination =\nsmtputf8_enable = no\n"
      "smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\n" OUT IN,
      PORT25 CLIENTS, "warning relay-networks-wide" },
    { "restrictions that let everything pass", BASE OUT IN "smtpd_relay_restrictions = permit\n", PORT25 CLIENTS,
      "error relay-open" },
    { "anonymous logins", BASE OUT IN "smtpd_sasl_security_options =\n", PORT25 PORT587 PORT465 CLIENTS,
      "error submission-anonymous" },
    { "no certificate", BASE OUT "smtpd_tls_security_level = may\n", PORT25 CLIENTS, "error certificate-absent" },
    { "a certificate file that is not there",
      BASE OUT "smtpd_tls_security_level = may\nsmtpd_tls_cert_file = @DIR@/absent.pem\n", PORT25 CLIENTS,
      "error certificate-unreadable" },
    { "authorities as certificate",
      BASE OUT
      "smtpd_tls_security_level = may\nsmtpd_tls_cert_file = @DIR@/ca.pem\nsmtpd_tls_key_file = @DIR@/good.pem\n",
      PORT25 PORT465 CLIENTS,
      "error certificate-key-mismatch, warning certificate-name, warning certificate-self-signed" },
    { "a misspelt parameter", BASE OUT IN "smtp_tls_securty_level = encrypt\n", PORT25 CLIENTS,
      "warning config-unused-parameter" },
    { "a parameter set twice", BASE OUT IN "smtp_tls_loglevel = 1\n", PORT25 CLIENTS, "" },
    { "soft bounces", BASE OUT IN "soft_bounce = yes\n", PORT25 CLIENTS, "warning config-soft-bounce" },
    { "Cyrus SASL without a file for Postfix", BASE OUT IN "smtpd_sasl_path = nowhere\n", PORT25 PORT587 CLIENTS,
      "warning sasl-cyrus-config" },
    { "a SASL type of nobody", BASE OUT IN "smtpd_sasl_type = pam\n", PORT25 PORT587 CLIENTS, "error sasl-type" },
    { "Dovecot's socket is not there", BASE OUT IN "smtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n",
      PORT25 PORT587 CLIENTS, "error sasl-dovecot-socket" },
    { "saslauthd outside of the chroot", BASE OUT IN "smtpd_sasl_path = outside\n",
      PORT25
      "submission inet n - y - - smtpd -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes\n" CLIENTS,
      "error sasl-saslauthd-socket, warning sasl-saslauthd-mechanisms" },
    { "a content filter that hands back on loopback", BASE OUT IN "content_filter = smtp:[127.0.0.1]:10024\n",
      PORT25 PORT587 PORT465 CLIENTS
      "127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o mynetworks=127.0.0.0/8\n"
      " -o smtpd_tls_security_level=none\n",
      "" },
    { "postscreen before smtpd", BASE OUT IN,
      "smtp inet n - n - 1 postscreen\nsmtpd pass - - n - - smtpd -o smtpd_tls_security_level=encrypt\n" CLIENTS,
      "error port25-demands-tls" },
    { "lmtp to another host in clear", BASE OUT IN "virtual_transport = lmtp:inet:store.example.org:24\n",
      PORT25 CLIENTS "lmtp unix - - n - - lmtp\n", "warning outbound-lmtp-plaintext" },
    { "lmtp over a socket", BASE OUT IN "virtual_transport = lmtp:unix:private/dovecot-lmtp\n",
      PORT25 CLIENTS "lmtp unix - - n - - lmtp\n", "" },
    { "an override with blanks in braces", BASE OUT IN,
      PORT25 "submission inet n - n - - smtpd\n -o { smtpd_tls_security_level = encrypt }\n"
             " -o { smtpd_sasl_auth_enable = yes }\n -o { smtpd_discard_ehlo_keywords = dsn auth }\n" CLIENTS,
      "error server-starttls-discarded" },
    { "an override that names another parameter", BASE OUT IN "submission_level = none\n",
      PORT25
      "submission inet n - n - - smtpd -o smtpd_tls_security_level=$submission_level -o smtpd_sasl_auth_enable=yes\n"
      " -o smtpd_tls_auth_only=yes\n" CLIENTS,
      "error submission-tls-off" },
};

/* Milder findings: each with a set-up that has it, while the sane one has not. */
static const struct {
    const char *id, *main, *master;
} mild_rows[] = {
    { "outbound-smarthost", BASE OUT IN "relayhost = [mail.example.net]\n", PORT25 PORT465 CLIENTS },
    { "outbound-routes", BASE OUT IN "transport_maps = inline:{a.example=smtp:[hub.example.net]}\n",
      PORT25 PORT465 CLIENTS },
    { "outbound-routes", BASE OUT IN "transport_maps = regexp:/etc/postfix/transport\n", PORT25 PORT465 CLIENTS },
    { "outbound-fingerprint-md5",
      BASE IN "smtp_tls_security_level = fingerprint\nsmtp_tls_loglevel = 1\nsmtp_tls_fingerprint_digest = md5\n",
      PORT25 PORT465 CLIENTS },
    { "outbound-ciphers", BASE OUT IN "smtp_tls_mandatory_ciphers = export\n", PORT25 PORT465 CLIENTS },
    { "outbound-authorities-chroot", BASE OUT IN "smtp_tls_CApath = @DIR@/sasl\n",
      PORT25 PORT465 "smtp unix - - y - - smtp\n" },
    { "policy-per-site", BASE OUT IN "smtp_tls_per_site = hash:@DIR@/site\n", PORT25 PORT465 CLIENTS },
    { "policy-opaque", BASE OUT IN "smtp_tls_policy_maps = socketmap:inet:localhost:1:policy\n",
      PORT25 PORT465 CLIENTS },
    { "policy-opaque", BASE OUT IN "smtp_tls_policy_maps = texthash:@DIR@/absent\n", PORT25 PORT465 CLIENTS },
    { "submission-networks", BASE OUT IN "mynetworks = 127.0.0.0/8 192.168.0.0/24\n", PORT25 PORT465 CLIENTS },
    { "submissions-absent", BASE OUT IN, PORT25 PORT587 CLIENTS },
    { "server-log-off", BASE OUT IN "smtpd_tls_loglevel = 0\n", PORT25 PORT465 CLIENTS },
    { "cipher-list-set", BASE OUT IN "tls_medium_cipherlist = ALL:!MD5\n", PORT25 PORT465 CLIENTS },
    { "gate-order", BASE OUT IN "smtpd_milters = unix:/var/spool/postfix/outward/milter.sock, inet:localhost:8891\n",
      PORT25 PORT465 CLIENTS },
    { "gate-proxy-filter",
      BASE OUT IN "smtpd_milters = unix:/var/spool/postfix/outward/milter.sock\nsmtpd_proxy_filter = 127.0.0.1:10024\n",
      PORT25 PORT465 CLIENTS },
    { "gate-map",
      BASE OUT IN "smtpd_milters = unix:/var/spool/postfix/outward/milter.sock\nsmtpd_milter_maps = static:DISABLE\n",
      PORT25 PORT465 CLIENTS },
    { "gate-absent", BASE OUT IN, PORT465 CLIENTS }, /* a notice without a rule file */
    { "config-complaint", BASE OUT IN "smtpd_banner = $nowhere ESMTP\n", PORT25 PORT465 CLIENTS },
    { "config-repeated-parameter", BASE OUT IN "smtp_tls_loglevel = 2\n", PORT25 PORT465 CLIENTS },
    { "wrapper-port", BASE OUT IN, PORT25 PORT465 "4650 inet n - n - - smtpd -o smtpd_tls_wrappermode=yes\n" CLIENTS },
};

/* Those that the sane set-up has as well, because nothing is wrong with them. */
static bool is_always_there(const char *id)
{
    return strcmp(id, "gate-absent") == 0;
}

START_TEST(milder_findings_have_their_set_ups_too)
{
    struct host host;

    host_init(&host);
    host_write(&host, "main.cf", mild_rows[_i].main);
    host_write(&host, "master.cf", mild_rows[_i].master);
    ck_assert_msg(findings_find(host_examine(&host, NULL), mild_rows[_i].id) != NULL, "%s", mild_rows[_i].id);
    host_write(&host, "main.cf", BASE OUT IN);
    host_write(&host, "master.cf", PORT25 PORT465 CLIENTS);
    if (!is_always_there(mild_rows[_i].id))
        ck_assert_msg(findings_find(host_examine(&host, NULL), mild_rows[_i].id) == NULL, "%s", mild_rows[_i].id);
    host_done(&host);
}
END_TEST

static void write_row(struct host *host, size_t row)
{
    host_write(host, "main.cf", rows[row].main);
    host_write(host, "master.cf", rows[row].master);
    host_write(host, "policy",
               "# partners\nexample.com verify match=nexthop\nexample.net\n  encrypt policy_type=sts\n");
    host_write(host, "sasl/outside.conf", "pwcheck_method: saslauthd\nsaslauthd_path: /run/outward-test/mux\n");
}

START_TEST(each_set_up_has_the_findings_a_person_expects)
{
    struct host host;
    const struct findings *findings;
    struct view found;

    host_init(&host);
    write_row(&host, (size_t)_i);
    findings = host_examine(&host, NULL);
    found = findings_summary(&host, findings, FINDING_WARNING);
    ck_assert_msg(view_eq(found, view_of(rows[_i].found)), "%s: found \"%.*s\", expected \"%s\"", rows[_i].name,
                  VIEW_ARG(found), rows[_i].found);
    host_done(&host);
}
END_TEST

/* Run what a finding says as the operator would. */
static bool run_mend(const struct finding *finding)
{
    char command[700];

    if (!view_starts(finding->mend, VIEW("postconf ")))
        return false;
    (void)snprintf(command, sizeof(command), "/usr/sbin/%.*s 2>/dev/null", VIEW_ARG(finding->mend));
    ck_assert_msg(system(command) == 0, "%s", command);
    return true;
}

START_TEST(the_commands_that_mend_do_mend)
{
    struct host host;
    const struct findings *findings;
    const char *mended[64];
    size_t count = 0;

    host_init(&host);
    write_row(&host, (size_t)_i);
    findings = host_examine(&host, NULL);
    for (size_t i = 0; i < findings->count; i++) {
        if (findings->rows[i].severity > FINDING_NOTICE && run_mend(&findings->rows[i]))
            mended[count++] = findings->rows[i].id;
    }
    host_age(&host, "main.cf");
    host_age(&host, "master.cf");
    findings = host_examine(&host, NULL);
    for (size_t i = 0; i < count; i++) {
        const struct finding *left = findings_find(findings, mended[i]);

        ck_assert_msg(left == NULL || left->severity == FINDING_NOTICE, "%s: %s is still there: %.*s", rows[_i].name,
                      mended[i], VIEW_ARG(left->found));
    }
    host_done(&host);
}
END_TEST

START_TEST(the_manual_page_names_each_check_with_its_severity)
{
    static char page[1 << 16];
    FILE *file = fopen(TEST_DATA "/../../man/outward-doctor.1", "r");
    size_t length;

    ck_assert_ptr_nonnull(file);
    length = fread(page, 1, sizeof(page), file);
    ck_assert_uint_lt(length, sizeof(page));
    ck_assert_int_eq(fclose(file), 0);
    for (size_t i = 0; i < doctor_check_count(); i++) {
        struct check_note note = doctor_check_note(i);
        char entry[128];

        (void)snprintf(entry, sizeof(entry), ".It Sy %s Pq %.*s\n", note.id,
                       VIEW_ARG(finding_severity_name(note.severity)));
        ck_assert_msg(view_find((struct view){ page, length }, view_of(entry)) != -1, "%s", entry);
        ck_assert(doctor_has_check(view_of(note.id)));
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(note.id, doctor_check_note(j).id);
    }
    ck_assert(!doctor_has_check(VIEW("outbound")));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("doctor");
    TCase *tests = tcase_create("doctor");

    tcase_add_loop_test(tests, each_set_up_has_the_findings_a_person_expects, 0, ROWS(rows));
    tcase_add_loop_test(tests, milder_findings_have_their_set_ups_too, 0, ROWS(mild_rows));
    tcase_add_loop_test(tests, the_commands_that_mend_do_mend, 0, ROWS(rows));
    tcase_add_test(tests, the_manual_page_names_each_check_with_its_severity);
    suite_add_tcase(suite, tests);
    return suite;
}
