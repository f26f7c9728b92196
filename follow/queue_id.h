/*
 * queue_id - Postfix's queue IDs, short and long
 *
 * Short: upper-case hexadecimal, at least 6 digits.  Long (2.9): a 52-letter
 * alphabet without vowels, "z" before the inode.  Postfix src/global/mail_queue.h.
 * Pure.
 */
#ifndef FOLLOW_QUEUE_ID_H
#define FOLLOW_QUEUE_ID_H

#include "shared/view.h"

enum { QUEUE_ID_MAX = 24 }; /* octets; a long ID has 10 + 1 + at most 13 */

/* All of text is a queue ID, short or long (Postfix's enable_long_queue_ids), of at most QUEUE_ID_MAX octets. */
bool queue_id_valid(struct view text);

/* Cut "QUEUEID: " in front of a text.  False and nothing changed without one. */
bool queue_id_cut(struct view *text, struct view *queue_id);

/* The queue ID that follows a mark such as "queued as " anywhere in a text; false without one. */
bool queue_id_after(struct view text, struct view mark, struct view *queue_id);

#endif
