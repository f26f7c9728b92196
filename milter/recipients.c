#include "milter/recipients.h"

#include <assert.h>
#include <stdlib.h>

#include "shared/hash.h"

enum { ENTRIES_AT_FIRST = 1, ENTRIES_WITHOUT_SLOTS = 8 };

void recipients_init(struct recipients *set, struct arena *arena, uint64_t seed)
{
    *set = (struct recipients){ .arena = arena, .seed = seed };
}

void recipients_done(struct recipients *set)
{
    free(set->entries);
    free(set->slots);
    *set = (struct recipients){ .arena = set->arena, .seed = set->seed };
}

static size_t first_slot(const struct recipients *set, const struct recipient *recipient)
{
    return hash_view(recipient->transport, hash_view(recipient->domain, set->seed)) & set->mask;
}

static bool same(const struct recipient *a, const struct recipient *b)
{
    return view_eq(a->domain, b->domain) && view_eq(a->transport, b->transport);
}

/* The recipient's slot, or the free one where it belongs. */
static uint32_t *find_slot(const struct recipients *set, const struct recipient *recipient)
{
    size_t i = first_slot(set, recipient);

    while (set->slots[i] != 0 && !same(&set->entries[set->slots[i] - 1].recipient, recipient))
        i = (i + 1) & set->mask;
    return &set->slots[i];
}

/* A few are found faster by looking at each, and need no slots. */
static bool has_slots(const struct recipients *set)
{
    return set->slots != NULL;
}

/* Twice as many as entries, so that one is always free. */
static bool add_slots(struct recipients *set, size_t room)
{
    uint32_t *slots = calloc(room * 2, sizeof(*slots));

    if (slots == NULL)
        return false;
    free(set->slots);
    set->slots = slots;
    set->mask = room * 2 - 1;
    for (size_t i = 0; i < set->count; i++)
        *find_slot(set, &set->entries[i].recipient) = (uint32_t)i + 1;
    return true;
}

static bool grow(struct recipients *set)
{
    size_t room = set->room == 0 ? ENTRIES_AT_FIRST : set->room * 2;
    struct recipient_entry *entries = reallocarray(set->entries, room, sizeof(*entries));

    if (entries == NULL)
        return false;
    set->entries = entries;
    if (room > ENTRIES_WITHOUT_SLOTS && !add_slots(set, room))
        return false;
    set->room = room;
    return true;
}

static struct recipient_entry *find(const struct recipients *set, const struct recipient *recipient)
{
    if (has_slots(set)) {
        uint32_t slot = *find_slot(set, recipient);

        return slot == 0 ? NULL : &set->entries[slot - 1];
    }
    for (size_t i = 0; i < set->count; i++) {
        if (same(&set->entries[i].recipient, recipient))
            return &set->entries[i];
    }
    return NULL;
}

static struct recipient_entry *add(struct recipients *set, const struct recipient *recipient)
{
    struct recipient copy = { .domain = arena_copy(set->arena, recipient->domain) };

    copy.transport = arena_copy(set->arena, recipient->transport);
    if (copy.domain.p == NULL || copy.transport.p == NULL)
        return NULL;
    if (has_slots(set))
        *find_slot(set, recipient) = (uint32_t)set->count + 1;
    set->entries[set->count] = (struct recipient_entry){ .recipient = copy };
    return &set->entries[set->count++];
}

struct recipient_entry *recipients_add(struct recipients *set, const struct recipient *recipient, bool *added)
{
    struct recipient_entry *entry = find(set, recipient);

    *added = entry == NULL;
    if (entry != NULL)
        return entry;
    if (set->count == RECIPIENTS_MAX || (set->count == set->room && !grow(set)))
        return NULL;
    assert(set->entries != NULL);
    return add(set, recipient);
}
