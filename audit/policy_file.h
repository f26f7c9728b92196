/*
 * policy_file - the table of TLS policies that the operator and what was learned have filled
 *
 * A text as postmap(1) reads it.  Comments before a line say why it is there and
 * stay with it.  "#- NEXTHOP ..." is a line that the operator withdrew: it stays
 * out, whatever is learned.  Pure; the views of what was parsed point into the text.
 */
#ifndef AUDIT_POLICY_FILE_H
#define AUDIT_POLICY_FILE_H

#include "shared/arena.h"
#include "shared/error.h"

enum { POLICY_LINES_MAX = 100000, POLICY_KEY_MAX = 300 };

struct policy_line {
    struct view key;     /* next hop in lower case */
    struct view value;   /* "encrypt", "secure match=mx.example.com" */
    struct view comment; /* lines that begin with #, the last without its line end; empty without one */
    bool withdrawn;
};

struct policy_file {
    struct policy_line *rows; /* in the order of the text */
    size_t count, room;
};

/* -1 with the line at fault: a key without a value, one that stands twice, more than POLICY_LINES_MAX lines. */
int policy_file_parse(struct arena *arena, const char *name, struct view text, struct policy_file *out,
                      struct error *error);

/* The row of a next hop, withdrawn or not; NULL without one. */
struct policy_line *policy_file_find(const struct policy_file *file, struct view key);

/* A new row behind the last; NULL past POLICY_LINES_MAX or out of memory.  The texts must live as long as the file. */
struct policy_line *policy_file_add(struct arena *arena, struct policy_file *file, const struct policy_line *line);

/* The text to write, with its heading; p is NULL when out of memory. */
struct view policy_file_text(struct arena *arena, const struct policy_file *file);

#endif
