#include "follow/state.h"

#include <stdlib.h>
#include <string.h>

#include "follow/correlate_parts.h"
#include "follow/state_octets.h"
#include "follow/stretch.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* A field that is added to one of these structs needs its row here and a new STATE_VERSION. */
_Static_assert(sizeof(struct service) == 32, "struct service has a field that is not kept");
_Static_assert(sizeof(struct host) == 24, "struct host has a field that is not kept");
_Static_assert(sizeof(struct process) == 104, "struct process has a field that is not kept");
_Static_assert(sizeof(struct message) == 56, "struct message has a field that is not kept");

static const struct state_field service_fields[] = {
    STATE_FIELD(struct service, stretch, 0),         STATE_FIELD(struct service, proven, 1),
    STATE_FIELD(struct service, undecided, 1),       STATE_FIELD(struct service, previous, 0),
    STATE_FIELD(struct service, previous_proven, 1), STATE_FIELD(struct service, since, 0),
};

static const struct state_field host_fields[] = {
    STATE_FIELD(struct host, known, 1),
    STATE_FIELD(struct host, begin, 0),
    STATE_FIELD(struct host, gap, 0),
};

static const struct state_field process_fields[] = {
    STATE_FIELD(struct process, entry.hash, 0),
    STATE_FIELD(struct process, entry.age, 0),
    STATE_FIELD(struct process, time, 0),
    STATE_FIELD(struct process, pid, 0),
    STATE_FIELD(struct process, stretch, 0),
    STATE_FIELD(struct process, fresh, 1),
    STATE_FIELD(struct process, named_only, 1),
    STATE_FIELD(struct process, named_only, 1),
    STATE_FIELD(struct process, tls, 1),
    STATE_FIELD(struct process, reused, 1),
    STATE_FIELD(struct process, bound, 1),
    STATE_FIELD(struct process, offered, 1),
    STATE_FIELD(struct process, handshake_failed, 1),
    STATE_FIELD(struct process, level, PEER_LEVEL_COUNT - 1),
    STATE_FIELD(struct process, handshake_relay, 0),
    STATE_FIELD(struct process, server, 0),
    STATE_FIELD(struct process, message, 0),
    STATE_FIELD(struct process, version, 0),
    STATE_FIELD(struct process, cipher, 0),
    STATE_FIELD(struct process, key_exchange, 0),
};

static const struct state_field message_fields[] = {
    STATE_FIELD(struct message, entry.hash, 0),
    STATE_FIELD(struct message, entry.age, 0),
    STATE_FIELD(struct message, sender, 0),
    STATE_FIELD(struct message, header_from, 0),
    STATE_FIELD(struct message, signers, 0),
    STATE_FIELD(struct message, login, 0),
    STATE_FIELD(struct message, origin, ORIGIN_COUNT - 1),
};

/* ---- names ---- */

static void save_names(const struct names *names, struct state *out)
{
    uint32_t count = names_count(names);

    for (uint32_t id = 1; id <= count; id++)
        state_put_text(out, names_text(names, id));
}

/* Added in the order of their ids to an empty table, they get the same ids. */
static bool load_names(struct names *names, struct view in)
{
    struct view name;
    uint32_t id = names_count(names);

    while (in.n > 0) {
        if (!state_take_text(&in, &name) || names_add(names, name) != ++id)
            return false;
    }
    return true;
}

/* ---- writers and their stretches ---- */

static void save_writers(const struct writers *writers, struct state *out)
{
    for (uint32_t number = 1; number <= writers_count(writers); number++) {
        state_put_text(out, writers_at(writers, number)->host);
        state_put_text(out, writers_at(writers, number)->tag);
    }
}

static bool load_writers(struct writers *writers, struct view in)
{
    struct view host, tag;
    uint32_t number = writers_count(writers);

    while (in.n > 0) {
        if (!state_take_text(&in, &host) || !state_take_text(&in, &tag) ||
            writers_find(writers, host, tag)->number != ++number)
            return false;
    }
    return true;
}

static void save_services(const struct services *services, struct state *out)
{
    state_put(out, services->last_stretch, 4);
    state_put(out, services->count, 4);
    state_put(out, services->host_count, 4);
    for (uint32_t i = 0; i < services->count; i++) {
        state_put(out, services->list[i].writer != NULL, 1);
        state_put_fields(out, service_fields, COUNT(service_fields), &services->list[i]);
    }
    for (uint32_t i = 0; i < services->host_count; i++)
        state_put_fields(out, host_fields, COUNT(host_fields), &services->host_list[i]);
}

static bool load_service(struct service *service, const struct writers *writers, uint32_t number, struct view *in)
{
    uint64_t known;

    if (!state_take(in, &known, 1) || !state_take_fields(in, service_fields, COUNT(service_fields), service))
        return false;
    service->writer = known != 0 ? writers_at(writers, number) : NULL;
    return known == 0 || service->writer != NULL;
}

static bool load_services(struct services *services, const struct writers *writers, struct view in)
{
    uint64_t last_stretch, count, host_count;

    if (in.n == 0)
        return true;
    if (!state_take(&in, &last_stretch, 4) || !state_take(&in, &count, 4) || !state_take(&in, &host_count, 4) ||
        count > 2 * WRITERS_MAX || host_count > 2 * WRITERS_MAX)
        return false;
    services->list = calloc(count + 1, sizeof(*services->list));
    services->host_list = calloc(host_count + 1, sizeof(*services->host_list));
    if (services->list == NULL || services->host_list == NULL)
        return false;
    services->count = (uint32_t)count;
    services->host_count = (uint32_t)host_count;
    services->last_stretch = (uint32_t)last_stretch;
    for (uint32_t i = 0; i < services->count; i++) {
        if (!load_service(&services->list[i], writers, i + 1, &in))
            return false;
    }
    for (uint32_t i = 0; i < services->host_count; i++) {
        if (!state_take_fields(&in, host_fields, COUNT(host_fields), &services->host_list[i]))
            return false;
    }
    return true;
}

/* A host's services exist only where the host is known: what a damaged part may not say. */
static bool services_are_whole(const struct services *services)
{
    for (uint32_t i = 0; i < services->count; i++) {
        const struct writer *writer = services->list[i].writer;

        if (writer != NULL && (writer->host_number == 0 || writer->host_number > services->host_count ||
                               !services->host_list[writer->host_number - 1].known))
            return false;
    }
    return true;
}

/* ---- tables that age ---- */

/* Each entry at its place, so that little changes from one commit to the next; a free place is all zero. */
static void save_aging(const struct aging *table, const struct state_field *fields, size_t count, struct state *out)
{
    static const char zero[256];

    for (uint32_t place = 1; place <= aging_places(table); place++) {
        const void *entry = aging_at(table, place);

        state_put_fields(out, fields, count, entry == NULL ? zero : entry);
    }
}

struct rows {
    char *list;
    size_t count;
};

static int by_age(const void *a, const void *b)
{
    const struct aging_entry *one = a, *other = b;

    return (one->age > other->age) - (one->age < other->age);
}

static size_t row_size(const struct state_field *fields, size_t count)
{
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += fields[i].size;
    return size;
}

static bool take_rows(struct view in, const struct state_field *fields, size_t count, size_t size, struct rows *rows)
{
    rows->list = calloc(in.n / row_size(fields, count) + 1, size);
    if (rows->list == NULL)
        return false;
    while (in.n > 0) {
        char *row = rows->list + rows->count * size;

        if (!state_take_fields(&in, fields, count, row))
            return false;
        rows->count += ((const struct aging_entry *)(const void *)row)->age != 0;
    }
    return true;
}

/* Oldest first, as they came. */
static bool add_rows(struct aging *table, const struct rows *rows)
{
    qsort(rows->list, rows->count, table->size, by_age);
    for (size_t i = 0; i < rows->count; i++) {
        const char *row = rows->list + i * table->size;
        bool fresh;
        char *entry = aging_add(table, ((const struct aging_entry *)(const void *)row)->hash, &fresh);

        if (entry == NULL || !fresh)
            return false;
        memcpy(entry + sizeof(struct aging_entry), row + sizeof(struct aging_entry),
               table->size - sizeof(struct aging_entry));
    }
    return table->evicted == 0;
}

static bool load_aging(struct aging *table, const struct state_field *fields, size_t count, struct view in)
{
    struct rows rows = { 0 };
    bool done = take_rows(in, fields, count, table->size, &rows) && add_rows(table, &rows);

    free(rows.list);
    return done;
}

/* ---- the line that may be repeated ---- */

static void save_repeatable(const struct log_line *line, struct state *out)
{
    if (line->text.n == 0 || line->writer == NULL)
        return;
    state_put(out, (uint64_t)line->time, 8);
    state_put(out, line->writer->number, 4);
    state_put(out, line->pid, 8);
    state_put_text(out, line->text);
}

static bool load_repeatable(struct correlate *correlate, const struct writers *writers, struct view in)
{
    struct log_line line;
    uint64_t time, number;

    if (in.n == 0)
        return true;
    if (!state_take(&in, &time, 8) || !state_take(&in, &number, 4) || !state_take(&in, &line.pid, 8) ||
        !state_take_text(&in, &line.text) || number == 0)
        return false;
    line.time = (int64_t)time;
    line.writer = writers_at(writers, (uint32_t)number);
    if (line.writer == NULL)
        return false;
    correlate_set_repeatable(correlate, &line);
    return true;
}

/* ---- parts ---- */

/* What every part begins with: "OW", version, part. */
static void save_head(enum state_part part, struct state *out)
{
    state_put(out, 'O' | 'W' << 8, 2);
    state_put(out, STATE_VERSION, 1);
    state_put(out, part, 1);
}

static bool take_head(struct view *in, enum state_part part)
{
    uint64_t mark, version, number;

    return state_take(in, &mark, 2) && state_take(in, &version, 1) && state_take(in, &number, 1) &&
           mark == ('O' | 'W' << 8) && version == STATE_VERSION && number == part;
}

bool state_save(struct correlate *correlate, const struct writers *writers, enum state_part part, struct state *out)
{
    struct correlate_parts parts = correlate_parts(correlate);

    state_reset(out);
    save_head(part, out);
    switch (part) {
    case STATE_WRITERS:
        save_writers(writers, out);
        break;
    case STATE_SERVICES:
        save_services(parts.services, out);
        break;
    case STATE_WORDS:
        save_names(parts.processes->words, out);
        break;
    case STATE_PROCESSES:
        state_put(out, (uint64_t)parts.processes->blind_until, 8);
        save_aging(&parts.processes->table, process_fields, COUNT(process_fields), out);
        break;
    case STATE_NAMES:
        save_names(parts.messages->names, out);
        break;
    case STATE_MESSAGES:
        save_aging(&parts.messages->table, message_fields, COUNT(message_fields), out);
        break;
    case STATE_REPEATABLE:
        save_repeatable(parts.repeatable, out);
        break;
    case STATE_PARTS:
        break;
    }
    return !out->failed;
}

static bool load_processes(struct processes *processes, struct view in)
{
    uint64_t blind_until;

    if (!state_take(&in, &blind_until, 8))
        return false;
    processes->blind_until = (int64_t)blind_until;
    return load_aging(&processes->table, process_fields, COUNT(process_fields), in);
}

static bool load_part(struct correlate *correlate, struct writers *writers, enum state_part part, struct view in)
{
    struct correlate_parts parts = correlate_parts(correlate);

    switch (part) {
    case STATE_WRITERS:
        return load_writers(writers, in);
    case STATE_SERVICES:
        return load_services(parts.services, writers, in) && services_are_whole(parts.services);
    case STATE_WORDS:
        return load_names(parts.processes->words, in);
    case STATE_PROCESSES:
        return load_processes(parts.processes, in);
    case STATE_NAMES:
        return load_names(parts.messages->names, in);
    case STATE_MESSAGES:
        return load_aging(&parts.messages->table, message_fields, COUNT(message_fields), in);
    case STATE_REPEATABLE:
        return load_repeatable(correlate, writers, in);
    case STATE_PARTS:
        break;
    }
    return false;
}

bool state_load(struct correlate *correlate, struct writers *writers, const struct view parts[STATE_PARTS])
{
    for (enum state_part part = STATE_WRITERS; part < STATE_PARTS; part++) {
        struct view in = parts[part];

        if (!take_head(&in, part) || !load_part(correlate, writers, part, in))
            return false;
    }
    return true;
}

/* The number of a host; 0 when it never wrote. */
static uint32_t find_host(const struct writers *writers, struct view host)
{
    for (uint32_t number = 1; number <= writers_count(writers); number++) {
        if (view_eq(writers_at(writers, number)->host, host))
            return writers_at(writers, number)->host_number;
    }
    return 0;
}

void state_gap(struct correlate *correlate, const struct writers *writers, struct view host, int64_t time)
{
    struct services *services = correlate_parts(correlate).services;

    if (host.n > 0) {
        (void)stretches_gap(services, find_host(writers, host), time);
        return;
    }
    for (uint32_t number = 1; number <= services->host_count; number++)
        (void)stretches_gap(services, number, time);
}

/* ---- names that nobody has any more ---- */

static void keep_name(const struct names *from, struct names *to, uint32_t *id)
{
    if (*id != 0)
        *id = names_add(to, names_text(from, *id));
}

uint32_t state_tidy(struct correlate *correlate, uint32_t limit)
{
    struct messages *messages = correlate_parts(correlate).messages;
    struct names *names = names_count(messages->names) <= limit ? NULL : names_new(MESSAGE_NAMES_MAX, messages->seed);

    if (names == NULL)
        return names_count(messages->names);
    for (uint32_t place = 1; place <= aging_places(&messages->table); place++) {
        struct message *message = aging_at(&messages->table, place);

        if (message == NULL)
            continue;
        keep_name(messages->names, names, &message->sender);
        keep_name(messages->names, names, &message->header_from);
        keep_name(messages->names, names, &message->signers);
        keep_name(messages->names, names, &message->login);
    }
    messages->names_refused += names_refused(messages->names);
    names_free(messages->names);
    messages->names = names;
    return names_count(names);
}
