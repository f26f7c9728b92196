/* Any words as a time: a period that is one, or none. */
#include <assert.h>

#include "report/period.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct period_clock clock = { .now = 1796083200 };
    struct period period;

    if (period_parse((struct view){ (const char *)data, size }, &clock, &period))
        assert(period.begin <= period.end);
    return 0;
}
