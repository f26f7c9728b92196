/*
 * view - windows on bytes that someone else owns
 *
 * A view is not NUL-terminated, never freed, and valid only as long as the
 * bytes it looks at.  Pure: no I/O, no allocation, no globals.
 */
#ifndef SHARED_VIEW_H
#define SHARED_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct view {
    const char *p; /* may be NULL when n is 0 */
    size_t n;      /* octets */
};

/* A view on a string literal: as an expression, and as an initialiser of static tables. */
#define VIEW_INIT(literal)                                                                                             \
    {                                                                                                                  \
        (literal), sizeof(literal) - 1                                                                                 \
    }
#define VIEW(literal) ((struct view)VIEW_INIT(literal))

/* For printf's "%.*s": VIEW_ARG(v) gives the two arguments. */
#define VIEW_ARG(view) (int)(view).n, (view).n > 0 ? (view).p : ""

/* A view on a C string; NULL gives the empty view. */
struct view view_of(const char *text);

/* Equal octet by octet; the second form ignores the case of ASCII letters only. */
static inline bool view_eq(struct view a, struct view b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
bool view_eq_nocase(struct view a, struct view b);

/* Like memcmp(3), a shorter view sorts before a longer one that it starts. */
int view_cmp(struct view a, struct view b);

/* Does it begin, or end, with these octets? */
static inline bool view_starts(struct view view, struct view prefix)
{
    return view.n >= prefix.n && (prefix.n == 0 || memcmp(view.p, prefix.p, prefix.n) == 0);
}
bool view_ends(struct view view, struct view suffix);

/* The first place of needle in view, or -1.  An empty needle is found at 0. */
ptrdiff_t view_find(struct view view, struct view needle);

/* The first or last place of an octet in view, or -1. */
static inline ptrdiff_t view_find_char(struct view view, char c)
{
    const char *at = view.n == 0 ? NULL : memchr(view.p, c, view.n);

    return at == NULL ? -1 : at - view.p;
}
ptrdiff_t view_find_last_char(struct view view, char c);

/* The octets from index start (at most view.n) up to, not including, end (clipped to view.n). */
static inline struct view view_slice(struct view view, size_t start, size_t end)
{
    if (end > view.n)
        end = view.n;
    if (start >= end)
        return (struct view){ view.p, 0 };
    return (struct view){ view.p + start, end - start };
}

/*
 * Give what stands before the first mark in *out and move *in past the mark.
 * Without a mark: false, and nothing changes.
 */
bool view_cut(struct view *in, struct view mark, struct view *out);

/* The same for a mark of one octet. */
static inline bool view_cut_char(struct view *in, char mark, struct view *out)
{
    const char *at = in->n == 0 ? NULL : memchr(in->p, mark, in->n);

    if (at == NULL)
        return false;
    *out = (struct view){ in->p, (size_t)(at - in->p) };
    *in = (struct view){ at + 1, in->n - out->n - 1 };
    return true;
}

/*
 * Cut the next piece of a list: what stands before the next mark, or all that is left.  *in moves past it.
 * False, and nothing changes, when nothing is left: so a mark at the end begins no further piece.
 */
static inline bool view_next(struct view *in, char mark, struct view *out)
{
    if (in->n == 0)
        return false;
    if (!view_cut_char(in, mark, out)) {
        *out = *in;
        *in = view_slice(*in, in->n, in->n);
    }
    return true;
}

/* Move *in past the prefix if it starts with it; else false and nothing changes. */
static inline bool view_skip(struct view *in, struct view prefix)
{
    if (!view_starts(*in, prefix))
        return false;
    *in = view_slice(*in, prefix.n, in->n);
    return true;
}

/*
 * Cut a mail path "<...>" as Postfix logs it and give what stands between the
 * brackets: a quoted local part may hold '>', blanks and commas (RFC 5321
 * 4.1.2); a backslash quotes one octet inside it.  *in moves past the '>'.
 * False and nothing changed without a whole path.
 */
bool view_cut_path(struct view *in, struct view *out);

/* Without blanks and tabs at both ends. */
struct view view_trim(struct view view);

/* Decimal digits only, all of the view, at most limit; false without changing *out otherwise. */
bool view_number(struct view view, uint64_t limit, uint64_t *out);

/* FNV-1a, 64 bits.  For hash tables keyed with a secret seed where the octets are foreign. */
uint64_t view_hash(struct view view, uint64_t seed);

#endif
