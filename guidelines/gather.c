/* A tally's rows brought together by registrable domain. */
#include <stdlib.h>
#include <string.h>

#include "guidelines/gathered.h"
#include "shared/refusal.h"

enum { SENDERS_MAX = TALLY_SENDERS_MAX + TALLY_FORMS_MAX };

/* ---- senders ---- */

static struct view registrable(const struct compliance *compliance, struct view domain)
{
    struct view part = compliance->input.registrable(compliance->input.registrable_context, domain);

    return part.n > 0 ? part : domain;
}

/* Mail that nobody else sent: bounces are nobody's, forwarded mail is of others. */
static bool is_own(enum origin origin)
{
    return origin == ORIGIN_SUBMITTED || origin == ORIGIN_UNKNOWN;
}

static bool is_domain(struct view name)
{
    return name.n > 0 && name.p[0] != '<' && name.p[0] != '(';
}

/* The place of a domain's sender in the list, plus 1; 0 without one. */
static uint32_t find_sender(const struct compliance *compliance, struct view domain)
{
    return is_domain(domain) ? names_find(compliance->names, registrable(compliance, domain)) : 0;
}

/* Made at need.  False: out of memory; what is no domain has place 0. */
static bool add_sender(struct compliance *compliance, struct view domain, uint32_t *place)
{
    *place = 0;
    if (!is_domain(domain))
        return true;
    *place = names_add(compliance->names, registrable(compliance, domain));
    if (*place == 0)
        return false;
    if (*place <= compliance->count)
        return true;
    if (compliance->count == compliance->room) {
        size_t room = compliance->room < 16 ? 16 : compliance->room * 2;
        struct gathered_sender *list = realloc(compliance->list, room * sizeof(*list));

        if (list == NULL)
            return false;
        compliance->list = list;
        compliance->room = room;
    }
    compliance->list[compliance->count++] =
        (struct gathered_sender){ .shown = { .domain = names_text(compliance->names, *place) } };
    return true;
}

/* ---- chains ---- */

static void link_row(struct compliance *compliance, enum chain chain, size_t row, uint32_t place)
{
    uint32_t *head;

    if (place == 0)
        return;
    head = &compliance->list[place - 1].heads[chain];
    compliance->next[chain][row] = *head;
    *head = (uint32_t)row + 1;
}

static bool make_chain(struct compliance *compliance, enum chain chain, size_t rows)
{
    compliance->next[chain] = calloc(rows + 1, sizeof(*compliance->next[chain]));
    return compliance->next[chain] != NULL;
}

static bool link_senders(struct compliance *compliance, uint32_t *places)
{
    struct tally_sender row;

    for (size_t i = 0; tally_sender(compliance->input.tally, i, &row); i++) {
        if (is_own(row.origin) && !add_sender(compliance, row.domain, &places[i]))
            return false;
        link_row(compliance, CHAIN_SENDERS, i, places[i]);
    }
    return true;
}

/* places: of the tally's senders. */
static void link_refusals(struct compliance *compliance, const uint32_t *places)
{
    struct tally_refusal_row row;

    for (size_t i = 0; tally_refusal_row(compliance->input.tally, i, &row); i++)
        link_row(compliance, CHAIN_REFUSALS, i, row.sender == SIZE_MAX ? 0 : places[row.sender]);
}

static bool link_forms(struct compliance *compliance)
{
    struct tally_form row;
    uint32_t place;

    for (size_t i = 0; tally_form(compliance->input.tally, i, &row); i++) {
        if (!add_sender(compliance, row.domain, &place))
            return false;
        link_row(compliance, CHAIN_FORMS, i, place);
    }
    return true;
}

static void link_samples(struct compliance *compliance)
{
    struct tally_sample row;

    for (size_t i = 0; tally_sample(compliance->input.tally, i, &row); i++) {
        if (is_own(row.origin))
            link_row(compliance, CHAIN_SAMPLES, i, find_sender(compliance, row.domain));
    }
}

static void link_volumes(struct compliance *compliance)
{
    struct tally_volume row;

    for (size_t i = 0; tally_volume(compliance->input.tally, i, &row); i++) {
        if (row.by < VOLUME_BY_LOGIN && is_own(row.origin))
            link_row(compliance, CHAIN_VOLUMES, i, find_sender(compliance, row.name));
    }
}

static size_t count_rows(const struct tally *tally, enum chain chain)
{
    union {
        struct tally_sender sender;
        struct tally_refusal_row refusal;
        struct tally_form form;
        struct tally_sample sample;
        struct tally_volume volume;
    } row;
    size_t count = 0;

    while (chain == CHAIN_SENDERS    ? tally_sender(tally, count, &row.sender)
           : chain == CHAIN_REFUSALS ? tally_refusal_row(tally, count, &row.refusal)
           : chain == CHAIN_FORMS    ? tally_form(tally, count, &row.form)
           : chain == CHAIN_SAMPLES  ? tally_sample(tally, count, &row.sample)
                                     : tally_volume(tally, count, &row.volume))
        count++;
    return count;
}

static bool link_all(struct compliance *compliance)
{
    uint32_t *places = calloc(count_rows(compliance->input.tally, CHAIN_SENDERS) + 1, sizeof(*places));
    bool done = places != NULL;

    for (enum chain chain = CHAIN_SENDERS; done && chain < CHAIN_COUNT; chain++)
        done = make_chain(compliance, chain, count_rows(compliance->input.tally, chain));
    done = done && link_senders(compliance, places) && link_forms(compliance);
    if (done) {
        link_refusals(compliance, places);
        link_samples(compliance);
        link_volumes(compliance);
    }
    free(places);
    return done;
}

/* ---- volumes ---- */

struct counted {
    struct volume_series by_from[RECEIVER_COUNT], by_envelope, by_signer;
    uint64_t instead[RECEIVER_COUNT], unsure[RECEIVER_COUNT];
};

static uint64_t total_of(const struct volume_series *series)
{
    return volume_figures(series, 0, 0).total;
}

static bool count_volume(struct counted *counted, const struct tally_volume *row)
{
    if (row->origin != ORIGIN_SUBMITTED) {
        counted->unsure[row->receiver] += total_of(row->series);
        return true;
    }
    if (row->by == VOLUME_BY_SENDER)
        return volume_merge(&counted->by_envelope, row->series);
    if (row->by == VOLUME_BY_SIGNER)
        return volume_merge(&counted->by_signer, row->series);
    if (row->by == VOLUME_BY_SENDER_INSTEAD)
        counted->instead[row->receiver] += total_of(row->series);
    return volume_merge(&counted->by_from[row->receiver], row->series);
}

static unsigned threshold_of(enum receiver receiver)
{
    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        if (profile_table[i].receiver == receiver)
            return profile_table[i].bulk;
    }
    return 0;
}

/* Once a bulk sender, always one: only who set or cleared the flag by hand says otherwise. */
static void find_bulk(const struct bulk_flag *flag, const struct counted *counted, struct compliance_sender *shown)
{
    int64_t reached = volume_reached(&counted->by_from[RECEIVER_GMAIL], threshold_of(RECEIVER_GMAIL),
                                     flag != NULL && flag->origin == BULK_CLEARED ? flag->since : 0);

    shown->bulk = (struct bulk_flag){ .domain = shown->domain };
    if (flag != NULL)
        shown->bulk = *flag;
    if (reached != 0 && (shown->bulk.origin == BULK_NO || shown->bulk.origin == BULK_CLEARED ||
                         (shown->bulk.origin == BULK_COUNTED && reached < shown->bulk.since)))
        shown->bulk = (struct bulk_flag){ .domain = shown->domain, .origin = BULK_COUNTED, .since = reached };
}

static void show_volumes(const struct compliance_input *input, const struct counted *counted,
                         struct compliance_sender *shown)
{
    for (int i = 0; i < RECEIVER_COUNT; i++) {
        struct volume_figures *figures = &shown->volumes[i];

        *figures = volume_figures(&counted->by_from[i], input->now, threshold_of((enum receiver)i));
        figures->instead = counted->instead[i];
        figures->unsure = counted->unsure[i];
    }
    shown->by_envelope = volume_figures(&counted->by_envelope, input->now, threshold_of(RECEIVER_GMAIL));
    shown->by_dkim = volume_figures(&counted->by_signer, input->now, threshold_of(RECEIVER_GMAIL));
}

/* flag: the kept one, NULL without one. */
static bool find_volumes(struct compliance *compliance, struct gathered_sender *sender, const struct bulk_flag *flag)
{
    struct counted counted = { 0 };
    bool done = true;

    for (uint32_t at = sender->heads[CHAIN_VOLUMES]; at != 0 && done; at = compliance->next[CHAIN_VOLUMES][at - 1]) {
        struct tally_volume row;

        tally_volume(compliance->input.tally, at - 1, &row);
        done = count_volume(&counted, &row);
    }
    show_volumes(&compliance->input, &counted, &sender->shown);
    find_bulk(flag, &counted, &sender->shown);
    for (int i = 0; i < RECEIVER_COUNT; i++)
        volume_done(&counted.by_from[i]);
    volume_done(&counted.by_envelope);
    volume_done(&counted.by_signer);
    return done;
}

/* ---- order ---- */

static int by_volume(const void *a, const void *b, void *context)
{
    const struct compliance *compliance = context;
    const struct compliance_sender *one = &compliance->list[*(const uint32_t *)a].shown,
                                   *other = &compliance->list[*(const uint32_t *)b].shown;
    const struct volume_figures *left = &one->volumes[RECEIVER_GMAIL], *right = &other->volumes[RECEIVER_GMAIL];

    if (left->peak != right->peak)
        return left->peak < right->peak ? 1 : -1;
    if (left->unsure != right->unsure)
        return left->unsure < right->unsure ? 1 : -1;
    return view_cmp(one->domain, other->domain);
}

static bool make_order(struct compliance *compliance)
{
    compliance->order = calloc(compliance->count + 1, sizeof(*compliance->order));
    if (compliance->order == NULL)
        return false;
    for (size_t i = 0; i < compliance->count; i++)
        compliance->order[i] = (uint32_t)i;
    qsort_r(compliance->order, compliance->count, sizeof(*compliance->order), by_volume, compliance);
    return true;
}

/* The kept flag of each sender, by its place. */
static const struct bulk_flag **flags_of_senders(const struct compliance *compliance)
{
    const struct bulk_flag **list = calloc(compliance->count + 1, sizeof(struct bulk_flag *));

    for (size_t i = 0; list != NULL && i < compliance->input.flag_count; i++) {
        uint32_t place = names_find(compliance->names, compliance->input.flags[i].domain);

        if (place != 0)
            list[place - 1] = &compliance->input.flags[i];
    }
    return list;
}

static bool find_all_volumes(struct compliance *compliance)
{
    const struct bulk_flag **flags = flags_of_senders(compliance);
    bool done = flags != NULL;

    for (size_t i = 0; done && i < compliance->count; i++)
        done = find_volumes(compliance, &compliance->list[i], flags[i]);
    free((void *)flags);
    return done;
}

static bool gather(struct compliance *compliance)
{
    return compliance->names != NULL && link_all(compliance) && find_all_volumes(compliance) && make_order(compliance);
}

struct compliance *compliance_new(const struct compliance_input *input)
{
    struct compliance *compliance = calloc(1, sizeof(*compliance));

    if (compliance == NULL)
        return NULL;
    compliance->input = *input;
    compliance->names = names_new(SENDERS_MAX, tally_seed(input->tally));
    if (!gather(compliance)) {
        compliance_free(compliance);
        return NULL;
    }
    return compliance;
}

void compliance_free(struct compliance *compliance)
{
    if (compliance == NULL)
        return;
    for (int i = 0; i < CHAIN_COUNT; i++)
        free(compliance->next[i]);
    free(compliance->order);
    free(compliance->list);
    names_free(compliance->names);
    free(compliance);
}

const struct compliance_sender *compliance_at(const struct compliance *compliance, size_t index)
{
    return index < compliance->count ? &compliance->list[compliance->order[index]].shown : NULL;
}

/* ---- sums ---- */

static bool is_transactional(const struct compliance_input *input, struct view domain)
{
    for (size_t i = 0; i < input->transactional_count; i++) {
        struct view entry = input->transactional[i];

        if (view_eq(entry, domain) || (entry.n > 0 && entry.p[0] == '.' && view_ends(domain, entry)))
            return true;
    }
    return false;
}

static void sum_forms(const struct compliance *compliance, const struct gathered_sender *sender, enum receiver receiver,
                      struct sender_sums *out)
{
    for (uint32_t at = sender->heads[CHAIN_FORMS]; at != 0; at = compliance->next[CHAIN_FORMS][at - 1]) {
        struct tally_form row;

        tally_form(compliance->input.tally, at - 1, &row);
        if (row.receiver != receiver)
            continue;
        form_add(&out->form, row.counts);
        if (!is_transactional(&compliance->input, row.domain))
            form_add(&out->judged, row.counts);
    }
}

static uint64_t all_refusals(const struct compliance *compliance, const struct gathered_sender *sender,
                             enum receiver receiver)
{
    uint64_t count = 0;

    for (uint32_t at = sender->heads[CHAIN_REFUSALS]; at != 0; at = compliance->next[CHAIN_REFUSALS][at - 1]) {
        const struct refusal_row *row;
        struct tally_refusal_row refusal;

        tally_refusal_row(compliance->input.tally, at - 1, &refusal);
        if (refusal_of_label(refusal.label, &row) == receiver)
            count += refusal.count;
    }
    return count;
}

void gathered_sums(const struct compliance *compliance, const struct gathered_sender *sender, enum receiver receiver,
                   struct sender_sums *out)
{
    const struct volume_figures *volume = &sender->shown.volumes[receiver];

    memset(out, 0, sizeof(*out));
    for (uint32_t at = sender->heads[CHAIN_SENDERS]; receiver == RECEIVER_GMAIL && at != 0;
         at = compliance->next[CHAIN_SENDERS][at - 1]) {
        struct tally_sender row;

        tally_sender(compliance->input.tally, at - 1, &row);
        cell_add(&out->cell, row.gmail_cell);
        out->sent += row.gmail;
    }
    sum_forms(compliance, sender, receiver, out);
    out->mail = volume->total + volume->unsure + out->sent + out->cell.deferred + out->cell.bounced +
                out->form.messages + all_refusals(compliance, sender, receiver);
}

void gathered_add_label(struct buf *detail, struct view label, uint64_t count)
{
    char text[128];
    struct buf piece = BUF(text);

    if (detail->len > 0)
        buf_add(&piece, VIEW(", "));
    buf_add(&piece, label);
    buf_addf(&piece, " x%llu", (unsigned long long)count);
    buf_add(detail, buf_view(&piece));
}

void label_counts_add(struct label_counts *sums, struct view label, uint64_t count)
{
    size_t at = 0;

    while (at < sums->count && !view_eq(sums->labels[at], label))
        at++;
    if (at == LABELS_MAX)
        return;
    if (at == sums->count) {
        sums->labels[sums->count] = label;
        sums->counts[sums->count++] = 0;
    }
    sums->counts[at] += count;
    label = sums->labels[at];
    count = sums->counts[at];
    for (; at > 0 && (sums->counts[at - 1] < count ||
                      (sums->counts[at - 1] == count && view_cmp(sums->labels[at - 1], label) > 0));
         at--) {
        sums->labels[at] = sums->labels[at - 1];
        sums->counts[at] = sums->counts[at - 1];
    }
    sums->labels[at] = label;
    sums->counts[at] = count;
}

void label_counts_say(const struct label_counts *sums, struct buf *detail)
{
    for (size_t i = 0; i < sums->count; i++)
        gathered_add_label(detail, sums->labels[i], sums->counts[i]);
}

uint64_t gathered_refusals(const struct compliance *compliance, const struct gathered_sender *sender,
                           enum receiver receiver, enum requirement requirement, struct buf *detail)
{
    struct label_counts labels = { .count = 0 };
    uint64_t count = 0;

    for (uint32_t at = sender->heads[CHAIN_REFUSALS]; at != 0; at = compliance->next[CHAIN_REFUSALS][at - 1]) {
        const struct refusal_row *row;
        struct tally_refusal_row refusal;

        tally_refusal_row(compliance->input.tally, at - 1, &refusal);
        if (refusal_of_label(refusal.label, &row) != receiver || row == NULL ||
            (row->requirements & REQUIREMENT_BIT(requirement)) == 0)
            continue;
        label_counts_add(&labels, refusal.label, refusal.count);
        count += refusal.count;
    }
    label_counts_say(&labels, detail);
    return count;
}

/* The latest of several rows, of one moment by name: those of a sum of tallies are those of one tally. */
struct latest {
    struct view *ids;
    int64_t times[COMPLIANCE_SAMPLES];
    size_t count;
};

static bool is_earlier(const struct latest *latest, size_t at, int64_t time, struct view id)
{
    if (latest->times[at] != time)
        return latest->times[at] < time;
    return view_cmp(latest->ids[at], id) < 0;
}

static void keep_latest(struct latest *latest, int64_t time, struct view id)
{
    size_t at = 0;

    while (at < latest->count && !is_earlier(latest, at, time, id))
        at++;
    if (at == COMPLIANCE_SAMPLES)
        return;
    latest->count += latest->count < COMPLIANCE_SAMPLES;
    for (size_t i = latest->count - 1; i > at; i--) {
        latest->ids[i] = latest->ids[i - 1];
        latest->times[i] = latest->times[i - 1];
    }
    latest->ids[at] = id;
    latest->times[at] = time;
}

size_t gathered_samples(const struct compliance *compliance, const struct gathered_sender *sender,
                        enum receiver receiver, enum requirement requirement, bool refused, struct view *ids)
{
    struct latest latest = { .ids = ids };

    for (uint32_t at = sender->heads[CHAIN_SAMPLES]; at != 0; at = compliance->next[CHAIN_SAMPLES][at - 1]) {
        struct tally_sample row;

        tally_sample(compliance->input.tally, at - 1, &row);
        if (row.receiver != receiver || row.requirement != requirement || row.refused != refused)
            continue;
        for (size_t i = 0; i < row.count; i++)
            keep_latest(&latest, row.times[i], row.queue_ids[i]);
    }
    return latest.count;
}
