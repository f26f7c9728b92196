#include "tally/rows.h"

bool rows_init(struct rows *rows, size_t key_size, size_t size, uint32_t limit, uint64_t seed)
{
    *rows = (struct rows){ .keys = names_new_with(limit + 1, key_size, size, seed), .limit = limit };
    return rows->keys != NULL;
}

void rows_done(struct rows *rows)
{
    names_free(rows->keys);
    *rows = (struct rows){ 0 };
}

struct names_sought rows_seek(const struct rows *rows, struct view key)
{
    return names_seek(rows->keys, key);
}

void rows_expect(const struct rows *rows, const struct names_sought *sought)
{
    names_expect(rows->keys, sought);
}

void *rows_add(struct rows *rows, struct view key, bool *fresh)
{
    struct names_sought sought = names_seek(rows->keys, key);

    return rows_take(rows, &sought, fresh);
}

void *rows_add_frequent(struct rows *rows, struct view key, bool *fresh)
{
    uint32_t id = names_recall(rows->keys, key);
    void *row;

    *fresh = false;
    if (id != 0)
        return names_value(rows->keys, id);
    row = rows_add(rows, key, fresh);
    if (row != NULL)
        names_remember(rows->keys, names_id(row));
    return row;
}

void *rows_take(struct rows *rows, const struct names_sought *sought, bool *fresh)
{
    uint32_t known = names_count(rows->keys), id;

    *fresh = false;
    if (known < rows->limit) {
        id = names_take(rows->keys, sought);
        *fresh = id > known;
    } else if ((id = names_peek(rows->keys, sought)) == 0) {
        id = names_add(rows->keys, ROWS_OTHER);
        *fresh = id > known;
    }
    return id == 0 ? NULL : names_value(rows->keys, id);
}

size_t rows_index(const void *row)
{
    return names_id(row) - 1;
}

void *rows_at(const struct rows *rows, size_t index)
{
    return index < rows_count(rows) ? names_value(rows->keys, (uint32_t)index + 1) : NULL;
}

struct view rows_key(const struct rows *rows, size_t index)
{
    return names_text(rows->keys, (uint32_t)index + 1);
}

size_t rows_count(const struct rows *rows)
{
    return names_count(rows->keys);
}
