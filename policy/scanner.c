#include "policy/scanner.h"

#include "policy/grammar.h"
#include "policy/grammar_actions.h"
#include "policy/scan.h"
#include "policy/setting.h"

void scanner_advance(struct scanner *scanner, size_t length)
{
    struct span *span = &scanner->span;

    scanner->offset += scanner->length;
    scanner->length = length;
    span->line = span->end_line;
    span->column = span->end_column;
    if (scanner->text.p[scanner->offset] == '\n') {
        span->end_line++;
        span->end_column = 1;
    } else {
        span->end_column += (unsigned)length;
    }
}

static struct part at_span(const struct scanner *scanner, const struct span *span)
{
    return (struct part){ .source = scanner->source, .line = span->line, .column = span->column };
}

static struct part *new_part(struct scanner *scanner, enum part_kind kind, struct view text)
{
    struct part *part = build_scratch(scanner->build, sizeof(*part));

    *part = at_span(scanner, &scanner->span);
    part->kind = kind;
    part->text = text;
    part->end_line = scanner->span.end_line;
    part->end_column = scanner->span.end_column;
    return part;
}

static struct view lexeme_text(const struct scanner *scanner)
{
    return view_slice(scanner->text, scanner->offset, scanner->offset + scanner->length);
}

/* Without quotes and backslashes; p is NULL after a fault was told. */
static struct view unquote(struct scanner *scanner)
{
    struct view raw = view_slice(lexeme_text(scanner), 1, scanner->length - 1), none = { NULL, 0 };
    char *text = build_scratch(scanner->build, raw.n + 1);
    struct part at = at_span(scanner, &scanner->span);
    size_t n = 0;

    for (size_t i = 0; i < raw.n; i++) {
        unsigned char octet;

        if (raw.p[i] == '\\' && ++i < raw.n && raw.p[i] != '"' && raw.p[i] != '\\') {
            at.column += (unsigned)i;
            build_error(scanner->build, &at, "found \\%c in a quoted string, expected \\\" or \\\\", raw.p[i]);
            return none;
        }
        octet = (unsigned char)raw.p[i];
        if (octet < ' ' || octet == 0x7f) {
            at.column += (unsigned)i + 1;
            build_error(scanner->build, &at, "found control character 0x%02x in a quoted string", octet);
            return none;
        }
        text[n++] = raw.p[i];
    }
    return (struct view){ text, n };
}

static int string_token(union GRAMMAR_STYPE *value, struct scanner *scanner)
{
    struct view text = unquote(scanner);

    if (text.p == NULL)
        return TOKEN_GRAMMAR_error;
    value->part = new_part(scanner, PART_STRING, text);
    return TOKEN_STRING;
}

static int word_token(union GRAMMAR_STYPE *value, struct scanner *scanner, bool first)
{
    value->part = new_part(scanner, PART_WORD, lexeme_text(scanner));
    scanner->section_named = first && !scanner->in_section && setting_is_section(value->part->text);
    return scanner->section_named ? TOKEN_SECTION : TOKEN_WORD;
}

static int open_token(struct scanner *scanner, bool of_rules)
{
    struct part at = at_span(scanner, &scanner->span);

    if (of_rules) {
        scanner->in_section = true;
        scanner->section_opened = scanner->span;
        scanner->line_begins = true;
        return TOKEN_SECTION_OPEN;
    }
    if (scanner->depth < BLOCK_DEPTH_MAX)
        scanner->opened[scanner->depth] = scanner->span;
    scanner->depth++;
    if (scanner->depth <= BLOCK_DEPTH_MAX)
        return TOKEN_OPEN;
    build_error(scanner->build, &at, "found more than %d braces inside each other", BLOCK_DEPTH_MAX);
    return TOKEN_GRAMMAR_error;
}

/* A rule on the line of the closing brace ends there: `{ accept }`. */
static int close_token(struct scanner *scanner, bool first)
{
    struct part at = at_span(scanner, &scanner->span);

    if (scanner->depth > 0) {
        scanner->depth--;
        return TOKEN_CLOSE;
    }
    if (!scanner->in_section) {
        build_error(scanner->build, &at, "found }, but no { is open");
        return TOKEN_GRAMMAR_error;
    }
    scanner->in_section = false;
    if (first)
        return TOKEN_SECTION_CLOSE;
    scanner->held = TOKEN_SECTION_CLOSE;
    return TOKEN_LINE_END;
}

static int line_end_token(struct scanner *scanner)
{
    scanner->line_begins = true;
    return TOKEN_LINE_END;
}

static void report_open(struct scanner *scanner, const struct span *opened)
{
    struct part at = at_span(scanner, opened);

    build_error(scanner->build, &at, "found end of file, expected the } that closes this {");
}

/* All that is open ends with the text, so that what came before is still checked. */
static int end_token(struct scanner *scanner, bool first)
{
    scanner->ended = true;
    scanner->span.line = scanner->span.end_line;
    scanner->span.column = scanner->span.end_column;
    if (scanner->depth > 0) {
        unsigned last = scanner->depth - 1;

        report_open(scanner, &scanner->opened[last < BLOCK_DEPTH_MAX ? last : BLOCK_DEPTH_MAX - 1]);
        scanner->depth = 0;
        return TOKEN_GRAMMAR_error;
    }
    if (!first)
        return line_end_token(scanner);
    if (scanner->in_section) {
        report_open(scanner, &scanner->section_opened);
        scanner->in_section = false;
        return TOKEN_SECTION_CLOSE;
    }
    return TOKEN_END;
}

static int control_token(struct scanner *scanner)
{
    struct part at = at_span(scanner, &scanner->span);

    build_error(scanner->build, &at, "found control character 0x%02x",
                (unsigned)(unsigned char)scanner->text.p[scanner->offset]);
    return TOKEN_GRAMMAR_error;
}

static int open_string_token(struct scanner *scanner)
{
    struct part at = at_span(scanner, &scanner->span);

    build_error(scanner->build, &at, "found end of line, expected the closing \" of this string");
    return TOKEN_GRAMMAR_error;
}

static enum lexeme next_lexeme(struct scanner *scanner)
{
    return scanner->ended ? LEXEME_END : (enum lexeme)scan_yylex(scanner->flex);
}

static int next_token(union GRAMMAR_STYPE *value, struct scanner *scanner)
{
    enum lexeme lexeme = next_lexeme(scanner);
    bool first = scanner->line_begins, section_named = scanner->section_named;

    /* Inside the braces of lists and settings line ends are blanks. */
    while (lexeme == LEXEME_LINE_END && scanner->depth > 0)
        lexeme = next_lexeme(scanner);
    scanner->line_begins = false;
    scanner->section_named = false;
    switch (lexeme) {
    case LEXEME_END:
        return end_token(scanner, first);
    case LEXEME_WORD:
        return word_token(value, scanner, first);
    case LEXEME_STRING:
        return string_token(value, scanner);
    case LEXEME_OPEN_STRING:
        return open_string_token(scanner);
    case LEXEME_LINE_END:
        return line_end_token(scanner);
    case LEXEME_SEMICOLON:
        return scanner->depth > 0 ? TOKEN_SEMICOLON : line_end_token(scanner);
    case LEXEME_COMMA:
        return TOKEN_COMMA;
    case LEXEME_OPEN:
        return open_token(scanner, section_named);
    case LEXEME_CLOSE:
        return close_token(scanner, first);
    case LEXEME_CONTROL:
        return control_token(scanner);
    }
    return TOKEN_END;
}

int scanner_token(union GRAMMAR_STYPE *value, struct span *span, struct scanner *scanner)
{
    int token = scanner->held;

    scanner->held = 0;
    if (token == 0)
        token = next_token(value, scanner);
    *span = scanner->span;
    return token;
}

int grammar_lex(union GRAMMAR_STYPE *value, struct span *span, struct scanner *scanner)
{
    return scanner_token(value, span, scanner);
}
