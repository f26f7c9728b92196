#include "follow/delivery_line.h"

#include <string.h>

#include "shared/hash.h"

struct fields {
    struct view orig_to, relay, conn_use, delay, delays, tls, dsn, status;
};

/* In the order in which Postfix writes them; where the value goes in struct fields. */
static const struct {
    struct view words;
    size_t at;
} rows[] = {
    { VIEW_INIT("orig_to="), offsetof(struct fields, orig_to) },
    { VIEW_INIT("relay="), offsetof(struct fields, relay) },
    { VIEW_INIT("conn_use="), offsetof(struct fields, conn_use) },
    { VIEW_INIT("delay="), offsetof(struct fields, delay) },
    { VIEW_INIT("delays="), offsetof(struct fields, delays) },
    { VIEW_INIT("tls="), offsetof(struct fields, tls) },
    { VIEW_INIT("dsn="), offsetof(struct fields, dsn) },
    { VIEW_INIT("status="), offsetof(struct fields, status) }, /* the rest of the line */
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]), ROW_STATUS = ROWS - 1 };

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

/* What stands before ", ". */
static bool cut_value(struct view *line, struct view *out)
{
    const char *from = line->p, *end = line->p + line->n, *comma;

    while ((comma = memchr(from, ',', (size_t)(end - from))) != NULL && comma + 1 < end) {
        if (comma[1] == ' ') {
            *out = (struct view){ line->p, (size_t)(comma - line->p) };
            *line = (struct view){ comma + 2, (size_t)(end - comma) - 2 };
            return true;
        }
        from = comma + 1;
    }
    return false;
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

static bool is_row(struct view line, size_t row)
{
    return line.n >= rows[row].words.n && hash_same((struct view){ line.p, rows[row].words.n }, rows[row].words);
}

/* The row of the field in front of line, looked for from row `likely` on; ROWS for one that none has: Postfix grows. */
static size_t find_row(struct view line, size_t likely)
{
    size_t row = likely;

    while (row < ROWS && !is_row(line, row))
        row++;
    if (row < ROWS)
        return row;
    for (row = 0; row < likely && !is_row(line, row); row++)
        ;
    return row < likely ? row : ROWS;
}

static bool cut_fields(struct view line, struct fields *fields)
{
    size_t next = 0, row;

    while ((row = find_row(line, next)) != ROW_STATUS) {
        struct view name, value;

        if (row < ROWS)
            line = (struct view){ line.p + rows[row].words.n, line.n - rows[row].words.n };
        else if (!cut_name(&line, &name))
            return false;
        if (line.n > 0 && line.p[0] == '<' ? !cut_path(&line, &value) : !cut_value(&line, &value))
            return false;
        if (row < ROWS) {
            memcpy((char *)fields + rows[row].at, &value, sizeof(value));
            next = row + 1;
        }
    }
    fields->status = view_slice(line, rows[ROW_STATUS].words.n, line.n);
    return true;
}

/* "sent (250 2.0.0 Ok)"; a cut line may end anywhere in it. */
static void cut_status(struct view line, struct delivery_line *out)
{
    ptrdiff_t blank = view_find_char(line, ' ');

    out->status = blank < 0 ? line : view_slice(line, 0, (size_t)blank);
    out->text = view_slice(line, out->status.n, line.n);
    if (!view_skip(&out->text, VIEW(" (")))
        out->text.n = 0;
    else if (view_ends(out->text, VIEW(")")))
        out->text.n--;
}

int delivery_line_parse(struct view text, struct delivery_line *out)
{
    struct delivery_line got = { .connection_use = 1 };
    struct fields fields = { 0 };
    uint64_t use;

    if (!view_skip(&text, VIEW("to=<")))
        return 0;
    text = (struct view){ text.p - 1, text.n + 1 };
    if (!cut_path(&text, &got.to) || !cut_fields(text, &fields) || !server_parse(fields.relay, &got.relay))
        return -1;
    if (view_number(fields.conn_use, UINT32_MAX, &use))
        got.connection_use = (unsigned)use;
    got.orig_to = fields.orig_to;
    got.delays = fields.delays;
    got.tls = fields.tls;
    got.dsn = fields.dsn;
    cut_status(fields.status, &got);
    *out = got; /* only a whole parse is shown to the caller */
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
