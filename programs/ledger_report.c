#include "programs/ledger_report.h"

const char *ledger_path_of(const struct policy *policy)
{
    return policy == NULL ? DEFAULT_LEDGER : policy_settings(policy)->ledger.path.p;
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
    return true;
}
