#include "follow/stretch.h"

#include <stdlib.h>
#include <string.h>

void services_done(struct services *services)
{
    free(services->list);
    free(services->host_list);
    *services = (struct services){ 0 };
}

/* Room for entry number `need` of a list; new entries are zero. */
static bool make_room(void **list, uint32_t *count, uint32_t need, size_t size)
{
    uint32_t more = need < 32 ? 32 : need + need / 2;
    char *grown;

    if (need <= *count)
        return true;
    grown = realloc(*list, more * size);
    if (grown == NULL)
        return false;
    memset(grown + *count * size, 0, (more - *count) * size);
    *list = grown;
    *count = more;
    return true;
}

void services_add_host(struct services *services, const struct writer *writer, int64_t time)
{
    void *hosts = services->host_list;

    if (make_room(&hosts, &services->host_count, writer->host_number, sizeof(struct host))) {
        services->host_list = hosts;
        services->host_list[writer->host_number - 1] = (struct host){ .known = true, .begin = time, .gap = INT64_MIN };
    }
}

static struct service *add(struct services *services, const struct writer *writer, int64_t time)
{
    void *list = services->list;

    if (!make_room(&list, &services->count, writer->number, sizeof(struct service)))
        return NULL;
    services->list = list;
    services_note_host(services, writer, time);
    if (writer->host_number > services->host_count)
        return NULL;
    services->list[writer->number - 1] = (struct service){ .writer = writer, .stretch = ++services->last_stretch };
    return &services->list[writer->number - 1];
}

struct service *services_find(struct services *services, const struct writer *writer, int64_t time)
{
    if (writer->number == 0)
        return NULL;
    if (writer->number <= services->count && services->list[writer->number - 1].writer != NULL)
        return &services->list[writer->number - 1];
    return add(services, writer, time);
}

void stretch_prove(struct service *service, struct stretch_sink *sink)
{
    if (service->proven)
        return;
    service->proven = true;
    if (service->undecided)
        sink->settle(sink->context, service->stretch, true);
    service->undecided = false;
}

static void settle_open(struct service *service, struct stretch_sink *sink)
{
    if (service->undecided)
        sink->settle(sink->context, service->stretch, service->proven);
    service->undecided = false;
}

static bool is_master_name(const struct services *services, const struct writer *writer)
{
    for (uint32_t i = 0; i < services->count; i++) {
        const struct writer *other = services->list[i].writer;

        if (other != NULL && other->program == PROGRAM_MASTER && other->host_number == writer->host_number &&
            view_eq(other->instance, writer->instance))
            return true;
    }
    return false;
}

/* Does a start of this master concern a service? */
static bool is_master_of(const struct services *services, const struct writer *master, const struct writer *writer)
{
    if (writer == NULL || writer->host_number != master->host_number ||
        (writer->program != PROGRAM_SMTP && writer->program != PROGRAM_LMTP))
        return false;
    return view_eq(writer->instance, master->instance) || !is_master_name(services, writer);
}

void stretches_end(struct services *services, const struct writer *master, int64_t time, bool started,
                   struct stretch_sink *sink)
{
    for (uint32_t i = 0; i < services->count; i++) {
        struct service *service = &services->list[i];

        if (!is_master_of(services, master, service->writer))
            continue;
        settle_open(service, sink);
        service->previous = started ? 0 : service->stretch;
        service->previous_proven = service->proven;
        service->stretch = ++services->last_stretch;
        service->proven = false;
        service->since = time;
    }
    /* Services that write for the first time after this ask the master. */
    services->list[master->number - 1].since = time;
}

int64_t stretches_began(const struct services *services, const struct service *service)
{
    int64_t began = service->since;

    for (uint32_t i = 0; i < services->count; i++) {
        const struct service *other = &services->list[i];

        if (other->writer != NULL && other->writer->program == PROGRAM_MASTER && other->since > began &&
            is_master_of(services, other->writer, service->writer))
            began = other->since;
    }
    return began;
}

void stretches_close(struct services *services, struct stretch_sink *sink)
{
    for (uint32_t i = 0; i < services->count; i++)
        settle_open(&services->list[i], sink);
}

bool stretches_gap(struct services *services, uint32_t host_number, int64_t time)
{
    if (host_number == 0 || host_number > services->host_count || !services->host_list[host_number - 1].known)
        return false;
    services->host_list[host_number - 1].gap = time;
    return true;
}

const struct host *services_host(const struct services *services, const struct service *service)
{
    return &services->host_list[service->writer->host_number - 1];
}
