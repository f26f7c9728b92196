#include "policy/implication.h"

#include "policy/truth.h"

static bool same_operand(const struct condition *a, const struct condition *b)
{
    return view_eq(a->operand.text, b->operand.text);
}

/* Does every value that fits the part's operand fit this one's? */
static bool covers(const struct condition *whole, const struct condition *part)
{
    const struct operand_value *a = &whole->operand, *b = &part->operand;

    if (same_operand(whole, part))
        return true;
    switch (whole->row->test) {
    case TEST_BELOW:
        return a->number >= b->number;
    case TEST_AT_LEAST:
    case TEST_OVER:
        return a->number <= b->number;
    case TEST_PINNED:
        return a->certificate == b->certificate;
    default:
        break;
    }
    if (b->count > LIST_COMPARED_MAX)
        return false;
    switch (whole->row->operand) {
    case OPERAND_NETWORK:
        return network_set_covers(a->networks, b->networks);
    case OPERAND_DOMAIN:
        return domain_set_covers(a->domains, b->domains);
    case OPERAND_NUMBER:
        return a->number == b->number;
    default:
        return word_set_covers(a->words, b->words);
    }
}

/* Is there a value that fits both operands? */
static bool meet(const struct condition *a, const struct condition *b)
{
    if (a->operand.count > LIST_COMPARED_MAX || b->operand.count > LIST_COMPARED_MAX)
        return true;
    switch (a->row->operand) {
    case OPERAND_NETWORK:
        return network_set_meets(a->operand.networks, b->operand.networks);
    case OPERAND_DOMAIN:
        return domain_set_meets(a->operand.domains, b->operand.domains);
    case OPERAND_NUMBER:
        return a->operand.number == b->operand.number;
    default:
        return word_set_meets(a->operand.words, b->operand.words);
    }
}

/* A From may have several domains: what holds for any of them need not hold for all. */
static bool asks_no_more(const struct condition *a, const struct condition *b)
{
    return !condition_reads_domains(a->row) || b->against || !a->against;
}

bool condition_implies(const struct condition *a, const struct condition *b)
{
    if (a->row != b->row || a->negated != b->negated || !asks_no_more(a, b))
        return false;
    return a->negated ? covers(a, b) : covers(b, a);
}

/* A single value lies in both sets or the two exclude each other; a list may have a word for each. */
static bool is_single_valued(const struct condition *condition)
{
    return !condition_reads_domains(condition->row) &&
           (condition->row->test == TEST_IN || condition->row->test == TEST_EQUAL);
}

/* The flag or list is there for one, and missing for the other. */
static bool are_opposites(const struct condition *a, const struct condition *b)
{
    return a->row->subject == b->row->subject && a->row->fact == b->row->fact && !a->negated && !b->negated &&
           (a->row->test == TEST_MISSING) != (b->row->test == TEST_MISSING);
}

/* What one says the other denies, of every value that the first fits. */
static bool denies(const struct condition *no, const struct condition *yes)
{
    return no->negated && !yes->negated && covers(no, yes) && !(condition_reads_domains(yes->row) && yes->against);
}

bool conditions_exclude(const struct condition *a, const struct condition *b)
{
    if (a->row != b->row)
        return are_opposites(a, b);
    if (denies(a, b) || denies(b, a))
        return true;
    return is_single_valued(a) && !a->negated && !b->negated && !meet(a, b);
}
