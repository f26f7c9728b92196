/* Whatever a name server sends: a name that is taken is printable and ends. */
#include <assert.h>
#include <ctype.h>

#include "dns/dns_data.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view octets = { (const char *)data, size };
    char storage[512];
    struct buf text = BUF(storage);
    struct mx_data mx;
    struct tlsa_data tlsa;

    if (mx_data_read(octets, &mx)) {
        for (const char *at = mx.host; *at != '\0'; at++)
            assert(isgraph((unsigned char)*at) && !isupper((unsigned char)*at));
    }
    if (tlsa_data_read(octets, &tlsa))
        (void)tlsa_usable(&tlsa);
    (void)txt_data_read(octets, &text);
    assert(text.len <= text.cap);
    return 0;
}
