#include "report/order.h"

#include <endian.h>
#include <stdlib.h>

/* What rows are compared by: greater weights first, then names.  No two rows are equal in all of it. */
struct rank {
    uint64_t weight[3];
    struct view names[5];
};

/* Give the rank of a row of a tally or of violations; false past the last. */
typedef bool ranker(const void *table, size_t index, struct rank *out, bool *shown);

static bool rank_destination(const void *tally, size_t index, struct rank *out, bool *shown)
{
    struct tally_destination row;

    *shown = tally_destination(tally, index, &row);
    if (!*shown)
        return false;
    *out = (struct rank){ { row.cell->sent, row.cell->deferred + row.cell->bounced }, { row.domain } };
    return true;
}

static bool rank_downgraded(const void *tally, size_t index, struct rank *out, bool *shown)
{
    struct tally_destination row;

    if (!tally_destination(tally, index, &row))
        return false;
    *shown = row.downgraded;
    *out = (struct rank){ { (uint64_t)row.cell->last_plaintext }, { row.domain } };
    return true;
}

static bool rank_sender(const void *tally, size_t index, struct rank *out, bool *shown)
{
    struct tally_sender row;

    *shown = tally_sender(tally, index, &row);
    if (!*shown)
        return false;
    *out = (struct rank){ { row.cell->sent + row.via_smarthost, row.gmail, (uint64_t)row.origin }, { row.domain } };
    return true;
}

static bool rank_leak(const void *tally, size_t index, struct rank *out, bool *shown)
{
    struct tally_leak row;

    if (!tally_leak(tally, index, &row))
        return false;
    *shown = row.cell->plaintext > 0;
    *out = (struct rank){ { row.cell->plaintext, (uint64_t)row.cell->last_plaintext, (uint64_t)row.cause },
                          { row.domain, row.sender } };
    return true;
}

static bool rank_submission(const void *tally, size_t index, struct rank *out, bool *shown)
{
    struct tally_submission row;

    *shown = tally_submission(tally, index, &row);
    if (!*shown)
        return false;
    *out = (struct rank){ { row.rejected + row.held + row.deferred, row.would, (uint64_t)row.last },
                          { row.client, row.login, row.listener, row.tls, row.mechanism } };
    return true;
}

static bool rank_hour(const void *tally, size_t index, struct rank *out, bool *shown)
{
    const struct cell *cell;
    int64_t begin;

    *shown = tally_hour(tally, index, &begin, &cell);
    if (!*shown)
        return false;
    *out = (struct rank){ { UINT64_MAX - (uint64_t)begin }, { { NULL, 0 } } };
    return true;
}

/* Rows of one kind, or of one sender. */
struct some {
    const struct tally *tally;
    enum tally_word kind;
    size_t sender;
};

static bool rank_word(const void *table, size_t index, struct rank *out, bool *shown)
{
    const struct some *some = table;
    struct view word;
    uint64_t count;

    *shown = tally_word(some->tally, some->kind, index, &word, &count);
    if (*shown)
        *out = (struct rank){ { count }, { word } };
    return *shown;
}

static bool rank_refusal(const void *table, size_t index, struct rank *out, bool *shown)
{
    const struct some *some = table;
    struct view code;
    uint64_t count;

    *shown = tally_refusal(some->tally, some->sender, index, &code, &count);
    if (*shown)
        *out = (struct rank){ { count }, { code } };
    return *shown;
}

static bool rank_violation(const void *violations, size_t index, struct rank *out, bool *shown)
{
    struct violation row;

    if (!violation_at(violations, index, &row))
        return false;
    *shown = row.count > 0;
    *out =
        (struct rank){ { row.count, (uint64_t)row.last, row.rule == NULL ? 0 : row.rule->place.line }, { row.domain } };
    if (row.rule != NULL)
        out->names[1] = row.rule->place.file;
    return true;
}

static bool rank_login(const void *tally, size_t index, struct rank *out, bool *shown)
{
    struct volume_figures figures;
    struct tally_volume row;

    if (!tally_volume(tally, index, &row))
        return false;
    *shown = row.by == VOLUME_BY_LOGIN;
    if (*shown) {
        figures = volume_figures(row.series, 0, 0);
        *out = (struct rank){ { figures.peak, figures.total }, { row.name } };
    }
    return true;
}

/* Few octets, for there may be a million; what they do not tell is asked for again. */
struct entry {
    uint64_t weight; /* the first */
    uint64_t rest;   /* what comes behind the second, as far as it finds room: the lower one comes first */
    uint32_t second; /* the next, or the most that finds room */
    uint32_t index;
};

struct sorting {
    const void *table;
    ranker *rank;
    struct entry *entries; /* of what is shown */
};

static int compare_ranks(const struct rank *left, const struct rank *right)
{
    for (size_t i = 0; i < sizeof(left->weight) / sizeof(left->weight[0]); i++) {
        if (left->weight[i] != right->weight[i])
            return left->weight[i] > right->weight[i] ? -1 : 1;
    }
    for (size_t i = 0; i < sizeof(left->names) / sizeof(left->names[0]); i++) {
        int order = view_cmp(left->names[i], right->names[i]);

        if (order != 0)
            return order;
    }
    return 0;
}

static int compare_rows(const struct sorting *sorting, uint32_t left, uint32_t right)
{
    struct rank first = { 0 }, second = { 0 };
    bool shown;

    sorting->rank(sorting->table, left, &first, &shown);
    sorting->rank(sorting->table, right, &second, &shown);
    return compare_ranks(&first, &second);
}

/* Of places in sorting->entries, which are fewer octets to move than entries. */
static int compare(const void *a, const void *b, void *context)
{
    const struct sorting *sorting = context;
    const struct entry *left = &sorting->entries[*(const uint32_t *)a],
                       *right = &sorting->entries[*(const uint32_t *)b];

    if (left->weight != right->weight)
        return left->weight > right->weight ? -1 : 1;
    if (left->second != right->second)
        return left->second > right->second ? -1 : 1;
    if (left->rest != right->rest)
        return left->rest < right->rest ? -1 : 1;
    return compare_rows(sorting, left->index, right->index);
}

static uint32_t saturated(uint64_t weight)
{
    return weight < UINT32_MAX ? (uint32_t)weight : UINT32_MAX;
}

/* The first eight octets as a number that sorts as they do. */
static uint64_t first_octets(struct view name)
{
    uint64_t word = 0;

    if (name.n >= sizeof(word))
        memcpy(&word, name.p, sizeof(word));
    else if (name.n > 0)
        memcpy(&word, name.p, name.n);
    return be64toh(word);
}

/* The third weight in the lower half of the numbers, or without one the name in the upper; each loses its last bit. */
static uint64_t rest_of(const struct rank *rank)
{
    if (rank->weight[1] >= UINT32_MAX)
        return 0; /* entries do not tell the second ones apart */
    return rank->weight[2] > 0 ? ~rank->weight[2] >> 1 : ~(UINT64_MAX >> 1) | first_octets(rank->names[0]) >> 1;
}

static struct entry entry_of(const struct rank *rank, uint32_t index)
{
    return (struct entry){ rank->weight[0], rest_of(rank), saturated(rank->weight[1]), index };
}

/* The next of a growing list; false without memory, and nothing is in it then. */
static bool add_entry(struct entry **list, size_t *count, struct entry entry)
{
    /* It has room for the next power of two. */
    if ((*count & (*count - 1)) == 0) {
        struct entry *grown = realloc(*list, (*count == 0 ? 1 : *count * 2) * sizeof(*grown));

        if (grown == NULL) {
            free(*list);
            *list = NULL;
            return false;
        }
        *list = grown;
    }
    (*list)[(*count)++] = entry;
    return true;
}

/* The entries of what is shown, for free(3); NULL where there are none, or no memory. */
static struct entry *find_entries(const void *table, ranker *rank, size_t *count)
{
    struct entry *entries = NULL;
    struct rank of_row = { 0 };
    bool shown;

    for (uint32_t i = 0; rank(table, i, &of_row, &shown); i++) {
        if (shown && !add_entry(&entries, count, entry_of(&of_row, i)))
            return NULL;
    }
    return entries;
}

static void sort(struct sorting *sorting, uint32_t *rows, size_t count)
{
    for (size_t i = 0; i < count; i++)
        rows[i] = (uint32_t)i;
    qsort_r(rows, count, sizeof(*rows), compare, sorting);
    for (size_t i = 0; i < count; i++)
        rows[i] = sorting->entries[rows[i]].index;
}

static uint32_t *order(const void *table, ranker *rank, size_t *count)
{
    struct sorting sorting = { table, rank, NULL };
    uint32_t *rows;

    *count = 0;
    sorting.entries = find_entries(table, rank, count);
    rows = sorting.entries == NULL ? NULL : malloc(*count * sizeof(*rows));
    if (rows == NULL)
        *count = 0;
    else
        sort(&sorting, rows, *count);
    free(sorting.entries);
    return rows;
}

uint32_t *order_destinations(const struct tally *tally, size_t *count)
{
    return order(tally, rank_destination, count);
}

uint32_t *order_downgraded(const struct tally *tally, size_t *count)
{
    return order(tally, rank_downgraded, count);
}

uint32_t *order_senders(const struct tally *tally, size_t *count)
{
    return order(tally, rank_sender, count);
}

uint32_t *order_leaks(const struct tally *tally, size_t *count)
{
    return order(tally, rank_leak, count);
}

uint32_t *order_submissions(const struct tally *tally, size_t *count)
{
    return order(tally, rank_submission, count);
}

uint32_t *order_logins(const struct tally *tally, size_t *count)
{
    return order(tally, rank_login, count);
}

uint32_t *order_words(const struct tally *tally, enum tally_word kind, size_t *count)
{
    struct some some = { .tally = tally, .kind = kind };

    return order(&some, rank_word, count);
}

uint32_t *order_refusals(const struct tally *tally, size_t sender, size_t *count)
{
    struct some some = { .tally = tally, .sender = sender };

    return order(&some, rank_refusal, count);
}

uint32_t *order_hours(const struct tally *tally, size_t *count)
{
    return order(tally, rank_hour, count);
}

uint32_t *order_violations(const struct violations *violations, size_t *count)
{
    *count = 0;
    return violations == NULL ? NULL : order(violations, rank_violation, count);
}
