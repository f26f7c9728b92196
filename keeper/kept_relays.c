#include "keeper/kept_relays.h"

#include <assert.h>
#include <string.h>

static_assert((int)RELAY_DOMAINS_MAX == (int)MAIN_RELAY_DOMAINS, "a ledger keeps all hashes of a relay");
static_assert((int)RELAY_NAMES_A_DAY_MAX == (int)MAIN_RELAYS + 1, "a ledger keeps all names of a day");

size_t kept_relays_of(const struct main_relay *relays, struct relay_count rows[MAIN_RELAYS + 1])
{
    size_t count = 0;

    rows[count++] = (struct relay_count){ .name = { "", 0 }, .deliveries = relays->deliveries };
    for (size_t i = 0; i < MAIN_RELAYS; i++) {
        const struct main_relay_name *name = &relays->names[i];

        if (name->deliveries == 0 || name->length == 0)
            continue;
        rows[count] = (struct relay_count){ .name = { name->text, name->length },
                                            .deliveries = name->deliveries,
                                            .domain_count = name->domain_count };
        memcpy(rows[count++].domains, name->domains, sizeof(name->domains));
    }
    return count;
}

void kept_relays_add(void *context, const struct relay_count *row)
{
    struct view text = view_slice(row->name, 0, DOMAIN_MAX);
    struct main_relay_name name = { .length = text.n,
                                    .deliveries = row->deliveries,
                                    .domain_count = row->domain_count };

    if (text.n > 0)
        memcpy(name.text, text.p, text.n);
    memcpy(name.domains, row->domains, sizeof(name.domains));
    main_relay_add(context, &name);
}
