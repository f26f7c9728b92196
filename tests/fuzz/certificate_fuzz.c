/* Whatever stands in a certificate's file: it is read or not, and judged without harm. */
#include <assert.h>

#include "audit/certificate.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct certificate_file file;
    char storage[300];
    struct buf names = BUF(storage);

    certificate_parse((struct view){ (const char *)data, size }, &file);
    assert(file.chain_count <= CHAIN_MAX && (file.leaf != NULL || file.chain_count == 0));
    if (file.leaf != NULL) {
        certificate_add_names(&names, file.leaf);
        certificate_add_issuer(&names, file.leaf);
        (void)certificate_weakness(file.leaf);
        (void)certificate_chain_complete(&file);
        (void)certificate_has_name(file.leaf, VIEW("mail.example.org"));
        assert(certificate_not_after(file.leaf) != 1);
    }
    certificate_done(&file);
    return 0;
}
