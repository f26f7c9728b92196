/* Any octets as a volume file: lines with a normalized domain, or an error with its line. */
#include <assert.h>

#include "shared/domain.h"
#include "shared/volume_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void see(void *context, const struct volume_line *line)
{
    ++*(size_t *)context;
    assert(domain_is_normalized(line->domain) && line->bulk_since >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct volume_head head;
    struct error error = { ERROR_NONE, "" };
    size_t lines = 0;
    int result = volume_file_parse((struct view){ (const char *)data, size }, &head, see, &lines, &error);

    assert(result == 0 ? lines <= VOLUME_FILE_DOMAINS_MAX : error.text[0] != '\0');
    return 0;
}
