#include "follow/state_octets.h"

#include <stdlib.h>
#include <string.h>

enum { ROOM_FIRST = 4096, TEXT_MAX = 65535 };

void state_done(struct state *state)
{
    free(state->p);
    *state = (struct state){ 0 };
}

void state_reset(struct state *state)
{
    state->n = 0;
    state->failed = false;
}

static bool make_room(struct state *state, size_t more)
{
    size_t room = state->room < ROOM_FIRST ? ROOM_FIRST : state->room;
    char *grown;

    while (room < state->n + more)
        room *= 2;
    if (room == state->room)
        return true;
    grown = realloc(state->p, room);
    if (grown == NULL) {
        state->failed = true;
        return false;
    }
    state->p = grown;
    state->room = room;
    return true;
}

/* Least significant octet first. */
void state_put(struct state *state, uint64_t value, size_t size)
{
    if (!make_room(state, size))
        return;
    for (size_t i = 0; i < size; i++)
        state->p[state->n++] = (char)(unsigned char)(value >> (8 * i));
}

void state_put_text(struct state *state, struct view text)
{
    struct view cut = view_slice(text, 0, TEXT_MAX);

    state_put(state, cut.n, 2);
    if (cut.n == 0 || !make_room(state, cut.n))
        return;
    memcpy(state->p + state->n, cut.p, cut.n);
    state->n += cut.n;
}

static uint64_t field_value(const struct state_field *field, const void *row)
{
    const unsigned char *p = (const unsigned char *)row + field->offset;
    uint64_t wide;
    uint32_t narrow;

    if (field->size == 1)
        return *p;
    if (field->size == sizeof(narrow)) {
        memcpy(&narrow, p, sizeof(narrow));
        return narrow;
    }
    memcpy(&wide, p, sizeof(wide));
    return wide;
}

static void set_field(const struct state_field *field, void *row, uint64_t value)
{
    unsigned char *p = (unsigned char *)row + field->offset;
    uint32_t narrow = (uint32_t)value;

    if (field->size == 1)
        *p = (unsigned char)value;
    else if (field->size == sizeof(narrow))
        memcpy(p, &narrow, sizeof(narrow));
    else
        memcpy(p, &value, sizeof(value));
}

void state_put_fields(struct state *state, const struct state_field *fields, size_t count, const void *row)
{
    for (size_t i = 0; i < count; i++)
        state_put(state, field_value(&fields[i], row), fields[i].size);
}

bool state_take(struct view *in, uint64_t *value, size_t size)
{
    if (in->n < size)
        return false;
    *value = 0;
    for (size_t i = 0; i < size; i++)
        *value |= (uint64_t)(unsigned char)in->p[i] << (8 * i);
    *in = view_slice(*in, size, in->n);
    return true;
}

bool state_take_text(struct view *in, struct view *text)
{
    uint64_t size;

    if (!state_take(in, &size, 2) || in->n < size)
        return false;
    *text = view_slice(*in, 0, (size_t)size);
    *in = view_slice(*in, (size_t)size, in->n);
    return true;
}

bool state_take_fields(struct view *in, const struct state_field *fields, size_t count, void *row)
{
    for (size_t i = 0; i < count; i++) {
        uint64_t value;

        if (!state_take(in, &value, fields[i].size) || (fields[i].limit != 0 && value > fields[i].limit))
            return false;
        set_field(&fields[i], row, value);
    }
    return true;
}
