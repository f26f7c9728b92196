#include "programs/ledger_report.h"

#include "keeper/kept_relays.h"
#include "store/detail.h"
#include "tally/put.h"

enum { DETAILS_READ_MAX = 20000 /* the newest: few queue IDs are shown */ };

const char *ledger_path_of(const struct policy *policy)
{
    return policy == NULL ? DEFAULT_LEDGER : policy_settings(policy)->ledger.path.p;
}

/* Of whole days. */
static int find_main_relay(struct ledger *ledger, struct ledger_period period, struct report *report,
                           struct ledger_loaded *loaded, struct error *error)
{
    const struct relay_question question = { .from = period.from, .until = period.until };
    struct main_relay relays = { .deliveries = 0 };
    struct view found;

    if (ledger_relays(ledger, &question, kept_relays_add, &relays, error) == -1)
        return -1;
    found = main_relay_find(&relays);
    report->main_relay = found.n == 0 ? found : arena_copy(&loaded->arena, found);
    return found.n == 0 || report->main_relay.p != NULL ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
}

bool ledger_report_load(const char *path, int64_t since, int64_t until, struct tally *tally, struct report *report,
                        struct ledger_loaded *loaded, struct error *error)
{
    struct ledger_period period = { since == INT64_MIN ? 0 : since, until == INT64_MAX ? 0 : until };
    struct ledger *ledger;
    int result;

    *loaded = (struct ledger_loaded){ .host_count = 0 };
    if (ledger_open_readonly(path, &ledger, error) == -1)
        return false;
    result = ledger_load(ledger, period, tally, loaded, error);
    if (result == 0)
        result = find_main_relay(ledger, period, report, loaded, error);
    ledger_close(ledger);
    if (result == -1)
        return false;
    report->from = since == INT64_MIN ? tally_first(tally) : loaded->period.from;
    report->until = until == INT64_MAX ? tally_last(tally) : loaded->period.until;
    report->hosts = loaded->hosts;
    report->host_count = loaded->host_count;
    report->lines = loaded->completeness.lines;
    report->unparsed = loaded->completeness.unparsed;
    report->gaps = loaded->completeness.gaps;
    report->evicted = loaded->completeness.evicted;
    report->cut = loaded->completeness.cut;
    report->names_refused = loaded->completeness.names_refused;
    return true;
}

static void on_detail(void *context, const struct detail *detail)
{
    const struct delivery delivery = {
        .time = detail->time,
        .queue_id = detail->queue_id,
        .domain = detail->domain,
        .sender_domain = detail->sender_domain,
        .relay = detail->relay,
        .status = detail->status,
        .hop = HOP_DIRECT,
        .protection = detail->protection == PROTECTION_UNDECIDED ? PROTECTION_UNKNOWN : detail->protection,
        .began = true,
        .refusal = detail->refusal,
    };

    tally_put_samples_of(context, &delivery);
}

bool ledger_report_evidence(const char *path, int64_t since, int64_t until, struct tally *tally,
                            struct bulk_flags *flags, struct error *error)
{
    const struct detail_question question = { .from = since == INT64_MIN ? 0 : since,
                                              .until = until == INT64_MAX ? 0 : until,
                                              .limit = DETAILS_READ_MAX };
    struct ledger *ledger;
    bool done;

    *flags = (struct bulk_flags){ .count = 0 };
    if (ledger_open_readonly(path, &ledger, error) == -1)
        return false;
    done =
        ledger_bulk_flags(ledger, flags, error) == 0 && ledger_details(ledger, &question, on_detail, tally, error) == 0;
    ledger_close(ledger);
    return done;
}
