/*
 * scanner - gives the grammar its tokens: which braces open rules, which line ends end something
 *
 * Private to policy/: scan.l, scanner.c, grammar.y and syntax.c share it.
 */
#ifndef POLICY_SCANNER_H
#define POLICY_SCANNER_H

#include "policy/build.h"

enum { BLOCK_DEPTH_MAX = 4 }; /* braces inside braces, `submission {` not counted */

/* What scan.l sees; 0 is the end of the text. */
enum lexeme {
    LEXEME_END,
    LEXEME_WORD,
    LEXEME_STRING,
    LEXEME_OPEN_STRING, /* not closed on its line */
    LEXEME_LINE_END,
    LEXEME_SEMICOLON,
    LEXEME_COMMA,
    LEXEME_OPEN,
    LEXEME_CLOSE,
    LEXEME_CONTROL
};

/* From the first octet to just behind the last. */
struct span {
    unsigned line, column;
    unsigned end_line, end_column;
};

struct scanner {
    void *flex;
    struct build *build;
    const struct source *source;
    struct view text;
    size_t offset, length;               /* of the lexeme in text */
    struct span span;                    /* of the lexeme */
    struct span opened[BLOCK_DEPTH_MAX]; /* the open braces of lists and settings */
    unsigned depth;                      /* of them */
    struct span section_opened;
    bool section_named; /* the word before was `submission` or `delivery` */
    bool in_section;
    bool line_begins;   /* nothing of this statement was seen yet */
    bool ended;         /* scan.l gave the end of the text */
    int held;           /* a token that waits behind an inserted line end; 0: none */
    struct line *lines; /* what the grammar read */
};

/* Parts or lines in the making, joined by their next. */
struct chain {
    void *first, *last;
};

union GRAMMAR_STYPE;

/* Called by scan.l for each lexeme, blanks and comments included. */
void scanner_advance(struct scanner *scanner, size_t length);

/* The grammar's source of tokens. */
int scanner_token(union GRAMMAR_STYPE *value, struct span *span, struct scanner *scanner);

#endif
