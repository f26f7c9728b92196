#include "shared/refusal.h"
#include "tally/put.h"
#include "tally/table.h"

static void later(int64_t *last, int64_t time)
{
    if (time > *last)
        *last = time;
}

static void add_counts(uint32_t *into, const uint32_t *from, size_t count)
{
    for (size_t i = 0; i < count; i++)
        into[i] += from[i];
}

static bool merge_destinations(struct tally *into, const struct tally *from)
{
    for (size_t i = 0; i < rows_count(&from->destinations); i++) {
        const struct destination *row = rows_at(&from->destinations, i);
        bool fresh;
        struct destination *to = rows_add(&into->destinations, rows_key(&from->destinations, i), &fresh);

        if (to == NULL)
            return false;
        cell_add(&to->cell, &row->cell);
        add_counts(to->levels, row->levels, PEER_LEVEL_COUNT);
        add_counts(to->versions, row->versions, VERSION_COUNT);
        add_counts(to->failures, row->failures, TLS_FAILURE_COUNT);
    }
    return true;
}

static bool merge_refusals(struct tally *into, struct sender *to, const struct tally *from, size_t sender)
{
    struct view label;
    uint64_t count;

    for (size_t i = 0; tally_refusal(from, sender, i, &label, &count); i++) {
        if (!tally_add_refusal(into, to, label, count))
            return false;
    }
    return true;
}

/* A table of the other's that is full has its "(other)" counted here as what was dropped. */
static void merge_volumes(struct tally *into, const struct tally *from)
{
    struct tally_volume key;

    for (size_t i = 0; tally_volume(from, i, &key); i++) {
        for (uint32_t n = 0; n < key.series->count; n++)
            (void)tally_add_volume(into, &key, key.series->list[n].quarter, key.series->list[n].count);
    }
}

static bool merge_forms(struct tally *into, const struct tally *from)
{
    struct tally_form row;

    for (size_t i = 0; tally_form(from, i, &row); i++) {
        if (!tally_put_form(into, &row))
            return false;
    }
    return true;
}

static void merge_samples(struct tally *into, const struct tally *from)
{
    struct tally_sample row;

    for (size_t i = 0; tally_sample(from, i, &row); i++) {
        for (size_t n = 0; n < row.count && row.requirement != REQUIREMENT_COUNT; n++)
            tally_put_sample(into, &row, row.queue_ids[n], row.times[n]);
    }
}

static bool merge_senders(struct tally *into, const struct tally *from)
{
    for (size_t i = 0; i < rows_count(&from->senders); i++) {
        const struct sender *row = rows_at(&from->senders, i);
        bool fresh;
        struct sender *to = rows_add(&into->senders, rows_key(&from->senders, i), &fresh);

        if (to == NULL)
            return false;
        cell_add(&to->cell, &row->cell);
        cell_add(&to->gmail_cell, &row->gmail_cell);
        to->via_smarthost += row->via_smarthost;
        to->gmail += row->gmail;
        if (!merge_refusals(into, to, from, i))
            return false;
    }
    return true;
}

/* Rows that are nothing but one cell. */
static bool merge_cells(struct rows *to, const struct rows *rows)
{
    for (size_t i = 0; i < rows_count(rows); i++) {
        bool fresh;
        struct cell_row *row = rows_add(to, rows_key(rows, i), &fresh);

        if (row == NULL)
            return false;
        cell_add(&row->cell, &((struct cell_row *)rows_at(rows, i))->cell);
    }
    return true;
}

static bool merge_words(struct rows *to, const struct rows *rows)
{
    for (size_t i = 0; i < rows_count(rows); i++) {
        bool fresh;
        struct word *row = rows_add(to, rows_key(rows, i), &fresh);

        if (row == NULL)
            return false;
        row->count += ((struct word *)rows_at(rows, i))->count;
    }
    return true;
}

static bool merge_submissions(struct rows *to, const struct rows *rows)
{
    for (size_t i = 0; i < rows_count(rows); i++) {
        const struct submissions *row = rows_at(rows, i);
        bool fresh;
        struct submissions *sum = rows_add(to, rows_key(rows, i), &fresh);

        if (sum == NULL)
            return false;
        sum->accepted += row->accepted;
        sum->tagged += row->tagged;
        sum->held += row->held;
        sum->rejected += row->rejected;
        sum->deferred += row->deferred;
        sum->would += row->would;
        later(&sum->last, row->last);
    }
    return true;
}

static void merge_scalars(struct tally *into, const struct tally *from)
{
    for (int hop = 0; hop < HOP_COUNT; hop++)
        cell_add(&into->totals[hop], &from->totals[hop]);
    for (int reason = 0; reason < UNKNOWN_REASON_COUNT; reason++)
        into->unknown[reason] += from->unknown[reason];
    into->internal += from->internal;
    into->expired += from->expired;
    into->dropped += from->dropped;
    into->downgrades += from->downgrades;
    if (from->first != 0 && (into->first == 0 || from->first < into->first))
        into->first = from->first;
    later(&into->last, from->last);
}

bool tally_merge(struct tally *into, const struct tally *from)
{
    bool done;

    merge_scalars(into, from);
    merge_volumes(into, from);
    merge_samples(into, from);
    done = merge_forms(into, from) && merge_destinations(into, from) && merge_senders(into, from) &&
           merge_cells(&into->leaks, &from->leaks) && merge_cells(&into->hours, &from->hours) &&
           merge_submissions(&into->submissions, &from->submissions);
    for (size_t i = 0; done && i < WORD_KINDS; i++)
        done = merge_words(&into->words[i], &from->words[i]);
    return done;
}
