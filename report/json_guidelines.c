#include "report/json_guidelines.h"

#include <stdlib.h>

#include "guidelines/compliance.h"
#include "report/order.h"

#define NO_NAME VIEW("")

enum { SENTENCE_MAX = 2048 };

/* Left out where there is nothing: there may be tens of thousands of senders. */
static void figures(struct json_out *json, struct view name, const struct volume_figures *figures)
{
    if (figures->total == 0 && figures->unsure == 0)
        return;
    json_open(json, name, '{');
    json_number(json, VIEW("total"), figures->total);
    json_number(json, VIEW("current_24h"), figures->current);
    json_number(json, VIEW("peak_24h"), figures->peak);
    json_moment(json, VIEW("peak_end"), figures->peak_end);
    json_moment(json, VIEW("reached"), figures->reached);
    json_number(json, VIEW("forecast_24h"), figures->forecast);
    json_moment(json, VIEW("expected"), figures->expected);
    json_number(json, VIEW("by_envelope_instead"), figures->instead);
    json_number(json, VIEW("of_unknown_origin"), figures->unsure);
    json_close(json, '}');
}

static void volumes(struct json_out *json, const struct compliance_sender *sender)
{
    json_open(json, VIEW("volumes"), '{');
    for (int i = RECEIVER_OTHER + 1; i < RECEIVER_COUNT; i++)
        figures(json, receiver_name((enum receiver)i), &sender->volumes[i]);
    figures(json, VIEW("gmail-by-envelope"), &sender->by_envelope);
    figures(json, VIEW("gmail-by-dkim"), &sender->by_dkim);
    json_close(json, '}');
}

static void bulk(struct json_out *json, const struct bulk_flag *flag)
{
    json_open(json, VIEW("bulk"), '{');
    json_text(json, VIEW("origin"), bulk_origin_name(flag->origin));
    json_moment(json, VIEW("since"), flag->origin == BULK_NO ? 0 : flag->since);
    json_text(json, VIEW("reason"), flag->reason);
    json_close(json, '}');
}

static void sentence(struct json_out *json, struct view name, enum receiver receiver, const struct compliance_row *row,
                     void (*print)(struct buf *, enum receiver, const struct compliance_row *))
{
    char storage[SENTENCE_MAX];
    struct buf buf = BUF(storage);

    print(&buf, receiver, row);
    json_text(json, name, buf_view(&buf));
}

static void row_members(struct json_out *json, enum receiver receiver, const struct compliance_row *row)
{
    const struct finding_row *finding = &finding_table[row->finding];

    json_text(json, VIEW("verdict"), compliance_name(finding->verdict));
    json_flag(json, VIEW("asked"), row->asked);
    json_text(json, VIEW("finding"), finding->name);
    json_text(json, VIEW("source"), finding_source_name(finding->source));
    json_number(json, VIEW("count"), row->count);
    json_number(json, VIEW("of"), row->of);
    json_text(json, VIEW("detail"), view_of(row->detail));
    sentence(json, VIEW("evidence"), receiver, row, compliance_evidence);
    sentence(json, VIEW("next"), receiver, row, compliance_next);
    json_open(json, VIEW("queue_ids"), '[');
    for (size_t i = 0; i < row->queue_id_count; i++)
        json_text(json, NO_NAME, row->queue_ids[i]);
    json_close(json, ']');
}

/* Likewise of receivers that the sender does not write to. */
static void profile(struct json_out *json, enum receiver receiver, const struct compliance_row *rows, size_t count)
{
    if (!compliance_is_known(rows, count))
        return;
    json_open(json, receiver_name(receiver), '{');
    json_text(json, VIEW("verdict"), compliance_name(compliance_worst(rows, count)));
    json_open(json, VIEW("rows"), '{');
    for (size_t i = 0; i < count; i++) {
        json_open(json, requirement_name(rows[i].requirement), '{');
        row_members(json, receiver, &rows[i]);
        json_close(json, '}');
    }
    json_close(json, '}');
    json_close(json, '}');
}

static void sender(struct json_out *json, const struct compliance *compliance, const struct compliance_sender *row)
{
    struct compliance_row rows[REQUIREMENT_COUNT];

    json_line(json);
    json_open(json, NO_NAME, '{');
    json_text(json, VIEW("domain"), row->domain);
    bulk(json, &row->bulk);
    volumes(json, row);
    json_open(json, VIEW("profiles"), '{');
    for (size_t i = 0; i < PROFILE_COUNT; i++) {
        size_t count = compliance_rows(compliance, row, profile_table[i].receiver, rows);

        profile(json, profile_table[i].receiver, rows, count);
    }
    json_close(json, '}');
    json_close(json, '}');
}

static void senders(struct json_out *json, const struct compliance *compliance)
{
    const struct compliance_sender *row;

    json_open(json, VIEW("guidelines"), '[');
    for (size_t i = 0; (row = compliance_at(compliance, i)) != NULL; i++) {
        if (compliance_has_data(compliance, row))
            sender(json, compliance, row);
    }
    json_close(json, ']');
    json_line(json);
}

static void forwarded(struct json_out *json, const struct compliance *compliance)
{
    struct compliance_row row = compliance_forwarded(compliance);

    json_open(json, VIEW("forwarded"), '{');
    row_members(json, RECEIVER_GMAIL, &row);
    json_close(json, '}');
    json_line(json);
}

static void logins(struct json_out *json, const struct report *report)
{
    size_t count;
    uint32_t *list = order_logins(report->tally, &count);

    json_open(json, VIEW("logins"), '[');
    for (size_t i = 0; i < count; i++) {
        struct volume_figures of_login;
        struct tally_volume row;

        tally_volume(report->tally, list[i], &row);
        of_login = volume_figures(row.series, report->until, 0);
        json_line(json);
        json_open(json, NO_NAME, '{');
        json_text(json, VIEW("login"), row.name);
        json_number(json, VIEW("submitted"), of_login.total);
        json_number(json, VIEW("current_24h"), of_login.current);
        json_number(json, VIEW("peak_24h"), of_login.peak);
        json_moment(json, VIEW("peak_end"), of_login.peak_end);
        json_close(json, '}');
    }
    json_close(json, ']');
    json_line(json);
    free(list);
}

void json_guidelines(struct json_out *json, const struct report *report)
{
    if (report->compliance != NULL) {
        senders(json, report->compliance);
        forwarded(json, report->compliance);
    }
    logins(json, report);
}
