/* correlate_parts - the inside of a correlation, for state.c.  Private to follow/ */
#ifndef FOLLOW_CORRELATE_PARTS_H
#define FOLLOW_CORRELATE_PARTS_H

#include "follow/correlate.h"
#include "follow/message.h"
#include "follow/process.h"

struct correlate_parts {
    struct services *services;
    struct processes *processes;
    struct messages *messages;
    const struct log_line *repeatable; /* the line that syslog may say was repeated; text.n 0: none */
};

/* They belong to correlate and live as long as it. */
struct correlate_parts correlate_parts(struct correlate *correlate);

/* The line is copied, its writer is not. */
void correlate_set_repeatable(struct correlate *correlate, const struct log_line *line);

#endif
