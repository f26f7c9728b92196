/* Whatever stands in a log: record_parse() ends, and what it takes prints and reads again. */
#include <assert.h>

#include "shared/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

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
    return 0;
}
