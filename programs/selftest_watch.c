#include "programs/selftest_watch.h"

#include <stdlib.h>
#include <string.h>

#include "follow/delivery_line.h"
#include "follow/queue_id.h"
#include "shared/record.h"

struct kept_record {
    size_t length;
    char text[RECORD_MAX + 1];
};

struct watch {
    struct view message_id;
    struct correlate *correlate;
    char ids[WATCH_IDS_MAX][QUEUE_ID_MAX + 1];
    size_t id_count;
    struct kept_record records[WATCH_RECORDS_MAX];
    size_t record_count; /* ever kept: the place of the next is this one's remainder */
    struct way_in in;
    struct way_out out;
};

static void keep(char out[WATCH_TEXT_MAX], struct view text)
{
    struct view cut = view_slice(text, 0, WATCH_TEXT_MAX - 1);

    if (cut.n > 0)
        memcpy(out, cut.p, cut.n);
    out[cut.n] = '\0';
}

static bool is_ours(const struct watch *watch, struct view queue_id)
{
    for (size_t i = 0; i < watch->id_count; i++) {
        if (view_eq(queue_id, view_of(watch->ids[i])))
            return true;
    }
    return false;
}

static void on_delivery(void *context, const struct delivery *delivery)
{
    struct watch *watch = context;
    struct way_out *out = &watch->out;

    if (out->final || delivery->hop == HOP_INTERNAL || !is_ours(watch, delivery->queue_id))
        return;
    *out = (struct way_out){ .found = true,
                             .final = delivery->status != DELIVERY_DEFERRED,
                             .status = delivery->status,
                             .protection = delivery->protection,
                             .evidence = delivery->evidence,
                             .reason = delivery->reason,
                             .level = delivery->level,
                             .stretch = delivery->stretch };
    keep(out->relay, delivery->relay);
    keep(out->version, delivery->version);
    keep(out->cipher, delivery->cipher);
    keep(out->dsn, delivery->dsn);
    keep(out->reply, delivery->reply);
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    struct way_out *out = &((struct watch *)context)->out;

    if (!out->found || out->protection != PROTECTION_UNDECIDED || out->stretch != stretch)
        return;
    out->protection = proven ? PROTECTION_PLAINTEXT : PROTECTION_UNKNOWN;
    out->reason = proven ? UNKNOWN_NO_REASON : UNKNOWN_LOGGING_UNPROVEN;
}

static void on_expired(void *context, int64_t time, struct view sender_domain)
{
    (void)context;
    (void)time;
    (void)sender_domain;
}

struct watch *watch_new(struct view message_id, const struct correlate_settings *settings)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    struct correlate_sink sink = {
        .delivery = on_delivery, .settle = on_settle, .expired = on_expired, .context = watch
    };

    if (watch == NULL)
        return NULL;
    watch->message_id = message_id;
    watch->correlate = correlate_new(settings, &sink);
    if (watch->correlate != NULL)
        return watch;
    free(watch);
    return NULL;
}

void watch_free(struct watch *watch)
{
    if (watch == NULL)
        return;
    correlate_free(watch->correlate);
    free(watch);
}

static void keep_place(char out[WATCH_TEXT_MAX], const struct place *place)
{
    struct buf buf = buf_over(out, WATCH_TEXT_MAX);

    if (place->line > 0)
        buf_addf(&buf, "%.*s:%u", VIEW_ARG(place->file), place->line);
    (void)buf_text(&buf);
}

static void keep_fact(char out[WATCH_TEXT_MAX], const struct submission *sub, enum fact_id id)
{
    char text[RECORD_MAX];
    struct buf buf = BUF(text);

    if (sub->facts[id].state == FACT_KNOWN)
        fact_print(&buf, &fact_table[id], &sub->facts[id]);
    else
        buf_add(&buf, VIEW("none"));
    keep(out, buf_view(&buf));
}

/* The first record is that of the submission; further ones are a filter's. */
static void take_record(struct watch *watch, const struct record *record)
{
    struct way_in *in = &watch->in;
    const struct submission *sub = &record->sub;

    if (in->found)
        return;
    *in = (struct way_in){ .found = true,
                           .encrypted =
                               sub->facts[FACT_TLS].state == FACT_KNOWN && sub->facts[FACT_TLS].number > TLS_NONE,
                           .verdict = record->decision.now.verdict,
                           .mode = record->mode };
    keep(in->queue_id, record->queue_id);
    keep_fact(in->listener, sub, FACT_LISTENER);
    keep_fact(in->client, sub, FACT_CLIENT);
    keep_fact(in->tls, sub, FACT_TLS);
    keep_fact(in->mechanism, sub, FACT_MECHANISM);
    keep_fact(in->login, sub, FACT_LOGIN);
    keep_place(in->rule, &record->decision.now.rule);
    keep_place(in->would, &record->decision.would.rule);
}

/* True when the text is a record of our message, which is then taken. */
static bool try_record(struct watch *watch, struct view text)
{
    char scratch[RECORD_MAX];
    struct buf buf = BUF(scratch);
    struct record record;

    if (!record_parse(text, &buf, &record) || !is_ours(watch, record.queue_id))
        return false;
    take_record(watch, &record);
    return true;
}

/* The gate's log may be read before the line of cleanup(8) that tells whose queue ID it is. */
static void on_gate(struct watch *watch, struct view text)
{
    struct kept_record *kept = &watch->records[watch->record_count % WATCH_RECORDS_MAX];

    if (try_record(watch, text) || text.n > RECORD_MAX)
        return;
    memcpy(kept->text, text.p, text.n);
    kept->length = text.n;
    watch->record_count++;
}

static void on_cleanup(struct watch *watch, struct view text)
{
    struct view queue_id;

    if (!queue_id_cut(&text, &queue_id) || !view_skip(&text, VIEW("message-id=")) ||
        !view_eq(text, watch->message_id) || is_ours(watch, queue_id) || watch->id_count == WATCH_IDS_MAX)
        return;
    memcpy(watch->ids[watch->id_count], queue_id.p, queue_id.n);
    watch->ids[watch->id_count++][queue_id.n] = '\0';
    for (size_t i = 0; i < WATCH_RECORDS_MAX && i < watch->record_count; i++)
        (void)try_record(watch, (struct view){ watch->records[i].text, watch->records[i].length });
}

/* local(8), virtual(8), pipe(8) and the like; the way out of mail that does not leave by SMTP. */
static void on_agent(struct watch *watch, const struct log_line *line)
{
    struct delivery_line delivery;
    struct view text = line->text, queue_id;
    struct way_out *out = &watch->out;

    if (out->final || !queue_id_cut(&text, &queue_id) || !is_ours(watch, queue_id) ||
        delivery_line_parse(text, &delivery) != 1)
        return;
    *out = (struct way_out){ .found = true,
                             .local = true,
                             .final = !view_eq(delivery.status, VIEW("deferred")),
                             .status = view_eq(delivery.status, VIEW("sent"))       ? DELIVERY_SENT
                                       : view_eq(delivery.status, VIEW("deferred")) ? DELIVERY_DEFERRED
                                                                                    : DELIVERY_BOUNCED };
    keep(out->relay, line->writer->tag);
    keep(out->dsn, delivery.dsn);
    keep(out->reply, delivery.text);
}

void watch_line(struct watch *watch, const struct log_line *line)
{
    switch (line->writer->program) {
    case PROGRAM_GATE:
        on_gate(watch, line->text);
        break;
    case PROGRAM_CLEANUP:
        on_cleanup(watch, line->text);
        break;
    case PROGRAM_SMTP:
    case PROGRAM_LMTP:
        break;
    default:
        if (line->writer->instance.n > 0)
            on_agent(watch, line);
    }
    correlate_line(watch->correlate, line);
}

bool watch_is_over(const struct watch *watch)
{
    return watch->in.found && (watch->out.final || watch->in.verdict != VERDICT_ACCEPT);
}

void watch_end(struct watch *watch)
{
    correlate_end(watch->correlate);
}

const struct way_in *watch_in(const struct watch *watch)
{
    return &watch->in;
}

const struct way_out *watch_out(const struct watch *watch)
{
    return &watch->out;
}
