/* Any octets as lines of a log: no prefix may reach outside its line. */
#include <assert.h>

#include "follow/prefix.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view rest = { (const char *)data, size }, line;
    struct prefix_settings settings = { .writers = writers_new(42), .newest = 1796083200 };
    struct prefix prefix;
    struct log_line parsed;

    prefix_init(&prefix, &settings);
    while (view_cut(&rest, VIEW("\n"), &line)) {
        if (prefix_parse(&prefix, line, &parsed) == PREFIX_FOUND)
            assert(parsed.writer != NULL && parsed.text.n <= size + PREFIX_JSON_MAX);
    }
    prefix_done(&prefix);
    writers_free(settings.writers);
    return 0;
}
