#include "tally/tally.h"

#include <stdlib.h>
#include <string.h>

#include "shared/domain.h"
#include "shared/hash.h"
#include "tally/table.h"

enum {
    HOUR_MS = 3600 * 1000,
    CELLS_MAX = CELLS_FIXED + TALLY_DESTINATIONS_MAX + 2 * TALLY_SENDERS_MAX + TALLY_HOURS_MAX + TALLY_LEAKS_MAX + 8
};

static const struct view versions[VERSION_COUNT] = {
    [VERSION_SSL_3] = VIEW_INIT("SSLv3"),     [VERSION_TLS_1_0] = VIEW_INIT("TLSv1"),
    [VERSION_TLS_1_1] = VIEW_INIT("TLSv1.1"), [VERSION_TLS_1_2] = VIEW_INIT("TLSv1.2"),
    [VERSION_TLS_1_3] = VIEW_INIT("TLSv1.3"), [VERSION_OTHER] = VIEW_INIT("other"),
};

struct view tally_version_name(enum tally_version version)
{
    return versions[version];
}

static bool init_rows(struct tally *tally)
{
    uint64_t seed = tally->seed;
    bool done = rows_init(&tally->destinations, sizeof(struct destination), TALLY_DESTINATIONS_MAX, seed) &&
                rows_init(&tally->senders, sizeof(struct sender), TALLY_SENDERS_MAX, seed) &&
                rows_init(&tally->refusals, sizeof(struct refusal), TALLY_REFUSALS_MAX, seed) &&
                rows_init(&tally->leaks, sizeof(struct cell_row), TALLY_LEAKS_MAX, seed) &&
                rows_init(&tally->hours, sizeof(struct cell_row), TALLY_HOURS_MAX, seed) &&
                rows_init(&tally->submissions, sizeof(struct submissions), TALLY_SUBMISSIONS_MAX, seed);

    for (size_t i = 0; done && i < WORD_KINDS; i++)
        done = rows_init(&tally->words[i], sizeof(struct word), TALLY_WORDS_MAX, seed);
    return done;
}

struct tally *tally_new(uint64_t seed)
{
    struct tally *tally = calloc(1, sizeof(*tally));
    bool done;

    if (tally == NULL)
        return NULL;
    tally->seed = seed;
    tally->last_hour = -1;
    cells_init(&tally->cells, CELLS_MAX);
    done = init_rows(tally);
    for (int i = 0; done && i < CELLS_FIXED; i++)
        done = cells_add(&tally->cells) != UINT32_MAX;
    if (!done) {
        tally_free(tally);
        return NULL;
    }
    return tally;
}

void tally_free(struct tally *tally)
{
    if (tally == NULL)
        return;
    for (size_t i = 0; tally->senders.keys != NULL && i < rows_count(&tally->senders); i++)
        free(((struct sender *)rows_at(&tally->senders, i))->hours);
    rows_done(&tally->destinations);
    rows_done(&tally->senders);
    rows_done(&tally->refusals);
    rows_done(&tally->leaks);
    rows_done(&tally->hours);
    rows_done(&tally->submissions);
    for (size_t i = 0; i < WORD_KINDS; i++)
        rows_done(&tally->words[i]);
    cells_done(&tally->cells);
    free(tally);
}

uint32_t tally_row_cell(struct tally *tally, uint32_t *cell, bool fresh)
{
    if (fresh)
        *cell = cells_add(&tally->cells);
    return *cell;
}

static void count(struct tally *tally, uint32_t cell, const struct delivery *delivery)
{
    if (cell == UINT32_MAX || !cells_count(&tally->cells, cell, delivery))
        tally->dropped++;
}

static enum tally_version version_of(struct view text)
{
    for (int version = 0; version < VERSION_OTHER; version++) {
        if (view_eq(versions[version], text))
            return (enum tally_version)version;
    }
    return VERSION_OTHER;
}

/* Most messages in a row have the same cipher: the last one's row is remembered. */
static void count_word(struct tally *tally, enum tally_word kind, struct view text)
{
    struct rows *rows = &tally->words[kind];
    bool fresh;

    if (text.n == 0)
        return;
    if (!hash_same(tally->last_word[kind].text, text)) {
        const struct word *row = rows_add(rows, text, &fresh);

        if (row == NULL)
            return;
        tally->last_word[kind].row = (uint32_t)(row - (struct word *)(void *)rows->list);
        tally->last_word[kind].text = rows_key(rows, tally->last_word[kind].row);
        if (!hash_same(tally->last_word[kind].text, text))
            tally->last_word[kind].text.n = 0; /* "(other)" is many */
    }
    ((struct word *)rows_at(rows, tally->last_word[kind].row))->count++;
}

static void add_destination(struct tally *tally, const struct delivery *delivery)
{
    bool fresh;
    struct destination *row =
        rows_add(&tally->destinations, delivery->domain.n > 0 ? delivery->domain : VIEW("(none)"), &fresh);

    if (row == NULL) {
        tally->dropped++;
        return;
    }
    count(tally, tally_row_cell(tally, &row->cell, fresh), delivery);
    row->failures[delivery->failure] += delivery->failure != TLS_FAILURE_NONE;
    if (delivery->status == DELIVERY_SENT && delivery->protection == PROTECTION_ENCRYPTED) {
        row->levels[delivery->level]++;
        if (delivery->version.n > 0)
            row->versions[version_of(delivery->version)]++;
    }
}

static bool is_gmail(struct view domain)
{
    return view_eq(domain, VIEW("gmail.com")) || view_eq(domain, VIEW("googlemail.com"));
}

bool sender_add_gmail(struct sender *sender, uint32_t hour, uint32_t number)
{
    uint32_t at = sender->hour_count;

    while (at > 0 && sender->hours[at - 1].hour >= hour)
        at--;
    if (at < sender->hour_count && sender->hours[at].hour == hour) {
        sender->hours[at].count += number;
        return true;
    }
    if (sender->hour_count >= TALLY_HOURS_MAX)
        return false;
    if (sender->hour_count == sender->hour_room) {
        uint32_t room = sender->hour_room < 8 ? 8 : sender->hour_room * 2;
        struct gmail_hour *hours = realloc(sender->hours, room * sizeof(*hours));

        if (hours == NULL)
            return false;
        sender->hours = hours;
        sender->hour_room = room;
    }
    memmove(&sender->hours[at + 1], &sender->hours[at], (sender->hour_count - at) * sizeof(*sender->hours));
    sender->hours[at] = (struct gmail_hour){ hour, number };
    sender->hour_count++;
    return true;
}

static void add_refusal(struct tally *tally, uint32_t sender, struct view code)
{
    char key[sizeof(sender) + 16];
    struct refusal *row;
    bool fresh;

    if (code.n == 0 || code.n > sizeof(key) - sizeof(sender))
        return;
    memcpy(key, &sender, sizeof(sender));
    memcpy(key + sizeof(sender), code.p, code.n);
    row = rows_add(&tally->refusals, (struct view){ key, sizeof(sender) + code.n }, &fresh);
    if (row == NULL)
        return;
    row->sender = sender;
    row->count++;
}

static void add_sender(struct tally *tally, const struct delivery *delivery)
{
    struct view domain = delivery->header_from.n > 0 ? delivery->header_from : delivery->sender_domain;
    char key[1 + DOMAIN_MAX];
    struct sender *row;
    bool fresh, sent = delivery->status == DELIVERY_SENT;

    if (domain.n > DOMAIN_MAX)
        return;
    key[0] = (char)delivery->origin;
    if (domain.n > 0)
        memcpy(key + 1, domain.p, domain.n);
    row = rows_add(&tally->senders, (struct view){ key, 1 + domain.n }, &fresh);
    if (row == NULL) {
        tally->dropped++;
        return;
    }
    tally_row_cell(tally, &row->cell, fresh);
    if (delivery->hop == HOP_DIRECT)
        count(tally, row->cell, delivery);
    else
        row->via_smarthost += sent;
    if (delivery->hop == HOP_DIRECT && is_gmail(delivery->domain))
        count(tally, tally_row_cell(tally, &row->gmail_cell, row->gmail_cell == 0), delivery);
    if (sent && is_gmail(delivery->domain)) {
        row->gmail++;
        tally->dropped += !sender_add_gmail(row, (uint32_t)(delivery->time / HOUR_MS), 1);
    }
    add_refusal(tally, (uint32_t)(((char *)row - tally->senders.list) / (ptrdiff_t)sizeof(*row)), delivery->refusal);
}

/* Only what left in plaintext, or may turn out to have. */
static void add_leak(struct tally *tally, const struct delivery *delivery)
{
    char key[2 * DOMAIN_MAX + 2];
    struct buf buf = BUF(key);
    struct cell_row *row;
    bool fresh;

    if (delivery->status != DELIVERY_SENT ||
        (delivery->protection != PROTECTION_PLAINTEXT && delivery->protection != PROTECTION_UNDECIDED))
        return;
    buf_add(&buf, delivery->domain);
    buf_add_char(&buf, '\0');
    buf_add_char(&buf, (char)delivery_cause(delivery));
    buf_add(&buf, delivery->sender_domain);
    row = buf.full ? NULL : rows_add(&tally->leaks, buf_view(&buf), &fresh);
    if (row == NULL)
        return;
    count(tally, tally_row_cell(tally, &row->cell, fresh), delivery);
}

static void add_hour(struct tally *tally, const struct delivery *delivery)
{
    int64_t number = delivery->time / HOUR_MS;
    struct cell_row *row;
    bool fresh;

    if (number != tally->last_hour) {
        row = rows_add(&tally->hours, (struct view){ (const char *)&number, sizeof(number) }, &fresh);
        if (row == NULL)
            return;
        tally_row_cell(tally, &row->cell, fresh);
        tally->last_hour = number;
        tally->last_hour_row = (uint32_t)(row - (struct cell_row *)(void *)tally->hours.list);
    }
    row = rows_at(&tally->hours, tally->last_hour_row);
    count(tally, row->cell, delivery);
}

static void add_time(struct tally *tally, int64_t time)
{
    if (tally->first == 0 || time < tally->first)
        tally->first = time;
    if (time > tally->last)
        tally->last = time;
}

static void add_direct(struct tally *tally, const struct delivery *delivery)
{
    bool sent = delivery->status == DELIVERY_SENT;

    count(tally, CELL_DIRECT, delivery);
    add_destination(tally, delivery);
    add_leak(tally, delivery);
    add_hour(tally, delivery);
    tally->unknown[delivery->reason] += sent && delivery->protection == PROTECTION_UNKNOWN;
    tally->downgrades += sent && delivery->downgraded;
    if (sent && delivery->protection == PROTECTION_ENCRYPTED) {
        count_word(tally, WORD_CIPHER, delivery->cipher);
        count_word(tally, WORD_KEY_EXCHANGE, delivery->key_exchange);
    }
}

void tally_add(struct tally *tally, const struct delivery *delivery)
{
    add_time(tally, delivery->time);
    switch (delivery->hop) {
    case HOP_INTERNAL:
        tally->internal += delivery->status == DELIVERY_SENT;
        return;
    case HOP_LMTP:
        count(tally, CELL_LMTP, delivery);
        return;
    case HOP_SMARTHOST:
        count(tally, CELL_SMARTHOST, delivery);
        add_sender(tally, delivery);
        return;
    case HOP_DIRECT:
    case HOP_COUNT:
        break;
    }
    add_direct(tally, delivery);
    add_sender(tally, delivery);
}

void tally_settle(struct tally *tally, uint32_t stretch, bool proven)
{
    uint64_t sent = cells_settle(&tally->cells, stretch, proven, CELL_DIRECT);

    if (!proven)
        tally->unknown[UNKNOWN_LOGGING_UNPROVEN] += sent;
}

void tally_expired(struct tally *tally, int64_t time, struct view sender_domain)
{
    (void)sender_domain;
    add_time(tally, time);
    tally->expired++;
}

/* sendmail(1) uses no listener, and neither plaintext nor TLS: "none" would say that it is sent in clear. */
static struct view word_without(const struct record *record, enum fact_id id)
{
    const struct fact *local = &record->sub.facts[FACT_LOCAL];
    bool is_local = local->state == FACT_KNOWN && local->number != 0;

    return is_local && (id == FACT_LISTENER || id == FACT_TLS) ? VIEW("local") : VIEW("none");
}

static void add_fact(const struct record *record, enum fact_id id, struct buf *buf)
{
    const struct fact *fact = &record->sub.facts[id];
    size_t start = buf->len;

    if (fact->state == FACT_KNOWN)
        fact_print(buf, &fact_table[id], fact);
    if (buf->len == start)
        buf_add(buf, word_without(record, id));
}

static void count_verdict(struct submissions *row, const struct decision *decision)
{
    row->accepted += decision->now.verdict == VERDICT_ACCEPT;
    row->held += decision->now.verdict == VERDICT_HOLD;
    row->deferred += decision->now.verdict == VERDICT_TEMPFAIL;
    row->rejected += decision->now.verdict == VERDICT_REJECT;
    row->tagged += decision->tag_count > 0;
    row->would += decision->would.verdict != VERDICT_ACCEPT || decision->would_tag.line > 0;
}

void tally_record(struct tally *tally, int64_t time, const struct record *record)
{
    static const enum fact_id facts[] = { FACT_LISTENER, FACT_LOGIN, FACT_CLIENT, FACT_TLS, FACT_MECHANISM };
    char key[RECORD_MAX + 16];
    struct buf buf = BUF(key);
    struct submissions *row;
    bool fresh;

    if (record->decision.direction == DIRECTION_INBOUND)
        return;
    add_time(tally, time);
    for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++) {
        add_fact(record, facts[i], &buf);
        buf_add_char(&buf, '\0');
    }
    if (buf.full || (row = rows_add(&tally->submissions, buf_view(&buf), &fresh)) == NULL) {
        tally->dropped++;
        return;
    }
    count_verdict(row, &record->decision);
    if (time > row->last)
        row->last = time;
}
