#include "tests/unit/policy/memory_files.h"
#include "tests/unit/unit.h"

/* Everything that a file can say beside its rules. */
static const char text[] =
    "listen    unix:/run/o/milter.sock owner outward group postfix mode 0660\n"
    "user      outward\n"
    "mode      enforce\n"
    "on-error  accept\n"
    "record    brief\n"
    "log       file /var/log/outward.log\n"
    "tag-header X-Seen\n"
    "listener  submission { port 587; port 465; name ORIGINATING wrapper }\n"
    "listener  proxied { address 192.0.2.25, tls-by-proxy }\n"
    "certificate robot { subject \"Robot One\"  issuer \"Our CA\" }\n"
    "domain    google { gmail.com googlemail.com }\n"
    "relay-networks { 127.0.0.0/8 192.0.2.0/24 }\n"
    "local-transports { local dovecot }\n"
    "submission { accept }\n"
    "delivery {\n"
    "  require verified to domain { partner.example }\n"
    "  require encrypted to domain google\n"
    "  expect encrypted to any\n"
    "}\n"
    "alert { on plaintext to domain google  on plaintext  on violation  on downgrade  on gmail-refusal\n"
    "        on volume over 80%  on submissions over 20/minute  on tls-failures over 5/minute  on blind\n"
    "        exec /usr/lib/outward/notify  mail postmaster@example.com\n"
    "        webhook \"https://hooks.example.com/x\" secret file /etc/outward/hook.key\n"
    "        webhook http://127.0.0.1/ insecure  syslog  quiet 22:30-07:00  repeat 2h  recover 5m\n"
    "        webhook \"https://chat.example/y\" as slack  relay mail.example:587 }\n"
    "ledger { path /var/lib/x.db keep detail 1d keep hours 2d keep days 3d addresses hashed }\n"
    "follow { file /var/log/mail.log \"/var/log/mail.log.1\" file /var/log/maillog\n"
    "         internal { 127.0.0.0/8 .inner.example } smarthost { relay.example.net 198.51.100.1 } tz Europe/Berlin }\n"
    "metrics { listen [::1]:9925 destinations google }\n"
    "guidelines { egress { 192.0.2.25 2001:db8::/64 } profile gmail yahoo transactional { shop.example }\n"
    "        transactional-login { \"shop\" \"tickets\" }  transactional-header \"X-Class: transactional\" }\n";

static struct policy *policy;

static void parse(void)
{
    policy = parse_fine(text);
}

static void release(void)
{
    policy_free(policy);
}

START_TEST(the_gate_finds_its_settings)
{
    const struct settings *settings = policy_settings(policy);

    ck_assert_str_eq(settings->listen.address.p, "unix:/run/o/milter.sock");
    ck_assert_str_eq(settings->listen.owner.p, "outward");
    ck_assert_str_eq(settings->listen.group.p, "postfix");
    ck_assert_uint_eq(settings->listen.mode, 0660);
    ck_assert_uint_eq(settings->listen.place.line, 1);
    ck_assert_str_eq(settings->user.p, "outward");
    ck_assert_int_eq(settings->mode, MODE_ENFORCE);
    ck_assert_int_eq(settings->on_error, ON_ERROR_ACCEPT);
    ck_assert_int_eq(settings->record, RECORD_BRIEF);
    ck_assert_int_eq(settings->log, LOG_TARGET_FILE);
    ck_assert_str_eq(settings->log_path.p, "/var/log/outward.log");
    ck_assert_str_eq(settings->tag_header.p, "X-Seen");
}
END_TEST

START_TEST(listeners_certificates_and_networks_are_kept)
{
    const struct settings *settings = policy_settings(policy);
    const struct listener *listener = settings->listeners;
    struct address address;

    ck_assert_uint_eq(settings->listener_count, 2);
    ck_assert_uint_eq(listener[0].port_count, 2);
    ck_assert_uint_eq(listener[0].ports[1], 465);
    ck_assert_view_eq(listener[0].daemon_names[0], "ORIGINATING");
    ck_assert(listener[0].wrapper && !listener[0].tls_by_proxy);
    ck_assert(listener[1].tls_by_proxy && listener[1].address_count == 1);
    ck_assert_uint_eq(settings->certificate_count, 1);
    ck_assert_view_eq(settings->certificates[0].subject, "Robot One");
    ck_assert_view_eq(settings->certificates[0].issuer, "Our CA");
    ck_assert_uint_eq(settings->relay_network_count, 2);
    ck_assert(address_parse(VIEW("192.0.2.77"), &address));
    ck_assert(network_set_has(settings->relay_networks, &address));
    ck_assert_uint_eq(settings->local_transport_count, 2);
    ck_assert_view_eq(settings->local_transports[1], "dovecot");
}
END_TEST

START_TEST(demands_on_deliveries_are_kept_in_order)
{
    const struct settings *settings = policy_settings(policy);
    const struct delivery_rule *rule = settings->delivery_rules;

    ck_assert_uint_eq(settings->delivery_rule_count, 3);
    ck_assert(rule[0].require && rule[0].demand == DEMAND_VERIFIED);
    ck_assert(domain_set_has(rule[0].domains, VIEW("partner.example")));
    ck_assert_view_eq(rule[1].list_name, "google");
    ck_assert_uint_eq(rule[1].place.line, 17);
    ck_assert(!rule[2].require && rule[2].domains == NULL && rule[2].list_name.n == 0);
}
END_TEST

START_TEST(alerts_have_conditions_and_channels)
{
    const struct alert_settings *alert = &policy_settings(policy)->alert;
    const struct alert_condition *condition = alert->conditions;
    const struct channel *channel = alert->channels;

    ck_assert_uint_eq(alert->condition_count, 9);
    ck_assert_int_eq(condition[0].kind, ALERT_PLAINTEXT);
    ck_assert_view_eq(condition[0].list_name, "google");
    ck_assert(domain_set_has(condition[0].domains, VIEW("gmail.com")));
    ck_assert_ptr_null(condition[1].domains);
    ck_assert_int_eq(condition[5].kind, ALERT_VOLUME);
    ck_assert_uint_eq(condition[5].threshold, 80);
    ck_assert_uint_eq(condition[6].threshold, 20);
    ck_assert_int_eq(condition[8].kind, ALERT_BLIND);
    ck_assert_uint_eq(alert->channel_count, 6);
    ck_assert_int_eq(channel[2].form, WEBHOOK_OUTWARD);
    ck_assert_int_eq(channel[5].form, WEBHOOK_SLACK);
    ck_assert_str_eq(channel[0].target.p, "/usr/lib/outward/notify");
    ck_assert_str_eq(channel[2].secret_file.p, "/etc/outward/hook.key");
    ck_assert(!channel[2].insecure && channel[3].insecure);
    ck_assert_int_eq(channel[4].kind, CHANNEL_SYSLOG);
    ck_assert_uint_eq(alert->quiet_from, 22 * 60 + 30);
    ck_assert_uint_eq(alert->quiet_until, 7 * 60);
    ck_assert_uint_eq(alert->repeat, 7200);
    ck_assert_uint_eq(alert->recover, 300);
    ck_assert_view_eq(alert->relay, "mail.example:587");
}
END_TEST

START_TEST(the_follower_finds_its_settings)
{
    const struct settings *settings = policy_settings(policy);
    const struct follow_settings *follow = &settings->follow;
    struct address address;

    ck_assert_str_eq(settings->ledger.path.p, "/var/lib/x.db");
    ck_assert_uint_eq(settings->ledger.keep_detail, 1);
    ck_assert_uint_eq(settings->ledger.keep_hours, 2);
    ck_assert_uint_eq(settings->ledger.keep_days, 3);
    ck_assert_int_eq(settings->ledger.addresses, ADDRESSES_HASHED);
    ck_assert(!follow->journal);
    ck_assert_uint_eq(follow->file_count, 3);
    ck_assert_str_eq(follow->files[2].p, "/var/log/maillog");
    ck_assert(address_parse(VIEW("198.51.100.1"), &address));
    ck_assert(network_set_has(follow->smarthosts, &address));
    ck_assert(!network_set_has(follow->internal, &address));
    ck_assert(domain_set_has(follow->internal_names, VIEW("a.inner.example")));
    ck_assert(domain_set_has(follow->smarthost_names, VIEW("relay.example.net")));
    ck_assert_str_eq(follow->time_zone.p, "Europe/Berlin");
    ck_assert_str_eq(settings->metrics.listen.p, "[::1]:9925");
    ck_assert(domain_set_has(settings->metrics.destinations, VIEW("googlemail.com")));
    ck_assert_uint_eq(settings->guidelines.egress_count, 2);
    ck_assert_uint_eq(settings->guidelines.profile_count, 2);
    ck_assert_view_eq(settings->guidelines.transactional_senders[0], "shop.example");
    ck_assert(domain_set_has(settings->guidelines.transactional_domains, VIEW("shop.example")));
    ck_assert_ptr_nonnull(settings->guidelines.transactional_logins);
    ck_assert_view_eq(settings->guidelines.transactional_field, "X-Class");
    ck_assert_view_eq(settings->guidelines.transactional_value, "transactional");
}
END_TEST

START_TEST(without_a_word_the_defaults_hold)
{
    struct policy *empty = parse_fine("");
    const struct settings *settings = policy_settings(empty);
    struct address address;

    ck_assert_int_eq(settings->mode, MODE_MONITOR);
    ck_assert_int_eq(settings->on_error, ON_ERROR_TEMPFAIL);
    ck_assert_int_eq(settings->record, RECORD_FULL);
    ck_assert_int_eq(settings->log, LOG_TARGET_DEFAULT);
    ck_assert_uint_eq(settings->listen.address.n, 0);
    ck_assert_str_eq(settings->tag_header.p, "X-Outward");
    ck_assert_uint_eq(settings->listener_count, 0);
    ck_assert_uint_eq(settings->local_transport_count, 7);
    ck_assert(address_parse(VIEW("::1"), &address));
    ck_assert(network_set_has(settings->relay_networks, &address));
    ck_assert(network_set_has(settings->follow.internal, &address));
    ck_assert_uint_eq(settings->relay_network_count, 2);
    ck_assert_uint_eq(settings->alert.repeat, 3600);
    ck_assert_uint_eq(settings->alert.recover, 900);
    ck_assert_view_eq(settings->alert.relay, "127.0.0.1:25");
    ck_assert_str_eq(settings->ledger.path.p, "/var/lib/outward/ledger.db");
    ck_assert_uint_eq(settings->ledger.keep_detail, 30);
    ck_assert_uint_eq(settings->ledger.keep_hours, 8);
    ck_assert_uint_eq(settings->ledger.keep_days, 400);
    ck_assert(settings->follow.journal);
    ck_assert_uint_eq(settings->metrics.listen.n, 0);
    ck_assert_view_eq(settings->guidelines.profiles[0], "gmail");
    policy_free(empty);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("settings");
    TCase *tests = tcase_create("settings");

    tcase_add_checked_fixture(tests, parse, release);
    tcase_add_test(tests, the_gate_finds_its_settings);
    tcase_add_test(tests, listeners_certificates_and_networks_are_kept);
    tcase_add_test(tests, demands_on_deliveries_are_kept_in_order);
    tcase_add_test(tests, alerts_have_conditions_and_channels);
    tcase_add_test(tests, the_follower_finds_its_settings);
    tcase_add_test(tests, without_a_word_the_defaults_hold);
    suite_add_tcase(suite, tests);
    return suite;
}
