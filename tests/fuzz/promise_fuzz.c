/* Any facts file: refused with a reason, or every row of it can be asked. */
#include <assert.h>

#include "follow/promise.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct promises promises;
    struct arena arena;
    struct error error = { ERROR_NONE, "" };

    arena_init(&arena, 0);
    if (promises_parse(&arena, "facts", (struct view){ (const char *)data, size }, &promises, &error) == -1)
        assert(error.text[0] != '\0');
    else
        assert(promises.count <= PROMISES_MAX);
    for (size_t i = 0; error.kind == ERROR_NONE && i < promises.count; i++) {
        struct writer writer = { .host = promises.rows[i].node, .tag = promises.rows[i].tag };

        (void)promises_find(&promises, &writer, promises.rows[i].until, 0);
    }
    arena_done(&arena);
    return 0;
}
