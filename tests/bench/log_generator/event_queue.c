#include "tests/bench/log_generator/event_queue.h"

#include <err.h>
#include <stdlib.h>

static bool before(const struct event *a, const struct event *b)
{
    return a->time != b->time ? a->time < b->time : a->number < b->number;
}

static void make_room(struct event_queue *queue)
{
    if (queue->count < queue->room)
        return;
    queue->room = queue->room == 0 ? 1024 : queue->room * 2;
    queue->events = reallocarray(queue->events, queue->room, sizeof(*queue->events));
    if (queue->events == NULL)
        err(1, "event queue");
}

void event_queue_add(struct event_queue *queue, int64_t time, enum happening happening, void *subject)
{
    struct event event = { time, queue->number++, happening, subject };
    size_t at;

    make_room(queue);
    at = queue->count++;
    while (at > 0 && before(&event, &queue->events[(at - 1) / 2])) {
        queue->events[at] = queue->events[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue->events[at] = event;
}

bool event_queue_take(struct event_queue *queue, struct event *out)
{
    struct event last;
    size_t at = 0, child;

    if (queue->count == 0)
        return false;
    *out = queue->events[0];
    last = queue->events[--queue->count];
    while ((child = 2 * at + 1) < queue->count) {
        if (child + 1 < queue->count && before(&queue->events[child + 1], &queue->events[child]))
            child++;
        if (!before(&queue->events[child], &last))
            break;
        queue->events[at] = queue->events[child];
        at = child;
    }
    queue->events[at] = last;
    return true;
}
