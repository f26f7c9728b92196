/* Where our own gate stands in Postfix's milter lists. */
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "audit/milters.h"
#include "tests/unit/audit/host.h"
#include "tests/unit/unit.h"

#define BASE                                                                                                           \
    "compatibility_level = 3.6\nqueue_directory = @DIR@/spool\nmyhostname = mail.example.org\nmydestination =\n"       \
    "mynetworks = 127.0.0.0/8\nalias_maps =\nalias_database =\nsmtp_tls_security_level = may\n"                        \
    "smtp_tls_loglevel = 1\nsmtpd_tls_security_level = may\nsmtpd_tls_chain_files = @DIR@/good.pem\n"
#define HOOKED "smtpd_milters = unix:@DIR@/spool/outward/milter.sock\nnon_smtpd_milters = $smtpd_milters\n"
#define SERVICES "smtp unix - - n - - smtp\ncleanup unix n - n - 0 cleanup\n"
#define PORT25 "smtp inet n - n - - smtpd\n"
#define PORT465 "submissions inet n - n - - smtpd\n -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes\n"

static const struct {
    const char *name, *main, *master;
    enum mode mode;
    const char *found; /* every error and warning of the gate */
} rows[] = {
    { "hooked in", BASE HOOKED, PORT25 PORT465 SERVICES, MODE_ENFORCE, "" },
    { "hooked in, below the queue directory",
      BASE "smtpd_milters = unix:outward/milter.sock\n"
           "non_smtpd_milters = unix:outward/milter.sock\n",
      PORT25 PORT465 SERVICES, MODE_ENFORCE, "" },
    { "hooked in, from chroots",
      BASE "smtpd_milters = unix:/outward/milter.sock\nnon_smtpd_milters = unix:/outward/milter.sock\n",
      "smtp inet n - y - - smtpd\nsmtp unix - - n - - smtp\ncleanup unix n - y - 0 cleanup\n", MODE_ENFORCE, "" },
    { "the chroot forgotten", BASE HOOKED,
      "smtp inet n - y - - smtpd\nsmtp unix - - n - - smtp\ncleanup unix n - y - 0 cleanup\n", MODE_ENFORCE,
      "error gate-local-absent, error gate-socket" },
    { "not at all", BASE, PORT25 PORT465 SERVICES, MODE_ENFORCE, "warning gate-absent, warning gate-local-absent" },
    { "sendmail(1) forgotten", BASE "smtpd_milters = unix:@DIR@/spool/outward/milter.sock\n", PORT25 SERVICES,
      MODE_ENFORCE, "warning gate-local-absent" },
    { "blanked by one service", BASE HOOKED, PORT25 PORT465 " -o smtpd_milters=\n" SERVICES, MODE_ENFORCE,
      "warning gate-absent" },
    { "turned off by receive_override_options", BASE HOOKED,
      PORT25 PORT465 " -o receive_override_options=no_address_mappings,no_milters\n" SERVICES, MODE_ENFORCE,
      "warning gate-absent" },
    { "asked again on re-injection", BASE HOOKED "content_filter = smtp:[127.0.0.1]:10024\n",
      PORT25 SERVICES "127.0.0.1:10025 inet n - n - - smtpd -o content_filter=\n", MODE_ENFORCE,
      "warning gate-reinjection" },
    { "not asked on re-injection", BASE HOOKED "content_filter = smtp:[127.0.0.1]:10024\n",
      PORT25 SERVICES "127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o smtpd_milters=\n", MODE_ENFORCE, "" },
    { "no_milters on re-injection", BASE HOOKED "content_filter = smtp:[127.0.0.1]:10024\n",
      PORT25 SERVICES
      "127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o receive_override_options=no_milters\n",
      MODE_ENFORCE, "" },
    { "another socket", BASE "smtpd_milters = unix:@DIR@/spool/other.sock\nnon_smtpd_milters = $smtpd_milters\n",
      PORT25 SERVICES, MODE_ENFORCE, "warning gate-absent, warning gate-local-absent" },
    { "open while enforcing", BASE HOOKED "milter_default_action = accept\n", PORT25 SERVICES, MODE_ENFORCE,
      "warning gate-fails-open" },
    { "open while enforcing, by an option of the milter",
      BASE "smtpd_milters = { unix:@DIR@/spool/outward/milter.sock, default_action=accept }\n"
           "non_smtpd_milters = $smtpd_milters\n",
      PORT25 SERVICES, MODE_ENFORCE, "warning gate-fails-open" },
    { "open while monitoring", BASE HOOKED "milter_default_action = accept\n", PORT25 SERVICES, MODE_MONITOR, "" },
    { "an action of 3.11 on 3.7", BASE HOOKED "milter_default_action = shutdown\n", PORT25 SERVICES, MODE_ENFORCE,
      "error gate-action-unknown" },
    { "the protocol of old tutorials", BASE HOOKED "milter_protocol = 2\n", PORT25 SERVICES, MODE_ENFORCE,
      "error gate-protocol" },
    { "a proxy filter while enforcing", BASE HOOKED, PORT25 " -o smtpd_proxy_filter=127.0.0.1:10024\n" SERVICES,
      MODE_ENFORCE, "error gate-proxy-filter" },
    { "a proxy filter while monitoring", BASE HOOKED, PORT25 " -o smtpd_proxy_filter=127.0.0.1:10024\n" SERVICES,
      MODE_MONITOR, "" },
    { "a proxy filter on a service without the gate", BASE HOOKED,
      PORT25 "2525 inet n - n - - smtpd -o smtpd_proxy_filter=127.0.0.1:10024 -o smtpd_milters=\n" SERVICES,
      MODE_ENFORCE, "warning gate-absent" },
    { "networks the gate does not know", BASE HOOKED "mynetworks = 127.0.0.0/8 [::1]/128 192.168.0.0/24\n",
      PORT25 SERVICES, MODE_ENFORCE, "warning gate-relay-networks" },
    { "networks the gate knows", BASE HOOKED "mynetworks = 127.0.0.0/8, 10.1.0.0/24\n", PORT25 SERVICES, MODE_ENFORCE,
      "" },
};

static struct settings settings_for(struct host *host, enum mode mode)
{
    static struct network office;
    static char listen[128];

    (void)snprintf(listen, sizeof(listen), "unix:%s/spool/outward/milter.sock", host->path);
    ck_assert_int_eq(network_parse(VIEW("10.1.0.0/16"), &office), NETWORK_FINE);
    return (struct settings){
        .listen = { .address = view_of(listen) }, .mode = mode, .relay_network_list = &office, .relay_network_count = 1
    };
}

START_TEST(the_gate_is_looked_for_where_each_service_sees_it)
{
    struct host host;
    struct settings settings;
    struct view found;
    char text[2048];

    host_init(&host);
    settings = settings_for(&host, rows[_i].mode);
    host_folder(&host, "spool/outward", 0755);
    host_socket(&host, "spool/outward/milter.sock", 0660);
    /* Whoever runs the test is who Postfix would be: rights have a test of their own. */
    (void)snprintf(text, sizeof(text), "%smail_owner = %s\n", rows[_i].main, getpwuid(geteuid())->pw_name);
    host_write(&host, "main.cf", text);
    host_write(&host, "master.cf", rows[_i].master);
    found = findings_summary(&host, host_examine(&host, &settings), FINDING_WARNING);
    ck_assert_msg(view_eq(found, view_of(rows[_i].found)), "%s: found \"%.*s\", expected \"%s\"", rows[_i].name,
                  VIEW_ARG(found), rows[_i].found);
    host_done(&host);
}
END_TEST

START_TEST(mail_to_an_alias_is_named_as_a_gap_where_there_are_aliases)
{
    static const char *const main[] = { BASE HOOKED, BASE HOOKED "virtual_alias_maps = hash:/etc/postfix/virtual\n" };
    struct host host;
    struct settings settings;

    host_init(&host);
    settings = settings_for(&host, MODE_ENFORCE);
    host_write(&host, "main.cf", main[_i]);
    host_write(&host, "master.cf", PORT25 SERVICES);
    ck_assert_int_eq(findings_find(host_examine(&host, &settings), "gate-alias") != NULL, _i == 1);
    host_done(&host);
}
END_TEST

static const struct {
    mode_t folder, socket; /* socket 0: none is there */
    const char *found;
} sockets[] = {
    { 0755, 0660, "" },
    { 0750, 0660, "" },
    { 0755, 0, "error gate-socket" },
    { 0755, 0600, "error gate-socket" },
    { 0700, 0660, "error gate-socket" },
    { 0755, 0666, "warning gate-socket-open" },
};

START_TEST(the_gates_socket_is_for_postfix_alone)
{
    struct host host;
    struct settings settings;
    struct view found;

    if (geteuid() != 0)
        return; /* ownership is what it is about */
    host_init(&host);
    settings = settings_for(&host, MODE_ENFORCE);
    host_folder(&host, "spool/outward", sockets[_i].folder);
    host_group(&host, "spool/outward", "postfix");
    if (sockets[_i].socket != 0) {
        host_socket(&host, "spool/outward/milter.sock", sockets[_i].socket);
        host_group(&host, "spool/outward/milter.sock", "postfix");
    }
    host_write(&host, "main.cf", BASE HOOKED);
    host_write(&host, "master.cf", PORT25 SERVICES);
    found = findings_summary(&host, host_examine(&host, &settings), FINDING_WARNING);
    ck_assert_msg(view_eq(found, view_of(sockets[_i].found)), "found \"%.*s\", expected \"%s\"", VIEW_ARG(found),
                  sockets[_i].found);
    host_done(&host);
}
END_TEST

static const struct {
    const char *milter; /* as Postfix writes it; the queue directory is /q */
    bool chrooted;
    const char *gate; /* as libmilter writes it */
    bool same;
} endpoints[] = {
    { "unix:/q/o/s", false, "unix:/q/o/s", true },
    { "unix:/o/s", true, "local:/q/o/s", true },
    { "unix:o/s", false, "unix:/q/o/s", true },
    { "unix:o/s", true, "/q/o/s", true },
    { "unix:/q/o/s", true, "unix:/q/o/s", false },
    { "unix:/o/s", false, "unix:/q/o/s", false },
    { "inet:localhost:8890", false, "inet:8890@localhost", true },
    { "inet:127.0.0.1:8890", false, "inet:8890@localhost", true },
    { "inet:[::1]:8890", false, "inet6:8890@::1", true },
    { "inet:192.0.2.1:8890", false, "inet:8890", true },
    { "inet:192.0.2.1:8890", false, "inet:8890@192.0.2.2", false },
    { "inet:localhost:8891", false, "inet:8890@localhost", false },
    { "unix:/q/o/s", false, "inet:8890@localhost", false },
};

START_TEST(one_socket_has_two_spellings)
{
    struct endpoint milter, gate;

    ck_assert(endpoint_of_milter(view_of(endpoints[_i].milter), VIEW("/q"), endpoints[_i].chrooted, &milter));
    ck_assert(endpoint_of_gate(view_of(endpoints[_i].gate), &gate));
    ck_assert_int_eq(endpoint_same(&milter, &gate), endpoints[_i].same);
}
END_TEST

static const char *const no_endpoints[] = {
    "", "unix:", "inet:", "inet:host", "inet:host:99999", "8890@localhost", "tcp:1@a"
};

START_TEST(what_is_no_socket_is_refused)
{
    struct endpoint endpoint;

    ck_assert(!endpoint_of_milter(view_of(no_endpoints[_i]), VIEW("/q"), false, &endpoint));
    ck_assert(!endpoint_of_gate(view_of(no_endpoints[_i]), &endpoint));
}
END_TEST

START_TEST(a_list_of_milters_has_options_in_braces)
{
    struct view list = VIEW("unix:/a, { inet:localhost:1, default_action = accept, protocol=6 } {unix:/b}");
    struct milter milter;

    ck_assert(milters_next(&list, &milter));
    ck_assert_view_eq(milter.endpoint, "unix:/a");
    ck_assert_view_eq(milter.action, "");
    ck_assert(milters_next(&list, &milter));
    ck_assert_view_eq(milter.endpoint, "inet:localhost:1");
    ck_assert(milters_next(&list, &milter));
    ck_assert_view_eq(milter.endpoint, "unix:/b");
    ck_assert(!milters_next(&list, &milter));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("gate");
    TCase *tests = tcase_create("gate");

    tcase_add_loop_test(tests, the_gate_is_looked_for_where_each_service_sees_it, 0, ROWS(rows));
    tcase_add_loop_test(tests, mail_to_an_alias_is_named_as_a_gap_where_there_are_aliases, 0, 2);
    tcase_add_loop_test(tests, the_gates_socket_is_for_postfix_alone, 0, ROWS(sockets));
    tcase_add_loop_test(tests, one_socket_has_two_spellings, 0, ROWS(endpoints));
    tcase_add_loop_test(tests, what_is_no_socket_is_refused, 0, ROWS(no_endpoints));
    tcase_add_test(tests, a_list_of_milters_has_options_in_braces);
    suite_add_tcase(suite, tests);
    return suite;
}
