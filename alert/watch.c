#include "alert/watch.h"

#include <stdlib.h>

#include "shared/buf.h"
#include "tally/violation.h"

enum { RATE_SECONDS = 60, SECOND_MS = 1000 };

/* Events of the last minute, by second. */
struct rate {
    int64_t second; /* of the newest */
    uint32_t counts[RATE_SECONDS];
    uint64_t sum;
};

/* What a delivery that waits for its verdict is judged by. */
struct awaited {
    int64_t time;
    uint32_t stretch;
    enum delivery_status status;
    bool settled;
    char domain[INCIDENT_NAME_MAX];
};

/* Sent messages of the last WATCH_SHARE_MS or so: two halves, the older one leaves as a whole. */
struct share {
    int64_t begin;
    uint64_t sent[2], unknown[2], encrypted[2];
};

struct watch {
    struct watch_settings settings;
    int64_t now;
    struct incident *incidents[WATCH_INCIDENTS_MAX];
    size_t incident_count;
    struct rate *rates; /* for each condition */
    struct awaited *waiting;
    size_t waiting_next;
    struct share share;
    uint64_t lost;
};

struct watch *watch_new(const struct watch_settings *settings)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    if (watch == NULL)
        return NULL;
    watch->settings = *settings;
    watch->rates = calloc(settings->alert->condition_count + 1, sizeof(*watch->rates));
    watch->waiting = calloc(WATCH_WAITING_MAX, sizeof(*watch->waiting));
    for (size_t i = 0; watch->waiting != NULL && i < WATCH_WAITING_MAX; i++)
        watch->waiting[i].settled = true;
    if (watch->rates != NULL && watch->waiting != NULL)
        return watch;
    watch_free(watch);
    return NULL;
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    for (size_t i = 0; i < watch->incident_count; i++)
        free(watch->incidents[i]);
    free(watch->rates);
    free(watch->waiting);
    free(watch);
}

/* Events of what is the future now would keep all that come from being counted. */
static void step_back(struct watch *watch, int64_t step)
{
    for (size_t i = 0; i < watch->incident_count; i++)
        incident_step_back(watch->incidents[i], watch->now, step);
    for (size_t i = 0; i < watch->settings.alert->condition_count && step >= (int64_t)RATE_SECONDS * SECOND_MS; i++)
        watch->rates[i] = (struct rate){ .sum = 0 };
}

void watch_clock(struct watch *watch, int64_t now)
{
    int64_t step = watch->now - now;

    watch->now = now;
    if (step > 0)
        step_back(watch, step);
}

uint64_t watch_lost(const struct watch *watch)
{
    return watch->lost;
}

/* ---- incidents ---- */

static struct incident *find_incident(struct watch *watch, enum alert_condition_kind kind, struct view subject,
                                      bool history)
{
    struct view wanted = view_slice(subject, 0, INCIDENT_NAME_MAX - 1);

    for (size_t i = 0; i < watch->incident_count; i++) {
        struct incident *incident = watch->incidents[i];

        if (incident->kind == kind && incident->history == history && !incident->closed && incident->ended == 0 &&
            view_eq(view_of(incident->subject), wanted))
            return incident;
    }
    return NULL;
}

static struct incident *add_incident(struct watch *watch)
{
    struct incident *incident;

    if (watch->incident_count == WATCH_INCIDENTS_MAX || (incident = malloc(sizeof(*incident))) == NULL)
        return NULL;
    watch->incidents[watch->incident_count++] = incident;
    return incident;
}

static bool is_fresh(const struct watch *watch, int64_t time)
{
    return time > watch->now - WATCH_FRESH_MS;
}

/* The incident of a condition, begun at need; NULL without room or memory. */
static struct incident *incident_of(struct watch *watch, enum alert_condition_kind kind, struct view subject,
                                    int64_t time)
{
    bool history = !is_fresh(watch, time);
    struct incident *incident = find_incident(watch, kind, subject, history);

    if (incident != NULL)
        return incident;
    incident = add_incident(watch);
    if (incident == NULL) {
        watch->lost++;
        return NULL;
    }
    incident_begin(incident, kind, subject, time);
    incident->history = history;
    return incident;
}

static void happened(struct watch *watch, enum alert_condition_kind kind, struct view subject, struct view name,
                     int64_t time)
{
    struct incident *incident = incident_of(watch, kind, subject, time);

    if (incident != NULL)
        incident_count(incident, name, time, watch->now);
}

bool watch_restore(struct watch *watch, const struct incident *incident)
{
    struct incident *kept = add_incident(watch);

    if (kept == NULL)
        return false;
    *kept = *incident;
    incident_step_back(kept, watch->now, 0);
    kept->changed = false;
    return true;
}

struct incident *watch_incident(struct watch *watch, size_t index)
{
    return index < watch->incident_count ? watch->incidents[index] : NULL;
}

void watch_tidy(struct watch *watch)
{
    size_t kept = 0;

    for (size_t i = 0; i < watch->incident_count; i++) {
        struct incident *incident = watch->incidents[i];

        if (incident->closed && !incident->changed)
            free(incident);
        else
            watch->incidents[kept++] = incident;
    }
    watch->incident_count = kept;
}

/* ---- rates ---- */

/* Count one event; how many there were within the minute up to it. */
static uint64_t rate_count(struct rate *rate, int64_t time)
{
    int64_t second = time / SECOND_MS;

    if (second - rate->second >= RATE_SECONDS) {
        *rate = (struct rate){ .second = second };
    }
    while (rate->second < second) {
        uint32_t *oldest = &rate->counts[++rate->second % RATE_SECONDS];

        rate->sum -= *oldest;
        *oldest = 0;
    }
    if (rate->second - second >= RATE_SECONDS)
        return 0;
    rate->counts[second % RATE_SECONDS]++;
    return ++rate->sum;
}

static void happened_often(struct watch *watch, size_t condition, struct view name, int64_t time)
{
    const struct alert_condition *row = &watch->settings.alert->conditions[condition];

    if (rate_count(&watch->rates[condition], time) > row->threshold)
        happened(watch, row->kind, (struct view){ NULL, 0 }, name, time);
}

/* ---- deliveries ---- */

static bool is_plaintext(const struct delivery *delivery)
{
    return delivery->protection == PROTECTION_PLAINTEXT && (delivery->status == DELIVERY_SENT || delivery->began) &&
           delivery->hop == HOP_DIRECT;
}

static void see_plaintext(struct watch *watch, const struct alert_condition *row, const struct delivery *delivery)
{
    char text[INCIDENT_NAME_MAX];
    struct buf subject = BUF(text);

    if (!is_plaintext(delivery) || (row->domains != NULL && !domain_set_has(row->domains, delivery->domain)))
        return;
    buf_addf(&subject, "to %s%.*s", row->domains == NULL ? "any" : "domain ", VIEW_ARG(row->list_name));
    happened(watch, row->kind, buf_view(&subject), delivery->domain, delivery->time);
}

static void see_violation(struct watch *watch, const struct alert_condition *row, const struct delivery *delivery)
{
    const struct delivery_rule *rules = watch->settings.rules;

    if (delivery->protection == PROTECTION_UNDECIDED)
        return;
    for (int require = 0; require <= 1; require++) {
        const struct delivery_rule *rule =
            delivery_violated_rule(rules, watch->settings.rule_count, require == 1, delivery);
        char text[INCIDENT_NAME_MAX];
        struct buf subject = BUF(text);

        if (rule == NULL)
            continue;
        buf_addf(&subject, "%s %s to %s%.*s", rule->require ? "require" : "expect",
                 rule->demand == DEMAND_VERIFIED ? "verified" : "encrypted", rule->domains == NULL ? "any" : "domain ",
                 VIEW_ARG(rule->list_name));
        happened(watch, row->kind, buf_view(&subject), delivery->domain, delivery->time);
    }
}

static void see_downgrade(struct watch *watch, const struct alert_condition *row, const struct delivery *delivery)
{
    const struct watch_settings *settings = &watch->settings;
    struct incident *incident;

    if (!is_plaintext(delivery) || settings->took_tls == NULL ||
        !settings->took_tls(settings->context, delivery->domain, delivery->time))
        return;
    incident = incident_of(watch, row->kind, (struct view){ NULL, 0 }, delivery->time);
    if (incident == NULL)
        return;
    incident_count(incident, delivery->domain, delivery->time, watch->now);
    incident->everywhere =
        incident->share_count >= WATCH_EVERYWHERE_MIN && watch->share.encrypted[0] + watch->share.encrypted[1] == 0;
}

static void see_refusal(struct watch *watch, const struct alert_condition *row, const struct delivery *delivery)
{
    char text[INCIDENT_NAME_MAX];
    struct buf name = BUF(text);

    if (!view_starts(delivery->refusal, VIEW("gmail ")))
        return;
    buf_addf(&name, "%.*s for %.*s", VIEW_ARG(delivery->refusal), VIEW_ARG(delivery->sender_domain));
    happened(watch, row->kind, (struct view){ NULL, 0 }, buf_view(&name), delivery->time);
}

static void see_failure(struct watch *watch, size_t condition, const struct delivery *delivery)
{
    char text[INCIDENT_NAME_MAX];
    struct buf name = BUF(text);

    if (delivery->failure == TLS_FAILURE_NONE || delivery->hop != HOP_DIRECT)
        return;
    buf_addf(&name, "%.*s to %.*s", VIEW_ARG(tls_failure_name(delivery->failure)), VIEW_ARG(delivery->domain));
    happened_often(watch, condition, buf_view(&name), delivery->time);
}

/* The deliveries of the last minutes, for what is known of them as a whole. */
static void count_share(struct watch *watch, const struct delivery *delivery)
{
    struct share *share = &watch->share;

    if (delivery->status != DELIVERY_SENT || delivery->hop != HOP_DIRECT || !is_fresh(watch, delivery->time))
        return;
    if (delivery->time - share->begin >= WATCH_SHARE_MS || share->begin - delivery->time >= WATCH_SHARE_MS)
        *share = (struct share){ .begin = delivery->time };
    if (delivery->time - share->begin >= WATCH_SHARE_MS / 2) {
        *share = (struct share){ .begin = share->begin + WATCH_SHARE_MS / 2,
                                 .sent = { share->sent[1], 0 },
                                 .unknown = { share->unknown[1], 0 },
                                 .encrypted = { share->encrypted[1], 0 } };
    }
    share->sent[1]++;
    share->unknown[1] += delivery->protection == PROTECTION_UNKNOWN;
    share->encrypted[1] += delivery->protection == PROTECTION_ENCRYPTED;
}

static void see_unknown(struct watch *watch, const struct alert_condition *row, const struct delivery *delivery)
{
    const struct share *share = &watch->share;
    uint64_t sent = share->sent[0] + share->sent[1], unknown = share->unknown[0] + share->unknown[1];

    if (delivery->protection == PROTECTION_UNKNOWN && delivery->hop == HOP_DIRECT && sent >= WATCH_UNKNOWN_MIN &&
        unknown * 100 >= sent * WATCH_UNKNOWN_PERCENT)
        happened(watch, row->kind, VIEW("deliveries without proof"), view_of(unknown_reason_help(delivery->reason)),
                 delivery->time);
}

static void judge(struct watch *watch, const struct delivery *delivery)
{
    const struct alert_settings *alert = watch->settings.alert;

    for (size_t i = 0; i < alert->condition_count; i++) {
        const struct alert_condition *row = &alert->conditions[i];

        if (row->kind == ALERT_PLAINTEXT)
            see_plaintext(watch, row, delivery);
        else if (row->kind == ALERT_VIOLATION)
            see_violation(watch, row, delivery);
        else if (row->kind == ALERT_DOWNGRADE)
            see_downgrade(watch, row, delivery);
        else if (row->kind == ALERT_GMAIL_REFUSAL)
            see_refusal(watch, row, delivery);
        else if (row->kind == ALERT_TLS_FAILURES)
            see_failure(watch, i, delivery);
        else if (row->kind == ALERT_BLIND)
            see_unknown(watch, row, delivery);
    }
}

static void wait_for_verdict(struct watch *watch, const struct delivery *delivery)
{
    struct awaited *waiting = &watch->waiting[watch->waiting_next++ % WATCH_WAITING_MAX];
    struct buf domain = BUF(waiting->domain);

    watch->lost += !waiting->settled;
    waiting->time = delivery->time;
    waiting->stretch = delivery->stretch;
    waiting->status = delivery->status;
    waiting->settled = false;
    buf_add(&domain, delivery->domain);
    (void)buf_text(&domain);
}

void watch_delivery(struct watch *watch, const struct delivery *delivery)
{
    count_share(watch, delivery);
    judge(watch, delivery);
    if (delivery->protection == PROTECTION_UNDECIDED && delivery->hop == HOP_DIRECT &&
        (delivery->status == DELIVERY_SENT || delivery->began))
        wait_for_verdict(watch, delivery);
}

/* Of a verdict that came late, only what plaintext alone tells is judged: the rest was judged at once. */
void watch_settle(struct watch *watch, uint32_t stretch, bool proven)
{
    for (size_t i = 0; i < WATCH_WAITING_MAX; i++) {
        struct awaited *waiting = &watch->waiting[i];
        const struct delivery delivery = { .time = waiting->time,
                                           .domain = view_of(waiting->domain),
                                           .status = waiting->status,
                                           .began = true,
                                           .hop = HOP_DIRECT,
                                           .protection = proven ? PROTECTION_PLAINTEXT : PROTECTION_UNKNOWN,
                                           .reason = UNKNOWN_LOGGING_UNPROVEN };

        if (waiting->settled || waiting->stretch != stretch)
            continue;
        waiting->settled = true;
        count_share(watch, &delivery);
        judge(watch, &delivery);
    }
}

/* ---- submissions ---- */

static bool is_known(const struct record *record, enum fact_id id)
{
    return record->sub.facts[id].state == FACT_KNOWN;
}

static bool is_local(const struct record *record)
{
    return is_known(record, FACT_LOCAL) && record->sub.facts[FACT_LOCAL].number == 1;
}

static bool is_plaintext_submission(const struct record *record)
{
    return is_known(record, FACT_TLS) && record->sub.facts[FACT_TLS].number == TLS_NONE;
}

static bool is_unauthenticated(const struct record *record)
{
    return is_known(record, FACT_MECHANISM) && record->sub.facts[FACT_MECHANISM].text.n == 0 &&
           !is_known(record, FACT_CERT_SUBJECT);
}

static void see_submission(struct watch *watch, size_t condition, int64_t time, const struct record *record)
{
    char text[INCIDENT_NAME_MAX];
    struct buf name = BUF(text);

    if (is_known(record, FACT_CLIENT))
        fact_print(&name, &fact_table[FACT_CLIENT], &record->sub.facts[FACT_CLIENT]);
    happened_often(watch, condition, buf_view(&name), time);
}

void watch_record(struct watch *watch, int64_t time, const struct record *record)
{
    const struct alert_settings *alert = watch->settings.alert;

    if (record->decision.direction != DIRECTION_OUTBOUND || is_local(record) ||
        (!is_plaintext_submission(record) && !is_unauthenticated(record)))
        return;
    for (size_t i = 0; i < alert->condition_count; i++) {
        if (alert->conditions[i].kind == ALERT_SUBMISSIONS)
            see_submission(watch, i, time, record);
    }
}

/* ---- what lasts ---- */

static void lasts(struct watch *watch, enum alert_condition_kind kind, struct view subject, struct view name)
{
    struct incident *incident = find_incident(watch, kind, subject, false);

    if (incident != NULL && incident->lasting)
        return;
    incident = incident_of(watch, kind, subject, watch->now);
    if (incident == NULL)
        return;
    incident->lasting = true;
    incident_count(incident, name, watch->now, watch->now);
}

static void is_over(struct watch *watch, enum alert_condition_kind kind, struct view subject)
{
    struct incident *incident = find_incident(watch, kind, subject, false);

    if (incident != NULL && incident->lasting)
        incident_end(incident, watch->now);
}

static bool has_condition(const struct watch *watch, enum alert_condition_kind kind)
{
    const struct alert_settings *alert = watch->settings.alert;

    for (size_t i = 0; i < alert->condition_count; i++) {
        if (alert->conditions[i].kind == kind)
            return true;
    }
    return false;
}

void watch_blind_sign(struct watch *watch, struct view kind, struct view what, int64_t time)
{
    if (has_condition(watch, ALERT_BLIND))
        happened(watch, ALERT_BLIND, kind, what, time);
}

void watch_blind(struct watch *watch, struct view what, const char *reason)
{
    if (reason != NULL && has_condition(watch, ALERT_BLIND))
        lasts(watch, ALERT_BLIND, what, view_of(reason));
    else
        is_over(watch, ALERT_BLIND, what);
}

void watch_volume(struct watch *watch, struct view name, unsigned percent)
{
    const struct alert_settings *alert = watch->settings.alert;

    for (size_t i = 0; i < alert->condition_count; i++) {
        const struct alert_condition *row = &alert->conditions[i];
        char text[INCIDENT_NAME_MAX];
        struct buf subject = BUF(text);

        if (row->kind != ALERT_VOLUME)
            continue;
        buf_addf(&subject, "%.*s over %u%%", VIEW_ARG(view_slice(name, 0, DOMAIN_MAX)), row->threshold);
        if (percent > row->threshold)
            lasts(watch, ALERT_VOLUME, buf_view(&subject), name);
        else
            is_over(watch, ALERT_VOLUME, buf_view(&subject));
    }
}
