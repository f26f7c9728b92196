#include "follow/line_ends.h"

#include <endian.h>
#include <string.h>

enum { BLOCK = 64, QUARTER = BLOCK / 4 };

/* Extensions of GCC and clang: without such registers the compiler takes the vectors apart. */
typedef unsigned char octets __attribute__((vector_size(QUARTER)));
typedef uint64_t words __attribute__((vector_size(QUARTER)));

/* The line ends among some octets, each as this bit. */
static inline octets ends_of(const char *p, unsigned char bit)
{
    octets text, ends = { 0 };

    memcpy(&text, p, QUARTER);
    return (octets)(text == ends + (unsigned char)'\n') & bit;
}

/*
 * One bit for each line end of a block.  An octet of the result has those of one place in each eighth of the block,
 * for no shuffling is needed so: place_of_bit tells where.
 */
static inline uint64_t bits_of_block(const char *p)
{
    words halves =
        (words)(ends_of(p, 1) | ends_of(p + QUARTER, 2) | ends_of(p + 2 * QUARTER, 4) | ends_of(p + 3 * QUARTER, 8));

    return le64toh(halves[0]) | le64toh(halves[1]) << 4;
}

/* By the number of a bit: of its octet's place, and of the quarter and its half. */
static const uint8_t place_of_bit[BLOCK] = {
#define OCTET(i) (i), (i) + 16, (i) + 32, (i) + 48, (i) + 8, (i) + 24, (i) + 40, (i) + 56
    OCTET(0), OCTET(1), OCTET(2), OCTET(3), OCTET(4), OCTET(5), OCTET(6), OCTET(7),
#undef OCTET
};

/* Several lines end in a block: one octet after the other. */
static size_t find_in_order(const char *p, size_t base, uint16_t *at)
{
    size_t count = 0;

    for (size_t i = 0; i < BLOCK; i++) {
        at[count] = (uint16_t)(base + i);
        count += p[i] == '\n';
    }
    return count;
}

static inline size_t find_in_block(const char *p, size_t base, uint16_t *at)
{
    uint64_t bits = bits_of_block(p);

    if ((bits & (bits - 1)) != 0)
        return find_in_order(p, base, at);
    /* Written down in any case, and counted if it is one. */
    at[0] = (uint16_t)(base + place_of_bit[(unsigned)__builtin_ctzll(bits | UINT64_C(1) << 63)]);
    return bits != 0;
}

size_t line_ends_find(struct line_ends *ends, const char *p, size_t n)
{
    size_t count = 0, i = 0, most = n < LINE_ENDS_STRETCH ? n : LINE_ENDS_STRETCH;

    for (; i + BLOCK <= most && count <= LINE_ENDS_MAX - BLOCK; i += BLOCK)
        count += find_in_block(p + i, i, ends->at + count);
    if (i < most && most - i < BLOCK && count <= LINE_ENDS_MAX - BLOCK) {
        char last[BLOCK] = { 0 };

        memcpy(last, p + i, most - i);
        count += find_in_block(last, i, ends->at + count);
        i = most;
    }
    ends->count = (uint16_t)count;
    ends->next = 0;
    return i;
}
