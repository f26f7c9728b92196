/*
 * ascii - classes of octets where the standard means ASCII, whatever the locale
 *
 * Octets above 127 are no digit, no letter, and their own lower case.  Pure.
 */
#ifndef SHARED_ASCII_H
#define SHARED_ASCII_H

#include <stdbool.h>

/* One of 0 to 9. */
static inline bool ascii_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* One of A to Z or a to z. */
static inline bool ascii_is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A letter in lower case, any other octet as it is. */
static inline char ascii_lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

#endif
