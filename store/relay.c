#include "store/relay.h"

#include <inttypes.h>
#include <stdio.h>

#include "shared/civil.h"
#include "store/database.h"

enum { HASH_DIGITS = 16, DOMAINS_TEXT_MAX = RELAY_DOMAINS_MAX * HASH_DIGITS };

/* ---- hashes as text ---- */

static struct view print_domains(const struct relay_count *relay, char text[DOMAINS_TEXT_MAX + 1])
{
    size_t count = relay->domain_count < RELAY_DOMAINS_MAX ? relay->domain_count : RELAY_DOMAINS_MAX;

    for (size_t i = 0; i < count; i++)
        snprintf(text + i * HASH_DIGITS, HASH_DIGITS + 1, "%016" PRIx64, relay->domains[i]);
    return (struct view){ text, count * HASH_DIGITS };
}

static bool read_hash(struct view digits, uint64_t *hash)
{
    uint64_t value = 0;

    for (size_t i = 0; i < digits.n; i++) {
        ptrdiff_t digit = view_find_char(VIEW("0123456789abcdef"), digits.p[i]);

        if (digit < 0)
            return false;
        value = value << 4 | (uint64_t)digit;
    }
    *hash = value;
    return true;
}

/* Of a damaged ledger as many as can be read. */
static void read_domains(struct view text, struct relay_count *relay)
{
    size_t at = 0;

    while (relay->domain_count < RELAY_DOMAINS_MAX && at + HASH_DIGITS <= text.n &&
           read_hash(view_slice(text, at, at + HASH_DIGITS), &relay->domains[relay->domain_count])) {
        relay->domain_count++;
        at += HASH_DIGITS;
    }
}

/* ---- rows ---- */

static int forget(struct ledger *ledger, int64_t host, int64_t day, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(ledger, "DELETE FROM relays WHERE day = ? AND host = ?", error);
    int result;

    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, day);
    sqlite3_bind_int64(statement, 2, host);
    result = database_run(ledger, statement, error);
    sqlite3_finalize(statement);
    return result;
}

static int add(struct ledger *ledger, sqlite3_stmt *statement, const struct relay_count *relay, struct error *error)
{
    char text[DOMAINS_TEXT_MAX + 1];

    database_bind_text(statement, 3, relay->name);
    sqlite3_bind_int64(statement, 4, (int64_t)relay->deliveries);
    database_bind_text(statement, 5, print_domains(relay, text));
    return database_run(ledger, statement, error);
}

int ledger_save_relays(struct ledger *ledger, struct view host, int64_t day, const struct relay_count *list,
                       size_t count, struct error *error)
{
    int64_t id = database_name(ledger, host, error);
    sqlite3_stmt *statement;
    int result = 0;

    if (id == 0 || forget(ledger, id, day, error) == -1)
        return -1;
    statement = database_prepare(
        ledger, "INSERT INTO relays (day, host, relay, deliveries, domains) VALUES (?, ?, ?, ?, ?)", error);
    if (statement == NULL)
        return -1;
    sqlite3_bind_int64(statement, 1, day);
    sqlite3_bind_int64(statement, 2, id);
    for (size_t i = 0; i < count && result == 0; i++)
        result = add(ledger, statement, &list[i], error);
    sqlite3_finalize(statement);
    return result;
}

static sqlite3_stmt *ask(struct ledger *ledger, const struct relay_question *question, struct error *error)
{
    sqlite3_stmt *statement =
        database_prepare(ledger,
                         "SELECT relay, deliveries, domains FROM relays JOIN names ON names.id = host "
                         "WHERE day > ?1 AND day < ?2 AND (?3 = '' OR name = ?3) ORDER BY day, host, relay",
                         error);

    if (statement == NULL)
        return NULL;
    sqlite3_bind_int64(statement, 1, question->from == 0 ? INT64_MIN : question->from - DAY_MS);
    sqlite3_bind_int64(statement, 2, question->until == 0 ? INT64_MAX : question->until);
    database_bind_text(statement, 3, question->host);
    return statement;
}

int ledger_relays(struct ledger *ledger, const struct relay_question *question,
                  void (*found)(void *context, const struct relay_count *relay), void *context, struct error *error)
{
    sqlite3_stmt *statement = ask(ledger, question, error);
    int got;

    if (statement == NULL)
        return -1;
    while ((got = database_step(ledger, statement, error)) == 1) {
        struct relay_count relay = { .name = database_text(statement, 0) };
        int64_t deliveries = sqlite3_column_int64(statement, 1);

        relay.deliveries = deliveries < 0 ? 0 : (uint64_t)deliveries;
        read_domains(database_text(statement, 2), &relay);
        found(context, &relay);
    }
    sqlite3_finalize(statement);
    return got;
}
