/* From what was gathered to a finding for each requirement. */
#include <string.h>

#include "guidelines/gathered.h"
#include "shared/refusal.h"

/* One sender at one receiver. */
struct assessment {
    const struct compliance *compliance;
    const struct gathered_sender *sender;
    enum receiver receiver;
    struct sender_sums sums;
};

/* ---- what is found, worst and surest first ---- */

static void find(struct compliance_row *row, enum finding finding, uint64_t count, uint64_t of)
{
    row->finding = finding;
    row->count = count;
    row->of = of;
}

/* The receiver's own word beats all else. */
static bool was_refused(const struct assessment *assessment, struct compliance_row *row, enum finding finding)
{
    struct buf detail = BUF(row->detail);
    uint64_t count =
        gathered_refusals(assessment->compliance, assessment->sender, assessment->receiver, row->requirement, &detail);

    (void)buf_text(&detail);
    if (count == 0)
        return false;
    find(row, finding, count, assessment->sums.mail);
    return true;
}

static bool dns_told(const struct assessment *assessment, struct compliance_row *row)
{
    const struct compliance_input *input = &assessment->compliance->input;
    const struct dns_finding *answers =
        input->dns == NULL ? NULL : input->dns(input->dns_context, assessment->sender->shown.domain);
    struct buf detail = BUF(row->detail);

    if (answers == NULL || !answers[row->requirement].asked)
        return false;
    answers += row->requirement;
    buf_add(&detail, view_slice(answers->detail, 0, COMPLIANCE_DETAIL_MAX - 1));
    (void)buf_text(&detail);
    find(row, answers->finding, answers->count, answers->of);
    return true;
}

static void assess_tls(const struct assessment *assessment, struct compliance_row *row)
{
    const struct sender_sums *sums = &assessment->sums;
    uint64_t plaintext = sums->cell.plaintext + sums->cell.plaintext_attempts;

    if (was_refused(assessment, row, FINDING_TLS_REFUSED))
        return;
    if (plaintext > 0)
        find(row, FINDING_TLS_PLAINTEXT, plaintext, sums->cell.sent + sums->cell.plaintext_attempts);
    else if (sums->sent == 0)
        find(row, FINDING_NO_MAIL, 0, 0);
    else if (sums->cell.unknown > 0)
        find(row, FINDING_TLS_UNKNOWN, sums->cell.unknown, sums->cell.sent);
    else if (sums->sent > sums->cell.sent)
        find(row, FINDING_TLS_SMARTHOST, sums->sent - sums->cell.sent, sums->sent);
    else
        find(row, FINDING_TLS_ENCRYPTED, 0, sums->sent);
}

/* What only DNS tells, where the receiver did not complain. */
static void assess_by_dns(const struct assessment *assessment, struct compliance_row *row, enum finding refused,
                          enum finding not_looked_up)
{
    if (was_refused(assessment, row, refused) || dns_told(assessment, row))
        return;
    find(row, assessment->sums.mail > 0 ? not_looked_up : FINDING_NO_MAIL, 0, assessment->sums.mail);
}

static void assess_spf(const struct assessment *assessment, struct compliance_row *row)
{
    assess_by_dns(assessment, row, FINDING_SPF_REFUSED, FINDING_SPF_NOT_LOOKED_UP);
}

static void assess_dmarc(const struct assessment *assessment, struct compliance_row *row)
{
    assess_by_dns(assessment, row, FINDING_DMARC_REFUSED, FINDING_DMARC_NOT_LOOKED_UP);
}

static void assess_dns_records(const struct assessment *assessment, struct compliance_row *row)
{
    assess_by_dns(assessment, row, FINDING_PTR_REFUSED, FINDING_PTR_NOT_LOOKED_UP);
}

/* No signature at all may mean that the signer stands behind the gate; some without mean that it leaves them out. */
static void assess_dkim(const struct assessment *assessment, struct compliance_row *row)
{
    const struct form *form = &assessment->sums.form;

    if (was_refused(assessment, row, FINDING_DKIM_REFUSED))
        return;
    if (form->unsigned_ones > 0 && form->unsigned_ones < form->messages)
        find(row, FINDING_DKIM_SOME_UNSIGNED, form->unsigned_ones, form->messages);
    else if (dns_told(assessment, row))
        return;
    else if (form->messages > 0)
        find(row, form->unsigned_ones == 0 ? FINDING_DKIM_SIGNED : FINDING_DKIM_NONE_SEEN, 0, form->messages);
    else
        find(row, assessment->sums.mail > 0 ? FINDING_DKIM_NOT_LOOKED_UP : FINDING_NO_MAIL, 0, assessment->sums.mail);
}

static void assess_alignment(const struct assessment *assessment, struct compliance_row *row)
{
    const struct form *form = &assessment->sums.form;
    bool signs = form->unsigned_ones < form->messages;
    uint64_t unaligned = form->unaligned + (signs ? form->unaligned_unsigned : 0);

    if (was_refused(assessment, row, FINDING_ALIGNMENT_REFUSED))
        return;
    if (unaligned > 0)
        find(row, FINDING_ALIGNMENT_UNALIGNED, unaligned, form->messages);
    else if (form->unaligned_unsigned > 0)
        find(row, FINDING_ALIGNMENT_UNSIGNED, form->unaligned_unsigned, form->messages);
    else if (form->messages > 0)
        find(row, FINDING_ALIGNMENT_ALIGNED, 0, form->messages);
    else if (!dns_told(assessment, row))
        find(row, assessment->sums.mail > 0 ? FINDING_ALIGNMENT_NOT_SEEN : FINDING_NO_MAIL, 0, assessment->sums.mail);
}

static void list_faults(const struct form *form, struct buf *detail)
{
    for (size_t i = 0; i < format_fault_count; i++) {
        if (form->faults[i] > 0)
            gathered_add_label(detail, format_fault_table[i].name, form->faults[i]);
    }
    (void)buf_text(detail);
}

static void assess_formatting(const struct assessment *assessment, struct compliance_row *row)
{
    const struct form *form = &assessment->sums.form;
    struct buf detail = BUF(row->detail);

    if (was_refused(assessment, row, FINDING_FORMAT_REFUSED))
        return;
    if (form->faulty > 0) {
        list_faults(form, &detail);
        find(row, FINDING_FORMAT_FAULTS, form->faulty, form->messages);
    } else if (form->messages > 0) {
        find(row, FINDING_FORMAT_FINE, 0, form->messages);
    } else {
        find(row, assessment->sums.mail > 0 ? FINDING_FORMAT_NOT_SEEN : FINDING_NO_MAIL, 0, assessment->sums.mail);
    }
}

static void assess_one_click(const struct assessment *assessment, struct compliance_row *row)
{
    const struct form *form = &assessment->sums.form, *judged = &assessment->sums.judged;
    bool classes_are_told = assessment->compliance->input.transactional_count > 0;

    if (form->messages == 0)
        find(row, assessment->sums.mail > 0 ? FINDING_ONE_CLICK_NOT_SEEN : FINDING_NO_MAIL, 0, assessment->sums.mail);
    else if (judged->messages == 0)
        find(row, FINDING_ONE_CLICK_EXEMPT, 0, form->messages);
    else if (judged->without_one_click == 0)
        find(row, FINDING_ONE_CLICK_ALL, 0, judged->messages);
    else
        find(row, classes_are_told ? FINDING_ONE_CLICK_MISSING : FINDING_ONE_CLICK_CLASS_UNKNOWN,
             judged->without_one_click, judged->messages);
}

/* Seen in any message, whoever received it. */
static uint64_t all_messages(const struct assessment *assessment)
{
    uint64_t count = 0;

    for (uint32_t at = assessment->sender->heads[CHAIN_FORMS]; at != 0;
         at = assessment->compliance->next[CHAIN_FORMS][at - 1]) {
        struct tally_form row;

        tally_form(assessment->compliance->input.tally, at - 1, &row);
        count += row.counts->messages;
    }
    return count;
}

static void assess_gmail_from(const struct assessment *assessment, struct compliance_row *row)
{
    uint64_t messages = assessment->sums.form.messages;

    if (receiver_of(assessment->sender->shown.domain, VIEW("")) == RECEIVER_GMAIL && all_messages(assessment) > 0)
        find(row, FINDING_GMAIL_FROM_USED, all_messages(assessment), 0);
    else if (messages > 0)
        find(row, FINDING_GMAIL_FROM_NOT_USED, 0, messages);
    else
        find(row, assessment->sums.mail > 0 ? FINDING_GMAIL_FROM_NOT_SEEN : FINDING_NO_MAIL, 0, assessment->sums.mail);
}

static void assess_spam_rate(const struct assessment *assessment, struct compliance_row *row)
{
    if (!was_refused(assessment, row, FINDING_SPAM_RATE_LIMITED))
        find(row, assessment->sums.mail > 0 ? FINDING_SPAM_RATE_ELSEWHERE : FINDING_NO_MAIL, 0, 0);
}

static void assess_honor(const struct assessment *assessment, struct compliance_row *row)
{
    find(row, assessment->sums.mail > 0 ? FINDING_HONOR_ELSEWHERE : FINDING_NO_MAIL, 0, 0);
}

static void (*const assessors[REQUIREMENT_COUNT])(const struct assessment *, struct compliance_row *) = {
    [REQUIREMENT_TLS] = assess_tls,
    [REQUIREMENT_SPF] = assess_spf,
    [REQUIREMENT_DKIM] = assess_dkim,
    [REQUIREMENT_DMARC_POLICY] = assess_dmarc,
    [REQUIREMENT_ALIGNMENT] = assess_alignment,
    [REQUIREMENT_DNS_RECORDS] = assess_dns_records,
    [REQUIREMENT_FORMATTING] = assess_formatting,
    [REQUIREMENT_ONE_CLICK] = assess_one_click,
    [REQUIREMENT_GMAIL_FROM] = assess_gmail_from,
    [REQUIREMENT_SPAM_RATE] = assess_spam_rate,
    [REQUIREMENT_HONOR_UNSUBSCRIBE] = assess_honor,
    [REQUIREMENT_FORWARDED] = NULL, /* of no one sender */
};

/* ---- rows ---- */

/* Yahoo does not say how many are bulk: who is a bulk sender elsewhere had better be one there. */
static bool is_bulk(const struct compliance_sender *sender, enum receiver receiver)
{
    bool at_gmail = sender->bulk.origin == BULK_COUNTED || sender->bulk.origin == BULK_BY_HAND;

    switch (receiver) {
    case RECEIVER_GMAIL:
        return at_gmail;
    case RECEIVER_MICROSOFT:
        return sender->volumes[RECEIVER_MICROSOFT].reached != 0;
    default:
        return at_gmail || sender->volumes[RECEIVER_MICROSOFT].reached != 0;
    }
}

static bool is_telling(enum finding finding)
{
    return finding_table[finding].verdict == COMPLIANCE_NEEDS_WORK ||
           finding_table[finding].verdict == COMPLIANCE_UNKNOWN;
}

size_t compliance_rows(const struct compliance *compliance, const struct compliance_sender *sender,
                       enum receiver receiver, struct compliance_row *rows)
{
    struct assessment assessment = { .compliance = compliance,
                                     .sender = (const struct gathered_sender *)(const void *)sender,
                                     .receiver = receiver };
    size_t count = 0;

    gathered_sums(compliance, assessment.sender, receiver, &assessment.sums);
    for (enum requirement requirement = REQUIREMENT_TLS; requirement < REQUIREMENT_COUNT; requirement++) {
        const struct rule_row *rule = rule_of(receiver, requirement);
        struct compliance_row *row = &rows[count];

        if (rule == NULL || assessors[requirement] == NULL)
            continue;
        memset(row, 0, sizeof(*row));
        row->requirement = requirement;
        row->asked = rule->asked_of == SENDERS_ALL || is_bulk(sender, receiver);
        assessors[requirement](&assessment, row);
        row->asked |= finding_table[row->finding].source == SOURCE_RECEIVER; /* it just did */
        if (is_telling(row->finding))
            row->queue_id_count =
                gathered_samples(compliance, assessment.sender, receiver, requirement,
                                 finding_table[row->finding].source == SOURCE_RECEIVER, row->queue_ids);
        count++;
    }
    return count;
}

bool compliance_has_data(const struct compliance *compliance, const struct compliance_sender *sender)
{
    struct sender_sums sums;

    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        gathered_sums(compliance, (const struct gathered_sender *)(const void *)sender, profile_table[i].receiver,
                      &sums);
        if (sums.mail > 0)
            return true;
    }
    return false;
}

/* ---- forwarded mail ---- */

/* What a forwarder can break. */
static bool concerns_forwarders(const struct refusal_row *row)
{
    const unsigned mask = REQUIREMENT_BIT(REQUIREMENT_TLS) | REQUIREMENT_BIT(REQUIREMENT_SPF) |
                          REQUIREMENT_BIT(REQUIREMENT_DKIM) | REQUIREMENT_BIT(REQUIREMENT_DMARC_POLICY) |
                          REQUIREMENT_BIT(REQUIREMENT_ALIGNMENT) | REQUIREMENT_BIT(REQUIREMENT_DNS_RECORDS);

    return row != NULL && (row->requirements & mask) != 0;
}

static uint64_t forwarded_refusals(const struct tally *tally, struct buf *detail)
{
    struct tally_refusal_row refusal;
    struct label_counts labels = { .count = 0 };
    uint64_t count = 0;

    for (size_t i = 0; tally_refusal_row(tally, i, &refusal); i++) {
        const struct refusal_row *row;
        struct tally_sender sender;

        if (refusal.sender == SIZE_MAX || !tally_sender(tally, refusal.sender, &sender) ||
            sender.origin != ORIGIN_FORWARDED || refusal_of_label(refusal.label, &row) != RECEIVER_GMAIL ||
            !concerns_forwarders(row))
            continue;
        label_counts_add(&labels, refusal.label, refusal.count);
        count += refusal.count;
    }
    label_counts_say(&labels, detail);
    (void)buf_text(detail);
    return count;
}

struct compliance_row compliance_forwarded(const struct compliance *compliance)
{
    struct compliance_row row = { .requirement = REQUIREMENT_FORWARDED, .asked = true };
    struct buf detail = BUF(row.detail);
    struct tally_sender sender;
    struct cell cell = { 0 };
    uint64_t refused = forwarded_refusals(compliance->input.tally, &detail), plaintext;

    for (size_t i = 0; tally_sender(compliance->input.tally, i, &sender); i++) {
        if (sender.origin == ORIGIN_FORWARDED)
            cell_add(&cell, sender.gmail_cell);
    }
    plaintext = cell.plaintext + cell.plaintext_attempts;
    if (plaintext > 0)
        find(&row, FINDING_FORWARDED_PLAINTEXT, plaintext, cell.sent + cell.plaintext_attempts);
    else if (refused > 0)
        find(&row, FINDING_FORWARDED_REFUSED, refused, cell.sent);
    else if (cell.unknown > 0)
        find(&row, FINDING_FORWARDED_UNKNOWN, cell.unknown, cell.sent);
    else
        find(&row, cell.sent > 0 ? FINDING_FORWARDED_ENCRYPTED : FINDING_FORWARDED_NONE, 0, cell.sent);
    return row;
}

/* ---- what is said ---- */

bool compliance_is_known(const struct compliance_row *rows, size_t count)
{
    size_t i = 0;

    while (i < count && finding_table[rows[i].finding].verdict == COMPLIANCE_NO_DATA)
        i++;
    return i < count;
}

/* What only the receiver knows is no verdict on anybody. */
enum compliance_verdict compliance_worst(const struct compliance_row *rows, size_t count)
{
    enum compliance_verdict worst = COMPLIANCE_NO_DATA;

    for (size_t i = 0; i < count; i++) {
        const struct finding_row *finding = &finding_table[rows[i].finding];

        if (rows[i].asked && rows[i].requirement != REQUIREMENT_SPAM_RATE && finding->source != SOURCE_NOTHING &&
            finding->verdict > worst)
            worst = finding->verdict;
    }
    return worst;
}

static struct finding_facts facts_of(enum receiver receiver, const struct compliance_row *row)
{
    return (struct finding_facts){ .count = row->count,
                                   .of = row->of,
                                   .receiver = view_of(receiver_title(receiver)),
                                   .detail = view_of(row->detail) };
}

void compliance_evidence(struct buf *out, enum receiver receiver, const struct compliance_row *row)
{
    const struct finding_facts facts = facts_of(receiver, row);

    finding_print(out, finding_evidence(NULL, &finding_table[row->finding], &facts), &facts);
}

void compliance_next(struct buf *out, enum receiver receiver, const struct compliance_row *row)
{
    const struct finding_facts facts = facts_of(receiver, row);

    finding_print(out, finding_table[row->finding].next, &facts);
}
