#include "store/retention.h"

bool retention_step(struct retention_clock *clock, int64_t system_now)
{
    if (clock->now == 0 || system_now - clock->now <= RETENTION_JUMP_SECONDS ||
        (clock->ahead_since != 0 && system_now - clock->ahead_since >= RETENTION_JUMP_SECONDS)) {
        *clock = (struct retention_clock){ .now = system_now };
        return false;
    }
    if (clock->ahead_since == 0 || clock->ahead_since > system_now)
        clock->ahead_since = system_now;
    return true;
}

static int keep(struct ledger *ledger, const struct retention_clock *clock, struct error *error)
{
    if (ledger_begin(ledger, error) == -1)
        return -1;
    if (ledger_set(ledger, LEDGER_RETENTION, clock->now, error) == 0 &&
        ledger_set(ledger, LEDGER_AHEAD_SINCE, clock->ahead_since, error) == 0 && ledger_commit(ledger, error) == 0)
        return 0;
    ledger_rollback(ledger);
    return -1;
}

int retention_now(struct ledger *ledger, int64_t system_now, int64_t *now, struct error *error)
{
    struct retention_clock clock = { 0 }, before;
    bool ahead;

    if (ledger_get(ledger, LEDGER_RETENTION, &clock.now, error) == -1 ||
        ledger_get(ledger, LEDGER_AHEAD_SINCE, &clock.ahead_since, error) == -1)
        return -1;
    before = clock;
    ahead = retention_step(&clock, system_now);
    if ((clock.now != before.now || clock.ahead_since != before.ahead_since) && keep(ledger, &clock, error) == -1)
        return -1;
    *now = clock.now;
    return ahead;
}
