#include "guidelines/dns_findings.h"

/* What a row is made of: the finding and its numbers, and the detail's text as it grows. */
struct draft {
    enum finding finding;
    uint64_t count, of;
    struct buf detail;
};

static struct draft draft_begin(struct dns_findings *out, enum requirement requirement)
{
    return (struct draft){ .detail = buf_over(out->details[requirement], sizeof(out->details[requirement])) };
}

static void draft_end(const struct draft *draft, struct dns_findings *out, enum requirement requirement)
{
    out->rows[requirement] = (struct dns_finding){ .asked = true,
                                                   .finding = draft->finding,
                                                   .count = draft->count,
                                                   .of = draft->of,
                                                   .detail = buf_view(&draft->detail) };
}

/* Details are lists; what does not fit is left out whole. */
static void add_separator(struct buf *detail)
{
    if (detail->len > 0)
        buf_add(detail, VIEW("; "));
}

/* A record of a stranger, cut where it would fill the whole. */
static void add_record(struct buf *detail, struct view record)
{
    const size_t most = 200;

    add_separator(detail);
    buf_add(detail, view_slice(record, 0, most));
    if (record.n > most)
        buf_add(detail, VIEW("..."));
}

/* ---- SPF ---- */

static void add_spf_verdict(struct buf *detail, const struct sender_address *address)
{
    add_separator(detail);
    address_add(detail, &address->address);
    buf_addf(detail, " %.*s", VIEW_ARG(spf_verdict_name(address->spf.verdict)));
    if (address->spf.problem[0] != '\0')
        buf_addf(detail, " (%s)", address->spf.problem);
    else if (address->spf.term.n > 0)
        buf_addf(detail, " by %.*s", VIEW_ARG(view_slice(address->spf.term, 0, 80)));
}

static void count_spf(const struct sender_facts *facts, unsigned *counts)
{
    for (size_t i = 0; i < facts->address_count; i++)
        counts[facts->addresses[i].spf.verdict]++;
}

/* The domain's record itself, whatever the addresses: a fault before a lack. */
static enum finding spf_finding(const struct sender_facts *facts, const unsigned *counts)
{
    const struct spf_result *cost = &facts->spf_cost;
    size_t of = facts->address_count;

    if (of == 0 && cost->verdict == SPF_TEMPERROR)
        return FINDING_SPF_NO_ANSWER;
    if (cost->verdict == SPF_NONE)
        return FINDING_SPF_ABSENT;
    if (counts[SPF_PERMERROR] > 0 || (of == 0 && cost->verdict == SPF_PERMERROR))
        return FINDING_SPF_BROKEN;
    if (of == 0)
        return FINDING_SPF_NO_ADDRESS;
    if (counts[SPF_PASS] + counts[SPF_TEMPERROR] < of)
        return FINDING_SPF_FAILS;
    return counts[SPF_TEMPERROR] > 0 ? FINDING_SPF_NO_ANSWER : FINDING_SPF_PASSES;
}

/* Every address that did not pass is named; of those that did, the first. */
static void add_spf_detail(const struct sender_question *question, const struct sender_facts *facts,
                           struct draft *draft)
{
    bool all_pass = draft->finding == FINDING_SPF_PASSES;

    for (size_t i = 0; i < facts->address_count; i++) {
        if (all_pass ? i == 0 : facts->addresses[i].spf.verdict != SPF_PASS)
            add_spf_verdict(&draft->detail, &facts->addresses[i]);
    }
    if (facts->address_count == 0 && facts->spf_cost.problem[0] != '\0')
        buf_addf(&draft->detail, "%s", facts->spf_cost.problem);
    if (facts->spf_cost.record.n > 0)
        add_record(&draft->detail, facts->spf_cost.record);
    else if (draft->finding == FINDING_SPF_ABSENT)
        buf_addf(&draft->detail, "%s%.*s", draft->detail.len > 0 ? "; " : "", VIEW_ARG(question->envelope));
    if (facts->spf_cost.lookups > SPF_LOOKUPS_MAX)
        buf_addf(&draft->detail, "; whoever no term matches needs %u look-ups, of 10 allowed", facts->spf_cost.lookups);
}

static void judge_spf(const struct sender_question *question, const struct sender_facts *facts,
                      struct dns_findings *out)
{
    struct draft draft = draft_begin(out, REQUIREMENT_SPF);
    unsigned counts[SPF_VERDICTS] = { 0 };

    count_spf(facts, counts);
    draft.finding = spf_finding(facts, counts);
    draft.of = facts->address_count;
    draft.count = draft.of - counts[SPF_PASS] - counts[SPF_TEMPERROR];
    add_spf_detail(question, facts, &draft);
    draft_end(&draft, out, REQUIREMENT_SPF);
}

/* ---- DKIM ---- */

static void add_key(struct buf *detail, const struct sender_key *key)
{
    add_separator(detail);
    buf_addf(detail, "%.*s._domainkey.%.*s ", VIEW_ARG(key->signature.selector), VIEW_ARG(key->signature.domain));
    if (key->key.state != DKIM_KEY_FOUND) {
        buf_add(detail, dkim_key_state_text(key->key.state));
        if (key->key.state == DKIM_KEY_UNKNOWN)
            buf_addf(detail, " (%.*s)", VIEW_ARG(dns_fault_name(key->key.fault)));
        return;
    }
    buf_addf(detail, "%.*s %u bits", VIEW_ARG(dkim_key_type_name(key->key.type)), key->key.bits);
    if (key->key.type == DKIM_RSA && key->key.bits >= DKIM_BITS_MIN && key->key.bits < DKIM_BITS_GOOD)
        buf_add(detail, VIEW(" (2048 are recommended)"));
    if (key->key.testing)
        buf_add(detail, VIEW(" (marked as a test: t=y)"));
}

static void judge_dkim(const struct sender_facts *facts, struct dns_findings *out)
{
    struct draft draft = draft_begin(out, REQUIREMENT_DKIM);
    unsigned unknown = 0, weak = 0, bad = 0;

    for (size_t i = 0; i < facts->key_count; i++) {
        const struct dkim_key *key = &facts->keys[i].key;

        unknown += key->state == DKIM_KEY_UNKNOWN;
        weak += key->state == DKIM_KEY_FOUND && !dkim_key_is_good(key);
        bad += key->state != DKIM_KEY_UNKNOWN && key->state != DKIM_KEY_FOUND;
        add_key(&draft.detail, &facts->keys[i]);
    }
    draft.of = facts->key_count;
    draft.count = bad > 0 ? bad : weak;
    draft.finding = FINDING_DKIM_KEYS_GOOD;
    if (facts->key_count == 0)
        draft.finding = FINDING_DKIM_NO_SELECTOR;
    else if (bad > 0)
        draft.finding = FINDING_DKIM_KEYS_BAD;
    else if (weak > 0)
        draft.finding = FINDING_DKIM_KEYS_SHORT;
    else if (unknown > 0)
        draft.finding = FINDING_DKIM_NO_ANSWER;
    draft_end(&draft, out, REQUIREMENT_DKIM);
}

/* ---- DMARC ---- */

static enum finding dmarc_finding(const struct dmarc *dmarc)
{
    switch (dmarc->state) {
    case DMARC_FOUND:
        return FINDING_DMARC_FOUND;
    case DMARC_INVALID:
        return FINDING_DMARC_INVALID;
    case DMARC_ABSENT:
        return dmarc->several ? FINDING_DMARC_SEVERAL : FINDING_DMARC_ABSENT;
    default:
        return FINDING_DMARC_NO_ANSWER;
    }
}

static void judge_dmarc(const struct sender_question *question, const struct sender_facts *facts,
                        struct dns_findings *out)
{
    struct draft draft = draft_begin(out, REQUIREMENT_DMARC_POLICY);
    const struct dmarc *dmarc = &facts->dmarc;

    draft.finding = dmarc_finding(dmarc);
    if (dmarc->state == DMARC_FOUND)
        buf_addf(&draft.detail, "p=%.*s for %.*s", VIEW_ARG(dmarc_policy_name(dmarc->policy)),
                 VIEW_ARG(question->domain));
    if (dmarc->state == DMARC_UNKNOWN)
        buf_addf(&draft.detail, "%.*s", VIEW_ARG(dns_fault_name(dmarc->fault)));
    if (dmarc->place.n > 0) {
        add_record(&draft.detail, dmarc->record.text);
        buf_addf(&draft.detail, " at _dmarc.%.*s", VIEW_ARG(dmarc->place));
    } else if (draft.detail.len == 0) {
        buf_addf(&draft.detail, "_dmarc.%.*s", VIEW_ARG(question->domain));
    }
    draft_end(&draft, out, REQUIREMENT_DMARC_POLICY);
}

/* ---- alignment ---- */

struct aligned {
    bool yes, unknown;
};

static void add_alignment(struct aligned *all, enum alignment alignment, bool passes, bool unknown)
{
    all->yes = all->yes || (alignment == ALIGNMENT_YES && passes);
    all->unknown =
        all->unknown || (alignment != ALIGNMENT_NO && !passes && unknown) || (alignment == ALIGNMENT_UNKNOWN && passes);
}

/* SPF counts when it passes for every address, and may count while that is not known. */
static void align_spf(const struct sender_facts *facts, struct aligned *all)
{
    unsigned counts[SPF_VERDICTS] = { 0 };

    count_spf(facts, counts);
    add_alignment(all, facts->spf_alignment, facts->address_count > 0 && counts[SPF_PASS] == facts->address_count,
                  counts[SPF_PASS] + counts[SPF_TEMPERROR] == facts->address_count &&
                      facts->spf_cost.verdict != SPF_NONE);
}

static void judge_alignment(const struct sender_question *question, const struct sender_facts *facts,
                            struct dns_findings *out)
{
    struct draft draft = draft_begin(out, REQUIREMENT_ALIGNMENT);
    struct aligned all = { false, false };

    if (facts->key_count == 0 && view_eq(question->envelope, question->domain))
        return;
    align_spf(facts, &all);
    buf_addf(&draft.detail, "envelope sender of %.*s", VIEW_ARG(question->envelope));
    for (size_t i = 0; i < facts->key_count; i++) {
        add_alignment(&all, facts->keys[i].alignment, dkim_key_is_good(&facts->keys[i].key),
                      facts->keys[i].key.state == DKIM_KEY_UNKNOWN);
        buf_addf(&draft.detail, ", d=%.*s", VIEW_ARG(facts->keys[i].signature.domain));
    }
    draft.finding = FINDING_ALIGNMENT_DOMAINS_DIFFER;
    if (all.yes)
        draft.finding = FINDING_ALIGNMENT_DOMAINS_FIT;
    else if (all.unknown)
        draft.finding = FINDING_ALIGNMENT_NO_ANSWER;
    draft_end(&draft, out, REQUIREMENT_ALIGNMENT);
}

/* ---- names of addresses ---- */

static void add_reverse(struct buf *detail, const struct sender_address *address)
{
    add_separator(detail);
    address_add(detail, &address->address);
    if (address->reverse.name.n > 0)
        buf_addf(detail, " %.*s", VIEW_ARG(address->reverse.name));
    if (address->reverse.state == REVERSE_UNKNOWN)
        buf_addf(detail, " (%.*s)", VIEW_ARG(dns_fault_name(address->reverse.fault)));
}

static enum finding reverse_finding(const struct sender_facts *facts, const unsigned *counts)
{
    if (facts->existence == EXISTENCE_NO)
        return FINDING_PTR_NO_SUCH_DOMAIN;
    if (facts->address_count == 0)
        return FINDING_PTR_NO_ADDRESS;
    if (counts[REVERSE_ABSENT] > 0)
        return FINDING_PTR_ABSENT;
    if (counts[REVERSE_MISMATCH] > 0)
        return FINDING_PTR_MISMATCH;
    return counts[REVERSE_UNKNOWN] > 0 ? FINDING_PTR_NO_ANSWER : FINDING_PTR_CONFIRMED;
}

/* The state whose addresses a finding is about. */
static enum reverse_state state_of(enum finding finding)
{
    switch (finding) {
    case FINDING_PTR_ABSENT:
        return REVERSE_ABSENT;
    case FINDING_PTR_MISMATCH:
        return REVERSE_MISMATCH;
    case FINDING_PTR_NO_ANSWER:
        return REVERSE_UNKNOWN;
    default:
        return REVERSE_CONFIRMED;
    }
}

static void judge_reverse(const struct sender_question *question, const struct sender_facts *facts,
                          struct dns_findings *out)
{
    struct draft draft = draft_begin(out, REQUIREMENT_DNS_RECORDS);
    unsigned counts[REVERSE_CONFIRMED + 1] = { 0 };

    for (size_t i = 0; i < facts->address_count; i++)
        counts[facts->addresses[i].reverse.state]++;
    draft.finding = reverse_finding(facts, counts);
    draft.count = counts[state_of(draft.finding)];
    draft.of = facts->address_count;
    if (draft.finding == FINDING_PTR_NO_SUCH_DOMAIN)
        buf_add(&draft.detail, question->domain);
    for (size_t i = 0; i < facts->address_count && draft.finding != FINDING_PTR_NO_SUCH_DOMAIN; i++) {
        if (facts->addresses[i].reverse.state == state_of(draft.finding))
            add_reverse(&draft.detail, &facts->addresses[i]);
    }
    draft_end(&draft, out, REQUIREMENT_DNS_RECORDS);
}

void dns_findings_of(const struct sender_question *question, const struct sender_facts *facts, struct dns_findings *out)
{
    for (size_t i = 0; i < REQUIREMENT_COUNT; i++)
        out->rows[i] = (struct dns_finding){ .asked = false };
    judge_spf(question, facts, out);
    judge_dkim(facts, out);
    judge_dmarc(question, facts, out);
    judge_alignment(question, facts, out);
    judge_reverse(question, facts, out);
}
