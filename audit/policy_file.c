#include "audit/policy_file.h"

#include "audit/words.h"
#include "shared/buf.h"

#define HEADING                                                                                                        \
    "# TLS policies by next hop, for smtp_tls_policy_maps: made by `outward tls-policy --write`, "                     \
    "outward-tls-policy(1).\n"                                                                                         \
    "# A line stays until `outward tls-policy --withdraw NEXTHOP`: who strips STARTTLS must not win.\n"

static const struct view withdrawn_mark = VIEW_INIT("#- ");

struct policy_line *policy_file_find(const struct policy_file *file, struct view key)
{
    for (size_t i = 0; i < file->count; i++) {
        if (view_eq_nocase(file->rows[i].key, key))
            return &file->rows[i];
    }
    return NULL;
}

struct policy_line *policy_file_add(struct arena *arena, struct policy_file *file, const struct policy_line *line)
{
    if (file->count == POLICY_LINES_MAX)
        return NULL;
    if (file->count == file->room) {
        size_t room = file->room == 0 ? 32 : file->room * 2;
        struct policy_line *rows = arena_alloc(arena, room * sizeof(*rows));

        if (rows == NULL)
            return NULL;
        if (file->count > 0)
            memcpy(rows, file->rows, file->count * sizeof(*rows));
        file->rows = rows;
        file->room = room;
    }
    file->rows[file->count] = *line;
    return &file->rows[file->count++];
}

/* Lines in reading, and the comment that has gathered for the next. */
struct reading {
    struct arena *arena;
    const char *name;
    struct policy_file file;
    struct view comment;
    unsigned line;
};

static int take_line(struct reading *reading, struct view text, bool withdrawn, struct error *error)
{
    struct policy_line line = { .comment = reading->comment, .withdrawn = withdrawn };

    reading->comment = (struct view){ "", 0 };
    if (!words_next_blank(&text, &line.key) || view_trim(text).n == 0)
        return error_set(error, ERROR_SYNTAX, "%s:%u: a next hop and its TLS level are expected", reading->name,
                         reading->line);
    line.value = view_trim(text);
    if (line.key.n > POLICY_KEY_MAX)
        return error_set(error, ERROR_LIMIT, "%s:%u: the next hop is longer than %d octets", reading->name,
                         reading->line, POLICY_KEY_MAX);
    if (policy_file_add(reading->arena, &reading->file, &line) == NULL)
        return error_set(error, ERROR_LIMIT, "%s:%u: more than %d lines, or out of memory", reading->name,
                         reading->line, POLICY_LINES_MAX);
    return 0;
}

static void add_comment(struct reading *reading, struct view line)
{
    if (reading->comment.n == 0)
        reading->comment = line;
    else
        reading->comment.n = (size_t)(line.p + line.n - reading->comment.p);
}

static bool has_control(struct view line)
{
    for (size_t i = 0; i < line.n; i++) {
        if (((unsigned char)line.p[i] < ' ' && line.p[i] != '\t') || line.p[i] == 0x7f)
            return true;
    }
    return false;
}

static int take(struct reading *reading, struct view line, struct error *error)
{
    bool goes_on = line.n > 0 && (line.p[0] == ' ' || line.p[0] == '\t');
    struct view text = view_trim(line);

    reading->line++;
    if (text.n == 0) {
        reading->comment = (struct view){ "", 0 };
        return 0;
    }
    if (has_control(line))
        return error_set(error, ERROR_SYNTAX, "%s:%u: a control character", reading->name, reading->line);
    if (goes_on)
        return error_set(error, ERROR_SYNTAX, "%s:%u: write each policy in one line", reading->name, reading->line);
    if (view_skip(&text, withdrawn_mark))
        return take_line(reading, text, true, error);
    if (text.p[0] != '#')
        return take_line(reading, text, false, error);
    add_comment(reading, text);
    return 0;
}

/* Twice the same next hop: postmap(1) would take one of them. */
static int check_twice(const struct reading *reading, struct error *error)
{
    struct arena *arena = reading->arena;
    const struct policy_file *file = &reading->file;
    size_t slots = 64, at;
    const struct policy_line **seen;

    while (slots < file->count * 2 + 1)
        slots *= 2;
    seen = arena_alloc(arena, slots * sizeof(*seen));
    if (seen == NULL)
        return error_set(error, ERROR_MEMORY, "%s: out of memory", reading->name);
    for (size_t i = 0; i < file->count; i++) {
        for (at = view_hash(file->rows[i].key, 0) & (slots - 1); seen[at] != NULL; at = (at + 1) & (slots - 1)) {
            if (view_eq(seen[at]->key, file->rows[i].key))
                return error_set(error, ERROR_SYNTAX, "%s: %.*s stands there twice", reading->name,
                                 VIEW_ARG(file->rows[i].key));
        }
        seen[at] = &file->rows[i];
    }
    return 0;
}

int policy_file_parse(struct arena *arena, const char *name, struct view text, struct policy_file *out,
                      struct error *error)
{
    struct reading reading = { .arena = arena, .name = name };
    struct view line;

    while (view_next(&text, '\n', &line)) {
        if (take(&reading, line, error) == -1)
            return -1;
    }
    if (check_twice(&reading, error) == -1)
        return -1;
    *out = reading.file;
    return 0;
}

static size_t length_of(const struct policy_line *line)
{
    return line->key.n + line->value.n + line->comment.n + withdrawn_mark.n + sizeof("\n\n \n");
}

struct view policy_file_text(struct arena *arena, const struct policy_file *file)
{
    size_t room = sizeof(HEADING);
    struct buf text;

    for (size_t i = 0; i < file->count; i++)
        room += length_of(&file->rows[i]);
    text = buf_over(arena_alloc(arena, room), room);
    if (text.p == NULL)
        return (struct view){ NULL, 0 };
    buf_add(&text, view_of(HEADING));
    for (size_t i = 0; i < file->count; i++) {
        const struct policy_line *line = &file->rows[i];

        buf_add_char(&text, '\n');
        if (line->comment.n > 0) {
            buf_add(&text, line->comment);
            buf_add_char(&text, '\n');
        }
        buf_add(&text, line->withdrawn ? withdrawn_mark : VIEW(""));
        buf_add(&text, line->key);
        buf_add_char(&text, ' ');
        buf_add(&text, line->value);
        buf_add_char(&text, '\n');
    }
    return buf_view(&text);
}
