#include "shared/names.h"

#include <stdlib.h>

#include "shared/hash.h"

enum {
    SLOTS_FIRST = 64,
    BLOCK_SIZE = 16384,
    CHUNK = 128,    /* names */
    TEXT_ROOM = 24, /* octets kept in the entry itself: nearly all domains */
    CACHE_LINE = 64,
    RECENT_BITS = 6,
    STRIDE_STEP = CACHE_LINE / 2 /* a name without a value lies in one cache line, the hot part of a large one in two */
};

/* In front of it lie the octets, or where there is no room for them a pointer into a block; behind it the value. */
struct name {
    uint32_t n, id;
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
    char **chunks;    /* of CHUNK names each, by id - 1; they never move */
    size_t text_room; /* octets from the begin of an entry to its struct name */
    size_t stride;    /* octets from one entry to the next */
    size_t second;    /* where in an entry its second line of the cache begins; its end where it has none */
    size_t third;     /* and its third */
    uint32_t count, chunk_count, chunk_room, limit;
    struct slot *slots; /* open addressing */
    uint32_t mask;
    struct block *blocks;
    uint64_t seed, refused;
    uint32_t recent[1 << RECENT_BITS]; /* ids by recent_place(); 0: none */
};

struct names *names_new_with(uint32_t limit, size_t text_size, size_t value_size, uint64_t seed)
{
    struct names *names = calloc(1, sizeof(*names));

    if (names == NULL)
        return NULL;
    names->limit = limit;
    names->seed = seed;
    if (text_size < sizeof(char *))
        text_size = sizeof(char *);
    names->text_room = (text_size + sizeof(uint64_t) - 1) / sizeof(uint64_t) * sizeof(uint64_t);
    names->stride = (names->text_room + sizeof(struct name) + value_size + STRIDE_STEP - 1) / STRIDE_STEP * STRIDE_STEP;
    names->second = names->stride > CACHE_LINE ? CACHE_LINE : names->stride - 1;
    names->third = names->stride > 2 * CACHE_LINE ? 2 * CACHE_LINE : names->stride - 1;
    names->mask = SLOTS_FIRST - 1;
    names->slots = calloc(SLOTS_FIRST, sizeof(*names->slots));
    if (names->slots == NULL) {
        free(names);
        return NULL;
    }
    return names;
}

struct names *names_new(uint32_t limit, uint64_t seed)
{
    return names_new_with(limit, TEXT_ROOM, 0, seed);
}

void names_free(struct names *names)
{
    if (names == NULL)
        return;
    for (struct block *block = names->blocks, *next; block != NULL; block = next) {
        next = block->next;
        free(block);
    }
    for (uint32_t i = 0; i < names->chunk_count; i++)
        free(names->chunks[i]);
    free(names->chunks);
    free(names->slots);
    free(names);
}

static char *entry_at(const struct names *names, uint32_t id)
{
    return names->chunks[(id - 1) / CHUNK] + (id - 1) % CHUNK * names->stride;
}

static struct name *name_of(const struct names *names, char *entry)
{
    return (struct name *)(void *)(entry + names->text_room);
}

/* Both places are read, and one chosen without a branch: which it is, hardly can be foreseen. */
static struct view text_of(const struct names *names, uint32_t id)
{
    char *entry = entry_at(names, id);
    size_t n = name_of(names, entry)->n;
    uintptr_t far, near = (uintptr_t)entry;

    memcpy(&far, entry, sizeof(far));
    return (struct view){ (const char *)(far ^ ((far ^ near) & -(uintptr_t)(n <= names->text_room))), n };
}

/* The slot of a name, or the free one where it belongs. */
static uint32_t find_slot(const struct names *names, struct view name, uint32_t hash)
{
    uint32_t slot = hash & names->mask;

    for (; names->slots[slot].id != 0; slot = (slot + 1) & names->mask) {
        if (names->slots[slot].hash == hash && hash_same(text_of(names, names->slots[slot].id), name))
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
    for (uint32_t i = 0; i <= names->mask; i++) {
        uint32_t slot = names->slots[i].hash & mask;

        if (names->slots[i].id == 0)
            continue;
        while (slots[slot].id != 0)
            slot = (slot + 1) & mask;
        slots[slot] = names->slots[i];
    }
    free(names->slots);
    names->slots = slots;
    names->mask = mask;
    return true;
}

static bool add_chunk(struct names *names)
{
    char *chunk;

    if (names->chunk_count == names->chunk_room) {
        uint32_t room = names->chunk_room == 0 ? 4 : names->chunk_room * 2;
        char **chunks = realloc(names->chunks, room * sizeof(*chunks));

        if (chunks == NULL)
            return false;
        names->chunks = chunks;
        names->chunk_room = room;
    }
    chunk = aligned_alloc(CACHE_LINE, CHUNK * names->stride);
    if (chunk == NULL)
        return false;
    memset(chunk, 0, CHUNK * names->stride);
    names->chunks[names->chunk_count++] = chunk;
    return true;
}

/* Room for a long text of its own. */
static char *add_text(struct names *names, size_t n)
{
    struct block *block = names->blocks;

    if (block == NULL || block->size - block->used < n) {
        size_t size = n > BLOCK_SIZE ? n : BLOCK_SIZE;

        block = malloc(sizeof(*block) + size);
        if (block == NULL)
            return NULL;
        *block = (struct block){ .next = names->blocks, .size = size };
        names->blocks = block;
    }
    block->used += n;
    return block->text + block->used - n;
}

/* As the entry of an id. */
static bool keep(struct names *names, uint32_t id, struct view name)
{
    char *entry = entry_at(names, id), *text = entry;

    if (name.n > names->text_room) {
        text = add_text(names, name.n);
        if (text == NULL)
            return false;
        memcpy(entry, &text, sizeof(text));
    }
    if (name.n > 0)
        memcpy(text, name.p, name.n);
    *name_of(names, entry) = (struct name){ (uint32_t)name.n, id };
    return true;
}

static bool has_room(struct names *names, struct view name)
{
    if (names->count >= names->limit || name.n > UINT32_MAX)
        return false;
    if (names->count == names->chunk_count * CHUNK && !add_chunk(names))
        return false;
    /* Half of the slots are free, so that a name mostly has the one where it belongs. */
    return (uint64_t)names->count * 2 <= (uint64_t)names->mask + 1 || grow_slots(names);
}

struct names_sought names_seek(const struct names *names, struct view name)
{
    uint32_t hash = (uint32_t)hash_name(name, names->seed);

    __builtin_prefetch(&names->slots[hash & names->mask]);
    return (struct names_sought){ name, hash };
}

void names_expect(const struct names *names, const struct names_sought *sought)
{
    uint32_t id = names->slots[sought->hash & names->mask].id;
    const char *entry;

    if (id == 0)
        return;
    entry = entry_at(names, id);
    __builtin_prefetch(entry, 1);
    __builtin_prefetch(entry + names->second, 1);
    __builtin_prefetch(entry + names->third, 1);
}

uint32_t names_take(struct names *names, const struct names_sought *sought)
{
    struct view name = sought->name;
    uint32_t hash = sought->hash, slot = find_slot(names, name, hash);

    if (names->slots[slot].id != 0)
        return names->slots[slot].id;
    if (!has_room(names, name) || !keep(names, names->count + 1, name)) {
        names->refused++;
        return 0;
    }
    names->count++;
    names->slots[find_slot(names, name, hash)] = (struct slot){ hash, names->count };
    return names->count;
}

uint32_t names_add(struct names *names, struct view name)
{
    struct names_sought sought = { name, (uint32_t)hash_name(name, names->seed) };

    return names_take(names, &sought);
}

/* Told by length and end: words that begin alike, as ciphers do, seldom end so. */
static inline uint32_t recent_place(struct view name)
{
    uint64_t end = name.n < 8 ? hash_short(name.p, name.n) : hash_word(name.p + name.n - 8);

    return (uint32_t)(hash_mix(name.n, end) >> (64 - RECENT_BITS));
}

uint32_t names_recall(const struct names *names, struct view name)
{
    uint32_t id = name.n == 0 ? 0 : names->recent[recent_place(name)];

    return id != 0 && hash_same(text_of(names, id), name) ? id : 0;
}

void names_remember(struct names *names, uint32_t id)
{
    struct view name = names_text(names, id);

    if (name.n > 0)
        names->recent[recent_place(name)] = id;
}

uint32_t names_add_frequent(struct names *names, struct view name)
{
    uint32_t id = names_recall(names, name);

    if (id == 0) {
        id = names_add(names, name);
        names_remember(names, id);
    }
    return id;
}

uint32_t names_peek(const struct names *names, const struct names_sought *sought)
{
    return names->slots[find_slot(names, sought->name, sought->hash)].id;
}

uint32_t names_find(const struct names *names, struct view name)
{
    struct names_sought sought = { name, (uint32_t)hash_name(name, names->seed) };

    return names_peek(names, &sought);
}

void names_expect_text(const struct names *names, uint32_t id)
{
    /* For no name that of the first, so that nothing branches. */
    if (names->count != 0)
        __builtin_prefetch(entry_at(names, id + (id == 0)));
}

struct view names_text(const struct names *names, uint32_t id)
{
    if (id == 0 || id > names->count)
        return (struct view){ NULL, 0 };
    return text_of(names, id);
}

void *names_value(const struct names *names, uint32_t id)
{
    return name_of(names, entry_at(names, id)) + 1;
}

uint32_t names_id(const void *value)
{
    return ((const struct name *)value - 1)->id;
}

uint32_t names_count(const struct names *names)
{
    return names->count;
}

uint64_t names_refused(const struct names *names)
{
    return names->refused;
}
