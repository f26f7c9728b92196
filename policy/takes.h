/*
 * takes - the functions that take the arguments of each statement and setting, named by setting_table
 *
 * Private to policy/.  All have the type of struct setting_row's take, see
 * there: arguments from the cursor, the value into the field of `to` that is
 * named like the setting, unless the comment says where.  What a setting takes
 * is told to people by its row of setting_table; faults go through expected()
 * or build_error(), and leave the field as it was.
 */
#ifndef POLICY_TAKES_H
#define POLICY_TAKES_H

#include "policy/value.h"

/* statement.c: at the top of the file.  to: struct settings. */
void take_listen(struct cursor *cursor, void *to);   /* listen, its place too; unix:PATH must fit a sockaddr_un */
void take_user(struct cursor *cursor, void *to);     /* user */
void take_mode(struct cursor *cursor, void *to);     /* mode */
void take_on_error(struct cursor *cursor, void *to); /* on_error */
void take_record(struct cursor *cursor, void *to);   /* record */
void take_log(struct cursor *cursor, void *to);      /* log and log_path, which is absolute */
void take_network(struct cursor *cursor, void *to);  /* declares a list: to is not looked at, nor in the next two */
void take_domain(struct cursor *cursor, void *to);   /* likewise */
void take_login(struct cursor *cursor, void *to);    /* likewise */
void take_relay_networks(struct cursor *cursor, void *to); /* relay_networks, and each of them in relay_network_list */
void take_local_transports(struct cursor *cursor, void *to); /* local_transports, which replaces the default */
void take_tag_header(struct cursor *cursor, void *to);       /* tag_header: a field name that starts with X- */
void take_certificate(struct cursor *cursor, void *to); /* build's certificates; subject and issuer must both stand */
void take_listener(struct cursor *cursor, void *to);    /* build's listeners; port, address or name must stand */
void take_alert(struct cursor *cursor, void *to);       /* alert, its conditions and channels with it */
void take_ledger(struct cursor *cursor, void *to);      /* ledger */
void take_follow(struct cursor *cursor, void *to);      /* follow: the journal, unless files are named */
void take_metrics(struct cursor *cursor, void *to);     /* metrics */
void take_guidelines(struct cursor *cursor, void *to);  /* guidelines, its profiles with it */

/* block_listener.c: struct listener_draft, struct certificate. */
void take_listener_port(struct cursor *cursor, void *to);         /* 1 to 65535 */
void take_listener_address(struct cursor *cursor, void *to);      /* IPv4 or IPv6 */
void take_listener_name(struct cursor *cursor, void *to);         /* a milter_macro_daemon_name */
void take_listener_tls_by_proxy(struct cursor *cursor, void *to); /* no argument */
void take_listener_wrapper(struct cursor *cursor, void *to);      /* no argument */
void take_certificate_subject(struct cursor *cursor, void *to);   /* at most 256 octets */
void take_certificate_issuer(struct cursor *cursor, void *to);    /* at most 256 octets */

/* block_alert.c: struct alert_settings. */
void take_alert_on(struct cursor *cursor,
                   void *to); /* build's conditions, with what each takes: domain, percentage, rate */
void take_alert_exec(struct cursor *cursor, void *to);    /* build's channels, as the next three: an absolute path */
void take_alert_mail(struct cursor *cursor, void *to);    /* has an @ */
void take_alert_webhook(struct cursor *cursor, void *to); /* http:// only with insecure */
void take_alert_syslog(struct cursor *cursor, void *to);  /* no argument */
void take_alert_quiet(struct cursor *cursor, void *to);   /* quiet_from, quiet_until */
void take_alert_repeat(struct cursor *cursor, void *to);  /* seconds */
void take_alert_recover(struct cursor *cursor, void *to); /* seconds */
void take_alert_relay(struct cursor *cursor, void *to);   /* a port up to 65535 */

/* block.c: struct ledger_settings, follow_settings, metrics_settings, guidelines_settings. */
void take_ledger_path(struct cursor *cursor, void *to);          /* absolute */
void take_ledger_keep_detail(struct cursor *cursor, void *to);   /* days */
void take_ledger_keep_hours(struct cursor *cursor, void *to);    /* days */
void take_ledger_keep_days(struct cursor *cursor, void *to);     /* days */
void take_ledger_addresses(struct cursor *cursor, void *to);     /* enum addresses */
void take_follow_journal(struct cursor *cursor, void *to);       /* no argument */
void take_follow_file(struct cursor *cursor, void *to);          /* build's follow_files; absolute, one or several */
void take_follow_internal(struct cursor *cursor, void *to);      /* numbers into one set, names into the other */
void take_follow_smarthost(struct cursor *cursor, void *to);     /* likewise */
void take_follow_tz(struct cursor *cursor, void *to);            /* a name of tzdata, not looked up here */
void take_metrics_listen(struct cursor *cursor, void *to);       /* an IPv4 or [IPv6] address and a port */
void take_metrics_destinations(struct cursor *cursor, void *to); /* a domain set */
void take_guidelines_egress(struct cursor *cursor, void *to);    /* a network set */
void take_guidelines_profile(struct cursor *cursor, void *to);   /* build's profiles */
void take_guidelines_transactional(struct cursor *cursor, void *to);       /* a list of domains */
void take_guidelines_transactional_login(struct cursor *cursor, void *to); /* a login set */
void take_guidelines_transactional_header(struct cursor *cursor,
                                          void *to); /* its name, and its value where one is given */

#endif
