#include "dns/sender.h"

/* As the DMARC record that holds for the From asks for it; without one, relaxed. */
static enum alignment find_alignment(struct dns_answers *answers, const struct dmarc *dmarc, struct view from,
                                     struct view other, bool strict)
{
    struct view organization;
    enum dns_fault fault;

    if (view_eq(from, other))
        return ALIGNMENT_YES;
    if (dmarc->state == DMARC_PENDING)
        return ALIGNMENT_PENDING;
    if (dmarc->state == DMARC_UNKNOWN)
        return ALIGNMENT_UNKNOWN;
    if (strict)
        return ALIGNMENT_NO;
    if (!dmarc_organization(answers, other, &organization, &fault))
        return fault == DNS_FAULT_NONE ? ALIGNMENT_PENDING : ALIGNMENT_UNKNOWN;
    return view_eq(organization, dmarc->organization) ? ALIGNMENT_YES : ALIGNMENT_NO;
}

static enum existence find_existence(struct dns_answers *answers, struct view domain)
{
    static const enum dns_type types[] = { DNS_TYPE_MX, DNS_TYPE_A, DNS_TYPE_AAAA };
    enum existence found = EXISTENCE_NO;

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        const struct dns_answer *answer = dns_ask(answers, domain, types[i]);

        if (answer->state == DNS_ANSWER_PENDING)
            found = EXISTENCE_PENDING;
        else if (answer->state == DNS_ANSWER_FAULT && found == EXISTENCE_NO)
            found = EXISTENCE_UNKNOWN;
        else if (answer->state == DNS_ANSWER_RECORDS)
            return EXISTENCE_YES;
    }
    return found;
}

static void find_address(struct dns_answers *answers, const struct sender_question *question,
                         const struct address *address, struct sender_facts *facts)
{
    const struct spf_question spf = { .client = address, .domain = question->envelope, .helo = question->helo };
    struct sender_address *found = &facts->addresses[facts->address_count++];

    found->address = *address;
    found->spf = spf_check(answers, &spf);
    found->reverse = reverse_find(answers, address);
    facts->pending = facts->pending || found->spf.verdict == SPF_PENDING || found->reverse.state == REVERSE_PENDING;
}

static void find_key(struct dns_answers *answers, const struct sender_question *question,
                     const struct signature *signature, struct sender_facts *facts)
{
    struct sender_key *found = &facts->keys[facts->key_count++];

    found->signature = *signature;
    found->key = dkim_key_find(answers, signature->selector, signature->domain);
    found->alignment =
        find_alignment(answers, &facts->dmarc, question->domain, signature->domain, facts->dmarc.record.strict_dkim);
    facts->pending = facts->pending || found->key.state == DKIM_KEY_PENDING || found->alignment == ALIGNMENT_PENDING;
}

/* Whoever asks what the record costs need not have an address: any stands for one that nothing matches. */
static void find_cost(struct dns_answers *answers, const struct sender_question *question, struct sender_facts *facts)
{
    static const struct address nobody = { .octets = { [10] = 0xff, [11] = 0xff, [12] = 192, [14] = 2, [15] = 1 } };
    const struct spf_question spf = {
        .client = question->address_count > 0 ? &question->addresses[0] : &nobody,
        .domain = question->envelope,
        .helo = question->helo,
        .exhaust = true,
    };

    facts->spf_cost = spf_check(answers, &spf);
    facts->pending = facts->pending || facts->spf_cost.verdict == SPF_PENDING;
}

void sender_find(struct dns_answers *answers, const struct sender_question *question, struct sender_facts *facts)
{
    *facts = (struct sender_facts){ .dmarc = dmarc_find(answers, question->domain) };
    facts->existence = find_existence(answers, question->domain);
    facts->spf_alignment =
        find_alignment(answers, &facts->dmarc, question->domain, question->envelope, facts->dmarc.record.strict_spf);
    facts->pending = facts->dmarc.state == DMARC_PENDING || facts->existence == EXISTENCE_PENDING ||
                     facts->spf_alignment == ALIGNMENT_PENDING;
    find_cost(answers, question, facts);
    for (size_t i = 0; i < question->address_count && i < SENDER_ADDRESSES_MAX; i++)
        find_address(answers, question, &question->addresses[i], facts);
    for (size_t i = 0; i < question->signature_count && i < SENDER_SIGNATURES_MAX; i++)
        find_key(answers, question, &question->signatures[i], facts);
}
