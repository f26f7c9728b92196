/*
 * delivery_line - the outcome of one attempt for one recipient
 *
 *     to=<user@example.com>, relay=mx.example.com[192.0.2.12]:25, conn_use=2, delay=0.1, delays=0/0/0.06/0.05,
 *     tls=may, dsn=2.0.0, status=sent (250 2.0.0 Ok)
 *
 * Sender and receiver choose what stands in the brackets and in the
 * parentheses, so the line is cut from the left by its grammar and never
 * searched: nothing they write can forge a field.  Postfix src/global/log_adhoc.c.
 * Pure.
 */
#ifndef FOLLOW_DELIVERY_LINE_H
#define FOLLOW_DELIVERY_LINE_H

#include "follow/server.h"

struct delivery_line {
    struct view to, orig_to; /* without brackets */
    struct server relay;
    unsigned connection_use; /* 1 where not logged */
    struct view delays;      /* "a/b/c/d", seconds: before the queue manager, in it, connecting, sending */
    struct view tls;         /* since 3.11 */
    struct view dsn, status; /* "sent", "deferred", "bounced", "deliverable", ... */
    struct view text;        /* what stands in the parentheses; foreign; may be cut */
};

/* text begins behind "QUEUEID: ".  1: such a line.  0: another kind of line.  -1: such a line, but broken.  *out is of use for 1. */
int delivery_line_parse(struct view text, struct delivery_line *out);

/* How long ago the session of a delivery began: connecting and sending, in milliseconds; 0 where not logged. */
int64_t delivery_line_session(const struct delivery_line *line);

#endif
