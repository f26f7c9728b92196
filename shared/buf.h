/*
 * buf - bounded text that remembers overflow
 *
 * A record or reply is built without checks and tested once before it leaves:
 * what does not fit writes nothing and sets `full`, which sticks.
 * Pure; the storage is the caller's.
 */
#ifndef SHARED_BUF_H
#define SHARED_BUF_H

#include <stdarg.h>

#include "shared/view.h"

struct buf {
    char *p;
    size_t len, cap; /* octets; no NUL is kept unless buf_text() is asked */
    bool full;       /* something did not fit; sticks until buf_reset() */
};

/* An empty buffer over an array, or over storage of a known size. */
#define BUF(array) ((struct buf){ .p = (array), .cap = sizeof(array) })
/* cap: octets of the storage, which must outlive the buffer.  Reset: empty again, and not full. */
struct buf buf_over(char *storage, size_t cap);
void buf_reset(struct buf *buf);

/* Append all of it or, when there is no room, nothing. */
void buf_add(struct buf *buf, struct view text);
void buf_add_char(struct buf *buf, char c);
void buf_add_number(struct buf *buf, uint64_t number);

/* As printf; all of it is written or nothing.  There must be room for one octet more, the NUL of vsnprintf(3). */
void buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for the arguments of a function that is itself as printf. */
void buf_addv(struct buf *buf, const char *format, va_list args) __attribute__((format(printf, 2, 0)));

/* What was written so far. */
struct view buf_view(const struct buf *buf);

/* NUL-terminated; the last octet is lost (and full set) if there is no room for the NUL.  cap must be > 0. */
const char *buf_text(struct buf *buf);

#endif
