/* Which next hops get a line, at which level; and that nothing takes one away. */
#include <stdio.h>

#include "audit/policy_level.h"
#include "audit/policy_plan.h"
#include "tests/unit/unit.h"

enum { TODAY = 20000, SEEN_MAX = 4 };

#define MAIN                                                                                                           \
    "mail_version = 3.7.11\nsmtp_tls_security_level = may\nsmtp_tls_CAfile = /ca.pem\ndefault_transport = smtp\n"
#define MASTER "smtp unix - - n - - smtp\nrelay unix - - n - - smtp\nlmtp unix - - n - - lmtp\n"
#define ROUTES MAIN "transport_maps = inline:{ "

/* Mail to a next hop, the same each day. */
struct seen {
    const char *hop;
    unsigned from, until; /* days ago, until included; from >= until */
    struct hop_day day;
    const char *relay;
};

#define ENCRYPTED(n)                                                                                                   \
    {                                                                                                                  \
        .encrypted = (n), .levels = { [PEER_ANONYMOUS] = (n) }                                                         \
    }
#define TRUSTED(n)                                                                                                     \
    {                                                                                                                  \
        .encrypted = (n), .levels = { [PEER_TRUSTED] = (n) }                                                           \
    }
#define VERIFIED(n)                                                                                                    \
    {                                                                                                                  \
        .encrypted = (n), .levels = { [PEER_VERIFIED] = (n) }                                                          \
    }

static const struct {
    const char *name;
    const char *values; /* of main.cf; mail_version first */
    const char *rule;   /* domains, blanks between; NULL: no rule; "any" */
    enum demand demand;
    unsigned learn;
    struct seen seen[SEEN_MAX];
    const char *before;
    const char *lines; /* "key value" lines of the new table, withdrawn ones with #- */
    const char *notes; /* IDs */
} rows[] = {
    { "nothing asked", MAIN, NULL, DEMAND_ENCRYPTED, 0, { { "a.example", 40, 0, ENCRYPTED(5), NULL } }, "", "", "" },
    { "a rule needs no evidence",
      MAIN,
      "b.example a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "a.example encrypt\nb.example encrypt\n",
      "" },
    { "what is below a domain", MAIN, ".a.example", DEMAND_ENCRYPTED, 0, { { 0 } }, "", ".a.example encrypt\n", "" },
    { "every domain is no matter of tables", MAIN, "any", DEMAND_ENCRYPTED, 0, { { 0 } }, "", "", "any-domain " },
    { "every domain, demanded by the level already",
      "mail_version = 3.7.11\nsmtp_tls_security_level = encrypt\n",
      "any",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "",
      "" },
    { "the level in force demands it",
      "mail_version = 3.7.11\ndefault_transport = smtp\nsmtp_tls_security_level = secure\n",
      "a.example",
      DEMAND_VERIFIED,
      0,
      { { 0 } },
      "",
      "",
      "level-in-force " },

    { "verified, proven: the names of the servers stand in the line",
      MAIN,
      "a.example",
      DEMAND_VERIFIED,
      0,
      { { "a.example", 3, 2, TRUSTED(5), "mx1.a.example" }, { "a.example", 1, 0, TRUSTED(5), "mx2.a.example" } },
      "",
      "a.example secure match=mx1.a.example:mx2.a.example servername=hostname\n",
      "" },
    { "verified, proven, before servername= came",
      "mail_version = 3.3.1\nsmtp_tls_security_level = may\nsmtp_tls_CAfile = /ca.pem\ndefault_transport = smtp\n",
      "a.example",
      DEMAND_VERIFIED,
      0,
      { { "a.example", 3, 2, TRUSTED(5), "mx1.a.example" } },
      "",
      "a.example secure match=mx1.a.example\n",
      "" },
    { "verified, but a certificate was not vouched for",
      MAIN,
      "a.example",
      DEMAND_VERIFIED,
      0,
      { { "a.example", 3, 2, TRUSTED(5), "mx1.a.example" }, { "a.example", 1, 0, ENCRYPTED(1), "mx1.a.example" } },
      "",
      "a.example encrypt\n",
      "level-not-proven " },
    { "verified, but no authorities are configured",
      "mail_version = 3.7.11\nsmtp_tls_security_level = may\ndefault_transport = smtp\n",
      "a.example",
      DEMAND_VERIFIED,
      0,
      { { "a.example", 3, 2, TRUSTED(5), "mx1.a.example" } },
      "",
      "a.example encrypt\n",
      "level-not-proven " },
    { "verified, but the servers' names are not known",
      MAIN,
      "a.example",
      DEMAND_VERIFIED,
      0,
      { { "a.example", 3, 2, TRUSTED(5), NULL } },
      "",
      "a.example encrypt\n",
      "level-not-proven " },
    { "verified, but the server has no name",
      MAIN,
      "a.example",
      DEMAND_VERIFIED,
      0,
      { { "a.example", 3, 2, TRUSTED(5), "192.0.2.1" } },
      "",
      "a.example encrypt\n",
      "level-not-proven " },
    { "verified, but nothing was ever sent",
      MAIN,
      "a.example",
      DEMAND_VERIFIED,
      0,
      { { 0 } },
      "",
      "a.example encrypt\n",
      "level-not-proven " },

    { "under dane all was verified",
      "mail_version = 3.7.11\nsmtp_tls_security_level = dane\ndefault_transport = smtp\n",
      "a.example",
      DEMAND_VERIFIED,
      0,
      { { "a.example", 3, 2, VERIFIED(5), "mx1.a.example" } },
      "",
      "a.example dane-only\n",
      "" },
    { "under dane nothing was verified",
      "mail_version = 3.7.11\nsmtp_tls_security_level = dane\ndefault_transport = smtp\n",
      NULL,
      DEMAND_ENCRYPTED,
      5,
      { { "a.example", 9, 0, TRUSTED(5), "mx1.a.example" } },
      "",
      "a.example encrypt\n",
      "" },
    { "under dane only some was verified",
      "mail_version = 3.7.11\nsmtp_tls_security_level = dane\ndefault_transport = smtp\n",
      NULL,
      DEMAND_ENCRYPTED,
      5,
      { { "a.example", 9, 3, TRUSTED(5), NULL }, { "a.example", 2, 0, VERIFIED(5), NULL } },
      "",
      "",
      "dane-in-force " },
    { "under dane without a delivery nobody knows",
      "mail_version = 3.7.11\nsmtp_tls_security_level = dane\ndefault_transport = smtp\n",
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "",
      "dane-in-force " },

    { "learned",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      30,
      { { "a.example", 30, 0, ENCRYPTED(1), NULL } },
      "",
      "a.example encrypt\n",
      "" },
    { "a day too few", MAIN, NULL, DEMAND_ENCRYPTED, 30, { { "a.example", 29, 0, ENCRYPTED(1), NULL } }, "", "", "" },
    { "too few deliveries",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      30,
      { { "a.example", 30, 22, ENCRYPTED(1), NULL } },
      "",
      "",
      "" },
    { "no longer written to",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      14,
      { { "a.example", 60, 15, ENCRYPTED(9), NULL } },
      "",
      "",
      "" },
    { "an exception begins the days anew",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      14,
      { { "a.example", 40, 0, ENCRYPTED(9), NULL }, { "a.example", 13, 13, { .plaintext = 1 }, NULL } },
      "",
      "",
      "" },
    { "an exception long ago",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      14,
      { { "a.example", 40, 0, ENCRYPTED(9), NULL }, { "a.example", 15, 15, { .plaintext = 1 }, NULL } },
      "",
      "a.example encrypt\n",
      "" },
    { "unknown is an exception",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      14,
      { { "a.example", 40, 0, ENCRYPTED(9), NULL }, { "a.example", 2, 2, { .unknown = 1 }, NULL } },
      "",
      "",
      "" },
    { "a failed attempt in plaintext is an exception",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      14,
      { { "a.example", 40, 0, ENCRYPTED(9), NULL }, { "a.example", 2, 2, { .plaintext_attempts = 1 }, NULL } },
      "",
      "",
      "" },
    { "a handshake that failed is an exception",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      14,
      { { "a.example", 40, 0, ENCRYPTED(9), NULL },
        { "a.example", 5, 5, { .failures = { [TLS_FAILURE_HANDSHAKE] = 1 } }, NULL } },
      "",
      "",
      "" },
    { "a certificate that was refused is none",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      14,
      { { "a.example", 40, 0, ENCRYPTED(9), NULL },
        { "a.example", 5, 5, { .failures = { [TLS_FAILURE_CERTIFICATE] = 1 } }, NULL } },
      "",
      "a.example encrypt\n",
      "" },
    { "nothing is learned above the level in force",
      "mail_version = 3.7.11\nsmtp_tls_security_level = encrypt\n",
      NULL,
      DEMAND_ENCRYPTED,
      14,
      { { "a.example", 40, 0, ENCRYPTED(9), NULL } },
      "",
      "",
      "" },
    { "what is no next hop is not learned",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      14,
      { { "(other)", 40, 0, ENCRYPTED(9), NULL },
        { "#x.example", 40, 0, ENCRYPTED(9), NULL },
        { "a'b.example", 40, 0, ENCRYPTED(9), NULL },
        { "<>", 40, 0, ENCRYPTED(9), NULL } },
      "",
      "",
      "" },

    { "a next hop of its own",
      ROUTES "a.example=relay:[mx.a.example]:2525 }\n",
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "[mx.a.example]:2525 encrypt\n",
      "" },
    { "a next hop of several",
      ROUTES "a.example=smtp:[hub.example], b.example=smtp:[hub.example] }\n",
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "",
      "shared-hop " },
    { "a smarthost",
      MAIN "relayhost = [smart.example]:587\n",
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "",
      "shared-hop " },
    { "a smarthost can be learned",
      MAIN "relayhost = [smart.example]:587\n",
      NULL,
      DEMAND_ENCRYPTED,
      14,
      { { "[smart.example]:587", 20, 0, ENCRYPTED(9), NULL } },
      "",
      "[smart.example]:587 encrypt\n",
      "" },
    { "back to the domain's own servers",
      MAIN "relayhost = [smart.example]\ntransport_maps = inline:{ a.example=smtp: }\n",
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "a.example encrypt\n",
      "" },
    { "a filter of our own",
      ROUTES "a.example=smtp:[127.0.0.1]:10024 }\n",
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "",
      "internal-hop " },
    { "not by smtp",
      ROUTES "a.example=lmtp:unix:/x }\n",
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "",
      "no-smtp " },
    { "by the parent",
      ROUTES ".example=discard: }\n",
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "",
      "no-smtp " },
    { "by the star",
      ROUTES "*=smtp:[hub.example] }\n",
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "",
      "shared-hop " },
    { "a table that cannot be listed",
      MAIN "transport_maps = mysql:/x\n",
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "a.example encrypt\n",
      "next-hop-uncertain " },
    { "the operator's other table",
      MAIN "smtp_tls_policy_maps = inline:{ a.example=none }\n",
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "",
      "",
      "other-table " },

    { "plaintext takes no line away",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      14,
      { { "a.example", 5, 0, { .plaintext = 9 }, NULL } },
      "# learned\na.example encrypt\n",
      "a.example encrypt\n",
      "" },
    { "a line is raised",
      MAIN,
      "a.example",
      DEMAND_VERIFIED,
      0,
      { { "a.example", 3, 2, TRUSTED(5), "mx1.a.example" } },
      "# learned\na.example encrypt\n",
      "a.example secure match=mx1.a.example servername=hostname\n",
      "" },
    { "a line is never lowered",
      MAIN,
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "# rule x\na.example secure match=mx.a.example\n",
      "a.example secure match=mx.a.example\n",
      "" },
    { "the operator's own level stays",
      MAIN,
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "a.example fingerprint match=aa:bb\n",
      "a.example fingerprint match=aa:bb\n",
      "" },
    { "withdrawn stays withdrawn, though a rule demands it",
      MAIN,
      "a.example",
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "#- a.example encrypt\n",
      "#- a.example encrypt\n",
      "withdrawn " },
    { "withdrawn is not learned again",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      14,
      { { "a.example", 20, 0, ENCRYPTED(9), NULL } },
      "#- a.example encrypt\n",
      "#- a.example encrypt\n",
      "" },
    { "a rule that is gone",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      0,
      { { 0 } },
      "# rule outward.conf:9: x\na.example encrypt\n",
      "a.example encrypt\n",
      "rule-gone " },

    { "a line that keeps all mail waiting",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      0,
      { { "a.example", 20, 2, ENCRYPTED(9), NULL },
        { "a.example", 1, 0, { .failures = { [TLS_FAILURE_NOT_OFFERED] = 7 } }, NULL } },
      "a.example encrypt\n",
      "a.example encrypt\n",
      "ERROR line-failing " },
    { "a line that keeps some mail waiting",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      0,
      { { "a.example", 20, 0, ENCRYPTED(9), NULL },
        { "a.example", 1, 0, { .failures = { [TLS_FAILURE_CERTIFICATE] = 7 } }, NULL } },
      "a.example encrypt\n",
      "a.example encrypt\n",
      "line-failing " },
    { "a failure of long ago",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      0,
      { { "a.example", 9, 9, { .failures = { [TLS_FAILURE_NOT_OFFERED] = 7 } }, NULL } },
      "a.example encrypt\n",
      "a.example encrypt\n",
      "" },
    { "what was withdrawn cannot fail",
      MAIN,
      NULL,
      DEMAND_ENCRYPTED,
      0,
      { { "a.example", 1, 0, { .failures = { [TLS_FAILURE_NOT_OFFERED] = 7 } }, NULL } },
      "#- a.example encrypt\n",
      "#- a.example encrypt\n",
      "" },
};

static void make_config(struct arena *arena, const char *values, struct postfix_config *config)
{
    struct view set = view_of(values), version;
    struct postconf_texts texts = { .values = set, .services = VIEW(MASTER), .overrides = VIEW("") };
    struct error error;

    ck_assert(view_cut(&set, VIEW("\n"), &version));
    texts.explicit = set;
    ck_assert_int_eq(postfix_config_build(arena, &texts, config, &error), 0);
}

static struct hop_history *make_history(const struct seen *seen)
{
    struct hop_history *history = hop_history_new(TODAY, 7);

    ck_assert_ptr_nonnull(history);
    for (unsigned ago = 100; ago-- > 0;) {
        for (size_t i = 0; i < SEEN_MAX && seen[i].hop != NULL; i++) {
            struct hop_day day = seen[i].day;

            day.day = TODAY - ago;
            if (ago <= seen[i].from && ago >= seen[i].until)
                hop_history_add(history, view_of(seen[i].hop), &day);
        }
    }
    for (size_t i = 0; i < SEEN_MAX && seen[i].hop != NULL; i++) {
        if (seen[i].relay != NULL)
            hop_history_relay(history, view_of(seen[i].hop), view_of(seen[i].relay));
    }
    return history;
}

static size_t make_rule(struct arena *arena, const char *domains, struct delivery_rule *rule)
{
    struct view rest, names[8];
    size_t count = 0;

    if (domains == NULL)
        return 0;
    *rule = (struct delivery_rule){ .require = true, .place = { VIEW("outward.conf"), 27 } };
    if (view_eq(view_of(domains), VIEW("any")))
        return 1;
    rest = view_of(domains);
    while (view_cut(&rest, VIEW(" "), &names[count]))
        count++;
    names[count++] = rest;
    rule->domains = domain_set_new(arena, names, count);
    ck_assert_ptr_nonnull(rule->domains);
    return 1;
}

/* The entries of smtp_tls_policy_maps that stand in main.cf. */
struct others {
    struct arena *arena;
    struct policy_file file;
};

static void keep_other(void *to, const struct table_entry *entry)
{
    struct others *others = to;

    ck_assert_ptr_nonnull(policy_file_add(others->arena, &others->file,
                                          &(struct policy_line){ entry->key, entry->value, entry->table, false }));
}

static void ignore_table(void *to, struct view table, enum table_state state, const char *reason)
{
    (void)to;
    (void)table;
    (void)state;
    (void)reason;
}

static void expect_lines(const struct policy_file *file, const char *expected, const char *name)
{
    char storage[2048];
    struct buf text = BUF(storage);

    for (size_t i = 0; i < file->count; i++)
        buf_addf(&text, "%s%.*s %.*s\n", file->rows[i].withdrawn ? "#- " : "", VIEW_ARG(file->rows[i].key),
                 VIEW_ARG(file->rows[i].value));
    ck_assert_msg(view_eq(buf_view(&text), view_of(expected)), "%s: got\n%s", name, buf_text(&text));
}

static void expect_notes(const struct policy_plan *plan, const char *expected, const char *name)
{
    char storage[1024];
    struct buf text = BUF(storage);

    for (size_t i = 0; i < plan->note_count; i++) {
        ck_assert_uint_gt(plan->notes[i].text.n, 0);
        buf_addf(&text, "%s%s ", plan->notes[i].severity == FINDING_ERROR ? "ERROR " : "", plan->notes[i].id);
    }
    ck_assert_msg(view_eq(buf_view(&text), view_of(expected)), "%s: got %s", name, buf_text(&text));
}

START_TEST(lines_come_from_rules_and_evidence_and_only_get_stricter)
{
    struct network loopback;
    struct arena arena;
    struct inspector inspector = { &arena };
    struct postfix_config config;
    struct routes routes;
    struct own_hosts own = { NULL, NULL };
    struct delivery_rule rule;
    struct policy_file before;
    struct others others = { .arena = &arena };
    struct policy_plan plan;
    struct error error;
    struct hop_history *history = make_history(rows[_i].seen);
    struct policy_question question = { .config = &config,
                                        .routes = &routes,
                                        .rules = &rule,
                                        .history = history,
                                        .before = &before,
                                        .others = &others.file,
                                        .learn_days = rows[_i].learn,
                                        .learn_deliveries = 10,
                                        .today = TODAY };

    arena_init(&arena, 0);
    ck_assert_int_eq(network_parse(VIEW("127.0.0.0/8"), &loopback), NETWORK_FINE);
    own.networks = network_set_new(&arena, &loopback, 1);
    make_config(&arena, rows[_i].values, &config);
    ck_assert_int_eq(routes_read(&arena, &inspector, &config, &own, &routes), 0);
    tables_visit(&inspector, config_value(&config, NULL, VIEW("smtp_tls_policy_maps")),
                 &(struct table_visitor){ &others, keep_other, ignore_table });
    question.rule_count = make_rule(&arena, rows[_i].rule, &rule);
    if (question.rule_count > 0)
        rule.demand = rows[_i].demand;
    ck_assert_int_eq(policy_file_parse(&arena, "table", view_of(rows[_i].before), &before, &error), 0);
    ck_assert_int_eq(policy_plan_make(&arena, &question, &plan, &error), 0);
    expect_lines(&plan.after, rows[_i].lines, rows[_i].name);
    expect_notes(&plan, rows[_i].notes, rows[_i].name);
    hop_history_free(history);
    arena_done(&arena);
}
END_TEST

START_TEST(a_comment_says_what_the_line_rests_on)
{
    static const struct seen seen[SEEN_MAX] = { { "a.example", 30, 0, TRUSTED(3), "mx.a.example" } };
    struct hop_history *history = make_history(seen);
    struct policy_file none = { 0 };
    struct own_hosts own = { NULL, NULL };
    struct postfix_config config;
    struct routes routes;
    struct policy_plan plan;
    struct arena arena;
    struct inspector inspector = { &arena };
    struct error error;
    struct policy_question question = { .config = &config,
                                        .routes = &routes,
                                        .history = history,
                                        .before = &none,
                                        .others = &none,
                                        .learn_days = 30,
                                        .learn_deliveries = 93,
                                        .today = TODAY };

    arena_init(&arena, 0);
    make_config(&arena, MAIN, &config);
    ck_assert_int_eq(routes_read(&arena, &inspector, &config, &own, &routes), 0);
    ck_assert_int_eq(policy_plan_make(&arena, &question, &plan, &error), 0);
    ck_assert_uint_eq(plan.after.count, 1);
    ck_assert_view_eq(plan.after.rows[0].comment,
                      "# learned 2024-10-04: 93 deliveries since 2024-09-04, all encrypted, 93 "
                      "with a trusted certificate; servers: mx.a.example");
    hop_history_free(history);
    arena_done(&arena);
}
END_TEST

static const struct {
    const char *text;
    const char *error; /* NULL: fine, and written it is the same again */
    size_t lines;
} texts[] = {
    { "", NULL, 0 },
    { "a.example encrypt", NULL, 1 },
    { "# why\n# and more\na.example encrypt\n\n#- b.example secure match=x\n", NULL, 2 },
    { "# a heading\n\na.example encrypt\n", NULL, 1 },
    { "a.example\n", "table:1: a next hop and its TLS level are expected", 0 },
    { "# x\n#- a.example\n", "table:2: a next hop and its TLS level are expected", 0 },
    { "a.example encrypt\n  protocols=TLSv1\n", "table:2: write each policy in one line", 0 },
    { "a.example encrypt\r\n", "table:1: a control character", 0 },
    { "a.example encrypt\n#- a.example may\n", "table: a.example stands there twice", 0 },
};

START_TEST(a_table_is_read_and_written_the_same)
{
    struct arena arena;
    struct policy_file file, again;
    struct error error;
    struct view written;
    int done;

    arena_init(&arena, 0);
    done = policy_file_parse(&arena, "table", view_of(texts[_i].text), &file, &error);
    if (texts[_i].error != NULL) {
        ck_assert_int_eq(done, -1);
        ck_assert_str_eq(error.text, texts[_i].error);
    } else {
        ck_assert_int_eq(done, 0);
        ck_assert_uint_eq(file.count, texts[_i].lines);
        written = policy_file_text(&arena, &file);
        ck_assert_int_eq(policy_file_parse(&arena, "table", written, &again, &error), 0);
        ck_assert_uint_eq(again.count, file.count);
        for (size_t i = 0; i < file.count; i++) {
            ck_assert(view_eq(again.rows[i].key, file.rows[i].key) && view_eq(again.rows[i].value, file.rows[i].value));
            ck_assert(view_eq(again.rows[i].comment, file.rows[i].comment));
            ck_assert_int_eq(again.rows[i].withdrawn, file.rows[i].withdrawn);
        }
    }
    arena_done(&arena);
}
END_TEST

START_TEST(several_domains_by_one_hop_share_its_exceptions)
{
    struct hop_history *history = hop_history_new(TODAY, 7);
    struct hop_day fine = ENCRYPTED(5), leak = { .plaintext = 1 };

    fine.day = leak.day = TODAY - 3;
    hop_history_add(history, VIEW("[hub.example]"), &fine);
    hop_history_add(history, VIEW("[hub.example]"), &leak);
    hop_history_add(history, VIEW("[hub.example]"), &fine); /* the same day, another domain */
    ck_assert_uint_eq(hop_history_find(history, VIEW("[hub.example]"))->deliveries, 0);
    ck_assert_uint_eq(hop_history_find(history, VIEW("[hub.example]"))->since, 0);
    fine.day = TODAY - 2;
    hop_history_add(history, VIEW("[hub.example]"), &fine);
    ck_assert_uint_eq(hop_history_find(history, VIEW("[hub.example]"))->since, TODAY - 2);
    ck_assert_uint_eq(hop_history_find(history, VIEW("[hub.example]"))->encrypted, 15);
    hop_history_free(history);
}
END_TEST

static const struct {
    const char *value;
    enum protection protection;
    enum peer_level level;
    bool stops;
} stops[] = {
    { "encrypt", PROTECTION_PLAINTEXT, PEER_NOT_LOGGED, true },
    { "encrypt", PROTECTION_ENCRYPTED, PEER_ANONYMOUS, false },
    { "encrypt", PROTECTION_UNKNOWN, PEER_NOT_LOGGED, false },
    { "may", PROTECTION_PLAINTEXT, PEER_NOT_LOGGED, false },
    { "secure match=x", PROTECTION_ENCRYPTED, PEER_UNTRUSTED, true },
    { "secure match=x", PROTECTION_ENCRYPTED, PEER_TRUSTED, false },
    { "dane-only", PROTECTION_ENCRYPTED, PEER_TRUSTED, true },
    { "dane-only", PROTECTION_ENCRYPTED, PEER_VERIFIED, false },
};

START_TEST(a_line_would_have_stopped_what_it_forbids)
{
    ck_assert_int_eq(policy_stops(view_of(stops[_i].value), stops[_i].protection, stops[_i].level), stops[_i].stops);
}
END_TEST

/* Every finding of a row stands in the manual page, and every one of the page has its row. */
START_TEST(the_manual_page_has_the_findings_of_the_rows)
{
    static char page[1 << 16];
    FILE *file = fopen(TEST_DATA "/../../man/outward-tls-policy.1", "r");
    struct view rest, entry;
    size_t length;

    ck_assert_ptr_nonnull(file);
    length = fread(page, 1, sizeof(page), file);
    ck_assert_uint_lt(length, sizeof(page));
    ck_assert_int_eq(fclose(file), 0);
    rest = (struct view){ page, length };
    for (size_t i = 0; i < ROWS(rows); i++) {
        struct view ids = view_of(rows[i].notes), id;
        char item[64];

        (void)view_skip(&ids, VIEW("ERROR "));
        while (view_cut(&ids, VIEW(" "), &id)) {
            (void)snprintf(item, sizeof(item), "\n.It Sy %.*s Pq ", VIEW_ARG(id));
            ck_assert_msg(view_find(rest, view_of(item)) != -1, "%s", item);
        }
    }
    while (view_cut(&rest, VIEW("\n.It Sy "), &entry)) {
        bool found = false;

        entry = view_slice(rest, 0, (size_t)view_find_char(rest, ' '));
        for (size_t i = 0; i < ROWS(rows); i++)
            found = found || view_find(view_of(rows[i].notes), entry) != -1;
        ck_assert_msg(found, "%.*s", VIEW_ARG(entry));
    }
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("audit/policy_plan");
    TCase *all = tcase_create("all");

    tcase_add_loop_test(all, lines_come_from_rules_and_evidence_and_only_get_stricter, 0, ROWS(rows));
    tcase_add_test(all, a_comment_says_what_the_line_rests_on);
    tcase_add_loop_test(all, a_table_is_read_and_written_the_same, 0, ROWS(texts));
    tcase_add_test(all, several_domains_by_one_hop_share_its_exceptions);
    tcase_add_loop_test(all, a_line_would_have_stopped_what_it_forbids, 0, ROWS(stops));
    tcase_add_test(all, the_manual_page_has_the_findings_of_the_rows);
    suite_add_tcase(suite, all);
    return suite;
}
