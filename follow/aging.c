#include "follow/aging.h"

#include <stdlib.h>
#include <string.h>

enum {
    ROOM_FIRST = 64,
    BUCKETS = 4 /* for each place: most stay empty, so that what is new need not look at what is old */
};

void aging_init(struct aging *table, size_t size, uint32_t limit)
{
    *table = (struct aging){ .size = size, .limit = limit };
}

void aging_done(struct aging *table)
{
    free(table->entries);
    free(table->buckets);
    *table = (struct aging){ .size = table->size, .limit = table->limit };
}

static struct aging_entry *at(const struct aging *table, uint32_t place)
{
    return (struct aging_entry *)(void *)(table->entries + place * table->size);
}

/* For writing: it may lie in two lines of the cache. */
static void fetch(const struct aging *table, uint32_t place)
{
    const char *entry = (const char *)at(table, place);

    __builtin_prefetch(entry, 1);
    __builtin_prefetch(entry + table->size - 1, 1);
}

void aging_seek(const struct aging *table, uint64_t hash)
{
    if (table->buckets != NULL)
        __builtin_prefetch(&table->buckets[hash & table->mask], 1);
}

void aging_expect(const struct aging *table, uint64_t hash)
{
    /* For none it is place 0, so that nothing branches. */
    if (table->buckets != NULL)
        fetch(table, table->buckets[hash & table->mask]);
}

void *aging_find(const struct aging *table, uint64_t hash)
{
    if (table->buckets == NULL)
        return NULL;
    for (uint32_t place = table->buckets[hash & table->mask]; place != 0; place = at(table, place)->chain) {
        if (at(table, place)->hash == hash)
            return at(table, place);
    }
    return NULL;
}

static void unlink_age(struct aging *table, const struct aging_entry *entry)
{
    if (entry->older != 0)
        at(table, entry->older)->younger = entry->younger;
    else
        table->oldest = entry->younger;
    if (entry->younger != 0)
        at(table, entry->younger)->older = entry->older;
    else
        table->youngest = entry->older;
}

static void link_youngest(struct aging *table, uint32_t place)
{
    struct aging_entry *entry = at(table, place);

    entry->age = ++table->last_age;
    entry->older = table->youngest;
    entry->younger = 0;
    if (table->youngest != 0)
        at(table, table->youngest)->younger = place;
    else
        table->oldest = place;
    table->youngest = place;
}

void aging_make_young(struct aging *table, void *entry)
{
    const struct aging_entry *young = entry;

    if (young->place == table->youngest)
        return;
    unlink_age(table, young);
    link_youngest(table, young->place);
}

void aging_remove(struct aging *table, void *entry)
{
    struct aging_entry *gone = entry;
    uint32_t place = gone->place;
    uint32_t *link = &table->buckets[gone->hash & table->mask];

    while (*link != place)
        link = &at(table, *link)->chain;
    *link = gone->chain;
    unlink_age(table, gone);
    gone->age = 0;
    gone->chain = table->unused;
    table->unused = place;
    table->count--;
}

void *aging_oldest(const struct aging *table)
{
    return table->oldest == 0 ? NULL : at(table, table->oldest);
}

uint32_t aging_places(const struct aging *table)
{
    return table->places;
}

void *aging_at(const struct aging *table, uint32_t place)
{
    struct aging_entry *entry;

    if (place == 0 || place > table->places)
        return NULL;
    entry = at(table, place);
    return entry->age == 0 ? NULL : entry;
}

static bool grow(struct aging *table)
{
    uint32_t room = table->room == 0 ? ROOM_FIRST : table->room * 2;
    char *entries = realloc(table->entries, room * table->size);
    uint32_t *buckets;

    if (entries == NULL)
        return false;
    table->entries = entries;
    buckets = calloc((size_t)room * BUCKETS, sizeof(*buckets));
    if (buckets == NULL)
        return false;
    free(table->buckets);
    table->buckets = buckets;
    table->mask = room * BUCKETS - 1;
    for (uint32_t place = table->oldest; place != 0; place = at(table, place)->younger) {
        uint32_t *link = &buckets[at(table, place)->hash & table->mask];

        at(table, place)->chain = *link;
        *link = place;
    }
    table->room = room;
    return true;
}

/* A place for one more entry; 0 when memory is out. */
static uint32_t free_place(struct aging *table)
{
    uint32_t place;

    if (table->count >= table->limit) {
        aging_remove(table, aging_oldest(table));
        table->evicted++;
    }
    if (table->unused != 0) {
        place = table->unused;
        table->unused = at(table, place)->chain;
        fetch(table, table->unused); /* the next that is added to is not of late, either */
        return place;
    }
    /* Without unused places all up to count are taken, and place 0 stays empty. */
    if (table->count + 1 >= table->room && !grow(table))
        return 0;
    table->places = table->count + 1;
    return table->places;
}

void *aging_add(struct aging *table, uint64_t hash, bool *fresh)
{
    struct aging_entry *entry = aging_find(table, hash);
    uint32_t place;

    *fresh = entry == NULL;
    if (entry != NULL)
        return entry;
    place = free_place(table);
    if (place == 0)
        return NULL;
    entry = at(table, place);
    memset(entry, 0, table->size);
    entry->hash = hash;
    entry->place = place;
    entry->chain = table->buckets[hash & table->mask];
    table->buckets[hash & table->mask] = place;
    link_youngest(table, place);
    table->count++;
    return entry;
}
