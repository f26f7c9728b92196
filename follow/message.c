#include "follow/message.h"

#include "shared/hash.h"

bool messages_init(struct messages *messages, uint64_t seed)
{
    *messages = (struct messages){ .names = names_new(MESSAGE_NAMES_MAX, seed), .seed = seed };
    aging_init(&messages->table, sizeof(struct message), MESSAGES_MAX);
    return messages->names != NULL;
}

void messages_done(struct messages *messages)
{
    names_free(messages->names);
    aging_done(&messages->table);
}

uint64_t message_hash(const struct messages *messages, uint32_t host, struct view queue_id)
{
    return hash_mix(hash_view(queue_id, messages->seed), host);
}

void message_seek(const struct messages *messages, uint64_t hash)
{
    aging_seek(&messages->table, hash);
}

void message_expect(const struct messages *messages, uint64_t hash)
{
    aging_expect(&messages->table, hash);
}

struct message *message_find(struct messages *messages, uint64_t hash)
{
    return aging_find(&messages->table, hash);
}

struct message *message_add(struct messages *messages, uint64_t hash)
{
    bool fresh;

    return aging_add(&messages->table, hash, &fresh);
}

struct message *message_begin(struct messages *messages, uint64_t hash)
{
    struct message *message = message_add(messages, hash);

    if (message != NULL) {
        *message = (struct message){ .entry = message->entry };
        aging_make_young(&messages->table, message);
    }
    return message;
}

void message_remove(struct messages *messages, uint64_t hash)
{
    struct message *message = message_find(messages, hash);

    if (message != NULL)
        aging_remove(&messages->table, message);
}

void message_goes_on(struct messages *messages, uint64_t from, uint64_t to)
{
    const struct message *old = message_find(messages, from);
    struct message known, *next;

    if (old == NULL)
        return;
    known = *old;
    next = message_add(messages, to);
    if (next == NULL)
        return;
    if (known.origin != ORIGIN_UNKNOWN)
        next->origin = known.origin;
    if (next->header_from == 0)
        next->header_from = known.header_from;
    if (next->signers == 0)
        next->signers = known.signers;
    if (next->sender == 0)
        next->sender = known.sender;
}
