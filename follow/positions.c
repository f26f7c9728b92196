#include "follow/positions.h"

#include <stdlib.h>
#include <string.h>

void positions_init(struct positions *positions)
{
    *positions = (struct positions){ 0 };
}

void positions_done(struct positions *positions)
{
    free(positions->list);
    free(positions->changed);
    arena_done(&positions->texts);
    positions_init(positions);
}

static bool make_room(struct positions *positions)
{
    size_t room = positions->room == 0 ? 16 : positions->room * 2;
    struct position *list;
    bool *changed;

    if (positions->count < positions->room)
        return true;
    list = realloc(positions->list, room * sizeof(*list));
    if (list == NULL)
        return false;
    positions->list = list;
    changed = realloc(positions->changed, room * sizeof(*changed));
    if (changed == NULL)
        return false;
    positions->changed = changed;
    positions->room = room;
    return true;
}

bool positions_add(struct positions *positions, const struct position *position)
{
    struct view source = arena_copy(&positions->texts, position->source);

    if (source.p == NULL || !make_room(positions))
        return false;
    positions->changed[positions->count] = false;
    positions->list[positions->count] = *position;
    positions->list[positions->count++].source = source;
    return true;
}

static bool begins_alike(const struct position *position, struct log_file *file)
{
    struct error ignored;
    uint64_t head;

    return position->head_length > 0 && log_file_head(file, position->head_length, &head, &ignored) == 1 &&
           head == position->head;
}

/* The longest beginning tells most: a file's first line may be that of an older, shorter one. */
ptrdiff_t positions_find(const struct positions *positions, struct log_file *file)
{
    ptrdiff_t found = POSITION_UNKNOWN;

    for (size_t i = 0; i < positions->count; i++) {
        const struct position *position = &positions->list[i];

        if ((found == POSITION_UNKNOWN || position->head_length > positions->list[found].head_length) &&
            begins_alike(position, file))
            found = (ptrdiff_t)i;
    }
    return found;
}

ptrdiff_t positions_latest(const struct positions *positions, struct view source)
{
    ptrdiff_t found = POSITION_UNKNOWN;

    for (size_t i = 0; i < positions->count; i++) {
        if (view_eq(positions->list[i].source, source) &&
            (found == POSITION_UNKNOWN || positions->list[i].seen >= positions->list[found].seen))
            found = (ptrdiff_t)i;
    }
    return found;
}

int positions_note(struct positions *positions, struct log_file *file, bool before_last, struct view source,
                   ptrdiff_t *index, struct error *error)
{
    struct position position = { .source = source };

    if (*index != POSITION_UNKNOWN)
        position = positions->list[*index];
    if (log_file_position(file, before_last, &position, error) == -1)
        return -1;
    if (position.offset == 0 && *index == POSITION_UNKNOWN)
        return 0;
    if (*index == POSITION_UNKNOWN) {
        if (!positions_add(positions, &position))
            return error_set(error, ERROR_MEMORY, "%s: out of memory", log_file_path(file));
        *index = (ptrdiff_t)positions->count - 1;
    }
    position.source = positions->list[*index].source;
    if (position.offset == positions->list[*index].offset && positions->list[*index].id != 0 && position.source.n > 0)
        return 0;
    if (source.n > 0 && position.source.n == 0)
        position.source = arena_copy(&positions->texts, source);
    positions->list[*index] = position;
    positions->changed[*index] = true;
    return 0;
}
