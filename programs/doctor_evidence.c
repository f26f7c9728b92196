#include "programs/doctor_evidence.h"

#include <sys/random.h>

#include "audit/inspect.h"
#include "programs/ledger_report.h"

enum { DAY_SECONDS = 86400, HOP_DAYS = HOP_RECENT_DAYS };

/* Submissions that the gate judged, whatever came of them. */
static uint64_t count_judged(const struct tally *tally)
{
    struct tally_submission row;
    uint64_t count = 0;

    for (size_t i = 0; tally_submission(tally, i, &row); i++)
        count += row.accepted + row.tagged + row.held + row.rejected + row.deferred;
    return count;
}

static uint64_t count_submitted(const struct tally *tally)
{
    struct tally_sender row;
    uint64_t count = 0;

    for (size_t i = 0; tally_sender(tally, i, &row); i++) {
        if (row.origin == ORIGIN_SUBMITTED)
            count += row.cell->sent;
    }
    return count;
}

static struct view plaintext_domain(const struct tally *tally)
{
    struct tally_destination row;

    for (size_t i = 0; tally_destination(tally, i, &row); i++) {
        if (row.cell->plaintext > 0)
            return row.domain;
    }
    return (struct view){ "", 0 };
}

static void take_totals(const struct tally *tally, struct ledger_evidence *out)
{
    const struct cell *direct = tally_totals(tally, HOP_DIRECT);

    out->encrypted = direct->encrypted;
    out->plaintext = direct->plaintext;
    out->unproven = tally_unknown(tally, UNKNOWN_LOGGING_UNPROVEN);
    out->submitted = count_submitted(tally);
    out->judged = count_judged(tally);
    out->plaintext_domain = plaintext_domain(tally);
}

/* The last days of each next hop; without them the other checks go on. */
static void read_hops(struct doctor_evidence *evidence, const struct postfix_config *config, uint64_t seed,
                      struct ledger_evidence *out)
{
    const struct follow_settings *follow = evidence->policy == NULL ? NULL : &policy_settings(evidence->policy)->follow;
    struct own_hosts own = { NULL, NULL };
    struct inspector inspector = { &evidence->arena };
    struct routes routes = { 0 };
    struct evidence_question question = { .ledger = evidence->path,
                                          .routes = &routes,
                                          .seed = seed,
                                          .today = (uint32_t)(evidence->now / DAY_SECONDS),
                                          .days = HOP_DAYS };
    struct error ignored;

    if (follow != NULL)
        own = (struct own_hosts){ follow->internal, follow->internal_names };
    if (routes_read(&evidence->arena, &inspector, config, &own, &routes) == 0 &&
        policy_evidence_read(&question, &evidence->hops, &ignored))
        out->history = evidence->hops.history;
}

/* The ledger of several hosts tells nothing of this one. */
static bool read_ledger(void *context, const struct postfix_config *config, int64_t since, struct ledger_evidence *out)
{
    struct doctor_evidence *evidence = context;
    struct ledger_period period = { since, 0 };
    struct ledger_loaded loaded = { .host_count = 0 };
    struct ledger *ledger;
    struct error ignored;
    uint64_t seed;
    bool alone;

    if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed) ||
        ledger_open_readonly(evidence->path, &ledger, &ignored) == -1)
        return false;
    evidence->tally = tally_new(seed);
    alone = evidence->tally != NULL && ledger_load(ledger, period, evidence->tally, &loaded, &ignored) == 0 &&
            loaded.host_count == 1;
    ledger_loaded_done(&loaded);
    ledger_close(ledger);
    if (!alone)
        return false;
    take_totals(evidence->tally, out);
    read_hops(evidence, config, seed, out);
    return true;
}

void doctor_evidence_init(struct doctor_evidence *evidence, const struct policy *policy, int64_t now)
{
    *evidence = (struct doctor_evidence){ .policy = policy, .path = ledger_path_of(policy), .now = now };
    arena_init(&evidence->arena, 0);
    evidence->source = (struct evidence_source){ read_ledger, evidence };
}

void doctor_evidence_done(struct doctor_evidence *evidence)
{
    policy_evidence_done(&evidence->hops);
    tally_free(evidence->tally);
    arena_done(&evidence->arena);
}
