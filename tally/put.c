#include "tally/put.h"

#include <string.h>

#include "shared/civil.h"
#include "shared/domain.h"
#include "shared/refusal.h"
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

struct tally_counts tally_counts(const struct tally *tally)
{
    struct tally_counts counts = {
        .internal = tally->internal,
        .expired = tally->expired,
        .dropped = tally->dropped,
        .downgrades = tally->downgrades,
        .first = tally->first,
        .last = tally->last,
    };

    memcpy(counts.unknown, tally->unknown, sizeof(counts.unknown));
    return counts;
}

void tally_put_counts(struct tally *tally, const struct tally_counts *counts)
{
    tally->internal += counts->internal;
    tally->expired += counts->expired;
    tally->dropped += counts->dropped;
    tally->downgrades += counts->downgrades;
    for (size_t i = 0; i < UNKNOWN_REASON_COUNT; i++)
        tally->unknown[i] += counts->unknown[i];
    if (counts->first != 0 && (tally->first == 0 || counts->first < tally->first))
        tally->first = counts->first;
    later(&tally->last, counts->last);
}

void tally_put_totals(struct tally *tally, enum hop hop, const struct cell *cell)
{
    cell_add(&tally->totals[hop], cell);
}

bool tally_put_destination(struct tally *tally, const struct tally_destination *row)
{
    bool fresh;
    struct destination *to = rows_add(&tally->destinations, row->domain, &fresh);

    if (to == NULL)
        return false;
    cell_add(&to->cell, row->cell);
    add_counts(to->levels, row->levels, PEER_LEVEL_COUNT);
    add_counts(to->versions, row->versions, VERSION_COUNT);
    add_counts(to->failures, row->failures, TLS_FAILURE_COUNT);
    return true;
}

static struct sender *sender_row(struct tally *tally, enum origin origin, struct view domain)
{
    char key[1 + DOMAIN_MAX];
    struct buf buf = BUF(key);
    bool fresh;

    if (!view_eq(domain, ROWS_OTHER))
        buf_add_char(&buf, (char)origin);
    buf_add(&buf, domain);
    return rows_add(&tally->senders, buf.full ? ROWS_OTHER : buf_view(&buf), &fresh);
}

bool tally_put_sender(struct tally *tally, const struct tally_sender *row)
{
    struct sender *to = sender_row(tally, row->origin, row->domain);

    if (to == NULL)
        return false;
    cell_add(&to->cell, row->cell);
    if (row->gmail_cell != NULL)
        cell_add(&to->gmail_cell, row->gmail_cell);
    to->via_smarthost += row->via_smarthost;
    to->gmail += row->gmail;
    return true;
}

bool tally_put_volume(struct tally *tally, const struct tally_volume *key, int64_t begin, uint32_t count)
{
    return tally_add_volume(tally, key, volume_quarter(begin), count);
}

/* What ledgers of version 1 hold are Gmail's codes alone. */
static void add_label(struct buf *key, struct view label)
{
    const struct refusal_row *row;

    if (refusal_of_label(label, &row) == RECEIVER_OTHER)
        refusal_label(key, RECEIVER_GMAIL, label, VIEW(""));
    else
        buf_add(key, label);
}

bool tally_put_refusal(struct tally *tally, enum origin origin, struct view domain, struct view label, uint64_t count)
{
    struct sender *sender = sender_row(tally, origin, domain);
    char text[REFUSAL_LABEL_MAX];
    struct buf buf = BUF(text);

    if (sender == NULL)
        return false;
    if (!view_eq(label, ROWS_OTHER))
        add_label(&buf, label);
    return tally_add_refusal(tally, sender, buf.full || buf.len == 0 ? ROWS_OTHER : buf_view(&buf), count);
}

bool tally_put_form(struct tally *tally, const struct tally_form *row)
{
    struct form *to = tally_form_row(tally, row->receiver, row->domain);

    if (to == NULL)
        return false;
    form_add(to, row->counts);
    return true;
}

void tally_put_sample(struct tally *tally, const struct tally_sample *row, struct view queue_id, int64_t time)
{
    tally_add_sample(tally, row, queue_id, time, 0);
}

/* A row that is nothing but one cell. */
static bool put_cell_row(struct rows *rows, struct view key, const struct cell *cell)
{
    bool fresh;
    struct cell_row *row = rows_add(rows, key, &fresh);

    if (row == NULL)
        return false;
    cell_add(&row->cell, cell);
    return true;
}

bool tally_put_leak(struct tally *tally, const struct tally_leak *row)
{
    char key[2 * DOMAIN_MAX + 2];
    struct buf buf = BUF(key);

    buf_add(&buf, row->domain);
    if (!view_eq(row->domain, ROWS_OTHER)) {
        buf_add_char(&buf, '\0');
        buf_add_char(&buf, (char)row->cause);
        buf_add(&buf, row->sender);
    }
    return put_cell_row(&tally->leaks, buf.full ? ROWS_OTHER : buf_view(&buf), row->cell);
}

bool tally_put_hour(struct tally *tally, int64_t begin, const struct cell *cell)
{
    int64_t number = begin / HOUR_MS;

    return put_cell_row(&tally->hours, (struct view){ (const char *)&number, sizeof(number) }, cell);
}

bool tally_put_word(struct tally *tally, enum tally_word kind, struct view word, uint64_t count)
{
    bool fresh;
    struct word *row = rows_add(&tally->words[kind], word, &fresh);

    if (row != NULL)
        row->count += count;
    return row != NULL;
}

static void submission_key(struct buf *key, const struct tally_submission *row)
{
    const struct view parts[] = { row->listener, row->login, row->client, row->tls, row->mechanism };

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        buf_add(key, parts[i]);
        buf_add_char(key, '\0');
    }
}

bool tally_put_submission(struct tally *tally, const struct tally_submission *row)
{
    char text[RECORD_MAX + 16];
    struct buf key = BUF(text);
    struct submissions *to;
    bool fresh;

    submission_key(&key, row);
    to = rows_add(&tally->submissions, key.full || view_eq(row->listener, ROWS_OTHER) ? ROWS_OTHER : buf_view(&key),
                  &fresh);
    if (to == NULL)
        return false;
    to->accepted += row->accepted;
    to->tagged += row->tagged;
    to->held += row->held;
    to->rejected += row->rejected;
    to->deferred += row->deferred;
    to->would += row->would;
    later(&to->last, row->last);
    return true;
}

uint32_t tally_waiting(const struct tally *tally, uint32_t place, struct waiting *out)
{
    *out = tally->cells.waiting[place];
    return out->next_of_cell;
}
