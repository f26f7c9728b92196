/* state_octets - numbers, texts and rows of fields as octets.  Private to follow/ */
#ifndef FOLLOW_STATE_OCTETS_H
#define FOLLOW_STATE_OCTETS_H

#include "follow/state.h"

/* One field of a struct; the table of a struct's fields is what its row looks like. */
struct state_field {
    size_t offset, size;
    uint64_t limit; /* a value above it is refused when read; 0: any */
};

#define STATE_FIELD(type, member, limit)                                                                               \
    {                                                                                                                  \
        offsetof(type, member), sizeof(((type *)0)->member), limit                                                     \
    }

/*
 * Empty again, the memory kept.  What is put is appended, the least significant octet first, a text of at most 65,535
 * octets with its length before it; without memory state->failed is set and sticks until the next reset.
 */
void state_reset(struct state *state);
void state_put(struct state *state, uint64_t value, size_t size);
void state_put_text(struct state *state, struct view text);
void state_put_fields(struct state *state, const struct state_field *fields, size_t count, const void *row);

/* Each cuts from the front of *in; false when it is too short or a value is above its limit. */
bool state_take(struct view *in, uint64_t *value, size_t size);
bool state_take_text(struct view *in, struct view *text);
bool state_take_fields(struct view *in, const struct state_field *fields, size_t count, void *row);

#endif
