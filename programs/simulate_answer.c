#include "programs/simulate_answer.h"

#include <stdlib.h>

#include "programs/foreign.h"
#include "programs/local_time.h"
#include "shared/plural.h"
#include "shared/stamp.h"

enum { STAMP_SIZE = 40 };

static int by_number(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* Strictest first, what acts before what is only logged, then by place: rows of one rule stand together. */
static int compare_groups(const struct simulation_row *a, const struct simulation_row *b)
{
    int order = (int)a->log_only - (int)b->log_only;

    if (order == 0)
        order = (int)b->fate - (int)a->fate;
    if (order == 0)
        order = view_cmp(a->rule.file, b->rule.file);
    if (order == 0)
        order = by_number(a->rule.line, b->rule.line);
    return order != 0 ? order : view_cmp(a->missing, b->missing);
}

static int compare_rows(const void *left, const void *right)
{
    const struct simulation_row *a = left, *b = right;
    int order = compare_groups(a, b);

    if (order == 0)
        order = by_number(b->messages, a->messages);
    if (order == 0)
        order = view_cmp(a->client, b->client);
    if (order == 0)
        order = view_cmp(a->login, b->login);
    return order != 0 ? order : view_cmp(a->sender, b->sender);
}

/* All rows, sorted; NULL with *count 0: there are none; NULL else: out of memory. */
static struct simulation_row *sorted_rows(const struct simulation *simulation, size_t *count)
{
    struct simulation_row row, *rows;

    *count = 0;
    while (simulation_row(simulation, *count, &row))
        (*count)++;
    if (*count == 0)
        return NULL;
    rows = calloc(*count, sizeof(*rows));
    for (size_t i = 0; rows != NULL && i < *count; i++)
        (void)simulation_row(simulation, i, &rows[i]);
    if (rows != NULL)
        qsort(rows, *count, sizeof(*rows), compare_rows);
    return rows;
}

static bool no_memory(void)
{
    fprintf(stderr, "outward simulate: out of memory\n");
    return false;
}

static void print_stamp(FILE *out, int64_t time)
{
    char text[STAMP_SIZE];
    struct buf stamp = BUF(text);

    stamp_short(&stamp, time, local_time_offset(NULL, time / 1000));
    fputs(buf_text(&stamp), out);
}

static void print_count(FILE *out, uint64_t count, const char *one, const char *more)
{
    if (count > 0)
        fprintf(out, "  %llu %s\n", (unsigned long long)count, plural(count, one, more));
}

static void print_note(FILE *out, uint64_t count, const char *text)
{
    print_count(out, count, text, text);
}

static void print_totals(const struct simulate_answer *answer, FILE *out)
{
    struct simulation_counts counts = simulation_counts(answer->simulation);

    fputs("If ", out);
    foreign_print(out, view_of(answer->path));
    fprintf(out, " were enforced: %llu %s", (unsigned long long)counts.messages,
            plural(counts.messages, "message", "messages"));
    if (counts.messages > 0) {
        fputs(", ", out);
        print_stamp(out, counts.first);
        fputs(" to ", out);
        print_stamp(out, counts.last);
    }
    fputs("\n ", out);
    for (int fate = FATE_COUNT - 1; fate >= FATE_ACCEPTED; fate--) {
        struct view name = fate_name((enum fate)fate);

        fprintf(out, " %llu %.*s%s", (unsigned long long)counts.fates[fate], VIEW_ARG(name),
                fate > FATE_ACCEPTED ? "," : "\n");
    }
    print_note(out, counts.fates[FATE_INBOUND], "inbound, never judged");
    print_note(out, counts.logged, "would be logged by a rule that only logs");
    print_note(out, counts.without_gate, "came in without the gate: what their header said is not known");
    print_note(out, answer->assumed_ports,
               "of these came without authentication to a service whose name tells no port: taken to be on port 25");
    print_note(out, counts.dropped, "found no room in the tables below");
    print_count(out, answer->early, "was judged early for want of room", "were judged early for want of room");
    print_count(out, counts.names_refused + answer->names_refused, "time a name found no room and stayed unknown",
                "times a name found no room and stayed unknown");
    print_count(out, answer->unparsed, "line was not understood", "lines were not understood");
    print_count(out, answer->cut, "line was too long and was cut", "lines were too long and were cut");
    if (answer->mode == MODE_MONITOR)
        fputs("  The file says mode monitor: in force it would only log all this.\n", out);
}

static void print_title(const struct simulation_row *row, FILE *out)
{
    struct view name = fate_name(row->fate);

    fprintf(out, "\n%s%.*s", row->log_only ? "only logged: " : "", VIEW_ARG(name));
    if (row->rule.line == 0) {
        fputs(row->fate == FATE_UNDECIDED ? ": whether it is judged at all" : ": by no rule", out);
    } else {
        fputs(row->fate == FATE_UNDECIDED ? " at " : " by ", out);
        foreign_print(out, row->rule.file);
        fprintf(out, ":%u: ", row->rule.line);
        foreign_print(out, row->rule_text);
    }
    if (row->missing.n > 0)
        fprintf(out, " (%.*s is not known)", VIEW_ARG(row->missing));
    fputc('\n', out);
}

static void print_part(FILE *out, const char *label, struct view text)
{
    fputs(label, out);
    foreign_print(out, text);
}

static void print_row(const struct simulation_row *row, FILE *out)
{
    fprintf(out, "  %8llu  ", (unsigned long long)row->messages);
    print_stamp(out, row->last);
    print_part(out, "  client ", row->client);
    print_part(out, ", login ", row->login);
    print_part(out, ", listener ", row->listener);
    print_part(out, ", from ", row->sender);
    for (size_t i = 0; i < row->domain_count; i++)
        print_part(out, i == 0 ? ", to " : ", ", row->domains[i]);
    fputs(row->domains_more ? ", ...\n" : "\n", out);
}

/* The rows of one rule, the first ones shown; returns how many there are. */
static size_t print_group(const struct simulate_answer *answer, const struct simulation_row *rows, size_t count,
                          FILE *out)
{
    uint64_t hidden = 0;
    size_t i = 0;

    print_title(rows, out);
    for (; i < count && compare_groups(&rows[0], &rows[i]) == 0; i++) {
        if (answer->top == 0 || i < answer->top)
            print_row(&rows[i], out);
        else
            hidden += rows[i].messages;
    }
    if (hidden > 0)
        fprintf(out, "  ... and %zu more %s with %llu %s\n", i - answer->top, plural(i - answer->top, "row", "rows"),
                (unsigned long long)hidden, plural(hidden, "message", "messages"));
    return i;
}

bool simulate_text(const struct simulate_answer *answer, FILE *out)
{
    size_t count;
    struct simulation_row *rows = sorted_rows(answer->simulation, &count);

    if (rows == NULL && count > 0)
        return no_memory();
    print_totals(answer, out);
    for (size_t i = 0; i < count;)
        i += print_group(answer, rows + i, count - i, out);
    free(rows);
    return true;
}

static json_t *stamp_json(int64_t time)
{
    char text[STAMP_SIZE];
    struct buf stamp = BUF(text);

    stamp_rfc3339(&stamp, time, local_time_offset(NULL, time / 1000));
    return json_string(buf_text(&stamp));
}

/* What is not known is null. */
static json_t *known_json(struct view text)
{
    return view_eq(text, VIEW("?")) ? json_null() : foreign_json(text);
}

static json_t *domains_json(const struct simulation_row *row)
{
    json_t *domains = json_array();

    for (size_t i = 0; i < row->domain_count; i++)
        (void)json_array_append_new(domains, foreign_json(row->domains[i]));
    return domains;
}

static json_t *place_json(const struct simulation_row *row)
{
    if (row->rule.line == 0)
        return json_null();
    return json_pack("{s:o, s:i, s:o}", "file", foreign_json(row->rule.file), "line", (int)row->rule.line, "text",
                     foreign_json(row->rule_text));
}

static json_t *row_json(const struct simulation_row *row)
{
    return json_pack("{s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:I, s:I, s:o}", "fate",
                     foreign_json(fate_name(row->fate)), "log_only", (int)row->log_only, "rule", place_json(row),
                     "missing", row->missing.n > 0 ? foreign_json(row->missing) : json_null(), "client",
                     known_json(row->client), "login", known_json(row->login), "listener", known_json(row->listener),
                     "sender", known_json(row->sender), "domains", domains_json(row), "more_domains",
                     (int)row->domains_more, "messages", (json_int_t)row->messages, "without_gate",
                     (json_int_t)row->without_gate, "last", stamp_json(row->last));
}

static json_t *totals_json(const struct simulate_answer *answer)
{
    struct simulation_counts counts = simulation_counts(answer->simulation);
    json_t *totals = json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "messages", (json_int_t)counts.messages,
                               "logged", (json_int_t)counts.logged, "without_gate", (json_int_t)counts.without_gate,
                               "assumed_port_25", (json_int_t)answer->assumed_ports, "dropped",
                               (json_int_t)counts.dropped, "early", (json_int_t)answer->early, "names_refused",
                               (json_int_t)(counts.names_refused + answer->names_refused), "unparsed",
                               (json_int_t)answer->unparsed, "cut", (json_int_t)answer->cut);

    for (int fate = 0; fate < FATE_COUNT; fate++)
        (void)json_object_set_new(totals, fate_name((enum fate)fate).p, json_integer((json_int_t)counts.fates[fate]));
    return totals;
}

static json_t *answer_json(const struct simulate_answer *answer, const struct simulation_row *rows, size_t count)
{
    struct simulation_counts counts = simulation_counts(answer->simulation);
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        (void)json_array_append_new(list, row_json(&rows[i]));
    return json_pack("{s:i, s:o, s:s, s:o, s:o, s:o, s:o}", "schema", 1, "file", foreign_json(view_of(answer->path)),
                     "mode", "enforce", "file_mode", foreign_json(mode_name(answer->mode)), "period",
                     counts.messages == 0
                         ? json_null()
                         : json_pack("{s:o, s:o}", "from", stamp_json(counts.first), "until", stamp_json(counts.last)),
                     "totals", totals_json(answer), "rows", list);
}

bool simulate_json(const struct simulate_answer *answer, FILE *out)
{
    size_t count;
    struct simulation_row *rows = sorted_rows(answer->simulation, &count);
    json_t *all;
    bool fine;

    if (rows == NULL && count > 0)
        return no_memory();
    all = answer_json(answer, rows, count);
    free(rows);
    fine = all != NULL && json_dumpf(all, out, JSON_INDENT(2)) == 0;
    json_decref(all);
    fputc('\n', out);
    return fine || no_memory();
}
