#include "follow/stretch.h"

#include <stdlib.h>
#include <string.h>

enum { KEY_MAX = 512 };

bool services_init(struct services *services, uint64_t seed)
{
    *services = (struct services){
        .hosts = names_new(HOSTS_MAX, seed),
        .instances = names_new(SERVICES_MAX, seed),
        .keys = names_new(SERVICES_MAX, seed),
    };
    return services->hosts != NULL && services->instances != NULL && services->keys != NULL;
}

void services_done(struct services *services)
{
    names_free(services->hosts);
    names_free(services->instances);
    names_free(services->keys);
    free(services->list);
    free(services->host_list);
    *services = (struct services){ 0 };
}

/* Room for entry number id of a growing list. */
static bool make_room(void **list, uint32_t *room, uint32_t id, size_t size)
{
    uint32_t more = *room == 0 ? 16 : *room * 2;
    void *grown;

    if (id <= *room)
        return true;
    grown = realloc(*list, more * size);
    if (grown == NULL)
        return false;
    *list = grown;
    *room = more;
    return true;
}

static uint32_t add_host(struct services *services, struct view name, int64_t time)
{
    uint32_t known = names_count(services->hosts), id;
    void *list = services->host_list;

    if (!make_room(&list, &services->host_room, known + 1, sizeof(struct host)))
        return 0;
    services->host_list = list;
    id = names_add(services->hosts, name);
    if (id > known)
        services->host_list[id - 1] = (struct host){ .begin = time, .gap = INT64_MIN };
    return id;
}

static struct service *add(struct services *services, struct view key, const struct line_origin *origin)
{
    uint32_t host = add_host(services, origin->host, origin->time);
    uint32_t instance = names_add(services->instances, origin->instance), id;
    void *list = services->list;

    if (host == 0 || instance == 0 ||
        !make_room(&list, &services->room, names_count(services->keys) + 1, sizeof(struct service)))
        return NULL;
    services->list = list;
    id = names_add(services->keys, key);
    if (id == 0)
        return NULL;
    services->list[id - 1] = (struct service){
        .host = host, .instance = instance, .program = origin->program, .stretch = ++services->last_stretch
    };
    return &services->list[id - 1];
}

struct service *services_find(struct services *services, const struct line_origin *origin)
{
    char text[KEY_MAX];
    struct view key = { text, origin->host.n + 1 + origin->tag.n };
    struct service *service;
    uint32_t id;

    if (key.n > sizeof(text)) {
        services->refused++;
        return NULL;
    }
    memcpy(text, origin->host.p, origin->host.n);
    text[origin->host.n] = ' ';
    memcpy(text + origin->host.n + 1, origin->tag.p, origin->tag.n);
    id = names_find(services->keys, key);
    if (id != 0)
        return &services->list[id - 1];
    service = add(services, key, origin);
    services->refused += service == NULL;
    return service;
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

static bool is_master_name(const struct services *services, const struct service *service)
{
    for (uint32_t id = 1; id <= names_count(services->keys); id++) {
        const struct service *other = &services->list[id - 1];

        if (other->program == PROGRAM_MASTER && other->host == service->host && other->instance == service->instance)
            return true;
    }
    return false;
}

void stretches_end(struct services *services, const struct service *master, int64_t time, bool started,
                   struct stretch_sink *sink)
{
    for (uint32_t id = 1; id <= names_count(services->keys); id++) {
        struct service *service = &services->list[id - 1];

        if (service->host != master->host || (service->program != PROGRAM_SMTP && service->program != PROGRAM_LMTP) ||
            (service->instance != master->instance && is_master_name(services, service)))
            continue;
        settle_open(service, sink);
        service->previous = started ? 0 : service->stretch;
        service->previous_proven = service->proven;
        service->stretch = ++services->last_stretch;
        service->proven = false;
        service->since = time;
    }
}

void stretches_close(struct services *services, struct stretch_sink *sink)
{
    for (uint32_t id = 1; id <= names_count(services->keys); id++)
        settle_open(&services->list[id - 1], sink);
}

bool stretches_gap(struct services *services, struct view host, int64_t time)
{
    uint32_t id = names_find(services->hosts, host);

    if (id != 0)
        services->host_list[id - 1].gap = time;
    return id != 0;
}

const struct host *services_host(const struct services *services, const struct service *service)
{
    return &services->host_list[service->host - 1];
}
