#include "store/detail.h"

#include "store/database.h"

static bool is_or_may_be_plaintext(const struct delivery *delivery)
{
    return delivery->protection == PROTECTION_PLAINTEXT || delivery->protection == PROTECTION_UNDECIDED;
}

bool detail_wanted(const struct delivery *delivery)
{
    if (delivery->hop == HOP_INTERNAL || delivery->hop == HOP_LMTP)
        return false;
    return (delivery->status == DELIVERY_SENT && is_or_may_be_plaintext(delivery)) ||
           (delivery->began && is_or_may_be_plaintext(delivery)) || delivery->failure != TLS_FAILURE_NONE ||
           delivery->refusal.n > 0 || delivery->status == DELIVERY_BOUNCED;
}

static const char add_sql[] =
    "INSERT INTO details (time, host, queue_id, sender, recipient, domain, relay, address, port, status, protection, "
    "evidence, cause, failure, refusal, dsn, reply, stretch) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
    "?, "
    "?)";

/* Binds one parameter after the other. */
struct binding {
    sqlite3_stmt *statement;
    int next;
};

static void bind_number(struct binding *binding, int64_t value)
{
    sqlite3_bind_int64(binding->statement, binding->next++, value);
}

static void bind_text(struct binding *binding, struct view text)
{
    database_bind_text(binding->statement, binding->next++, text);
}

/* Only what waits in no other way than for its stretch: the verdict of a failed attempt does not change the row. */
static int64_t stretch_of(const struct delivery *delivery, uint32_t generation)
{
    return delivery->protection == PROTECTION_UNDECIDED ? (int64_t)generation << 32 | delivery->stretch : 0;
}

int ledger_save_detail(struct ledger *ledger, const struct delivery *delivery, uint32_t generation, struct error *error)
{
    int64_t host = database_name(ledger, delivery->host, error);
    int64_t sender = host == 0 ? 0 : database_name(ledger, delivery->sender_domain, error);
    int64_t domain = sender == 0 ? 0 : database_name(ledger, delivery->domain, error);
    struct binding to = { database_statement(ledger, STATEMENT_DETAIL_ADD, add_sql, error), 1 };

    if (domain == 0 || to.statement == NULL)
        return -1;
    bind_number(&to, delivery->time);
    bind_number(&to, host);
    bind_text(&to, delivery->queue_id);
    bind_number(&to, sender);
    bind_text(&to, delivery->recipient);
    bind_number(&to, domain);
    bind_text(&to, delivery->relay);
    bind_text(&to, delivery->relay_address);
    bind_number(&to, delivery->port);
    bind_number(&to, delivery->status);
    bind_number(&to, delivery->protection);
    bind_number(&to, delivery->evidence);
    bind_number(&to, delivery_cause(delivery));
    bind_number(&to, delivery->failure);
    bind_text(&to, delivery->refusal);
    bind_text(&to, delivery->dsn);
    bind_text(&to, view_slice(delivery->reply, 0, DETAIL_REPLY_MAX));
    bind_number(&to, stretch_of(delivery, generation));
    return database_run(ledger, to.statement, error);
}

/* ---- reading ---- */

struct columns {
    struct ledger *ledger;
    sqlite3_stmt *statement;
    int next;
    struct error *error;
    bool failed;
};

static int64_t take_number(struct columns *columns)
{
    return sqlite3_column_int64(columns->statement, columns->next++);
}

static unsigned take_choice(struct columns *columns, unsigned limit)
{
    int64_t value = take_number(columns);

    return value >= 0 && value < limit ? (unsigned)value : 0;
}

static struct view take_text(struct columns *columns)
{
    return database_text(columns->statement, columns->next++);
}

static struct view take_name(struct columns *columns)
{
    struct view name = { NULL, 0 };

    if (database_name_text(columns->ledger, take_number(columns), &name, columns->error) == -1)
        columns->failed = true;
    return name;
}

static void take_detail(struct columns *columns, struct detail *detail)
{
    detail->time = take_number(columns);
    detail->host = take_name(columns);
    detail->queue_id = take_text(columns);
    detail->sender_domain = take_name(columns);
    detail->recipient = take_text(columns);
    detail->domain = take_name(columns);
    detail->relay = take_text(columns);
    detail->relay_address = take_text(columns);
    detail->port = take_choice(columns, UINT16_MAX + 1);
    detail->status = (enum delivery_status)take_choice(columns, DELIVERY_STATUS_COUNT);
    detail->protection = (enum protection)take_choice(columns, PROTECTION_COUNT);
    detail->evidence = (enum evidence)take_choice(columns, EVIDENCE_COUNT);
    detail->cause = (enum plaintext_cause)take_choice(columns, CAUSE_COUNT);
    detail->failure = (enum tls_failure)take_choice(columns, TLS_FAILURE_COUNT);
    detail->refusal = take_text(columns);
    detail->dsn = take_text(columns);
    detail->reply = take_text(columns);
}

static sqlite3_stmt *ask(struct ledger *ledger, const struct detail_question *question, struct error *error)
{
    sqlite3_stmt *statement = database_prepare(
        ledger,
        "SELECT * FROM (SELECT time, host, queue_id, sender, recipient, domain, relay, address, port, status, "
        "protection, evidence, cause, failure, refusal, dsn, reply FROM details WHERE time >= ?1 AND time < ?2 AND "
        "(?3 = '' OR queue_id = ?3) ORDER BY time DESC, id DESC LIMIT ?4) ORDER BY time",
        error);

    if (statement == NULL)
        return NULL;
    sqlite3_bind_int64(statement, 1, question->from);
    sqlite3_bind_int64(statement, 2, question->until == 0 ? INT64_MAX : question->until);
    database_bind_text(statement, 3, question->queue_id);
    sqlite3_bind_int64(statement, 4, question->limit == 0 ? -1 : (int64_t)question->limit);
    return statement;
}

int ledger_details(struct ledger *ledger, const struct detail_question *question,
                   void (*found)(void *context, const struct detail *detail), void *context, struct error *error)
{
    sqlite3_stmt *statement = ask(ledger, question, error);
    int got = -1;

    if (statement == NULL)
        return -1;
    while ((got = database_step(ledger, statement, error)) == 1) {
        struct columns columns = { .ledger = ledger, .statement = statement, .error = error };
        struct detail detail;

        take_detail(&columns, &detail);
        if (columns.failed) {
            got = -1;
            break;
        }
        found(context, &detail);
    }
    sqlite3_finalize(statement);
    return got;
}
