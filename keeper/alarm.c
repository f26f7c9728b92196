#include "keeper/alarm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "alert/courier.h"
#include "keeper/sight.h"
#include "shared/civil.h"
#include "shared/hash.h"
#include "store/incident.h"

enum {
    PATH_ROOM = 4096,
    OWN_MAX = 256,   /* queue IDs of our own alert mail that are known */
    PAST_MAX = 4096, /* destinations whose past is remembered */
    QUEUE_ID_MAX = 32,
    DAY_SECONDS = 86400
};

/* One channel, its courier, and how far it was given what waits. */
struct post {
    struct courier courier;
    struct courier_settings settings;
    char key[COURIER_KEY_MAX], sent_path[PATH_ROOM], trouble[256];
    int64_t given;      /* the last notice's id */
    int64_t restart_at; /* ms */
    bool more;          /* there may be notices past `given` */
};

/* What an incident was before it was told, in case the transaction fails. */
struct before {
    struct incident *incident;
    uint64_t number, told;
    unsigned notices;
    int64_t next_repeat;
    bool closed;
};

/* Did a destination take TLS?  By the hash of its name; one that collides pushes the other out. */
struct past {
    uint64_t hash;
    int64_t day;
    bool took_tls;
};

struct alarm {
    struct alarm_settings settings;
    const struct alert_settings *alert;
    struct watch *watch;
    struct sight *sight;
    struct post posts[ALARM_CHANNELS_MAX];
    size_t post_count;
    struct before *undo;
    size_t undo_count;
    int64_t *gone; /* notices that wait no longer */
    size_t gone_count;
    bool asked; /* an operator may have left requests */
    uint64_t lost, lost_told;
    char own[OWN_MAX][QUEUE_ID_MAX];
    size_t own_next;
    struct past *past;
    uint64_t seed;
    int64_t now;
    int epoll;
};

/* ---- the past of destinations ---- */

static struct past *past_of(struct alarm *alarm, struct view domain, int64_t time)
{
    uint64_t hash = view_hash(domain, alarm->seed);
    struct past *past = &alarm->past[hash % PAST_MAX];

    if (past->hash != hash || past->day != time / DAY_MS)
        return NULL;
    return past;
}

static void remember_past(struct alarm *alarm, struct view domain, int64_t time, bool took_tls)
{
    uint64_t hash = view_hash(domain, alarm->seed);

    alarm->past[hash % PAST_MAX] = (struct past){ hash, time / DAY_MS, took_tls };
}

static bool took_tls(void *context, struct view domain, int64_t time)
{
    struct alarm *alarm = context;
    const struct past *past = past_of(alarm, domain, time);
    struct error error;
    bool took = false;

    if (past != NULL)
        return past->took_tls;
    if (ledger_took_tls(alarm->settings.ledger, domain, time - ALARM_TLS_DAYS * DAY_MS, time, &took, &error) == -1) {
        log_writef(alarm->settings.log, LOG_LEVEL_WARNING, "warning: %s", error.text);
        return false;
    }
    remember_past(alarm, domain, time, took);
    return took;
}

/* ---- open ---- */

static void on_open_incident(void *context, const struct incident *incident)
{
    (void)watch_restore(((struct alarm *)context)->watch, incident);
}

static struct post *post_of(struct alarm *alarm, struct view key)
{
    for (size_t i = 0; i < alarm->post_count; i++) {
        if (view_eq(view_of(alarm->posts[i].key), key))
            return &alarm->posts[i];
    }
    return NULL;
}

static void forget_notice(struct alarm *alarm, int64_t id)
{
    if (alarm->gone_count < NOTICES_MAX)
        alarm->gone[alarm->gone_count++] = id;
}

/* The lowest id that waits for a channel tells its courier what it may forget; what waits for nobody goes. */
static bool on_kept_notice(void *context, const struct notice *notice)
{
    struct alarm *alarm = context;
    struct post *post = post_of(alarm, notice->channel);

    if (post == NULL)
        forget_notice(alarm, notice->id);
    else if (post->settings.lowest == 0)
        post->settings.lowest = notice->id;
    if (post != NULL)
        post->more = true;
    return true;
}

static int add_post(struct alarm *alarm, const struct channel *channel, struct error *error)
{
    struct post *post = &alarm->posts[alarm->post_count];
    struct buf key = BUF(post->key);

    if (alarm->post_count == ALARM_CHANNELS_MAX)
        return error_set(error, ERROR_LIMIT, "alert names more than %d channels", ALARM_CHANNELS_MAX);
    courier_key(channel, &key);
    if (post_of(alarm, buf_view(&key)) != NULL)
        return 0; /* named twice, told once */
    (void)buf_text(&key);
    if (snprintf(post->sent_path, sizeof(post->sent_path), "%s-sent-%016llx", ledger_path(alarm->settings.ledger),
                 (unsigned long long)view_hash(buf_view(&key), 0)) >= PATH_ROOM)
        return error_set(error, ERROR_LIMIT, "the ledger's path is too long");
    post->courier.fd = -1;
    post->settings = (struct courier_settings){ .channel = channel,
                                                .relay = alarm->alert->relay,
                                                .sent_path = post->sent_path,
                                                .host = alarm->settings.host,
                                                .seed = (int64_t)alarm->seed };
    alarm->post_count++;
    return 0;
}

static void start_courier(struct alarm *alarm, struct post *post)
{
    struct epoll_event event = { .events = EPOLLIN };
    struct error error;

    post->restart_at = alarm->now + ALARM_RESTART_MS;
    post->given = 0;
    post->more = true;
    if (courier_start(&post->courier, &post->settings, &error) == -1)
        log_writef(alarm->settings.log, LOG_LEVEL_ERROR, "error: %s: %s", post->key, error.text);
    else
        (void)epoll_ctl(alarm->epoll, EPOLL_CTL_ADD, post->courier.fd, &event);
}

static int open_all(struct alarm *alarm, struct error *error)
{
    const struct watch_settings watching = { .alert = alarm->alert,
                                             .rules = alarm->settings.settings->delivery_rules,
                                             .rule_count = alarm->settings.settings->delivery_rule_count,
                                             .took_tls = took_tls,
                                             .context = alarm };
    int64_t seed = 0;

    if (ledger_get(alarm->settings.ledger, LEDGER_SEED, &seed, error) == -1)
        return -1;
    alarm->seed = (uint64_t)seed;
    alarm->watch = watch_new(&watching);
    alarm->sight = sight_new(alarm->seed);
    alarm->undo = calloc(WATCH_INCIDENTS_MAX, sizeof(*alarm->undo));
    alarm->gone = calloc(NOTICES_MAX, sizeof(*alarm->gone));
    alarm->past = calloc(PAST_MAX, sizeof(*alarm->past));
    if (alarm->watch == NULL || alarm->sight == NULL || alarm->undo == NULL || alarm->gone == NULL ||
        alarm->past == NULL)
        return error_set(error, ERROR_MEMORY, "out of memory");
    watch_clock(alarm->watch, alarm->now);
    for (size_t i = 0; i < alarm->alert->channel_count; i++) {
        if (add_post(alarm, &alarm->alert->channels[i], error) == -1)
            return -1;
    }
    if (ledger_incidents(alarm->settings.ledger, true, WATCH_INCIDENTS_MAX, on_open_incident, alarm, error) == -1 ||
        ledger_notices(alarm->settings.ledger, 0, on_kept_notice, alarm, error) == -1)
        return -1;
    alarm->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (alarm->epoll == -1)
        return error_set(error, ERROR_SYSTEM, "epoll: %s", strerror(errno));
    for (size_t i = 0; i < alarm->post_count; i++)
        start_courier(alarm, &alarm->posts[i]);
    return 0;
}

int alarm_open(const struct alarm_settings *settings, int64_t now, struct alarm **out, struct error *error)
{
    struct alarm *alarm;

    *out = NULL;
    if (settings->settings->alert.condition_count == 0)
        return 0;
    alarm = calloc(1, sizeof(*alarm));
    if (alarm == NULL)
        return error_set(error, ERROR_MEMORY, "out of memory");
    *alarm = (struct alarm){
        .settings = *settings, .alert = &settings->settings->alert, .now = now, .asked = true, .epoll = -1
    };
    if (open_all(alarm, error) == -1) {
        alarm_close(alarm);
        return -1;
    }
    *out = alarm;
    return 0;
}

void alarm_close(struct alarm *alarm)
{
    if (alarm == NULL)
        return;
    for (size_t i = 0; i < alarm->post_count; i++)
        courier_stop(&alarm->posts[i].courier);
    if (alarm->epoll != -1)
        close(alarm->epoll);
    watch_free(alarm->watch);
    sight_free(alarm->sight);
    free(alarm->undo);
    free(alarm->gone);
    free(alarm->past);
    free(alarm);
}

int alarm_fd(const struct alarm *alarm)
{
    return alarm == NULL ? -1 : alarm->epoll;
}

/* ---- what is read ---- */

void alarm_source(struct alarm *alarm, struct view name, const char *reason)
{
    if (alarm != NULL)
        watch_blind(alarm->watch, name, reason[0] == '\0' ? NULL : reason);
}

void alarm_volume(struct alarm *alarm, struct view name, unsigned percent)
{
    if (alarm != NULL)
        watch_volume(alarm->watch, name, percent);
}

static bool is_own(const struct alarm *alarm, struct view queue_id)
{
    for (size_t i = 0; queue_id.n > 0 && i < OWN_MAX; i++) {
        if (view_eq(view_of(alarm->own[i]), queue_id))
            return true;
    }
    return false;
}

static void on_delivery(void *context, const struct delivery *delivery)
{
    struct alarm *alarm = context;

    if (is_own(alarm, delivery->queue_id))
        return;
    watch_delivery(alarm->watch, delivery);
    if (delivery->protection == PROTECTION_ENCRYPTED && delivery->status == DELIVERY_SENT &&
        delivery->hop == HOP_DIRECT)
        remember_past(alarm, delivery->domain, delivery->time, true);
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    watch_settle(((struct alarm *)context)->watch, stretch, proven);
}

static void on_record(void *context, int64_t time, const struct record *record)
{
    const struct alarm *alarm = context;

    sight_record(alarm->sight, record);
    watch_record(alarm->watch, time, record);
}

/* smtpd(8) and cleanup(8) say when they cannot reach a milter: what is submitted then is not judged. */
static bool is_milter_warning(const struct log_line *line)
{
    return (line->writer->program == PROGRAM_SMTPD || line->writer->program == PROGRAM_CLEANUP) &&
           (view_starts(line->text, VIEW("warning: connect to Milter service ")) ||
            view_starts(line->text, VIEW("warning: milter ")));
}

static void on_line(void *context, const struct log_line *line)
{
    static const struct view findings[] = {
        [SIGHT_NO_RECORD] = VIEW_INIT("messages of authenticated clients without a record of the gate"),
        [SIGHT_NO_MACROS] = VIEW_INIT("records of the gate without the TLS of their session"),
    };
    struct alarm *alarm = context;
    enum sight_finding finding = sight_line(alarm->sight, line);

    if (finding != SIGHT_FINE)
        watch_blind_sign(alarm->watch, findings[finding], line->writer->host, line->time);
    if (is_milter_warning(line))
        watch_blind_sign(alarm->watch, VIEW("Postfix does not reach a milter"), line->text, line->time);
}

static void on_gap(void *context, int64_t time, uint64_t gaps)
{
    struct alarm *alarm = context;

    (void)gaps;
    watch_blind_sign(alarm->watch, VIEW("lines are missing from the log"), VIEW("gaps"), time);
}

/* ---- keeping ---- */

static struct incident *incident_by_reference(struct alarm *alarm, struct view reference)
{
    uint64_t number;

    if (!view_skip(&reference, VIEW("outward-")) || !view_number(reference, INT64_MAX, &number))
        return NULL;
    for (size_t i = 0; watch_incident(alarm->watch, i) != NULL; i++) {
        if (watch_incident(alarm->watch, i)->number == number)
            return watch_incident(alarm->watch, i);
    }
    return NULL;
}

static void on_request(void *context, const struct request *request)
{
    struct alarm *alarm = context;
    struct incident *incident = incident_by_reference(alarm, request->subject);
    uint64_t until;

    if (incident == NULL)
        return; /* over in the meantime */
    if (view_eq(request->verb, VIEW("acknowledge")))
        incident->acknowledged = incident->changed = true;
    if (view_eq(request->verb, VIEW("silence")) && view_number(request->argument, INT64_MAX, &until)) {
        incident->silenced_until = (int64_t)until;
        incident->changed = true;
    }
}

static struct incident_timing timing_of(const struct alarm *alarm)
{
    const struct alert_settings *alert = alarm->alert;
    int64_t seconds = alarm->now / 1000, local = seconds + alarm->settings.offset(NULL, seconds);
    unsigned minute = (unsigned)(local % DAY_SECONDS / 60);
    bool crosses = alert->quiet_from > alert->quiet_until;
    bool after = minute >= alert->quiet_from, before = minute < alert->quiet_until;

    return (struct incident_timing){ .repeat = (int64_t)alert->repeat * 1000,
                                     .recover = (int64_t)alert->recover * 1000,
                                     .quiet = crosses ? after || before : after && before };
}

static void undo(struct alarm *alarm)
{
    for (size_t i = 0; i < alarm->undo_count; i++) {
        const struct before *before = &alarm->undo[i];
        struct incident *incident = before->incident;

        incident->number = before->number;
        incident->told = before->told;
        incident->notices = before->notices;
        incident->next_repeat = before->next_repeat;
        incident->closed = before->closed;
        incident->changed = true;
    }
    alarm->undo_count = 0;
}

static int add_notices(struct alarm *alarm, const struct incident *incident, enum incident_event event, uint64_t told,
                       struct error *error)
{
    char *body = notice_json(incident, event, told, alarm->settings.host);

    if (body == NULL)
        return error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < alarm->post_count; i++) {
        struct notice notice = { .created = alarm->now,
                                 .channel = view_of(alarm->posts[i].key),
                                 .body = view_of(body) };
        int added = ledger_add_notice(alarm->settings.ledger, &notice, error);

        if (added == -1) {
            free(body);
            return -1;
        }
        alarm->lost += added == 1;
        alarm->posts[i].more = true;
    }
    free(body);
    return 0;
}

static int save_incident(struct alarm *alarm, struct incident *incident, const struct incident_timing *timing,
                         struct error *error)
{
    const struct before before = { incident,          incident->number,      incident->told,
                                   incident->notices, incident->next_repeat, incident->closed };
    enum incident_event event = incident_take_event(incident, alarm->now, timing);

    if (event == INCIDENT_NOTHING && !incident->changed)
        return 0;
    alarm->undo[alarm->undo_count++] = before;
    if (ledger_save_incident(alarm->settings.ledger, incident, error) == -1)
        return -1;
    return event == INCIDENT_NOTHING ? 0 : add_notices(alarm, incident, event, before.told, error);
}

static int save(void *context, struct error *error)
{
    struct alarm *alarm = context;
    struct incident_timing timing = timing_of(alarm);

    undo(alarm);
    if (ledger_take_requests(alarm->settings.ledger, on_request, alarm, error) == -1)
        return -1;
    for (size_t i = 0; watch_incident(alarm->watch, i) != NULL; i++) {
        if (save_incident(alarm, watch_incident(alarm->watch, i), &timing, error) == -1)
            return -1;
    }
    for (size_t i = 0; i < alarm->gone_count; i++) {
        if (ledger_remove_notice(alarm->settings.ledger, alarm->gone[i], error) == -1)
            return -1;
    }
    return 0;
}

/* ---- handing out ---- */

struct giving {
    struct alarm *alarm;
    struct post *post;
};

/* A clock that only just went ahead makes no notice old, see store/retention.h. */
static bool is_too_old(const struct alarm *alarm, const struct notice *notice)
{
    int64_t now = alarm->now / 1000;
    struct error ignored;

    if (notice->created >= alarm->now - ALARM_NOTICE_DAYS * DAY_MS)
        return false;
    (void)ledger_get(alarm->settings.ledger, LEDGER_RETENTION, &now, &ignored);
    return notice->created < now * 1000 - ALARM_NOTICE_DAYS * DAY_MS;
}

static bool on_waiting(void *context, const struct notice *notice)
{
    const struct giving *giving = context;
    struct post *post = giving->post;

    if (!view_eq(notice->channel, view_of(post->key)))
        return true;
    if (is_too_old(giving->alarm, notice)) {
        log_writef(giving->alarm->settings.log, LOG_LEVEL_ERROR,
                   "error: %s: took no notice for %d days; one is given up", post->key, ALARM_NOTICE_DAYS);
        forget_notice(giving->alarm, notice->id);
    } else if (!courier_give(&post->courier, notice->id, notice->body)) {
        post->more = true;
        return false;
    }
    post->given = notice->id;
    return true;
}

static void hand_out(struct alarm *alarm)
{
    struct error error;

    for (size_t i = 0; i < alarm->post_count; i++) {
        struct post *post = &alarm->posts[i];
        struct giving giving = { alarm, post };

        if (!post->more || post->courier.fd == -1)
            continue;
        post->more = false;
        if (ledger_notices(alarm->settings.ledger, post->given, on_waiting, &giving, &error) == -1)
            log_writef(alarm->settings.log, LOG_LEVEL_WARNING, "warning: %s", error.text);
    }
}

static void saved(void *context)
{
    struct alarm *alarm = context;

    for (size_t i = 0; watch_incident(alarm->watch, i) != NULL; i++)
        watch_incident(alarm->watch, i)->changed = false;
    watch_tidy(alarm->watch);
    alarm->undo_count = alarm->gone_count = 0;
    alarm->asked = false;
    if (alarm->lost + watch_lost(alarm->watch) > alarm->lost_told) {
        alarm->lost_told = alarm->lost + watch_lost(alarm->watch);
        log_writef(alarm->settings.log, LOG_LEVEL_ERROR, "error: no room for %llu events or notices of alerts so far",
                   (unsigned long long)alarm->lost_told);
    }
    hand_out(alarm);
}

/* "250 2.0.0 Ok: queued as 4B1C2D": what becomes of our own mail opens no incident. */
static void know_own(struct alarm *alarm, struct view reply)
{
    ptrdiff_t at = view_find(reply, VIEW("queued as "));
    struct view id;

    if (at < 0)
        return;
    id = view_trim(view_slice(reply, (size_t)at + sizeof("queued as ") - 1, reply.n));
    snprintf(alarm->own[alarm->own_next++ % OWN_MAX], QUEUE_ID_MAX, "%.*s",
             VIEW_ARG(view_slice(id, 0, QUEUE_ID_MAX - 1)));
}

static void take_answer(struct alarm *alarm, struct post *post, const struct courier_answer *answer)
{
    struct log *log = alarm->settings.log;

    if (answer->result == COURIER_TAKEN) {
        if (post->settings.channel->kind == CHANNEL_MAIL)
            know_own(alarm, view_of(answer->text));
        return;
    }
    if (answer->result == COURIER_TROUBLE) {
        if (strcmp(post->trouble, answer->text) != 0)
            log_writef(log, LOG_LEVEL_WARNING, "warning: alert by %s: %s; it is tried again", post->key, answer->text);
        snprintf(post->trouble, sizeof(post->trouble), "%s", answer->text);
        return;
    }
    if (answer->result == COURIER_REFUSED)
        log_writef(log, LOG_LEVEL_ERROR, "error: alert by %s: %s; it is given up", post->key, answer->text);
    post->trouble[0] = '\0';
    post->more = true;
    forget_notice(alarm, answer->id);
}

static void take_answers(struct alarm *alarm)
{
    for (size_t i = 0; i < alarm->post_count; i++) {
        struct post *post = &alarm->posts[i];
        struct courier_answer answer;
        int got = post->courier.fd == -1 ? 0 : courier_take(&post->courier, &answer);

        for (; got == 1; got = courier_take(&post->courier, &answer))
            take_answer(alarm, post, &answer);
        if (got == -1)
            courier_stop(&post->courier);
        if (post->courier.fd == -1 && alarm->now >= post->restart_at)
            start_courier(alarm, post);
    }
}

/* What the couriers have to say comes first: the next lines may be about our own mail. */
void alarm_clock(struct alarm *alarm, int64_t now)
{
    if (alarm == NULL)
        return;
    /* What was to wait does not wait longer for a clock that was set back. */
    for (size_t i = 0; i < alarm->post_count && now < alarm->now; i++)
        alarm->posts[i].restart_at -= alarm->now - now;
    alarm->now = now;
    watch_clock(alarm->watch, now);
    take_answers(alarm);
}

static bool incident_is_due(const struct alarm *alarm, const struct incident *incident,
                            const struct incident_timing *timing)
{
    return incident->changed || (!timing->quiet && incident_next(incident, timing) <= alarm->now);
}

bool alarm_is_due(struct alarm *alarm, int64_t now)
{
    struct incident_timing timing;

    if (alarm == NULL)
        return false;
    alarm_clock(alarm, now);
    hand_out(alarm);
    if (alarm->asked || alarm->gone_count > 0)
        return true;
    timing = timing_of(alarm);
    for (size_t i = 0; watch_incident(alarm->watch, i) != NULL; i++) {
        if (incident_is_due(alarm, watch_incident(alarm->watch, i), &timing))
            return true;
    }
    return false;
}

void alarm_requests(struct alarm *alarm)
{
    if (alarm != NULL)
        alarm->asked = true;
}

int64_t alarm_next(struct alarm *alarm)
{
    struct incident_timing timing;
    int64_t next = INT64_MAX;

    if (alarm == NULL)
        return INT64_MAX;
    timing = timing_of(alarm);
    for (size_t i = 0; watch_incident(alarm->watch, i) != NULL; i++) {
        int64_t at = incident_next(watch_incident(alarm->watch, i), &timing);

        if (timing.quiet && at < alarm->now + 60000)
            at = alarm->now + 60000;
        next = at < next ? at : next;
    }
    for (size_t i = 0; i < alarm->post_count; i++) {
        if (alarm->posts[i].courier.fd == -1 && alarm->posts[i].restart_at < next)
            next = alarm->posts[i].restart_at;
    }
    return next;
}

const struct stream_observer alarm_observer = { .delivery = on_delivery,
                                                .settle = on_settle,
                                                .record = on_record,
                                                .line = on_line,
                                                .gap = on_gap,
                                                .save = save,
                                                .saved = saved };
