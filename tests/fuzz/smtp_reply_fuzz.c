/* Whatever a server sends: a reply is whole, not yet or none, and its parts lie inside what was sent. */
#include <assert.h>

#include "audit/ehlo.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view bytes = { (const char *)data, size };
    struct smtp_reply reply;
    struct ehlo ehlo;

    if (smtp_reply_parse(bytes, &reply) != REPLY_WHOLE)
        return 0;
    assert(reply.octets <= size && reply.line_count > 0 && reply.code >= 200 && reply.code < 600);
    ehlo = ehlo_read(&reply);
    assert(ehlo.keyword_count < reply.line_count && ehlo.auth.n <= size);
    return 0;
}
