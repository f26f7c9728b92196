/*
 * checks - every check's function, for the doctor's table; private to audit/
 *
 * Each looks at one thing and reports it or stays silent.
 */
#ifndef AUDIT_CHECKS_H
#define AUDIT_CHECKS_H

#include "audit/exam.h"

/* The configuration itself: check_config.c */
void check_unused_parameter(struct exam *exam);
void check_repeated_parameter(struct exam *exam);
void check_other_complaint(struct exam *exam);
void check_deprecated_setting(struct exam *exam);
void check_soft_bounce(struct exam *exam);

/* What leaves: check_outbound.c */
void check_outbound_off(struct exam *exam);
void check_outbound_opportunistic(struct exam *exam);
void check_outbound_level_invalid(struct exam *exam);
void check_outbound_legacy_switch(struct exam *exam);
void check_outbound_log_off(struct exam *exam);
void check_outbound_lmtp_plaintext(struct exam *exam);
void check_outbound_starttls_discarded(struct exam *exam);
void check_outbound_wrapper(struct exam *exam);
void check_outbound_password(struct exam *exam);
void check_outbound_dane(struct exam *exam);
void check_outbound_dane_insecure_mx(struct exam *exam);
void check_outbound_smarthost(struct exam *exam);
void check_outbound_routes(struct exam *exam);
void check_outbound_md5(struct exam *exam);
void check_outbound_reuse(struct exam *exam);

/* Versions and ciphers, both directions: check_strength.c */
void check_outbound_protocols(struct exam *exam);
void check_outbound_ciphers(struct exam *exam);
void check_submission_protocols(struct exam *exam);
void check_server_protocols(struct exam *exam);
void check_server_ciphers(struct exam *exam);
void check_cipherlist(struct exam *exam);

/* Authorities that servers' certificates are checked with: check_authorities.c */
void check_authorities_none(struct exam *exam);
void check_authorities_file(struct exam *exam);
void check_authorities_chroot(struct exam *exam);
void check_client_certificate_authorities(struct exam *exam);

/* smtp_tls_policy_maps: check_policy.c */
void check_policy_plaintext(struct exam *exam);
void check_policy_invalid(struct exam *exam);
void check_policy_opaque(struct exam *exam);
void check_policy_authorities(struct exam *exam);
void check_per_site(struct exam *exam);

/* What deliveries proved: check_ledger.c */
void check_ledger_plaintext(struct exam *exam);
void check_ledger_unproven(struct exam *exam);
void check_policy_failing(struct exam *exam);

/* What comes in from users: check_submission.c */
void check_plaintext_auth(struct exam *exam);
void check_submission_optional(struct exam *exam);
void check_submission_off(struct exam *exam);
void check_submission_auth_off(struct exam *exam);
void check_port25_auth(struct exam *exam);
void check_port25_demands_tls(struct exam *exam);
void check_port25_off(struct exam *exam);
void check_465_without_wrapper(struct exam *exam);
void check_wrapper_elsewhere(struct exam *exam);
void check_anonymous_auth(struct exam *exam);
void check_server_log_off(struct exam *exam);
void check_server_legacy_switch(struct exam *exam);
void check_server_starttls_discarded(struct exam *exam);
void check_submission_absent(struct exam *exam);
void check_465_absent(struct exam *exam);

/* Who may relay: check_relay.c */
void check_open_relay(struct exam *exam);
void check_networks_wide(struct exam *exam);
void check_submission_networks(struct exam *exam);

/* The gate: check_gate.c */
void check_gate_absent(struct exam *exam);
void check_gate_local_absent(struct exam *exam);
void check_gate_reinjection(struct exam *exam);
void check_gate_socket(struct exam *exam);
void check_gate_socket_open(struct exam *exam);
void check_gate_fails_open(struct exam *exam);
void check_gate_action_unknown(struct exam *exam);
void check_gate_order(struct exam *exam);
void check_gate_protocol(struct exam *exam);
void check_gate_map(struct exam *exam);
void check_gate_unheard(struct exam *exam);
void check_gate_proxy_filter(struct exam *exam);
void check_gate_alias(struct exam *exam);
void check_relay_networks(struct exam *exam);

/* Our certificate: check_certificate.c */
void check_certificate_absent(struct exam *exam);
void check_certificate_unreadable(struct exam *exam);
void check_certificate_dates(struct exam *exam);
void check_certificate_self_signed(struct exam *exam);
void check_certificate_chain(struct exam *exam);
void check_certificate_name(struct exam *exam);
void check_certificate_weak(struct exam *exam);
void check_key_mismatch(struct exam *exam);
void check_key_open(struct exam *exam);
void check_renewal(struct exam *exam);

/* Passwords: check_sasl.c */
void check_sasl_type(struct exam *exam);
void check_cyrus_config(struct exam *exam);
void check_saslauthd_socket(struct exam *exam);
void check_saslauthd_mechanisms(struct exam *exam);
void check_sasldb(struct exam *exam);
void check_dovecot_socket(struct exam *exam);
void check_dovecot_socket_open(struct exam *exam);
void check_dovecot_plaintext(struct exam *exam);

#endif
