#include "follow/promise.h"

#include <jansson.h>

#include "shared/buf.h"
#include "shared/civil.h"

enum { TAG_MAX = 256, STAMP_LENGTH = 20 };

/* "2026-11-22T01:02:03Z" as ms since 1970. */
static bool parse_stamp(const char *text, int64_t *out)
{
    struct view stamp = view_of(text);
    static const struct {
        size_t at, end;
        uint64_t most;
        char behind;
    } parts[] = { { 0, 4, 9999, '-' }, { 5, 7, 12, '-' },   { 8, 10, 31, 'T' },
                  { 11, 13, 23, ':' }, { 14, 16, 59, ':' }, { 17, 19, 60, 'Z' } };
    uint64_t value[sizeof(parts) / sizeof(parts[0])];

    if (stamp.n != STAMP_LENGTH)
        return false;
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (!view_number(view_slice(stamp, parts[i].at, parts[i].end), parts[i].most, &value[i]) ||
            stamp.p[parts[i].end] != parts[i].behind)
            return false;
    }
    if (!civil_valid((int64_t)value[0], (unsigned)value[1], (unsigned)value[2]))
        return false;
    *out = (civil_days((int64_t)value[0], (unsigned)value[1], (unsigned)value[2]) * 86400 +
            (int64_t)(value[3] * 3600 + value[4] * 60 + value[5])) *
           1000;
    return true;
}

/* What is wanted of a service: proof and lines. */
static enum promise promise_of(const char *proof, bool lines)
{
    if (strcmp(proof, "lines") == 0)
        return PROMISE_LINES;
    if (strcmp(proof, "always-plaintext") == 0)
        return PROMISE_PLAINTEXT;
    /* Where lines are logged they are there to show it. */
    return strcmp(proof, "always-encrypted") == 0 && !lines ? PROMISE_ENCRYPTED : PROMISE_NOTHING;
}

/* What is true of two services whose lines look the same. */
static enum promise join(enum promise a, enum promise b)
{
    if (a == b)
        return a;
    if ((a == PROMISE_LINES && b == PROMISE_PLAINTEXT) || (a == PROMISE_PLAINTEXT && b == PROMISE_LINES))
        return PROMISE_LINES;
    return PROMISE_NOTHING;
}

struct reading {
    struct arena *arena;
    const char *name;
    struct promises *out;
    struct promise_row row; /* node and times of the instance at hand */
    struct error *error;
};

static int keep(struct reading *reading, struct view tag, enum promise promise)
{
    struct promises *out = reading->out;
    struct promise_row *row;

    for (size_t i = 0; i < out->count; i++) {
        if (view_eq(out->rows[i].node, reading->row.node) && view_eq(out->rows[i].tag, tag)) {
            row = &out->rows[i];
            row->promise = join(row->promise, promise);
            row->since = row->since > reading->row.since ? row->since : reading->row.since;
            return 0;
        }
    }
    if (out->count == PROMISES_MAX)
        return error_set(reading->error, ERROR_LIMIT, "%s: more than %d services", reading->name, PROMISES_MAX);
    row = &out->rows[out->count++];
    *row = reading->row;
    row->promise = promise;
    row->tag = arena_copy(reading->arena, tag);
    return row->tag.p == NULL ? error_set(reading->error, ERROR_MEMORY, "%s: out of memory", reading->name) : 0;
}

static int read_service(struct reading *reading, const json_t *service)
{
    const char *program = json_string_value(json_object_get(service, "program")),
               *log_name = json_string_value(json_object_get(service, "log_name")),
               *proof = json_string_value(json_object_get(service, "proof"));
    char storage[TAG_MAX];
    struct buf tag = BUF(storage);

    if (program == NULL || log_name == NULL || proof == NULL)
        return error_set(reading->error, ERROR_SYNTAX, "%s: a service without program, log_name or proof",
                         reading->name);
    buf_addf(&tag, "%s/%s", log_name, program);
    if (tag.full)
        return error_set(reading->error, ERROR_LIMIT, "%s: a tag is longer than %d octets", reading->name, TAG_MAX);
    return keep(reading, buf_view(&tag), promise_of(proof, json_is_true(json_object_get(service, "tls_lines"))));
}

static int read_instance(struct reading *reading, const json_t *instance)
{
    const char *node = json_string_value(json_object_get(instance, "node")),
               *since = json_string_value(json_object_get(instance, "since"));
    const json_t *services = json_object_get(instance, "services");

    if (node == NULL || since == NULL || !json_is_array(services) || !parse_stamp(since, &reading->row.since))
        return error_set(reading->error, ERROR_SYNTAX, "%s: an instance without node, since or services",
                         reading->name);
    reading->row.node = arena_copy(reading->arena, view_of(node));
    if (reading->row.node.p == NULL)
        return error_set(reading->error, ERROR_MEMORY, "%s: out of memory", reading->name);
    for (size_t i = 0; i < json_array_size(services); i++) {
        if (read_service(reading, json_array_get(services, i)) == -1)
            return -1;
    }
    return 0;
}

static int read_root(struct reading *reading, const json_t *root)
{
    const char *written = json_string_value(json_object_get(root, "written"));
    const json_t *instances = json_object_get(root, "instances");

    if (json_integer_value(json_object_get(root, "schema")) != 1 || written == NULL || !json_is_array(instances) ||
        !parse_stamp(written, &reading->row.until))
        return error_set(reading->error, ERROR_SYNTAX, "%s: not what outward doctor --facts writes", reading->name);
    for (size_t i = 0; i < json_array_size(instances); i++) {
        if (read_instance(reading, json_array_get(instances, i)) == -1)
            return -1;
    }
    return 0;
}

int promises_parse(struct arena *arena, const char *name, struct view text, struct promises *out, struct error *error)
{
    struct reading reading = { .arena = arena, .name = name, .out = out, .error = error };
    json_error_t fault;
    json_t *root = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES, &fault);
    int result;

    *out = (struct promises){ .rows = arena_alloc(arena, PROMISES_MAX * sizeof(*out->rows)) };
    if (out->rows == NULL)
        result = error_set(error, ERROR_MEMORY, "%s: out of memory", name);
    else if (root == NULL)
        result = error_set(error, ERROR_SYNTAX, "%s:%d: %s", name, fault.line, fault.text);
    else
        result = read_root(&reading, root);
    json_decref(root);
    return result;
}

/* Logs have the machine's name up to its first dot, or the whole of it. */
static bool same_host(struct view node, struct view host)
{
    ptrdiff_t dot = view_find_char(node, '.');

    return view_eq_nocase(node, host) || (dot > 0 && view_eq_nocase(view_slice(node, 0, (size_t)dot), host));
}

static bool holds(const struct promise_row *row, int64_t time, int64_t began)
{
    /* Known from the log, or long enough ago that nothing runs any more that began before. */
    return began <= row->until && (began >= row->since || time >= row->since + PROMISE_DRAIN);
}

enum promise promises_find(const struct promises *promises, const struct writer *writer, int64_t time, int64_t began)
{
    for (size_t i = 0; promises != NULL && i < promises->count; i++) {
        const struct promise_row *row = &promises->rows[i];

        if (view_eq(row->tag, writer->tag) && same_host(row->node, writer->host))
            return holds(row, time, began) ? row->promise : PROMISE_NOTHING;
    }
    return PROMISE_NOTHING;
}
