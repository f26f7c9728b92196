/* Any table: refused with its line, or written again it says the same. */
#include <assert.h>

#include "audit/policy_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct policy_file file, again;
    struct arena arena;
    struct error error;
    struct view text;

    arena_init(&arena, 0);
    if (policy_file_parse(&arena, "table", (struct view){ (const char *)data, size }, &file, &error) == 0) {
        text = policy_file_text(&arena, &file);
        assert(text.p != NULL);
        assert(policy_file_parse(&arena, "table", text, &again, &error) == 0);
        assert(again.count == file.count);
        for (size_t i = 0; i < file.count; i++) {
            assert(view_eq(again.rows[i].key, file.rows[i].key));
            assert(view_eq(again.rows[i].value, file.rows[i].value));
            assert(again.rows[i].withdrawn == file.rows[i].withdrawn);
        }
    }
    arena_done(&arena);
    return 0;
}
