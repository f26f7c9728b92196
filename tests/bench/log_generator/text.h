/*
 * text - one log line's text in the making
 *
 * Like Postfix's own, it ends after 2,000 octets whatever is added.  Pure.
 */
#ifndef LOG_GENERATOR_TEXT_H
#define LOG_GENERATOR_TEXT_H

#include <stddef.h>
#include <stdint.h>

enum { TEXT_MAX = 2000 }; /* Postfix src/util/msg_output.c */

struct text {
    size_t n;
    char p[TEXT_MAX];
};

/* Empty again. */
void text_clear(struct text *text);

/* Append strings, one or more: text_add(&text, "relay=", relay). */
#define text_add(text, ...) text_add_strings((text), (const char *const[]){ __VA_ARGS__, NULL })
void text_add_strings(struct text *text, const char *const *strings); /* up to a NULL */
/* Append n octets; a number in decimal. */
void text_add_octets(struct text *text, const char *p, size_t n);
void text_add_number(struct text *text, uint64_t number);

/* A delay as Postfix writes it: two digits that matter, no trailing zeros. */
void text_add_delay(struct text *text, int64_t microseconds);

#endif
