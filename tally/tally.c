#include "tally/tally.h"

#include <stdlib.h>
#include <string.h>

#include "shared/civil.h"
#include "shared/domain.h"
#include "shared/hash.h"
#include "shared/refusal.h"
#include "tally/put.h"
#include "tally/table.h"

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
    const struct {
        struct rows *rows;
        size_t key_size, size;
        uint32_t limit;
    } tables[] = {
        { &tally->destinations, KEY_DESTINATION, sizeof(struct destination), TALLY_DESTINATIONS_MAX },
        { &tally->senders, KEY_SENDER, sizeof(struct sender), TALLY_SENDERS_MAX },
        { &tally->refusals, KEY_REFUSALS, sizeof(struct refusals), TALLY_REFUSALS_MAX },
        { &tally->volumes, KEY_VOLUME, sizeof(struct volume), TALLY_VOLUMES_MAX },
        { &tally->forms, KEY_FORM, sizeof(struct form), TALLY_FORMS_MAX },
        { &tally->samples, KEY_SAMPLE, sizeof(struct sample), TALLY_SAMPLES_MAX },
        { &tally->leaks, KEY_LEAK, sizeof(struct cell_row), TALLY_LEAKS_MAX },
        { &tally->hours, KEY_HOUR, sizeof(struct cell_row), TALLY_HOURS_MAX },
        { &tally->submissions, KEY_SUBMISSIONS, sizeof(struct submissions), TALLY_SUBMISSIONS_MAX },
    };
    bool done = true;

    for (size_t i = 0; done && i < sizeof(tables) / sizeof(tables[0]); i++)
        done = rows_init(tables[i].rows, tables[i].key_size, tables[i].size, tables[i].limit, tally->seed);
    for (size_t i = 0; done && i < WORD_KINDS; i++)
        done = rows_init(&tally->words[i], KEY_WORD, sizeof(struct word), TALLY_WORDS_MAX, tally->seed);
    return done;
}

struct tally *tally_new(uint64_t seed)
{
    struct tally *tally = calloc(1, sizeof(*tally));

    if (tally == NULL)
        return NULL;
    tally->seed = seed;
    tally->last_hour = -1;
    if (!init_rows(tally)) {
        tally_free(tally);
        return NULL;
    }
    return tally;
}

void tally_free(struct tally *tally)
{
    if (tally == NULL)
        return;
    for (size_t i = 0; tally->volumes.keys != NULL && i < rows_count(&tally->volumes); i++)
        volume_done(&((struct volume *)rows_at(&tally->volumes, i))->series);
    rows_done(&tally->destinations);
    rows_done(&tally->senders);
    rows_done(&tally->refusals);
    rows_done(&tally->volumes);
    rows_done(&tally->forms);
    rows_done(&tally->samples);
    rows_done(&tally->leaks);
    rows_done(&tally->hours);
    rows_done(&tally->submissions);
    for (size_t i = 0; i < WORD_KINDS; i++)
        rows_done(&tally->words[i]);
    cells_done(&tally->cells);
    free(tally);
}

/* Most are sent under TLS, and have no more to ask than this. */
static inline void count(struct tally *tally, struct cell *cell, const struct delivery *delivery)
{
    if (delivery->status == DELIVERY_SENT && delivery->protection == PROTECTION_ENCRYPTED)
        cell_count_encrypted(cell, delivery->time);
    else if (!cells_count(&tally->cells, cell, delivery))
        tally->dropped++;
}

static enum tally_version version_of(struct view text)
{
    for (int version = 0; version < VERSION_OTHER; version++) {
        if (hash_same(versions[version], text))
            return (enum tally_version)version;
    }
    return VERSION_OTHER;
}

static void count_word(struct tally *tally, enum tally_word kind, struct view text)
{
    bool fresh;
    struct word *row = text.n == 0 ? NULL : rows_add_frequent(&tally->words[kind], text, &fresh);

    if (row != NULL)
        row->count++;
}

static struct names_sought seek_destination(const struct tally *tally, struct view domain)
{
    return rows_seek(&tally->destinations, domain.n > 0 ? domain : VIEW("(none)"));
}

void tally_expect(struct tally *tally, struct view domain)
{
    tally->expected = seek_destination(tally, domain);
}

/* What tally_expect() began, where it was this domain. */
static struct names_sought expected_destination(const struct tally *tally, struct view domain)
{
    if (domain.n > 0 && tally->expected.name.p == domain.p && tally->expected.name.n == domain.n)
        return tally->expected;
    return seek_destination(tally, domain);
}

static void add_destination(struct tally *tally, const struct delivery *delivery, const struct names_sought *sought)
{
    bool fresh;
    struct destination *row = rows_take(&tally->destinations, sought, &fresh);

    if (row == NULL) {
        tally->dropped++;
        return;
    }
    count(tally, &row->cell, delivery);
    row->failures[delivery->failure] += delivery->failure != TLS_FAILURE_NONE;
    if (delivery->status == DELIVERY_SENT && delivery->protection == PROTECTION_ENCRYPTED) {
        row->levels[delivery->level]++;
        if (delivery->version.n > 0)
            row->versions[version_of(delivery->version)]++;
    }
}

/* The last of the sender's rows from now on. */
static void link_refusal(struct tally *tally, struct sender *sender, struct refusals *row)
{
    uint32_t number = (uint32_t)rows_index(row) + 1;
    struct refusals *last = rows_at(&tally->refusals, (size_t)sender->last_refusal - 1);

    if (last == NULL)
        sender->first_refusal = number;
    else
        last->next = number;
    sender->last_refusal = number;
}

bool tally_add_refusal(struct tally *tally, struct sender *sender, struct view label, uint64_t count)
{
    uint32_t number = (uint32_t)rows_index(sender);
    char text[sizeof(number) + REFUSAL_LABEL_MAX];
    struct buf buf = BUF(text);
    struct refusals *row;
    bool fresh;

    buf_add(&buf, (struct view){ (const char *)&number, sizeof(number) });
    buf_add(&buf, label);
    row = rows_add(&tally->refusals, buf.full || view_eq(label, ROWS_OTHER) ? ROWS_OTHER : buf_view(&buf), &fresh);
    if (row == NULL)
        return false;
    /* A table that is full gave "(other)", which is nobody's. */
    if (fresh && !view_eq(rows_key(&tally->refusals, rows_index(row)), ROWS_OTHER)) {
        row->sender = number;
        link_refusal(tally, sender, row);
    }
    row->count += count;
    return true;
}

static void count_volume(struct tally *tally, struct volume *row, const struct delivery *delivery)
{
    tally->dropped += row == NULL || !tally_count_volume(tally, row, volume_quarter(delivery->time), 1);
}

static bool counts_by_sender(const struct tally *tally, const struct delivery *delivery)
{
    return tally->prepared.receiver == RECEIVER_GMAIL && delivery->origin == ORIGIN_SUBMITTED;
}

/* Those of the prepared delivery. */
static void add_volumes(struct tally *tally, const struct delivery *delivery, struct volume *row)
{
    struct tally_volume key = { .by = VOLUME_BY_SIGNER,
                                .receiver = tally->prepared.receiver,
                                .origin = delivery->origin };
    struct view signers = delivery->signers;

    count_volume(tally, row, delivery);
    if (!counts_by_sender(tally, delivery))
        return;
    if (tally->prepared.volume_by_sender.name.p != NULL)
        row = tally_take_volume(tally, &tally->prepared.volume_by_sender);
    else
        row = NULL; /* no domain is as long as that */
    count_volume(tally, row, delivery);
    for (int i = 0; i < TALLY_SIGNERS_MAX && list_next(&signers, &key.name); i++) {
        if (!view_eq(key.name, LIST_UNKNOWN))
            tally->dropped += !tally_add_volume(tally, &key, volume_quarter(delivery->time), 1);
    }
}

/* Queue IDs of what went to Gmail without TLS, and of what a receiver refused by its guidelines. */
static void add_samples(struct tally *tally, const struct delivery *delivery, enum receiver receiver,
                        struct view domain)
{
    struct tally_sample key = { .receiver = receiver, .origin = delivery->origin, .domain = domain };
    bool waits = delivery->protection == PROTECTION_UNDECIDED;
    const struct refusal_row *refused = NULL;

    if (delivery->refusal.n > 0)
        key.receiver = refusal_of_label(delivery->refusal, &refused);
    key.refused = refused != NULL;
    for (int i = 0; refused != NULL && i < REQUIREMENT_COUNT; i++) {
        key.requirement = (enum requirement)i;
        if ((refused->requirements & REQUIREMENT_BIT(i)) != 0)
            tally_add_sample(tally, &key, delivery->queue_id, delivery->time, 0);
    }
    if (receiver == RECEIVER_GMAIL && delivery->hop == HOP_DIRECT && refused == NULL && delivery->began &&
        (waits || delivery->protection == PROTECTION_PLAINTEXT)) {
        key.requirement = REQUIREMENT_TLS;
        tally_add_sample(tally, &key, delivery->queue_id, delivery->time, waits ? delivery->stretch : 0);
    }
}

void tally_put_samples_of(struct tally *tally, const struct delivery *delivery)
{
    add_samples(tally, delivery, receiver_of(delivery->domain, delivery->relay),
                delivery->header_from.n > 0 ? delivery->header_from : delivery->sender_domain);
}

static struct view sender_of(const struct delivery *delivery)
{
    return delivery->header_from.n > 0 ? delivery->header_from : delivery->sender_domain;
}

static struct names_sought seek_sender(struct tally *tally, const struct delivery *delivery)
{
    struct view domain = view_slice(sender_of(delivery), 0, DOMAIN_MAX);
    char *key = tally->prepared.sender_key;

    key[0] = (char)delivery->origin;
    if (domain.n > 0)
        memcpy(key + 1, domain.p, domain.n);
    return rows_seek(&tally->senders, (struct view){ key, 1 + domain.n });
}

static void seek_volumes(struct tally *tally, const struct delivery *delivery)
{
    struct tally_volume key = { .by = delivery->header_from.n > 0 ? VOLUME_BY_FROM : VOLUME_BY_SENDER_INSTEAD,
                                .receiver = tally->prepared.receiver,
                                .origin = delivery->origin,
                                .name = view_slice(sender_of(delivery), 0, DOMAIN_MAX) };

    tally->prepared.volume = tally_seek_volume(tally, &key, tally->prepared.volume_key);
    if (!counts_by_sender(tally, delivery) || delivery->sender_domain.n > DOMAIN_MAX)
        return;
    key.by = VOLUME_BY_SENDER;
    key.name = delivery->sender_domain;
    tally->prepared.volume_by_sender = tally_seek_volume(tally, &key, tally->prepared.volume_by_sender_key);
}

void tally_prepare(struct tally *tally, const struct delivery *delivery)
{
    bool direct = delivery->hop == HOP_DIRECT;

    tally->prepared.delivery = delivery;
    if (!direct && delivery->hop != HOP_SMARTHOST)
        return;
    tally->prepared.receiver = receiver_of(delivery->domain, direct ? delivery->relay : VIEW(""));
    tally->prepared.volume.name.p = tally->prepared.volume_by_sender.name.p = NULL;
    if (direct) {
        tally->prepared.destination = expected_destination(tally, delivery->domain);
        rows_expect(&tally->destinations, &tally->prepared.destination);
    }
    tally->prepared.sender = seek_sender(tally, delivery);
    if (delivery->status == DELIVERY_SENT && tally->prepared.receiver != RECEIVER_OTHER)
        seek_volumes(tally, delivery);
}

/* Of the prepared delivery, as the next. */
static void expect_sender(struct tally *tally)
{
    rows_expect(&tally->senders, &tally->prepared.sender);
    if (tally->prepared.volume.name.p != NULL)
        rows_expect(&tally->volumes, &tally->prepared.volume);
    if (tally->prepared.volume_by_sender.name.p != NULL)
        rows_expect(&tally->volumes, &tally->prepared.volume_by_sender);
}

static void add_sender(struct tally *tally, const struct delivery *delivery)
{
    struct view domain = sender_of(delivery);
    bool direct = delivery->hop == HOP_DIRECT, fresh, sent = delivery->status == DELIVERY_SENT;
    enum receiver receiver = tally->prepared.receiver;
    struct volume *volume = NULL;
    struct sender *row;

    if (domain.n > DOMAIN_MAX)
        return;
    if (tally->prepared.volume.name.p != NULL)
        volume = tally_take_volume(tally, &tally->prepared.volume);
    row = rows_take(&tally->senders, &tally->prepared.sender, &fresh);
    if (row == NULL) {
        tally->dropped++;
        return;
    }
    if (direct)
        count(tally, &row->cell, delivery);
    else
        row->via_smarthost += sent;
    if (direct && receiver == RECEIVER_GMAIL)
        count(tally, &row->gmail_cell, delivery);
    row->gmail += sent && receiver == RECEIVER_GMAIL;
    if (delivery->refusal.n > 0)
        tally->dropped += !tally_add_refusal(tally, row, delivery->refusal, 1);
    if (receiver != RECEIVER_OTHER || delivery->refusal.n > 0)
        add_samples(tally, delivery, receiver, domain);
    if (tally->prepared.volume.name.p != NULL)
        add_volumes(tally, delivery, volume);
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
    if (row != NULL)
        count(tally, &row->cell, delivery);
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
        tally->last_hour = number;
        tally->last_hour_row = (uint32_t)rows_index(row);
    }
    row = rows_at(&tally->hours, tally->last_hour_row);
    count(tally, &row->cell, delivery);
}

static void add_time(struct tally *tally, int64_t time)
{
    if (tally->first == 0 || time < tally->first)
        tally->first = time;
    if (time > tally->last)
        tally->last = time;
}

/* Rows that nothing else was lately looked for in come last: see names_seek(). */
static void add_direct(struct tally *tally, const struct delivery *delivery)
{
    bool sent = delivery->status == DELIVERY_SENT;

    expect_sender(tally);
    count(tally, &tally->totals[HOP_DIRECT], delivery);
    add_hour(tally, delivery);
    tally->unknown[delivery->reason] += sent && delivery->protection == PROTECTION_UNKNOWN;
    tally->downgrades += sent && delivery->downgraded;
    if (sent && delivery->protection == PROTECTION_ENCRYPTED) {
        count_word(tally, WORD_CIPHER, delivery->cipher);
        count_word(tally, WORD_KEY_EXCHANGE, delivery->key_exchange);
    }
    add_leak(tally, delivery);
    add_destination(tally, delivery, &tally->prepared.destination);
    add_sender(tally, delivery);
}

static void add_by_smarthost(struct tally *tally, const struct delivery *delivery)
{
    expect_sender(tally);
    count(tally, &tally->totals[HOP_SMARTHOST], delivery);
    add_sender(tally, delivery);
}

void tally_add(struct tally *tally, const struct delivery *delivery)
{
    if (tally->prepared.delivery != delivery)
        tally_prepare(tally, delivery);
    tally->prepared.delivery = NULL;
    tally->expected.name.p = NULL;
    add_time(tally, delivery->time);
    switch (delivery->hop) {
    case HOP_INTERNAL:
        tally->internal += delivery->status == DELIVERY_SENT;
        return;
    case HOP_LMTP:
        count(tally, &tally->totals[HOP_LMTP], delivery);
        return;
    case HOP_SMARTHOST:
        add_by_smarthost(tally, delivery);
        return;
    case HOP_DIRECT:
    case HOP_COUNT:
        break;
    }
    add_direct(tally, delivery);
}

void tally_settle(struct tally *tally, uint32_t stretch, bool proven)
{
    uint64_t sent = cells_settle(&tally->cells, stretch, proven, &tally->totals[HOP_DIRECT]);

    tally_settle_samples(tally, stretch, proven);
    if (!proven)
        tally->unknown[UNKNOWN_LOGGING_UNPROVEN] += sent;
}

void tally_expired(struct tally *tally, int64_t time, struct view sender_domain)
{
    (void)sender_domain;
    add_time(tally, time);
    tally->expired++;
}

void tally_submitted(struct tally *tally, int64_t time, struct view login, unsigned recipients)
{
    struct tally_volume key = { .by = VOLUME_BY_LOGIN, .name = login };

    add_time(tally, time);
    tally->dropped += !tally_add_volume(tally, &key, volume_quarter(time), recipients);
}

/* sendmail(1) uses no listener, and neither plaintext nor TLS: "none" would say that it is sent in clear. */
static struct view word_without(const struct record *record, enum fact_id id)
{
    const struct fact *local = &record->sub.facts[FACT_LOCAL];
    bool is_local = local->state == FACT_KNOWN && local->number != 0;

    return is_local && (id == FACT_LISTENER || id == FACT_TLS) ? VIEW("local") : VIEW("none");
}

/* A word of the key and the NUL behind it. */
static void add_word(struct buf *key, struct view word)
{
    buf_add(key, word);
    buf_add_char(key, '\0');
}

static void add_fact(const struct record *record, enum fact_id id, struct buf *key)
{
    const struct fact *fact = &record->sub.facts[id];

    if (fact->state != FACT_KNOWN) {
        add_word(key, word_without(record, id));
    } else if (fact_table[id].type == FACT_TYPE_TEXT) {
        add_word(key, fact_word_of_text(fact->text));
    } else {
        fact_print(key, &fact_table[id], fact);
        buf_add_char(key, '\0');
    }
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

static bool fact_flag(const struct record *record, enum fact_id id)
{
    const struct fact *fact = &record->sub.facts[id];

    return fact->state == FACT_KNOWN && fact->number != 0;
}

static bool fact_lists(const struct record *record, enum fact_id id, struct view word)
{
    const struct fact *fact = &record->sub.facts[id];
    struct view rest = fact->text, item;

    if (fact->state != FACT_KNOWN)
        return false;
    if (view_eq(rest, word)) /* nearly every list that holds it */
        return true;
    while (list_next(&rest, &item)) {
        if (view_eq(item, word))
            return true;
    }
    return false;
}

static void count_form(struct form *form, const struct record *record)
{
    bool is_signed = record->sub.facts[FACT_DKIM].text.n > 0;
    bool aligned = fact_flag(record, FACT_DKIM_ALIGNED) || fact_lists(record, FACT_FROM_AGREES, VIEW("sender"));

    form->messages++;
    form->unsigned_ones += !is_signed;
    form->unaligned += is_signed && !aligned;
    form->unaligned_unsigned += !is_signed && !aligned;
    form->without_one_click += !fact_flag(record, FACT_ONE_CLICK);
    if (record->sub.facts[FACT_FORMAT_FAULTS].text.n == 0)
        return;
    form->faulty++;
    for (size_t i = 0; i < format_fault_count && i < TALLY_FAULTS_MAX; i++)
        form->faults[i] += fact_lists(record, FACT_FORMAT_FAULTS, format_fault_table[i].name);
}

/* Queue IDs of what the gate itself can tell to be wrong. */
static void add_form_samples(struct tally *tally, int64_t time, const struct record *record, struct tally_sample *key)
{
    bool is_signed = record->sub.facts[FACT_DKIM].text.n > 0;
    const struct {
        enum requirement requirement;
        bool violated;
    } rows[] = {
        { REQUIREMENT_DKIM, !is_signed },
        { REQUIREMENT_ALIGNMENT,
          !fact_flag(record, FACT_DKIM_ALIGNED) && !fact_lists(record, FACT_FROM_AGREES, VIEW("sender")) },
        { REQUIREMENT_FORMATTING, record->sub.facts[FACT_FORMAT_FAULTS].text.n > 0 },
        { REQUIREMENT_ONE_CLICK, !fact_flag(record, FACT_ONE_CLICK) },
        { REQUIREMENT_GMAIL_FROM, receiver_of(key->domain, VIEW("")) == RECEIVER_GMAIL },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        key->requirement = rows[i].requirement;
        if (rows[i].violated)
            tally_add_sample(tally, key, record->queue_id, time, 0);
    }
}

static void add_form(struct tally *tally, int64_t time, const struct record *record, enum receiver receiver)
{
    struct tally_sample key = { .receiver = receiver,
                                .origin = ORIGIN_SUBMITTED,
                                .domain = submission_from_domain(&record->sub) };
    struct form *form = tally_form_row(tally, receiver, key.domain);

    if (form == NULL) {
        tally->dropped++;
        return;
    }
    count_form(form, record);
    if (receiver != RECEIVER_OTHER)
        add_form_samples(tally, time, record, &key);
}

/* Once for each receiver among the recipients.  Without headers (record brief, or refused before them) there is no form. */
static void add_forms(struct tally *tally, int64_t time, const struct record *record)
{
    bool receivers[RECEIVER_COUNT] = { false };

    if (record->decision.now.verdict != VERDICT_ACCEPT || record->sub.facts[FACT_FORMAT_FAULTS].state != FACT_KNOWN ||
        record->sub.facts[FACT_DKIM].state != FACT_KNOWN)
        return;
    for (size_t i = 0; i < record->to_count; i++)
        receivers[receiver_of(record->to[i].domain, VIEW(""))] = true;
    for (int i = 0; i < RECEIVER_COUNT; i++) {
        if (receivers[i])
            add_form(tally, time, record, (enum receiver)i);
    }
}

static void seek_submission(struct tally *tally, const struct record *record)
{
    struct buf key = BUF(tally->submission.key);

    add_fact(record, FACT_LISTENER, &key);
    add_fact(record, FACT_LOGIN, &key);
    add_fact(record, FACT_CLIENT, &key);
    add_fact(record, FACT_TLS, &key);
    add_fact(record, FACT_MECHANISM, &key);
    tally->submission.full = key.full;
    tally->submission.sought = rows_seek(&tally->submissions, buf_view(&key));
}

void tally_expect_record(struct tally *tally, const struct record *record)
{
    seek_submission(tally, record);
    tally->submission.record = record;
}

void tally_record(struct tally *tally, int64_t time, const struct record *record)
{
    bool expected = tally->submission.record == record, fresh;
    struct submissions *row;

    tally->submission.record = NULL;
    if (record->decision.direction == DIRECTION_INBOUND)
        return;
    add_time(tally, time);
    if (!expected)
        seek_submission(tally, record);
    rows_expect(&tally->submissions, &tally->submission.sought);
    add_forms(tally, time, record);
    if (tally->submission.full || (row = rows_take(&tally->submissions, &tally->submission.sought, &fresh)) == NULL) {
        tally->dropped++;
        return;
    }
    count_verdict(row, &record->decision);
    if (time > row->last)
        row->last = time;
}
