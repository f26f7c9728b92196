#include "programs/foreign.h"

#include <stdlib.h>
#include <string.h>

/* The length of the UTF-8 character at the start of text and its code point; 0 if there is none.  RFC 3629. */
static size_t decode(struct view text, uint32_t *out)
{
    static const struct {
        unsigned char mask, lead;
        uint32_t least;
    } forms[] = { { 0x80, 0x00, 0 }, { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };
    unsigned char first = (unsigned char)text.p[0];

    for (size_t n = 1; n <= 4; n++) {
        uint32_t point = first & (unsigned char)~forms[n - 1].mask;

        if ((first & forms[n - 1].mask) != forms[n - 1].lead)
            continue;
        for (size_t i = 1; i < n; i++) {
            if (i >= text.n || ((unsigned char)text.p[i] & 0xc0) != 0x80)
                return 0;
            point = point << 6 | ((unsigned char)text.p[i] & 0x3f);
        }
        if (point < forms[n - 1].least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
            return 0;
        *out = point;
        return n;
    }
    return 0;
}

static int is_harmless(uint32_t point)
{
    if (point < 0x20 || (point >= 0x7f && point < 0xa0))
        return 0;
    /* Marks, embeddings, overrides and isolates that turn the order of what is read; line separators. */
    return point != 0x061c && point != 0x200e && point != 0x200f && !(point >= 0x2028 && point <= 0x202e) &&
           !(point >= 0x2066 && point <= 0x2069);
}

void foreign_print(FILE *out, struct view text)
{
    while (text.n > 0) {
        uint32_t point = 0;
        size_t n = decode(text, &point);

        if (n > 0 && is_harmless(point))
            (void)fwrite(text.p, 1, n, out);
        else
            fputc('?', out);
        text = view_slice(text, n > 0 ? n : 1, text.n);
    }
}

json_t *foreign_json(struct view text)
{
    /* Each octet becomes at most the three of U+FFFD. */
    char *clean = malloc(text.n * 3 + 1);
    size_t size = 0;
    json_t *string;

    if (clean == NULL)
        return NULL;
    while (text.n > 0) {
        uint32_t point;
        size_t n = decode(text, &point);

        memcpy(clean + size, n > 0 ? text.p : "\xef\xbf\xbd", n > 0 ? n : 3);
        size += n > 0 ? n : 3;
        text = view_slice(text, n > 0 ? n : 1, text.n);
    }
    string = json_stringn(clean, size);
    free(clean);
    return string;
}
