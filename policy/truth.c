#include "policy/truth.h"

#include <string.h>

static enum truth text_equals(const struct fact *fact, struct view text)
{
    enum truth truth;

    if (is_decided(fact, &truth))
        return truth;
    return fact->cut ? TRUTH_PENDING : truth_of(view_eq(fact->text, text));
}

enum truth certificate_truth(const struct evaluation *e, const struct certificate *certificate)
{
    const struct fact *facts = e->sub->facts;

    return both(text_equals(&facts[FACT_CERT_SUBJECT], certificate->subject),
                text_equals(&facts[FACT_CERT_ISSUER], certificate->issuer));
}

enum truth any_certificate_truth(const struct evaluation *e)
{
    const struct settings *settings = &e->policy->settings;
    enum truth truth = TRUTH_NO;

    for (size_t i = 0; i < settings->certificate_count; i++)
        truth = either(truth, certificate_truth(e, &settings->certificates[i]));
    return truth;
}

static void decide_authentication(struct evaluation *e)
{
    const struct fact *mechanism = &e->sub->facts[FACT_MECHANISM];
    enum truth pinned = any_certificate_truth(e), sasl = TRUTH_NO, no_sasl = TRUTH_NO;

    if (!is_decided(mechanism, &sasl)) {
        sasl = truth_of(mechanism->text.n > 0);
        no_sasl = opposite(sasl);
    } else {
        /* Absent is local mail: neither authenticated nor unauthenticated. */
        no_sasl = sasl;
    }
    e->authenticated = either(sasl, pinned);
    e->unauthenticated = both(no_sasl, opposite(pinned));
}

static struct fact recipient_fact(const struct recipient *recipient, struct view text)
{
    if (recipient == NULL)
        return (struct fact){ .state = FACT_PENDING };
    return (struct fact){ .state = text.n > 0 ? FACT_KNOWN : FACT_ABSENT, .text = text };
}

void evaluation_begin(struct evaluation *e, const struct policy *policy, const struct submission *sub,
                      const struct recipient *recipient)
{
    const struct view none = { NULL, 0 };

    e->policy = policy;
    e->sub = sub;
    e->recipient = recipient;
    e->recipient_domain = recipient_fact(recipient, recipient != NULL ? recipient->domain : none);
    e->transport = recipient_fact(recipient, recipient != NULL ? recipient->transport : none);
    e->have_sender_domain = e->have_client_name = false;
    decide_authentication(e);
}

/* A fact whose text is a domain in its one spelling; absent where there is none. */
static struct fact domain_fact(const struct fact *source, struct view domain, char *text)
{
    struct buf out = buf_over(text, DOMAIN_MAX + 1);
    enum fact_state state = source->cut ? FACT_PENDING : source->state;

    if (state == FACT_KNOWN && !domain_normalize(domain, &out))
        state = FACT_ABSENT;
    return (struct fact){ .state = state, .text = buf_view(&out) };
}

const struct fact *evaluation_sender_domain(struct evaluation *e)
{
    const struct fact *sender = &e->sub->facts[FACT_SENDER];

    if (!e->have_sender_domain) {
        e->sender_domain = domain_fact(sender, domain_of_address(sender->text), e->sender_domain_text);
        e->have_sender_domain = true;
    }
    return &e->sender_domain;
}

/* Postfix says "unknown" where the name and the address do not agree. */
static const struct fact *client_name(struct evaluation *e)
{
    const struct fact *client = &e->sub->facts[FACT_CLIENT];
    bool unknown = client->state == FACT_KNOWN && view_eq(client->text, VIEW("unknown"));

    if (!e->have_client_name) {
        e->client_name = domain_fact(client, unknown ? VIEW("") : client->text, e->client_name_text);
        e->have_client_name = true;
    }
    return &e->client_name;
}

const struct fact *condition_subject(struct evaluation *e, const struct condition_row *row)
{
    switch (row->subject) {
    case SUBJECT_SENDER_DOMAIN:
        return evaluation_sender_domain(e);
    case SUBJECT_CLIENT_NAME:
        return client_name(e);
    case SUBJECT_RECIPIENT_DOMAIN:
        return &e->recipient_domain;
    case SUBJECT_TRANSPORT:
        return &e->transport;
    case SUBJECT_FACT:
        break;
    }
    return &e->sub->facts[row->fact];
}

static bool list_holds(struct view list, const struct operand_value *operand)
{
    struct view word;

    while (list_next(&list, &word)) {
        if (word_set_has(operand->words, word) || word_set_has(operand->words, VIEW("any")))
            return true;
    }
    return false;
}

/* Most domain conditions name one domain: that needs no look-up in a set. */
static bool is_in_domains(struct view domain, const struct operand_value *operand)
{
    struct view only = operand->only;

    if (only.n == 0)
        return domain_set_has(operand->domains, domain);
    if (domain.n < only.n)
        return false;
    if (only.p[0] == '.')
        return domain.n > only.n && view_ends(domain, only);
    return domain.n == only.n && view_eq(domain, only);
}

/*
 * Of several domains, and of what cannot be read, a rule that lets pass wants every one in the operand's list, one that
 * refuses is content with any: so a second address in the From lets nothing by.  What a record cut off may be anything.
 */
static enum truth list_is_in_domains(const struct fact *fact, const struct condition *condition)
{
    bool any = condition->against != condition->negated, empty = true;
    struct view list = fact->text, word;

    while (list_next(&list, &word)) {
        if ((view_eq(word, LIST_UNKNOWN) ? any : is_in_domains(word, &condition->operand)) == any)
            return truth_of(any);
        empty = false;
    }
    return fact->cut ? TRUTH_PENDING : truth_of(!any && !empty);
}

static bool is_in(const struct fact *fact, const struct condition *condition)
{
    switch (condition->row->operand) {
    case OPERAND_NETWORK:
        return network_set_has(condition->operand.networks, &fact->address);
    case OPERAND_DOMAIN:
        return is_in_domains(fact->text, &condition->operand);
    default:
        return word_set_has(condition->operand.words, fact->text);
    }
}

/* A proxy's TLS has no version that we know: neither below nor at least anything. */
static bool has_version(const struct condition *condition, uint64_t number)
{
    return condition->row->operand != OPERAND_TLS_VERSION || number > TLS_PROXIED;
}

static bool is_equal(const struct fact *fact, const struct condition *condition)
{
    return condition->row->operand == OPERAND_NUMBER ? fact->number == condition->operand.number
                                                     : word_set_has(condition->operand.words, fact->text);
}

/* A list that was cut has words, if only such as found no room. */
static bool is_empty(const struct fact *fact)
{
    return fact->text.n == 0 && !fact->cut;
}

static bool is_missing(const struct fact *fact, const struct condition *condition)
{
    return fact_table[condition->row->fact].type == FACT_TYPE_FLAG ? fact->number == 0 : is_empty(fact);
}

/* The test of a known fact. */
static bool test_known(const struct fact *fact, const struct condition *condition)
{
    switch (condition->row->test) {
    case TEST_FLAG:
        return fact->number != 0;
    case TEST_MISSING:
        return is_missing(fact, condition);
    case TEST_PRESENT:
        return !is_empty(fact);
    case TEST_EQUAL:
        return is_equal(fact, condition);
    case TEST_BELOW:
        return has_version(condition, fact->number) && fact->number < condition->operand.number;
    case TEST_AT_LEAST:
        return has_version(condition, fact->number) && fact->number >= condition->operand.number;
    case TEST_OVER:
        return fact->number > condition->operand.number;
    case TEST_IN:
        return is_in(fact, condition);
    case TEST_PLAINTEXT:
        return fact->number == TLS_NONE;
    case TEST_ENCRYPTED:
        return fact->number != TLS_NONE;
    case TEST_PROXIED:
        return fact->number == TLS_PROXIED;
    case TEST_NULL:
        return is_empty(fact);
    case TEST_LISTS:
        return list_holds(fact->text, &condition->operand);
    case TEST_PINNED:
    case TEST_AUTHENTICATED:
    case TEST_UNAUTHENTICATED:
        break;
    }
    return false;
}

/* Does the test ask for more of the text than its beginning? */
static bool compares_text(const struct condition_row *row)
{
    return (row->test == TEST_EQUAL && row->operand != OPERAND_NUMBER) ||
           (row->test == TEST_IN && row->operand != OPERAND_NETWORK);
}

static enum truth known_truth(const struct fact *fact, const struct condition *condition)
{
    bool yes;

    if (condition_reads_domains(condition->row))
        return list_is_in_domains(fact, condition);
    if (fact->cut && compares_text(condition->row))
        return TRUTH_PENDING;
    yes = test_known(fact, condition);
    return !yes && fact->cut && condition->row->test == TEST_LISTS ? TRUTH_PENDING : truth_of(yes);
}

static enum truth bare_truth(struct evaluation *e, const struct condition *condition)
{
    const struct fact *fact;
    enum truth truth;

    switch (condition->row->test) {
    case TEST_PINNED:
        return certificate_truth(e, condition->operand.certificate);
    case TEST_AUTHENTICATED:
        return e->authenticated;
    case TEST_UNAUTHENTICATED:
        return e->unauthenticated;
    default:
        fact = condition_subject(e, condition->row);
        return is_decided(fact, &truth) ? truth : known_truth(fact, condition);
    }
}

enum truth condition_truth(struct evaluation *e, const struct condition *condition)
{
    enum truth truth = bare_truth(e, condition);

    return condition->negated ? opposite(truth) : truth;
}
