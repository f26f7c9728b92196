/*
 * The shape of a rule file: see policy/syntax.h for why it stops at words.
 * A line that cannot be read is left out and the next one is tried, so one run
 * names all errors of a file.
 */
%code requires {
#include "policy/scanner.h"
}

%code {
#define YYLLOC_DEFAULT(current, rhs, n)                                                                                \
    do {                                                                                                               \
        (current) = YYRHSLOC(rhs, (n) ? 1 : 0);                                                                        \
        (current).end_line = YYRHSLOC(rhs, n).end_line;                                                                \
        (current).end_column = YYRHSLOC(rhs, n).end_column;                                                            \
    } while (0)

#include "policy/grammar_actions.h"
}

%define api.pure full
%define api.prefix {grammar_}
%define api.location.type {struct span}
%define api.token.prefix {TOKEN_}
%define parse.error custom
%define parse.lac full
%locations
%parse-param {struct scanner *scanner}
%lex-param {struct scanner *scanner}

%union {
    struct part *part;
    struct line *line;
    struct chain chain;
}

%token END 0          "end of file"
%token LINE_END       "end of line"
%token <part> WORD    "a word"
%token <part> STRING  "a quoted string"
%token <part> SECTION "a section"
%token OPEN           "{"
%token CLOSE          "}"
%token SECTION_OPEN   "{ of rules"
%token SECTION_CLOSE  "} of rules"
%token COMMA          ","
%token SEMICOLON      ";"

%type <part> part item block
%type <chain> parts items lines rules
%type <line> line rule

%%

file
    : lines                                     { grammar_finish(scanner, $lines); }
    ;

lines
    : %empty                                    { $$ = (struct chain){ NULL, NULL }; }
    | lines line                                { $$ = grammar_add_line($1, $line); }
    ;

line
    : LINE_END                                  { $$ = NULL; }
    | parts LINE_END                            { $$ = grammar_line(scanner, $parts); }
    | SECTION SECTION_OPEN rules SECTION_CLOSE LINE_END
                                                { $$ = grammar_section(scanner, $SECTION, $rules); }
    | SECTION SECTION_OPEN rules SECTION_CLOSE error LINE_END
                                                { $$ = grammar_section(scanner, $SECTION, $rules); yyerrok; }
    | error LINE_END                            { $$ = NULL; yyerrok; }
    ;

rules
    : %empty                                    { $$ = (struct chain){ NULL, NULL }; }
    | rules rule                                { $$ = grammar_add_line($1, $rule); }
    ;

rule
    : LINE_END                                  { $$ = NULL; }
    | parts LINE_END                            { $$ = grammar_line(scanner, $parts); }
    | error LINE_END                            { $$ = NULL; yyerrok; }
    ;

parts
    : part                                      { $$ = grammar_add_part((struct chain){ NULL, NULL }, $part); }
    | parts part                                { $$ = grammar_add_part($1, $part); }
    ;

part
    : WORD
    | STRING
    | block
    ;

block
    : OPEN items CLOSE                          { $$ = grammar_block(scanner, $items, &@OPEN, &@CLOSE); }
    ;

items
    : %empty                                    { $$ = (struct chain){ NULL, NULL }; }
    | items item                                { $$ = grammar_add_part($1, $item); }
    | items COMMA
    | items SEMICOLON
    ;

item
    : WORD
    | STRING
    | block
    ;

%%

static int yyreport_syntax_error(const yypcontext_t *context, struct scanner *scanner)
{
    enum { EXPECTED_MAX = 8 };
    yysymbol_kind_t kinds[EXPECTED_MAX];
    const char *names[EXPECTED_MAX];
    int count = yypcontext_expected_tokens(context, kinds, EXPECTED_MAX);

    for (int i = 0; i < count; i++)
        names[i] = yysymbol_name(kinds[i]);
    grammar_report(scanner, yypcontext_location(context), names, count);
    return 0;
}
