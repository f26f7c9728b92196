/* Any octets as a log: each message is told once, and judged, and every total adds up. */
#include <assert.h>

#include "follow/intake.h"
#include "policy/simulate.h"
#include "shared/fault.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char rules[] = "listener submission { port 587 }\nsubmission {\n reject plaintext\n reject tls below 1.2\n"
                            " tag \"x\" missing one-click\n hold to domain gmail.com\n accept\n}\n";

static int read_rules(void *context, const char *name, size_t limit, struct view *text, struct error *error)
{
    (void)context;
    (void)name;
    (void)limit;
    (void)error;
    *text = VIEW(rules);
    return 0;
}

static void on_message(void *context, const struct intake_message *message)
{
    struct simulated simulated = { .time = message->time,
                                   .sub = &message->sub,
                                   .to = message->to,
                                   .to_count = message->to_count,
                                   .to_more = message->to_more,
                                   .tls_version_unknown = message->tls_version_unknown,
                                   .without_gate = true };

    assert(message->to_count <= INTAKE_RECIPIENTS_MAX);
    simulation_add(context, &simulated);
}

static void on_record(void *context, int64_t time, const struct record *record)
{
    simulation_add_record(context, time, record);
}

static void read_log(struct intake *intake, struct writers *writers, struct view rest)
{
    struct prefix_settings settings = { .writers = writers, .newest = 1796083200 };
    struct prefix prefix;
    struct log_line parsed;
    struct view line;

    prefix_init(&prefix, &settings);
    while (view_cut(&rest, VIEW("\n"), &line)) {
        if (prefix_parse(&prefix, line, &parsed) == PREFIX_FOUND)
            intake_line(intake, &parsed);
    }
    prefix_done(&prefix);
    intake_end(intake);
}

static void check(const struct simulation *simulation)
{
    struct simulation_counts counts = simulation_counts(simulation);
    struct simulation_row row;
    uint64_t all = 0;

    for (int fate = 0; fate < FATE_COUNT; fate++)
        all += counts.fates[fate];
    assert(all == counts.messages && counts.without_gate <= counts.messages);
    for (size_t i = 0; simulation_row(simulation, i, &row); i++)
        assert(row.messages > 0 && row.messages <= counts.messages && row.without_gate <= row.messages);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct faults faults;
    struct reader reader = { read_rules, NULL, NULL };
    struct policy *policy = policy_parse("outward.conf", &reader, &faults);
    struct simulation *simulation = simulation_new(policy, 20270101, 42);
    struct intake_sink sink = { on_message, on_record, simulation };
    struct intake *intake = intake_new(42, &sink);
    struct writers *writers = writers_new(42);

    assert(policy != NULL && simulation != NULL && intake != NULL && writers != NULL);
    read_log(intake, writers, (struct view){ (const char *)data, size });
    check(simulation);
    intake_free(intake);
    writers_free(writers);
    simulation_free(simulation);
    policy_free(policy);
    return 0;
}
