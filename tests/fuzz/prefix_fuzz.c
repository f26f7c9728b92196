/* Any octets as lines of a log: no prefix may reach outside its line, and the short path never differs from the whole one. */
#include <assert.h>

#include "follow/prefix_quick.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view rest = { (const char *)data, size }, line;
    struct prefix_settings settings = { .writers = writers_new(42), .newest = 1796083200 };
    struct prefix prefix;
    struct log_line parsed, quick = { 0 };

    prefix_init(&prefix, &settings);
    while (view_cut(&rest, VIEW("\n"), &line)) {
        bool shortened = prefix_quick(&prefix, line, &quick),
             found = prefix_parse(&prefix, line, &parsed) == PREFIX_FOUND;

        assert(!found || (parsed.writer != NULL && parsed.text.n <= size + PREFIX_JSON_MAX));
        if (shortened)
            assert(found && quick.time == parsed.time && quick.writer == parsed.writer && quick.pid == parsed.pid &&
                   view_eq(quick.text, parsed.text));
    }
    prefix_done(&prefix);
    writers_free(settings.writers);
    return 0;
}
