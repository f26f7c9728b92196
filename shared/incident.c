#include "shared/incident.h"

static const struct view event_names[INCIDENT_EVENT_COUNT] = {
    [INCIDENT_NOTHING] = VIEW_INIT("nothing"),   [INCIDENT_OPENED] = VIEW_INIT("opened"),
    [INCIDENT_REPEATED] = VIEW_INIT("repeated"), [INCIDENT_RECOVERED] = VIEW_INIT("recovered"),
    [INCIDENT_HISTORY] = VIEW_INIT("history"),   [INCIDENT_TEST] = VIEW_INIT("test"),
};

struct view incident_event_name(enum incident_event event)
{
    return event_names[event];
}

static void copy_name(char to[INCIDENT_NAME_MAX], struct view from)
{
    struct view kept = view_slice(from, 0, INCIDENT_NAME_MAX - 1);

    if (kept.n > 0)
        memcpy(to, kept.p, kept.n);
    to[kept.n] = '\0';
}

void incident_begin(struct incident *incident, enum alert_condition_kind kind, struct view subject, int64_t time)
{
    *incident = (struct incident){ .kind = kind, .opened = time, .last = time, .changed = true };
    copy_name(incident->subject, subject);
}

static struct incident_share *find_share(struct incident *incident, struct view name)
{
    struct view wanted = view_slice(name, 0, INCIDENT_NAME_MAX - 1);
    struct incident_share *share;

    for (size_t i = 0; i < incident->share_count; i++) {
        if (view_eq(view_of(incident->shares[i].name), wanted))
            return &incident->shares[i];
    }
    if (incident->share_count == INCIDENT_SHARES_MAX)
        return NULL;
    share = &incident->shares[incident->share_count++];
    share->count = 0;
    copy_name(share->name, wanted);
    return share;
}

void incident_count(struct incident *incident, struct view name, int64_t time, int64_t now)
{
    struct incident_share *share = find_share(incident, name);

    if (share != NULL)
        share->count++;
    else
        incident->others++;
    incident->count++;
    if (time < incident->opened)
        incident->opened = time;
    if (time > incident->last)
        incident->last = time;
    incident->touched = now;
    incident->changed = true;
}

void incident_end(struct incident *incident, int64_t time)
{
    if (incident->ended != 0)
        return;
    incident->ended = time > incident->last ? time : incident->last;
    incident->changed = true;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

void incident_step_back(struct incident *incident, int64_t now, int64_t step)
{
    incident->opened = earlier(incident->opened, now);
    incident->last = earlier(incident->last, now);
    incident->touched = earlier(incident->touched, now);
    incident->next_repeat = earlier(incident->next_repeat - step, now + INCIDENT_REPEAT_MAX_MS);
}

static int64_t repeat_after(const struct incident *incident, const struct incident_timing *timing)
{
    int64_t wait = timing->repeat;

    for (unsigned i = 1; i < incident->notices && wait < INCIDENT_REPEAT_MAX_MS; i++)
        wait *= 2;
    return wait < INCIDENT_REPEAT_MAX_MS ? wait : INCIDENT_REPEAT_MAX_MS;
}

static enum incident_event tell(struct incident *incident, enum incident_event event, int64_t now,
                                const struct incident_timing *timing)
{
    incident->notices++;
    incident->told = incident->count;
    incident->next_repeat = now + repeat_after(incident, timing);
    incident->closed = event == INCIDENT_RECOVERED || event == INCIDENT_HISTORY;
    incident->changed = true;
    return event;
}

/*
 * Since when no event comes.  Old lines may have more behind them that are not read yet: events that were read late keep
 * an incident open as events that came late would.
 */
static int64_t silent_since(const struct incident *incident)
{
    return later(incident->last, incident->touched);
}

/* Something of it has not been told yet. */
static bool has_news(const struct incident *incident)
{
    return incident->count > incident->told && !incident->acknowledged;
}

static enum incident_event event_of(const struct incident *incident, int64_t now)
{
    if (incident->history)
        return now - incident->touched >= INCIDENT_SETTLE_MS ? INCIDENT_HISTORY : INCIDENT_NOTHING;
    if (incident->ended != 0)
        return INCIDENT_RECOVERED;
    if (incident->notices == 0)
        return INCIDENT_OPENED;
    return has_news(incident) && now >= incident->next_repeat ? INCIDENT_REPEATED : INCIDENT_NOTHING;
}

enum incident_event incident_take_event(struct incident *incident, int64_t now, const struct incident_timing *timing)
{
    enum incident_event event;

    if (incident->closed)
        return INCIDENT_NOTHING;
    if (!incident->history && !incident->lasting && now - silent_since(incident) >= timing->recover)
        incident_end(incident, incident->last);
    event = event_of(incident, now);
    if (event == INCIDENT_NOTHING || timing->quiet)
        return INCIDENT_NOTHING;
    if (now >= incident->silenced_until)
        return tell(incident, event, now, timing);
    if (incident->ended != 0 && incident->silenced_until == INT64_MAX)
        incident->closed = incident->changed = true;
    return INCIDENT_NOTHING;
}

int64_t incident_next(const struct incident *incident, const struct incident_timing *timing)
{
    int64_t next = INT64_MAX;

    if (incident->closed)
        return INT64_MAX;
    if (incident->history)
        return incident->touched + INCIDENT_SETTLE_MS;
    if (incident->ended != 0 || incident->notices == 0)
        return incident->silenced_until;
    if (!incident->lasting)
        next = silent_since(incident) + timing->recover;
    if (has_news(incident))
        next = earlier(next, later(incident->next_repeat, incident->silenced_until));
    return next;
}
