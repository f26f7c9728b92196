#include "programs/trace_answer.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "programs/foreign.h"
#include "programs/local_time.h"
#include "shared/plural.h"
#include "shared/stamp.h"

enum { REPLY_SHOWN = 300 /* octets of a server's reply in text */ };

void story_init(struct story *story)
{
    *story = (struct story){ 0 };
}

void story_done(struct story *story)
{
    arena_done(&story->arena);
    free(story->events);
}

static bool make_room(struct story *story)
{
    size_t room = story->room == 0 ? 64 : story->room * 2;
    struct trace_event *events;

    if (story->count < story->room)
        return true;
    if (story->count >= TRACE_EVENTS_MAX)
        return false;
    events = realloc(story->events, room * sizeof(*events));
    if (events == NULL)
        return false;
    story->events = events;
    story->room = room;
    return true;
}

void story_add(struct story *story, const struct trace_event *event)
{
    struct trace_event *kept;

    if (!make_room(story)) {
        story->dropped++;
        return;
    }
    kept = &story->events[story->count++];
    *kept = *event;
    struct view *const texts[] = { &kept->host,
                                   &kept->queue_id,
                                   &kept->detail,
                                   &kept->delivery.recipient,
                                   &kept->delivery.relay,
                                   &kept->delivery.version,
                                   &kept->delivery.reply,
                                   &kept->delivery.relay_address,
                                   &kept->delivery.key_exchange,
                                   &kept->delivery.dsn,
                                   &kept->delivery.cipher };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        *texts[i] = arena_copy(&story->arena, *texts[i]);
}

void story_add_at_its_time(struct story *story, const struct trace_event *event)
{
    size_t count = story->count, at = count;
    struct trace_event added;

    story_add(story, event);
    if (story->count == count)
        return;
    added = story->events[count];
    while (at > 0 && story->events[at - 1].time > added.time)
        at--;
    memmove(story->events + at + 1, story->events + at, (count - at) * sizeof(*story->events));
    story->events[at] = added;
}

void story_settle(struct story *story, uint32_t stretch, bool proven)
{
    for (size_t i = 0; i < story->count; i++) {
        struct delivery *delivery = &story->events[i].delivery;

        if (!story->events[i].attempt || delivery->protection != PROTECTION_UNDECIDED || delivery->stretch != stretch)
            continue;
        delivery->protection = proven ? PROTECTION_PLAINTEXT : PROTECTION_UNKNOWN;
        delivery->reason = proven ? UNKNOWN_NO_REASON : UNKNOWN_LOGGING_UNPROVEN;
    }
}

static void print_view(FILE *out, struct view text)
{
    foreign_print(out, text);
}

static void print_moment(FILE *out, int64_t millis)
{
    char text[64];
    struct buf buf = BUF(text);

    stamp_rfc3339(&buf, millis, local_time_offset(NULL, millis / 1000));
    print_view(out, buf_view(&buf));
}

/* Before the envelope went out the session's protection is nobody's concern; "plaintext" would raise a false alarm. */
static bool is_unused(const struct delivery *delivery)
{
    return !delivery->began && delivery->protection != PROTECTION_NONE && delivery->protection != PROTECTION_ENCRYPTED;
}

static void print_session(FILE *out, const struct delivery *delivery)
{
    if (is_unused(delivery)) {
        fputs("nothing of the mail was sent", out);
        return;
    }
    print_view(out, protection_name(delivery->protection));
    if (delivery->protection == PROTECTION_NONE)
        return;
    fputs(" (", out);
    print_view(out, evidence_name(delivery->evidence));
    if (delivery->protection == PROTECTION_UNKNOWN) {
        fputs(", ", out);
        print_view(out, unknown_reason_name(delivery->reason));
    }
    fputs(")", out);
    if (delivery->protection == PROTECTION_ENCRYPTED && delivery->version.n > 0) {
        fputs(" ", out);
        print_view(out, delivery->version);
        fputs(" ", out);
        print_view(out, delivery->cipher);
        fputs(", certificate ", out);
        print_view(out, peer_level_name(delivery->level));
    }
}

static void print_attempt(FILE *out, const struct delivery *delivery)
{
    fputs("to ", out);
    print_view(out, delivery->recipient);
    fputs(" by ", out);
    print_view(out, delivery->relay);
    if (delivery->relay_address.n > 0) {
        fputs("[", out);
        print_view(out, delivery->relay_address);
        fputs("]", out);
    }
    if (delivery->port != 0)
        fprintf(out, ":%u", delivery->port);
    fputs(": ", out);
    print_session(out, delivery);
    fputs("\n                                               ", out);
    print_view(out, delivery->dsn);
    fputs(" ", out);
    print_view(out, view_slice(delivery->reply, 0, REPLY_SHOWN));
}

void story_print_text(const struct story *story, FILE *out)
{
    for (size_t i = 0; i < story->count; i++) {
        const struct trace_event *event = &story->events[i];

        print_moment(out, event->time);
        fputs("  ", out);
        print_view(out, event->host);
        fputs(" ", out);
        print_view(out, event->queue_id);
        fprintf(out, event->attempt || event->detail.n > 0 ? "  %-9s " : "  %s", event->what);
        if (event->attempt)
            print_attempt(out, &event->delivery);
        else
            print_view(out, event->detail);
        fputs("\n", out);
    }
    if (story->dropped > 0)
        fprintf(out, "... and %llu more %s\n", (unsigned long long)story->dropped,
                plural(story->dropped, "event", "events"));
}

static json_t *moment_json(int64_t millis)
{
    char text[64];
    struct buf buf = BUF(text);

    stamp_rfc3339(&buf, millis, 0);
    return foreign_json(buf_view(&buf));
}

static void set_attempt(json_t *object, const struct delivery *delivery)
{
    json_object_set_new(object, "to", foreign_json(delivery->recipient));
    json_object_set_new(object, "relay", foreign_json(delivery->relay));
    json_object_set_new(object, "address", foreign_json(delivery->relay_address));
    json_object_set_new(object, "port", json_integer((json_int_t)delivery->port));
    json_object_set_new(object, "hop", foreign_json(hop_name(delivery->hop)));
    json_object_set_new(object, "protection", foreign_json(protection_name(delivery->protection)));
    json_object_set_new(object, "began", json_boolean(delivery->began));
    json_object_set_new(object, "evidence", foreign_json(evidence_name(delivery->evidence)));
    json_object_set_new(object, "reason", foreign_json(unknown_reason_name(delivery->reason)));
    json_object_set_new(object, "version", foreign_json(delivery->version));
    json_object_set_new(object, "cipher", foreign_json(delivery->cipher));
    json_object_set_new(object, "key_exchange", foreign_json(delivery->key_exchange));
    json_object_set_new(object, "level", foreign_json(peer_level_name(delivery->level)));
    json_object_set_new(object, "failure", foreign_json(tls_failure_name(delivery->failure)));
    json_object_set_new(object, "dsn", foreign_json(delivery->dsn));
    json_object_set_new(object, "reply", foreign_json(delivery->reply));
}

static json_t *event_json(const struct trace_event *event)
{
    json_t *object =
        json_pack("{s:o, s:o, s:o, s:s}", "time", moment_json(event->time), "host", foreign_json(event->host),
                  "queue_id", foreign_json(event->queue_id), "event", event->what);

    if (object == NULL)
        return NULL;
    if (event->attempt)
        set_attempt(object, &event->delivery);
    else
        json_object_set_new(object, "detail", foreign_json(event->detail));
    return object;
}

void story_print_json(const struct story *story, struct view target, FILE *out)
{
    json_t *events = json_array(), *answer;

    for (size_t i = 0; i < story->count; i++)
        json_array_append_new(events, event_json(&story->events[i]));
    answer = json_pack("{s:i, s:o, s:o, s:I}", "schema", 1, "target", foreign_json(target), "events", events, "dropped",
                       (json_int_t)story->dropped);
    (void)json_dumpf(answer, out, JSON_INDENT(2));
    fputc('\n', out);
    json_decref(answer);
}
