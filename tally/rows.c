#include "tally/rows.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 16 };

bool rows_init(struct rows *rows, size_t size, uint32_t limit, uint64_t seed)
{
    *rows = (struct rows){ .keys = names_new(limit + 1, seed), .size = size, .limit = limit };
    return rows->keys != NULL;
}

void rows_done(struct rows *rows)
{
    names_free(rows->keys);
    free(rows->list);
    *rows = (struct rows){ 0 };
}

static bool make_room(struct rows *rows)
{
    uint32_t room = rows->room < ROOM_FIRST ? ROOM_FIRST : rows->room + rows->room / 2;
    char *list;

    if (names_count(rows->keys) < rows->room)
        return true;
    list = realloc(rows->list, room * rows->size);
    if (list == NULL)
        return false;
    rows->list = list;
    rows->room = room;
    return true;
}

void *rows_add(struct rows *rows, struct view key, bool *fresh)
{
    uint32_t id = names_find(rows->keys, key);

    *fresh = false;
    if (id == 0 && names_count(rows->keys) >= rows->limit) {
        rows->folded++;
        key = ROWS_OTHER;
        id = names_find(rows->keys, key);
    }
    if (id == 0) {
        if (!make_room(rows) || (id = names_add(rows->keys, key)) == 0)
            return NULL;
        memset(rows->list + (id - 1) * rows->size, 0, rows->size);
        *fresh = true;
    }
    return rows->list + (id - 1) * rows->size;
}

void *rows_at(const struct rows *rows, size_t index)
{
    return index < rows_count(rows) ? rows->list + index * rows->size : NULL;
}

struct view rows_key(const struct rows *rows, size_t index)
{
    return names_text(rows->keys, (uint32_t)index + 1);
}

size_t rows_count(const struct rows *rows)
{
    return names_count(rows->keys);
}
