/* Whatever stands in a log: record_parse() ends, what it takes prints and reads again, and a known head changes nothing. */
#include <assert.h>

#include "shared/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The record as it is printed again, read with the heads of what was read before; nothing: it is none. */
static struct view read_with(struct record_heads *heads, struct view text, struct buf *out)
{
    char storage[RECORD_MAX];
    struct buf scratch = BUF(storage);
    struct record record;

    if (record_parse_next(text, &scratch, heads, &record))
        record_format(out, &record);
    return buf_view(out);
}

/* First a part of it, which may keep another head, then twice all of it. */
static void compare_with_heads(struct view text, struct view alone)
{
    struct record_heads heads = { 0 };
    char storage[RECORD_MAX];
    struct buf part = BUF(storage);

    (void)read_with(&heads, view_slice(text, 0, text.n / 2), &part);
    for (int i = 0; i < 2; i++) {
        struct buf all = BUF(storage);

        assert(view_eq(read_with(&heads, text, &all), alone));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char first[RECORD_MAX], second[RECORD_MAX], storage[RECORD_MAX];
    struct buf scratch = BUF(first), again = BUF(second), out = BUF(storage);
    struct record record;

    if (size <= RECORD_MAX && record_parse((struct view){ (const char *)data, size }, &scratch, &record)) {
        record_format(&out, &record);
        assert(!out.full);
        assert(record_parse(buf_view(&out), &again, &record));
    }
    if (size <= RECORD_MAX)
        compare_with_heads((struct view){ (const char *)data, size }, buf_view(&out));
    return 0;
}
