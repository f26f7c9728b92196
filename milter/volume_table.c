#include "milter/volume_table.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "shared/domain.h"
#include "shared/hash.h"

enum { SLOTS = 4096 };

struct entry {
    struct entry *next; /* in its slot */
    uint64_t hash;
    uint64_t total;  /* of counts[] */
    uint32_t newest; /* quarter since 1970 that counts[newest % VOLUME_BUCKETS] is of */
    uint32_t counts[VOLUME_BUCKETS];
    bool bulk;
    uint8_t size;
    char domain[];
};

struct volume_table {
    uint64_t seed;
    pthread_mutex_t lock; /* for all below */
    struct entry *slots[SLOTS];
    size_t count;
    uint64_t lost;
    uint32_t swept; /* quarter in which silent domains were last looked for */
    uint32_t told;  /* quarter of the last loss */
};

struct volume_table *volume_table_new(uint64_t seed)
{
    struct volume_table *table = calloc(1, sizeof(*table));

    if (table == NULL)
        return NULL;
    table->seed = seed;
    pthread_mutex_init(&table->lock, NULL);
    return table;
}

static void drop_all(struct volume_table *table)
{
    for (size_t i = 0; i < SLOTS; i++) {
        while (table->slots[i] != NULL) {
            struct entry *entry = table->slots[i];

            table->slots[i] = entry->next;
            free(entry);
        }
    }
    table->count = 0;
}

void volume_table_free(struct volume_table *table)
{
    if (table == NULL)
        return;
    drop_all(table);
    pthread_mutex_destroy(&table->lock);
    free(table);
}

static uint32_t quarter_of(int64_t now)
{
    return now < 0 ? 0 : (uint32_t)(now / VOLUME_BUCKET_MS);
}

/* What a quarter held 24 hours ago leaves the window. */
static void advance(struct entry *entry, uint32_t quarter)
{
    if (quarter <= entry->newest)
        return;
    if (quarter - entry->newest >= VOLUME_BUCKETS) {
        memset(entry->counts, 0, sizeof(entry->counts));
        entry->total = 0;
        entry->newest = quarter;
        return;
    }
    while (entry->newest < quarter) {
        uint32_t *leaving = &entry->counts[++entry->newest % VOLUME_BUCKETS];

        entry->total -= *leaving;
        *leaving = 0;
    }
}

static struct entry *find(const struct volume_table *table, struct view domain, uint64_t hash)
{
    struct entry *entry = table->slots[hash % SLOTS];

    while (entry != NULL && !(entry->hash == hash && view_eq((struct view){ entry->domain, entry->size }, domain)))
        entry = entry->next;
    return entry;
}

static void sweep(struct volume_table *table, uint32_t quarter)
{
    table->swept = quarter;
    for (size_t i = 0; i < SLOTS; i++) {
        struct entry **at = &table->slots[i];

        while (*at != NULL) {
            struct entry *entry = *at;

            advance(entry, quarter);
            if (entry->total > 0 || entry->bulk) {
                at = &entry->next;
                continue;
            }
            *at = entry->next;
            free(entry);
            table->count--;
        }
    }
}

/* NULL when there is no room. */
static struct entry *add(struct volume_table *table, struct view domain, uint64_t hash, uint32_t quarter)
{
    struct entry *entry;

    if (table->count == VOLUME_FILE_DOMAINS_MAX && table->swept != quarter)
        sweep(table, quarter);
    if (table->count == VOLUME_FILE_DOMAINS_MAX || domain.n > DOMAIN_MAX)
        return NULL;
    entry = calloc(1, sizeof(*entry) + domain.n);
    if (entry == NULL)
        return NULL;
    entry->hash = hash;
    entry->newest = quarter;
    entry->size = (uint8_t)domain.n;
    memcpy(entry->domain, domain.p, domain.n);
    entry->next = table->slots[hash % SLOTS];
    table->slots[hash % SLOTS] = entry;
    table->count++;
    return entry;
}

struct volume_known volume_table_ask(struct volume_table *table, struct view domain, int64_t now)
{
    uint64_t hash = hash_view(domain, table->seed);
    struct volume_known known = { .count = 0 };
    struct entry *entry;

    pthread_mutex_lock(&table->lock);
    entry = find(table, domain, hash);
    if (entry != NULL) {
        advance(entry, quarter_of(now));
        known.count = entry->total;
        known.bulk = entry->bulk;
    }
    known.full = entry == NULL && table->count == VOLUME_FILE_DOMAINS_MAX && table->swept == quarter_of(now);
    pthread_mutex_unlock(&table->lock);
    return known;
}

static bool count_into(struct entry *entry, uint32_t quarter, uint32_t recipients)
{
    uint32_t *count;

    advance(entry, quarter);
    count = &entry->counts[entry->newest % VOLUME_BUCKETS];
    if (recipients > UINT32_MAX - *count)
        return false;
    *count += recipients;
    entry->total += recipients;
    entry->bulk = entry->bulk || entry->total >= VOLUME_BULK_SENDER;
    return true;
}

bool volume_table_add(struct volume_table *table, struct view domain, uint32_t recipients, int64_t now)
{
    uint64_t hash = hash_view(domain, table->seed);
    uint32_t quarter = quarter_of(now);
    struct entry *entry;
    bool fine = true;

    pthread_mutex_lock(&table->lock);
    entry = find(table, domain, hash);
    if (entry == NULL)
        entry = add(table, domain, hash, quarter);
    if (entry == NULL || !count_into(entry, quarter, recipients)) {
        table->lost += recipients;
        fine = table->told == quarter;
        table->told = quarter;
    }
    pthread_mutex_unlock(&table->lock);
    return fine;
}

uint64_t volume_table_take_lost(struct volume_table *table)
{
    uint64_t lost;

    pthread_mutex_lock(&table->lock);
    lost = table->lost;
    table->lost = 0;
    pthread_mutex_unlock(&table->lock);
    return lost;
}

/* ---- the follower's file ---- */

struct loading {
    struct volume_table *table;
    const struct volume_head *head; /* filled before the first line */
    uint32_t now;                   /* quarter */
    bool with_counts;
    size_t domains;
};

/* Quarters of the window that ends now; a file written by a clock ahead of ours counts as now. */
static void take_counts(struct entry *entry, const struct loading *loading, const struct volume_line *line)
{
    uint32_t first = quarter_of(loading->head->begin);

    for (uint32_t i = 0; i < VOLUME_BUCKETS; i++) {
        uint32_t quarter = first + i < loading->now ? first + i : loading->now;

        if (line->counts[i] == 0 || loading->now - quarter >= VOLUME_BUCKETS)
            continue;
        entry->counts[quarter % VOLUME_BUCKETS] += line->counts[i];
        entry->total += line->counts[i];
    }
}

static void take_line(void *context, const struct volume_line *line)
{
    struct loading *loading = context;
    uint64_t hash = hash_view(line->domain, loading->table->seed);
    struct entry *entry = find(loading->table, line->domain, hash);

    if (!loading->with_counts && line->bulk_since == 0)
        return;
    if (entry == NULL)
        entry = add(loading->table, line->domain, hash, loading->now);
    if (entry == NULL)
        return;
    loading->domains++;
    entry->bulk = entry->bulk || line->bulk_since > 0;
    if (loading->with_counts)
        take_counts(entry, loading, line);
}

static void see_line(void *context, const struct volume_line *line)
{
    (void)context;
    (void)line;
}

/* Parsed twice: a file that is refused at its last line must not have changed anything. */
int volume_table_load(struct volume_table *table, struct view text, bool with_counts, int64_t now,
                      struct volume_head *head, size_t *domains, struct error *error)
{
    struct volume_head read;
    struct loading loading = { .table = table, .head = &read, .now = quarter_of(now), .with_counts = with_counts };

    if (volume_file_parse(text, &read, see_line, NULL, error) == -1)
        return -1;
    pthread_mutex_lock(&table->lock);
    (void)volume_file_parse(text, &read, take_line, &loading, error);
    pthread_mutex_unlock(&table->lock);
    *head = read;
    *domains = loading.domains;
    return 0;
}
