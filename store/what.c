#include "store/what.h"

#include <string.h>

#define OF_TALLY(text, field)                                                                                          \
    {                                                                                                                  \
        VIEW_INIT(text), true, offsetof(struct tally_counts, field)                                                    \
    }
#define UNKNOWN(text, reason)                                                                                          \
    {                                                                                                                  \
        VIEW_INIT(text), true, offsetof(struct tally_counts, unknown) + (reason) * sizeof(uint64_t)                    \
    }
#define OF_COMPLETENESS(text, field)                                                                                   \
    {                                                                                                                  \
        VIEW_INIT(text), false, offsetof(struct completeness, field)                                                   \
    }

const struct what what_table[] = {
    OF_TALLY("internal", internal),
    OF_TALLY("expired", expired),
    OF_TALLY("dropped", dropped),
    OF_TALLY("downgrades", downgrades),
    UNKNOWN("unknown tls-logging-unproven", UNKNOWN_LOGGING_UNPROVEN),
    UNKNOWN("unknown tls-logging-off", UNKNOWN_LOGGING_OFF),
    UNKNOWN("unknown gap", UNKNOWN_GAP),
    UNKNOWN("unknown too-many-processes", UNKNOWN_LIMIT),
    UNKNOWN("unknown no-process-id", UNKNOWN_NO_PROCESS),
    OF_COMPLETENESS("lines", lines),
    OF_COMPLETENESS("lines of mail programs", of_mail),
    OF_COMPLETENESS("unparsed", unparsed),
    OF_COMPLETENESS("gaps", gaps),
    OF_COMPLETENESS("evicted", evicted),
    OF_COMPLETENESS("cut", cut),
    OF_COMPLETENESS("names refused", names_refused),
};
const size_t what_count = sizeof(what_table) / sizeof(what_table[0]);

uint64_t *what_of_tally(struct tally_counts *counts, size_t index)
{
    return (uint64_t *)(void *)((char *)counts + what_table[index].at);
}

uint64_t *what_of_completeness(struct completeness *counts, size_t index)
{
    return (uint64_t *)(void *)((char *)counts + what_table[index].at);
}

void completeness_add(struct completeness *into, const struct completeness *more)
{
    struct completeness from = *more;

    for (size_t i = 0; i < what_count; i++) {
        if (!what_table[i].of_tally)
            *what_of_completeness(into, i) += *what_of_completeness(&from, i);
    }
}

struct view what_unknown(enum unknown_reason reason)
{
    size_t at = offsetof(struct tally_counts, unknown) + reason * sizeof(uint64_t);

    for (size_t i = 0; i < what_count; i++) {
        if (what_table[i].of_tally && what_table[i].at == at)
            return what_table[i].name;
    }
    return VIEW("unknown");
}

size_t what_find(struct view name)
{
    size_t i = 0;

    while (i < what_count && !view_eq(what_table[i].name, name))
        i++;
    return i;
}
