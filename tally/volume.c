#include "tally/volume.h"

#include <stdlib.h>
#include <string.h>

enum { PACE_BUCKETS = 6 * 4 /* of the last 6 hours: long enough for a lull, short enough for a campaign */ };

uint32_t volume_quarter(int64_t millis)
{
    return millis < 0 ? 0 : (uint32_t)(millis / VOLUME_BUCKET_MS);
}

static int64_t quarter_end(uint64_t quarter)
{
    return (int64_t)(quarter + 1) * VOLUME_BUCKET_MS;
}

static bool make_room(struct volume_series *series)
{
    uint32_t room = series->room < 8 ? 8 : series->room * 2;
    struct volume_bucket *list;

    if (series->count < series->room)
        return true;
    list = realloc(series->list, room * sizeof(*list));
    if (list == NULL)
        return false;
    series->list = list;
    series->room = room;
    return true;
}

static uint32_t add_up(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

/* Behind the last bucket that is not later.  Logs are nearly in order: mostly that is the end. */
static uint32_t find_end(const struct volume_series *series, uint32_t quarter)
{
    uint32_t low = 0, high = series->count;

    if (high == 0 || series->list[high - 1].quarter <= quarter)
        return high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (series->list[middle].quarter <= quarter)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool volume_add(struct volume_series *series, uint32_t quarter, uint32_t count, bool *fresh)
{
    uint32_t at = find_end(series, quarter);

    *fresh = false;
    if (at > 0 && series->list[at - 1].quarter == quarter) {
        series->list[at - 1].count = add_up(series->list[at - 1].count, count);
        return true;
    }
    if (!make_room(series))
        return false;
    memmove(&series->list[at + 1], &series->list[at], (series->count - at) * sizeof(*series->list));
    series->list[at] = (struct volume_bucket){ quarter, count };
    series->count++;
    *fresh = true;
    return true;
}

/* Both lists in one, in order; quarters of both are added up.  The number of buckets in list. */
static uint32_t zip(const struct volume_series *one, const struct volume_series *other, struct volume_bucket *list)
{
    uint32_t i = 0, n = 0, count = 0;

    while (i < one->count || n < other->count) {
        bool is_one = n == other->count || (i < one->count && one->list[i].quarter <= other->list[n].quarter);
        bool is_other = i == one->count || (n < other->count && other->list[n].quarter <= one->list[i].quarter);

        list[count] = is_one ? one->list[i] : other->list[n];
        if (is_one && is_other)
            list[count].count = add_up(one->list[i].count, other->list[n].count);
        i += is_one;
        n += is_other;
        count++;
    }
    return count;
}

bool volume_merge(struct volume_series *into, const struct volume_series *from)
{
    struct volume_series sum = { .room = into->count + from->count };

    if (from->count == 0)
        return true;
    sum.list = malloc(sum.room * sizeof(*sum.list));
    if (sum.list == NULL)
        return false;
    sum.count = zip(into, from, sum.list);
    volume_done(into);
    *into = sum;
    return true;
}

void volume_done(struct volume_series *series)
{
    free(series->list);
    *series = (struct volume_series){ 0 };
}

/* The recipients of the quarters from one, `length` of them. */
static uint64_t sum(const struct volume_series *series, int64_t from, int64_t length)
{
    uint64_t total = 0;

    for (uint32_t i = series->count; i > 0 && (int64_t)series->list[i - 1].quarter >= from; i--) {
        if ((int64_t)series->list[i - 1].quarter < from + length)
            total += series->list[i - 1].count;
    }
    return total;
}

uint64_t volume_window(const struct volume_series *series, uint32_t quarter)
{
    return sum(series, (int64_t)quarter - (VOLUME_BUCKETS - 1), VOLUME_BUCKETS);
}

/* Each window that ends with a quarter in which something was counted: no other can be fuller. */
static void find_peak(const struct volume_series *series, struct volume_figures *out)
{
    uint64_t window = 0;
    uint32_t first = 0;

    for (uint32_t i = 0; i < series->count; i++) {
        window += series->list[i].count;
        out->total += series->list[i].count;
        while (series->list[i].quarter - series->list[first].quarter >= VOLUME_BUCKETS)
            window -= series->list[first++].count;
        if (window > out->peak) {
            out->peak = window;
            out->peak_end = quarter_end(series->list[i].quarter);
        }
    }
}

int64_t volume_reached(const struct volume_series *series, uint64_t threshold, int64_t from)
{
    uint32_t begin = volume_quarter(from), first = 0;
    uint64_t window = 0;

    while (first < series->count && series->list[first].quarter < begin)
        first++;
    for (uint32_t i = first; threshold > 0 && i < series->count; i++) {
        window += series->list[i].count;
        while (series->list[i].quarter - series->list[first].quarter >= VOLUME_BUCKETS)
            window -= series->list[first++].count;
        if (window >= threshold)
            return (int64_t)series->list[i].quarter * VOLUME_BUCKET_MS;
    }
    return 0;
}

/* What falls out of the window goes, the pace comes in. */
static void look_ahead(const struct volume_series *series, uint32_t now, uint64_t threshold, struct volume_figures *out)
{
    uint64_t recent = sum(series, (int64_t)now - (PACE_BUCKETS - 1), PACE_BUCKETS);

    out->forecast = recent * VOLUME_BUCKETS / PACE_BUCKETS;
    if (threshold == 0 || out->current >= threshold || recent == 0)
        return;
    for (uint32_t ahead = 1; ahead <= VOLUME_BUCKETS; ahead++) {
        int64_t from = (int64_t)now + ahead - (VOLUME_BUCKETS - 1);

        if (sum(series, from, (int64_t)now - from + 1) + recent * ahead / PACE_BUCKETS >= threshold) {
            out->expected = ((int64_t)now + ahead) * VOLUME_BUCKET_MS;
            return;
        }
    }
}

struct volume_figures volume_figures(const struct volume_series *series, int64_t now, uint64_t threshold)
{
    struct volume_figures figures = { 0 };
    uint32_t quarter = volume_quarter(now);

    find_peak(series, &figures);
    figures.reached = volume_reached(series, threshold, 0);
    figures.current = volume_window(series, quarter);
    look_ahead(series, quarter, threshold, &figures);
    return figures;
}
