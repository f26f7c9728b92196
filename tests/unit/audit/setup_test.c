/* Which commands hook the gate in, for which host; and that the way back is one. */
#include <stdio.h>
#include <string.h>

#include "audit/setup.h"
#include "tests/unit/unit.h"

#define QUEUE "queue_directory = /q\nmilter_protocol = 6\n"
#define MAIN "mail_version = 3.7.11\n" QUEUE
#define SMTP "smtp inet n - n - - smtpd\ncleanup unix n - n - 0 cleanup\n"
#define OURS_MONITOR "-e outward_milter={ unix:outward/milter.sock, default_action=accept }\n"
#define BOTH "-e smtpd_milters=$outward_milter\n-e non_smtpd_milters=$outward_milter\n"

static const struct {
    const char *name;
    const char *values; /* postconf -x; all of it but mail_version is taken for main.cf's own */
    const char *services;
    const char *listen; /* of the rule file; NULL: no rule file */
    enum mode mode;
    bool undo;
    const char *steps; /* "option argument" lines */
    size_t notes;
    bool impossible;
} rows[] = {
    { "a fresh host without a rule file", MAIN, SMTP, NULL, MODE_MONITOR, false,
      "-e outward_milter={ unix:/var/spool/postfix/outward/milter.sock, default_action=accept }\n" BOTH, 0, false },
    { "a fresh host", MAIN, SMTP, "unix:/q/outward/milter.sock", MODE_MONITOR, false, OURS_MONITOR BOTH, 0, false },
    { "enforcing", MAIN, SMTP, "unix:/q/outward/milter.sock", MODE_ENFORCE, false,
      "-e outward_milter={ unix:outward/milter.sock, default_action=tempfail }\n" BOTH, 0, false },
    { "a gate on the network", MAIN, SMTP, "inet:8890@localhost", MODE_MONITOR, false,
      "-e outward_milter={ inet:localhost:8890, default_action=accept }\n" BOTH, 0, false },
    { "a gate on all addresses", MAIN, SMTP, "inet:8890@0.0.0.0", MODE_MONITOR, false,
      "-e outward_milter={ inet:127.0.0.1:8890, default_action=accept }\n" BOTH, 0, false },
    { "a gate on all IPv6 addresses", MAIN, SMTP, "inet6:8890@::", MODE_MONITOR, false,
      "-e outward_milter={ inet:[::1]:8890, default_action=accept }\n" BOTH, 0, false },
    { "a gate on IPv6", MAIN, SMTP, "inet6:8890@::1", MODE_MONITOR, false,
      "-e outward_milter={ inet:[::1]:8890, default_action=accept }\n" BOTH, 0, false },
    { "a DKIM signer comes first", MAIN "smtpd_milters = inet:localhost:8891\nnon_smtpd_milters = $smtpd_milters\n",
      SMTP, "unix:/q/outward/milter.sock", MODE_MONITOR, false,
      OURS_MONITOR "-e smtpd_milters=inet:localhost:8891,$outward_milter\n", 0, false },
    { "a signer with options", MAIN "smtpd_milters = { inet:localhost:8891, default_action=accept }\n", SMTP,
      "unix:/q/outward/milter.sock", MODE_MONITOR, false,
      OURS_MONITOR "-e smtpd_milters={inet:localhost:8891,default_action=accept},$outward_milter\n"
                   "-e non_smtpd_milters=$outward_milter\n",
      0, false },
    { "hooked in by hand, as it is seen from the chroot", MAIN "smtpd_milters = unix:/outward/milter.sock\n", SMTP,
      "unix:/q/outward/milter.sock", MODE_MONITOR, false, OURS_MONITOR BOTH, 0, false },
    { "hooked in already",
      MAIN "outward_milter = { unix:outward/milter.sock, default_action=accept }\nsmtpd_milters = $outward_milter\n"
           "non_smtpd_milters = $smtpd_milters\n",
      SMTP, "unix:/q/outward/milter.sock", MODE_MONITOR, false, "", 0, false },
    { "hooked in, and then the mode was changed",
      MAIN "outward_milter = { unix:outward/milter.sock, default_action=accept }\nsmtpd_milters = $outward_milter\n"
           "non_smtpd_milters = ${smtpd_milters}\n",
      SMTP, "unix:/q/outward/milter.sock", MODE_ENFORCE, false,
      "-e outward_milter={ unix:outward/milter.sock, default_action=tempfail }\n", 0, false },
    { "listeners with lists of their own", MAIN,
      SMTP "submission inet n - n - - smtpd -o smtpd_milters=inet:localhost:8891\n"
           "smtps inet n - n - - smtpd -o smtpd_milters= -o smtpd_tls_wrappermode=yes\n"
           "2525 inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_milters=$smtpd_milters\n",
      "unix:/q/outward/milter.sock", MODE_MONITOR, false,
      OURS_MONITOR BOTH "-P submission/inet/smtpd_milters=inet:localhost:8891,$outward_milter\n"
                        "-P smtps/inet/smtpd_milters=$outward_milter\n",
      0, false },
    { "a filter hands mail back", MAIN "content_filter = smtp:[127.0.0.1]:10024\nsmtpd_milters = unix:/dkim\n",
      SMTP "127.0.0.1:10025 inet n - n - - smtpd -o content_filter=\n"
           "127.0.0.1:10026 inet n - n - - smtpd -o content_filter= -o receive_override_options=no_milters\n"
           "127.0.0.1:10027 inet n - n - - smtpd -o content_filter= -o smtpd_milters=\n",
      "unix:/q/outward/milter.sock", MODE_MONITOR, false,
      OURS_MONITOR "-e outward_reinjection_milters=unix:/dkim\n-e smtpd_milters=unix:/dkim,$outward_milter\n"
                   "-e non_smtpd_milters=$outward_milter\n"
                   "-P 127.0.0.1:10025/inet/smtpd_milters=$outward_reinjection_milters\n",
      0, false },
    { "milters turned off for users", MAIN,
      SMTP "submission inet n - n - - smtpd -o receive_override_options=no_milters\n", "unix:/q/outward/milter.sock",
      MODE_MONITOR, false, OURS_MONITOR BOTH, 1, false },
    { "a socket out of the chroot's reach", MAIN, "smtp inet n - y - - smtpd\ncleanup unix n - y - 0 cleanup\n",
      "unix:/run/outward/milter.sock", MODE_MONITOR, false, "", 1, true },
    { "a socket elsewhere, without chroot", MAIN, SMTP, "unix:/run/outward/milter.sock", MODE_MONITOR, false,
      "-e outward_milter={ unix:/run/outward/milter.sock, default_action=accept }\n" BOTH, 0, false },
    { "a list that postconf -P cannot take", MAIN,
      SMTP
      "submission inet n - n - - smtpd -o { smtpd_milters = { inet:localhost:8891, { default_action = accept } } }\n",
      "unix:/q/outward/milter.sock", MODE_MONITOR, false, OURS_MONITOR BOTH, 1, false },
    { "an old protocol", "mail_version = 3.7.11\nqueue_directory = /q\nmilter_protocol = 2\n", SMTP,
      "unix:/q/outward/milter.sock", MODE_MONITOR, false, OURS_MONITOR BOTH, 1, false },
    { "Postfix 2.11", "mail_version = 2.11.0\n" QUEUE, SMTP, "unix:/q/outward/milter.sock", MODE_MONITOR, false,
      "-e outward_milter=unix:outward/milter.sock\n-e milter_default_action=accept\n" BOTH, 0, false },
    { "Postfix 2.11 beside another milter", "mail_version = 2.11.0\n" QUEUE "smtpd_milters = unix:/dkim\n", SMTP,
      "unix:/q/outward/milter.sock", MODE_MONITOR, false,
      "-e outward_milter=unix:outward/milter.sock\n-e smtpd_milters=unix:/dkim,$outward_milter\n"
      "-e non_smtpd_milters=$outward_milter\n",
      1, false },
    { "Postfix 2.10 cannot edit master.cf", "mail_version = 2.10.1\n" QUEUE,
      SMTP "submission inet n - n - - smtpd -o smtpd_milters=unix:/dkim\n", "unix:/q/outward/milter.sock", MODE_MONITOR,
      false, "-e outward_milter=unix:outward/milter.sock\n-e milter_default_action=accept\n" BOTH, 1, false },
    { "nothing to take out", MAIN "smtpd_milters = unix:/dkim\n", SMTP, "unix:/q/outward/milter.sock", MODE_MONITOR,
      true, "", 0, false },
    { "taken out again",
      MAIN
      "outward_milter = { unix:outward/milter.sock, default_action=accept }\noutward_reinjection_milters = unix:/dkim\n"
      "smtpd_milters = unix:/dkim,$outward_milter\nnon_smtpd_milters = $outward_milter\n",
      SMTP "submission inet n - n - - smtpd -o smtpd_milters=unix:/dkim,$outward_milter\n"
           "127.0.0.1:10025 inet n - n - - smtpd -o content_filter= -o smtpd_milters=$outward_reinjection_milters\n",
      "unix:/q/outward/milter.sock", MODE_MONITOR, true,
      "-P submission/inet/smtpd_milters=unix:/dkim\n-PX 127.0.0.1:10025/inet/smtpd_milters\n-e "
      "smtpd_milters=unix:/dkim\n"
      "-X non_smtpd_milters\n-X outward_reinjection_milters\n-X outward_milter\n",
      0, false },
    { "what the operator added since stays",
      MAIN "outward_milter = x\nsmtpd_milters = unix:/dkim $outward_milter unix:/later\nnon_smtpd_milters = "
           "$smtpd_milters\n",
      SMTP, "unix:/q/outward/milter.sock", MODE_MONITOR, true,
      "-e smtpd_milters=unix:/dkim,unix:/later\n-X outward_milter\n", 0, false },
};

static void build(struct arena *arena, size_t row, struct postfix_config *config)
{
    struct view set = view_of(rows[row].values), version;
    struct postconf_texts texts = { .values = set, .services = view_of(rows[row].services) };
    struct error error;

    ck_assert(view_cut(&set, VIEW("\n"), &version));
    texts.explicit = set;
    texts.overrides = VIEW("");
    ck_assert_int_eq(postfix_config_build(arena, &texts, config, &error), 0);
}

START_TEST(the_plan_fits_the_host)
{
    struct settings settings = { .mode = rows[_i].mode, .listen = { .address = view_of(rows[_i].listen) } };
    struct postfix_config config;
    struct setup_plan plan;
    struct arena arena;
    struct error error;
    char storage[8192];
    struct buf steps = BUF(storage);

    arena_init(&arena, 0);
    build(&arena, (size_t)_i, &config);
    ck_assert_int_eq(
        setup_plan_make(&arena, &config, rows[_i].listen == NULL ? NULL : &settings, rows[_i].undo, &plan, &error), 0);
    for (size_t i = 0; i < plan.step_count; i++) {
        ck_assert_str_ne(plan.steps[i].why, "");
        buf_addf(&steps, "%s %s\n", plan.steps[i].option, plan.steps[i].argument);
    }
    ck_assert_msg(strcmp(buf_text(&steps), rows[_i].steps) == 0, "%s: planned\n%sexpected\n%s", rows[_i].name, storage,
                  rows[_i].steps);
    ck_assert_msg(plan.note_count == rows[_i].notes, "%s: %zu notes", rows[_i].name, plan.note_count);
    ck_assert_int_eq(plan.impossible, rows[_i].impossible);
    arena_done(&arena);
}
END_TEST

static const struct {
    const char *networks, *line;
} relay_rows[] = {
    { "127.0.0.0/8 [::ffff:127.0.0.0]/104 [::1]/128", NULL },
    { "127.0.0.0/8 192.0.2.0/24 [2001:db8::]/32 198.51.100.7",
      "relay-networks { 127.0.0.0/8 192.0.2.0/24 2001:db8::/32 198.51.100.7 }" },
    { "10.1.2.0/24", NULL }, /* the rule file has 10.0.0.0/8 */
    { "hash:/etc/postfix/networks", NULL },
};

START_TEST(networks_the_rule_file_lacks_are_named)
{
    char values[512];
    struct network office;
    struct settings settings = { .relay_network_list = &office, .relay_network_count = 1 };
    struct postconf_texts texts = { .services = VIEW("") };
    struct postfix_config config;
    struct arena arena;
    struct error error;
    const char *line;

    arena_init(&arena, 0);
    ck_assert_int_eq(network_parse(VIEW("10.0.0.0/8"), &office), NETWORK_FINE);
    (void)snprintf(values, sizeof(values), "mail_version = 3.7.11\nmynetworks = %s\n", relay_rows[_i].networks);
    texts.values = view_of(values);
    ck_assert_int_eq(postfix_config_build(&arena, &texts, &config, &error), 0);
    line = setup_relay_networks(&arena, &config, &settings);
    if (relay_rows[_i].line == NULL)
        ck_assert_ptr_null(line);
    else
        ck_assert_str_eq(line, relay_rows[_i].line);
    arena_done(&arena);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("setup");
    TCase *tests = tcase_create("setup");

    tcase_add_loop_test(tests, the_plan_fits_the_host, 0, ROWS(rows));
    tcase_add_loop_test(tests, networks_the_rule_file_lacks_are_named, 0, ROWS(relay_rows));
    suite_add_tcase(suite, tests);
    return suite;
}
