/*
 * smtp_reply - a server's reply, cut out of what it sent
 *
 * RFC 5321 section 4.2: lines "250-text", the last "250 text".  What comes
 * from a server is foreign: lines, their length and the whole are limited.
 * Pure; the views point into the bytes.
 */
#ifndef AUDIT_SMTP_REPLY_H
#define AUDIT_SMTP_REPLY_H

#include "shared/buf.h"

enum { REPLY_LINES_MAX = 100, REPLY_LINE_MAX = 2048, REPLY_OCTETS_MAX = 32768 };

struct smtp_reply {
    unsigned code;                      /* 200 to 599 */
    struct view lines[REPLY_LINES_MAX]; /* without code and line end */
    size_t line_count;
    size_t octets; /* of the whole reply in the bytes */
};

enum reply_state {
    REPLY_WHOLE,
    REPLY_MORE,     /* not all of it has come yet */
    REPLY_MALFORMED /* no reply, or past a limit: there is no way on */
};

/* Look at all that has come so far. */
enum reply_state smtp_reply_parse(struct view bytes, struct smtp_reply *out);

/* The lines in one, with " / " between them; what is foreign stays so. */
void smtp_reply_add(struct buf *out, const struct smtp_reply *reply);

#endif
