/*
 * checks - every check's function, for the doctor's table; private to audit/
 *
 * Each looks at one thing, at the service or host of exam, and reports it
 * through exam_report() or stays silent; what cannot be told is not reported
 * as wrong.  Severity, scope and the sentence for the operator stand in the
 * table of doctor.c; "a notice" here says that a case is milder than that.
 */
#ifndef AUDIT_CHECKS_H
#define AUDIT_CHECKS_H

#include "audit/exam.h"

/* ---- check_config.c: The configuration itself ---- */

/* A name in main.cf that no service reads, by postconf's own warning.  Values are not shown: one may be a password. */
void check_unused_parameter(struct exam *exam);
/* A parameter that is set twice in one file, by postconf's own warning: the later one counts. */
void check_repeated_parameter(struct exam *exam);
/* Whatever else postconf warns of, up to the first "=". */
void check_other_complaint(struct exam *exam);
/* A setting of main.cf that Postfix 3.9 and later obey for the last time: DEPRECATION_README. */
void check_deprecated_setting(struct exam *exam);
/* soft_bounce = yes: refusals become 4xx, so nothing is ever refused for good. */
void check_soft_bounce(struct exam *exam);

/* ---- check_outbound.c: What leaves ---- */

/* smtp_tls_security_level gives none, be it said or empty; also told when a policy table encrypts some. */
void check_outbound_off(struct exam *exam);
/* Level may or dane: plaintext where no STARTTLS is offered, or where the offer is stripped (RFC 7435). */
void check_outbound_opportunistic(struct exam *exam);
/* A level that this Postfix does not know: it defers all mail of the service.  smtp and lmtp each by its own. */
void check_outbound_level_invalid(struct exam *exam);
/* The level comes from smtp_use_tls or smtp_enforce_tls, which DEPRECATION_README says will go. */
void check_outbound_legacy_switch(struct exam *exam);
/* Neither a TLS line (smtp_tls_loglevel >= 1) nor the tls= field of 3.11: nothing proves encryption. lmtp: a notice. */
void check_outbound_log_off(struct exam *exam);
/* A transport parameter hands mail over lmtp to another host, and the level of lmtp is none. */
void check_outbound_lmtp_plaintext(struct exam *exam);
/* smtp_discard_ehlo_keywords or its lmtp kin names starttls; address maps of it: a notice, nobody read them. */
void check_outbound_starttls_discarded(struct exam *exam);
/* smtp_tls_wrappermode = yes at a level that does not demand TLS: plaintext goes to a port of implicit TLS. */
void check_outbound_wrapper(struct exam *exam);
/* smtp_sasl_auth_enable at an opportunistic level, and mechanisms with the password in clear are allowed. */
void check_outbound_password(struct exam *exam);
/* Level dane or dane-only without smtp_dns_support_level = dnssec: weaker, or all deferred (TLS_README). */
void check_outbound_dane(struct exam *exam);
/* The default of smtp_tls_dane_insecure_mx_policy is not dane, as in some releases: dane in a table is dropped. */
void check_outbound_dane_insecure_mx(struct exam *exam);
/* relayhost or another parameter sends mail through a server that decides on TLS behind it. */
void check_outbound_smarthost(struct exam *exam);
/* transport_maps gives names a next hop of their own, or is a table that cannot be listed here. */
void check_outbound_routes(struct exam *exam);
/* Level fingerprint with smtp_tls_fingerprint_digest = md5 (RFC 6151). */
void check_outbound_md5(struct exam *exam);
/* From 3.11: connections are reused and only the tls= field is logged, which is undecided on a reused one. */
void check_outbound_reuse(struct exam *exam);

/* ---- check_strength.c: Versions and ciphers, both directions ---- */

/* SSL or early TLS admitted by smtp_tls_protocols or smtp_tls_mandatory_protocols, or a list that cannot be read. */
void check_outbound_protocols(struct exam *exam);
/* Grade export, low or null in smtp_tls_ciphers or smtp_tls_mandatory_ciphers (RFC 9325 section 4). */
void check_outbound_ciphers(struct exam *exam);
/* What a submission service admits below TLS 1.2; a warning when it was set by hand, else a notice (RFC 8996). */
void check_submission_protocols(struct exam *exam);
/* SSLv2 or SSLv3 admitted on a listener for other servers' mail. */
void check_server_protocols(struct exam *exam);
/* Grade export, low or null on a listener: by the mandatory parameter where TLS is demanded. */
void check_server_ciphers(struct exam *exam);
/* A tls_*_cipherlist of main.cf, which replaces what Postfix and OpenSSL keep up to date. */
void check_cipherlist(struct exam *exam);

/* ---- check_authorities.c: Authorities that servers' certificates are checked with ---- */

/* Level verify or secure, and no CAfile, CApath, trust anchor or system default: all mail is deferred. */
void check_authorities_none(struct exam *exam);
/* smtp_tls_CAfile or smtp_tls_CApath is not there, or holds no certificate.  What may not be read: a notice. */
void check_authorities_file(struct exam *exam);
/* CApath alone, in a chrooted service that does not hold it: CAfile is read before chroot(2), CApath after
 * (TLS_README). */
void check_authorities_chroot(struct exam *exam);
/* Clients are let in by certificate, and public authorities vouch for them: a system folder, or more than 10. */
void check_client_certificate_authorities(struct exam *exam);

/* ---- check_policy.c: smtp_tls_policy_maps ---- */

/* An entry with level none, or with may below a stricter global level. */
void check_policy_plaintext(struct exam *exam);
/* An entry that this Postfix does not take (policy_entry_fault()): mail to it is deferred. */
void check_policy_invalid(struct exam *exam);
/* A table whose entries cannot be listed here, or whose file cannot be read. */
void check_policy_opaque(struct exam *exam);
/* An entry demands verify or secure without a trust anchor of its own, and no authorities are set. */
void check_policy_authorities(struct exam *exam);
/* smtp_tls_per_site is set: the past's policy table, ignored beside smtp_tls_policy_maps. */
void check_per_site(struct exam *exam);

/* ---- check_ledger.c: What deliveries proved ---- */

/* The ledger counted plaintext, though every smtp(8) service demands TLS. */
void check_ledger_plaintext(struct exam *exam);
/* The ledger has mail without proof of TLS, though every smtp(8) service is told to log it. */
void check_ledger_unproven(struct exam *exam);
/* Attempts to an entry's destination failed over TLS of late; ours comes with the command that withdraws it. */
void check_policy_failing(struct exam *exam);

/* ---- check_submission.c: What comes in from users ---- */

/* AUTH before TLS is offered, and the mechanisms may show the password.  Not on loopback. */
void check_plaintext_auth(struct exam *exam);
/* Port 587 and its like at level may: a client may submit in plaintext. */
void check_submission_optional(struct exam *exam);
/* Port 587 and its like without STARTTLS. */
void check_submission_off(struct exam *exam);
/* A submission service that asks for neither AUTH nor a client's certificate. */
void check_submission_auth_off(struct exam *exam);
/* AUTH on a listener for other servers' mail, where passwords are tried. */
void check_port25_auth(struct exam *exam);
/* Port 25 demands TLS, which a public server must not: RFC 3207 section 4. */
void check_port25_demands_tls(struct exam *exam);
/* A listener for other servers' mail offers no STARTTLS. */
void check_port25_off(struct exam *exam);
/* Port 465 without implicit TLS (RFC 8314 section 3.3): clients wait for ever. */
void check_465_without_wrapper(struct exam *exam);
/* Implicit TLS on port 25 or 587, an error; on any port but 465, a notice. */
void check_wrapper_elsewhere(struct exam *exam);
/* noanonymous is missing from smtpd_sasl_security_options, or from those under TLS. */
void check_anonymous_auth(struct exam *exam);
/* smtpd_tls_loglevel = 0: the log does not tell how mail came in. */
void check_server_log_off(struct exam *exam);
/* The level comes from smtpd_use_tls or smtpd_enforce_tls, which DEPRECATION_README says will go. */
void check_server_legacy_switch(struct exam *exam);
/* smtpd_discard_ehlo_keywords names starttls, or auth where AUTH is on. */
void check_server_starttls_discarded(struct exam *exam);
/* AUTH is on somewhere, and master.cf has neither port 465 nor port 587. */
void check_submission_absent(struct exam *exam);
/* Port 587 without port 465, which RFC 8314 prefers. */
void check_465_absent(struct exam *exam);

/* ---- check_relay.c: Who may relay ---- */

/* No list of restrictions refuses strangers' mail to other domains before it lets everybody pass. */
void check_open_relay(struct exam *exam);
/* mynetworks holds the whole Internet (an error), more than a /16 or an IPv6 /32, or by default the neighbours. */
void check_networks_wide(struct exam *exam);
/* A submission service that takes mynetworks beyond loopback without AUTH. */
void check_submission_networks(struct exam *exam);

/* ---- check_gate.c: The gate ---- */

/* A listener of smtpd(8) that does not ask the gate, by smtpd_milters or receive_override_options. */
void check_gate_absent(struct exam *exam);
/* sendmail(1)'s mail does not pass the gate, or cleanup(8) sees another file behind its chroot. */
void check_gate_local_absent(struct exam *exam);
/* A listener where a content filter hands mail back asks the gate a second time. */
void check_gate_reinjection(struct exam *exam);
/* The gate's socket, as this service sees it: absent, no socket, not to be connected to, or behind a chroot. */
void check_gate_socket(struct exam *exam);
/* Others than Postfix can reach the gate: mode o+w, or a network address that is not loopback. */
void check_gate_socket_open(struct exam *exam);
/* The default action does not fit the mode: accept while enforcing; anything else while monitoring, a notice. */
void check_gate_fails_open(struct exam *exam);
/* A milter's default action that this Postfix does not know: it answers 451.  shutdown came with 3.11. */
void check_gate_action_unknown(struct exam *exam);
/* Milters stand behind the gate: what they change it has not seen. */
void check_gate_order(struct exam *exam);
/* milter_protocol is not 6: without it the gate cannot ask for its macros. */
void check_gate_protocol(struct exam *exam);
/* smtpd_milter_maps may take the gate away for some clients. */
void check_gate_map(struct exam *exam);
/* Users' mail left, but the ledger has no record of a submission that the gate judged. */
void check_gate_unheard(struct exam *exam);
/* smtpd_proxy_filter: nothing can be held or tagged behind it.  An error while enforcing. */
void check_gate_proxy_filter(struct exam *exam);
/* virtual_alias_maps with relay networks: cleanup(8) finds out where an address leads after the gate was asked. */
void check_gate_alias(struct exam *exam);
/* mynetworks lets a network relay that relay-networks of outward.conf does not name. */
void check_relay_networks(struct exam *exam);

/* ---- check_certificate.c: Our certificate ---- */

/* TLS is on and no certificate is set: STARTTLS is not offered. */
void check_certificate_absent(struct exam *exam);
/* A certificate's or key's file is absent or no PEM.  What may not be read: a notice. */
void check_certificate_unreadable(struct exam *exam);
/* Expired, not yet valid, or a warning 14 days before it expires. */
void check_certificate_dates(struct exam *exam);
/* A self-signed certificate: for submission as the table says, else a notice, for servers do not check. */
void check_certificate_self_signed(struct exam *exam);
/* The file ends before an authority that this system knows; severity as above. */
void check_certificate_chain(struct exam *exam);
/* myhostname is none of the certificate's names (RFC 7817); severity as above. */
void check_certificate_name(struct exam *exam);
/* A weak key or signature, by certificate_weakness(). */
void check_certificate_weak(struct exam *exam);
/* No private key in its file, or not that of the certificate. */
void check_key_mismatch(struct exam *exam);
/* A key's file that others may read or write, or its group may write. */
void check_key_open(struct exam *exam);
/* certbot renews the certificate, and no hook tells Postfix. */
void check_renewal(struct exam *exam);

/* ---- check_sasl.c: Passwords ---- */

/* smtpd_sasl_type is neither cyrus nor dovecot. */
void check_sasl_type(struct exam *exam);
/* Cyrus SASL finds no file for this service, so it offers every mechanism from /etc/sasldb2. */
void check_cyrus_config(struct exam *exam);
/* saslauthd(8)'s socket, as this service sees it: absent, or not to be connected to. */
void check_saslauthd_socket(struct exam *exam);
/* Mechanisms without a password in clear, which saslauthd(8) cannot check; or no mech_list at all. */
void check_saslauthd_mechanisms(struct exam *exam);
/* sasldb, as this service sees it: absent, for all to read, or not for Postfix to read. */
void check_sasldb(struct exam *exam);
/* Dovecot's auth socket, as this service sees it: absent, or not to be connected to. */
void check_dovecot_socket(struct exam *exam);
/* Everybody may write to Dovecot's auth socket; a notice where its folder keeps others out. */
void check_dovecot_socket_open(struct exam *exam);
/* Dovecot itself takes passwords in clear: disable_plaintext_auth, from 2.4 on auth_allow_cleartext. */
void check_dovecot_plaintext(struct exam *exam);

#endif
