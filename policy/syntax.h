/*
 * syntax - the shape of a rule file before anything in it has a meaning
 *
 * grammar.y and scan.l know lines, words, strings and braces only; which words
 * mean what stands in tables (setting_table, action_table, condition_table),
 * so a new statement is a row there and the grammar stays as it is.
 * Private to policy/.  All of it lies in the scratch arena.
 */
#ifndef POLICY_SYNTAX_H
#define POLICY_SYNTAX_H

#include "shared/view.h"

/* A rule file. */
struct source {
    struct view name;            /* as it was opened; lives as long as the policy */
    struct view base;            /* without its folders; lives as long as the policy */
    struct view folder;          /* with its last slash; empty without one */
    const struct source *parent; /* who included it, or NULL */
    unsigned depth;
};

enum part_kind { PART_WORD, PART_STRING, PART_BLOCK };

struct part {
    enum part_kind kind;
    struct view text;    /* a word; a string without quotes and escapes */
    struct part *inside; /* first part between braces */
    struct part *next;
    const struct source *source;
    unsigned line, column;         /* from 1; columns in octets */
    unsigned end_line, end_column; /* just behind it, or the closing brace's own place */
};

/* One statement or rule. */
struct line {
    struct part *parts; /* at least one */
    struct line *rules; /* of `submission` and `delivery` */
    bool section;       /* it is one of these two */
    struct line *next;
};

struct build;

/* Parse a text; faults go to the build.  The lines that could be read are given in any case. */
struct line *syntax_parse(struct build *build, const struct source *source, struct view text);

#endif
