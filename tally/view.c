/* What others may see of a tally. */
#include <string.h>

#include "shared/civil.h"
#include "tally/table.h"

const struct cell *tally_totals(const struct tally *tally, enum hop hop)
{
    return &tally->totals[hop];
}

uint64_t tally_internal(const struct tally *tally)
{
    return tally->internal;
}

uint64_t tally_expirations(const struct tally *tally)
{
    return tally->expired;
}

uint64_t tally_seed(const struct tally *tally)
{
    return tally->seed;
}

uint64_t tally_dropped(const struct tally *tally)
{
    return tally->dropped;
}

uint64_t tally_unknown(const struct tally *tally, enum unknown_reason reason)
{
    return tally->unknown[reason];
}

uint64_t tally_downgrades(const struct tally *tally)
{
    return tally->downgrades;
}

int64_t tally_first(const struct tally *tally)
{
    return tally->first;
}

int64_t tally_last(const struct tally *tally)
{
    return tally->last;
}

bool tally_destination(const struct tally *tally, size_t index, struct tally_destination *out)
{
    const struct destination *row = rows_at(&tally->destinations, index);

    if (row == NULL)
        return false;
    *out = (struct tally_destination){
        .domain = rows_key(&tally->destinations, index),
        .cell = &row->cell,
        .levels = row->levels,
        .versions = row->versions,
        .failures = row->failures,
        .downgraded = row->cell.last_encrypted != 0 && row->cell.last_plaintext > row->cell.last_encrypted,
    };
    return true;
}

bool tally_sender(const struct tally *tally, size_t index, struct tally_sender *out)
{
    const struct sender *row = rows_at(&tally->senders, index);
    struct view key;

    if (row == NULL)
        return false;
    key = rows_key(&tally->senders, index);
    *out = (struct tally_sender){ .cell = &row->cell, .via_smarthost = row->via_smarthost };
    if (view_eq(key, ROWS_OTHER)) {
        out->domain = key;
    } else {
        out->origin = (enum origin)key.p[0];
        out->domain = view_slice(key, 1, key.n);
    }
    out->gmail_cell = &row->gmail_cell;
    out->gmail = row->gmail;
    return true;
}

/* Both series of one row: where the gate told the header From, and where the envelope stood in. */
struct gmail_peak tally_gmail_peak(const struct tally *tally, size_t index)
{
    struct volume_series all = { 0 };
    struct tally_sender sender;
    struct gmail_peak peak = { 0 };

    if (!tally_sender(tally, index, &sender) || sender.gmail == 0)
        return peak;
    for (enum volume_by by = VOLUME_BY_FROM; by <= VOLUME_BY_SENDER_INSTEAD; by++) {
        struct tally_volume key = {
            .by = by, .receiver = RECEIVER_GMAIL, .origin = sender.origin, .name = sender.domain
        };
        const struct volume_series *series = tally_find_volume(tally, &key);

        if (series != NULL && !volume_merge(&all, series))
            break; /* without memory: what is known so far */
    }
    if (all.count > 0) {
        struct volume_figures figures = volume_figures(&all, 0, VOLUME_BULK_SENDER);

        peak = (struct gmail_peak){ figures.peak, figures.reached };
    }
    volume_done(&all);
    return peak;
}

bool tally_refusal_row(const struct tally *tally, size_t index, struct tally_refusal_row *out)
{
    const struct refusals *row = rows_at(&tally->refusals, index);
    struct view key;

    if (row == NULL)
        return false;
    key = rows_key(&tally->refusals, index);
    *out = (struct tally_refusal_row){ .sender = SIZE_MAX, .label = key, .count = row->count };
    if (!view_eq(key, ROWS_OTHER)) {
        out->sender = row->sender;
        out->label = view_slice(key, sizeof(row->sender), SIZE_MAX);
    }
    return true;
}

bool tally_refusal(const struct tally *tally, size_t sender, size_t index, struct view *label, uint64_t *count)
{
    const struct sender *of = rows_at(&tally->senders, sender);
    const struct refusals *row = of == NULL ? NULL : rows_at(&tally->refusals, (size_t)of->first_refusal - 1);
    struct tally_refusal_row found;

    for (; row != NULL && index > 0; index--)
        row = rows_at(&tally->refusals, (size_t)row->next - 1);
    if (row == NULL || !tally_refusal_row(tally, rows_index(row), &found))
        return false;
    *label = found.label;
    *count = found.count;
    return true;
}

bool tally_leak(const struct tally *tally, size_t index, struct tally_leak *out)
{
    const struct cell_row *row = rows_at(&tally->leaks, index);
    struct view key;

    if (row == NULL)
        return false;
    key = rows_key(&tally->leaks, index);
    *out = (struct tally_leak){ .domain = key, .cell = &row->cell };
    if (!view_eq(key, ROWS_OTHER) && view_cut(&key, VIEW("\0"), &out->domain)) {
        out->cause = (enum plaintext_cause)key.p[0];
        out->sender = view_slice(key, 1, key.n);
    }
    return true;
}

bool tally_hour(const struct tally *tally, size_t index, int64_t *begin, const struct cell **cell)
{
    const struct cell_row *row = rows_at(&tally->hours, index);
    struct view key;
    int64_t number;

    if (row == NULL)
        return false;
    key = rows_key(&tally->hours, index);
    if (key.n != sizeof(number) || view_eq(key, ROWS_OTHER))
        return false;
    memcpy(&number, key.p, sizeof(number));
    *begin = number * HOUR_MS;
    *cell = &row->cell;
    return true;
}

bool tally_word(const struct tally *tally, enum tally_word kind, size_t index, struct view *word, uint64_t *count)
{
    const struct word *row = rows_at(&tally->words[kind], index);

    if (row == NULL)
        return false;
    *word = rows_key(&tally->words[kind], index);
    *count = row->count;
    return true;
}

bool tally_submission(const struct tally *tally, size_t index, struct tally_submission *out)
{
    const struct submissions *row = rows_at(&tally->submissions, index);
    struct view *const parts[] = { &out->listener, &out->login, &out->client, &out->tls, &out->mechanism };
    struct view key;

    if (row == NULL)
        return false;
    key = rows_key(&tally->submissions, index);
    *out = (struct tally_submission){ .listener = key,
                                      .accepted = row->accepted,
                                      .tagged = row->tagged,
                                      .held = row->held,
                                      .rejected = row->rejected,
                                      .deferred = row->deferred,
                                      .would = row->would,
                                      .last = row->last };
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && !view_eq(key, ROWS_OTHER); i++)
        view_cut(&key, VIEW("\0"), parts[i]);
    return true;
}
