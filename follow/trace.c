#include "follow/trace.h"

#include <stdlib.h>

#include "follow/aging.h"
#include "follow/queue_id.h"
#include "shared/hash.h"
#include "shared/names.h"
#include "shared/record.h"

/* How often a queue ID of a host has begun or ended so far in this pass. */
struct generation {
    struct aging_entry entry;
    uint32_t number;
};

struct trace {
    struct view target;
    bool by_id;
    uint64_t seed;
    struct aging generations;
    struct names *found; /* by the 8 octets of their hash */
    uint64_t overflow;
};

struct trace *trace_new(struct view target, uint64_t seed)
{
    struct trace *trace = calloc(1, sizeof(*trace));

    if (trace == NULL)
        return NULL;
    *trace = (struct trace){ .target = target, .by_id = queue_id_valid(target), .seed = seed };
    trace->found = names_new(TRACE_MESSAGES_MAX, seed);
    if (trace->found == NULL) {
        trace_free(trace);
        return NULL;
    }
    trace_begin(trace);
    return trace;
}

void trace_free(struct trace *trace)
{
    if (trace == NULL)
        return;
    names_free(trace->found);
    aging_done(&trace->generations);
    free(trace);
}

void trace_begin(struct trace *trace)
{
    aging_done(&trace->generations);
    aging_init(&trace->generations, sizeof(struct generation), TRACE_IDS_MAX);
}

/* The message that has this queue ID now. */
static uint64_t message_of(struct trace *trace, const struct log_line *line, struct view queue_id)
{
    uint64_t id = hash_mix(hash_view(queue_id, trace->seed), line->writer->host_number);
    const struct generation *generation = aging_find(&trace->generations, id);

    return hash_mix(id, generation == NULL ? 0 : generation->number);
}

static void next_generation(struct trace *trace, const struct log_line *line, struct view queue_id)
{
    uint64_t id = hash_mix(hash_view(queue_id, trace->seed), line->writer->host_number);
    bool fresh;
    struct generation *generation = aging_add(&trace->generations, id, &fresh);

    if (generation != NULL)
        generation->number++;
}

static bool is_known(const struct trace *trace, uint64_t message)
{
    return names_find(trace->found, (struct view){ (const char *)&message, sizeof(message) }) != 0;
}

/* True when it is new. */
static bool add(struct trace *trace, uint64_t message)
{
    if (is_known(trace, message))
        return false;
    if (names_add(trace->found, (struct view){ (const char *)&message, sizeof(message) }) != 0)
        return true;
    trace->overflow++;
    return false;
}

static bool is_target(const struct trace *trace, struct view text)
{
    return text.n > 0 && view_eq_nocase(text, trace->target);
}

static struct view login_of_record(const struct event *event, struct buf *scratch, struct record *record)
{
    const struct fact *login;

    if (!record_parse(event->text, scratch, record))
        return (struct view){ NULL, 0 };
    login = &record->sub.facts[FACT_LOGIN];
    return login->state == FACT_KNOWN ? login->text : (struct view){ NULL, 0 };
}

static bool names_target(const struct trace *trace, const struct event *event)
{
    switch (event->kind) {
    case EVENT_QUEUED:
    case EVENT_EXPIRED:
        return is_target(trace, event->sender);
    case EVENT_DELIVERY:
    case EVENT_FORWARDED:
        return is_target(trace, event->delivery.to) || is_target(trace, event->delivery.orig_to);
    case EVENT_CLIENT:
        return is_target(trace, event->client.login);
    default:
        return false;
    }
}

/* The queue ID that a record stands under; events of other kinds have theirs already. */
static struct view queue_id_of(const struct event *event)
{
    struct view text = event->text, id;

    if (event->kind == EVENT_RECORD && queue_id_cut(&text, &id))
        return id;
    return event->queue_id;
}

static bool matches(const struct trace *trace, const struct event *event, struct view queue_id)
{
    char text[RECORD_MAX];
    struct buf scratch = BUF(text);
    struct record record;

    if (trace->by_id)
        return view_eq(queue_id, trace->target);
    return names_target(trace, event) ||
           (event->kind == EVENT_RECORD && is_target(trace, login_of_record(event, &scratch, &record)));
}

/* The other message of a line that links two; empty without one. */
static struct view linked_id(const struct event *event)
{
    struct view id = { NULL, 0 };

    if (event->kind == EVENT_CLIENT)
        return event->client.orig_queue_id;
    if (event->kind == EVENT_DELIVERY)
        return queue_id_after(event->delivery.text, VIEW("queued as "), &id) ? id : (struct view){ NULL, 0 };
    return event->other;
}

/* smtpd and pickup begin a message, even if the end of the one before was not seen. */
static void begin_if_new(struct trace *trace, const struct log_line *line, const struct event *event)
{
    if (event->kind == EVENT_CLIENT || event->kind == EVENT_PICKUP)
        next_generation(trace, line, event->queue_id);
}

static void end_if_gone(struct trace *trace, const struct log_line *line, const struct event *event)
{
    if (event->kind == EVENT_REMOVED)
        next_generation(trace, line, event->queue_id);
}

/* A foreign server's "queued as" may look like one of our queue IDs: only a message seen on this host is followed. */
static bool is_seen(struct trace *trace, const struct log_line *line, struct view queue_id)
{
    return aging_find(&trace->generations, hash_mix(hash_view(queue_id, trace->seed), line->writer->host_number)) !=
           NULL;
}

static bool follow_link(struct trace *trace, const struct log_line *line, const struct event *event, uint64_t message)
{
    struct view other = linked_id(event);
    uint64_t linked;

    if (other.n == 0 || (event->kind == EVENT_DELIVERY && !is_seen(trace, line, other)))
        return false;
    linked = message_of(trace, line, other);
    if (is_known(trace, message))
        return add(trace, linked);
    return is_known(trace, linked) && add(trace, message);
}

bool trace_learn(struct trace *trace, const struct log_line *line, const struct event *event)
{
    struct view queue_id = queue_id_of(event);
    uint64_t message;
    bool news = false;

    if (queue_id.n == 0)
        return false;
    begin_if_new(trace, line, event);
    message = message_of(trace, line, queue_id);
    if (matches(trace, event, queue_id))
        news = add(trace, message);
    news |= follow_link(trace, line, event, message);
    end_if_gone(trace, line, event);
    return news;
}

bool trace_has(struct trace *trace, const struct log_line *line, const struct event *event)
{
    struct view queue_id = queue_id_of(event);
    bool has;

    if (queue_id.n == 0)
        return false;
    begin_if_new(trace, line, event);
    has = is_known(trace, message_of(trace, line, queue_id));
    end_if_gone(trace, line, event);
    return has;
}

uint64_t trace_overflow(const struct trace *trace)
{
    return trace->overflow;
}
