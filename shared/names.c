#include "shared/names.h"

#include <stdlib.h>

#include "shared/hash.h"

enum { SLOTS_FIRST = 64, BLOCK_SIZE = 16384 };

struct name {
    const char *p;
    uint32_t n, hash;
};

struct slot {
    uint32_t hash, id; /* id 0: free */
};

struct block {
    struct block *next;
    size_t used, size;
    char text[];
};

struct names {
    struct name *list; /* by id - 1 */
    uint32_t count, room, limit;
    struct slot *slots; /* open addressing */
    uint32_t mask;
    struct block *blocks;
    uint64_t seed, refused;
};

struct names *names_new(uint32_t limit, uint64_t seed)
{
    struct names *names = calloc(1, sizeof(*names));

    if (names == NULL)
        return NULL;
    names->limit = limit;
    names->seed = seed;
    names->mask = SLOTS_FIRST - 1;
    names->slots = calloc(SLOTS_FIRST, sizeof(*names->slots));
    if (names->slots == NULL) {
        free(names);
        return NULL;
    }
    return names;
}

void names_free(struct names *names)
{
    if (names == NULL)
        return;
    for (struct block *block = names->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    free(names->list);
    free(names->slots);
    free(names);
}

/* The slot of a name, or the free one where it belongs. */
static uint32_t find_slot(const struct names *names, struct view name, uint32_t hash)
{
    uint32_t slot = hash & names->mask;

    for (; names->slots[slot].id != 0; slot = (slot + 1) & names->mask) {
        const struct name *known = &names->list[names->slots[slot].id - 1];

        if (names->slots[slot].hash == hash && hash_same((struct view){ known->p, known->n }, name))
            break;
    }
    return slot;
}

static bool grow_slots(struct names *names)
{
    uint32_t mask = names->mask * 2 + 1;
    struct slot *slots = calloc((size_t)mask + 1, sizeof(*slots));

    if (slots == NULL)
        return false;
    for (uint32_t id = 1; id <= names->count; id++) {
        uint32_t hash = names->list[id - 1].hash, slot = hash & mask;

        while (slots[slot].id != 0)
            slot = (slot + 1) & mask;
        slots[slot] = (struct slot){ hash, id };
    }
    free(names->slots);
    names->slots = slots;
    names->mask = mask;
    return true;
}

static bool grow_list(struct names *names)
{
    uint32_t room = names->room < SLOTS_FIRST ? SLOTS_FIRST : names->room + names->room / 2;
    struct name *list = realloc(names->list, room * sizeof(*list));

    if (list == NULL)
        return false;
    names->list = list;
    names->room = room;
    return true;
}

static const char *keep(struct names *names, struct view name)
{
    struct block *block = names->blocks;
    char *text;

    if (block == NULL || block->size - block->used < name.n) {
        size_t size = name.n > BLOCK_SIZE ? name.n : BLOCK_SIZE;

        block = malloc(sizeof(*block) + size);
        if (block == NULL)
            return NULL;
        *block = (struct block){ .next = names->blocks, .size = size };
        names->blocks = block;
    }
    text = block->text + block->used;
    if (name.n > 0)
        memcpy(text, name.p, name.n);
    block->used += name.n;
    return text;
}

static bool has_room(struct names *names, struct view name)
{
    if (names->count >= names->limit || name.n > UINT32_MAX)
        return false;
    if (names->count == names->room && !grow_list(names))
        return false;
    return (uint64_t)names->count * 4 < (uint64_t)names->mask * 3 || grow_slots(names);
}

uint32_t names_add(struct names *names, struct view name)
{
    uint32_t hash = (uint32_t)hash_view(name, names->seed);
    uint32_t slot = find_slot(names, name, hash);
    const char *text;

    if (names->slots[slot].id != 0)
        return names->slots[slot].id;
    if (!has_room(names, name) || (text = keep(names, name)) == NULL) {
        names->refused++;
        return 0;
    }
    names->list[names->count++] = (struct name){ text, (uint32_t)name.n, hash };
    names->slots[find_slot(names, name, hash)] = (struct slot){ hash, names->count };
    return names->count;
}

uint32_t names_find(const struct names *names, struct view name)
{
    return names->slots[find_slot(names, name, (uint32_t)hash_view(name, names->seed))].id;
}

struct view names_text(const struct names *names, uint32_t id)
{
    if (id == 0 || id > names->count)
        return (struct view){ NULL, 0 };
    return (struct view){ names->list[id - 1].p, names->list[id - 1].n };
}

uint32_t names_count(const struct names *names)
{
    return names->count;
}

uint64_t names_refused(const struct names *names)
{
    return names->refused;
}
