#include "keeper/batch.h"

#include <stdlib.h>
#include <string.h>

#include "keeper/kept_relays.h"
#include "shared/arena.h"
#include "shared/civil.h"
#include "store/detail.h"

/* One hour of one host. */
struct hour {
    struct view host; /* in the batch's arena */
    int64_t begin;    /* ms */
    struct tally *tally;
    struct completeness completeness;
    struct main_relay relays; /* of deliveries that count as direct, as in follow/correlate.h */
};

struct settled {
    uint32_t stretch;
    bool proven;
};

struct batch {
    uint64_t seed, lost;
    const struct privacy *privacy;
    struct batch_rules rules;
    struct hour hours[BATCH_TALLIES_MAX];
    size_t hour_count, last; /* last: the one that was used last */
    struct arena texts;
    struct delivery *details;
    size_t detail_count, detail_room;
    struct settled *verdicts;
    size_t verdict_count, verdict_room;
};

struct batch *batch_new(uint64_t seed, const struct privacy *privacy, struct batch_rules rules)
{
    struct batch *batch = calloc(1, sizeof(*batch));

    if (batch == NULL)
        return NULL;
    batch->seed = seed;
    batch->privacy = privacy;
    batch->rules = rules;
    return batch;
}

void batch_clear(struct batch *batch)
{
    for (size_t i = 0; i < batch->hour_count; i++)
        tally_free(batch->hours[i].tally);
    batch->hour_count = 0;
    batch->last = 0;
    batch->detail_count = 0;
    batch->verdict_count = 0;
    batch->lost = 0;
    arena_reset(&batch->texts);
}

void batch_free(struct batch *batch)
{
    if (batch == NULL)
        return;
    batch_clear(batch);
    arena_done(&batch->texts);
    free(batch->details);
    free(batch->verdicts);
    free(batch);
}

bool batch_is_full(const struct batch *batch)
{
    /* One line may bring several of each: a repeated line, the end of many stretches. */
    return batch->hour_count > BATCH_TALLIES_MAX * 3 / 4 || batch->detail_count > BATCH_DETAILS_MAX * 3 / 4 ||
           batch->texts.used > BATCH_DETAIL_OCTETS || batch->verdict_count > BATCH_SETTLES_MAX * 3 / 4;
}

static struct hour *add_hour(struct batch *batch, struct view host, int64_t begin)
{
    struct hour *hour = &batch->hours[batch->hour_count];

    if (batch->hour_count == BATCH_TALLIES_MAX)
        return NULL;
    *hour = (struct hour){ .host = arena_copy(&batch->texts, host), .begin = begin, .tally = tally_new(batch->seed) };
    if (hour->host.p == NULL || hour->tally == NULL) {
        tally_free(hour->tally);
        return NULL;
    }
    batch->last = batch->hour_count++;
    return hour;
}

/* The hour of a host; NULL without room or memory. */
static struct hour *find_hour(struct batch *batch, struct view host, int64_t time)
{
    int64_t begin = floor_to(time, HOUR_MS);

    for (size_t n = 0; n < batch->hour_count; n++) {
        size_t i = (batch->last + n) % batch->hour_count;

        if (batch->hours[i].begin == begin && view_eq(batch->hours[i].host, host)) {
            batch->last = i;
            return &batch->hours[i];
        }
    }
    return add_hour(batch, host, begin);
}

static void *grow(void *list, size_t count, size_t *room, size_t size, size_t limit)
{
    size_t more = *room == 0 ? 64 : *room * 2;
    void *grown;

    if (count < *room)
        return list;
    if (count >= limit)
        return NULL;
    grown = realloc(list, more * size);
    if (grown != NULL)
        *room = more;
    return grown;
}

/* Only the fields that ledger_save_detail() reads. */
static bool keep_texts(struct batch *batch, struct delivery *kept)
{
    char address[PRIVACY_ADDRESS_MAX * 2], text[DETAIL_REPLY_MAX];
    struct buf recipient = BUF(address), reply = BUF(text);
    struct view *const texts[] = { &kept->host,   &kept->queue_id, &kept->sender_domain, &kept->recipient,
                                   &kept->domain, &kept->relay,    &kept->relay_address, &kept->refusal,
                                   &kept->dsn,    &kept->reply };

    privacy_address(batch->privacy, kept->recipient, &recipient);
    kept->recipient = buf_view(&recipient);
    privacy_text(batch->privacy, view_slice(kept->reply, 0, DETAIL_REPLY_MAX), &reply);
    kept->reply = buf_view(&reply);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        *texts[i] = arena_copy(&batch->texts, *texts[i]);
        if (texts[i]->p == NULL)
            return false;
    }
    return true;
}

static void add_detail(struct batch *batch, const struct delivery *delivery)
{
    struct delivery *list =
        grow(batch->details, batch->detail_count, &batch->detail_room, sizeof(*list), BATCH_DETAILS_MAX);

    if (list != NULL)
        batch->details = list;
    if (list == NULL) {
        batch->lost++;
        return;
    }
    list[batch->detail_count] = *delivery;
    if (keep_texts(batch, &list[batch->detail_count]))
        batch->detail_count++;
    else
        batch->lost++;
}

static bool is_detail(const struct batch *batch, const struct delivery *delivery)
{
    return detail_wanted(delivery) || delivery_violates(batch->rules.list, batch->rules.count, delivery);
}

void batch_delivery(struct batch *batch, const struct delivery *delivery)
{
    struct hour *hour = find_hour(batch, delivery->host, delivery->time);

    if (hour == NULL) {
        batch->lost++;
        return;
    }
    tally_add(hour->tally, delivery);
    if (delivery->hop == HOP_DIRECT && delivery->protection != PROTECTION_NONE)
        main_relay_note(&hour->relays, delivery->relay, delivery->domain);
    if (is_detail(batch, delivery))
        add_detail(batch, delivery);
}

static void settle_details(struct batch *batch, uint32_t stretch, bool proven)
{
    size_t kept = 0;

    for (size_t i = 0; i < batch->detail_count; i++) {
        struct delivery *detail = &batch->details[i];

        if (detail->protection == PROTECTION_UNDECIDED && detail->stretch == stretch) {
            detail->protection = proven ? PROTECTION_PLAINTEXT : PROTECTION_UNKNOWN;
            if (!is_detail(batch, detail))
                continue;
        }
        batch->details[kept++] = *detail;
    }
    batch->detail_count = kept;
}

/* For what waits in this batch now; for what waits in the ledger when the batch is saved. */
void batch_settle(struct batch *batch, uint32_t stretch, bool proven)
{
    struct settled *list =
        grow(batch->verdicts, batch->verdict_count, &batch->verdict_room, sizeof(*list), BATCH_SETTLES_MAX);

    for (size_t i = 0; i < batch->hour_count; i++)
        tally_settle(batch->hours[i].tally, stretch, proven);
    settle_details(batch, stretch, proven);
    if (list == NULL) {
        batch->lost++;
        return;
    }
    batch->verdicts = list;
    list[batch->verdict_count++] = (struct settled){ stretch, proven };
}

void batch_expired(struct batch *batch, struct view host, int64_t time, struct view sender_domain)
{
    struct hour *hour = find_hour(batch, host, time);

    if (hour == NULL)
        batch->lost++;
    else
        tally_expired(hour->tally, time, sender_domain);
}

void batch_submitted(struct batch *batch, struct view host, int64_t time, struct view login, unsigned recipients)
{
    struct hour *hour = find_hour(batch, host, time);

    if (hour == NULL)
        batch->lost++;
    else
        tally_submitted(hour->tally, time, login, recipients);
}

void batch_record(struct batch *batch, struct view host, int64_t time, const struct record *record)
{
    struct hour *hour = find_hour(batch, host, time);
    char text[PRIVACY_ADDRESS_MAX * 2];
    struct buf login = BUF(text);
    struct record *kept;

    if (hour == NULL || (kept = malloc(sizeof(*kept))) == NULL) {
        batch->lost++;
        return;
    }
    *kept = *record;
    if (kept->sub.facts[FACT_LOGIN].state == FACT_KNOWN) {
        privacy_address(batch->privacy, kept->sub.facts[FACT_LOGIN].text, &login);
        kept->sub.facts[FACT_LOGIN].text = buf_view(&login);
    }
    tally_record(hour->tally, time, kept);
    free(kept);
}

void batch_completeness(struct batch *batch, struct view host, int64_t time, const struct completeness *more)
{
    struct hour *hour = find_hour(batch, host, time);

    if (hour == NULL) {
        batch->lost++;
        return;
    }
    completeness_add(&hour->completeness, more);
}

/* With what the day has already. */
static int save_relays(const struct hour *hour, struct ledger *ledger, struct error *error)
{
    int64_t day = floor_to(hour->begin, DAY_MS);
    const struct relay_question same = { .host = hour->host, .from = day, .until = day + DAY_MS };
    struct relay_count rows[MAIN_RELAYS + 1];
    struct main_relay relays = hour->relays;

    if (relays.deliveries == 0)
        return 0;
    if (ledger_relays(ledger, &same, kept_relays_add, &relays, error) == -1)
        return -1;
    return ledger_save_relays(ledger, hour->host, day, rows, kept_relays_of(&relays, rows), error);
}

static int save_hour(const struct hour *hour, struct ledger *ledger, uint32_t generation, uint64_t lost,
                     struct error *error)
{
    struct completeness completeness = hour->completeness;

    completeness.evicted += lost;
    if (ledger_save_tally(ledger, hour->host, hour->begin, hour->tally, generation, error) == -1 ||
        save_relays(hour, ledger, error) == -1)
        return -1;
    return ledger_save_completeness(ledger, hour->host, hour->begin, &completeness, error);
}

int batch_save(const struct batch *batch, struct ledger *ledger, uint32_t generation, struct error *error)
{
    for (size_t i = 0; i < batch->verdict_count; i++) {
        if (ledger_settle(ledger, generation, batch->verdicts[i].stretch, batch->verdicts[i].proven, error) == -1)
            return -1;
    }
    for (size_t i = 0; i < batch->hour_count; i++) {
        if (save_hour(&batch->hours[i], ledger, generation, i == 0 ? batch->lost : 0, error) == -1)
            return -1;
    }
    for (size_t i = 0; i < batch->detail_count; i++) {
        if (ledger_save_detail(ledger, &batch->details[i], generation, error) == -1)
            return -1;
    }
    return 0;
}
