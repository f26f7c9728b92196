#include "shared/printable.h"

size_t utf8_decode(struct view text, uint32_t *point)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };
    unsigned char first = text.n > 0 ? (unsigned char)text.p[0] : 0x80;

    for (size_t n = 1; n <= 4; n++) {
        uint32_t found = first & (unsigned char)~forms[n - 1].mask;

        if ((first & forms[n - 1].mask) != forms[n - 1].lead)
            continue;
        for (size_t i = 1; i < n; i++) {
            if (i >= text.n || ((unsigned char)text.p[i] & 0xc0) != 0x80)
                return 0;
            found = found << 6 | ((unsigned char)text.p[i] & 0x3f);
        }
        if (found < forms[n - 1].least || found > 0x10ffff || (found >= 0xd800 && found <= 0xdfff))
            return 0;
        *point = found;
        return n;
    }
    return 0;
}

static bool is_harmless(uint32_t point)
{
    if (point < 0x20 || (point >= 0x7f && point < 0xa0))
        return false;
    /* Marks, embeddings, overrides and isolates that turn the order of what is read; line separators. */
    return point != 0x061c && point != 0x200e && point != 0x200f && !(point >= 0x2028 && point <= 0x202e) &&
           !(point >= 0x2066 && point <= 0x2069) && point != 0xfeff;
}

void printable_add(struct buf *out, struct view text)
{
    while (text.n > 0) {
        uint32_t point = 0;
        size_t n = utf8_decode(text, &point);

        if (n > 0 && is_harmless(point))
            buf_add(out, view_slice(text, 0, n));
        else
            buf_add_char(out, '?');
        text = view_slice(text, n > 0 ? n : 1, text.n);
    }
}

size_t printable_columns(struct view text)
{
    size_t columns = 0;

    for (size_t i = 0; i < text.n; i++)
        columns += ((unsigned char)text.p[i] & 0xc0) != 0x80;
    return columns;
}
