/*
 * encoded_word - what a display name looks like once its encoded words are read
 *
 * RFC 2047 section 2: =?charset?encoding?text?=, encoding B (base64) or Q.
 * Charsets are not looked at: what matters here is ASCII, which nearly all of
 * them have where ASCII has it.  Pure.
 */
#ifndef MILTER_ENCODED_WORD_H
#define MILTER_ENCODED_WORD_H

#include "shared/buf.h"

/* Is it one, by its form? */
bool is_encoded_word(struct view word);

/*
 * Append a phrase with its encoded words decoded and the blanks between two of them left out (section 6.2).
 * What is no whole encoded word stays as it is; a decoder stops at what it cannot read.  out->full: it was cut.
 */
void encoded_words_decode(struct view phrase, struct buf *out);

#endif
