#include "follow/prefix_json.h"

#include <jansson.h>

static void add_octets(struct buf *scratch, const json_t *array)
{
    for (size_t i = 0; i < json_array_size(array) && scratch->len < scratch->cap; i++)
        buf_add_char(scratch, (char)json_integer_value(json_array_get(array, i)));
}

/* A field's text, copied; empty when it is missing. */
static struct view copy_field(const json_t *entry, const char *name, struct buf *scratch)
{
    const json_t *value = json_object_get(entry, name);
    size_t start = scratch->len;

    /* journalctl gives a list of values where a field was set twice: the first counts. */
    if (json_is_array(value) && json_is_string(json_array_get(value, 0)))
        value = json_array_get(value, 0);
    if (json_is_string(value)) {
        struct view text = { json_string_value(value), json_string_length(value) };

        buf_add(scratch, view_slice(text, 0, scratch->cap - scratch->len));
    } else if (json_is_array(value)) {
        add_octets(scratch, value);
    }
    return view_slice(buf_view(scratch), start, scratch->len);
}

/* A message of several lines is several lines in a file, too: the first one has the record. */
static struct view first_line(struct view text)
{
    ptrdiff_t at = view_find_char(text, '\n');

    return at < 0 ? text : view_slice(text, 0, (size_t)at);
}

/* "2025-11-21T19:17:35.123456789Z Nov 21 19:17:35 ...", as docker logs --timestamps shows it. */
static bool read_container(const json_t *entry, struct buf *scratch, struct json_entry *out)
{
    size_t start = scratch->len;

    if (copy_field(entry, "time", scratch).n == 0)
        return false;
    buf_add_char(scratch, ' ');
    copy_field(entry, "log", scratch);
    out->container = true;
    out->text = first_line(view_slice(buf_view(scratch), start, scratch->len));
    return true;
}

static bool read_fields(const json_t *entry, struct buf *scratch, struct json_entry *out)
{
    struct view time = copy_field(entry, "__REALTIME_TIMESTAMP", scratch);
    struct view pid = copy_field(entry, "SYSLOG_PID", scratch);
    uint64_t micros;

    if (!view_number(time, INT64_MAX, &micros))
        return false;
    out->time = (int64_t)(micros / 1000);
    if (pid.n == 0)
        pid = copy_field(entry, "_PID", scratch);
    if (!view_number(pid, UINT32_MAX, &out->pid))
        out->pid = 0;
    out->host = copy_field(entry, "_HOSTNAME", scratch);
    out->tag = copy_field(entry, "SYSLOG_IDENTIFIER", scratch);
    out->text = first_line(copy_field(entry, "MESSAGE", scratch));
    return true;
}

bool prefix_json_parse(struct view line, struct buf scratch, struct json_entry *out)
{
    json_t *entry = json_loadb(line.p, line.n, JSON_ALLOW_NUL, NULL);
    bool done;

    *out = (struct json_entry){ 0 };
    if (json_is_string(json_object_get(entry, "log")))
        done = read_container(entry, &scratch, out);
    else
        done = json_is_object(entry) && read_fields(entry, &scratch, out);
    json_decref(entry);
    return done;
}
