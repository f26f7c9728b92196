/*
 * takes - the functions that take the arguments of each statement and setting, named by setting_table
 *
 * Private to policy/.  All have the type of struct setting_row's take; see there.
 */
#ifndef POLICY_TAKES_H
#define POLICY_TAKES_H

#include "policy/value.h"

/* statement.c: at the top of the file.  to: struct settings. */
void take_listen(struct cursor *cursor, void *to);
void take_user(struct cursor *cursor, void *to);
void take_mode(struct cursor *cursor, void *to);
void take_on_error(struct cursor *cursor, void *to);
void take_record(struct cursor *cursor, void *to);
void take_log(struct cursor *cursor, void *to);
void take_network(struct cursor *cursor, void *to);
void take_domain(struct cursor *cursor, void *to);
void take_login(struct cursor *cursor, void *to);
void take_relay_networks(struct cursor *cursor, void *to);
void take_local_transports(struct cursor *cursor, void *to);
void take_tag_header(struct cursor *cursor, void *to);
void take_certificate(struct cursor *cursor, void *to);
void take_listener(struct cursor *cursor, void *to);
void take_alert(struct cursor *cursor, void *to);
void take_ledger(struct cursor *cursor, void *to);
void take_follow(struct cursor *cursor, void *to);
void take_metrics(struct cursor *cursor, void *to);
void take_guidelines(struct cursor *cursor, void *to);

/* block_listener.c: struct listener_draft, struct certificate. */
void take_listener_port(struct cursor *cursor, void *to);
void take_listener_address(struct cursor *cursor, void *to);
void take_listener_name(struct cursor *cursor, void *to);
void take_listener_tls_by_proxy(struct cursor *cursor, void *to);
void take_listener_wrapper(struct cursor *cursor, void *to);
void take_certificate_subject(struct cursor *cursor, void *to);
void take_certificate_issuer(struct cursor *cursor, void *to);

/* block_alert.c: struct alert_settings. */
void take_alert_on(struct cursor *cursor, void *to);
void take_alert_exec(struct cursor *cursor, void *to);
void take_alert_mail(struct cursor *cursor, void *to);
void take_alert_webhook(struct cursor *cursor, void *to);
void take_alert_syslog(struct cursor *cursor, void *to);
void take_alert_quiet(struct cursor *cursor, void *to);
void take_alert_repeat(struct cursor *cursor, void *to);
void take_alert_recover(struct cursor *cursor, void *to);
void take_alert_relay(struct cursor *cursor, void *to);

/* block.c: struct ledger_settings, follow_settings, metrics_settings, guidelines_settings. */
void take_ledger_path(struct cursor *cursor, void *to);
void take_ledger_keep_detail(struct cursor *cursor, void *to);
void take_ledger_keep_hours(struct cursor *cursor, void *to);
void take_ledger_keep_days(struct cursor *cursor, void *to);
void take_ledger_addresses(struct cursor *cursor, void *to);
void take_follow_journal(struct cursor *cursor, void *to);
void take_follow_file(struct cursor *cursor, void *to);
void take_follow_internal(struct cursor *cursor, void *to);
void take_follow_smarthost(struct cursor *cursor, void *to);
void take_follow_tz(struct cursor *cursor, void *to);
void take_metrics_listen(struct cursor *cursor, void *to);
void take_metrics_destinations(struct cursor *cursor, void *to);
void take_guidelines_egress(struct cursor *cursor, void *to);
void take_guidelines_profile(struct cursor *cursor, void *to);
void take_guidelines_transactional(struct cursor *cursor, void *to);
void take_guidelines_transactional_login(struct cursor *cursor, void *to);
void take_guidelines_transactional_header(struct cursor *cursor, void *to);

#endif
