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
    *services = (struct services){ 0 };
}

static bool make_room(struct services *services, uint32_t id)
{
    uint32_t room = services->room == 0 ? 16 : services->room * 2;
    struct service *list;

    if (id <= services->room)
        return true;
    list = realloc(services->list, room * sizeof(*list));
    if (list == NULL)
        return false;
    services->list = list;
    services->room = room;
    return true;
}

static struct service *add(struct services *services, struct view key, struct view host, struct view instance,
                           enum program program)
{
    uint32_t host_id = names_add(services->hosts, host), instance_id = names_add(services->instances, instance);
    uint32_t id;

    if (host_id == 0 || instance_id == 0 || !make_room(services, names_count(services->keys) + 1) ||
        (id = names_add(services->keys, key)) == 0)
        return NULL;
    services->list[id - 1] = (struct service){
        .host = host_id, .instance = instance_id, .program = program, .stretch = ++services->last_stretch
    };
    return &services->list[id - 1];
}

struct service *services_find(struct services *services, struct view host, struct view tag, struct view instance,
                              enum program program)
{
    char text[KEY_MAX];
    struct view key = { text, host.n + 1 + tag.n };
    struct service *service;
    uint32_t id;

    if (key.n > sizeof(text)) {
        services->refused++;
        return NULL;
    }
    memcpy(text, host.p, host.n);
    text[host.n] = ' ';
    memcpy(text + host.n + 1, tag.p, tag.n);
    id = names_find(services->keys, key);
    if (id != 0)
        return &services->list[id - 1];
    service = add(services, key, host, instance, program);
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

void stretches_gap(struct services *services, uint32_t host, int64_t until)
{
    for (uint32_t id = 1; id <= names_count(services->keys); id++) {
        if (services->list[id - 1].host == host)
            services->list[id - 1].gap_until = until;
    }
}
