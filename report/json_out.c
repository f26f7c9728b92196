#include "report/json_out.h"

#include <string.h>

#include "shared/octets.h"
#include "shared/printable.h"
#include "shared/stamp.h"

enum { NUMBER_MAX = 20, MOMENT_MAX = 64 /* octets */ };

static void flush(struct json_out *json)
{
    (void)fwrite(json->buffer, 1, json->used, json->out);
    json->used = 0;
}

static void put_char(struct json_out *json, char c)
{
    if (json->used == sizeof(json->buffer))
        flush(json);
    json->buffer[json->used++] = c;
}

static void put(struct json_out *json, struct view text)
{
    if (text.n > sizeof(json->buffer) - json->used)
        flush(json);
    if (text.n > sizeof(json->buffer)) {
        (void)fwrite(text.p, 1, text.n, json->out);
        return;
    }
    if (text.n > 0)
        memcpy(json->buffer + json->used, text.p, text.n);
    json->used += text.n;
}

/* Room for so many octets, up to all of the buffer; added() tells what was written there. */
static struct buf room(struct json_out *json, size_t size)
{
    if (size > sizeof(json->buffer) - json->used)
        flush(json);
    return buf_over(json->buffer + json->used, size);
}

static void added(struct json_out *json, const struct buf *buf)
{
    json->used += buf->len;
}

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && (unsigned char)c < 0x7f && c != '"' && c != '\\';
}

/* All of the eight octets at p? */
static bool are_plain(const char *p)
{
    uint64_t word = hash_word(p), high = octets_all(0x80);

    return (word & high) == 0 && (octets_in_range(word, 0x20, 0x7f) & high) == high &&
           octets_find(p, '"') == OCTETS_WORD && octets_find(p, '\\') == OCTETS_WORD;
}

/* How many octets in front of text stand for themselves. */
static size_t plain_length(struct view text)
{
    size_t n = 0;

    while (text.n - n >= OCTETS_WORD && are_plain(text.p + n))
        n += OCTETS_WORD;
    while (n < text.n && is_plain(text.p[n]))
        n++;
    return n;
}

/* One character that JSON does not take as it is, or one beyond ASCII; how many octets it had. */
static size_t put_special(struct json_out *json, struct view text)
{
    char escaped[8];
    struct buf buf = BUF(escaped);
    uint32_t point;
    size_t n = utf8_decode(text, &point);

    if (n > 1) {
        put(json, view_slice(text, 0, n));
        return n;
    }
    if (n == 0)
        buf_add(&buf, VIEW("\\ufffd"));
    else if (text.p[0] == '"' || text.p[0] == '\\')
        buf_addf(&buf, "\\%c", text.p[0]);
    else
        buf_addf(&buf, "\\u%04x", (unsigned)(unsigned char)text.p[0]);
    put(json, buf_view(&buf));
    return 1;
}

static void put_string(struct json_out *json, struct view text)
{
    put_char(json, '"');
    while (text.n > 0) {
        size_t n = plain_length(text);

        if (n > 0)
            put(json, view_slice(text, 0, n));
        else
            n = put_special(json, text);
        text = view_slice(text, n, text.n);
    }
    put_char(json, '"');
}

static void separate(struct json_out *json, struct buf *buf)
{
    uint64_t bit = UINT64_C(1) << json->depth;

    if ((json->filled & bit) != 0)
        buf_add_char(buf, ',');
    json->filled |= bit;
    if (json->line)
        buf_add_char(buf, '\n');
    json->line = false;
}

static void begin(struct json_out *json, struct view name)
{
    struct buf buf = room(json, JSON_NAME_MAX + sizeof(",\n\"\":"));

    separate(json, &buf);
    if (name.n > 0) {
        buf_add_char(&buf, '"');
        buf_add(&buf, view_slice(name, 0, JSON_NAME_MAX));
        buf_add(&buf, VIEW("\":"));
    }
    added(json, &buf);
}

void json_open(struct json_out *json, struct view name, char bracket)
{
    begin(json, name);
    put_char(json, bracket);
    if (json->depth < JSON_DEPTH_MAX)
        json->depth++;
    json->filled &= ~(UINT64_C(1) << json->depth);
}

void json_close(struct json_out *json, char bracket)
{
    if (json->depth > 0)
        json->depth--;
    json->line = false;
    put_char(json, bracket);
}

void json_text(struct json_out *json, struct view name, struct view text)
{
    begin(json, name);
    put_string(json, text);
}

static void put_number(struct json_out *json, uint64_t number)
{
    struct buf buf = room(json, NUMBER_MAX);

    buf_add_number(&buf, number);
    added(json, &buf);
}

void json_number(struct json_out *json, struct view name, uint64_t number)
{
    begin(json, name);
    put_number(json, number);
}

void json_foreign_number(struct json_out *json, struct view name, uint64_t number)
{
    begin(json, VIEW(""));
    put_string(json, name);
    put_char(json, ':');
    put_number(json, number);
}

void json_flag(struct json_out *json, struct view name, bool flag)
{
    begin(json, name);
    put(json, flag ? VIEW("true") : VIEW("false"));
}

void json_absent(struct json_out *json, struct view name)
{
    begin(json, name);
    put(json, VIEW("null"));
}

void json_line(struct json_out *json)
{
    json->line = true;
}

void json_finish(struct json_out *json)
{
    put_char(json, '\n');
    flush(json);
}

void json_moment(struct json_out *json, struct view name, int64_t millis)
{
    struct buf buf;

    if (millis == 0) {
        json_absent(json, name);
        return;
    }
    begin(json, name);
    buf = room(json, MOMENT_MAX);
    buf_add_char(&buf, '"');
    stamp_rfc3339(&buf, millis, 0);
    buf_add_char(&buf, '"');
    added(json, &buf);
}
