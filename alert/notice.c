#include "alert/notice.h"

#include <stdlib.h>

#include "shared/civil.h"
#include "shared/printable.h"
#include "shared/stamp.h"

enum { STAMP_MAX = 40 };

/* ---- made ---- */

json_t *notice_stamp(int64_t millis)
{
    char text[STAMP_MAX];
    struct buf out = BUF(text);

    if (millis == 0)
        return json_null();
    stamp_rfc3339(&out, millis, 0);
    return json_string(buf_text(&out));
}

/* Foreign text, as JSON can carry it. */
static json_t *foreign(const char *text)
{
    char printable[INCIDENT_NAME_MAX];
    struct buf out = BUF(printable);

    printable_add(&out, view_of(text));
    return json_stringn(out.p, out.len);
}

static int by_count(const void *a, const void *b)
{
    const struct incident_share *const *left = a, *const *right = b;

    if ((*left)->count != (*right)->count)
        return (*left)->count > (*right)->count ? -1 : 1;
    return strcmp((*left)->name, (*right)->name);
}

/* The greatest shares; *rest takes the events of all others. */
static json_t *top(const struct incident *incident, uint64_t *rest)
{
    const struct incident_share *sorted[INCIDENT_SHARES_MAX] = { NULL };
    json_t *list = json_array();

    *rest = incident->others;
    for (size_t i = 0; i < incident->share_count; i++)
        sorted[i] = &incident->shares[i];
    qsort(sorted, incident->share_count, sizeof(sorted[0]), by_count);
    for (size_t i = 0; i < incident->share_count; i++) {
        if (i < NOTICE_TOP_MAX)
            json_array_append_new(
                list, json_pack("{s:o, s:I}", "name", foreign(sorted[i]->name), "count", (json_int_t)sorted[i]->count));
        else
            *rest += sorted[i]->count;
    }
    return list;
}

char *notice_json(const struct incident *incident, enum incident_event event, uint64_t told, const char *host)
{
    char reference[40], name[64];
    struct buf text = BUF(reference), condition = BUF(name);
    uint64_t rest;
    json_t *list = top(incident, &rest), *notice;
    char *out;

    buf_addf(&text, "outward-%llu", (unsigned long long)incident->number);
    buf_add(&condition, alert_condition_name(incident->kind));
    notice = json_pack("{s:i, s:s, s:s, s:i, s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:I, s:I, s:o, s:I, s:b}", "schema",
                       NOTICE_SCHEMA, "event", incident_event_name(event).p, "reference", buf_text(&text), "notice",
                       (int)incident->notices, "host", host, "condition", buf_text(&condition), "subject",
                       foreign(incident->subject), "summary", alert_condition_table[incident->kind].help, "opened",
                       notice_stamp(incident->opened), "last", notice_stamp(incident->last), "ended",
                       notice_stamp(incident->ended), "count", (json_int_t)incident->count, "new",
                       (json_int_t)(incident->count - told), "top", list, "others", (json_int_t)rest, "everywhere",
                       incident->everywhere);
    out = notice == NULL ? NULL : json_dumps(notice, JSON_COMPACT);
    json_decref(notice);
    return out;
}

json_t *notice_read(struct view text)
{
    json_t *notice = json_loadb(text.p, text.n, 0, NULL);

    if (notice != NULL && json_is_string(json_object_get(notice, "event")) &&
        json_is_string(json_object_get(notice, "reference")) && json_is_string(json_object_get(notice, "host")))
        return notice;
    json_decref(notice);
    return NULL;
}

/* ---- told ---- */

static const char *word(const json_t *notice, const char *key)
{
    const char *text = json_string_value(json_object_get(notice, key));

    return text == NULL ? "" : text;
}

static long long number(const json_t *notice, const char *key)
{
    return json_integer_value(json_object_get(notice, key));
}

const char *notice_reference(const json_t *notice)
{
    return word(notice, "reference");
}

void notice_id(const json_t *notice, struct buf *out)
{
    buf_addf(out, "%s.%lld@%s", word(notice, "reference"), number(notice, "notice"), word(notice, "host"));
}

void notice_line(const json_t *notice, struct buf *out)
{
    const char *subject = word(notice, "subject");

    buf_addf(out, "%s: %s", word(notice, "event"), word(notice, "summary"));
    if (subject[0] != '\0')
        buf_addf(out, ", %s", subject);
    if (number(notice, "count") > 0)
        buf_addf(out, ": %lld", number(notice, "count"));
    buf_addf(out, " (%s on %s)", word(notice, "reference"), word(notice, "host"));
}

static void add_top(const json_t *notice, struct buf *out)
{
    const json_t *list = json_object_get(notice, "top");

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *share = json_array_get(list, i);

        buf_addf(out, "    %7lld  %s\n", number(share, "count"), word(share, "name"));
    }
    if (number(notice, "others") > 0)
        buf_addf(out, "    %7lld  others\n", number(notice, "others"));
}

static void add_row(const json_t *notice, const char *label, const char *key, struct buf *out)
{
    const char *text = word(notice, key);

    if (text[0] != '\0')
        buf_addf(out, "%-11s%s\n", label, text);
}

/* What the reader may want to do next. */
static void add_hints(const json_t *notice, struct buf *out)
{
    const char *event = word(notice, "event"), *reference = word(notice, "reference");

    if (json_is_true(json_object_get(notice, "everywhere")))
        buf_add(out, VIEW("\nEvery destination at once: STARTTLS may be stripped on our own way out.\n"));
    if (strcmp(event, "history") == 0)
        buf_add(out,
                VIEW("\nThese events were older than 15 minutes when they were read; nothing was opened for them.\n"));
    if (strcmp(event, "opened") == 0 || strcmp(event, "repeated") == 0)
        buf_addf(out, "\noutward report --since 1h\noutward incidents ack %s\n", reference);
}

void notice_text(const json_t *notice, struct buf *out)
{
    notice_line(notice, out);
    buf_add(out, VIEW("\n\n"));
    add_row(notice, "condition", "condition", out);
    add_row(notice, "first", "opened", out);
    add_row(notice, "last", "last", out);
    add_row(notice, "over", "ended", out);
    if (number(notice, "count") > 0)
        buf_addf(out, "%-11s%lld, %lld of them new\n", "events", number(notice, "count"), number(notice, "new"));
    add_top(notice, out);
    add_hints(notice, out);
}

/* RFC 5322 section 3.3 */
static void add_date(int64_t now, struct buf *out)
{
    static const char days[7][4] = { "Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed" }; /* of 1970-01-01 and on */
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    struct civil civil = civil_of(now);

    buf_addf(out, "Date: %s, %02u %s %04lld %02u:%02u:%02u +0000\r\n", days[now / 86400 % 7], civil.day,
             months[civil.month - 1], (long long)civil.year, civil.hour, civil.minute, civil.second);
}

/* One header field; what cannot stand in one becomes '?', for the text is ASCII by RFC 5322. */
static void add_field(struct buf *out, const char *name, struct view value)
{
    buf_addf(out, "%s: ", name);
    for (size_t i = 0; i < value.n; i++)
        buf_add_char(out, (char)(value.p[i] >= ' ' && value.p[i] < 0x7f ? value.p[i] : '?'));
    buf_add(out, VIEW("\r\n"));
}

static void add_lines(struct view text, struct buf *out)
{
    struct view line;

    while (view_cut(&text, VIEW("\n"), &line)) {
        if (view_starts(line, VIEW(".")))
            buf_add_char(out, ' ');
        buf_add(out, line);
        buf_add(out, VIEW("\r\n"));
    }
}

void notice_mail(const json_t *notice, struct view to, int64_t now, struct buf *out)
{
    char storage[NOTICE_MAX], id[INCIDENT_NAME_MAX * 2];
    struct buf text = BUF(storage), message_id = BUF(id);

    buf_addf(&text, "outward <postmaster@%s>", word(notice, "host"));
    add_field(out, "From", buf_view(&text));
    add_field(out, "To", to);
    buf_reset(&text);
    buf_add(&text, VIEW("[outward] "));
    notice_line(notice, &text);
    add_field(out, "Subject", buf_view(&text));
    add_date(now, out);
    notice_id(notice, &message_id);
    buf_addf(out, "Message-ID: <%.*s>\r\n", VIEW_ARG(buf_view(&message_id)));
    buf_add(out, VIEW("Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; "
                      "charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"));
    buf_reset(&text);
    notice_text(notice, &text);
    add_lines(buf_view(&text), out);
}

static char *dump(json_t *body)
{
    char *out = body == NULL ? NULL : json_dumps(body, JSON_COMPACT);

    json_decref(body);
    return out;
}

/* https://api.slack.com: "text" is all that an incoming webhook needs; its three control characters are escaped. */
static json_t *slack(const json_t *notice)
{
    char storage[NOTICE_MAX], escaped_storage[NOTICE_MAX];
    struct buf text = BUF(storage), escaped = BUF(escaped_storage);

    notice_text(notice, &text);
    for (size_t i = 0; i < text.len; i++) {
        if (text.p[i] == '&')
            buf_add(&escaped, VIEW("&amp;"));
        else if (text.p[i] == '<')
            buf_add(&escaped, VIEW("&lt;"));
        else if (text.p[i] == '>')
            buf_add(&escaped, VIEW("&gt;"));
        else
            buf_add_char(&escaped, text.p[i]);
    }
    return json_pack("{s:s%}", "text", escaped.p, escaped.len);
}

/* The list of alerts that POST /api/v2/alerts takes; an alert with endsAt is resolved. */
static json_t *alertmanager(const json_t *notice)
{
    char storage[INCIDENT_NAME_MAX * 4];
    struct buf line = BUF(storage);
    json_t *alert;

    notice_line(notice, &line);
    alert =
        json_pack("{s:{s:s, s:s, s:s, s:s}, s:{s:s%, s:s}}", "labels", "alertname", "outward", "condition",
                  word(notice, "condition"), "reference", word(notice, "reference"), "instance", word(notice, "host"),
                  "annotations", "summary", line.p, line.len, "subject", word(notice, "subject"));
    if (alert == NULL)
        return NULL;
    if (json_is_string(json_object_get(notice, "opened")))
        json_object_set(alert, "startsAt", json_object_get(notice, "opened"));
    if (json_is_string(json_object_get(notice, "ended")))
        json_object_set(alert, "endsAt", json_object_get(notice, "ended"));
    return json_pack("[o]", alert);
}

char *notice_webhook(const json_t *notice, enum webhook_form form)
{
    if (form == WEBHOOK_SLACK)
        return dump(slack(notice));
    if (form == WEBHOOK_ALERTMANAGER)
        return dump(alertmanager(notice));
    return json_dumps(notice, JSON_COMPACT);
}
