/*
 * Contradictions are found by trying: a rule that matches in none of the few
 * kinds of message there are can never match.  The conditions are asked by the
 * code that decides, so a new one is known here, too.
 */
#include "policy/check.h"
#include "policy/truth.h"

/* One kind of message; what it leaves open stays pending. */
struct world {
    struct submission sub;
    bool has_login, null_sender, pinned;
};

static void without_tls_details(struct world *world)
{
    fact_set_absent(&world->sub, FACT_CIPHER);
    fact_set_absent(&world->sub, FACT_BITS);
    fact_set_absent(&world->sub, FACT_FORWARD_SECRECY);
}

static void without_certificate(struct world *world)
{
    fact_set_absent(&world->sub, FACT_CERT_SUBJECT);
    fact_set_absent(&world->sub, FACT_CERT_ISSUER);
}

static struct world local_world(bool null_sender)
{
    struct world world = { .null_sender = null_sender };

    submission_init(&world.sub);
    fact_set_flag(&world.sub, FACT_LOCAL, true);
    fact_set_absent(&world.sub, FACT_LISTENER);
    fact_set_absent(&world.sub, FACT_TLS);
    fact_set_absent(&world.sub, FACT_MECHANISM);
    fact_set_absent(&world.sub, FACT_LOGIN);
    without_tls_details(&world);
    without_certificate(&world);
    return world;
}

/* pinned: with one of the certificates that the file names. */
static struct world network_world(enum tls_version tls, bool has_login, bool null_sender, bool pinned)
{
    struct world world = { .has_login = has_login, .null_sender = null_sender, .pinned = pinned && tls > TLS_PROXIED };

    submission_init(&world.sub);
    fact_set_flag(&world.sub, FACT_LOCAL, false);
    fact_set_number(&world.sub, FACT_TLS, tls);
    fact_set_text(&world.sub, FACT_MECHANISM, has_login ? VIEW("PLAIN") : VIEW(""));
    if (!has_login)
        fact_set_absent(&world.sub, FACT_LOGIN);
    if (tls <= TLS_PROXIED)
        without_tls_details(&world);
    if (!world.pinned)
        without_certificate(&world);
    return world;
}

/* The truth of a condition in a world, as far as the world says. */
static enum truth truth_in(const struct world *world, struct evaluation *e, const struct condition *condition)
{
    const struct condition_row *row = condition->row;
    bool no = false;

    /* Which mechanism or sender it is stays open, but not whether there is one. */
    if (row->subject == SUBJECT_FACT && row->fact == FACT_MECHANISM && row->test == TEST_EQUAL)
        no = !world->has_login;
    else if (row->subject == SUBJECT_SENDER_DOMAIN)
        no = world->null_sender;
    else if (row->test == TEST_NULL)
        return world->null_sender != condition->negated ? TRUTH_YES : TRUTH_NO;
    else
        return condition_truth(e, condition);
    return no && !condition->negated ? TRUTH_NO : TRUTH_PENDING;
}

static bool is_possible_in(const struct policy *policy, const struct rule *rule, const struct world *world)
{
    struct evaluation e;

    evaluation_begin(&e, policy, &world->sub, NULL);
    if (world->pinned) {
        e.authenticated = TRUTH_YES;
        e.unauthenticated = TRUTH_NO;
    }
    for (size_t i = 0; i < rule->condition_count; i++) {
        if (truth_in(world, &e, &rule->conditions[i]) == TRUTH_NO)
            return false;
    }
    return true;
}

static bool is_possible_in_some_world(const struct policy *policy, const struct rule *rule)
{
    static const enum tls_version versions[] = { TLS_NONE, TLS_PROXIED, TLS_SSL_3, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 };

    for (unsigned kind = 0; kind < 8; kind++) {
        bool has_login = (kind & 1) != 0, null_sender = (kind & 2) != 0, pinned = (kind & 4) != 0;
        struct world world = local_world(null_sender);

        if (is_possible_in(policy, rule, &world))
            return true;
        for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
            world = network_world(versions[i], has_login, null_sender, pinned);
            if (is_possible_in(policy, rule, &world))
                return true;
        }
    }
    return false;
}

static bool same_fact(const struct condition_row *a, const struct condition_row *b)
{
    return a->subject == b->subject && a->fact == b->fact;
}

/* One name or number: no list. */
static bool is_single(const struct condition *condition)
{
    enum operand operand = condition->row->operand;

    return (operand == OPERAND_NUMBER || operand == OPERAND_WORD || operand == OPERAND_LISTENER) &&
           view_find_char(condition->operand.text, '{') < 0;
}

/* The fact is one thing or the other: two ports, two listeners. */
static bool are_two_values(const struct condition *a, const struct condition *b)
{
    return a->row->test == TEST_EQUAL && b->row->test == TEST_EQUAL && !a->negated && !b->negated && is_single(a) &&
           is_single(b) && !view_eq_nocase(a->operand.text, b->operand.text);
}

/* The flag or list is there for one, and missing for the other. */
static bool are_opposites(const struct condition *a, const struct condition *b)
{
    return !a->negated && !b->negated && (a->row->test == TEST_MISSING) != (b->row->test == TEST_MISSING);
}

static bool are_exclusive(const struct condition *a, const struct condition *b)
{
    if (!same_fact(a->row, b->row))
        return false;
    if (a->row == b->row && a->negated != b->negated && view_eq(a->operand.text, b->operand.text))
        return true;
    return are_two_values(a, b) || are_opposites(a, b);
}

bool rule_is_possible(const struct policy *policy, const struct rule *rule)
{
    for (size_t i = 0; i < rule->condition_count; i++) {
        for (size_t j = i + 1; j < rule->condition_count; j++) {
            if (are_exclusive(&rule->conditions[i], &rule->conditions[j]))
                return false;
        }
    }
    return is_possible_in_some_world(policy, rule);
}
