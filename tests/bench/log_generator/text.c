#include "tests/bench/log_generator/text.h"

#include <string.h>

void text_clear(struct text *text)
{
    text->n = 0;
}

void text_add_octets(struct text *text, const char *p, size_t n)
{
    size_t room = sizeof(text->p) - text->n;

    if (n > room)
        n = room;
    memcpy(text->p + text->n, p, n);
    text->n += n;
}

void text_add_strings(struct text *text, const char *const *strings)
{
    for (; *strings != NULL; strings++)
        text_add_octets(text, *strings, strlen(*strings));
}

void text_add_number(struct text *text, uint64_t number)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    text_add_octets(text, digits + at, sizeof(digits) - at);
}

void text_add_delay(struct text *text, int64_t microseconds)
{
    int64_t hundredths = microseconds / 10000;
    int64_t part = hundredths % 100;

    text_add_number(text, (uint64_t)(hundredths / 100));
    if (hundredths >= 1000 || part == 0)
        return;
    text_add_octets(text, ".", 1);
    text_add_number(text, (uint64_t)(part / 10));
    if (part % 10 != 0)
        text_add_number(text, (uint64_t)(part % 10));
}
