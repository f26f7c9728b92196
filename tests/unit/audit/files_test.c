/* What the configuration points to: certificates, keys, authorities, and the sockets of SASL services. */
#include <stdio.h>
#include <unistd.h>

#include "tests/unit/audit/host.h"
#include "tests/unit/unit.h"

#define MASTER                                                                                                         \
    "submissions inet n - n - - smtpd -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes\n"                    \
    "smtp unix - - n - - smtp\ncleanup unix n - n - 0 cleanup\n"

static const char base[] = "compatibility_level = 3.6\nqueue_directory = @DIR@/spool\nmyhostname = mail.example.org\n"
                           "mydestination =\nmynetworks = 127.0.0.0/8\nalias_maps =\nalias_database =\n"
                           "smtp_tls_security_level = may\nsmtp_tls_loglevel = 1\nsmtpd_tls_security_level = may\n"
                           "smtpd_tls_loglevel = 1\n";

static void write_main(struct host *host, const char *more)
{
    char text[2048];

    (void)snprintf(text, sizeof(text), "%s%s", base, more);
    host_write(host, "main.cf", text);
}

static void expect(struct host *host, const char *wanted)
{
    struct view found = findings_summary(host, host_examine(host, NULL), FINDING_WARNING);

    ck_assert_msg(view_eq(found, view_of(wanted)), "found \"%.*s\", expected \"%s\"", VIEW_ARG(found), wanted);
}

static const struct {
    struct certificate_case certificate;
    const char *found;
} certificates[] = {
    { { "mail.example.org", -1, 90, 0, false, false, false }, "" },
    { { "*.example.org", -1, 90, 0, false, false, false }, "" },
    { { "mail.example.org", -90, -1, 0, false, false, false }, "error certificate-dates" },
    { { "mail.example.org", 1, 90, 0, false, false, false }, "error certificate-dates" },
    { { "mail.example.org", -80, 10, 0, false, false, false }, "warning certificate-dates" },
    { { "mail.example.org", -80, 15, 0, false, false, false }, "" },
    { { "smtp.example.net", -1, 90, 0, false, false, false }, "warning certificate-name" },
    { { "*.example.net", -1, 90, 0, false, false, false }, "warning certificate-name" },
    { { "mail.example.org", -1, 90, 1024, false, false, false }, "warning certificate-weak" },
    { { "mail.example.org", -1, 90, 2048, false, false, false }, "" },
    { { "mail.example.org", -1, 90, 0, false, true, false }, "warning certificate-weak" },
    { { "mail.example.org", -1, 90, 0, true, false, false }, "warning certificate-self-signed" },
    { { "mail.example.org", -1, 90, 0, false, false, true }, "warning certificate-chain" },
};

START_TEST(a_certificate_is_judged_as_a_mail_program_would)
{
    struct host host;

    host_init(&host);
    host_certificate(&host, "mine.pem", &certificates[_i].certificate);
    write_main(&host, "smtpd_tls_chain_files = @DIR@/mine.pem\n");
    host_write(&host, "master.cf", MASTER);
    expect(&host, certificates[_i].found);
    host_done(&host);
}
END_TEST

static const struct {
    mode_t mode;
    const char *found;
} key_modes[] = {
    { 0600, "" },
    { 0640, "" },
    { 0644, "error certificate-key-open" },
    { 0604, "error certificate-key-open" },
    { 0660, "error certificate-key-open" },
};

START_TEST(a_key_is_for_root_and_its_group_alone)
{
    struct host host;

    host_init(&host);
    host_chmod(&host, "good.pem", key_modes[_i].mode);
    write_main(&host, "smtpd_tls_cert_file = @DIR@/good.pem\nsmtpd_tls_key_file = $smtpd_tls_cert_file\n");
    host_write(&host, "master.cf", MASTER);
    expect(&host, key_modes[_i].found);
    host_done(&host);
}
END_TEST

START_TEST(a_file_that_is_no_pem_file_is_named)
{
    struct host host;
    const struct finding *finding;

    host_init(&host);
    host_write(&host, "mine.pem", "hello\n");
    write_main(&host, "smtpd_tls_cert_file = @DIR@/mine.pem\nsmtpd_tls_key_file = @DIR@/spool\n");
    host_write(&host, "master.cf", MASTER);
    finding = findings_find(host_examine(&host, NULL), "certificate-unreadable");
    ck_assert_ptr_nonnull(finding);
    ck_assert(view_ends(finding->found, VIEW("mine.pem is no PEM file")));
    host_done(&host);
}
END_TEST

START_TEST(public_authorities_must_not_vouch_for_clients)
{
    struct host host;

    host_init(&host);
    host_write(&host, "master.cf", MASTER);
    write_main(&host, "smtpd_tls_chain_files = @DIR@/good.pem\nsmtpd_tls_ask_ccert = yes\ntls_append_default_CA = yes\n"
                      "smtpd_relay_restrictions = permit_tls_all_clientcerts, reject\n");
    expect(&host, "warning client-certificate-authorities");
    write_main(&host, "smtpd_tls_chain_files = @DIR@/good.pem\nsmtpd_tls_ask_ccert = yes\n"
                      "smtpd_tls_CAfile = @DIR@/ca.pem\n"
                      "smtpd_relay_restrictions = permit_tls_all_clientcerts, reject\n");
    expect(&host, "");
    host_done(&host);
}
END_TEST

START_TEST(authorities_in_a_folder_must_be_in_the_chroot_too)
{
    struct host host;

    host_init(&host);
    host_folder(&host, "authorities", 0755);
    write_main(&host, "smtpd_tls_chain_files = @DIR@/good.pem\nsmtp_tls_CApath = @DIR@/authorities\n"
                      "smtp_tls_security_level = secure\n");
    host_write(&host, "master.cf", "smtp unix - - y - - smtp\ncleanup unix n - n - 0 cleanup\n");
    expect(&host, "error outbound-authorities-chroot");
    host_write(&host, "master.cf", "smtp unix - - n - - smtp\ncleanup unix n - n - 0 cleanup\n");
    expect(&host, "");
    host_done(&host);
}
END_TEST

static const struct {
    mode_t folder, socket;
    const char *group;
    const char *found;
} dovecot_sockets[] = {
    { 0755, 0660, "postfix", "" },
    { 0755, 0666, "postfix", "warning sasl-dovecot-socket-open" },
    { 0750, 0666, "postfix", "" },                          /* the folder keeps others out */
    { 0755, 0600, "postfix", "error sasl-dovecot-socket" }, /* Postfix itself, too */
    { 0700, 0660, "postfix", "error sasl-dovecot-socket" },
};

START_TEST(dovecots_socket_is_for_postfix_alone)
{
    struct host host;

    if (geteuid() != 0)
        return; /* ownership is what it is about */
    host_init(&host);
    host_folder(&host, "spool/private", dovecot_sockets[_i].folder);
    host_group(&host, "spool/private", dovecot_sockets[_i].group);
    host_socket(&host, "spool/private/auth", dovecot_sockets[_i].socket);
    host_group(&host, "spool/private/auth", dovecot_sockets[_i].group);
    write_main(&host,
               "smtpd_tls_chain_files = @DIR@/good.pem\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = private/auth\n");
    host_write(&host, "master.cf", MASTER);
    expect(&host, dovecot_sockets[_i].found);
    host_done(&host);
}
END_TEST

static const struct {
    const char *conf; /* sasl/smtpd.conf */
    mode_t sasldb;
    const char *found;
} cyrus[] = {
    { "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: @DIR@/sasldb2\n", 0640, "" },
    { "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: @DIR@/sasldb2\n", 0644, "error sasl-sasldb" },
    { "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: @DIR@/sasldb2\n", 0600, "error sasl-sasldb" },
    { "pwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: @DIR@/absent\n", 0640, "error sasl-sasldb" },
    { "pwcheck_method: auxprop\nauxprop_plugin: sql\nsql_passwd: s3cret\n", 0640, "" },
    { "pwcheck_method: saslauthd\nsaslauthd_path: @DIR@/mux\nmech_list: PLAIN LOGIN\n", 0640, "" },
    { "pwcheck_method: saslauthd\nsaslauthd_path: @DIR@/mux\nmech_list: plain cram-md5\n", 0640,
      "warning sasl-saslauthd-mechanisms" },
    { "pwcheck_method: saslauthd\nsaslauthd_path: @DIR@/mux\n", 0640, "warning sasl-saslauthd-mechanisms" },
    { "pwcheck_method: saslauthd\nsaslauthd_path: @DIR@/absent\nmech_list: PLAIN\n", 0640,
      "error sasl-saslauthd-socket" },
};

START_TEST(cyrus_sasl_is_looked_at_as_smtpd_sees_it)
{
    struct host host;

    if (geteuid() != 0)
        return; /* ownership is what it is about */
    host_init(&host);
    host_write(&host, "sasl/smtpd.conf", cyrus[_i].conf);
    host_chmod(&host, "sasldb2", cyrus[_i].sasldb);
    host_socket(&host, "mux", 0777);
    write_main(&host, "smtpd_tls_chain_files = @DIR@/good.pem\n");
    host_write(&host, "master.cf", MASTER);
    expect(&host, cyrus[_i].found);
    host_done(&host);
}
END_TEST

static const struct {
    const char *script; /* what stands in for doveconf */
    bool found;
} doveconf[] = {
    { "#!/bin/sh\n[ $2 = disable_plaintext_auth ] && echo no\n", true },
    { "#!/bin/sh\n[ $2 = disable_plaintext_auth ] && echo yes\n", false },
    { "#!/bin/sh\n[ $2 = auth_allow_cleartext ] && echo yes\n", true },
    { "#!/bin/sh\necho no; exit 89\n", false }, /* nobody may read its files */
    { "", false },
};

START_TEST(dovecot_is_asked_about_plaintext)
{
    struct host host;
    char path[128];

    host_init(&host);
    host_write(&host, "doveconf", doveconf[_i].script);
    host_chmod(&host, "doveconf", 0755);
    (void)snprintf(path, sizeof(path), "%s/doveconf", host.path);
    host.doveconf = path;
    write_main(
        &host,
        "smtpd_tls_chain_files = @DIR@/good.pem\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = inet:localhost:1\n");
    host_write(&host, "master.cf", MASTER);
    ck_assert_int_eq(findings_find(host_examine(&host, NULL), "sasl-dovecot-plaintext") != NULL, doveconf[_i].found);
    host_done(&host);
}
END_TEST

static const struct {
    const char *renewal; /* renewal/mail.example.org.conf */
    bool hook;           /* a file in renewal-hooks/deploy */
    bool found;
} certbot[] = {
    { "authenticator = standalone\n", false, true },
    { "authenticator = standalone\n", true, false },
    { "renew_hook = systemctl reload postfix\n", false, false },
};

START_TEST(certbot_must_tell_postfix)
{
    static const char *const folders[] = { "le",         "le/live",          "le/live/mail.example.org",
                                           "le/renewal", "le/renewal-hooks", "le/renewal-hooks/deploy" };
    struct host host;
    char path[128];

    host_init(&host);
    for (size_t i = 0; i < ROWS(folders); i++)
        host_folder(&host, folders[i], 0755);
    host_certificate(&host, "le/live/mail.example.org/fullchain.pem",
                     &(struct certificate_case){ .name = "mail.example.org", .till_days = 90 });
    host_write(&host, "le/renewal/mail.example.org.conf", certbot[_i].renewal);
    if (certbot[_i].hook)
        host_write(&host, "le/renewal-hooks/deploy/postfix", "#!/bin/sh\npostfix reload\n");
    (void)snprintf(path, sizeof(path), "%s/le", host.path);
    host.certbot = path;
    write_main(&host, "smtpd_tls_cert_file = @DIR@/le/live/mail.example.org/fullchain.pem\n");
    host_write(&host, "master.cf", MASTER);
    ck_assert_int_eq(findings_find(host_examine(&host, NULL), "certificate-renewal") != NULL, certbot[_i].found);
    host_done(&host);
}
END_TEST

/* A password may stand in main.cf: no finding may carry it. */
START_TEST(no_password_is_ever_shown)
{
    struct host host;
    const struct findings *findings;

    host_init(&host);
    write_main(&host, "relayhost = [mail.example.net]\nsmtp_sasl_auth_enable = yes\nsmtp_sasl_security_options =\n"
                      "smtp_sasl_password_maps = static:alice:s3cret\nsmtp_sasl_passwd_maps = static:alice:s3cret\n"
                      "smtp_sasl_password_maps = inline:{{mail.example.net = alice:s3cret}}\n"
                      "smtp_tls_policy_maps = mysql:{password=s3cret}\n");
    host_write(&host, "master.cf", MASTER "other unix - - n - - smtp -o smtp_sasl_passwords=static:alice:s3cret\n");
    host_write(&host, "sasl/smtpd.conf", "pwcheck_method: auxprop\nauxprop_plugin: sql\nsql_passwd: s3cret\n");
    findings = host_examine(&host, NULL);
    ck_assert_ptr_nonnull(findings_find(findings, "outbound-password-plaintext"));
    ck_assert_ptr_nonnull(findings_find(findings, "config-unused-parameter"));
    ck_assert_ptr_nonnull(findings_find(findings, "config-repeated-parameter"));
    ck_assert_ptr_nonnull(findings_find(findings, "policy-opaque"));
    for (size_t i = 0; i < findings->count; i++) {
        ck_assert_int_eq(view_find(findings->rows[i].found, VIEW("s3cret")), -1);
        ck_assert_int_eq(view_find(findings->rows[i].mend, VIEW("s3cret")), -1);
    }
    host_done(&host);
}
END_TEST

START_TEST(a_finding_of_several_services_names_them_all)
{
    struct host host;
    const struct finding *finding;

    host_init(&host);
    write_main(&host, "smtpd_tls_chain_files = @DIR@/good.pem\nsmtp_tls_security_level =\n");
    host_write(&host, "master.cf",
               "smtp unix - - n - - smtp\nrelay unix - - n - - smtp\n"
               "bulk unix - - n - - smtp -o smtp_tls_security_level=none\ncleanup unix n - n - 0 cleanup\n");
    finding = findings_find(host_examine(&host, NULL), "outbound-off");
    ck_assert_uint_eq(finding->service_count, 2);
    ck_assert_view_eq(finding->services[0], "smtp/unix");
    ck_assert_view_eq(finding->services[1], "relay/unix");
    ck_assert(view_ends(finding->mend, VIEW(" -e 'smtp_tls_security_level=may'")));
    ck_assert(view_ends((finding + 1)->mend, VIEW(" -P 'bulk/unix/smtp_tls_security_level=may'")));
    host_done(&host);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("files");
    TCase *tests = tcase_create("files");

    tcase_add_loop_test(tests, a_certificate_is_judged_as_a_mail_program_would, 0, ROWS(certificates));
    tcase_add_loop_test(tests, a_key_is_for_root_and_its_group_alone, 0, ROWS(key_modes));
    tcase_add_test(tests, a_file_that_is_no_pem_file_is_named);
    tcase_add_test(tests, public_authorities_must_not_vouch_for_clients);
    tcase_add_test(tests, authorities_in_a_folder_must_be_in_the_chroot_too);
    tcase_add_loop_test(tests, dovecots_socket_is_for_postfix_alone, 0, ROWS(dovecot_sockets));
    tcase_add_loop_test(tests, cyrus_sasl_is_looked_at_as_smtpd_sees_it, 0, ROWS(cyrus));
    tcase_add_loop_test(tests, dovecot_is_asked_about_plaintext, 0, ROWS(doveconf));
    tcase_add_loop_test(tests, certbot_must_tell_postfix, 0, ROWS(certbot));
    tcase_add_test(tests, no_password_is_ever_shown);
    tcase_add_test(tests, a_finding_of_several_services_names_them_all);
    suite_add_tcase(suite, tests);
    return suite;
}
