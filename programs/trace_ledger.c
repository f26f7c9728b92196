#include "programs/trace_ledger.h"

#include "store/detail.h"

struct adding {
    struct story *story;
    struct view recipient; /* empty: any */
};

static bool is_told(const struct story *story, const struct detail *detail)
{
    for (size_t i = 0; i < story->count; i++) {
        const struct trace_event *event = &story->events[i];

        if (event->attempt && event->time == detail->time && view_eq(event->queue_id, detail->queue_id) &&
            view_eq(event->host, detail->host) && view_eq(event->delivery.dsn, detail->dsn) &&
            view_eq(event->delivery.relay_address, detail->relay_address))
            return true;
    }
    return false;
}

static void add(void *context, const struct detail *detail)
{
    const struct adding *adding = context;
    struct trace_event event = { .time = detail->time,
                                 .host = detail->host,
                                 .queue_id = detail->queue_id,
                                 .what = delivery_status_name(detail->status).p,
                                 .attempt = true,
                                 .delivery = { .time = detail->time,
                                               .recipient = detail->recipient,
                                               .relay = detail->relay,
                                               .relay_address = detail->relay_address,
                                               .port = detail->port,
                                               .status = detail->status,
                                               .protection = detail->protection,
                                               .began = true, /* the ledger does not tell */
                                               .evidence = detail->evidence,
                                               .failure = detail->failure,
                                               .dsn = detail->dsn,
                                               .reply = detail->reply } };

    if ((adding->recipient.n > 0 && !view_eq_nocase(adding->recipient, detail->recipient)) ||
        is_told(adding->story, detail))
        return;
    story_add_at_its_time(adding->story, &event);
}

bool trace_ledger(struct story *story, const char *path, const struct trace_question *question, struct error *error)
{
    bool is_address = view_find_char(question->target, '@') >= 0;
    struct adding adding = { story, is_address ? question->target : (struct view){ "", 0 } };
    struct detail_question wanted = { .from = question->since == INT64_MIN ? 0 : question->since,
                                      .until = question->until == INT64_MAX ? 0 : question->until,
                                      .queue_id = is_address ? (struct view){ "", 0 } : question->target };
    struct ledger *ledger;
    int result;

    if (ledger_open_readonly(path, &ledger, error) == -1)
        return false;
    result = ledger_details(ledger, &wanted, add, &adding, error);
    ledger_close(ledger);
    return result != -1;
}
