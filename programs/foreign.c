#include "programs/foreign.h"

#include <stdlib.h>
#include <string.h>

#include "shared/printable.h"

void foreign_print(FILE *out, struct view text)
{
    char piece[1024];
    struct buf clean = BUF(piece);

    while (text.n > 0) {
        uint32_t point;
        size_t n = utf8_decode(text, &point);

        /* Whole characters only: one that is cut would be no UTF-8. */
        if (clean.len + 4 > clean.cap) {
            (void)fwrite(clean.p, 1, clean.len, out);
            buf_reset(&clean);
        }
        printable_add(&clean, view_slice(text, 0, n > 0 ? n : 1));
        text = view_slice(text, n > 0 ? n : 1, text.n);
    }
    (void)fwrite(clean.p, 1, clean.len, out);
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
        size_t n = utf8_decode(text, &point);

        memcpy(clean + size, n > 0 ? text.p : "\xef\xbf\xbd", n > 0 ? n : 3);
        size += n > 0 ? n : 3;
        text = view_slice(text, n > 0 ? n : 1, text.n);
    }
    string = json_stringn(clean, size);
    free(clean);
    return string;
}
