#include "follow/writer.h"

#include <stdlib.h>
#include <string.h>

#include "shared/arena.h"
#include "shared/names.h"

struct writers {
    struct names *joined, *hosts;
    struct arena arena;
    const struct writer **list; /* by number - 1 */
    uint32_t room;
    uint64_t refused;
};

static const struct {
    struct view name;
    enum program program;
} programs[] = {
    { VIEW_INIT("smtp"), PROGRAM_SMTP },     { VIEW_INIT("qmgr"), PROGRAM_QMGR },
    { VIEW_INIT("smtpd"), PROGRAM_SMTPD },   { VIEW_INIT("cleanup"), PROGRAM_CLEANUP },
    { VIEW_INIT("lmtp"), PROGRAM_LMTP },     { VIEW_INIT("pickup"), PROGRAM_PICKUP },
    { VIEW_INIT("local"), PROGRAM_LOCAL },   { VIEW_INIT("bounce"), PROGRAM_BOUNCE },
    { VIEW_INIT("master"), PROGRAM_MASTER }, { VIEW_INIT("postsuper"), PROGRAM_POSTSUPER },
    { VIEW_INIT("oqmgr"), PROGRAM_QMGR },    { VIEW_INIT("nqmgr"), PROGRAM_QMGR },
};

static enum program program_without_instance(struct view tag)
{
    if (view_eq(tag, VIEW("outward-milter")))
        return PROGRAM_GATE;
    return view_starts(tag, VIEW("rsyslogd")) || view_eq(tag, VIEW("systemd-journald")) || view_eq(tag, VIEW("journal"))
               ? PROGRAM_LOGGER
               : PROGRAM_OTHER;
}

enum program program_of_tag(struct view tag, struct view *instance)
{
    ptrdiff_t slash = view_find_last_char(tag, '/');
    struct view name;

    if (slash <= 0) {
        *instance = view_slice(tag, 0, 0);
        return program_without_instance(tag);
    }
    *instance = view_slice(tag, 0, (size_t)slash);
    name = view_slice(tag, (size_t)slash + 1, tag.n);
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        if (view_eq(programs[i].name, name))
            return programs[i].program;
    }
    return PROGRAM_OTHER;
}

struct writers *writers_new(uint64_t seed)
{
    struct writers *writers = calloc(1, sizeof(*writers));

    if (writers == NULL)
        return NULL;
    arena_init(&writers->arena, 0);
    writers->joined = names_new(WRITERS_MAX, seed);
    writers->hosts = names_new(WRITERS_MAX, seed);
    if (writers->joined == NULL || writers->hosts == NULL) {
        writers_free(writers);
        return NULL;
    }
    return writers;
}

void writers_free(struct writers *writers)
{
    if (writers == NULL)
        return;
    names_free(writers->joined);
    names_free(writers->hosts);
    arena_done(&writers->arena);
    free(writers->list);
    free(writers);
}

const struct writer *writers_known(const struct writers *writers, struct view joined)
{
    uint32_t number = names_find(writers->joined, joined);

    return number == 0 ? NULL : writers->list[number - 1];
}

static bool make_room(struct writers *writers, uint32_t number)
{
    uint32_t room = writers->room == 0 ? 64 : writers->room * 2;
    const struct writer **list;

    if (number <= writers->room)
        return true;
    list = realloc(writers->list, room * sizeof(*list));
    if (list == NULL)
        return false;
    writers->list = list;
    writers->room = room;
    return true;
}

static const struct writer *add(struct writers *writers, struct view joined, size_t host_length)
{
    uint32_t number = names_count(writers->joined) + 1;
    struct writer *writer = number > WRITERS_MAX ? NULL : arena_alloc(&writers->arena, sizeof(*writer));

    if (writer == NULL || !make_room(writers, number) || names_add(writers->joined, joined) != number)
        return NULL;
    joined = names_text(writers->joined, number);
    *writer = (struct writer){
        .number = number,
        .joined = joined,
        .host = view_slice(joined, 0, host_length),
        .tag = view_slice(joined, host_length + 1, joined.n),
    };
    writer->host_number = names_add(writers->hosts, writer->host);
    writer->program = program_of_tag(writer->tag, &writer->instance);
    writers->list[number - 1] = writer;
    return writer;
}

const struct writer *writers_find(struct writers *writers, struct view host, struct view tag)
{
    static const struct writer nobody = { .program = PROGRAM_OTHER };
    char text[WRITER_TEXT_MAX];
    struct view joined = { text, host.n + 1 + tag.n };
    const struct writer *writer = NULL;

    if (host.n < sizeof(text) && tag.n < sizeof(text) && joined.n <= sizeof(text)) {
        memcpy(text, host.p, host.n);
        text[host.n] = ' ';
        if (tag.n > 0)
            memcpy(text + host.n + 1, tag.p, tag.n);
        writer = writers_known(writers, joined);
        if (writer == NULL)
            writer = add(writers, joined, host.n);
    }
    if (writer != NULL)
        return writer;
    writers->refused++;
    return &nobody;
}

uint32_t writers_count(const struct writers *writers)
{
    return names_count(writers->joined);
}

uint64_t writers_refused(const struct writers *writers)
{
    return writers->refused;
}

bool writers_share_host(const struct writers *one, const struct writers *other)
{
    for (uint32_t host = 1; host <= names_count(one->hosts); host++) {
        if (names_find(other->hosts, names_text(one->hosts, host)) != 0)
            return true;
    }
    return false;
}

const struct writer *writers_at(const struct writers *writers, uint32_t number)
{
    return number == 0 || number > names_count(writers->joined) ? NULL : writers->list[number - 1];
}
