#include "milter/encoded_word.h"

#include "milter/fold.h"

/* What stands between "=?" and "?=". */
struct encoded_word {
    char encoding;
    struct view text;
};

static bool split(struct view word, struct encoded_word *out)
{
    struct view charset, encoding;

    if (word.n < 6 || !view_skip(&word, VIEW("=?")) || !view_ends(word, VIEW("?=")))
        return false;
    word.n -= 2;
    if (!view_cut(&word, VIEW("?"), &charset) || !view_cut(&word, VIEW("?"), &encoding) || encoding.n != 1)
        return false;
    *out = (struct encoded_word){ encoding.p[0], word };
    return true;
}

bool is_encoded_word(struct view word)
{
    return view_starts(word, VIEW("=?")) && view_ends(word, VIEW("?=")) && word.n > 4;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode_q(struct view text, struct buf *out)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '=' && i + 2 < text.n && hex_digit(text.p[i + 1]) >= 0 && hex_digit(text.p[i + 2]) >= 0) {
            buf_add_char(out, (char)(hex_digit(text.p[i + 1]) * 16 + hex_digit(text.p[i + 2])));
            i += 2;
        } else {
            char c = text.p[i];

            if (c == '_')
                c = ' ';
            buf_add_char(out, c);
        }
    }
}

static int base64_value(char c)
{
    static const struct view digits = VIEW_INIT("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");

    return (int)view_find_char(digits, c);
}

static void decode_b(struct view text, struct buf *out)
{
    unsigned bits = 0, count = 0;

    for (size_t i = 0; i < text.n; i++) {
        int value = base64_value(text.p[i]);

        if (value < 0)
            return;
        bits = (bits << 6 | (unsigned)value) & 0xffff;
        count += 6;
        if (count >= 8) {
            count -= 8;
            buf_add_char(out, (char)(bits >> count & 0xff));
        }
    }
}

/* Behind blanks: the next word of the phrase, quotes and all. */
static struct view cut_word(struct view *phrase)
{
    size_t end = 0;
    struct view word;

    while (end < phrase->n && !is_fold(phrase->p[end]))
        end++;
    word = view_slice(*phrase, 0, end);
    *phrase = view_slice(*phrase, end, phrase->n);
    return word;
}

static size_t count_blanks(struct view phrase)
{
    size_t count = 0;

    while (count < phrase.n && is_fold(phrase.p[count]))
        count++;
    return count;
}

void encoded_words_decode(struct view phrase, struct buf *out)
{
    bool was_encoded = false;

    while (phrase.n > 0) {
        size_t blanks = count_blanks(phrase);
        struct view rest = view_slice(phrase, blanks, phrase.n), word = cut_word(&rest);
        struct encoded_word encoded;
        bool is_encoded = split(word, &encoded);

        if (!was_encoded || !is_encoded)
            buf_add(out, view_slice(phrase, 0, blanks));
        if (!is_encoded)
            buf_add(out, word);
        else if (encoded.encoding == 'B' || encoded.encoding == 'b')
            decode_b(encoded.text, out);
        else
            decode_q(encoded.text, out);
        was_encoded = is_encoded;
        phrase = rest;
    }
}
