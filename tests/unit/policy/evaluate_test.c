#include "tests/unit/policy/memory_files.h"
#include "tests/unit/policy/samples.h"
#include "tests/unit/unit.h"

enum { RECIPIENT_DOMAIN = FACT_COUNT, RECIPIENT_TRANSPORT };

/* Every condition with a value of its fact that makes it true, and one that makes it false. */
static const struct {
    const char *words, *operand;
    int fact; /* enum fact_id, or one of the recipient's */
    const char *yes, *no;
} conditions[] = {
    { "local", "", FACT_LOCAL, "yes", "no" },
    { "listener", "submission", FACT_LISTENER, "submission", "intake" },
    { "listener", "{ intake submission }", FACT_LISTENER, "intake", "other" },
    { "port", "587", FACT_PORT, "587", "25" },
    { "address", "198.51.100.25", FACT_LISTEN_ADDRESS, "198.51.100.25", "198.51.100.26" },
    { "client network", "office", FACT_CLIENT, "unknown[192.0.2.255]", "unknown[192.0.3.0]" },
    { "client network", "{ 192.0.2.9 2001:db8::/32 }", FACT_CLIENT, "a.example[2001:db8::1]", "a.example[2001:db9::]" },
    { "client network", "loopback", FACT_CLIENT, "localhost[::1]", "localhost[::2]" },
    { "client name", ".example.com", FACT_CLIENT, "PC.Example.COM[192.0.2.1]", "example.com[192.0.2.1]" },
    { "client name", "unknown.example", FACT_CLIENT, "unknown.example[192.0.2.1]", "unknown[192.0.2.1]" },
    { "plaintext", "", FACT_TLS, "none", "TLSv1" },
    { "plaintext", "", FACT_TLS, "none", "proxied" },
    { "encrypted", "", FACT_TLS, "TLSv1.3", "none" },
    { "encrypted", "", FACT_TLS, "proxied", "none" },
    { "tls-by-proxy", "", FACT_TLS, "proxied", "TLSv1.3" },
    { "tls below", "1.2", FACT_TLS, "TLSv1.1", "TLSv1.2" },
    { "tls below", "1.2", FACT_TLS, "SSLv3", "none" },
    { "tls below", "1.0", FACT_TLS, "SSLv2", "proxied" },
    { "tls at-least", "1.2", FACT_TLS, "TLSv1.2", "TLSv1.1" },
    { "tls at-least", "1.0", FACT_TLS, "TLSv1.9", "proxied" },
    { "tls at-least", "1.0", FACT_TLS, "TLSv1", "none" },
    { "cipher", "aes128-sha", FACT_CIPHER, "AES128-SHA", "AES256-SHA" },
    { "cipher-bits below", "128", FACT_BITS, "127", "128" },
    { "forward-secrecy", "", FACT_FORWARD_SECRECY, "yes", "no" },
    { "authenticated", "", FACT_MECHANISM, "LOGIN", "none" },
    { "mechanism", "{ CRAM-MD5 plain }", FACT_MECHANISM, "PLAIN", "LOGIN" },
    { "login", "staff", FACT_LOGIN, "alice", "Alice" },
    { "login", "\"bob smith\"", FACT_LOGIN, "bob smith", "bob" },
    { "sender domain", "own", FACT_SENDER, "<a@Example.ORG>", "<a@sub.example.org>" },
    { "sender domain", ".example.org", FACT_SENDER, "<\"a@b\"@sub.example.org>", "<a@example.org>" },
    { "sender domain", "b\303\274cher.example", FACT_SENDER, "<a@xn--bcher-kva.example>", "<a@bucher.example>" },
    { "sender domain", "own", FACT_SENDER, "<a@example.org.>", "<>" },
    { "sender domain", "own", FACT_SENDER, "<a@example.org>", "<a@example.net>" },
    { "sender domain", ".example.org", FACT_SENDER, "<a@a.example.org>", "<a@very.long.example.net>" },
    { "sender domain", "{ .example.org example.net }", FACT_SENDER, "<a@example.net>", "<a@b.example.net>" },
    { "null-sender", "", FACT_SENDER, "<>", "<a@example.org>" },
    { "to domain", "google", RECIPIENT_DOMAIN, "googlemail.com", "google.com" },
    { "transport", "smtp", RECIPIENT_TRANSPORT, "SMTP", "relay" },
    { "header-from domain", "google", FACT_HEADER_FROM, "gmail.com", "example.org" },
    { "header-from agrees", "login", FACT_FROM_AGREES, "sender,login", "sender" },
    { "header-from agrees", "sender", FACT_FROM_AGREES, "sender", "none" },
    { "dkim present", "", FACT_DKIM, "example.org", "none" },
    { "missing dkim", "", FACT_DKIM, "none", "example.org,example.net" },
    { "dkim aligned", "", FACT_DKIM_ALIGNED, "yes", "no" },
    { "one-click", "", FACT_ONE_CLICK, "yes", "no" },
    { "missing one-click", "", FACT_ONE_CLICK, "no", "yes" },
    { "format-fault", "no-date", FACT_FORMAT_FAULTS, "no-from,no-date", "no-from" },
    { "format-fault", "any", FACT_FORMAT_FAULTS, "no-from", "none" },
    { "format-fault", "any", FACT_FORMAT_FAULTS, ",no-from", "," },
    { "tls-required-no", "", FACT_TLS_REQUIRED_NO, "yes", "no" },
    { "volume over", "5000", FACT_VOLUME, "5001", "5000" },
    { "bulk-sender", "", FACT_BULK, "yes", "no" },
    { "transactional", "", FACT_TRANSACTIONAL, "yes", "no" },
};

static const char declarations[] = "mode enforce\n"
                                   "listener submission { port 587 }\n"
                                   "listener intake { port 2525 }\n"
                                   "relay-networks { 203.0.113.0/24 }\n"
                                   "network office { 192.0.2.0/24 }\n"
                                   "domain own { example.org }\n"
                                   "domain google { gmail.com googlemail.com }\n"
                                   "login staff { alice bob }\n";

/* A policy with one rule that rejects, and accepts the rest. */
static struct policy *one_rule(const char *negation, const char *words, const char *operand)
{
    char text[1024];
    struct buf out = BUF(text);

    buf_addf(&out, "%ssubmission {\n reject %s%s %s\n accept\n}\n", declarations, negation, words, operand);
    return parse_fine(buf_text(&out));
}

/* How the rule fares when its fact has this value: 'R' rejects, 'A' passes, '?' is not certain. */
static char fate(const struct policy *policy, int fact, enum fact_state state, const char *value)
{
    struct submission sub = good_submission();
    struct recipient recipient = to_other;
    struct decision decision;

    if (fact == RECIPIENT_DOMAIN)
        recipient.domain = view_of(value);
    else if (fact == RECIPIENT_TRANSPORT)
        recipient.transport = view_of(value);
    else if (state == FACT_PENDING)
        sub.facts[fact].state = FACT_PENDING;
    else
        set_fact(&sub, (enum fact_id)fact, state == FACT_ABSENT ? NULL : value);
    decision = policy_evaluate(policy, &sub, fact >= RECIPIENT_DOMAIN && state == FACT_PENDING ? NULL : &recipient);
    ck_assert_int_eq(decision.direction, DIRECTION_OUTBOUND);
    if (!decision.certain) {
        ck_assert_int_eq(decision.now.verdict, VERDICT_ACCEPT);
        return '?';
    }
    return decision.now.verdict == VERDICT_REJECT ? 'R' : 'A';
}

START_TEST(a_condition_is_true_false_or_pending_and_false_where_its_fact_is_absent)
{
    struct policy *policy = one_rule("", conditions[_i].words, conditions[_i].operand);
    int fact = conditions[_i].fact;

    ck_assert_int_eq(fate(policy, fact, FACT_KNOWN, conditions[_i].yes), 'R');
    ck_assert_int_eq(fate(policy, fact, FACT_KNOWN, conditions[_i].no), 'A');
    ck_assert_int_eq(fate(policy, fact, FACT_ABSENT, ""), 'A');
    ck_assert_int_eq(fate(policy, fact, FACT_PENDING, ""), '?');
    policy_free(policy);
}
END_TEST

START_TEST(not_turns_a_condition_but_leaves_it_pending)
{
    struct policy *policy;
    int fact = conditions[_i].fact;

    if (strcmp(conditions[_i].words, "tls below") == 0)
        return; /* refused by the parser */
    policy = one_rule("not ", conditions[_i].words, conditions[_i].operand);
    ck_assert_int_eq(fate(policy, fact, FACT_KNOWN, conditions[_i].yes), 'A');
    ck_assert_int_eq(fate(policy, fact, FACT_KNOWN, conditions[_i].no), 'R');
    ck_assert_int_eq(fate(policy, fact, FACT_ABSENT, ""), 'R');
    ck_assert_int_eq(fate(policy, fact, FACT_PENDING, ""), '?');
    policy_free(policy);
}
END_TEST

START_TEST(every_condition_of_the_table_is_tested_here)
{
    /* These read more than one fact and have tests of their own below. */
    static const struct view apart[] = { VIEW_INIT("unauthenticated"), VIEW_INIT("certificate") };

    for (size_t i = 0; i < condition_count; i++) {
        struct view words = condition_table[i].words;
        bool found = name_index(apart, ROWS(apart), words) >= 0;

        for (size_t j = 0; j < ROWS(conditions); j++)
            found = found || view_eq(words, view_of(conditions[j].words));
        ck_assert_msg(found, "%.*s", VIEW_ARG(words));
    }
}
END_TEST

static const struct {
    const char *mechanism, *subject, *issuer; /* "?" is pending, NULL absent */
    char unauthenticated, authenticated, pinned;
} identities[] = {
    { "PLAIN", NULL, NULL, 'A', 'R', 'A' },        { "none", NULL, NULL, 'R', 'A', 'A' },
    { NULL, NULL, NULL, 'A', 'A', 'A' }, /* as local mail: neither one nor the other */
    { "none", "robot", "Our CA", 'A', 'R', 'R' },  { "none", "robot", "Other CA", 'R', 'A', 'A' },
    { "none", "Robot", "Our CA", 'R', 'A', 'A' },  { "none", "second", "Our CA", 'A', 'R', 'A' },
    { "PLAIN", "robot", "Our CA", 'A', 'R', 'R' }, { "none", "robot", "?", '?', '?', '?' },
    { "none", "other", "?", 'R', 'A', 'A' },       { "?", NULL, NULL, '?', '?', 'A' },
    { "?", "robot", "Our CA", 'A', 'R', 'R' },
};

static void set_or_pend(struct submission *sub, enum fact_id id, const char *text)
{
    if (text != NULL && strcmp(text, "?") == 0)
        sub->facts[id].state = FACT_PENDING;
    else
        set_fact(sub, id, text);
}

static char identity_fate(const char *rule, size_t row)
{
    static const char head[] = "mode enforce\ncertificate robot { subject robot issuer \"Our CA\" }\n"
                               "certificate second { subject second issuer \"Our CA\" }\n";
    struct submission sub = good_submission();
    struct decision decision;
    struct policy *policy;
    char text[512];
    struct buf out = BUF(text);

    buf_addf(&out, "%ssubmission { reject %s; accept }", head, rule);
    policy = parse_fine(buf_text(&out));
    set_or_pend(&sub, FACT_MECHANISM, identities[row].mechanism);
    set_or_pend(&sub, FACT_CERT_SUBJECT, identities[row].subject);
    set_or_pend(&sub, FACT_CERT_ISSUER, identities[row].issuer);
    decision = policy_evaluate(policy, &sub, &to_other);
    policy_free(policy);
    if (!decision.certain)
        return '?';
    return decision.now.verdict == VERDICT_REJECT ? 'R' : 'A';
}

START_TEST(a_pinned_certificate_counts_as_authenticated_by_subject_and_issuer_only)
{
    ck_assert_int_eq(identity_fate("unauthenticated", (size_t)_i), identities[_i].unauthenticated);
    ck_assert_int_eq(identity_fate("authenticated", (size_t)_i), identities[_i].authenticated);
    ck_assert_int_eq(identity_fate("certificate robot", (size_t)_i), identities[_i].pinned);
}
END_TEST

/* Rules, and what comes out for a good message to gmail.com at its end. */
static const struct {
    const char *rules;
    enum verdict now;
    unsigned line;
    enum verdict would;
    unsigned would_line;
    size_t tags;
    unsigned would_tag_line;
} flows[] = {
    /* first match wins */
    { "\naccept encrypted\nreject\n", VERDICT_ACCEPT, 3, VERDICT_ACCEPT, 0, 0, 0 },
    { "\nreject plaintext\nhold encrypted\nreject\n", VERDICT_HOLD, 4, VERDICT_ACCEPT, 0, 0, 0 },
    { "\nreject encrypted login \"bob\"\naccept\n", VERDICT_ACCEPT, 4, VERDICT_ACCEPT, 0, 0, 0 },
    { "\ntempfail encrypted\nreject\n", VERDICT_TEMPFAIL, 3, VERDICT_ACCEPT, 0, 0, 0 },
    /* no match: accept, by no rule */
    { "\nreject plaintext\n", VERDICT_ACCEPT, 0, VERDICT_ACCEPT, 0, 0, 0 },
    /* observe: the rest is only logged */
    { "\nobserve\nreject\n", VERDICT_ACCEPT, 0, VERDICT_REJECT, 4, 0, 0 },
    { "\nobserve plaintext\nreject\n", VERDICT_REJECT, 4, VERDICT_ACCEPT, 0, 0, 0 },
    { "\nobserve\naccept encrypted\nreject\n", VERDICT_ACCEPT, 4, VERDICT_ACCEPT, 0, 0, 0 },
    { "\nobserve\ntag\nhold\n", VERDICT_ACCEPT, 0, VERDICT_HOLD, 5, 0, 4 },
    /* monitor-only: logged, and on below it; the strictest is kept */
    { "\nhold monitor-only\naccept\n", VERDICT_ACCEPT, 4, VERDICT_HOLD, 3, 0, 0 },
    { "\nreject monitor-only\nhold monitor-only\nreject plaintext\n", VERDICT_ACCEPT, 0, VERDICT_REJECT, 3, 0, 0 },
    { "\nhold monitor-only\nreject monitor-only\naccept\n", VERDICT_ACCEPT, 5, VERDICT_REJECT, 4, 0, 0 },
    { "\nreject monitor-only\nreject encrypted\n", VERDICT_REJECT, 4, VERDICT_REJECT, 3, 0, 0 },
    { "\ntag monitor-only\naccept\n", VERDICT_ACCEPT, 4, VERDICT_ACCEPT, 0, 0, 3 },
    /* tag adds and goes on */
    { "\ntag\ntag to domain gmail.com\ntag plaintext\naccept\n", VERDICT_ACCEPT, 6, VERDICT_ACCEPT, 0, 2, 0 },
    { "\ntag \"a\"\nhold\n", VERDICT_HOLD, 4, VERDICT_ACCEPT, 0, 1, 0 },
};

/* A policy of these rules. */
static struct policy *parse_rules(const char *head, const char *rules)
{
    char text[1024];
    struct buf out = BUF(text);

    buf_addf(&out, "%ssubmission {%s}\n", head, rules);
    return parse_fine(buf_text(&out));
}

static struct decision decide(const char *head, const char *rules, const struct submission *sub)
{
    struct policy *policy = parse_rules(head, rules);
    struct decision decision;

    decision = policy_evaluate(policy, sub, &to_gmail);
    /* What points into the policy is not looked at by the tests behind this. */
    policy_free(policy);
    return decision;
}

START_TEST(rules_are_read_from_the_top_and_the_first_match_decides)
{
    struct submission sub = good_submission();
    struct decision decision = decide("mode enforce\n", flows[_i].rules, &sub);

    ck_assert(decision.certain);
    ck_assert_int_eq(decision.now.verdict, flows[_i].now);
    ck_assert_uint_eq(decision.now.rule.line, flows[_i].line);
    ck_assert_int_eq(decision.would.verdict, flows[_i].would);
    ck_assert_uint_eq(decision.would.rule.line, flows[_i].would_line);
    ck_assert_uint_eq(decision.tag_count, flows[_i].tags);
    ck_assert_uint_eq(decision.would_tag.line, flows[_i].would_tag_line);
}
END_TEST

/* The same in monitor mode does nothing, and would do the strictest of all that it names. */
START_TEST(monitor_mode_accepts_everything_and_logs_what_would_have_been)
{
    struct submission sub = good_submission();
    struct decision decision = decide("mode monitor\n", flows[_i].rules, &sub);
    bool now_stricter = flows[_i].now > flows[_i].would;

    ck_assert(decision.certain);
    ck_assert_int_eq(decision.now.verdict, VERDICT_ACCEPT);
    ck_assert_uint_eq(decision.tag_count, 0);
    ck_assert_int_eq(decision.would.verdict, now_stricter ? flows[_i].now : flows[_i].would);
    ck_assert_uint_eq(decision.would.rule.line, now_stricter ? flows[_i].line : flows[_i].would_line);
    if (flows[_i].tags > 0)
        ck_assert_uint_eq(decision.would_tag.line, 3);
}
END_TEST

static const struct {
    unsigned today;
    bool in_force;
} days[] = { { 0, true }, { 20270330, true }, { 20270331, true }, { 20270401, false }, { 20280101, false } };

START_TEST(a_rule_is_in_force_through_its_last_day)
{
    struct submission sub = good_submission();
    struct decision decision;

    sub.today = days[_i].today;
    decision = decide("mode enforce\n", "\nreject until 2027-03-31\naccept\n", &sub);
    ck_assert_int_eq(decision.now.verdict, days[_i].in_force ? VERDICT_REJECT : VERDICT_ACCEPT);
}
END_TEST

START_TEST(a_rule_that_ended_is_not_pending_either)
{
    struct submission sub = good_submission();
    struct decision decision;

    sub.today = 20270401;
    sub.facts[FACT_HEADER_FROM].state = FACT_PENDING;
    decision = decide("mode enforce\n", "\nreject header-from domain gmail.com until 2027-03-31\nreject\n", &sub);
    ck_assert(decision.certain);
    ck_assert_uint_eq(decision.now.rule.line, 4);
}
END_TEST

/* What rules say of a From with several addresses, or one that nobody can read: "?". */
static const struct {
    const char *rules, *header_from;
    enum verdict verdict;
    size_t tags;
} froms[] = {
    /* a rule against the message is content with any of them */
    { "hold header-from domain google\naccept", "gmail.com", VERDICT_HOLD, 0 },
    { "hold header-from domain google\naccept", "example.org", VERDICT_ACCEPT, 0 },
    { "hold header-from domain google\naccept", "example.org,gmail.com", VERDICT_HOLD, 0 },
    { "hold header-from domain google\naccept", "gmail.com,example.org", VERDICT_HOLD, 0 },
    { "hold header-from domain google\naccept", "example.org,example.net", VERDICT_ACCEPT, 0 },
    { "hold header-from domain google\naccept", "?", VERDICT_HOLD, 0 },
    { "hold header-from domain google\naccept", "example.org,?", VERDICT_HOLD, 0 },
    { "hold header-from domain google\naccept", "none", VERDICT_ACCEPT, 0 },
    { "reject not header-from domain own\naccept", "example.org", VERDICT_ACCEPT, 0 },
    { "reject not header-from domain own\naccept", "example.org,gmail.com", VERDICT_REJECT, 0 },
    { "reject not header-from domain own\naccept", "gmail.com,example.org", VERDICT_REJECT, 0 },
    { "reject not header-from domain own\naccept", "example.org,?", VERDICT_REJECT, 0 },
    { "reject not header-from domain own\naccept", "?", VERDICT_REJECT, 0 },
    { "reject not header-from domain own\naccept", "none", VERDICT_REJECT, 0 },
    { "tempfail header-from domain gmail.com\naccept", "example.org,gmail.com", VERDICT_TEMPFAIL, 0 },
    { "tag header-from domain google\naccept", "example.org,gmail.com", VERDICT_ACCEPT, 1 },
    { "tag header-from domain google\naccept", "?", VERDICT_ACCEPT, 1 },
    /* one that lets it pass wants them all */
    { "accept header-from domain own\nreject", "example.org", VERDICT_ACCEPT, 0 },
    { "accept header-from domain own\nreject", "example.org,gmail.com", VERDICT_REJECT, 0 },
    { "accept header-from domain own\nreject", "gmail.com,example.org", VERDICT_REJECT, 0 },
    { "accept header-from domain own\nreject", "example.org,?", VERDICT_REJECT, 0 },
    { "accept header-from domain own\nreject", "?", VERDICT_REJECT, 0 },
    { "accept header-from domain own\nreject", "none", VERDICT_REJECT, 0 },
    { "accept header-from domain google\nreject", "gmail.com,googlemail.com", VERDICT_ACCEPT, 0 },
    { "accept not header-from domain google\nreject", "example.org", VERDICT_ACCEPT, 0 },
    { "accept not header-from domain google\nreject", "example.org,gmail.com", VERDICT_REJECT, 0 },
    { "accept not header-from domain google\nreject", "?", VERDICT_REJECT, 0 },
    { "observe header-from domain own\nreject", "example.org", VERDICT_ACCEPT, 0 },
    { "observe header-from domain own\nreject", "example.org,gmail.com", VERDICT_REJECT, 0 },
    { "observe not header-from domain google\nreject", "example.org,gmail.com", VERDICT_REJECT, 0 },
};

START_TEST(a_second_or_unreadable_from_counts_against_the_message)
{
    struct submission sub = good_submission();
    struct decision decision;

    set_fact(&sub, FACT_HEADER_FROM, froms[_i].header_from);
    decision = decide(declarations, froms[_i].rules, &sub);
    ck_assert(decision.certain);
    ck_assert_int_eq(decision.now.verdict, froms[_i].verdict);
    ck_assert_uint_eq(decision.tag_count, froms[_i].tags);
}
END_TEST

/* A value of which a record kept the beginning decides what that decides, and leaves the rest open. */
static const struct {
    const char *words, *operand;
    enum fact_id fact;
    const char *kept;
    char fate; /* as fate() says it */
} cuts[] = {
    { "login", "staff", FACT_LOGIN, "alice", '?' },
    { "mechanism", "PLAIN", FACT_MECHANISM, "PLAIN", '?' },
    { "cipher", "AES128-SHA", FACT_CIPHER, "AES128", '?' },
    { "authenticated", "", FACT_MECHANISM, "PLAIN", 'R' },
    { "client name", ".example.com", FACT_CLIENT, "a.b[192.0.2.1]", '?' },
    { "client network", "office", FACT_CLIENT, "a.b[192.0.2.1]", 'R' },
    { "client network", "office", FACT_CLIENT, "a.b[192.0.3.1]", 'A' },
    { "sender domain", "own", FACT_SENDER, "<a@example.org>", '?' },
    { "null-sender", "", FACT_SENDER, "<aaaa>", 'A' },
    { "null-sender", "", FACT_SENDER, "<>", 'A' },
    { "dkim present", "", FACT_DKIM, "a.example", 'R' },
    { "dkim present", "", FACT_DKIM, "none", 'R' },
    { "missing dkim", "", FACT_DKIM, "none", 'A' },
    { "format-fault", "no-from", FACT_FORMAT_FAULTS, "no-from", 'R' },
    { "format-fault", "no-date", FACT_FORMAT_FAULTS, "no-from", '?' },
    { "header-from domain", "google", FACT_HEADER_FROM, "gmail.com", 'R' },
    { "header-from domain", "google", FACT_HEADER_FROM, "example.org", '?' },
    { "header-from domain", "google", FACT_HEADER_FROM, "none", '?' },
    { "not header-from domain", "google", FACT_HEADER_FROM, "gmail.com", '?' },
    { "not header-from domain", "google", FACT_HEADER_FROM, "example.org", 'R' },
    { "certificate", "printers", FACT_CERT_SUBJECT, "printer.example.org", '?' },
};

START_TEST(a_value_that_was_cut_decides_no_more_than_its_beginning_can)
{
    char text[2048];
    struct buf out = BUF(text);
    struct submission sub = good_submission();
    struct decision decision;
    struct policy *cutting;

    buf_addf(&out,
             "%scertificate printers { subject printer.example.org issuer CA }\n"
             "submission {\n reject %s %s\n accept\n}\n",
             declarations, cuts[_i].words, cuts[_i].operand);
    cutting = parse_fine(buf_text(&out));
    set_fact(&sub, FACT_CERT_ISSUER, "CA");
    set_fact(&sub, cuts[_i].fact, cuts[_i].kept);
    sub.facts[cuts[_i].fact].cut = true;
    decision = policy_evaluate(cutting, &sub, &to_other);
    ck_assert_int_eq(!decision.certain ? '?' : decision.now.verdict == VERDICT_REJECT ? 'R' : 'A', cuts[_i].fate);
    policy_free(cutting);
}
END_TEST

START_TEST(more_tags_than_fit_are_counted)
{
    struct submission sub = good_submission();
    struct decision decision =
        decide("mode enforce\n", "tag\ntag\ntag\ntag\ntag\ntag\ntag\ntag\ntag\ntag\naccept", &sub);

    ck_assert_uint_eq(decision.tag_count, DECISION_TAGS_MAX);
    ck_assert_uint_eq(decision.tags_dropped, UINT64_C(3) << DECISION_TAGS_MAX);
}
END_TEST

START_TEST(a_tempfail_holds_local_mail)
{
    struct submission sub = local_mail();
    struct decision decision = decide("mode enforce\n", "\ntempfail\n", &sub);

    ck_assert_int_eq(decision.now.verdict, VERDICT_HOLD);
    ck_assert_uint_eq(decision.now.rule.line, 3);
    ck_assert_uint_eq(decision.now.reply.text.n, 0);
    decision = decide("mode enforce\n", "\ntempfail monitor-only\n", &sub);
    ck_assert_int_eq(decision.would.verdict, VERDICT_HOLD);
}
END_TEST

START_TEST(local_mail_is_neither_plaintext_nor_unauthenticated)
{
    struct submission sub = local_mail();
    struct decision decision = decide("mode enforce\n", "\nreject plaintext\nreject unauthenticated\nhold\n", &sub);

    ck_assert_uint_eq(decision.now.rule.line, 5);
}
END_TEST

START_TEST(the_join_of_recipients_is_the_strictest_with_the_tags_of_all)
{
    struct policy *policy = parse_fine("mode enforce\nsubmission {\ntag\ntag to domain gmail.com\n"
                                       "reject monitor-only to domain gmail.com\nhold to domain gmail.com\naccept\n}");
    struct submission sub = good_submission();
    struct decision all = policy_evaluate(policy, &sub, &to_other);
    struct decision gmail = policy_evaluate(policy, &sub, &to_gmail);

    ck_assert_int_eq(all.now.verdict, VERDICT_ACCEPT);
    decision_join(&all, &gmail);
    ck_assert(all.certain);
    ck_assert_int_eq(all.now.verdict, VERDICT_HOLD);
    ck_assert_uint_eq(all.now.rule.line, 6);
    ck_assert_int_eq(all.would.verdict, VERDICT_REJECT);
    ck_assert_uint_eq(all.would.rule.line, 5);
    ck_assert_uint_eq(all.tag_count, 2);
    decision_join(&all, &gmail);
    ck_assert_uint_eq(all.tag_count, 2);
    gmail.certain = false;
    decision_join(&all, &gmail);
    ck_assert(!all.certain);
    policy_free(policy);
}
END_TEST

START_TEST(the_join_keeps_the_first_tag_that_was_only_logged)
{
    struct decision all = { .would_tag = { VIEW("a"), 1 } }, one = { .would_tag = { VIEW("b"), 2 } }, none = { 0 };

    decision_join(&all, &one);
    ck_assert_uint_eq(all.would_tag.line, 1);
    decision_join(&none, &one);
    ck_assert_uint_eq(none.would_tag.line, 2);
}
END_TEST

START_TEST(a_client_without_a_verified_name_has_none)
{
    struct submission sub = good_submission();

    set_fact(&sub, FACT_CLIENT, "unknown[203.0.113.7]");
    ck_assert_int_eq(decide("mode enforce\n", "reject client name \"unknown\"; accept", &sub).now.verdict,
                     VERDICT_ACCEPT);
}
END_TEST

/* Rules of every shape that a look at a domain's hash may spare, and of those it must not. */
static const char guarded_rules[] = "\n"
                                    "reject to domain a.example sender domain x.example\n"
                                    "hold to domain a.example header-from domain y.example\n"
                                    "tempfail not to domain a.example sender domain y.example\n"
                                    "reject monitor-only sender domain z.example\n"
                                    "tag sender domain y.example to domain .a.example\n"
                                    "tag not sender domain x.example to domain b.example\n"
                                    "reject to domain { a.example b.example } sender domain x.example\n"
                                    "reject null-sender to domain b.example\n"
                                    "accept sender domain x.example until 2027-03-31\n"
                                    "hold sender domain x.example\n"
                                    "tag monitor-only login \"alice\" plaintext\n"
                                    "tag login \"alice\" encrypted client network 203.0.113.0/24\n"
                                    "tag not login \"alice\" client network { 203.0.113.7 203.0.113.200 }\n"
                                    "hold client network 198.51.100.0/24 to domain c.example\n"
                                    "tag client network ::/0 unauthenticated\n"
                                    "reject tls below 1.2 sender domain n.example\n"
                                    "reject plaintext null-sender\n"
                                    "hold not authenticated not plaintext null-sender\n"
                                    "accept\n";

/* Of client, TLS, mechanism, login; NULL is absent. */
static const struct {
    const char *client, *tls, *mechanism, *login;
} sessions[] = {
    { "client.example[203.0.113.7]", "TLSv1.3", "PLAIN", "alice" },
    { "client.example[203.0.113.9]", "none", "PLAIN", "alice" },
    { "unknown[198.51.100.9]", "TLSv1.1", "none", NULL },
    { "unknown[2001:db8::1]", "proxied", "none", NULL },
    { "localhost[127.0.0.1]", NULL, NULL, NULL },
};

static void ignore_rule(void *context, const struct rule_trace *trace)
{
    (void)context;
    (void)trace;
}

static bool same_decision(const struct decision *a, const struct decision *b)
{
    bool same = a->certain == b->certain && a->final == b->final && a->now.verdict == b->now.verdict &&
                a->now.rule.line == b->now.rule.line && a->would.rule.line == b->would.rule.line &&
                a->tag_count == b->tag_count && a->would_tag.line == b->would_tag.line;

    for (size_t i = 0; same && i < a->tag_count; i++)
        same = a->tags[i].rule.line == b->tags[i].rule.line;
    return same;
}

/* Rules that are passed over by their domain's hash say what they say when each is looked at. */
START_TEST(what_is_passed_over_would_not_have_matched)
{
    static const char *const senders[] = {
        "<x@x.example>", "<y@Y.example>", "<z@z.example>", "<n@n.example>", "<>", NULL
    };
    static const struct view domains[] = {
        VIEW_INIT("a.example"), VIEW_INIT("b.example"), VIEW_INIT("sub.a.example"), VIEW_INIT("c.example"), { NULL, 0 }
    };
    const struct rule_observer observer = { .rule = ignore_rule };
    struct policy *policy = parse_rules("mode enforce\n", guarded_rules);
    struct submission sub = good_submission(), early;

    sub.today = _i % 2 == 0 ? 20270101 : 20270401;
    set_fact(&sub, FACT_CLIENT, sessions[_i / 2].client);
    set_fact(&sub, FACT_TLS, sessions[_i / 2].tls);
    set_fact(&sub, FACT_MECHANISM, sessions[_i / 2].mechanism);
    set_fact(&sub, FACT_LOGIN, sessions[_i / 2].login);
    for (size_t i = 0; i < ROWS(senders); i++) {
        set_fact(&sub, FACT_SENDER, senders[i]);
        early = at_stage(sub, STAGE_MAIL);
        for (size_t j = 0; j <= ROWS(domains); j++) {
            struct recipient to = { .domain = domains[j % ROWS(domains)], .transport = VIEW("smtp") };
            const struct recipient *recipient = j < ROWS(domains) ? &to : NULL;
            struct decision one = policy_evaluate(policy, &sub, recipient);
            struct decision other = policy_evaluate_observed(policy, &sub, recipient, &observer);

            ck_assert_msg(same_decision(&one, &other), "sender %zu, domain %zu", i, j);
            one = policy_evaluate(policy, &early, recipient);
            other = policy_evaluate_observed(policy, &early, recipient, &observer);
            ck_assert_msg(same_decision(&one, &other), "at MAIL: sender %zu, domain %zu", i, j);
        }
    }
    policy_free(policy);
}
END_TEST

static const struct {
    enum direction a, b, joined;
} directions[] = {
    { DIRECTION_INBOUND, DIRECTION_INBOUND, DIRECTION_INBOUND },
    { DIRECTION_INBOUND, DIRECTION_OUTBOUND, DIRECTION_OUTBOUND },
    { DIRECTION_OUTBOUND, DIRECTION_INBOUND, DIRECTION_OUTBOUND },
    { DIRECTION_PENDING, DIRECTION_INBOUND, DIRECTION_PENDING },
    { DIRECTION_INBOUND, DIRECTION_PENDING, DIRECTION_PENDING },
    { DIRECTION_PENDING, DIRECTION_OUTBOUND, DIRECTION_OUTBOUND },
    { DIRECTION_OUTBOUND, DIRECTION_PENDING, DIRECTION_OUTBOUND },
};

START_TEST(one_outbound_recipient_makes_the_message_outbound)
{
    struct decision a = { .certain = true, .direction = directions[_i].a };
    struct decision b = { .certain = true, .direction = directions[_i].b };

    decision_join(&a, &b);
    ck_assert_int_eq(a.direction, directions[_i].joined);
}
END_TEST

static const struct {
    const char *text;
    bool rcpt_reply, headers, quarantine, change_headers;
} needs[] = {
    { "mode enforce; submission { accept }", false, false, false, false },
    { "mode enforce; submission { reject plaintext; accept }", true, false, false, false },
    { "mode enforce; relay-networks { }; submission { reject plaintext; accept }", false, false, false, false },
    { "mode enforce; relay-networks { }; submission { reject to domain a.example; accept }", true, false, false,
      false },
    { "mode enforce; relay-networks { }; submission { reject transport relay; accept }", true, false, false, false },
    { "mode enforce; submission { hold; accept }", false, false, true, false },
    { "mode enforce; relay-networks { }; submission { tempfail; accept }", false, false, true, false },
    { "mode enforce; submission { hold monitor-only; accept }", false, false, false, false },
    { "mode enforce; submission { tag missing dkim; accept }", false, true, false, true },
    { "mode enforce; submission { tag monitor-only missing dkim; accept }", false, true, false, false },
    { "mode monitor; submission { tag missing dkim; hold plaintext; reject to domain a.example }", false, true, false,
      false },
    { "mode enforce; submission { accept header-from domain a.example; accept }", false, true, false, false },
};

START_TEST(the_gate_is_told_what_the_rules_can_need)
{
    struct policy *policy = parse_fine(needs[_i].text);
    struct policy_needs got = policy_needs(policy);

    ck_assert_int_eq(got.rcpt_reply, needs[_i].rcpt_reply);
    ck_assert_int_eq(got.headers, needs[_i].headers);
    ck_assert_int_eq(got.quarantine, needs[_i].quarantine);
    ck_assert_int_eq(got.change_headers, needs[_i].change_headers);
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("evaluate");
    TCase *tests = tcase_create("evaluate");

    tcase_add_loop_test(tests, a_condition_is_true_false_or_pending_and_false_where_its_fact_is_absent, 0,
                        ROWS(conditions));
    tcase_add_loop_test(tests, not_turns_a_condition_but_leaves_it_pending, 0, ROWS(conditions));
    tcase_add_test(tests, every_condition_of_the_table_is_tested_here);
    tcase_add_loop_test(tests, a_pinned_certificate_counts_as_authenticated_by_subject_and_issuer_only, 0,
                        ROWS(identities));
    tcase_add_loop_test(tests, rules_are_read_from_the_top_and_the_first_match_decides, 0, ROWS(flows));
    tcase_add_loop_test(tests, monitor_mode_accepts_everything_and_logs_what_would_have_been, 0, ROWS(flows));
    tcase_add_loop_test(tests, a_rule_is_in_force_through_its_last_day, 0, ROWS(days));
    tcase_add_test(tests, a_rule_that_ended_is_not_pending_either);
    tcase_add_loop_test(tests, a_second_or_unreadable_from_counts_against_the_message, 0, ROWS(froms));
    tcase_add_loop_test(tests, a_value_that_was_cut_decides_no_more_than_its_beginning_can, 0, ROWS(cuts));
    tcase_add_test(tests, more_tags_than_fit_are_counted);
    tcase_add_test(tests, a_tempfail_holds_local_mail);
    tcase_add_test(tests, local_mail_is_neither_plaintext_nor_unauthenticated);
    tcase_add_test(tests, the_join_of_recipients_is_the_strictest_with_the_tags_of_all);
    tcase_add_test(tests, the_join_keeps_the_first_tag_that_was_only_logged);
    tcase_add_test(tests, a_client_without_a_verified_name_has_none);
    tcase_add_loop_test(tests, what_is_passed_over_would_not_have_matched, 0, 2 * ROWS(sessions));
    tcase_add_loop_test(tests, one_outbound_recipient_makes_the_message_outbound, 0, ROWS(directions));
    tcase_add_loop_test(tests, the_gate_is_told_what_the_rules_can_need, 0, ROWS(needs));
    suite_add_tcase(suite, tests);
    return suite;
}
