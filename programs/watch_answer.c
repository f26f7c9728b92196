#include "programs/watch_answer.h"

#include <string.h>

#include <jansson.h>

#include "programs/foreign.h"
#include "programs/local_time.h"
#include "shared/civil.h"
#include "shared/domain.h"
#include "shared/stamp.h"

static const char *const only_names[] = {
    [WATCH_ALL] = "all",
    [WATCH_DELIVERIES] = "deliveries",
    [WATCH_DECISIONS] = "decisions",
    [WATCH_PLAINTEXT] = "plaintext",
    [WATCH_TROUBLE] = "trouble",
};

bool watch_only_parse(const char *word, enum watch_only *out)
{
    for (size_t i = 0; i < sizeof(only_names) / sizeof(only_names[0]); i++) {
        if (strcmp(only_names[i], word) == 0) {
            *out = (enum watch_only)i;
            return true;
        }
    }
    return false;
}

/* ---- what is shown ---- */

/* The domain, or one below it. */
static bool is_within(struct view domain, struct view wanted)
{
    if (wanted.n == 0 || view_eq(domain, wanted))
        return true;
    return view_ends(domain, wanted) && domain.n > wanted.n && domain.p[domain.n - wanted.n - 1] == '.';
}

static bool is_in_trouble(const struct delivery *delivery)
{
    return delivery->status != DELIVERY_SENT || delivery->failure != TLS_FAILURE_NONE || delivery->refusal.n > 0 ||
           delivery->protection == PROTECTION_PLAINTEXT || delivery->protection == PROTECTION_UNDECIDED;
}

static bool is_kind_wanted(const struct watch_answer *answer, const struct delivery *delivery)
{
    switch (answer->only) {
    case WATCH_DECISIONS:
        return false;
    case WATCH_PLAINTEXT:
        return delivery->protection == PROTECTION_PLAINTEXT || delivery->protection == PROTECTION_UNDECIDED;
    case WATCH_TROUBLE:
        return is_in_trouble(delivery);
    case WATCH_ALL:
    case WATCH_DELIVERIES:
        break;
    }
    return true;
}

static bool is_delivery_wanted(const struct watch_answer *answer, const struct delivery *delivery)
{
    struct view from = delivery->header_from.n > 0 ? delivery->header_from : delivery->sender_domain;

    return delivery->time >= answer->since && delivery->hop != HOP_INTERNAL && is_kind_wanted(answer, delivery) &&
           is_within(delivery->domain, answer->to) &&
           (answer->from.n == 0 || is_within(from, answer->from) || is_within(delivery->sender_domain, answer->from));
}

static bool has_recipient(const struct record *record, struct view domain)
{
    for (size_t i = 0; i < record->to_count; i++) {
        if (is_within(record->to[i].domain, domain))
            return true;
    }
    return domain.n == 0;
}

/* As the record writes it; empty for what is not known. */
static struct view fact_text(const struct record *record, enum fact_id id, struct buf *buf)
{
    const struct fact *fact = &record->sub.facts[id];
    size_t start = buf->len;

    if (fact->state == FACT_KNOWN)
        fact_print(buf, &fact_table[id], fact);
    return view_slice(buf_view(buf), start, buf->len);
}

/* A From may have several addresses. */
static bool is_from_within(const struct record *record, struct view domain)
{
    struct view list = record->sub.facts[FACT_HEADER_FROM].text, word;

    while (list_next(&list, &word)) {
        if (is_within(word, domain))
            return true;
    }
    return domain.n == 0;
}

static bool is_decision_wanted(const struct watch_answer *answer, int64_t time, const struct record *record)
{
    bool all = answer->only == WATCH_ALL || answer->only == WATCH_DECISIONS;
    char text[RECORD_MAX];
    struct buf buf = BUF(text);
    bool passed = record->decision.now.verdict == VERDICT_ACCEPT && record->decision.would.verdict == VERDICT_ACCEPT &&
                  record->trouble.n == 0;

    return time >= answer->since && record->decision.direction == DIRECTION_OUTBOUND &&
           (all || (answer->only == WATCH_TROUBLE && !passed)) && has_recipient(record, answer->to) &&
           (is_within(domain_of_address(fact_text(record, FACT_SENDER, &buf)), answer->from) ||
            is_from_within(record, answer->from));
}

/* ---- text ---- */

static void print_start(const struct watch_answer *answer, int64_t time, struct view queue_id)
{
    char text[64];
    struct buf stamp = BUF(text);
    int64_t local = time / 1000 + local_time_offset(NULL, time / 1000);
    struct civil civil = civil_of(local);

    buf_addf(&stamp, "%02u:%02u:%02u ", civil.hour, civil.minute, civil.second);
    fprintf(answer->out, "%.*s", VIEW_ARG(buf_view(&stamp)));
    foreign_print(answer->out, queue_id.n > 0 ? queue_id : VIEW("NOQUEUE"));
}

static void print_word(FILE *out, const char *before, struct view word)
{
    if (word.n == 0)
        return;
    fputs(before, out);
    foreign_print(out, word);
}

static void print_delivery(const struct watch_answer *answer, const struct delivery *delivery)
{
    FILE *out = answer->out;
    struct view from = delivery->header_from.n > 0 ? delivery->header_from : delivery->sender_domain;

    print_start(answer, delivery->time, delivery->queue_id);
    fprintf(out, "  %-8.*s %-9.*s ", VIEW_ARG(delivery_status_name(delivery->status)),
            VIEW_ARG(protection_name(delivery->protection)));
    foreign_print(out, from.n > 0 ? from : VIEW("?"));
    fputs(" -> ", out);
    foreign_print(out, delivery->domain);
    print_word(out, " via ", delivery->relay);
    print_word(out, " ", delivery->version);
    if (delivery->protection == PROTECTION_ENCRYPTED && delivery->level != PEER_NOT_LOGGED)
        print_word(out, " ", peer_level_name(delivery->level));
    if (delivery->failure != TLS_FAILURE_NONE)
        print_word(out, " tls-failure=", tls_failure_name(delivery->failure));
    print_word(out, " refused=", delivery->refusal);
    if (delivery->status != DELIVERY_SENT)
        print_word(out, " ", view_slice(delivery->reply, 0, 160));
    fputc('\n', out);
}

static void print_decision(const struct watch_answer *answer, int64_t time, const struct record *record)
{
    const struct decision *decision = &record->decision;
    char text[RECORD_MAX * 2];
    struct buf buf = BUF(text);
    struct view tls = fact_text(record, FACT_TLS, &buf), sender = fact_text(record, FACT_SENDER, &buf);
    FILE *out = answer->out;

    print_start(answer, time, record->queue_id);
    fprintf(out, "  %-8.*s %-9.*s ", VIEW_ARG(verdict_name(decision->now.verdict)),
            VIEW_ARG(tls.n > 0 ? tls : VIEW("local")));
    foreign_print(out, sender.n > 0 ? sender : VIEW("<>"));
    for (size_t i = 0; i < record->to_count && i < 3; i++)
        print_word(out, i == 0 ? " -> " : ",", record->to[i].domain);
    print_word(out, " listener ", fact_text(record, FACT_LISTENER, &buf));
    print_word(out, " login ", fact_text(record, FACT_LOGIN, &buf));
    if (decision->would.verdict != VERDICT_ACCEPT)
        print_word(out, " would ", verdict_name(decision->would.verdict));
    print_word(out, " trouble ", record->trouble);
    fputc('\n', out);
}

/* ---- JSON ---- */

static json_t *stamp_json(int64_t time)
{
    char text[40];
    struct buf stamp = BUF(text);

    stamp_rfc3339(&stamp, time, 0);
    return json_stringn(stamp.p, stamp.len);
}

/* One object a line, at once: whoever reads it acts on it. */
static void write_json(const struct watch_answer *answer, json_t *object)
{
    if (object == NULL)
        return;
    (void)json_dumpf(object, answer->out, JSON_COMPACT);
    fputc('\n', answer->out);
    json_decref(object);
}

static json_t *delivery_json(const struct delivery *delivery)
{
    json_t *object = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i, s:o, s:o}", "event", "delivery",
                               "time", stamp_json(delivery->time), "host", foreign_json(delivery->host), "queue_id",
                               foreign_json(delivery->queue_id), "from", foreign_json(delivery->sender_domain),
                               "header_from", foreign_json(delivery->header_from), "to", foreign_json(delivery->domain),
                               "relay", foreign_json(delivery->relay), "address", foreign_json(delivery->relay_address),
                               "port", (int)delivery->port, "hop", foreign_json(hop_name(delivery->hop)), "origin",
                               foreign_json(origin_name(delivery->origin)));
    json_t *more = json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "status",
        foreign_json(delivery_status_name(delivery->status)), "protection",
        foreign_json(protection_name(delivery->protection)), "evidence",
        foreign_json(evidence_name(delivery->evidence)), "level", foreign_json(peer_level_name(delivery->level)),
        "version", foreign_json(delivery->version), "cipher", foreign_json(delivery->cipher), "tls_failure",
        foreign_json(tls_failure_name(delivery->failure)), "refusal", foreign_json(delivery->refusal), "dsn",
        foreign_json(delivery->dsn), "reply", foreign_json(delivery->reply));

    if (object == NULL || more == NULL || json_object_update(object, more) == -1 ||
        (delivery->protection == PROTECTION_UNDECIDED &&
         json_object_set_new(object, "stretch", json_integer(delivery->stretch)) == -1)) {
        json_decref(object);
        object = NULL;
    }
    json_decref(more);
    return object;
}

static json_t *recipients_json(const struct record *record)
{
    json_t *list = json_array();

    for (size_t i = 0; i < record->to_count && list != NULL; i++) {
        if (json_array_append_new(list, foreign_json(record->to[i].domain)) == -1) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

static json_t *decision_json(int64_t time, struct view host, const struct record *record)
{
    const struct decision *decision = &record->decision;
    json_t *object = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:i}", "event", "decision", "time", stamp_json(time), "host",
        foreign_json(host), "queue_id", foreign_json(record->queue_id), "decision",
        foreign_json(verdict_name(decision->now.verdict)), "would", foreign_json(verdict_name(decision->would.verdict)),
        "mode", foreign_json(mode_name(record->mode)), "to", recipients_json(record), "to_more", (int)record->to_more);

    if (record->trouble.n > 0)
        (void)json_object_set_new(object, "trouble", foreign_json(record->trouble));
    for (size_t id = 0; id < FACT_COUNT && object != NULL; id++) {
        const struct fact *fact = &record->sub.facts[id];
        char text[RECORD_MAX], key[64];
        struct buf value = BUF(text), name = BUF(key);

        if (fact->state != FACT_KNOWN)
            continue;
        fact_print(&value, &fact_table[id], fact);
        buf_add(&name, fact_table[id].key);
        (void)json_object_set_new(object, buf_text(&name), foreign_json(buf_view(&value)));
    }
    return object;
}

/* ---- events ---- */

void watch_delivery(const struct watch_answer *answer, const struct delivery *delivery)
{
    if (!is_delivery_wanted(answer, delivery))
        return;
    if (answer->json)
        write_json(answer, delivery_json(delivery));
    else
        print_delivery(answer, delivery);
}

void watch_verdict(const struct watch_answer *answer, uint32_t stretch, bool proven)
{
    if (answer->only == WATCH_DECISIONS)
        return;
    if (answer->json)
        write_json(answer, json_pack("{s:s, s:I, s:s}", "event", "verdict", "stretch", (json_int_t)stretch,
                                     "protection", proven ? "plaintext" : "unknown"));
}

void watch_decision(const struct watch_answer *answer, int64_t time, struct view host, const struct record *record)
{
    if (!is_decision_wanted(answer, time, record))
        return;
    if (answer->json)
        write_json(answer, decision_json(time, host, record));
    else
        print_decision(answer, time, record);
}
