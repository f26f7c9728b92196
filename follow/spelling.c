#include "follow/spelling.h"

#include "shared/hash.h"

struct view spelling_of(struct spellings *spellings, struct view domain)
{
    uint64_t hash;
    size_t slot;

    if (domain_is_normalized(domain))
        return domain;
    hash = hash_view(domain, spellings->seed) | 1;
    slot = (hash >> 8) % SPELLINGS_KNOWN;
    if (spellings->known[slot].hash != hash) {
        struct buf buf = BUF(spellings->known[slot].text);

        if (!domain_normalize(domain, &buf))
            buf_add(&buf, view_slice(domain, 0, DOMAIN_MAX));
        spellings->known[slot].length = buf.len;
        spellings->known[slot].hash = hash;
    }
    return (struct view){ spellings->known[slot].text, spellings->known[slot].length };
}
