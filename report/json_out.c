#include "report/json_out.h"

#include <string.h>

#include "shared/printable.h"

static void put(FILE *out, struct view text)
{
    (void)fwrite_unlocked(text.p, 1, text.n, out);
}

/* How many octets in front of text stand for themselves. */
static size_t plain_length(struct view text)
{
    size_t n = 0;

    while (n < text.n && (unsigned char)text.p[n] >= 0x20 && (unsigned char)text.p[n] < 0x7f && text.p[n] != '"' &&
           text.p[n] != '\\')
        n++;
    return n;
}

static size_t put_special(FILE *out, struct view text)
{
    uint32_t point;
    size_t n = utf8_decode(text, &point);

    if (n == 0)
        put(out, VIEW("\\ufffd"));
    else if (n == 1)
        fprintf(out, "\\u%04x", (unsigned)(unsigned char)text.p[0]);
    else
        put(out, view_slice(text, 0, n));
    return n == 0 ? 1 : n;
}

static void put_string(FILE *out, struct view text)
{
    putc_unlocked('"', out);
    while (text.n > 0) {
        size_t n = plain_length(text);

        if (n > 0)
            put(out, view_slice(text, 0, n));
        else if (text.p[0] == '"' || text.p[0] == '\\')
            n = (size_t)(fprintf(out, "\\%c", text.p[0]) == 2);
        else
            n = put_special(out, text);
        text = view_slice(text, n == 0 ? 1 : n, text.n);
    }
    putc_unlocked('"', out);
}

static void begin(struct json_out *json, struct view name)
{
    uint64_t bit = UINT64_C(1) << json->depth;

    if ((json->filled & bit) != 0)
        putc_unlocked(',', json->out);
    json->filled |= bit;
    if (json->line)
        putc_unlocked('\n', json->out);
    json->line = false;
    if (name.n > 0) {
        put_string(json->out, name);
        putc_unlocked(':', json->out);
    }
}

void json_open(struct json_out *json, struct view name, char bracket)
{
    begin(json, name);
    putc_unlocked(bracket, json->out);
    if (json->depth < JSON_DEPTH_MAX)
        json->depth++;
    json->filled &= ~(UINT64_C(1) << json->depth);
}

void json_close(struct json_out *json, char bracket)
{
    if (json->depth > 0)
        json->depth--;
    json->line = false;
    putc_unlocked(bracket, json->out);
}

void json_text(struct json_out *json, struct view name, struct view text)
{
    begin(json, name);
    put_string(json->out, text);
}

void json_number(struct json_out *json, struct view name, uint64_t number)
{
    char digits[20];
    struct buf buf = BUF(digits);

    begin(json, name);
    buf_add_number(&buf, number);
    put(json->out, buf_view(&buf));
}

void json_flag(struct json_out *json, struct view name, bool flag)
{
    begin(json, name);
    put(json->out, flag ? VIEW("true") : VIEW("false"));
}

void json_absent(struct json_out *json, struct view name)
{
    begin(json, name);
    put(json->out, VIEW("null"));
}

void json_line(struct json_out *json)
{
    json->line = true;
}
