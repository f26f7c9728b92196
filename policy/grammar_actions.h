/*
 * grammar_actions - what the grammar's rules do, outside the generated file
 *
 * Private to policy/: called by grammar.y only.
 */
#ifndef POLICY_GRAMMAR_ACTIONS_H
#define POLICY_GRAMMAR_ACTIONS_H

#include "policy/scanner.h"

/*
 * What the parser makes of the file, in its order: a chain gets one more part or line; a line of its parts; a section
 * of its name and rules; a block of what stands between its braces; the whole file, which the scanner keeps.  Out of
 * memory leaves the build by a jump: see build_scratch().
 */
struct chain grammar_add_part(struct chain chain, struct part *part);
struct chain grammar_add_line(struct chain chain, struct line *line); /* NULL adds nothing */
struct line *grammar_line(struct scanner *scanner, struct chain parts);
struct line *grammar_section(struct scanner *scanner, struct part *name, struct chain rules);
struct part *grammar_block(struct scanner *scanner, struct chain items, const struct span *open,
                           const struct span *close);
void grammar_finish(struct scanner *scanner, struct chain lines);

/* Word a syntax error: what was found at span, and what could have stood there. */
void grammar_report(struct scanner *scanner, const struct span *span, const char *const *expected, int count);

/* What bison says itself: only that its stack is exhausted. */
void grammar_error(const struct span *span, struct scanner *scanner, const char *message);

/* The next token for bison, with its value and place. */
int grammar_lex(union GRAMMAR_STYPE *value, struct span *span, struct scanner *scanner);

#endif
