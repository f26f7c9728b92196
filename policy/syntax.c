#include "policy/syntax.h"

#include "policy/grammar.h"
#include "policy/scan.h"
#include "policy/scanner.h"

struct line *syntax_parse(struct build *build, const struct source *source, struct view text)
{
    struct scanner *scanner = build_scratch(build, sizeof(*scanner));

    scanner->build = build;
    scanner->source = source;
    scanner->text = text;
    scanner->line_begins = true;
    scanner->span = (struct span){ 1, 1, 1, 1 };
    if (scan_yylex_init_extra(scanner, &scanner->flex) != 0)
        build_out_of_memory(build);
    (void)scan_yy_scan_bytes(text.p, (int)text.n, scanner->flex);
    /* Its answer says no more than the faults do. */
    (void)grammar_parse(scanner);
    (void)scan_yylex_destroy(scanner->flex);
    return scanner->lines;
}
