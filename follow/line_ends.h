/*
 * line_ends - where the lines of a stretch of text end, many at a time
 *
 * Lines are of all lengths, so no branch predictor knows where the next one
 * ends: whoever looks for one line end after the other waits each time that the
 * guess was wrong.  Here the octets are compared many at once, and what is
 * found is written down without a branch, ahead of those who read the lines.
 * Pure.
 */
#ifndef FOLLOW_LINE_ENDS_H
#define FOLLOW_LINE_ENDS_H

#include <stddef.h>
#include <stdint.h>

enum {
    LINE_ENDS_STRETCH = 4096, /* octets looked at together: they stay in the nearest cache until they are read */
    LINE_ENDS_MAX = 192       /* written down together */
};

struct line_ends {
    uint16_t count, next; /* written down, and taken */
    uint16_t at[LINE_ENDS_MAX];
};

/*
 * Write down where '\n' stands in the n octets at p, in ascending order; what was written down before is gone.
 * Return how many octets were looked at: all, or LINE_ENDS_STRETCH, or fewer where many short lines follow each other.
 */
size_t line_ends_find(struct line_ends *ends, const char *p, size_t n);

#endif
