/* fold - folding white space of header fields (RFC 5322 section 3.2.2) */
#ifndef MILTER_FOLD_H
#define MILTER_FOLD_H

#include "shared/view.h"

/* A blank, a tab, or an octet of a line end. */
static inline bool is_fold(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without folding white space at both ends. */
static inline struct view unfold_ends(struct view text)
{
    while (text.n > 0 && is_fold(text.p[0]))
        text = view_slice(text, 1, text.n);
    while (text.n > 0 && is_fold(text.p[text.n - 1]))
        text.n--;
    return text;
}

#endif
