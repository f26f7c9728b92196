/* Any octets as a whole log, from its lines to the totals: every cell adds up. */
#include <assert.h>

#include "follow/correlate.h"
#include "tally/tally.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void on_delivery(void *context, const struct delivery *delivery)
{
    tally_add(context, delivery);
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    tally_settle(context, stretch, proven);
}

static void on_expired(void *context, int64_t time, struct view sender_domain)
{
    tally_expired(context, time, sender_domain);
}

static void on_submitted(void *context, int64_t time, struct view login, unsigned recipients)
{
    tally_submitted(context, time, login, recipients);
}

static void on_record(void *context, int64_t time, const struct record *record)
{
    tally_record(context, time, record);
}

static void check(const struct cell *cell)
{
    assert(cell->waiting == 0 && cell->sent == cell->encrypted + cell->plaintext + cell->unknown);
}

static void read_log(struct correlate *correlate, struct writers *writers, struct view rest)
{
    struct prefix_settings settings = { .writers = writers, .newest = 1796083200 };
    struct prefix prefix;
    struct log_line parsed;
    struct view line;

    prefix_init(&prefix, &settings);
    while (view_cut(&rest, VIEW("\n"), &line)) {
        if (prefix_parse(&prefix, line, &parsed) == PREFIX_FOUND)
            correlate_line(correlate, &parsed);
    }
    correlate_end(correlate);
    prefix_done(&prefix);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct tally *tally = tally_new(42);
    struct correlate_sink sink = { .delivery = on_delivery,
                                   .settle = on_settle,
                                   .expired = on_expired,
                                   .submitted = on_submitted,
                                   .record = on_record,
                                   .context = tally };
    struct correlate_settings settings = { .seed = 42 };
    struct writers *writers = writers_new(42);
    struct correlate *correlate = correlate_new(&settings, &sink);
    struct tally_destination row;

    read_log(correlate, writers, (struct view){ (const char *)data, size });
    check(tally_totals(tally, HOP_DIRECT));
    check(tally_totals(tally, HOP_LMTP));
    check(tally_totals(tally, HOP_SMARTHOST));
    for (size_t i = 0; tally_destination(tally, i, &row); i++)
        check(row.cell);
    correlate_free(correlate);
    writers_free(writers);
    tally_free(tally);
    return 0;
}
