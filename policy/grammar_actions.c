#include "policy/grammar_actions.h"

enum { SHOWN_MAX = 60 }; /* octets of a token that a fault quotes */

struct chain grammar_add_part(struct chain chain, struct part *part)
{
    struct part *last = chain.last;

    if (last != NULL)
        last->next = part;
    return (struct chain){ chain.first != NULL ? chain.first : part, part };
}

struct chain grammar_add_line(struct chain chain, struct line *line)
{
    struct line *last = chain.last;

    if (line == NULL)
        return chain;
    if (last != NULL)
        last->next = line;
    return (struct chain){ chain.first != NULL ? chain.first : line, line };
}

struct line *grammar_line(struct scanner *scanner, struct chain parts)
{
    struct line *line = build_scratch(scanner->build, sizeof(*line));

    line->parts = parts.first;
    return line;
}

struct line *grammar_section(struct scanner *scanner, struct part *name, struct chain rules)
{
    struct line *line = build_scratch(scanner->build, sizeof(*line));

    line->parts = name;
    line->rules = rules.first;
    line->section = true;
    return line;
}

struct part *grammar_block(struct scanner *scanner, struct chain items, const struct span *open,
                           const struct span *close)
{
    struct part *block = build_scratch(scanner->build, sizeof(*block));

    block->kind = PART_BLOCK;
    block->text = VIEW("{");
    block->source = scanner->source;
    block->inside = items.first;
    block->line = open->line;
    block->column = open->column;
    block->end_line = close->line;
    block->end_column = close->column;
    return block;
}

void grammar_finish(struct scanner *scanner, struct chain lines)
{
    scanner->lines = lines.first;
}

/* The grammar tells the braces of rules from others; the reader of a fault need not. */
static struct view without_kind(struct view name)
{
    struct view brace;

    return view_cut(&name, VIEW(" of rules"), &brace) ? brace : name;
}

static void add_expected(struct buf *out, const char *const *expected, int count)
{
    for (int i = 0; i < count; i++) {
        if (i > 0)
            buf_add(out, i + 1 == count ? VIEW(" or ") : VIEW(", "));
        buf_add(out, without_kind(view_of(expected[i])));
    }
}

void grammar_report(struct scanner *scanner, const struct span *span, const char *const *expected, int count)
{
    struct part at = { .source = scanner->source, .line = span->line, .column = span->column };
    struct view found = view_slice(scanner->text, scanner->offset, scanner->offset + scanner->length);
    char names[160];
    struct buf list = BUF(names);

    add_expected(&list, expected, count);
    if (found.n == 0 || found.p[0] == '\n')
        build_error(scanner->build, &at, "found end of line, expected %s", buf_text(&list));
    else if (found.p[0] == '{' || found.p[0] == '}')
        build_error(scanner->build, &at, "found %c, expected %s", found.p[0], buf_text(&list));
    else
        build_error(scanner->build, &at, "found \"%.*s\", expected %s", VIEW_ARG(view_slice(found, 0, SHOWN_MAX)),
                    buf_text(&list));
}

void grammar_error(const struct span *span, struct scanner *scanner, const char *message)
{
    struct part at = { .source = scanner->source, .line = span->line, .column = span->column };

    build_error(scanner->build, &at, "%s", message);
}
