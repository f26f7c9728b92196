#include "programs/held_queue.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "shared/domain.h"

static struct view text_of(struct arena *arena, const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    if (!json_is_string(value))
        return (struct view){ NULL, 0 };
    return arena_copy(arena, (struct view){ json_string_value(value), json_string_length(value) });
}

static void add_domain(struct arena *arena, struct held *held, struct view address)
{
    char storage[DOMAIN_MAX];
    struct buf buf = BUF(storage);
    struct view domain = domain_of_address(address);

    if (domain_normalize(domain, &buf))
        domain = buf_view(&buf);
    for (size_t i = 0; i < held->domain_count; i++) {
        if (view_eq(held->domains[i], domain))
            return;
    }
    if (held->domain_count == HELD_DOMAINS_MAX)
        held->domains_more = true;
    else
        held->domains[held->domain_count++] = arena_copy(arena, domain);
}

static void read_recipients(struct arena *arena, const json_t *message, struct held *held)
{
    const json_t *recipients = json_object_get(message, "recipients"), *recipient;
    size_t i;

    json_array_foreach(recipients, i, recipient)
    {
        const json_t *address = json_object_get(recipient, "address");

        held->recipients++;
        if (json_is_string(address))
            add_domain(arena, held, (struct view){ json_string_value(address), json_string_length(address) });
    }
}

/* 1: a message on hold; 0: another one; -1: no message. */
static int read_message(struct arena *arena, const json_t *message, struct held *held)
{
    const json_t *queue = json_object_get(message, "queue_name"), *id = json_object_get(message, "queue_id");

    if (!json_is_string(queue) || !json_is_string(id) || json_string_length(id) == 0)
        return -1;
    if (strcmp(json_string_value(queue), "hold") != 0)
        return 0;
    *held = (struct held){ .queue_id = text_of(arena, message, "queue_id"),
                           .sender = text_of(arena, message, "sender"),
                           .arrival = json_integer_value(json_object_get(message, "arrival_time")),
                           .size = (uint64_t)json_integer_value(json_object_get(message, "message_size")) };
    /* showq(8) has a word of its own for the null sender. */
    if (view_eq(held->sender, VIEW("MAILER-DAEMON")))
        held->sender.n = 0;
    read_recipients(arena, message, held);
    return 1;
}

static void read_line(struct arena *arena, struct view line, struct held_queue *queue)
{
    json_t *message = json_loadb(line.p, line.n, JSON_REJECT_DUPLICATES, NULL);
    struct held held;
    int found = read_message(arena, message, &held);

    json_decref(message);
    if (found == -1)
        queue->strange++;
    else if (found == 1 && queue->count == HELD_MAX)
        queue->more++;
    else if (found == 1)
        queue->rows[queue->count++] = held;
}

static int by_queue_id(const void *a, const void *b)
{
    const struct held *left = a, *right = b;

    return view_cmp(left->queue_id, right->queue_id);
}

static bool is_whole(const struct held *held)
{
    bool whole = held->queue_id.p != NULL;

    for (size_t i = 0; i < held->domain_count; i++)
        whole = whole && held->domains[i].p != NULL;
    return whole;
}

bool held_queue_read(struct arena *arena, struct view listing, struct held_queue *out)
{
    struct view line;

    *out = (struct held_queue){ .rows = arena_alloc(arena, HELD_MAX * sizeof(struct held)) };
    if (out->rows == NULL)
        return false;
    while (view_next(&listing, '\n', &line)) {
        if (view_trim(line).n > 0)
            read_line(arena, line, out);
    }
    for (size_t i = 0; i < out->count; i++) {
        if (!is_whole(&out->rows[i]))
            return false;
    }
    qsort(out->rows, out->count, sizeof(*out->rows), by_queue_id);
    return true;
}

struct held *held_queue_find(const struct held_queue *queue, struct view queue_id)
{
    struct held wanted = { .queue_id = queue_id };

    return queue->count == 0 ? NULL : bsearch(&wanted, queue->rows, queue->count, sizeof(wanted), by_queue_id);
}
