#include "keeper/audience.h"

static void on_delivery(void *context, const struct delivery *delivery)
{
    const struct audience *audience = context;

    meter_delivery(audience->meter, delivery);
    if (audience->alarm != NULL)
        alarm_observer.delivery(audience->alarm, delivery);
}

static void on_settle(void *context, uint32_t stretch, bool proven)
{
    const struct audience *audience = context;

    meter_settle(audience->meter, stretch, proven);
    if (audience->alarm != NULL)
        alarm_observer.settle(audience->alarm, stretch, proven);
}

static void on_record(void *context, int64_t time, const struct record *record)
{
    const struct audience *audience = context;

    meter_record(audience->meter, record);
    if (audience->alarm != NULL)
        alarm_observer.record(audience->alarm, time, record);
}

static void on_line(void *context, const struct log_line *line)
{
    const struct audience *audience = context;

    meter_line(audience->meter);
    if (audience->alarm != NULL)
        alarm_observer.line(audience->alarm, line);
}

static void on_gap(void *context, int64_t time, uint64_t gaps)
{
    const struct audience *audience = context;

    if (audience->alarm != NULL)
        alarm_observer.gap(audience->alarm, time, gaps);
}

static int save(void *context, struct error *error)
{
    const struct audience *audience = context;

    if (meter_save(audience->meter, audience->ledger, error) == -1)
        return -1;
    return audience->alarm == NULL ? 0 : alarm_observer.save(audience->alarm, error);
}

static void saved(void *context)
{
    const struct audience *audience = context;

    meter_saved(audience->meter);
    if (audience->alarm != NULL)
        alarm_observer.saved(audience->alarm);
}

const struct stream_observer audience_observer = { .delivery = on_delivery,
                                                   .settle = on_settle,
                                                   .record = on_record,
                                                   .line = on_line,
                                                   .gap = on_gap,
                                                   .save = save,
                                                   .saved = saved };
