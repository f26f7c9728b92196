/*
 * printable - text that others wrote, made fit for a terminal
 *
 * Whoever reads it must not be led to see something else: control and C1
 * characters, line separators, bidirectional controls (UAX #9) and octets that
 * are no UTF-8 (RFC 3629) come out as '?'.
 * Pure.
 */
#ifndef SHARED_PRINTABLE_H
#define SHARED_PRINTABLE_H

#include "shared/buf.h"

/* The length of the UTF-8 character in front of text, and its code point; 0 if there is none. */
size_t utf8_decode(struct view text, uint32_t *point);

/* Append the text in its printable form; never longer than text. */
void printable_add(struct buf *out, struct view text);

/* How many columns a printable text takes on a line of a terminal: two for wide characters (UAX #11, Japanese among
 * them), none for combining marks.  By its own table, whatever the locale. */
size_t printable_columns(struct view text);

#endif
