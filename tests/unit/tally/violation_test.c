#include "tally/violation.h"

#include "tests/unit/unit.h"

static struct arena arena;
static struct delivery_rule rules[4];

static const struct domain_set *set_of(const char *name)
{
    struct view view = view_of(name);

    return domain_set_new(&arena, &view, 1);
}

/* require verified to partner.example; require encrypted to .example.com; expect encrypted to any; expect verified to any */
static void setup(void)
{
    arena_init(&arena, 0);
    rules[0] = (struct delivery_rule){ .require = true, .demand = DEMAND_VERIFIED, .place.line = 1 };
    rules[0].domains = set_of("partner.example");
    rules[1] = (struct delivery_rule){ .require = true, .demand = DEMAND_ENCRYPTED, .place.line = 2 };
    rules[1].domains = set_of(".example.com");
    rules[2] = (struct delivery_rule){ .demand = DEMAND_ENCRYPTED, .place.line = 3 };
    rules[3] = (struct delivery_rule){ .demand = DEMAND_VERIFIED, .place.line = 4 };
}

static void teardown(void)
{
    arena_done(&arena);
}

static const struct {
    const char *domain;
    enum protection protection;
    enum peer_level level;
    unsigned require_line, expect_line; /* 0: no violation */
} rows[] = {
    { "partner.example", PROTECTION_ENCRYPTED, PEER_VERIFIED, 0, 0 },
    { "partner.example", PROTECTION_ENCRYPTED, PEER_TRUSTED, 1, 0 },
    { "partner.example", PROTECTION_ENCRYPTED, PEER_NOT_LOGGED, 0, 0 },
    { "partner.example", PROTECTION_PLAINTEXT, PEER_NOT_LOGGED, 1, 3 },
    { "mx.example.com", PROTECTION_ENCRYPTED, PEER_ANONYMOUS, 0, 0 },
    { "mx.example.com", PROTECTION_PLAINTEXT, PEER_NOT_LOGGED, 2, 3 },
    { "example.com", PROTECTION_PLAINTEXT, PEER_NOT_LOGGED, 0, 3 },
    { "example.com", PROTECTION_UNKNOWN, PEER_NOT_LOGGED, 0, 0 },
    { "example.com", PROTECTION_NONE, PEER_NOT_LOGGED, 0, 0 },
};

START_TEST(the_first_rule_of_each_kind_judges)
{
    struct violations *violations = violations_new(rules, 4, 42);
    struct delivery delivery = {
        .time = 5000, .domain = view_of(rows[_i].domain), .protection = rows[_i].protection, .level = rows[_i].level
    };
    unsigned require_line = 0, expect_line = 0;
    struct violation found;

    violations_add(violations, &delivery);
    for (size_t i = 0; violation_at(violations, i, &found); i++) {
        ck_assert_uint_eq(found.count, 1);
        ck_assert_int_eq(found.last, 5000);
        ck_assert_view_eq(found.domain, rows[_i].domain);
        *(found.rule->require ? &require_line : &expect_line) = found.rule->place.line;
    }
    ck_assert_uint_eq(require_line, rows[_i].require_line);
    ck_assert_uint_eq(expect_line, rows[_i].expect_line);
    violations_free(violations);
}
END_TEST

START_TEST(what_waits_becomes_a_violation_only_when_proven)
{
    for (int proven = 0; proven <= 1; proven++) {
        struct violations *violations = violations_new(rules, 4, 42);
        struct delivery delivery = {
            .time = 5000, .domain = VIEW("mx.example.com"), .stretch = 7, .protection = PROTECTION_UNDECIDED
        };
        struct violation found;

        violations_add(violations, &delivery);
        ck_assert(violation_at(violations, 0, &found));
        ck_assert_uint_eq(found.count, 0);
        violations_settle(violations, 7, proven == 1);
        ck_assert(violation_at(violations, 0, &found));
        ck_assert_uint_eq(found.count, (unsigned)proven);
        violations_free(violations);
    }
}
END_TEST

START_TEST(only_what_was_sent_directly_is_judged)
{
    struct violations *violations = violations_new(rules, 4, 42);
    struct delivery delivery = { .domain = VIEW("mx.example.com"), .protection = PROTECTION_PLAINTEXT };
    struct violation found;

    delivery.status = DELIVERY_DEFERRED;
    violations_add(violations, &delivery);
    delivery.status = DELIVERY_SENT;
    delivery.hop = HOP_SMARTHOST;
    violations_add(violations, &delivery);
    ck_assert(!violation_at(violations, 0, &found));
    violations_free(violations);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("violation");
    TCase *tests = tcase_create("violation");

    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, the_first_rule_of_each_kind_judges, 0, ROWS(rows));
    tcase_add_test(tests, what_waits_becomes_a_violation_only_when_proven);
    tcase_add_test(tests, only_what_was_sent_directly_is_judged);
    suite_add_tcase(suite, tests);
    return suite;
}
