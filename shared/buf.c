#include "shared/buf.h"

#include <stdio.h>
#include <string.h>

struct buf buf_over(char *storage, size_t cap)
{
    return (struct buf){ .p = storage, .cap = cap };
}

void buf_reset(struct buf *buf)
{
    buf->len = 0;
    buf->full = false;
}

/* Room for n further octets; without it the buffer is full. */
static inline bool has_room(struct buf *buf, size_t n)
{
    buf->full = buf->full || n > buf->cap - buf->len;
    return !buf->full;
}

void buf_add(struct buf *buf, struct view text)
{
    if (!has_room(buf, text.n))
        return;
    if (text.n > 0)
        memcpy(buf->p + buf->len, text.p, text.n);
    buf->len += text.n;
}

void buf_add_char(struct buf *buf, char c)
{
    if (has_room(buf, 1))
        buf->p[buf->len++] = c;
}

static size_t count_digits(uint64_t number)
{
    size_t count = 1;

    for (; number >= 10; number /= 10)
        count++;
    return count;
}

void buf_add_number(struct buf *buf, uint64_t number)
{
    size_t digits = count_digits(number);

    if (!has_room(buf, digits))
        return;
    buf->len += digits;
    for (char *at = buf->p + buf->len; digits > 0; digits--, number /= 10)
        *--at = (char)('0' + number % 10);
}

void buf_addf(struct buf *buf, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    buf_addv(buf, format, args);
    va_end(args);
}

void buf_addv(struct buf *buf, const char *format, va_list args)
{
    size_t room = buf->cap - buf->len;
    int need;

    if (buf->full)
        return;
    /* vsnprintf ends what it writes with a NUL: an exact fit is told apart by its answer. */
    need = vsnprintf(buf->p + buf->len, room, format, args);
    if (need < 0 || (size_t)need >= room) {
        buf->full = true;
        return;
    }
    buf->len += (size_t)need;
}

struct view buf_view(const struct buf *buf)
{
    return (struct view){ buf->p, buf->len };
}

const char *buf_text(struct buf *buf)
{
    if (buf->len == buf->cap) {
        buf->full = true;
        buf->len--;
    }
    buf->p[buf->len] = '\0';
    return buf->p;
}
