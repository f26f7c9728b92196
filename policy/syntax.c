#include "policy/syntax.h"

#include "policy/grammar.h"
#include "policy/scan.h"
#include "policy/scanner.h"

void syntax_abandon(struct build *build)
{
    if (build->scanner != NULL && build->scanner->flex != NULL)
        (void)scan_yylex_destroy(build->scanner->flex);
    build->scanner = NULL;
}

struct line *syntax_parse(struct build *build, const struct source *source, struct view text)
{
    struct scanner *scanner = build_scratch(build, sizeof(*scanner));

    scanner->build = build;
    scanner->source = source;
    scanner->text = text;
    scanner->line_begins = true;
    scanner->span = (struct span){ 1, 1, 1, 1 };
    build->scanner = scanner;
    if (scan_yylex_init_extra(scanner, &scanner->flex) != 0)
        build_out_of_memory(build);
    (void)scan_yy_scan_bytes(text.p, (int)text.n, scanner->flex);
    /* Its answer says no more than the faults do. */
    (void)grammar_parse(scanner);
    syntax_abandon(build);
    return scanner->lines;
}
