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

/* Wide and fullwidth characters of UAX #11, by blocks; and combining marks, which take no column of their own. */
static unsigned columns_of(uint32_t point)
{
    static const struct {
        uint32_t first, last;
        unsigned columns;
    } ranges[] = {
        { 0x0300, 0x036f, 0 },   { 0x1100, 0x115f, 2 },   { 0x200b, 0x200d, 0 },   { 0x2e80, 0x303e, 2 },
        { 0x3041, 0x3098, 2 },   { 0x3099, 0x309a, 0 },   { 0x309b, 0x4dbf, 2 },   { 0x4e00, 0xa4cf, 2 },
        { 0xa960, 0xa97c, 2 },   { 0xac00, 0xd7a3, 2 },   { 0xf900, 0xfaff, 2 },   { 0xfe00, 0xfe0f, 0 },
        { 0xfe30, 0xfe6f, 2 },   { 0xff01, 0xff60, 2 },   { 0xffe0, 0xffe6, 2 },   { 0x1f300, 0x1f64f, 2 },
        { 0x1f680, 0x1f6ff, 2 }, { 0x1f900, 0x1f9ff, 2 }, { 0x20000, 0x3fffd, 2 },
    };

    for (size_t i = 0; point >= ranges[0].first && i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        if (point >= ranges[i].first && point <= ranges[i].last)
            return ranges[i].columns;
    }
    return 1;
}

size_t printable_columns(struct view text)
{
    size_t columns = 0;

    while (text.n > 0) {
        uint32_t point = '?';
        size_t n = utf8_decode(text, &point);

        columns += columns_of(point);
        text = view_slice(text, n > 0 ? n : 1, text.n);
    }
    return columns;
}
