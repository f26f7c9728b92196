#include "metrics/exposition.h"

#include <stdlib.h>

#include "shared/arena.h"
#include "store/incident.h"
#include "store/meter.h"
#include "store/upkeep.h"

enum { SERIES_TEXT_MAX = 256 };

enum family {
    FAMILY_DELIVERIES,
    FAMILY_DESTINATIONS,
    FAMILY_ENCRYPTED,
    FAMILY_UNKNOWN,
    FAMILY_FAILURES,
    FAMILY_REFUSALS,
    FAMILY_SUBMISSIONS,
    FAMILY_LINES,
    FAMILY_SERIES_REFUSED,
    FAMILY_COUNTERS, /* so many are counters of the ledger; what follows is its state */
    FAMILY_BUILD = FAMILY_COUNTERS,
    FAMILY_UP,
    FAMILY_LAST_EVENT,
    FAMILY_LAST_COMMIT,
    FAMILY_SIZE,
    FAMILY_COUNTS,
    FAMILY_INCIDENTS,
    FAMILY_NOTICES,
    FAMILY_COUNT
};

const struct metric_family metric_families[FAMILY_COUNT] = {
    [FAMILY_DELIVERIES] = { "outward_deliveries_total", "counter",
                            "Recipients sent and bounced and attempts deferred, by hop, outcome and protection." },
    [FAMILY_DESTINATIONS] = { "outward_destination_deliveries_total", "counter",
                              "Recipients sent to the destinations that metrics{} names; all others are other." },
    [FAMILY_ENCRYPTED] = { "outward_encrypted_total", "counter",
                           "Recipients sent over TLS, by level, version and post-quantum key exchange." },
    [FAMILY_UNKNOWN] = { "outward_unknown_total", "counter",
                         "Recipients sent whose encryption is not proven, by reason." },
    [FAMILY_FAILURES] = { "outward_tls_failures_total", "counter", "Attempts on which TLS failed, by reason." },
    [FAMILY_REFUSALS] = { "outward_refusals_total", "counter",
                          "Attempts that a receiver refused by its sender guidelines." },
    [FAMILY_SUBMISSIONS] = { "outward_submissions_total", "counter",
                             "Messages that the gate decided, by direction, listener and verdict." },
    [FAMILY_LINES] = { "outward_lines_total", "counter", "Log lines counted." },
    [FAMILY_SERIES_REFUSED] = { "outward_series_refused_total", "counter", "Events that no series had room for." },
    [FAMILY_BUILD] = { "outward_build_info", "gauge", "The version, as a label." },
    [FAMILY_UP] = { "outward_follower_up", "gauge", "Whether a follower keeps the ledger." },
    [FAMILY_LAST_EVENT] = { "outward_last_event_timestamp_seconds", "gauge", "Time of the newest line counted." },
    [FAMILY_LAST_COMMIT] = { "outward_last_commit_timestamp_seconds", "gauge", "When the ledger was written last." },
    [FAMILY_SIZE] = { "outward_ledger_size_bytes", "gauge", "Size of the ledger's file." },
    [FAMILY_COUNTS] = { "outward_ledger_counts", "gauge",
                        "What the ledger holds of lines, lines not understood, gaps, entries given up and others." },
    [FAMILY_INCIDENTS] = { "outward_incidents_open", "gauge", "Open incidents, by condition." },
    [FAMILY_NOTICES] = { "outward_notices_waiting", "gauge", "Notices that no channel has taken yet." },
};
const size_t metric_family_count = FAMILY_COUNT;

struct series {
    struct view name;
    uint64_t value;
};

struct collecting {
    struct arena arena;
    struct series *list; /* in the order of the names */
    size_t count, room;
    bool failed;
    unsigned incidents[ALERT_CONDITION_COUNT];
    uint64_t notices;
};

static void on_series(void *context, struct view name, uint64_t value)
{
    struct collecting *collecting = context;

    if (collecting->count == collecting->room) {
        size_t room = collecting->room == 0 ? 256 : collecting->room * 2;
        struct series *list = realloc(collecting->list, room * sizeof(*list));

        if (list == NULL) {
            collecting->failed = true;
            return;
        }
        collecting->list = list;
        collecting->room = room;
    }
    collecting->list[collecting->count] = (struct series){ arena_copy(&collecting->arena, name), value };
    if (collecting->list[collecting->count].name.p == NULL)
        collecting->failed = true;
    else
        collecting->count++;
}

static void on_incident(void *context, const struct incident *incident)
{
    if (incident->ended == 0 && !incident->history)
        ((struct collecting *)context)->incidents[incident->kind]++;
}

static bool on_notice(void *context, const struct notice *notice)
{
    (void)notice;
    ((struct collecting *)context)->notices++;
    return true;
}

/* Sums wait under their family's name, as series of the ledger do. */
static void on_count(void *context, struct view what, uint64_t sum)
{
    char text[SERIES_TEXT_MAX];
    struct buf series = BUF(text);

    buf_addf(&series, "%s{what=\"%.*s\"}", metric_families[FAMILY_COUNTS].name, VIEW_ARG(what));
    if (!series.full)
        on_series(context, buf_view(&series), sum);
}

static const char *begin(FILE *out, enum family family)
{
    const struct metric_family *row = &metric_families[family];

    fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name, row->type);
    return row->name;
}

static bool belongs(struct view series, struct view family)
{
    return view_skip(&series, family) && (series.n == 0 || series.p[0] == '{');
}

static void print_series(FILE *out, const struct collecting *collecting, enum family family)
{
    struct view name = view_of(begin(out, family));

    for (size_t i = 0; i < collecting->count; i++) {
        if (belongs(collecting->list[i].name, name))
            fprintf(out, "%.*s %llu\n", VIEW_ARG(collecting->list[i].name),
                    (unsigned long long)collecting->list[i].value);
    }
}

static void print_time(FILE *out, enum family family, int64_t millis)
{
    if (millis > 0)
        fprintf(out, "%s %lld.%03lld\n", begin(out, family), (long long)(millis / 1000), (long long)(millis % 1000));
}

static void print_incidents(FILE *out, const struct collecting *collecting)
{
    const char *name = begin(out, FAMILY_INCIDENTS);

    for (enum alert_condition_kind kind = ALERT_PLAINTEXT; kind < ALERT_CONDITION_COUNT; kind++)
        fprintf(out, "%s{condition=\"%.*s\"} %u\n", name, VIEW_ARG(alert_condition_name(kind)),
                collecting->incidents[kind]);
}

static int collect(struct ledger *ledger, struct collecting *collecting, struct error *error)
{
    if (ledger_meters(ledger, on_series, collecting, error) == -1 ||
        ledger_count_sums(ledger, on_count, collecting, error) == -1 ||
        ledger_incidents(ledger, true, UINT32_MAX, on_incident, collecting, error) == -1 ||
        ledger_notices(ledger, 0, on_notice, collecting, error) == -1)
        return -1;
    return collecting->failed ? error_set(error, ERROR_MEMORY, "out of memory") : 0;
}

int exposition_print(FILE *out, struct ledger *ledger, bool writer, struct error *error)
{
    struct collecting collecting = { .room = 0 };
    struct ledger_size size = { 0 };
    int64_t newest = 0, written = 0;
    int result = collect(ledger, &collecting, error);

    if (result == 0 &&
        (ledger_get(ledger, LEDGER_NEWEST " 0", &newest, error) == -1 ||
         ledger_get(ledger, LEDGER_WRITTEN, &written, error) == -1 || ledger_size(ledger, &size, error) == -1))
        result = -1;
    if (result == 0) {
        for (enum family family = FAMILY_DELIVERIES; family < FAMILY_COUNTERS; family++)
            print_series(out, &collecting, family);
        fprintf(out, "%s{version=\"%s\"} 1\n", begin(out, FAMILY_BUILD), OUTWARD_VERSION);
        fprintf(out, "%s %d\n", begin(out, FAMILY_UP), writer);
        print_time(out, FAMILY_LAST_EVENT, newest);
        print_time(out, FAMILY_LAST_COMMIT, written);
        fprintf(out, "%s %lld\n", begin(out, FAMILY_SIZE), (long long)size.file);
        print_series(out, &collecting, FAMILY_COUNTS);
        print_incidents(out, &collecting);
        fprintf(out, "%s %llu\n", begin(out, FAMILY_NOTICES), (unsigned long long)collecting.notices);
    }
    free(collecting.list);
    arena_done(&collecting.arena);
    return result;
}
