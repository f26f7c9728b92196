#include "programs/held_answer.h"

#include <ctype.h>
#include <limits.h>

#include "programs/foreign.h"
#include "programs/local_time.h"
#include "shared/plural.h"
#include "shared/stamp.h"

enum { COMMAND_SIZE = PATH_MAX + 128, STAMP_SIZE = 40, MINUTE = 60, HOUR = 3600, DAY = 86400 };

static const char *const holder_names[] = {
    [HOLDER_UNKNOWN] = "unknown", [HOLDER_OTHER] = "other", [HOLDER_GATE] = "outward"
};

/* In single quotes where the shell would not take it as it is. */
static void add_word(struct buf *out, struct view word)
{
    bool plain = word.n > 0;

    for (size_t i = 0; i < word.n; i++)
        plain = plain && (isalnum((unsigned char)word.p[i]) || view_find_char(VIEW("/._-"), word.p[i]) >= 0);
    if (!plain)
        buf_add_char(out, '\'');
    for (size_t i = 0; i < word.n; i++) {
        if (word.p[i] == '\'')
            buf_add(out, VIEW("'\\''"));
        else
            buf_add_char(out, word.p[i]);
    }
    if (!plain)
        buf_add_char(out, '\'');
}

static void add_command(struct buf *out, const struct held_answer *answer, struct view words, struct view queue_id)
{
    struct view program;

    (void)view_cut(&words, VIEW(" "), &program);
    buf_add(out, program);
    if (answer->directory != NULL) {
        buf_add(out, VIEW(" -c "));
        add_word(out, view_of(answer->directory));
    }
    buf_add_char(out, ' ');
    buf_add(out, words);
    buf_add_char(out, ' ');
    add_word(out, queue_id);
}

/* Off hold alone means deferred until the next queue run; the second command tries it now. */
static const struct view release_commands[] = { VIEW_INIT("postsuper -H"), VIEW_INIT("postqueue -i") };

enum { RELEASE_COMMANDS = sizeof(release_commands) / sizeof(release_commands[0]) };

static void print_age(FILE *out, int64_t seconds)
{
    if (seconds < MINUTE)
        fprintf(out, "%lld s", (long long)(seconds < 0 ? 0 : seconds));
    else if (seconds < HOUR)
        fprintf(out, "%lld min", (long long)(seconds / MINUTE));
    else if (seconds < DAY)
        fprintf(out, "%lld h %lld min", (long long)(seconds / HOUR), (long long)(seconds % HOUR / MINUTE));
    else
        fprintf(out, "%lld d %lld h", (long long)(seconds / DAY), (long long)(seconds % DAY / HOUR));
}

static void print_holder(const struct held *held, bool logs_read, FILE *out)
{
    switch (held->holder) {
    case HOLDER_GATE:
        fputs(held->rule.n > 0 ? "held by outward, rule " : "held by outward, by no rule", out);
        foreign_print(out, held->rule);
        break;
    case HOLDER_OTHER:
        fputs("held by somebody else", out);
        break;
    case HOLDER_UNKNOWN:
        fputs(logs_read ? "held by whom is not known: it is older than the logs" : "held by whom is not known: no log",
              out);
    }
}

static void print_addresses(const struct held *held, FILE *out)
{
    fputs("  from ", out);
    foreign_print(out, held->sender.n > 0 ? held->sender : VIEW("<>"));
    fprintf(out, " to %zu %s", held->recipients, plural(held->recipients, "recipient", "recipients"));
    for (size_t i = 0; i < held->domain_count; i++) {
        fputs(i == 0 ? " at " : ", ", out);
        foreign_print(out, held->domains[i]);
    }
    fprintf(out, "%s; %llu %s\n", held->domains_more ? ", ..." : "", (unsigned long long)held->size,
            plural(held->size, "octet", "octets"));
}

static void print_release(const struct held_answer *answer, const struct held *held, FILE *out)
{
    char text[2 * COMMAND_SIZE];
    struct buf buf = BUF(text);

    for (size_t i = 0; i < RELEASE_COMMANDS; i++) {
        if (i > 0)
            buf_add(&buf, VIEW(" && "));
        add_command(&buf, answer, release_commands[i], held->queue_id);
    }
    fputs("  release: ", out);
    foreign_print(out, buf_view(&buf));
    fputc('\n', out);
}

static size_t count_of(const struct held_queue *queue, enum holder holder)
{
    size_t count = 0;

    for (size_t i = 0; i < queue->count; i++)
        count += queue->rows[i].holder == holder;
    return count;
}

void held_text(const struct held_answer *answer, FILE *out)
{
    const struct held_queue *queue = answer->queue;

    fprintf(out, "%zu on hold: %zu by outward, %zu by somebody else, %zu by whom is not known\n", queue->count,
            count_of(queue, HOLDER_GATE), count_of(queue, HOLDER_OTHER), count_of(queue, HOLDER_UNKNOWN));
    for (size_t i = 0; i < queue->count; i++) {
        const struct held *held = &queue->rows[i];

        fputc('\n', out);
        foreign_print(out, held->queue_id);
        fputs("  ", out);
        print_holder(held, answer->logs_read, out);
        fputs(", for ", out);
        print_age(out, answer->now - held->arrival);
        fputc('\n', out);
        print_addresses(held, out);
        print_release(answer, held, out);
    }
    if (queue->more > 0)
        fprintf(out, "\n... and %llu more\n", (unsigned long long)queue->more);
    if (queue->strange > 0)
        fprintf(out, "\n%llu %s not understood\n", (unsigned long long)queue->strange,
                plural(queue->strange, "line of postqueue was", "lines of postqueue were"));
}

static json_t *release_json(const struct held_answer *answer, const struct held *held)
{
    json_t *commands = json_array();

    for (size_t i = 0; i < RELEASE_COMMANDS; i++) {
        char text[COMMAND_SIZE];
        struct buf buf = BUF(text);

        add_command(&buf, answer, release_commands[i], held->queue_id);
        (void)json_array_append_new(commands, foreign_json(buf_view(&buf)));
    }
    return commands;
}

static json_t *stamp_json(int64_t seconds)
{
    char text[STAMP_SIZE];
    struct buf stamp = BUF(text);

    stamp_rfc3339(&stamp, seconds * 1000, local_time_offset(NULL, seconds));
    return json_string(buf_text(&stamp));
}

static json_t *row_json(const struct held_answer *answer, const struct held *held)
{
    json_t *domains = json_array();

    for (size_t i = 0; i < held->domain_count; i++)
        (void)json_array_append_new(domains, foreign_json(held->domains[i]));
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:b, s:I, s:I, s:o, s:I, s:o}", "queue_id",
                     foreign_json(held->queue_id), "by", holder_names[held->holder], "rule",
                     held->rule.n > 0 ? foreign_json(held->rule) : json_null(), "sender",
                     foreign_json(held->sender.n > 0 ? held->sender : VIEW("<>")), "domains", domains, "more_domains",
                     (int)held->domains_more, "recipients", (json_int_t)held->recipients, "size",
                     (json_int_t)held->size, "arrived", stamp_json(held->arrival), "age",
                     (json_int_t)(answer->now - held->arrival), "release", release_json(answer, held));
}

bool held_json(const struct held_answer *answer, FILE *out)
{
    const struct held_queue *queue = answer->queue;
    json_t *rows = json_array(), *all;
    bool fine;

    for (size_t i = 0; i < queue->count; i++)
        (void)json_array_append_new(rows, row_json(answer, &queue->rows[i]));
    all = json_pack("{s:i, s:o, s:I, s:I}", "schema", 1, "held", rows, "more", (json_int_t)queue->more, "strange",
                    (json_int_t)queue->strange);
    fine = all != NULL && json_dumpf(all, out, JSON_INDENT(2)) == 0;
    json_decref(all);
    fputc('\n', out);
    return fine;
}
