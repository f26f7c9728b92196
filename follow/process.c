#include "follow/process.h"

#include "shared/hash.h"

enum { WORDS_MAX = 4096, AGE_STEP = 60 * 1000 /* ms */ };
enum { STAMP_SLACK = 5 * 1000 /* ms; stamps and delays are of whole seconds, and lines may be written late */ };

bool processes_init(struct processes *processes, uint64_t seed)
{
    *processes = (struct processes){ .words = names_new(WORDS_MAX, seed), .seed = seed };
    aging_init(&processes->table, sizeof(struct process), PROCESSES_MAX);
    return processes->words != NULL;
}

void processes_done(struct processes *processes)
{
    names_free(processes->words);
    aging_done(&processes->table);
}

/* Giving up a process that may still use a session would turn its next delivery into plaintext. */
static void note_eviction(struct processes *processes, int64_t time)
{
    const struct process *oldest = aging_oldest(&processes->table);

    if (processes->table.count >= processes->table.limit && oldest != NULL && oldest->tls &&
        time - oldest->time < PROCESS_AGE_MAX)
        processes->blind_until = time + PROCESS_AGE_MAX;
}

static void begin(struct process *process, const struct service *service, uint64_t pid)
{
    struct aging_entry entry = process->entry;

    *process = (struct process){ .entry = entry, .pid = (uint32_t)pid, .stretch = service->stretch, .fresh = true };
}

/* A process that began before a reload finishes with its old configuration, but not for ever. */
static bool is_of_stretch(const struct process *process, const struct service *service, int64_t time)
{
    if (process->stretch == service->stretch)
        return true;
    return process->stretch == service->previous && time - service->since < STRETCH_DRAIN;
}

struct process *process_find(struct processes *processes, const struct service *service, uint64_t pid, int64_t time)
{
    uint64_t hash = hash_mix(hash_mix(processes->seed, service->writer->number), pid);
    struct process *process = aging_find(&processes->table, hash);
    bool fresh;

    processes->previous = process == NULL ? time : process->time;
    if (process == NULL) {
        note_eviction(processes, time);
        process = aging_add(&processes->table, hash, &fresh);
        if (process == NULL) {
            processes->blind_until = time + PROCESS_AGE_MAX; /* this line may tell of a session */
            return NULL;
        }
        begin(process, service, pid);
    } else if (time - process->time > PROCESS_AGE_MAX || !is_of_stretch(process, service, time)) {
        begin(process, service, pid);
    } else {
        process->fresh = false;
    }
    /* The order of age is good enough to the minute, and costs nothing for a busy process. */
    if (time / AGE_STEP != process->time / AGE_STEP)
        aging_make_young(&processes->table, process);
    process->time = time;
    return process;
}

static uint32_t word_id(struct names *words, struct view word)
{
    return word.n == 0 ? 0 : names_add_frequent(words, word);
}

void process_session(struct processes *processes, struct process *process, const struct tls_line *line)
{
    process->tls = true;
    process->bound = false;
    process->offered = false;
    process->handshake_failed = false;
    process->reused = line->reused;
    process->level = line->level;
    process->named_only = line->server.address.n == 0;
    process->server = hash_view(line->server.text, processes->seed);
    process->version = word_id(processes->words, line->version);
    process->cipher = word_id(processes->words, line->cipher);
    process->key_exchange = word_id(processes->words, line->key_exchange);
}

void process_offer(struct processes *processes, struct process *process, struct view server_name)
{
    process_session_over(process);
    process->offered = true;
    process->server = hash_view(server_name, processes->seed);
}

void process_session_over(struct process *process)
{
    process->tls = false;
    process->bound = false;
    process->offered = false;
}

void process_message(struct process *process, uint64_t message)
{
    if (process->message != message)
        process->handshake_failed = false;
    if (process->bound && process->message != message)
        process_session_over(process);
    process->message = message;
    process->bound = process->tls || process->offered;
}

struct relay relay_of(const struct processes *processes, const struct server *server)
{
    return (struct relay){ server, hash_view(server->text, processes->seed) };
}

static bool has_name(const struct processes *processes, const struct relay *relay, uint64_t hash)
{
    return hash_view(relay->server->name, processes->seed) == hash;
}

bool process_began_anew(const struct processes *processes, const struct process *process, int64_t began)
{
    return !process->fresh && began - processes->previous > STAMP_SLACK;
}

bool process_used_session(const struct processes *processes, struct process *process, const struct relay *relay)
{
    if (!process->tls)
        return false;
    if (process->named_only ? has_name(processes, relay, process->server) : relay->hash == process->server)
        return true;
    process_session_over(process);
    return false;
}

void process_handshake_failed(struct process *process)
{
    process_session_over(process);
    process->handshake_failed = true;
    process->handshake_relay = 0;
}

bool process_fell_back(struct process *process, const struct relay *relay)
{
    uint64_t hash = relay->hash | 1;

    if (!process->handshake_failed)
        return false;
    if (process->handshake_relay == 0)
        process->handshake_relay = hash;
    process->handshake_failed = process->handshake_relay == hash;
    return process->handshake_failed;
}

bool process_saw_offer(const struct processes *processes, const struct process *process, const struct relay *relay)
{
    return process->offered && has_name(processes, relay, process->server);
}
