#include "follow/duplicates.h"

#include <stdlib.h>

#include "shared/hash.h"

/* How often a line came: from one log, or at most from any. */
struct line_count {
    uint64_t key;
    int64_t time; /* ms */
    uint32_t count;
    uint32_t source; /* that told it so often first */
};

struct duplicates {
    uint64_t seed;
    struct line_count sets[DUPLICATES_SETS][DUPLICATES_WAYS];
};

struct duplicates *duplicates_new(uint64_t seed)
{
    struct duplicates *duplicates = calloc(1, sizeof(*duplicates));

    if (duplicates != NULL)
        duplicates->seed = seed;
    return duplicates;
}

void duplicates_free(struct duplicates *duplicates)
{
    free(duplicates);
}

/* The entry of a key, or the oldest of its set, which becomes it. */
static struct line_count *find(struct duplicates *duplicates, uint64_t key, int64_t time)
{
    struct line_count *set = duplicates->sets[key % DUPLICATES_SETS], *oldest = set;

    for (size_t i = 0; i < DUPLICATES_WAYS; i++) {
        if (set[i].key == key && set[i].count > 0)
            return &set[i];
        oldest = set[i].time < oldest->time ? &set[i] : oldest;
    }
    *oldest = (struct line_count){ .key = key, .time = time };
    return oldest;
}

uint64_t duplicates_key(const struct duplicates *duplicates, const struct log_line *line)
{
    uint64_t key = hash_view(line->text, duplicates->seed);

    return hash_mix(hash_mix(hash_mix(key, (uint64_t)line->time), line->writer->number), line->pid);
}

size_t duplicates_teller(struct duplicates *duplicates, size_t source, const struct log_line *line)
{
    uint64_t key = duplicates_key(duplicates, line);
    uint32_t here = ++find(duplicates, hash_mix(key, source + 1), line->time)->count;
    struct line_count *most = find(duplicates, key, line->time);

    if (here > most->count) {
        most->count = here;
        most->source = (uint32_t)source;
    }
    return most->source;
}
