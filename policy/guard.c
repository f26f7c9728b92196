#include "policy/guard.h"

/* Of what is there or missing.  NEITHER: local mail, which no rule with such a guard takes. */
enum presence { NEITHER, MISSING, THERE };

enum { OCTETS = sizeof(struct address) };

struct guard_of_one {
    enum guard_kind kind;
    uint16_t hash;
};

static uint16_t hash_of(struct view text)
{
    uint64_t hash = view_hash(text, 0);

    return (uint16_t)(hash ^ hash >> 16 ^ hash >> 32 ^ hash >> 48);
}

/* Of an address one octet longer. */
static uint16_t hash_octet(uint16_t hash, uint8_t octet)
{
    uint32_t mixed = (hash ^ octet) * UINT32_C(0x9e3779b1);

    return (uint16_t)(mixed >> 16);
}

static struct guard_of_one guard_of_client(const struct network_set *networks)
{
    struct address address;
    size_t same = network_set_begins(networks, &address);
    uint16_t hash = 0;

    for (size_t i = 0; i < same; i++)
        hash = hash_octet(hash, address.octets[i]);
    return (struct guard_of_one){ (enum guard_kind)(GUARD_CLIENT + same), hash };
}

/* One domain or one login; both come in the one spelling that they are compared in. */
static struct guard_of_one guard_of_text(const struct condition *condition)
{
    struct view only = condition->operand.only;
    struct guard_of_one guard = { GUARD_NONE, 0 };

    if (only.n == 0)
        return guard;
    if (condition->row->operand == OPERAND_LOGIN)
        guard.kind = GUARD_LOGIN;
    else if (condition->row->operand != OPERAND_DOMAIN || only.p[0] == '.')
        return guard;
    else if (condition->row->subject == SUBJECT_SENDER_DOMAIN)
        guard.kind = GUARD_SENDER;
    else if (condition->row->subject == SUBJECT_RECIPIENT_DOMAIN)
        guard.kind = GUARD_RECIPIENT;
    guard.hash = hash_of(only);
    return guard;
}

static struct guard_of_one guard_of_condition(const struct condition *condition)
{
    const struct condition_row *row = condition->row;

    if (condition->negated)
        return (struct guard_of_one){ GUARD_NONE, 0 };
    switch (row->test) {
    case TEST_PLAINTEXT:
        return (struct guard_of_one){ GUARD_TLS, MISSING };
    case TEST_ENCRYPTED:
        return (struct guard_of_one){ GUARD_TLS, THERE };
    case TEST_AUTHENTICATED:
        return (struct guard_of_one){ GUARD_AUTHENTICATION, THERE };
    case TEST_UNAUTHENTICATED:
        return (struct guard_of_one){ GUARD_AUTHENTICATION, MISSING };
    case TEST_IN:
        return row->operand == OPERAND_NETWORK && row->fact == FACT_CLIENT
                   ? guard_of_client(condition->operand.networks)
                   : guard_of_text(condition);
    default:
        /* No version is below or at least anything in plaintext. */
        return (struct guard_of_one){ row->operand == OPERAND_TLS_VERSION ? GUARD_TLS : GUARD_NONE, THERE };
    }
}

static void keep_better(struct guard *guard, struct guard_of_one one)
{
    if (one.kind > guard->kind[0]) {
        guard->kind[1] = guard->kind[0];
        guard->hash[1] = guard->hash[0];
        guard->kind[0] = (uint8_t)one.kind;
        guard->hash[0] = one.hash;
    } else if (one.kind > guard->kind[1]) {
        guard->kind[1] = (uint8_t)one.kind;
        guard->hash[1] = one.hash;
    }
}

struct guard guard_of(const struct rule *rule)
{
    struct guard guard = { { GUARD_NONE }, { 0 } };

    for (size_t i = 0; i < rule->condition_count; i++)
        keep_better(&guard, guard_of_condition(&rule->conditions[i]));
    return guard;
}

/* Absent is no in every test: any hash will do. */
static void set_text(struct guard_values *values, enum guard_kind kind, const struct fact *fact)
{
    values->known[kind] = fact->state != FACT_PENDING && !fact->cut;
    if (fact->state == FACT_KNOWN)
        values->hash[kind] = hash_of(fact->text);
}

static void set_client(struct guard_values *values, const struct fact *client)
{
    uint16_t hash = 0;

    if (client->state != FACT_KNOWN)
        return;
    for (size_t same = 0; same <= OCTETS; same++) {
        values->known[GUARD_CLIENT + same] = true;
        values->hash[GUARD_CLIENT + same] = hash;
        if (same < OCTETS)
            hash = hash_octet(hash, client->address.octets[same]);
    }
}

static void set_presence(struct guard_values *values, enum guard_kind kind, enum truth there, enum truth missing)
{
    values->known[kind] = there != TRUTH_PENDING && missing != TRUTH_PENDING;
    values->hash[kind] = there == TRUTH_YES ? THERE : missing == TRUTH_YES ? MISSING : NEITHER;
}

void guard_values_init(struct guard_values *values, struct evaluation *evaluation)
{
    const struct fact *facts = evaluation->sub->facts;
    enum truth there, missing;

    *values = (struct guard_values){ 0 };
    if (is_decided(&facts[FACT_TLS], &there)) {
        missing = there;
    } else {
        there = truth_of(facts[FACT_TLS].number != TLS_NONE);
        missing = opposite(there);
    }
    set_presence(values, GUARD_TLS, there, missing);
    set_presence(values, GUARD_AUTHENTICATION, evaluation->authenticated, evaluation->unauthenticated);
    set_client(values, &facts[FACT_CLIENT]);
    set_text(values, GUARD_SENDER, evaluation_sender_domain(evaluation));
    set_text(values, GUARD_RECIPIENT, &evaluation->recipient_domain);
    set_text(values, GUARD_LOGIN, &facts[FACT_LOGIN]);
}
