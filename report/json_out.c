#include "report/json_out.h"

#include <string.h>

#include "shared/octets.h"
#include "shared/printable.h"
#include "shared/stamp.h"

enum {
    MARKS_MAX = 8,  /* octets: what separates a member and quotes its name */
    SCALAR_MAX = 40 /* a number, a moment in quotes, a bracket */
};

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

/* Some octets, at least one. */
static void put(struct json_out *json, struct view text)
{
    if (text.n > sizeof(json->buffer) - json->used)
        flush(json);
    if (text.n > sizeof(json->buffer)) {
        (void)fwrite(text.p, 1, text.n, json->out);
        return;
    }
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

/* All of a string behind its first quote. */
static void put_rest(struct json_out *json, struct view text)
{
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
    if (json->more)
        buf_add_char(buf, ',');
    if (json->line)
        buf_add_char(buf, '\n');
    json->more = true;
    json->line = false;
}

/* A member up to its value, which has room for SCALAR_MAX octets; added() ends it. */
static struct buf begin(struct json_out *json, struct view name)
{
    struct buf buf = room(json, MARKS_MAX + JSON_NAME_MAX + SCALAR_MAX);

    separate(json, &buf);
    if (name.n > 0) {
        buf_add_char(&buf, '"');
        buf_add(&buf, view_slice(name, 0, JSON_NAME_MAX));
        buf_add(&buf, VIEW("\":"));
    }
    return buf;
}

void json_open(struct json_out *json, struct view name, char bracket)
{
    struct buf buf = begin(json, name);

    buf_add_char(&buf, bracket);
    added(json, &buf);
    json->more = false;
}

void json_close(struct json_out *json, char bracket)
{
    json->more = true;
    json->line = false;
    put_char(json, bracket);
}

void json_text(struct json_out *json, struct view name, struct view text)
{
    struct buf buf = begin(json, name);

    buf_add_char(&buf, '"');
    added(json, &buf);
    put_rest(json, text);
}

void json_number(struct json_out *json, struct view name, uint64_t number)
{
    struct buf buf = begin(json, name);

    buf_add_number(&buf, number);
    added(json, &buf);
}

void json_foreign_number(struct json_out *json, struct view name, uint64_t number)
{
    struct buf buf;

    json_text(json, VIEW(""), name);
    buf = room(json, SCALAR_MAX);
    buf_add_char(&buf, ':');
    buf_add_number(&buf, number);
    added(json, &buf);
}

void json_flag(struct json_out *json, struct view name, bool flag)
{
    struct buf buf = begin(json, name);

    buf_add(&buf, flag ? VIEW("true") : VIEW("false"));
    added(json, &buf);
}

void json_absent(struct json_out *json, struct view name)
{
    struct buf buf = begin(json, name);

    buf_add(&buf, VIEW("null"));
    added(json, &buf);
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
    struct buf buf = begin(json, name);

    if (millis == 0) {
        buf_add(&buf, VIEW("null"));
    } else {
        buf_add_char(&buf, '"');
        stamp_rfc3339(&buf, millis, 0);
        buf_add_char(&buf, '"');
    }
    added(json, &buf);
}
