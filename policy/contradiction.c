/*
 * Contradictions are found by trying: a rule that matches in none of the few
 * kinds of message there are can never match.  The conditions are asked by the
 * code that decides, so a new one is known here, too.
 */
#include "policy/check.h"
#include "policy/implication.h"
#include "policy/truth.h"

/* One kind of message; what it leaves open stays pending. */
struct world {
    struct submission sub;
    bool local, has_login, null_sender, pinned;
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

/* cleanup(8) plays a client on the loopback of the first protocol that inet_protocols names. */
static struct world local_world(bool null_sender, bool ipv6)
{
    static const struct address loopbacks[] = { { { [10] = 0xff, [11] = 0xff, [12] = 127, [15] = 1 } },
                                                { { [15] = 1 } } };
    const struct fact loopback = { .state = FACT_KNOWN, .address = loopbacks[ipv6], .text = VIEW_INIT("localhost") };
    struct world world = { .local = true, .null_sender = null_sender };

    submission_init(&world.sub);
    fact_set_flag(&world.sub, FACT_LOCAL, true);
    fact_set_absent(&world.sub, FACT_LISTENER);
    fact_set_number(&world.sub, FACT_PORT, 0);
    world.sub.facts[FACT_CLIENT] = world.sub.facts[FACT_LISTEN_ADDRESS] = loopback;
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
    if (world->local) /* Postfix tells no transport there */
        e.transport.state = FACT_ABSENT;
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

static bool is_possible_locally(const struct policy *policy, const struct rule *rule)
{
    for (unsigned kind = 0; kind < 4; kind++) {
        const struct world world = local_world((kind & 1) != 0, (kind & 2) != 0);

        if (is_possible_in(policy, rule, &world))
            return true;
    }
    return false;
}

static bool is_possible_by_network(const struct policy *policy, const struct rule *rule)
{
    static const enum tls_version versions[] = { TLS_NONE, TLS_PROXIED, TLS_SSL_3, TLS_1_0, TLS_1_1, TLS_1_2, TLS_1_3 };
    enum { VERSIONS = sizeof(versions) / sizeof(versions[0]) };

    for (unsigned kind = 0; kind < 8 * VERSIONS; kind++) {
        const struct world world = network_world(versions[kind / 8], (kind & 1) != 0, (kind & 2) != 0, (kind & 4) != 0);

        if (is_possible_in(policy, rule, &world))
            return true;
    }
    return false;
}

bool rule_is_possible(const struct policy *policy, const struct rule *rule)
{
    for (size_t i = 0; i < rule->condition_count; i++) {
        for (size_t j = i + 1; j < rule->condition_count; j++) {
            if (conditions_exclude(&rule->conditions[i], &rule->conditions[j]))
                return false;
        }
    }
    return is_possible_locally(policy, rule) || is_possible_by_network(policy, rule);
}

static size_t add_conditions(struct condition *to, size_t count, const struct rule *rule,
                             bool (*is_left_out)(const struct condition_row *row))
{
    for (size_t i = 0; i < rule->condition_count; i++) {
        if (!is_left_out(rule->conditions[i].row))
            to[count++] = rule->conditions[i];
    }
    return count;
}

bool rules_can_meet(struct build *build, const struct rule *a, const struct rule *b,
                    bool (*is_left_out)(const struct condition_row *row))
{
    struct condition *conditions =
        build_scratch(build, (a->condition_count + b->condition_count + 1) * sizeof(*conditions));
    struct rule both = { .conditions = conditions };

    both.condition_count = add_conditions(conditions, 0, a, is_left_out);
    both.condition_count = add_conditions(conditions, both.condition_count, b, is_left_out);
    return rule_is_possible(build->policy, &both);
}
