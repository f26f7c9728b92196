#include "tally/violation.h"

#include <stdlib.h>
#include <string.h>

#include "tally/cells.h"
#include "tally/rows.h"

enum { KEY_SIZE = 40 /* octets of usual keys */ };

/* Key: the rule's index in 4 octets, then the domain. */
struct row {
    struct cell cell;
};

struct violations {
    const struct delivery_rule *rules;
    size_t rule_count;
    struct rows rows;
    struct cells cells; /* what is plaintext there is a violation */
};

struct violations *violations_new(const struct delivery_rule *rules, size_t count, uint64_t seed)
{
    struct violations *violations = calloc(1, sizeof(*violations));

    if (violations == NULL)
        return NULL;
    violations->rules = rules;
    violations->rule_count = count;
    if (!rows_init(&violations->rows, KEY_SIZE, sizeof(struct row), VIOLATIONS_MAX, seed)) {
        violations_free(violations);
        return NULL;
    }
    return violations;
}

void violations_free(struct violations *violations)
{
    if (violations == NULL)
        return;
    rows_done(&violations->rows);
    cells_done(&violations->cells);
    free(violations);
}

/* The first rule of a kind that names the domain; rule_count without one. */
static size_t first_rule(const struct delivery_rule *rules, size_t count, bool require, struct view domain)
{
    size_t i = 0;

    while (i < count &&
           (rules[i].require != require || (rules[i].domains != NULL && !domain_set_has(rules[i].domains, domain))))
        i++;
    return i;
}

static uint32_t find_rule(const struct violations *violations, bool require, struct view domain)
{
    return (uint32_t)first_rule(violations->rules, violations->rule_count, require, domain);
}

/* Could this delivery be less than demanded?  A level that is not logged cannot be judged. */
static bool may_violate(enum demand demand, const struct delivery *delivery)
{
    if (delivery->protection == PROTECTION_PLAINTEXT || delivery->protection == PROTECTION_UNDECIDED)
        return true;
    return demand == DEMAND_VERIFIED && delivery->protection == PROTECTION_ENCRYPTED &&
           delivery->level != PEER_NOT_LOGGED && delivery->level != PEER_VERIFIED;
}

/* The cell of a key, made at need; NULL without room or memory. */
static struct cell *find_keyed(struct violations *violations, struct view key)
{
    bool fresh;
    struct row *row = rows_add(&violations->rows, key, &fresh);

    return row == NULL ? NULL : &row->cell;
}

static struct cell *find_cell(struct violations *violations, uint32_t rule, struct view domain)
{
    char text[sizeof(rule) + DOMAIN_MAX];
    struct buf key = BUF(text);

    buf_add(&key, (struct view){ (const char *)&rule, sizeof(rule) });
    buf_add(&key, domain);
    return find_keyed(violations, buf_view(&key));
}

static void count(struct violations *violations, uint32_t rule, const struct delivery *delivery)
{
    struct delivery counted = *delivery;
    struct cell *cell = find_cell(violations, rule, delivery->domain);

    if (cell == NULL)
        return;
    if (counted.protection == PROTECTION_ENCRYPTED)
        counted.protection = PROTECTION_PLAINTEXT;
    cells_count(&violations->cells, cell, &counted);
}

const struct delivery_rule *delivery_violated_rule(const struct delivery_rule *rules, size_t count, bool require,
                                                   const struct delivery *delivery)
{
    size_t rule;

    if (delivery->status != DELIVERY_SENT || delivery->hop != HOP_DIRECT)
        return NULL;
    rule = first_rule(rules, count, require, delivery->domain);
    return rule < count && may_violate(rules[rule].demand, delivery) ? &rules[rule] : NULL;
}

bool delivery_violates(const struct delivery_rule *rules, size_t count, const struct delivery *delivery)
{
    return delivery_violated_rule(rules, count, false, delivery) != NULL ||
           delivery_violated_rule(rules, count, true, delivery) != NULL;
}

void violations_add(struct violations *violations, const struct delivery *delivery)
{
    if (delivery->status != DELIVERY_SENT || delivery->hop != HOP_DIRECT)
        return;
    for (int require = 0; require <= 1; require++) {
        uint32_t rule = find_rule(violations, require == 1, delivery->domain);

        if (rule < violations->rule_count && may_violate(violations->rules[rule].demand, delivery))
            count(violations, rule, delivery);
    }
}

/* Of a destination's encrypted messages those that are known to be less than verified. */
static uint64_t less_than_verified(const struct tally_destination *destination)
{
    return (uint64_t)destination->levels[PEER_ANONYMOUS] + destination->levels[PEER_UNTRUSTED] +
           destination->levels[PEER_TRUSTED];
}

static void add_destination(struct violations *violations, uint32_t rule, const struct tally_destination *destination)
{
    const struct cell *from = destination->cell;
    uint64_t less = violations->rules[rule].demand == DEMAND_VERIFIED ? less_than_verified(destination) : 0;
    struct cell *cell;

    if (from->plaintext + less == 0)
        return;
    cell = find_cell(violations, rule, destination->domain);
    if (cell == NULL)
        return;
    cell->plaintext += from->plaintext + less;
    if (from->last_plaintext > cell->last_plaintext)
        cell->last_plaintext = from->last_plaintext;
    if (less > 0 && from->last_encrypted > cell->last_plaintext)
        cell->last_plaintext = from->last_encrypted;
}

void violations_add_tally(struct violations *violations, const struct tally *tally)
{
    struct tally_destination destination;

    for (size_t i = 0; tally_destination(tally, i, &destination); i++) {
        for (int require = 0; require <= 1; require++) {
            uint32_t rule = find_rule(violations, require == 1, destination.domain);

            if (rule < violations->rule_count)
                add_destination(violations, rule, &destination);
        }
    }
}

void violations_merge(struct violations *into, const struct violations *from)
{
    for (size_t i = 0; i < rows_count(&from->rows); i++) {
        const struct row *row = rows_at(&from->rows, i);
        struct view key = rows_key(&from->rows, i);
        struct cell *cell = find_keyed(into, key);

        if (cell != NULL)
            cell_add(cell, &row->cell);
    }
}

void violations_settle(struct violations *violations, uint32_t stretch, bool proven)
{
    cells_settle(&violations->cells, stretch, proven, NULL);
}

bool violation_at(const struct violations *violations, size_t index, struct violation *out)
{
    const struct row *row = rows_at(&violations->rows, index);
    struct view key;
    uint32_t rule;

    if (row == NULL)
        return false;
    key = rows_key(&violations->rows, index);
    *out = (struct violation){ .domain = key, .count = row->cell.plaintext, .last = row->cell.last_plaintext };
    if (!view_eq(key, ROWS_OTHER)) {
        memcpy(&rule, key.p, sizeof(rule));
        out->rule = &violations->rules[rule];
        out->domain = view_slice(key, sizeof(rule), key.n);
    }
    return true;
}
