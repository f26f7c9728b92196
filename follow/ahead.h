/*
 * ahead - unpack a log in a thread of its own, while the reader reads
 *
 * A few blocks go round: the thread fills those that the reader has emptied,
 * and waits when all are full.  The inflate belongs to the thread until
 * ahead_stop().
 */
#ifndef FOLLOW_AHEAD_H
#define FOLLOW_AHEAD_H

#include "follow/inflate.h"

enum { AHEAD_BLOCKS = 4, AHEAD_BLOCK = 131072 /* octets */ };

struct ahead;

/* NULL when there is no memory or thread for it: read on without. */
struct ahead *ahead_start(struct inflate *inflate);
void ahead_stop(struct ahead *ahead); /* joins the thread; NULL is fine */

/* As inflate_read(). */
ssize_t ahead_read(struct ahead *ahead, char *p, size_t size, struct error *error);

#endif
