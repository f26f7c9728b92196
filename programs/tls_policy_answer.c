#include "programs/tls_policy_answer.h"

#include "audit/policy_level.h"
#include "programs/foreign.h"
#include "programs/tls_policy_evidence.h"
#include "shared/plural.h"

/* ---- who would have waited ---- */

/* One destination of the last days whose line would have stopped mail. */
struct loss {
    struct view domain, hop, value;
    uint64_t plaintext, unverified, unknown; /* recipients */
};

static const struct policy_line *line_of(const struct policy_answer *answer, struct view domain, struct buf *key)
{
    const struct policy_line *line;

    if (!policy_evidence_key(answer->routes, domain, key))
        return NULL;
    line = policy_file_find(&answer->plan->after, buf_view(key));
    return line == NULL || line->withdrawn ? NULL : line;
}

static bool find_loss(const struct policy_answer *answer, const struct tally_destination *row, struct loss *out)
{
    char storage[POLICY_KEY_MAX];
    struct buf key = BUF(storage);
    const struct policy_line *line = line_of(answer, row->domain, &key);

    if (line == NULL)
        return false;
    *out = (struct loss){ .domain = row->domain, .hop = line->key, .value = line->value };
    if (policy_stops(line->value, PROTECTION_PLAINTEXT, PEER_NOT_LOGGED))
        out->plaintext = row->cell->plaintext;
    out->unknown = row->cell->sent - row->cell->encrypted - row->cell->plaintext;
    for (int level = 0; level < PEER_LEVEL_COUNT; level++) {
        if (policy_stops(line->value, PROTECTION_ENCRYPTED, (enum peer_level)level))
            out->unverified += row->levels[level];
    }
    return out->plaintext + out->unverified + out->unknown > 0;
}

/* The sender domains whose mail to this domain went in plaintext. */
static void print_senders(FILE *out, const struct policy_answer *answer, struct view domain)
{
    struct tally_leak leak;

    for (size_t i = 0; tally_leak(answer->recent, i, &leak); i++) {
        if (!view_eq(leak.domain, domain) || leak.cell->plaintext == 0)
            continue;
        fprintf(out, "    %llu from ", (unsigned long long)leak.cell->plaintext);
        foreign_print(out, leak.sender.n == 0 ? VIEW("(unknown)") : leak.sender);
        fprintf(out, ", %s\n", plaintext_cause_help(leak.cause));
    }
}

static void print_losses(FILE *out, const struct policy_answer *answer)
{
    struct tally_destination row;
    struct loss loss;
    uint64_t stopped = 0, unknown = 0;

    for (size_t i = 0; tally_destination(answer->recent, i, &row); i++) {
        if (!find_loss(answer, &row, &loss))
            continue;
        stopped += loss.plaintext + loss.unverified;
        unknown += loss.unknown;
        foreign_print(out, loss.domain);
        fputs(": by ", out);
        foreign_print(out, loss.hop);
        fprintf(out, " (%.*s): %llu in plaintext, %llu without the certificate it asks for, %llu unknown\n",
                VIEW_ARG(loss.value), (unsigned long long)loss.plaintext, (unsigned long long)loss.unverified,
                (unsigned long long)loss.unknown);
        print_senders(out, answer, loss.domain);
    }
    fprintf(out, "In the last %d days these lines would have deferred mail to %llu %s", EVIDENCE_LOSS_DAYS,
            (unsigned long long)stopped, plural(stopped, "recipient", "recipients"));
    if (unknown > 0)
        fprintf(out, ", and perhaps %llu more whose encryption is unknown", (unsigned long long)unknown);
    fputs(".\n", out);
}

/* ---- text ---- */

static void print_lines(FILE *out, const struct policy_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        const struct policy_line *line = &file->rows[i];
        struct view comment = line->comment, part;

        if (line->withdrawn)
            continue;
        while (view_cut(&comment, VIEW("\n"), &part)) {
            foreign_print(out, part);
            fputc('\n', out);
        }
        if (comment.n > 0) {
            foreign_print(out, comment);
            fputc('\n', out);
        }
        foreign_print(out, line->key);
        fputc(' ', out);
        foreign_print(out, line->value);
        fputc('\n', out);
    }
}

static void print_note(FILE *out, const struct policy_note *note)
{
    fprintf(out, "%.*s: ", VIEW_ARG(finding_severity_name(note->severity)));
    if (note->hop.n > 0) {
        foreign_print(out, note->hop);
        fputs(": ", out);
    }
    foreign_print(out, note->text);
    fprintf(out, "  (%s)\n", note->id);
    if (note->command.n > 0) {
        fputs("    ", out);
        foreign_print(out, note->command);
        fputc('\n', out);
    }
}

/* "postconf -c '/etc/postfix-out' " */
static void print_postfix_command(FILE *out, const struct policy_answer *answer, const char *command)
{
    if (answer->directory != NULL)
        fprintf(out, "    %s -c '%s' ", command, answer->directory);
    else
        fprintf(out, "    %s ", command);
}

/* After a night that brought nothing new there is nothing to do. */
static void print_next_steps(FILE *out, const struct policy_answer *answer)
{
    bool changed = answer->plan->added + answer->plan->raised > 0;

    if (!answer->in_use) {
        fputs("Postfix does not read this table yet; to let it:\n", out);
        print_postfix_command(out, answer, "postconf");
        fputs("-e 'smtp_tls_policy_maps=", out);
        foreign_print(out, answer->maps);
        fputs(answer->maps.n > 0 ? ", " : "", out);
        foreign_print(out, answer->table);
        fputs("'\n", out);
    }
    if (!answer->in_use || (changed && view_starts(answer->table, VIEW("texthash:")))) {
        print_postfix_command(out, answer, "postfix");
        fputs("reload\n", out);
    }
}

static bool has_lines(const struct policy_file *file)
{
    for (size_t i = 0; i < file->count; i++) {
        if (!file->rows[i].withdrawn)
            return true;
    }
    return false;
}

void policy_print_text(FILE *out, const struct policy_answer *answer)
{
    const struct policy_plan *plan = answer->plan;

    if (!has_lines(&plan->after))
        fputs("No line: no `require` rule asks for one, and no next hop has shown enough for --learn.\n", out);
    else if (answer->recent != NULL)
        print_losses(out, answer);
    else if (!answer->written)
        print_lines(out, &plan->after);
    for (size_t i = 0; i < plan->note_count; i++)
        print_note(stderr, &plan->notes[i]);
    if (plan->notes_dropped > 0)
        fprintf(stderr, "... and %zu more\n", plan->notes_dropped);
    if (!answer->written)
        return;
    foreign_print(out, answer->table);
    fprintf(out, ": written; %zu %s added, %zu raised\n", plan->added, plural(plan->added, "line", "lines"),
            plan->raised);
    print_next_steps(out, answer);
}

/* ---- JSON ---- */

static json_t *lines_json(const struct policy_file *file)
{
    json_t *list = json_array();

    for (size_t i = 0; i < file->count; i++) {
        const struct policy_line *line = &file->rows[i];

        (void)json_array_append_new(list, json_pack("{s:o, s:o, s:o, s:b}", "next_hop", foreign_json(line->key),
                                                    "policy", foreign_json(line->value), "comment",
                                                    foreign_json(line->comment), "withdrawn", line->withdrawn));
    }
    return list;
}

static json_t *optional(struct view text)
{
    return text.n == 0 ? json_null() : foreign_json(text);
}

static json_t *notes_json(const struct policy_plan *plan)
{
    json_t *list = json_array();

    for (size_t i = 0; i < plan->note_count; i++) {
        const struct policy_note *note = &plan->notes[i];

        (void)json_array_append_new(list, json_pack("{s:s, s:o, s:o, s:o, s:o}", "id", note->id, "severity",
                                                    foreign_json(finding_severity_name(note->severity)), "next_hop",
                                                    optional(note->hop), "text", foreign_json(note->text), "command",
                                                    optional(note->command)));
    }
    return list;
}

static json_t *losses_json(const struct policy_answer *answer)
{
    json_t *list = json_array();
    struct tally_destination row;
    struct loss loss;

    for (size_t i = 0; tally_destination(answer->recent, i, &row); i++) {
        if (!find_loss(answer, &row, &loss))
            continue;
        (void)json_array_append_new(list,
                                    json_pack("{s:o, s:o, s:o, s:I, s:I, s:I}", "domain", foreign_json(loss.domain),
                                              "next_hop", foreign_json(loss.hop), "policy", foreign_json(loss.value),
                                              "plaintext", (json_int_t)loss.plaintext, "unverified",
                                              (json_int_t)loss.unverified, "unknown", (json_int_t)loss.unknown));
    }
    return list;
}

int policy_print_json(FILE *out, const struct policy_answer *answer)
{
    const struct policy_plan *plan = answer->plan;
    json_t *root = json_pack(
        "{s:i, s:o, s:b, s:b, s:I, s:I, s:o, s:o, s:I, s:o}", "schema", 1, "table", foreign_json(answer->table),
        "written", answer->written, "in_use", answer->in_use, "added", (json_int_t)plan->added, "raised",
        (json_int_t)plan->raised, "lines", lines_json(&plan->after), "findings", notes_json(plan), "findings_not_shown",
        (json_int_t)plan->notes_dropped, "would_defer", answer->recent == NULL ? json_null() : losses_json(answer));
    int printed = root == NULL ? -1 : json_dumpf(root, out, JSON_INDENT(2));

    fputc('\n', out);
    json_decref(root);
    return printed;
}
