#include "shared/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

/* Octets of a first block: what one message needs.  Each further one is twice as large, up to the largest. */
enum { BLOCK_FIRST = 384, BLOCK_KEPT = 4096, BLOCK_LARGEST = 64 * 1024 };

struct arena_block {
    struct arena_block *next;
    size_t used, size; /* octets of data[] */
    alignas(max_align_t) char data[];
};

void arena_init(struct arena *arena, size_t limit)
{
    *arena = (struct arena){ .limit = limit };
}

static void free_blocks(struct arena_block *block)
{
    while (block != NULL) {
        struct arena_block *next = block->next;

        free(block);
        block = next;
    }
}

void arena_done(struct arena *arena)
{
    free_blocks(arena->blocks);
    *arena = (struct arena){ .limit = arena->limit };
}

void arena_reset(struct arena *arena)
{
    struct arena_block *kept = arena->blocks;

    arena->used = 0;
    if (kept == NULL)
        return;
    free_blocks(kept->next);
    kept->next = NULL;
    kept->used = 0;
    /* A huge message must not pin its memory for the rest of the connection. */
    if (kept->size > BLOCK_KEPT) {
        free(kept);
        arena->blocks = NULL;
    }
}

static size_t next_size(const struct arena *arena)
{
    if (arena->blocks == NULL)
        return BLOCK_FIRST;
    return arena->blocks->size < BLOCK_LARGEST / 2 ? arena->blocks->size * 2 : BLOCK_LARGEST;
}

static struct arena_block *add_block(struct arena *arena, size_t size)
{
    struct arena_block *block;
    size_t usual = next_size(arena), room = size > usual ? size : usual;

    block = malloc(sizeof(*block) + room);
    if (block == NULL)
        return NULL;
    block->used = 0;
    block->size = room;
    block->next = arena->blocks;
    arena->blocks = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    struct arena_block *block = arena->blocks;
    size_t step;
    void *given;

    if (size == 0)
        size = 1;
    if (size > SIZE_MAX / 2)
        return NULL;
    step = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (arena->limit != 0 && step > arena->limit - arena->used)
        return NULL;
    if (block == NULL || step > block->size - block->used) {
        block = add_block(arena, step);
        if (block == NULL)
            return NULL;
    }
    given = block->data + block->used;
    block->used += step;
    arena->used += step;
    memset(given, 0, size);
    return given;
}

struct view arena_copy(struct arena *arena, struct view text)
{
    char *copy = arena_alloc(arena, text.n + 1);

    if (copy == NULL)
        return (struct view){ NULL, 0 };
    if (text.n > 0)
        memcpy(copy, text.p, text.n);
    return (struct view){ copy, text.n };
}
