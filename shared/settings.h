/*
 * settings - everything of the configuration file but the rules, as plain structs
 *
 * Made by policy/ from the file, read by the part each block is for.  All of it
 * lies in the policy's memory and lives as long as the policy.  Texts are
 * NUL-terminated one octet behind their end, so text.p serves system calls.
 */
#ifndef SHARED_SETTINGS_H
#define SHARED_SETTINGS_H

#include <sys/types.h>

#include "shared/decision.h"
#include "shared/domain.h"
#include "shared/network.h"

enum on_error { ON_ERROR_TEMPFAIL, ON_ERROR_ACCEPT };
enum record_detail { RECORD_FULL, RECORD_BRIEF }; /* brief: headers are not asked for unless a rule reads them */
enum log_target {
    LOG_TARGET_DEFAULT,
    LOG_TARGET_SYSLOG,
    LOG_TARGET_STDERR,
    LOG_TARGET_FILE
}; /* default: stderr on a terminal, else syslog */

struct listen_settings {
    struct view address;      /* unix:PATH, inet:PORT@HOST, inet6:PORT@HOST as libmilter takes it; empty: not given */
    struct view owner, group; /* of the socket; empty: leave */
    mode_t mode;              /* of the socket; 0: not given, 0660 */
    struct place place;
};

/*
 * A listener matches when a port or a daemon name of it fits (either tells the
 * service: many a master.cf sets no milter_macro_daemon_name), and, where it
 * names addresses, one of them as well.
 */
struct listener {
    struct view name;
    const unsigned *ports;
    size_t port_count;
    const struct address *addresses;
    size_t address_count;
    const struct view *daemon_names; /* against Postfix's {daemon_name} */
    size_t daemon_name_count;
    bool tls_by_proxy; /* a proxy before Postfix takes the TLS off */
    bool wrapper;      /* implicit TLS */
    struct place place;
};

struct certificate {
    struct view name, subject, issuer; /* CNs as Postfix gives them */
    struct place place;
};

enum channel_kind { CHANNEL_EXEC, CHANNEL_MAIL, CHANNEL_WEBHOOK, CHANNEL_SYSLOG };
enum webhook_form { WEBHOOK_OUTWARD, WEBHOOK_SLACK, WEBHOOK_ALERTMANAGER };
struct channel {
    enum channel_kind kind;
    struct view target;      /* command, address, URL; empty for syslog */
    struct view secret_file; /* webhook; opened by the part that signs */
    bool insecure;           /* webhook over http */
    enum webhook_form form;  /* of a webhook's body */
    struct place place;
};

enum alert_condition_kind {
    ALERT_PLAINTEXT,
    ALERT_VIOLATION,
    ALERT_DOWNGRADE,
    ALERT_GMAIL_REFUSAL,
    ALERT_VOLUME,
    ALERT_SUBMISSIONS,
    ALERT_TLS_FAILURES,
    ALERT_BLIND,
    ALERT_CONDITION_COUNT
};

/* Names as the configuration file spells them, and what happened, for people. */
struct alert_condition_row {
    struct view name; /* "plaintext" */
    const char *help; /* "mail left in plaintext" */
};
extern const struct alert_condition_row alert_condition_table[ALERT_CONDITION_COUNT];
struct view alert_condition_name(enum alert_condition_kind kind);
bool alert_condition_parse(struct view text, enum alert_condition_kind *out);
struct alert_condition {
    enum alert_condition_kind kind;
    struct view list_name;            /* plaintext `to domain NAME`; empty: any */
    const struct domain_set *domains; /* NULL: any */
    unsigned threshold;               /* percent for volume, a rate a minute for the others, 0: each */
    struct place place;
};
struct alert_settings {
    const struct alert_condition *conditions;
    size_t condition_count;
    const struct channel *channels;
    size_t channel_count;
    unsigned quiet_from, quiet_until; /* minutes of the local day; equal: none */
    unsigned repeat;                  /* seconds to the first repeat */
    unsigned recover;                 /* seconds without an event after which an incident is over */
    struct view relay;                /* HOST:PORT that takes alert mail */
};

enum addresses { ADDRESSES_NO, ADDRESSES_HASHED, ADDRESSES_YES };
struct ledger_settings {
    struct view path;
    unsigned keep_detail, keep_hours, keep_days; /* days */
    enum addresses addresses;
};

struct follow_settings {
    bool journal;
    const struct view *files;
    size_t file_count;
    const struct network_set *internal; /* relays that are hops of our own */
    const struct domain_set *internal_names;
    const struct network_set *smarthosts; /* relays that send on for us */
    const struct domain_set *smarthost_names;
    struct view time_zone; /* TZ name; empty: local */
};

struct metrics_settings {
    struct view listen; /* ADDRESS:PORT; empty: off */
    const struct domain_set *destinations;
};

struct guidelines_settings {
    const struct network *egress;
    size_t egress_count;
    const struct view *profiles; /* gmail, yahoo, microsoft */
    size_t profile_count;
    const struct view *transactional_senders; /* normalized domains */
    size_t transactional_count;
    const struct domain_set *transactional_domains; /* the same, to be asked; NULL: none */
    const struct word_set *transactional_logins;    /* for policy_is_transactional(); NULL: none */
    struct view transactional_field;                /* name of a header field; empty: none */
    struct view transactional_value;                /* of that field; empty: any */
};

/* What a delivery must show, checked against the ledger: first match per kind. */
enum demand { DEMAND_ENCRYPTED, DEMAND_VERIFIED };
struct delivery_rule {
    bool require; /* false: expect */
    enum demand demand;
    struct view list_name;            /* as the rule names it; empty: any */
    const struct domain_set *domains; /* NULL: any */
    struct place place;
};

struct settings {
    struct listen_settings listen;
    struct view user; /* empty: keep the identity it was started with */
    enum mode mode;
    enum on_error on_error;
    enum record_detail record;
    enum log_target log;
    struct view log_path;
    struct view tag_header;
    const struct listener *listeners; /* as declared; without any: submission (587, 465, name ORIGINATING) */
    size_t listener_count;
    const struct certificate *certificates;
    size_t certificate_count;
    const struct network_set *relay_networks;
    const struct network *relay_network_list; /* as written, for the doctor and warnings */
    size_t relay_network_count;
    const struct view *local_transports;
    size_t local_transport_count;
    const struct delivery_rule *delivery_rules;
    size_t delivery_rule_count;
    struct alert_settings alert;
    struct ledger_settings ledger;
    struct follow_settings follow;
    struct metrics_settings metrics;
    struct guidelines_settings guidelines;
};

#endif
