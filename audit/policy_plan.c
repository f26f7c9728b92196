#include "audit/policy_plan.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "audit/policy_level.h"
#include "audit/tls_level.h"
#include "shared/plural.h"
#include "shared/stamp.h"

enum { TEXT_MAX = 12288, DATE_MAX = 16, DAY_SECONDS = 86400 };

struct planning {
    struct arena *arena;
    const struct policy_question *question;
    struct policy_plan *plan;
    bool full; /* memory or lines ran out */
};

/* ---- words ---- */

static struct view keep_text(struct planning *planning, const struct buf *text)
{
    struct view kept = arena_copy(planning->arena, buf_view(text));

    if (kept.p == NULL)
        planning->full = true;
    return kept;
}

static const char *date_text(uint32_t day, char storage[DATE_MAX])
{
    struct buf text = buf_over(storage, DATE_MAX);

    stamp_date(&text, (int64_t)day * DAY_SECONDS * 1000, 0);
    return buf_text(&text);
}

static void note(struct planning *planning, const char *id, enum finding_severity severity, struct view hop,
                 const char *format, ...) __attribute__((format(printf, 5, 6)));

static void note(struct planning *planning, const char *id, enum finding_severity severity, struct view hop,
                 const char *format, ...)
{
    struct policy_plan *plan = planning->plan;
    char storage[1024];
    struct buf text = BUF(storage);
    va_list args;
    int length;

    if (plan->note_count == POLICY_NOTES_MAX) {
        plan->notes_dropped++;
        return;
    }
    va_start(args, format);
    length = vsnprintf(storage, sizeof(storage), format, args);
    va_end(args);
    text.len = length < 0 ? 0 : (size_t)length < sizeof(storage) ? (size_t)length : sizeof(storage) - 1;
    plan->notes[plan->note_count++] = (struct policy_note){
        .id = id, .severity = severity, .hop = arena_copy(planning->arena, hop), .text = keep_text(planning, &text)
    };
}

/* The command behind the note that was made last. */
static void note_command(struct planning *planning, const char *before, struct view hop)
{
    struct policy_plan *plan = planning->plan;
    char storage[POLICY_KEY_MAX + 80];
    struct buf text = BUF(storage);

    if (plan->notes_dropped > 0 || plan->note_count == 0)
        return;
    buf_addf(&text, "%s'%.*s'", before, VIEW_ARG(hop));
    plan->notes[plan->note_count - 1].command = keep_text(planning, &text);
}

/* ---- next hops ---- */

/* ASCII letters from this place on in lower case. */
static void fold(struct buf *text, size_t from)
{
    static const char upper[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", lower[] = "abcdefghijklmnopqrstuvwxyz";

    for (size_t i = from; i < text->len; i++) {
        const char *letter = strchr(upper, text->p[i]);

        if (letter != NULL && *letter != '\0')
            text->p[i] = lower[letter - upper];
    }
}

bool policy_key(struct view hop, struct buf *out)
{
    struct buf before = *out;

    if (hop.n == 0 || hop.n > POLICY_KEY_MAX || hop.p[0] == '#' || view_find_char(hop, '.') == -1)
        return false;
    for (size_t i = 0; i < hop.n; i++) {
        char octet = hop.p[i];

        if (octet <= ' ' || octet > '~' || octet == '\'' || octet == '\\' || octet == '"' || octet == '<') {
            *out = before;
            return false;
        }
        buf_add_char(out, octet);
    }
    fold(out, before.len);
    return !out->full;
}

/* The service that mail takes: its level is the one in force. */
static enum security_level level_in_force(const struct planning *planning, const struct route *route)
{
    const struct postfix_config *config = planning->question->config;

    return client_level(config, route == NULL ? NULL : route->client, VIEW("smtp")).level;
}

/* ---- lines ---- */

/* The value of a line, or empty; what there is to say of it becomes a note. */
static struct view choose_value(struct planning *planning, struct view hop, enum security_level in_force,
                                enum demand demand, const struct hop_evidence *evidence)
{
    struct policy_choice choice =
        policy_choose(planning->arena, planning->question->config, in_force, demand, evidence);

    if (choice.id != NULL)
        note(planning, choice.id, choice.severity, hop, "%s", choice.text);
    planning->full = planning->full || choice.value.p == NULL;
    return choice.value;
}

static void add_evidence(struct buf *text, const struct hop_evidence *evidence)
{
    char date[DATE_MAX];
    uint64_t named;

    if (evidence == NULL || evidence->encrypted + evidence->plaintext + evidence->unknown == 0) {
        buf_add(text, VIEW("no delivery was seen"));
        return;
    }
    if (evidence->deliveries > 0)
        buf_addf(text, "%llu %s since %s, all encrypted", (unsigned long long)evidence->deliveries,
                 plural(evidence->deliveries, "delivery", "deliveries"), date_text(evidence->since, date));
    else
        buf_addf(text, "%llu encrypted, %llu in plaintext, %llu unknown", (unsigned long long)evidence->encrypted,
                 (unsigned long long)evidence->plaintext, (unsigned long long)evidence->unknown);
    named = evidence->levels[PEER_TRUSTED] + evidence->levels[PEER_VERIFIED];
    if (named > 0)
        buf_addf(text, ", %llu with a trusted certificate", (unsigned long long)named);
    for (size_t i = 0; i < evidence->relay_count && i < HOP_RELAYS_MAX; i++) {
        buf_add(text, i == 0 ? VIEW("; servers: ") : VIEW(", "));
        buf_add(text, evidence->relays[i]);
    }
}

static struct view rule_comment(struct planning *planning, const struct delivery_rule *rule, struct view domain,
                                const struct hop_evidence *evidence)
{
    char storage[TEXT_MAX];
    struct buf text = BUF(storage);

    buf_addf(&text, "# rule %.*s:%u: require %s to %.*s; ", VIEW_ARG(rule->place.file), rule->place.line,
             rule->demand == DEMAND_VERIFIED ? "verified" : "encrypted", VIEW_ARG(domain));
    add_evidence(&text, evidence);
    return keep_text(planning, &text);
}

static struct view learned_comment(struct planning *planning, const struct hop_evidence *evidence)
{
    char storage[TEXT_MAX], date[DATE_MAX];
    struct buf text = BUF(storage);

    buf_addf(&text, "# learned %s: ", date_text(planning->question->today, date));
    add_evidence(&text, evidence);
    return keep_text(planning, &text);
}

static bool stands_elsewhere(struct planning *planning, struct view key)
{
    const struct policy_line *other = policy_file_find(planning->question->others, key);

    if (other == NULL)
        return false;
    note(planning, "other-table", FINDING_NOTICE, key, "%.*s has it: %.*s; what stands there is yours to keep",
         VIEW_ARG(other->comment), VIEW_ARG(other->value));
    return true;
}

static void add_line(struct planning *planning, const struct policy_line *line)
{
    if (policy_file_add(planning->arena, &planning->plan->after, line) == NULL)
        planning->full = true;
    planning->plan->added++;
}

static void set_line(struct planning *planning, struct policy_line *line, const struct policy_line *now)
{
    if (policy_strictness(now->value) > policy_strictness(line->value)) {
        line->value = now->value;
        planning->plan->raised++;
    }
    line->comment = now->comment;
}

/* ---- rules ---- */

/* The first `require` that names a domain counts. */
static bool is_first(const struct policy_question *question, size_t rule, struct view domain)
{
    for (size_t i = 0; i < rule; i++) {
        const struct delivery_rule *earlier = &question->rules[i];

        if (earlier->require && (earlier->domains == NULL || domain_set_has(earlier->domains, domain)))
            return false;
    }
    return true;
}

/* A line for this domain would be asked, and would be for it alone. */
static bool can_be_pinned(struct planning *planning, struct view domain, const struct route *route)
{
    switch (route->kind) {
    case ROUTE_DIRECT:
        return true;
    case ROUTE_INTERNAL:
        note(planning, "internal-hop", FINDING_NOTICE, domain, "its mail goes to %.*s, on this host",
             VIEW_ARG(route->hop));
        return false;
    case ROUTE_NONE:
        note(planning, "no-smtp", FINDING_NOTICE, domain, "its mail does not leave by smtp(8)");
        return false;
    case ROUTE_RELAY:
        break;
    }
    if (route->by_table && routes_sharing(planning->question->routes, route->hop) == 1)
        return true;
    note(planning, "shared-hop", FINDING_WARNING, domain,
         "its mail goes to %.*s together with that of other domains: Postfix asks for the policy of that next hop, "
         "never "
         "for this domain's; a line for the hop would bind them all",
         VIEW_ARG(route->hop));
    return false;
}

static void pin_for_rule(struct planning *planning, const struct delivery_rule *rule, struct view domain)
{
    struct route route = route_of(planning->question->routes, domain);
    char storage[POLICY_KEY_MAX];
    struct buf key = BUF(storage);
    struct policy_line *line, now = { .withdrawn = false };
    const struct hop_evidence *evidence;

    if (!can_be_pinned(planning, domain, &route) || !policy_key(route.hop, &key))
        return;
    line = policy_file_find(&planning->plan->after, buf_view(&key));
    if (line != NULL && line->withdrawn) {
        note(planning, "withdrawn", FINDING_NOTICE, domain, "%.*s:%u demands it, but you withdrew the line",
             VIEW_ARG(rule->place.file), rule->place.line);
        note_command(planning, "outward tls-policy --restore ", buf_view(&key));
        return;
    }
    evidence = hop_history_find(planning->question->history, buf_view(&key));
    if (line == NULL && stands_elsewhere(planning, buf_view(&key)))
        return;
    if (line != NULL && policy_strictness(line->value) == POLICY_BY_HAND)
        return;
    now.value = choose_value(planning, domain, level_in_force(planning, &route), rule->demand, evidence);
    now.comment = rule_comment(planning, rule, domain, evidence);
    now.key = keep_text(planning, &key);
    if (now.value.n > 0 && line == NULL)
        add_line(planning, &now);
    else if (now.value.n > 0)
        set_line(planning, line, &now);
}

static int compare_views(const void *left, const void *right)
{
    return view_cmp(*(const struct view *)left, *(const struct view *)right);
}

static void pin_set(struct planning *planning, size_t rule)
{
    const struct policy_question *question = planning->question;
    const struct domain_set *set = question->rules[rule].domains;
    size_t count = 0, at = 0, filled = 0;
    struct view name, *names;

    while (domain_set_next(set, &at, &name))
        count++;
    names = arena_alloc(planning->arena, (count + 1) * sizeof(*names));
    if (names == NULL) {
        planning->full = true;
        return;
    }
    at = 0;
    while (domain_set_next(set, &at, &name))
        names[filled++] = name;
    qsort(names, filled, sizeof(*names), compare_views);
    for (size_t i = 0; i < filled && !planning->full; i++) {
        if (is_first(question, rule, names[i]))
            pin_for_rule(planning, &question->rules[rule], names[i]);
    }
}

static void pin_rules(struct planning *planning)
{
    const struct policy_question *question = planning->question;

    for (size_t i = 0; i < question->rule_count; i++) {
        const struct delivery_rule *rule = &question->rules[i];

        if (!rule->require)
            continue;
        if (rule->domains != NULL)
            pin_set(planning, i);
        else if (!policy_level_demands(level_in_force(planning, NULL), rule->demand)) {
            note(planning, "any-domain", FINDING_WARNING, (struct view){ "", 0 },
                 "%.*s:%u demands it of every domain, which no table says: set the level itself",
                 VIEW_ARG(rule->place.file), rule->place.line);
            note_command(planning, "postconf -e ", VIEW("smtp_tls_security_level=encrypt"));
        }
    }
}

/* ---- learning ---- */

static bool is_proven(const struct policy_question *question, const struct hop_evidence *evidence)
{
    return evidence->since != 0 && evidence->since + question->learn_days <= question->today &&
           evidence->last_encrypted + question->learn_days >= question->today &&
           evidence->deliveries >= question->learn_deliveries;
}

static void learn(struct planning *planning, const struct hop_evidence *evidence)
{
    char storage[POLICY_KEY_MAX];
    struct buf key = BUF(storage);
    enum security_level in_force = level_in_force(planning, NULL);
    struct policy_line line = { .withdrawn = false };

    if (!is_proven(planning->question, evidence) || !policy_key(evidence->hop, &key) ||
        policy_file_find(&planning->plan->after, buf_view(&key)) != NULL || security_level_encrypts(in_force) ||
        stands_elsewhere(planning, buf_view(&key)))
        return;
    line.value = choose_value(planning, buf_view(&key), in_force, DEMAND_ENCRYPTED, evidence);
    line.comment = learned_comment(planning, evidence);
    line.key = keep_text(planning, &key);
    if (line.value.n > 0)
        add_line(planning, &line);
}

static void learn_all(struct planning *planning)
{
    const struct hop_evidence *evidence;

    for (size_t i = 0; (evidence = hop_history_at(planning->question->history, i)) != NULL && !planning->full; i++)
        learn(planning, evidence);
}

/* ---- what stands ---- */

static void add_failures(struct buf *text, const struct hop_evidence *evidence)
{
    bool first = true;

    for (size_t i = 0; i < TLS_FAILURE_COUNT; i++) {
        if (evidence->recent_failures[i] == 0)
            continue;
        buf_addf(text, "%s%llu %.*s", first ? "" : ", ", (unsigned long long)evidence->recent_failures[i],
                 VIEW_ARG(tls_failure_name((enum tls_failure)i)));
        first = false;
    }
}

/* Mail waits because of this line.  Whether the server or somebody on the way is at fault, no log can tell. */
static void note_failing(struct planning *planning, const struct policy_line *line)
{
    const struct hop_evidence *evidence = hop_history_find(planning->question->history, line->key);
    char storage[256], date[DATE_MAX];
    struct buf text = BUF(storage);
    bool most, gone;

    if (evidence == NULL || hop_failures(evidence->recent_failures) == 0)
        return;
    most = hop_failures(evidence->recent_failures) >= evidence->recent_sent;
    /* TLS that was there and is gone is what an attack looks like, however little mail meets it. */
    gone = evidence->recent_failures[TLS_FAILURE_NOT_OFFERED] + evidence->recent_failures[TLS_FAILURE_REFUSED] > 0;
    add_failures(&text, evidence);
    note(planning, "line-failing", most || gone ? FINDING_ERROR : FINDING_WARNING, line->key,
         "%s waits: attempts that failed over TLS, the last on %s: %.*s.  Its server gave TLS up, or somebody on the "
         "way "
         "takes it out: see with outward probe, ask its postmaster.  The line stays until you withdraw it",
         evidence->recent_sent == 0 ? "all mail"
         : most                     ? "most mail"
                                    : "some mail",
         date_text(evidence->recent_day, date), VIEW_ARG(buf_view(&text)));
    note_command(planning, "outward tls-policy --withdraw ", line->key);
}

static bool is_demanded(const struct planning *planning, struct view key)
{
    const struct policy_question *question = planning->question;

    for (size_t i = 0; i < question->rule_count; i++) {
        struct view name;
        size_t at = 0;

        if (!question->rules[i].require)
            continue;
        if (domain_set_has(question->rules[i].domains, key))
            return true;
        while (key.p[0] == '[' && domain_set_next(question->rules[i].domains, &at, &name)) {
            if (view_eq_nocase(route_of(question->routes, name).hop, key))
                return true;
        }
    }
    return false;
}

static void note_lines(struct planning *planning)
{
    const struct policy_file *file = &planning->plan->after;

    for (size_t i = 0; i < file->count; i++) {
        const struct policy_line *line = &file->rows[i];

        if (line->withdrawn)
            continue;
        note_failing(planning, line);
        if (view_starts(line->comment, VIEW("# rule ")) && !is_demanded(planning, line->key)) {
            note(planning, "rule-gone", FINDING_NOTICE, line->key, "no rule demands it any more; the line stays");
            note_command(planning, "outward tls-policy --withdraw ", line->key);
        }
    }
}

static bool begin(struct planning *planning)
{
    const struct policy_file *before = planning->question->before;
    struct policy_plan *plan = planning->plan;

    *plan = (struct policy_plan){ .notes = arena_alloc(planning->arena, POLICY_NOTES_MAX * sizeof(*plan->notes)) };
    for (size_t i = 0; i < before->count && plan->notes != NULL; i++) {
        if (policy_file_add(planning->arena, &plan->after, &before->rows[i]) == NULL)
            return false;
    }
    return plan->notes != NULL;
}

int policy_plan_make(struct arena *arena, const struct policy_question *question, struct policy_plan *out,
                     struct error *error)
{
    struct planning planning = { arena, question, out, false };

    if (!begin(&planning))
        return error_set(error, ERROR_MEMORY, "TLS policies: out of memory");
    if (question->routes->uncertain.n > 0)
        note(&planning, "next-hop-uncertain", FINDING_NOTICE, (struct view){ "", 0 },
             "%.*s: a line for a domain counts only for mail that goes there directly",
             VIEW_ARG(question->routes->uncertain));
    pin_rules(&planning);
    if (question->learn_days > 0)
        learn_all(&planning);
    note_lines(&planning);
    if (planning.full)
        return error_set(error, ERROR_LIMIT, "TLS policies: out of memory, or more than %d lines", POLICY_LINES_MAX);
    return 0;
}
