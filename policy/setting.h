/*
 * setting - the one table of statements and of the settings inside their blocks
 *
 * Parser, `outward check --help`, the manual page and its test read it: a new
 * statement or setting is a row here and the function that takes its arguments.
 * Private to policy/ but for setting_help.h.
 */
#ifndef POLICY_SETTING_H
#define POLICY_SETTING_H

#include "policy/setting_help.h"
#include "policy/value.h"

struct setting_row {
    struct setting_help help;
    bool repeats;  /* may stand more than once */
    bool declares; /* names that others use: read before all else */
    bool section;  /* its braces hold rules, one a line */
    /* Take the arguments from the cursor.  to: what the block fills, struct settings at the top. */
    void (*take)(struct cursor *cursor, void *to);
};

/* Is this word the name of a statement whose braces hold rules? */
bool setting_is_section(struct view word);

/* Take every setting of a block between braces into `to`. */
void setting_take_block(struct cursor *cursor, enum setting_block block, void *to);

/* Take one statement of the file if its row declares names (or, the other way round, if not). */
void setting_take_statement(struct build *build, const struct line *line, bool declares);

#endif
