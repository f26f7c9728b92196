/* The rows of a tally that follow who sends how much, and how: volumes, forms, samples. */
#include <string.h>

#include "tally/put.h"
#include "tally/table.h"

_Static_assert(VOLUME_BY_COUNT < 64 && RECEIVER_COUNT < 64 && REQUIREMENT_COUNT < 64, "a key has an octet for each");

/* Three octets from '0' up, then the name; the view lies in text. */
static struct view make_key(char text[KEY_MAX], int first, int second, int third, struct view name)
{
    text[0] = (char)('0' + first);
    text[1] = (char)('0' + second);
    text[2] = (char)('0' + third);
    if (name.n > 0)
        memcpy(text + KEY_HEAD, name.p, name.n);
    return (struct view){ text, KEY_HEAD + name.n };
}

bool tally_count_volume(struct tally *tally, struct volume *row, uint32_t quarter, uint32_t count)
{
    bool fresh;

    if (tally->buckets >= TALLY_BUCKETS_MAX) {
        tally->dropped++;
        return true;
    }
    if (!volume_add(&row->series, quarter, count, &fresh))
        return false;
    tally->buckets += fresh;
    return true;
}

struct names_sought tally_seek_volume(const struct tally *tally, const struct tally_volume *key, char text[KEY_MAX])
{
    return rows_seek(&tally->volumes, make_key(text, (int)key->by, (int)key->receiver, (int)key->origin, key->name));
}

struct volume *tally_take_volume(struct tally *tally, const struct names_sought *sought)
{
    bool fresh;
    struct volume *row = rows_take(&tally->volumes, sought, &fresh);

    if (row != NULL && row->series.count > 0)
        __builtin_prefetch(&row->series.list[row->series.count - 1], 1);
    return row;
}

static struct volume *volume_row(struct tally *tally, const struct tally_volume *key)
{
    char text[KEY_MAX];
    struct names_sought sought = tally_seek_volume(tally, key, text);

    return tally_take_volume(tally, &sought);
}

bool tally_add_volume(struct tally *tally, const struct tally_volume *key, uint32_t quarter, uint32_t count)
{
    struct volume *row;

    if (key->name.n > DOMAIN_MAX) {
        tally->dropped++;
        return true;
    }
    row = volume_row(tally, key);
    return row != NULL && tally_count_volume(tally, row, quarter, count);
}

/* The row is looked up once: a month of 1,000 senders is millions of quarters. */
bool tally_put_volumes(struct tally *tally, const struct tally_volume *key, int64_t begin, const uint32_t *counts,
                       size_t number)
{
    struct volume *row;

    if (key->name.n > DOMAIN_MAX)
        return true;
    row = volume_row(tally, key);
    if (row == NULL)
        return false;
    for (size_t i = 0; i < number; i++) {
        if (counts[i] > 0 && !tally_count_volume(tally, row, volume_quarter(begin) + (uint32_t)i, counts[i]))
            return false;
    }
    return true;
}

const struct volume_series *tally_find_volume(const struct tally *tally, const struct tally_volume *key)
{
    char text[KEY_MAX];
    uint32_t id;

    if (key->name.n > DOMAIN_MAX)
        return NULL;
    id = names_find(tally->volumes.keys, make_key(text, (int)key->by, (int)key->receiver, (int)key->origin, key->name));
    return id == 0 ? NULL : &((struct volume *)rows_at(&tally->volumes, id - 1))->series;
}

bool tally_volume(const struct tally *tally, size_t index, struct tally_volume *out)
{
    const struct volume *row = rows_at(&tally->volumes, index);
    struct view key;

    if (row == NULL)
        return false;
    key = rows_key(&tally->volumes, index);
    *out = (struct tally_volume){ .by = VOLUME_BY_COUNT, .name = key, .series = &row->series };
    if (view_eq(key, ROWS_OTHER))
        return true;
    out->by = (enum volume_by)(key.p[0] - '0');
    out->receiver = (enum receiver)(key.p[1] - '0');
    out->origin = (enum origin)(key.p[2] - '0');
    out->name = view_slice(key, KEY_HEAD, key.n);
    return true;
}

struct form *tally_form_row(struct tally *tally, enum receiver receiver, struct view domain)
{
    char text[KEY_MAX];
    bool fresh;

    if (domain.n > DOMAIN_MAX)
        return NULL;
    return rows_add(&tally->forms, make_key(text, (int)receiver, 0, 0, domain), &fresh);
}

bool tally_form(const struct tally *tally, size_t index, struct tally_form *out)
{
    const struct form *row = rows_at(&tally->forms, index);
    struct view key;

    if (row == NULL)
        return false;
    key = rows_key(&tally->forms, index);
    *out = (struct tally_form){ .receiver = RECEIVER_COUNT, .domain = key, .counts = row };
    if (view_eq(key, ROWS_OTHER))
        return true;
    out->receiver = (enum receiver)(key.p[0] - '0');
    out->domain = view_slice(key, KEY_HEAD, key.n);
    return true;
}

/* Whether one entry stands before another. */
static bool is_before(const struct sample_id *one, const struct sample_id *other)
{
    if (other->text[0] == '\0' || one->time != other->time)
        return other->text[0] == '\0' || one->time > other->time;
    return strcmp(one->text, other->text) > 0;
}

/* The row without one of its entries. */
static void remove_id(struct sample *row, int at)
{
    memmove(&row->ids[at], &row->ids[at + 1], (size_t)(TALLY_SAMPLE_IDS - 1 - at) * sizeof(row->ids[0]));
    row->ids[TALLY_SAMPLE_IDS - 1] = (struct sample_id){ .time = 0 };
}

/* One message is one entry: of its latest moment, and certain if it was for once. */
static void take_older(struct sample *row, struct sample_id *entry)
{
    for (int i = 0; i < TALLY_SAMPLE_IDS; i++) {
        const struct sample_id *known = &row->ids[i];

        if (strcmp(known->text, entry->text) != 0)
            continue;
        entry->time = known->time > entry->time ? known->time : entry->time;
        entry->stretch = known->stretch == 0 ? 0 : entry->stretch;
        remove_id(row, i);
        return;
    }
}

static void insert_id(struct sample *row, const struct sample_id *entry)
{
    int at = 0;

    while (at < TALLY_SAMPLE_IDS && !is_before(entry, &row->ids[at]))
        at++;
    if (at == TALLY_SAMPLE_IDS)
        return;
    memmove(&row->ids[at + 1], &row->ids[at], (size_t)(TALLY_SAMPLE_IDS - 1 - at) * sizeof(row->ids[0]));
    row->ids[at] = *entry;
}

void tally_add_sample(struct tally *tally, const struct tally_sample *key, struct view queue_id, int64_t time,
                      uint32_t stretch)
{
    struct sample_id entry = { .time = time, .stretch = stretch };
    char text[KEY_MAX];
    struct sample *row;
    bool fresh;

    if (queue_id.n == 0 || queue_id.n > SAMPLE_ID_MAX || key->domain.n > DOMAIN_MAX)
        return;
    row = rows_add(
        &tally->samples,
        make_key(text, (int)key->receiver, (int)key->requirement, (int)key->origin * 2 + key->refused, key->domain),
        &fresh);
    if (row == NULL)
        return;
    memcpy(entry.text, queue_id.p, queue_id.n);
    take_older(row, &entry);
    insert_id(row, &entry);
}

void tally_settle_samples(struct tally *tally, uint32_t stretch, bool proven)
{
    for (size_t n = 0; stretch != 0 && n < rows_count(&tally->samples); n++) {
        struct sample *row = rows_at(&tally->samples, n);

        for (int i = TALLY_SAMPLE_IDS - 1; i >= 0; i--) {
            if (row->ids[i].stretch != stretch)
                continue;
            row->ids[i].stretch = 0;
            if (!proven)
                remove_id(row, i);
        }
    }
}

bool tally_sample(const struct tally *tally, size_t index, struct tally_sample *out)
{
    const struct sample *row = rows_at(&tally->samples, index);
    struct view key;

    if (row == NULL)
        return false;
    key = rows_key(&tally->samples, index);
    *out = (struct tally_sample){ .requirement = REQUIREMENT_COUNT, .domain = key };
    if (view_eq(key, ROWS_OTHER))
        return true;
    out->receiver = (enum receiver)(key.p[0] - '0');
    out->requirement = (enum requirement)(key.p[1] - '0');
    out->origin = (enum origin)((key.p[2] - '0') / 2);
    out->refused = (key.p[2] - '0') % 2 != 0;
    out->domain = view_slice(key, KEY_HEAD, key.n);
    while (out->count < TALLY_SAMPLE_IDS && row->ids[out->count].text[0] != '\0') {
        out->queue_ids[out->count] = view_of(row->ids[out->count].text);
        out->times[out->count] = row->ids[out->count].time;
        out->count++;
    }
    return true;
}
