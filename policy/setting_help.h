/*
 * setting_help - the statements, settings and operands of the rule file, as people are told of them
 *
 * Public: `outward check --help` and the test of outward.conf(5) print it.
 */
#ifndef POLICY_SETTING_HELP_H
#define POLICY_SETTING_HELP_H

#include "shared/submission.h"

enum setting_block {
    BLOCK_TOP,
    BLOCK_LISTENER,
    BLOCK_CERTIFICATE,
    BLOCK_ALERT,
    BLOCK_LEDGER,
    BLOCK_FOLLOW,
    BLOCK_METRICS,
    BLOCK_GUIDELINES,
    BLOCK_COUNT
};

struct setting_help {
    enum setting_block block;
    struct view words;
    const char *arguments; /* "" without any */
    const char *initial;   /* what holds without it; "" where nothing does */
    const char *read_by;   /* gate, follower, command */
    const char *text;      /* one line */
};

/* The rows in the order of the manual, by index from 0; NULL past the last. */
const struct setting_help *setting_help(size_t index);

/* What stands behind a condition's words: "LIST | NETWORK | { NETWORK... }"; empty for OPERAND_NONE. */
const char *operand_help(enum operand operand);

/* "listener", "alert"...; empty for BLOCK_TOP. */
struct view setting_block_name(enum setting_block block);

#endif
