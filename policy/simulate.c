#include "policy/simulate.h"

#include <stdlib.h>

#include "policy/rules.h"
#include "shared/names.h"

enum { KEY_MAX = 4096 };

/* A row as it is kept: texts are ids of names. */
struct row {
    enum fate fate;
    bool log_only, domains_more;
    struct place rule;
    struct view rule_text, missing; /* the policy's and the tables' */
    uint32_t listener, login, client, sender;
    uint32_t domains[SIMULATION_DOMAINS_MAX];
    size_t domain_count;
    uint64_t messages, without_gate;
    int64_t last;
    uint64_t serial; /* of the message it counted last */
};

struct simulation {
    struct policy enforced; /* a copy that acts instead of logging; its memory is the policy's */
    unsigned today;
    struct names *names, *keys; /* keys: a row's identity; its id is the row's place */
    struct row *rows;
    size_t room;
    struct simulation_counts counts;
};

/* What is asked of one recipient: the decision, and what kept it open. */
struct judgement {
    struct decision decision;
    bool open;
    struct place rule;   /* that is open; line 0: the direction */
    struct view missing; /* the key of the fact that is not known */
};

struct view fate_name(enum fate fate)
{
    static const struct view names[FATE_COUNT] = {
        [FATE_INBOUND] = VIEW_INIT("inbound"),   [FATE_ACCEPTED] = VIEW_INIT("accepted"),
        [FATE_TAGGED] = VIEW_INIT("tagged"),     [FATE_UNDECIDED] = VIEW_INIT("undecided"),
        [FATE_HELD] = VIEW_INIT("held"),         [FATE_TEMPFAILED] = VIEW_INIT("tempfailed"),
        [FATE_REJECTED] = VIEW_INIT("rejected"),
    };

    return names[fate];
}

struct simulation *simulation_new(const struct policy *policy, unsigned today, uint64_t seed)
{
    struct simulation *simulation = calloc(1, sizeof(*simulation));

    if (simulation == NULL)
        return NULL;
    simulation->enforced = *policy;
    simulation->enforced.settings.mode = MODE_ENFORCE;
    simulation->today = today;
    simulation->names = names_new(SIMULATION_NAMES_MAX, seed);
    simulation->keys = names_new(SIMULATION_ROWS_MAX, seed);
    if (simulation->names != NULL && simulation->keys != NULL)
        return simulation;
    simulation_free(simulation);
    return NULL;
}

void simulation_free(struct simulation *simulation)
{
    if (simulation == NULL)
        return;
    names_free(simulation->names);
    names_free(simulation->keys);
    free(simulation->rows);
    free(simulation);
}

/* A rule that acts and could not be answered, be it a tag that the evaluation passes by, leaves the message open. */
static void note_rule(void *context, const struct rule_trace *trace)
{
    struct judgement *judgement = context;

    if (judgement->open || trace->result != RULE_PENDING || trace->log_only)
        return;
    judgement->open = true;
    judgement->rule = trace->place;
    judgement->missing = trace->key;
}

static void judge(const struct simulation *simulation, const struct submission *sub, const struct recipient *to,
                  struct judgement *out)
{
    struct rule_observer observer = { note_rule, out };

    *out = (struct judgement){ .open = false };
    out->decision = policy_evaluate_observed(&simulation->enforced, sub, to, &observer);
    if (out->decision.certain || out->open)
        return;
    out->open = true;
    out->missing = out->decision.direction == DIRECTION_PENDING ? VIEW("transport") : VIEW("to");
}

static bool same_place(const struct place *a, const struct place *b)
{
    return a->line == b->line && view_eq(a->file, b->file);
}

static bool same_tags(const struct decision *a, const struct decision *b)
{
    if (a->tag_count != b->tag_count)
        return false;
    for (size_t i = 0; i < a->tag_count; i++) {
        if (!same_place(&a->tags[i].rule, &b->tags[i].rule))
            return false;
    }
    return true;
}

/* Which rule accepts does not matter. */
static bool same_judgement(const struct judgement *a, const struct judgement *b)
{
    enum verdict verdict = a->decision.now.verdict;

    return a->open == b->open && verdict == b->decision.now.verdict &&
           (verdict == VERDICT_ACCEPT || same_place(&a->decision.now.rule, &b->decision.now.rule)) &&
           same_tags(&a->decision, &b->decision);
}

/* Two possible facts lead to two decisions: the stricter one's rule is named. */
static void leave_open(struct judgement *judgement, const struct judgement *other)
{
    bool other_is_stricter = other->decision.now.verdict > judgement->decision.now.verdict;
    const struct decision stricter = other_is_stricter ? other->decision : judgement->decision;

    *judgement = (struct judgement){ .decision = { .direction = stricter.direction },
                                     .open = true,
                                     .rule = stricter.now.rule,
                                     .missing = fact_table[FACT_TLS].key };
}

/* Encrypted, by a version that the log does not say: where all of them lead to the same it is not needed. */
static void judge_versions(const struct simulation *simulation, const struct submission *sub,
                           const struct recipient *to, struct judgement *out)
{
    struct submission guess = *sub;
    struct judgement other = { .open = false };

    fact_set_number(&guess, FACT_TLS, TLS_1_0);
    judge(simulation, &guess, to, out);
    for (uint64_t version = TLS_1_1; version <= TLS_1_3; version++) {
        fact_set_number(&guess, FACT_TLS, version);
        judge(simulation, &guess, to, &other);
        if (!same_judgement(out, &other)) {
            leave_open(out, &other);
            return;
        }
    }
}

static const struct rule *find_rule(const struct policy *policy, const struct place *place)
{
    for (size_t i = 0; i < policy->rule_count; i++) {
        if (same_place(&policy->rules[i].place, place))
            return &policy->rules[i];
    }
    return NULL;
}

/* "?" is what the log does not say, "none" what there is not. */
static void fact_text(const struct submission *sub, enum fact_id id, struct buf *out)
{
    const struct fact *fact = &sub->facts[id];

    if (fact->state == FACT_PENDING)
        buf_add_char(out, '?');
    else if (fact->state == FACT_ABSENT)
        buf_add(out, VIEW("none"));
    else if (id == FACT_SENDER)
        buf_add(out, fact->text.n == 0 ? VIEW("<>") : fact->text);
    else
        fact_print(out, &fact_table[id], fact);
}

static uint32_t name_of(struct simulation *simulation, const struct submission *sub, enum fact_id id)
{
    char text[KEY_MAX];
    struct buf buf = BUF(text);

    fact_text(sub, id, &buf);
    return names_add(simulation->names, buf_view(&buf));
}

/* What is counted: one rule's fate for one message. */
struct hit {
    enum fate fate;
    bool log_only;
    struct place rule;
    struct view missing;
};

static bool make_room(struct simulation *simulation, size_t place)
{
    size_t room = simulation->room == 0 ? 64 : simulation->room * 2;
    struct row *rows;

    if (place < simulation->room)
        return true;
    rows = realloc(simulation->rows, room * sizeof(*rows));
    if (rows == NULL)
        return false;
    simulation->rows = rows;
    simulation->room = room;
    return true;
}

static struct row new_row(const struct simulation *simulation, const struct hit *hit, const uint32_t names[4])
{
    const struct rule *rule = hit->rule.line == 0 ? NULL : find_rule(&simulation->enforced, &hit->rule);

    return (struct row){ .fate = hit->fate,
                         .log_only = hit->log_only,
                         .rule = hit->rule,
                         .rule_text = rule != NULL ? rule->text : (struct view){ NULL, 0 },
                         .missing = hit->missing,
                         .listener = names[0],
                         .login = names[1],
                         .client = names[2],
                         .sender = names[3] };
}

/* The row of a hit, new or known; NULL without room, which is counted. */
static struct row *find_row(struct simulation *simulation, const struct submission *sub, const struct hit *hit)
{
    const uint32_t names[4] = { name_of(simulation, sub, FACT_LISTENER), name_of(simulation, sub, FACT_LOGIN),
                                name_of(simulation, sub, FACT_CLIENT), name_of(simulation, sub, FACT_SENDER) };
    char text[KEY_MAX];
    struct buf key = BUF(text);
    uint32_t before = names_count(simulation->keys), id = 0;

    buf_addf(&key, "%d %d %u %u %u %u %u %.*s %.*s", (int)hit->fate, (int)hit->log_only, hit->rule.line, names[0],
             names[1], names[2], names[3], VIEW_ARG(hit->missing), VIEW_ARG(hit->rule.file));
    if (!key.full && make_room(simulation, before))
        id = names_add(simulation->keys, buf_view(&key));
    if (id == 0) {
        simulation->counts.dropped++;
        return NULL;
    }
    if (id > before)
        simulation->rows[id - 1] = new_row(simulation, hit, names);
    return &simulation->rows[id - 1];
}

static void add_domain(struct simulation *simulation, struct row *row, struct view domain)
{
    uint32_t id = names_add(simulation->names, domain);

    for (size_t i = 0; i < row->domain_count; i++) {
        if (row->domains[i] == id)
            return;
    }
    if (id == 0 || row->domain_count == SIMULATION_DOMAINS_MAX)
        row->domains_more = true;
    else
        row->domains[row->domain_count++] = id;
}

static void count_hit(struct simulation *simulation, const struct simulated *message, const struct submission *sub,
                      const struct recipient *to, const struct hit *hit)
{
    struct row *row = find_row(simulation, sub, hit);

    if (row == NULL)
        return;
    if (row->serial != simulation->counts.messages) {
        row->serial = simulation->counts.messages;
        row->messages++;
        row->without_gate += message->without_gate;
        if (message->time > row->last)
            row->last = message->time;
    }
    if (to != NULL && to->domain.n > 0)
        add_domain(simulation, row, to->domain);
}

static enum fate fate_of_verdict(enum verdict verdict)
{
    static const enum fate fates[VERDICT_COUNT] = { [VERDICT_ACCEPT] = FATE_ACCEPTED,
                                                    [VERDICT_HOLD] = FATE_HELD,
                                                    [VERDICT_TEMPFAIL] = FATE_TEMPFAILED,
                                                    [VERDICT_REJECT] = FATE_REJECTED };

    return fates[verdict];
}

static enum fate fate_of(const struct judgement *judgement)
{
    const struct decision *decision = &judgement->decision;

    if (decision->now.verdict != VERDICT_ACCEPT)
        return fate_of_verdict(decision->now.verdict);
    if (judgement->open)
        return FATE_UNDECIDED;
    if (decision->direction == DIRECTION_INBOUND)
        return FATE_INBOUND;
    return decision->tag_count > 0 ? FATE_TAGGED : FATE_ACCEPTED;
}

/* What only would have been logged. */
static bool count_logged(struct simulation *simulation, const struct simulated *message, const struct submission *sub,
                         const struct recipient *to, const struct decision *decision)
{
    struct hit hit = { .log_only = true };

    if (decision->would.verdict != VERDICT_ACCEPT) {
        hit.fate = fate_of_verdict(decision->would.verdict);
        hit.rule = decision->would.rule;
        count_hit(simulation, message, sub, to, &hit);
    }
    if (decision->would_tag.line > 0) {
        hit.fate = FATE_TAGGED;
        hit.rule = decision->would_tag;
        count_hit(simulation, message, sub, to, &hit);
    }
    return hit.rule.line > 0;
}

/* All that one recipient's decision says, in rows. */
static enum fate count_judgement(struct simulation *simulation, const struct simulated *message,
                                 const struct submission *sub, const struct recipient *to,
                                 const struct judgement *judgement)
{
    const struct decision *decision = &judgement->decision;
    enum fate fate = fate_of(judgement);
    struct hit hit = { fate, false, decision->now.rule, { NULL, 0 } };

    if (fate == FATE_UNDECIDED) {
        hit.rule = judgement->rule;
        hit.missing = judgement->missing;
    }
    if (fate >= FATE_UNDECIDED)
        count_hit(simulation, message, sub, to, &hit);
    for (size_t i = 0; i < decision->tag_count; i++) {
        hit = (struct hit){ .fate = FATE_TAGGED, .rule = decision->tags[i].rule };
        count_hit(simulation, message, sub, to, &hit);
    }
    return fate;
}

static bool declares(const struct settings *settings, struct view name)
{
    for (size_t i = 0; i < settings->listener_count; i++) {
        if (view_eq(settings->listeners[i].name, name))
            return true;
    }
    return false;
}

static bool is_anonymous(const struct submission *sub)
{
    const struct fact *mechanism = &sub->facts[FACT_MECHANISM];

    return mechanism->state == FACT_KNOWN && mechanism->text.n == 0;
}

/* This file may declare other listeners than the one in force when the log was written. */
static void find_listener(const struct simulation *simulation, bool without_gate, struct submission *sub)
{
    const struct policy *policy = &simulation->enforced;
    const struct fact *port = &sub->facts[FACT_PORT], *local = &sub->facts[FACT_LISTEN_ADDRESS];
    struct fact *name = &sub->facts[FACT_LISTENER], *tls = &sub->facts[FACT_TLS];
    const struct listener *listener = NULL;

    if (port->state == FACT_KNOWN && port->number != 0)
        listener = policy_listener(policy, (unsigned)port->number, local->state == FACT_KNOWN ? &local->address : NULL,
                                   VIEW(""));
    if (listener != NULL)
        fact_set_text(sub, FACT_LISTENER, listener->name);
    else if (name->state == FACT_KNOWN && !declares(policy_settings(policy), name->text))
        name->state = !name->cut && (port->state == FACT_KNOWN || (without_gate && is_anonymous(sub))) ? FACT_ABSENT
                                                                                                       : FACT_PENDING;
    if (listener != NULL && tls->state == FACT_KNOWN && tls->number <= TLS_PROXIED)
        tls->number = listener->tls_by_proxy ? TLS_PROXIED : TLS_NONE;
}

static void note_time(struct simulation_counts *counts, int64_t time)
{
    if (counts->messages == 1 || time < counts->first)
        counts->first = time;
    if (counts->messages == 1 || time > counts->last)
        counts->last = time;
}

static enum fate add_recipient(struct simulation *simulation, const struct simulated *message,
                               const struct submission *sub, const struct recipient *to, bool *logged)
{
    struct judgement judgement = { .open = false };

    if (message->tls_version_unknown)
        judge_versions(simulation, sub, to, &judgement);
    else
        judge(simulation, sub, to, &judgement);
    *logged |= count_logged(simulation, message, sub, to, &judgement.decision);
    return count_judgement(simulation, message, sub, to, &judgement);
}

static enum fate stricter(enum fate a, enum fate b)
{
    return a > b ? a : b;
}

void simulation_add(struct simulation *simulation, const struct simulated *message)
{
    struct simulation_counts *counts = &simulation->counts;
    struct submission sub = *message->sub;
    enum fate fate = FATE_INBOUND;
    bool logged = false;

    counts->messages++;
    counts->without_gate += message->without_gate;
    note_time(counts, message->time);
    sub.today = simulation->today;
    find_listener(simulation, message->without_gate, &sub);
    for (size_t i = 0; i < message->to_count; i++)
        fate = stricter(fate, add_recipient(simulation, message, &sub, &message->to[i], &logged));
    /* Recipients that are not known are one more whose domain is still to come; nothing is worse than rejected. */
    if ((message->to_more || message->to_count == 0) && fate < FATE_REJECTED)
        fate = stricter(fate, add_recipient(simulation, message, &sub, NULL, &logged));
    counts->fates[fate]++;
    counts->logged += logged;
}

/* A full record always has the DKIM domains, if only to say that there are none: without them no header was read. */
static void forget_unread_header(struct submission *sub)
{
    if (sub->facts[FACT_DKIM].state == FACT_KNOWN)
        return;
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (fact_table[i].stage == STAGE_HEADERS && sub->facts[i].state == FACT_ABSENT)
            sub->facts[i].state = FACT_PENDING;
    }
}

void simulation_add_record(struct simulation *simulation, int64_t time, const struct record *record)
{
    struct submission sub = record->sub;
    struct simulated message = {
        .time = time, .sub = &sub, .to = record->to, .to_count = record->to_count, .to_more = record->to_more > 0
    };

    forget_unread_header(&sub);
    simulation_add(simulation, &message);
}

struct simulation_counts simulation_counts(const struct simulation *simulation)
{
    struct simulation_counts counts = simulation->counts;

    counts.names_refused = names_refused(simulation->names);
    return counts;
}

/* A name that found no room is as good as one that the log does not say. */
static struct view name_at(const struct simulation *simulation, uint32_t name)
{
    return name == 0 ? VIEW("?") : names_text(simulation->names, name);
}

bool simulation_row(const struct simulation *simulation, size_t index, struct simulation_row *out)
{
    const struct row *row;

    if (index >= names_count(simulation->keys))
        return false;
    row = &simulation->rows[index];
    *out = (struct simulation_row){ .fate = row->fate,
                                    .log_only = row->log_only,
                                    .rule = row->rule,
                                    .rule_text = row->rule_text,
                                    .missing = row->missing,
                                    .listener = name_at(simulation, row->listener),
                                    .login = name_at(simulation, row->login),
                                    .client = name_at(simulation, row->client),
                                    .sender = name_at(simulation, row->sender),
                                    .domain_count = row->domain_count,
                                    .domains_more = row->domains_more,
                                    .messages = row->messages,
                                    .without_gate = row->without_gate,
                                    .last = row->last };
    for (size_t i = 0; i < row->domain_count; i++)
        out->domains[i] = name_at(simulation, row->domains[i]);
    return true;
}
