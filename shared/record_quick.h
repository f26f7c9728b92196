/*
 * record_quick - the values of a record, in the form and the order that nearly all have
 *
 * A gate's log holds a record for each message, and its facts come in the order of fact_table: what stands there is read
 * with few comparisons, and no value is looked at twice.  What is otherwise is fact_read()'s and record_parse()'s.
 * Only for records in which nothing is escaped.  Pure.
 */
#ifndef SHARED_RECORD_QUICK_H
#define SHARED_RECORD_QUICK_H

#include "shared/ascii.h"
#include "shared/octets.h"
#include "shared/submission.h"

/* Where so many octets are left a key may be compared as a whole, and the first word of its value be read. */
enum { RECORD_QUICK_WINDOW = KEY_MARK_MAX + OCTETS_WORD };

_Static_assert(FACT_COUNT < 32, "a bit for each fact");

/* What stands from p, where a word may be read, to the next blank or the end.  Most values are shorter than a word. */
static inline struct view record_quick_value(const char *p, const char *end)
{
    size_t place = octets_find(p, ' ');
    const char *blank;

    if (place < OCTETS_WORD)
        return (struct view){ p, place };
    blank = memchr(p + OCTETS_WORD, ' ', (size_t)(end - p) - OCTETS_WORD);
    return (struct view){ p, (size_t)((blank == NULL ? end : blank) - p) };
}

/* "yes" or "no" at p: the blank behind it, or NULL where there is neither.  Eight octets at least are at p. */
static inline const char *record_quick_flag(const char *p, uint64_t *number)
{
    if (memcmp(p, "no ", 3) == 0) {
        *number = 0;
        return p + 2;
    }
    *number = 1;
    return memcmp(p, "yes ", 4) == 0 ? p + 3 : NULL;
}

/* The same of a number of up to seven digits. */
static inline const char *record_quick_number(const char *p, uint64_t *number)
{
    const char *first = p;

    for (*number = 0; ascii_is_digit(*p) && p - first < 7; p++)
        *number = *number * 10 + (uint64_t)(*p - '0');
    return p > first && *p == ' ' ? p : NULL;
}

/* The same of a TLS version, or "none" for plaintext. */
static inline const char *record_quick_tls(const char *p, uint64_t *number)
{
    if (memcmp(p, "none ", 5) == 0) {
        *number = TLS_NONE;
        return p + 4;
    }
    *number = (uint64_t)(TLS_1_0 + (p[6] - '0'));
    return memcmp(p, "TLSv1.", 6) == 0 && ascii_is_digit(p[6]) && p[7] == ' ' ? p + 7 : NULL;
}

/* The same of an IPv4 address. */
static inline const char *record_quick_address(const char *p, const char *end, struct fact *fact)
{
    const char *behind;
    uint32_t number;

    if (end - p <= ADDRESS_IPV4_MAX || (behind = address_read_ipv4(p, &number)) == NULL || *behind != ' ')
        return NULL;
    address_set_ipv4(&fact->address, number);
    fact_put_name(fact, (struct view){ NULL, 0 });
    return behind;
}

/* Where a fact's value at p ends, at a blank or the end; eight octets are there.  NULL: it is not of the fact's type. */
static inline const char *record_quick_fact(const struct fact_row *row, const char *p, const char *end,
                                            struct submission *sub, struct fact *fact)
{
    const char *blank = NULL;
    struct view value;
    uint64_t number;

    if (row->type == FACT_TYPE_FLAG)
        blank = record_quick_flag(p, &number);
    else if (row->type == FACT_TYPE_NUMBER)
        blank = record_quick_number(p, &number);
    else if (row->type == FACT_TYPE_TLS)
        blank = record_quick_tls(p, &number);
    if (blank != NULL) {
        fact_put(fact, (struct view){ NULL, 0 }, number);
        return blank;
    }
    if (row->type == FACT_TYPE_ADDRESS && (blank = record_quick_address(p, end, fact)) != NULL)
        return blank;
    value = record_quick_value(p, end);
    if (row->type == FACT_TYPE_TEXT || row->type == FACT_TYPE_LIST)
        fact_put(fact, fact_text_of_word(value), 0);
    else if (!fact_read(sub, row, value))
        return NULL;
    return value.p + value.n;
}

#endif
