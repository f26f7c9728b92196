#include "policy/setting.h"

#include "policy/takes.h"

/* Most names are short; a row reads best on one or two lines. */
#define ROW(where, name, takes, without, reader, says) .help = { where, VIEW_INIT(name), takes, without, reader, says }

static const struct setting_row setting_table[] = {
    { ROW(BLOCK_TOP, "listen", "ADDRESS [owner USER] [group GROUP] [mode MODE]", "", "gate",
          "where Postfix reaches the gate: unix:PATH (mode 0660 unless given), inet:PORT@HOST or inet6:PORT@HOST; "
          "a group may be a number"),
      .take = take_listen },
    { ROW(BLOCK_TOP, "user", "NAME", "the identity it was started with", "gate, follower",
          "whom the daemon becomes when it is started as root"),
      .take = take_user },
    { ROW(BLOCK_TOP, "mode", "monitor | enforce", "monitor", "gate",
          "monitor logs what the rules would do, enforce does it"),
      .take = take_mode },
    { ROW(BLOCK_TOP, "on-error", "tempfail | accept", "tempfail", "gate",
          "what happens to mail that the gate cannot decide; mode monitor always accepts"),
      .take = take_on_error },
    { ROW(BLOCK_TOP, "record", "full | brief", "full", "gate",
          "brief does not ask for headers unless a rule reads them"),
      .take = take_record },
    { ROW(BLOCK_TOP, "log", "syslog | stderr | file PATH", "syslog, or stderr on a terminal", "gate, follower",
          "where records and messages go; stderr with time and host, but for a terminal and systemd"),
      .take = take_log },
    { ROW(BLOCK_TOP, "listener", "NAME { ... }", "submission: port 587, port 465, name ORIGINATING", "gate, doctor",
          "a service of Postfix that takes submissions"),
      .repeats = true, .declares = true, .take = take_listener },
    { ROW(BLOCK_TOP, "network", "NAME { NETWORK... } | NAME file PATH", "loopback is built in", "all",
          "a list of addresses and networks"),
      .repeats = true, .declares = true, .take = take_network },
    { ROW(BLOCK_TOP, "domain", "NAME { DOMAIN... } | NAME file PATH", "", "all",
          "a list of domains; .example.com takes all below example.com"),
      .repeats = true, .declares = true, .take = take_domain },
    { ROW(BLOCK_TOP, "login", "NAME { LOGIN... } | NAME file PATH", "", "all", "a list of SASL login names"),
      .repeats = true, .declares = true, .take = take_login },
    { ROW(BLOCK_TOP, "certificate", "NAME { subject CN issuer CN }", "", "gate",
          "a client certificate that counts as authenticated"),
      .repeats = true, .declares = true, .take = take_certificate },
    { ROW(BLOCK_TOP, "relay-networks", "{ NETWORK... }", "127.0.0.0/8 ::1", "gate, doctor",
          "clients that Postfix lets relay without AUTH: its mynetworks"),
      .take = take_relay_networks },
    { ROW(BLOCK_TOP, "local-transports", "{ TRANSPORT... }", "local virtual lmtp pipe discard error retry",
          "gate, doctor", "transports that do not leave this host"),
      .take = take_local_transports },
    { ROW(BLOCK_TOP, "tag-header", "NAME", "X-Outward", "gate", "header field that tag rules add"),
      .take = take_tag_header },
    { ROW(BLOCK_TOP, "submission", "{ RULE... }", "no rules: all is accepted", "gate",
          "rules for mail that is submitted here, one a line"),
      .section = true },
    { ROW(BLOCK_TOP, "delivery", "{ DEMAND... }", "", "follower, report",
          "what deliveries must show, one demand a line"),
      .section = true },
    { ROW(BLOCK_TOP, "alert", "{ ... }", "no alerts", "follower", "when to tell whom"), .take = take_alert },
    { ROW(BLOCK_TOP, "ledger", "{ ... }", "see its settings", "follower, command", "where deliveries are counted"),
      .take = take_ledger },
    { ROW(BLOCK_TOP, "follow", "{ ... }", "the journal", "follower, command", "where the mail log is read"),
      .take = take_follow },
    { ROW(BLOCK_TOP, "metrics", "{ ... }", "off", "follower", "numbers for Prometheus"), .take = take_metrics },
    { ROW(BLOCK_TOP, "guidelines", "{ ... }", "", "command", "what the sender guidelines are checked with"),
      .take = take_guidelines },
    { ROW(BLOCK_TOP, "include", "PATTERN", "", "all", "read these files here, in the order of their names"),
      .repeats = true },

    { ROW(BLOCK_LISTENER, "port", "PORT", "", "gate, doctor", "local port of its connections"), .repeats = true,
      .take = take_listener_port },
    { ROW(BLOCK_LISTENER, "address", "ADDRESS", "", "gate, doctor", "local address of its connections"),
      .repeats = true, .take = take_listener_address },
    { ROW(BLOCK_LISTENER, "name", "NAME", "", "gate, doctor", "its milter_macro_daemon_name"), .repeats = true,
      .take = take_listener_name },
    { ROW(BLOCK_LISTENER, "tls-by-proxy", "", "no", "gate", "a proxy before Postfix takes the TLS off"),
      .take = take_listener_tls_by_proxy },
    { ROW(BLOCK_LISTENER, "wrapper", "", "no", "doctor", "implicit TLS, without STARTTLS"),
      .take = take_listener_wrapper },

    { ROW(BLOCK_CERTIFICATE, "subject", "CN", "", "gate", "common name of the certificate"),
      .take = take_certificate_subject },
    { ROW(BLOCK_CERTIFICATE, "issuer", "CN", "", "gate", "common name of who signed it"),
      .take = take_certificate_issuer },

    { ROW(BLOCK_ALERT, "on",
          "plaintext [to domain LIST] | violation | downgrade | gmail-refusal | volume over N% | "
          "submissions over N/minute | tls-failures over N/minute | blind",
          "", "follower", "a condition to tell of"),
      .repeats = true, .take = take_alert_on },
    { ROW(BLOCK_ALERT, "exec", "COMMAND", "", "follower",
          "run this program, with the incident as JSON on its standard input"),
      .repeats = true, .take = take_alert_exec },
    { ROW(BLOCK_ALERT, "mail", "ADDRESS", "", "follower", "send mail by SMTP to the relay"), .repeats = true,
      .take = take_alert_mail },
    { ROW(BLOCK_ALERT, "webhook", "URL [secret file PATH] [as slack | alertmanager] [insecure]", "", "follower",
          "post JSON; http only with insecure"),
      .repeats = true, .take = take_alert_webhook },
    { ROW(BLOCK_ALERT, "syslog", "", "", "follower", "write a line to syslog"), .take = take_alert_syslog },
    { ROW(BLOCK_ALERT, "quiet", "HH:MM-HH:MM", "never", "follower", "hours of the local day without messages"),
      .take = take_alert_quiet },
    { ROW(BLOCK_ALERT, "repeat", "AGE", "1h", "follower", "until the first reminder of an open incident"),
      .take = take_alert_repeat },
    { ROW(BLOCK_ALERT, "recover", "AGE", "15m", "follower", "without an event, until an incident is over"),
      .take = take_alert_recover },
    { ROW(BLOCK_ALERT, "relay", "HOST:PORT", "127.0.0.1:25", "follower", "the server that takes alert mail"),
      .take = take_alert_relay },

    { ROW(BLOCK_LEDGER, "path", "PATH", "/var/lib/outward/ledger.db", "follower, command", "the database"),
      .take = take_ledger_path },
    { ROW(BLOCK_LEDGER, "keep detail", "DAYS", "30d", "follower", "rows of single deliveries"),
      .take = take_ledger_keep_detail },
    { ROW(BLOCK_LEDGER, "keep hours", "DAYS", "8d", "follower", "totals by the hour"), .take = take_ledger_keep_hours },
    { ROW(BLOCK_LEDGER, "keep days", "DAYS", "400d", "follower", "totals by the day"), .take = take_ledger_keep_days },
    { ROW(BLOCK_LEDGER, "addresses", "no | hashed | yes", "no", "follower", "keep local parts of addresses"),
      .take = take_ledger_addresses },

    { ROW(BLOCK_FOLLOW, "journal", "", "yes, without file", "follower, command", "read the systemd journal"),
      .take = take_follow_journal },
    { ROW(BLOCK_FOLLOW, "file", "PATH...", "", "follower, command", "read these log files"), .repeats = true,
      .take = take_follow_file },
    { ROW(BLOCK_FOLLOW, "internal", "{ NETWORK|DOMAIN... }", "loopback", "follower, command",
          "relays that are hops of our own"),
      .take = take_follow_internal },
    { ROW(BLOCK_FOLLOW, "smarthost", "{ NETWORK|DOMAIN... }", "found in the log", "follower, command",
          "relays that send on for us"),
      .take = take_follow_smarthost },
    { ROW(BLOCK_FOLLOW, "tz", "ZONE", "local", "follower, command", "time zone in which days are shown"),
      .take = take_follow_tz },

    { ROW(BLOCK_METRICS, "listen", "ADDRESS:PORT", "off", "follower", "where Prometheus scrapes"),
      .take = take_metrics_listen },
    { ROW(BLOCK_METRICS, "destinations", "LIST | DOMAIN | { DOMAIN... }", "", "follower",
          "domains with numbers of their own"),
      .take = take_metrics_destinations },

    { ROW(BLOCK_GUIDELINES, "egress", "{ ADDRESS|NETWORK... }", "", "command", "addresses that our mail leaves from"),
      .take = take_guidelines_egress },
    { ROW(BLOCK_GUIDELINES, "profile", "gmail | yahoo | microsoft ...", "gmail", "command", "whose rules to check"),
      .repeats = true, .take = take_guidelines_profile },
    { ROW(BLOCK_GUIDELINES, "transactional", "{ DOMAIN... }", "", "gate, command",
          "sender domains that need no one-click unsubscribe"),
      .take = take_guidelines_transactional },
    { ROW(BLOCK_GUIDELINES, "transactional-login", "LIST | LOGIN | { LOGIN... }", "", "gate",
          "logins whose mail needs none"),
      .take = take_guidelines_transactional_login },
    { ROW(BLOCK_GUIDELINES, "transactional-header", "FIELD | FIELD: VALUE", "", "gate",
          "header field that marks mail which needs none"),
      .take = take_guidelines_transactional_header },
};

enum { SETTING_COUNT = sizeof(setting_table) / sizeof(setting_table[0]) };

const struct setting_help *setting_help(size_t index)
{
    return index < SETTING_COUNT ? &setting_table[index].help : NULL;
}

const char *operand_help(enum operand operand)
{
    static const char *const helps[] = {
        [OPERAND_NONE] = "",
        [OPERAND_LISTENER] = "LISTENER",
        [OPERAND_NETWORK] = "LIST | NETWORK",
        [OPERAND_DOMAIN] = "LIST | DOMAIN",
        [OPERAND_LOGIN] = "LIST | LOGIN",
        [OPERAND_CERTIFICATE] = "CERTIFICATE",
        [OPERAND_TLS_VERSION] = "1.0 | 1.1 | 1.2 | 1.3",
        [OPERAND_NUMBER] = "NUMBER",
        [OPERAND_WORD] = "WORD",
        [OPERAND_FAULT] = "FAULT | any",
        [OPERAND_AGREEMENT] = "sender | login",
    };

    return helps[operand];
}

struct view setting_block_name(enum setting_block block)
{
    static const struct view names[BLOCK_COUNT] = {
        [BLOCK_TOP] = VIEW_INIT(""),
        [BLOCK_LISTENER] = VIEW_INIT("listener"),
        [BLOCK_CERTIFICATE] = VIEW_INIT("certificate"),
        [BLOCK_ALERT] = VIEW_INIT("alert"),
        [BLOCK_LEDGER] = VIEW_INIT("ledger"),
        [BLOCK_FOLLOW] = VIEW_INIT("follow"),
        [BLOCK_METRICS] = VIEW_INIT("metrics"),
        [BLOCK_GUIDELINES] = VIEW_INIT("guidelines"),
    };

    return names[block];
}

bool setting_is_section(struct view word)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (setting_table[i].section && view_eq(setting_table[i].help.words, word))
            return true;
    }
    return false;
}

/* How many parts from here on spell the words; 0 if they do not. */
static size_t spelled(const struct part *part, struct view words)
{
    struct view word;
    size_t count = 0;

    while (view_next(&words, ' ', &word)) {
        if (part == NULL || part->kind != PART_WORD || !view_eq(part->text, word))
            return 0;
        part = part->next;
        count++;
    }
    return count;
}

static const struct setting_row *find_row(enum setting_block block, const struct part *part, size_t *count)
{
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        const struct setting_row *row = &setting_table[i];

        if (row->help.block == block && (*count = spelled(part, row->help.words)) > 0)
            return row;
    }
    return NULL;
}

/* Where each row that stands once was seen. */
struct seen {
    const struct setting_row *row;
    const struct part *part;
};

/* Tell and answer true if the row stands once and stood already, counted from `since`. */
static bool stood_already(struct build *build, size_t since, const struct setting_row *row, const struct part *part)
{
    const struct seen *seen = build->seen.items;

    if (row->repeats)
        return false;
    for (size_t i = since; i < build->seen.count; i++) {
        if (seen[i].row != row)
            continue;
        build_error(build, part, "%.*s stands twice, first in %.*s:%u", VIEW_ARG(row->help.words),
                    VIEW_ARG(seen[i].part->source->base), seen[i].part->line);
        return true;
    }
    *(struct seen *)vector_add(build, &build->seen, sizeof(*seen)) = (struct seen){ row, part };
    return false;
}

static void expected_setting(struct cursor *cursor, enum setting_block block, const char *what)
{
    bool is_word = cursor->at->kind == PART_WORD;
    struct near near = near_begin(is_word ? cursor->at->text : (struct view){ NULL, 0 });

    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (setting_table[i].help.block == block)
            near_offer(&near, setting_table[i].help.words);
    }
    (void)expected_near(cursor, what, &near);
}

/* "a setting of ledger: path, keep detail, ..." */
static const char *settings_of(enum setting_block block, struct buf *out)
{
    const char *between = "";

    buf_addf(out, "a setting of %.*s: ", VIEW_ARG(setting_block_name(block)));
    for (size_t i = 0; i < SETTING_COUNT; i++) {
        if (setting_table[i].help.block != block)
            continue;
        buf_addf(out, "%s%.*s", between, VIEW_ARG(setting_table[i].help.words));
        between = ", ";
    }
    return buf_text(out);
}

/* After a fault nothing separates settings but their names: go on at the next one that is known. */
static void skip_to_setting(struct cursor *cursor, enum setting_block block)
{
    size_t count;

    while (cursor->at != NULL && find_row(block, cursor->at, &count) == NULL)
        cursor_step(cursor);
}

void setting_take_block(struct cursor *cursor, enum setting_block block, void *to)
{
    char text[240];
    struct buf what = BUF(text);
    struct build *build = cursor->build;
    size_t since = build->seen.count;
    const struct part *braces;
    struct cursor inside;

    if (!take_block(cursor, "{", &braces))
        return;
    inside = cursor_in_block(build, braces);
    while (inside.at != NULL) {
        const struct part *name = inside.at;
        size_t count = 0, errors = build->faults->errors;
        const struct setting_row *row = find_row(block, name, &count);

        if (row == NULL) {
            buf_reset(&what);
            expected_setting(&inside, block, settings_of(block, &what));
            cursor_step(&inside);
        } else {
            while (count-- > 0)
                cursor_step(&inside);
            if (!stood_already(build, since, row, name))
                row->take(&inside, to);
        }
        if (build->faults->errors > errors)
            skip_to_setting(&inside, block);
    }
    build->seen.count = since;
}

void setting_take_statement(struct build *build, const struct line *line, bool declares)
{
    struct cursor cursor = { build, line->parts, NULL, NULL };
    size_t count = 0, errors = build->faults->errors;
    const struct setting_row *row = find_row(BLOCK_TOP, line->parts, &count);

    if (row == NULL) {
        if (declares)
            expected_setting(&cursor, BLOCK_TOP, "a statement such as mode, network or submission");
        return;
    }
    if (row->declares != declares || row->take == NULL)
        return;
    cursor_step(&cursor);
    if (stood_already(build, 0, row, line->parts))
        return;
    row->take(&cursor, &build->policy->settings);
    if (cursor.at != NULL && build->faults->errors == errors)
        (void)expected(&cursor, "end of line");
}
