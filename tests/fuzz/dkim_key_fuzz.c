/* Any text as a key record: what is taken for a key has bits and a type. */
#include <assert.h>

#include "dns/dkim_key.h"
#include "dns/signature_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view selector, domain;
    struct dkim_key key = dkim_key_parse((struct view){ (const char *)data, size });

    assert((key.state == DKIM_KEY_FOUND) == (key.bits > 0));
    assert(dkim_key_state_text(key.state).n > 0 && dkim_key_type_name(key.type).n > 0);
    assert(!dkim_key_is_good(&key) || key.bits >= 256);
    if (signature_line_parse((struct view){ (const char *)data, size }, &selector, &domain))
        assert(dns_name_is_valid(selector) && dns_name_is_valid(domain));
    return 0;
}
