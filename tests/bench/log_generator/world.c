#include "tests/bench/log_generator/world.h"

#include <assert.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
    const struct instance *instance; /* NULL: another program */
    unsigned generation;
    const char *host, *tag;
    uint32_t pid;
    struct note note;
    size_t n;
    char text[];
};

static const char *const programs[PROGRAM_COUNT] = {
    [PROGRAM_SMTPD] = "smtpd",         [PROGRAM_SUBMISSION] = "submission/smtpd",
    [PROGRAM_SMTPS] = "smtps/smtpd",   [PROGRAM_CLEANUP] = "cleanup",
    [PROGRAM_QMGR] = "qmgr",           [PROGRAM_PICKUP] = "pickup",
    [PROGRAM_SMTP] = "smtp",           [PROGRAM_BULK_SMTP] = "bulk/smtp",
    [PROGRAM_LMTP] = "lmtp",           [PROGRAM_BOUNCE] = "bounce",
    [PROGRAM_LOCAL] = "local",         [PROGRAM_VIRTUAL] = "virtual",
    [PROGRAM_PIPE] = "pipe",           [PROGRAM_ERROR] = "error",
    [PROGRAM_TLSPROXY] = "tlsproxy",   [PROGRAM_SCACHE] = "scache",
    [PROGRAM_ANVIL] = "anvil",         [PROGRAM_POSTSUPER] = "postsuper",
    [PROGRAM_MASTER] = "master",       [PROGRAM_SCRIPT] = "postfix-script",
    [PROGRAM_GATE] = "outward-milter",
};

static const struct model models[] = {
    { "postfix", 307, "3.7.11", .new_host = true, .logs_tls = true, .stores = true, .bulk = true, .gate = true },
    { "postfix-out", 307, "3.7.11", .logs_tls = true, .changes_logging = true, .long_queue_ids = true },
    { "postfix", 311, "3.11.6", .new_host = true, .logs_tls = true, .reuses_tls = true, .gate = true },
    { "postfix", 307, "3.7.11", .new_host = true, .logs_tls = true, .reuses_tls = true, .filters = true, .gate = true },
    { "postfix", 210, "2.10.1", .new_host = true, .logs_tls = true, .changes_logging = true, .gate = true },
    { "postfix", 311, "3.11.6", .new_host = true },
    { "postfix", 305, "3.5.8", .new_host = true, .logs_tls = true, .relays = true, .long_queue_ids = true },
    { "postfix", 307, "3.7.11", .new_host = true, .level_none = true },
};
enum { MODELS = sizeof(models) / sizeof(*models) };

static void put_line(struct world *world, const struct line *head, int64_t time, const struct text *text,
                     const struct note *note)
{
    struct line *line = malloc(sizeof(*line) + text->n);

    if (line == NULL)
        err(1, "line");
    *line = *head;
    line->n = text->n;
    memcpy(line->text, text->p, text->n);
    if (note != NULL)
        line->note = *note;
    event_queue_add(&world->queue, time, HAPPENS_LINE, line);
}

void say(struct world *world, struct instance *instance, enum program program, uint32_t pid, int64_t time,
         const struct text *text, const struct note *note)
{
    struct line head = { .instance = instance,
                         .generation = instance->generation,
                         .host = instance->host->name,
                         .tag = instance->tags[program],
                         .pid = pid };

    put_line(world, &head, time, text, note);
}

void say_foreign(struct world *world, const struct host *host, const char *tag, uint32_t pid, int64_t time,
                 const struct text *text)
{
    struct line head = { .host = host->name, .tag = tag, .pid = pid };

    put_line(world, &head, time, text, NULL);
}

void line_written(struct world *world, int64_t time, void *subject)
{
    struct line *line = subject;
    struct origin_of_line origin = { line->host, line->tag, line->pid };

    if (line->instance == NULL || line->instance->generation == line->generation) {
        log_writer_line(world->writer, time, &origin, line->text, line->n);
        truth_line(world->truth, time, &line->note);
        world->lines_written++;
    }
    free(line);
}

void line_dropped(void *subject)
{
    free(subject);
}

static struct process *new_process(struct instance *instance, struct pool *pool)
{
    struct process *process = &pool->processes[pool->count++];

    *process = (struct process){ .pid = instance->host->next_pid++ };
    return process;
}

/* Past the most processes one is taken that is busy: it works the next job off afterwards, so its lines stay in order. */
struct process *process_for(struct world *world, struct instance *instance, enum program program, int64_t time)
{
    struct pool *pool = &instance->pools[program];
    unsigned start = pool->count == 0 ? 0 : random_below(&world->random, pool->count);
    struct process *process = NULL;

    for (unsigned i = 0; i < pool->count && process == NULL; i++)
        if (pool->processes[(start + i) % pool->count].busy_until < time)
            process = &pool->processes[(start + i) % pool->count];
    if (process == NULL && pool->count < PROCESSES_MAX)
        process = new_process(instance, pool);
    else if (process == NULL)
        process = &pool->processes[start];
    if (++process->uses > 100 && process->busy_until < time) /* max_use */
        *process = (struct process){ .pid = instance->host->next_pid++ };
    return process;
}

struct process *daemon_of(struct instance *instance, enum program program)
{
    struct pool *pool = &instance->pools[program];

    return pool->count > 0 ? &pool->processes[0] : new_process(instance, pool);
}

static void found_instance(struct world *world, const struct model *model)
{
    struct instance *instance = &world->instances[world->instance_count];

    if (model->new_host) {
        struct host *host = &world->hosts[world->host_count++];

        snprintf(host->name, sizeof(host->name), "mail%u", world->host_count);
        host->next_pid = 300;
    }
    instance->model = model;
    instance->number = world->instance_count++;
    instance->host = &world->hosts[world->host_count - 1];
    instance->logs_tls = model->logs_tls;
    for (unsigned i = 0; i < PROGRAM_COUNT; i++)
        snprintf(instance->tags[i], TAG_MAX, "%s%s%s", i == PROGRAM_GATE ? "" : model->name,
                 i == PROGRAM_GATE ? "" : "/", programs[i]);
    for (unsigned i = 0; i < INODES_MAX; i++)
        instance->inodes[instance->inode_count++] = (uint16_t)(INODES_MAX - 1 - i);
}

void world_found(struct world *world, uint32_t host_count)
{
    uint32_t model = 0;

    world->hosts = calloc(host_count, sizeof(*world->hosts));
    world->instances = calloc((size_t)host_count * 2, sizeof(*world->instances));
    if (world->hosts == NULL || world->instances == NULL)
        err(1, "hosts");
    while (world->host_count < host_count || !models[model % MODELS].new_host)
        found_instance(world, &models[model++ % MODELS]);
}

void world_free(struct world *world)
{
    free(world->queue.events);
    free(world->hosts);
    free(world->instances);
}

/* Postfix src/global/mail_queue.h: 52 letters for the time, 51 of them for the inode. */
static void add_long(char *out, size_t *at, uint64_t number, unsigned base, unsigned width)
{
    static const char alphabet[] = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    char digits[16];
    unsigned n = 0;

    assert(base > 1);
    for (; number > 0 || n < width; number /= base)
        digits[n++] = alphabet[number % base];
    while (n > 0)
        out[(*at)++] = digits[--n];
    out[*at] = '\0';
}

unsigned queue_id_take(struct world *world, struct instance *instance, int64_t time, char out[QUEUE_ID_MAX])
{
    unsigned inode = INODES_MAX;
    uint64_t shown = UINT64_C(0xAB8000) + INODES_MAX + random_below(&world->random, 1000000);
    size_t at = 0;

    if (instance->inode_count > 0) {
        inode = instance->inodes[--instance->inode_count];
        shown = UINT64_C(0xAB8000) + inode;
    }
    if (!instance->model->long_queue_ids) {
        /* Few of the million possible microseconds, so that IDs come again while the log is short. */
        unsigned microseconds = 997 * random_below(&world->random, 1000);

        snprintf(out, QUEUE_ID_MAX, "%05X%X", microseconds, (unsigned)shown);
        return inode;
    }
    add_long(out, &at, (uint64_t)(time / SECOND), 52, 6);
    add_long(out, &at, (uint64_t)(time % SECOND), 52, 4);
    out[at++] = 'z';
    add_long(out, &at, shown, 51, 1);
    return inode;
}

void queue_id_give_back(struct instance *instance, unsigned inode)
{
    if (inode < INODES_MAX)
        instance->inodes[instance->inode_count++] = (uint16_t)inode;
}

void sender_domain(uint32_t sender, char *out, size_t size)
{
    if (sender < SENDERS_OWN)
        snprintf(out, size, "customer%u.example.org", sender);
    else if (sender < SENDER_NULL)
        snprintf(out, size, "outside%u.example.net", sender - SENDERS_OWN);
    else
        snprintf(out, size, "<>");
}

int64_t jitter(struct world *world, int64_t mean)
{
    return mean / 2 + (int64_t)random_below(&world->random, (uint32_t)mean + 1) + 1;
}
