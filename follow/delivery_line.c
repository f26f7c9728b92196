#include "follow/delivery_line.h"

#include <string.h>

#include "shared/key_mark.h"
#include "shared/octets.h"

/* In the order in which Postfix writes them. */
enum field {
    FIELD_ORIG_TO,
    FIELD_RELAY,
    FIELD_USE,
    FIELD_DELAY,
    FIELD_DELAYS,
    FIELD_TLS,
    FIELD_DSN,
    FIELD_STATUS,
    FIELDS
};

static const struct key_mark marks[FIELDS] = {
    [FIELD_ORIG_TO] = KEY_MARK_INIT("orig_to"), [FIELD_RELAY] = KEY_MARK_INIT("relay"),
    [FIELD_USE] = KEY_MARK_INIT("conn_use"),    [FIELD_DELAY] = KEY_MARK_INIT("delay"),
    [FIELD_DELAYS] = KEY_MARK_INIT("delays"),   [FIELD_TLS] = KEY_MARK_INIT("tls"),
    [FIELD_DSN] = KEY_MARK_INIT("dsn"),         [FIELD_STATUS] = KEY_MARK_INIT("status"), /* the rest of the line */
};

/* "<...>, ".  Before Postfix 3.5 a local part is logged without its quotes, and then may hold a lone one. */
static bool cut_path(struct view *line, struct view *out)
{
    struct view rest = *line;

    if (view_cut_path(&rest, out) && view_skip(&rest, VIEW(", "))) {
        *line = rest;
        return true;
    }
    return view_skip(line, VIEW("<")) && view_cut(line, VIEW(">, "), out);
}

/* Where the value at p ends, before ", "; NULL for one that does not. */
static inline const char *find_value_end(const char *p, const char *end)
{
    const char *comma;

    while (p < end && (comma = octets_find_near(p, end, ',')) != NULL && comma + 1 < end) {
        if (comma[1] == ' ')
            return comma;
        p = comma + 1;
    }
    return NULL;
}

/* What stands before ", ". */
static bool cut_value(struct view *line, struct view *out)
{
    const char *end = line->p + line->n, *comma = find_value_end(line->p, end);

    if (comma == NULL)
        return false;
    *out = (struct view){ line->p, (size_t)(comma - line->p) };
    *line = (struct view){ comma + 2, (size_t)(end - comma) - 2 };
    return true;
}

/* "name=" in front of line, a word of lower-case letters and '_'. */
static bool cut_name(struct view *line, struct view *out)
{
    size_t i = 0;

    while (i < line->n && ((line->p[i] >= 'a' && line->p[i] <= 'z') || line->p[i] == '_'))
        i++;
    if (i == 0 || i == line->n || line->p[i] != '=')
        return false;
    *out = (struct view){ line->p, i };
    *line = (struct view){ line->p + i + 1, line->n - i - 1 };
    return true;
}

/* The values of those fields in front of line that stand in the order of the table: nearly always all but the last. */
static inline void cut_fields_in_order(struct view *line, struct view values[FIELDS])
{
    const char *p = line->p, *end = p + line->n;

    for (size_t field = 0; field < FIELD_STATUS && end - p >= KEY_MARK_MAX; field++) {
        const char *value = p + marks[field].n, *comma;

        if (!key_mark_stands(&marks[field], p))
            continue;
        if (*value == '<') {
            struct view rest = { value, (size_t)(end - value) };

            if (!cut_path(&rest, &values[field]))
                break;
            p = rest.p;
            continue;
        }
        comma = find_value_end(value, end);
        if (comma == NULL)
            break;
        values[field].p = value;
        values[field].n = (size_t)(comma - value);
        p = comma + 2;
    }
    *line = (struct view){ p, (size_t)(end - p) };
}

/* The field in front of line; FIELDS for one that is not in the table: Postfix grows. */
static size_t find_field(struct view line)
{
    size_t field = 0;

    while (field < FIELDS && !key_mark_begins(&marks[field], line))
        field++;
    return field;
}

/* The values of all fields, in the order of the table. */
static bool cut_fields(struct view line, struct view values[FIELDS])
{
    cut_fields_in_order(&line, values);
    while (!key_mark_begins(&marks[FIELD_STATUS], line)) {
        size_t field = find_field(line);
        struct view name, value;

        if (field < FIELDS)
            line = (struct view){ line.p + marks[field].n, line.n - marks[field].n };
        else if (!cut_name(&line, &name))
            return false;
        if (line.n > 0 && line.p[0] == '<' ? !cut_path(&line, &value) : !cut_value(&line, &value))
            return false;
        if (field < FIELDS)
            values[field] = value;
    }
    values[FIELD_STATUS] = (struct view){ line.p + marks[FIELD_STATUS].n, line.n - marks[FIELD_STATUS].n };
    return true;
}

/* "sent (250 2.0.0 Ok)"; a cut line may end anywhere in it. */
static void cut_status(struct view line, struct delivery_line *out)
{
    const char *blank = line.n == 0 ? NULL : octets_find_near(line.p, line.p + line.n, ' ');

    out->status = (struct view){ line.p, blank == NULL ? line.n : (size_t)(blank - line.p) };
    out->text = view_slice(line, out->status.n, line.n);
    if (!view_skip(&out->text, VIEW(" (")))
        out->text.n = 0;
    else if (view_ends(out->text, VIEW(")")))
        out->text.n--;
}

int delivery_line_parse(struct view text, struct delivery_line *out)
{
    struct view values[FIELDS] = { { NULL, 0 } };
    uint64_t use = 1;

    if (!view_starts(text, VIEW("to=<")))
        return 0;
    text = (struct view){ text.p + 3, text.n - 3 };
    if (!cut_path(&text, &out->to) || !cut_fields(text, values) || !server_parse(values[FIELD_RELAY], &out->relay))
        return -1;
    if (values[FIELD_USE].n > 0)
        (void)view_number(values[FIELD_USE], UINT32_MAX, &use);
    out->connection_use = (unsigned)use;
    out->orig_to = values[FIELD_ORIG_TO];
    out->delays = values[FIELD_DELAYS];
    out->tls = values[FIELD_TLS];
    out->dsn = values[FIELD_DSN];
    cut_status(values[FIELD_STATUS], out);
    return 1;
}

/* "0.06" as milliseconds. */
static int64_t millis(struct view text)
{
    struct view whole = text, part;
    uint64_t seconds = 0, fraction = 0;
    int64_t weight = 100, sum = 0;

    if (view_cut(&text, VIEW("."), &part)) {
        whole = part;
        for (size_t i = 0; view_number(view_slice(text, i, i + 1), 9, &fraction); i++) {
            sum += (int64_t)fraction * weight;
            weight /= 10; /* 0 behind the milliseconds */
        }
    }
    return view_number(whole, UINT32_MAX, &seconds) ? (int64_t)seconds * 1000 + sum : 0;
}

int64_t delivery_line_session(const struct delivery_line *line)
{
    struct view rest = line->delays, queued, waited, connecting;

    if (!view_cut(&rest, VIEW("/"), &queued) || !view_cut(&rest, VIEW("/"), &waited) ||
        !view_cut(&rest, VIEW("/"), &connecting))
        return 0;
    return millis(connecting) + millis(rest);
}
